/**
 * Stamps: with several producers, what is published stands in one parkable word a slot.
 *
 *      31                                              2   1   0
 *     ┌───────────────────────────────────────────────┬───┬───┐
 *     │ end of the run that starts here, modulo 2^30  │ S │ P │     S skipped: nothing to read · P somebody parked
 *     └───────────────────────────────────────────────┴───┴───┘
 *
 * A claim of any length is published as one run, by its first slot's stamp. Position p is published when the stamp of its slot ends
 * 1 … capacity positions ahead of p: what an earlier lap left there ends at p or before. The stamps inside a run stay as they
 * are, and would come alive again when the 30 bits have come round; so now and then a lap renews all of them (`renews`).
 */
import { notifyAll } from './doorbell.js';
import type { Layout, RingShape } from './layout.js';
import { distance, PARKED } from './sequence.js';

/** In a stamp: the run was claimed and given up. */
export const SKIPPED = 2;

/** Where the stamps of a ring are. */
export interface Stamps {
  /** Index of the first slot's stamp. */
  readonly first: number;
  readonly capacity: number;
}

/** The stamps of a ring, if it has several producers. */
export function stampsOf(
  layout: Layout,
  { producers, capacity }: Pick<RingShape, 'producers' | 'capacity'>,
): Stamps | undefined {
  return producers > 1 ? { first: layout.stamps, capacity } : undefined;
}

/** Index of the stamp of `position`'s slot. */
export function stampIndex({ first, capacity }: Stamps, position: number): number {
  return first + (position & (capacity - 1));
}

/** How many positions from `position` on the stamp says are published: 0 when it is of an earlier lap. */
export function runLength(stamp: number, position: number, capacity: number): number {
  const length = distance(stamp >> 2, position);
  return length > 0 && length <= capacity ? length : 0;
}

/** Positions between two laps that renew: no stamp gets older than this and a lap, a quarter of what the 30 bits can tell. */
const RENEWAL = 2 ** 26;

/** Whether a claim stamps the slot of `position` also in the middle of its run. */
export function renews(position: number, capacity: number): boolean {
  return (position & (Math.max(RENEWAL, capacity) - 1)) < capacity;
}

/** Stamps a slot for its claim, and wakes who sleeps there. False when it was stamped for this position before. */
export function stampRun(words: Int32Array, stamps: Stamps, position: number, word: number): boolean {
  const index = stampIndex(stamps, position);
  const before = Atomics.exchange(words, index, word); // releases: published
  if (before & PARKED) notifyAll(words, index);
  return runLength(before, position, stamps.capacity) === 0;
}

/**
 * Stamps a slot in the middle of a run that is published, so that whoever goes on there finds it; `word` is for what is published
 * from there on. Does nothing where a stamp says so already.
 */
export function stampRest(words: Int32Array, stamps: Stamps, position: number, word: number): void {
  const index = stampIndex(stamps, position);
  let seen = Atomics.load(words, index);
  while (runLength(seen, position, stamps.capacity) === 0) {
    const before = Atomics.compareExchange(words, index, seen, word); // releases: published
    if (before === seen) {
      if (seen & PARKED) notifyAll(words, index);
      return;
    }
    seen = before;
  }
}
