/** Waiting until everything that was put is done. */
import { waitInThread, waitOnLoop } from '../context.js';
import { RingEndedError, WaitError } from '../errors.js';
import type { AsyncWaitOptions, WaitLimits, WaitOptions } from '../limits.js';
import type { Ring } from '../ring.js';
import type { ValueFields } from './values.js';
import { AsyncSleeper, type Outcome, READY, SIGNALLED, TIMED_OUT } from '../core/waiting.js';
import { AllDone, type Tasks } from './tasks.js';

/*
 * A value is in the ring, or taken and not done with; a getter counts it as taken before it lets it go. So when the ring was let go up to what
 * was published, then nothing taken was left, and still nothing more had been published, there was a moment with nothing undone.
 */

export function joinTasks(
  ring: Ring<ValueFields>,
  tasks: Tasks,
  limits: WaitLimits,
  options: WaitOptions,
): void {
  const done = new AllDone(tasks);
  limits.start();
  for (;;) {
    const published = inRing(ring);
    try {
      if (published > 0) ring.processed(published - 1, { ...options, timeoutMs: limits.remainingMs() });
    } catch (error) {
      if (!isThrownAway(error)) throw error;
    }
    const outcome = waitInThread(done, limits);
    if (outcome !== READY) throw endOf(outcome, limits);
    if (inRing(ring) === published || inRing(ring) === 0) return;
  }
}

export async function joinTasksAsync(
  ring: Ring<ValueFields>,
  tasks: Tasks,
  limits: WaitLimits,
  options: AsyncWaitOptions,
): Promise<void> {
  const done = new AllDone(tasks);
  const sleeper = new AsyncSleeper();
  limits.start();
  for (;;) {
    const published = inRing(ring);
    try {
      if (published > 0)
        await ring.processedAsync(published - 1, { ...options, timeoutMs: limits.remainingMs() });
    } catch (error) {
      if (!isThrownAway(error)) throw error;
    }
    const outcome = await waitOnLoop(done, limits, sleeper);
    if (outcome !== READY) throw endOf(outcome, limits);
    if (inRing(ring) === published || inRing(ring) === 0) return;
  }
}

/** Where the next value will go; 0 when the queue was closed at once, and what was in it does not count any more. */
function inRing(ring: Ring<ValueFields>): number {
  const { aborted, published } = ring.snapshot();
  return aborted ? 0 : published;
}

/** Closed at once: what was in the queue will not be taken. */
const isThrownAway = (error: unknown): boolean =>
  error instanceof RingEndedError && error.code === 'ERR_RING_ABORTED';

function endOf(outcome: Outcome, limits: WaitLimits): unknown {
  if (outcome === SIGNALLED) return limits.signal?.reason;
  return outcome === TIMED_OUT
    ? new WaitError('ERR_TIMED_OUT', 'The wait took longer than its timeoutMs.')
    : new WaitError('ERR_CANCELLED', 'The wait was ended by its cancel token.');
}
