/** Ending a ring: closing lets everything published be read, aborting ends everybody at once. */
import { shared } from './layout.js';
import { closeWord, wake } from './sequence.js';
import { stampIndex, type Stamps } from './stamps.js';
import { ABORTED, ENDED, type Outcome } from './waiting.js';

/** What somebody who met a closed bit was met by. */
export function endedOutcome(words: Int32Array): Outcome {
  return Atomics.load(words, shared.aborted) === 0 ? ENDED : ABORTED;
}

/** Who may be asleep elsewhere than on the cursor, on `ending`, or on a consumer's position. */
export interface MoreSleepers {
  /** Words of groups' workers. */
  readonly announcements?: readonly number[];
  readonly stamps?: Stamps | undefined;
}

/**
 * Closes the ring. The closed bit in the cursor is the close: a publish after it fails, one before it reaches every consumer.
 * Then whoever sleeps is woken to see it. Safe from any thread, any number of times.
 */
export function close(words: Int32Array, positions: readonly number[], more: MoreSleepers = {}): void {
  closeWord(words, shared.cursor);
  closeWord(words, shared.ending);
  for (const index of positions) wake(words, index);
  wakeMore(words, positions, more);
}

/**
 * Ends the ring for everybody: producers at their next publish, consumers at their next release or wait. `writeReason` runs
 * in the first thread to abort only.
 */
export function abort(
  words: Int32Array,
  positions: readonly number[],
  writeReason: () => void,
  more: MoreSleepers = {},
): void {
  if (Atomics.compareExchange(words, shared.aborted, 0, 1) === 0) {
    writeReason();
    Atomics.store(words, shared.aborted, 2); // releases: the reason
  }
  closeWord(words, shared.cursor);
  closeWord(words, shared.ending);
  for (const index of positions) closeWord(words, index);
  wakeMore(words, positions, more);
}

/**
 * Wakes whoever sleeps on an announcement or on a stamp, after a fact that they may be waiting for was stored. A consumer has released
 * all that it passed before it sleeps: so it sleeps on the stamp of its position, or looks at the fact when it gets to sleep on another.
 */
export function wakeMore(
  words: Int32Array,
  positions: readonly number[],
  { announcements = [], stamps }: MoreSleepers,
): void {
  for (const index of announcements) wake(words, index);
  if (stamps === undefined) return;
  for (const index of positions) wake(words, stampIndex(stamps, Atomics.load(words, index) >> 2));
}
