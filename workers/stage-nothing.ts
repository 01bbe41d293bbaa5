/** A file that exports no stage. */
export const stage = 1;
