/**
 * Foresight: fetches the cache lines of the next slots for writing, many at once.
 *
 * The consumer had those lines last, so each store into one costs a trip to the other core: one trip after another, because a
 * publish waits for its event's stores, and because a core does not start the next while it waits. Writing to the lines of free slots
 * ahead of time, one store a line, lets the trips overlap. What is written is what stands there. A heuristic: nothing depends on it.
 * Figures: docs/decisions.md.
 */

/** Bytes in which cores pass memory to each other. */
const LINE_BYTES = 64;
/** Lines fetched together: about as many stores as a core keeps in flight. */
const LINES = 32;
/** Slots fetched together at most. */
const MOST_SLOTS = 128;

/** A column as foresight sees it: where it starts in the bytes, and how many bytes a slot has in it. */
export interface ColumnBytes {
  readonly offset: number;
  readonly slotBytes: number;
}

export class Foresight {
  /** Slots that one call fetches: a power of two, so that they start with a line and end with the ring. */
  private readonly slots: number;
  private readonly mask: number;
  private readonly bytes: Uint8Array;
  private readonly offsets: readonly number[];
  private readonly slotBytes: readonly number[];

  /** `bytes` covers the whole buffer of a ring with so many slots. */
  constructor(bytes: Uint8Array, capacity: number, columns: readonly ColumnBytes[]) {
    this.bytes = bytes;
    const slotBytes = columns.reduce((sum, column) => sum + column.slotBytes, 0);
    // An event of many lines keeps a core busy with its own: nothing to gain for the next.
    const worthwhile = slotBytes <= LINES * LINE_BYTES ? columns : [];
    this.offsets = worthwhile.map(({ offset }) => offset);
    this.slotBytes = worthwhile.map((column) => column.slotBytes);
    this.mask = capacity - 1;
    this.slots = Math.min(
      MOST_SLOTS,
      capacity,
      2 ** Math.floor(Math.log2(Math.max(1, (LINES * LINE_BYTES) / Math.max(1, slotBytes)))),
    );
  }

  /** Fetches the lines of some free slots, of those from sequence `next` up to `limit`; returns the sequence up to which. */
  fetch(next: number, limit: number): number {
    const from = next & this.mask;
    const to = Math.min((from | (this.slots - 1)) + 1, from + (limit - next));
    for (let i = 0; i < this.offsets.length; i++) {
      const offset = this.offsets[i];
      const each = this.slotBytes[i];
      for (let at = offset + from * each; at < offset + to * each; at += LINE_BYTES)
        this.bytes[at] = this.bytes[at]!;
    }
    return next + (to - from);
  }
}
