/**
 * Whether this thread has to hear of the deaths of others. The news comes by an event of its own event loop, so a wait of it that nothing but
 * such news would end must be refused: the event could never arrive.
 */
import { WaitError } from './errors.js';

/** Supervisions of this thread that are still to hear of a death, or to finish a recovery. */
let open = 0;

/** Counts one until the returned function is called, once or more. */
export function superviseHere(): () => void {
  open++;
  let counted = true;
  return () => {
    if (counted) open--;
    counted = false;
  };
}

/** Whether this thread supervises another. */
export function supervising(): boolean {
  return open > 0;
}

/**
 * Before this thread parks.
 * @throws WaitError `ERR_SUPERVISOR_WOULD_PARK` when it supervises others and no time-out ends the wait.
 */
export function mustHearOfDeaths({ timed }: { readonly timed?: boolean }): void {
  if (open === 0 || timed !== false) return;
  throw new WaitError(
    'ERR_SUPERVISOR_WOULD_PARK',
    'This thread supervises others, and would not hear of their deaths while it is parked: give timeoutMs, or use the Async form.',
  );
}
