/**
 * Sleeping on one word.
 *
 * Locks wake one sleeper at a time, and one wake-up can go astray: V8 gives it to a worker that is being terminated, or to the
 * promise of an async wait that was aborted. The second passes it on. For the first, nobody sleeps longer than a
 * nap before looking again, so a lost wake-up costs a nap, never a hang.
 */
import { platform } from '../core/platform.js';
import { PlatformError } from '../errors.js';
import type { AbortSignalLike } from '../limits.js';
import { type AsyncLimits, isDue } from './wait-options.js';

/** The longest single sleep, in milliseconds. */
export const NAP_MS = 500;

/** How a sleep ended: only 'ok' used up a wake-up, and 'timed-out' means that the deadline has passed. */
export type SleepOutcome = 'ok' | 'not-equal' | 'timed-out';

/**
 * Parks the thread while the word keeps `value`: until it is notified, or to the deadline. The caller looks again.
 * @throws PlatformError `ERR_CANNOT_PARK` on a thread that must not be blocked, such as a browser's page.
 */
export function sleep(words: Int32Array, index: number, value: number, deadline: number): SleepOutcome {
  try {
    // The engine compares the word anew for each nap. It may also end one a little before its time, by this clock.
    for (;;) {
      const outcome = Atomics.wait(words, index, value, napUntil(deadline));
      if (outcome !== 'timed-out' || isDue(deadline)) return outcome;
    }
  } catch (cause) {
    throw new PlatformError(
      'ERR_CANNOT_PARK',
      'This thread must not be blocked: use the form of this call that ends in Async.',
      { cause },
    );
  }
}

/**
 * As `sleep`, on the event loop, which stays alive meanwhile.
 * @throws the signal's reason, if it aborts first.
 */
export async function sleepAsync(
  words: Int32Array,
  index: number,
  value: number,
  { deadline, signal }: AsyncLimits,
): Promise<SleepOutcome> {
  // A pending waitAsync does not keep an event loop alive: without this, the process ends in silence.
  const release = platform.keepAlive();
  try {
    for (;;) {
      if (signal?.aborted) throw signal.reason;
      const nap = Atomics.waitAsync(words, index, value, napUntil(deadline));
      const outcome = signal && nap.async ? await orAborted(nap.value, signal) : await nap.value;
      if (outcome === 'aborted') {
        // There is no taking back a waitAsync. If a wake-up meant for somebody still comes to this one, the next sleeper gets it.
        void Promise.resolve(nap.value).then((late) => late === 'ok' && Atomics.notify(words, index, 1));
        throw signal!.reason;
      }
      if (outcome !== 'timed-out' || isDue(deadline)) return outcome;
    }
  } finally {
    release();
  }
}

/** How the nap ended, or 'aborted' if the signal aborts before. */
async function orAborted<T>(nap: Promise<T>, signal: AbortSignalLike): Promise<T | 'aborted'> {
  let listener = (): void => {};
  const aborted = new Promise<'aborted'>((resolve) => (listener = () => resolve('aborted')));
  signal.addEventListener('abort', listener);
  try {
    return await Promise.race([nap, aborted]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}

function napUntil(deadline: number): number {
  return deadline === Infinity ? NAP_MS : Math.max(0, Math.min(NAP_MS, deadline - platform.now()));
}
