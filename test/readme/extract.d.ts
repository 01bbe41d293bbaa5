/** Writes the files of a document, the README unless told otherwise, into a folder; returns their names. */
export function extract(folder: string, document?: string): string[];
