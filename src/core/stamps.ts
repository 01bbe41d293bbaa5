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
import { type Atoms, atomsOf } from './atoms.js';
import { notifyAll } from './doorbell.js';
import { type Layout, producerSeat, type RingShape } from './layout.js';
import { distance, FLAGS, PARKED, wordOf } from './sequence.js';

/** In a stamp: the run was claimed and given up. */
export const SKIPPED = 2;

/** Where the stamps of a ring are. */
export interface Stamps {
  /** Index of the first slot's stamp. */
  readonly first: number;
  readonly capacity: number;
  /** First words of the seats of those who claim what is stamped. */
  readonly seats: readonly number[];
}

/** The stamps of a ring, if it has several producers. */
export function stampsOf(
  layout: Layout,
  { producers, capacity }: Pick<RingShape, 'producers' | 'capacity'>,
): Stamps | undefined {
  if (producers === 1) return undefined;
  const seats = Array.from({ length: producers }, (_, number) => producerSeat(layout, number));
  return { first: layout.stamps, capacity, seats };
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

/** Whether the slot of `position` was stamped for it, or for a later lap. No stamp is so old that it would look like that: see `renews`. */
function isStamped(stamp: number, position: number): boolean {
  return distance(stamp >> 2, position) > 0;
}

/** Whether somebody has stamped the slot of `position` for it already. */
export function wasStamped(words: Int32Array, stamps: Stamps, position: number): boolean {
  return isStamped(Atomics.load(words, stampIndex(stamps, position)), position);
}

/**
 * Stamps a slot for its claim, and wakes who sleeps there. False, and nothing changes, when somebody has done so before: what was given up
 * for its producer stays given up, and a publish that comes laps too late does no harm.
 *
 * One exchange where the lap before had a run of the same length here, and nobody sleeps; else a second.
 */
export function stampRun(atoms: Atoms, stamps: Stamps, position: number, word: number): boolean {
  const expected = ((word & ~FLAGS) - wordOf(stamps.capacity)) | 0;
  return stampOver(atoms, stampIndex(stamps, position), position, expected, word);
}

/**
 * Stamps a slot in the middle of a run that is published, so that whoever goes on there finds it; `word` is for what is published
 * from there on. Does nothing where a stamp says so already.
 */
export function stampRest(words: Int32Array, stamps: Stamps, position: number, word: number): void {
  const index = stampIndex(stamps, position);
  const seen = Atomics.load(words, index);
  if (!isStamped(seen, position)) stampOver(atomsOf(words), index, position, seen, word);
}

/**
 * Makes the stamp of a slot in the middle of a run new, before the run is published: it says that nothing is published from there on, as an
 * old one would. So a stamp that says more is always of a claim that began there, or of who stopped inside what is published.
 */
export function renewStamp(words: Int32Array, stamps: Stamps, position: number): void {
  stampRest(words, stamps, position, wordOf(position));
}

function stampOver(atoms: Atoms, index: number, position: number, expected: number, word: number): boolean {
  const { words } = atoms;
  let seen = expected;
  for (;;) {
    const before = atoms.compareExchange(index, seen, word); // releases: published
    if (before === seen) break;
    if (isStamped(before, position)) return false;
    seen = before;
  }
  if (seen & PARKED) notifyAll(words, index);
  return true;
}
