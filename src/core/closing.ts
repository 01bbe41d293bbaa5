/** Ending a ring: closing lets everything published be read, aborting ends everybody at once. */
import { shared } from './layout.js';
import { closeWord, wake } from './sequence.js';
import { ABORTED, ENDED, type Outcome } from './waiting.js';

/** What somebody who met a closed bit was met by. */
export function endedOutcome(words: Int32Array): Outcome {
  return Atomics.load(words, shared.aborted) === 0 ? ENDED : ABORTED;
}

/**
 * Closes the ring. The closed bit in the cursor is the close: a publish after it fails, one before it reaches every consumer.
 * Then whoever sleeps is woken to see it. Safe from any thread, any number of times.
 */
export function close(words: Int32Array, positions: readonly number[]): void {
  closeWord(words, shared.cursor);
  closeWord(words, shared.ending);
  for (const index of positions) wake(words, index);
}

/**
 * Ends the ring for everybody: producers at their next publish, consumers at their next release or wait. `writeReason` runs
 * in the first thread to abort only.
 */
export function abort(words: Int32Array, positions: readonly number[], writeReason: () => void): void {
  if (Atomics.compareExchange(words, shared.aborted, 0, 1) === 0) {
    writeReason();
    Atomics.store(words, shared.aborted, 2); // releases: the reason
  }
  closeWord(words, shared.cursor);
  closeWord(words, shared.ending);
  for (const index of positions) closeWord(words, index);
}
