/** Writes the files of a document, the README unless given, into a folder; returns their names. */
export function extract(folder: string, document?: string): string[];
