/** A node of the lab's walks: one line of memory, which is a slot, and a place in each of two lists. */

/** Words of a node: 64 bytes. */
export const NODE_WORDS = 16;

/** Where in a node each way stands: the index of the next node's first word, and this node's number on the way. */
export const node = { scatteredNext: 0, scatteredNumber: 1, orderedNext: 2, orderedNumber: 3 } as const;
