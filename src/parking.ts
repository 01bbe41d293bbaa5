/** Parking, where the platform allows it. */
import { PlatformError } from './errors.js';
import { mustHearOfDeaths } from './supervising.js';
import { views } from './core/views.js';
import { type Awaited, type Limits, type Outcome, waitParked } from './core/waiting.js';

let allowed: boolean | undefined;

/** Whether this thread may park: a browser's page and its service workers and worklets may not. */
export function mayPark(): boolean {
  if (allowed === undefined) {
    const word = views.words(views.allocate(4), 0, 1);
    try {
      Atomics.wait(word, 0, 1, 0); // returns 'not-equal' at once, or throws where it is forbidden
      allowed = true;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}

/**
 * Parks the thread until the wait ends.
 * `timed`: false for a wait that no time-out ends.
 * @throws PlatformError `ERR_CANNOT_PARK` where a thread must not be blocked; WaitError `ERR_SUPERVISOR_WOULD_PARK`.
 */
export function parkingWait<A extends Awaited>(
  awaited: A,
  limits: Limits & { readonly timed?: boolean },
  decide?: (awaited: A, limits: Limits) => Outcome,
): Outcome {
  if (!mayPark()) {
    throw new PlatformError(
      'ERR_CANNOT_PARK',
      "This thread must not be blocked (a browser's page, a service worker or a worklet): use the Async form, a try form, or a worker.",
    );
  }
  mustHearOfDeaths(limits);
  return waitParked(awaited, limits, decide);
}
