/** Writes the README's files into a folder; returns their names. */
export function extract(folder: string): string[];
