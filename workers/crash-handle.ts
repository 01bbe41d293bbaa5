/** What the handlers of the kill harness do with an event: write down that it came, look at it, dawdle, throw, write down that it was handled. */
import type { OnError, Readable } from 'slipring';
import type { MarkedFields } from '../test/crash/marks.js';
import type { Mishaps } from '../test/crash/roles.js';
import type { Ledger } from './crash-ledger.js';
import type { Place } from './crash-place.js';

/** What a handler throws. */
export const MISHAP = new Error('this handler throws');

export const NO_MISHAPS: Mishaps = { chance: 0, onError: 'stop' };

/** How often one event is tried again. */
const ATTEMPTS = 3;

export function handle(
  { chance, onError }: Mishaps,
  dawdles: number,
  place: Place,
  ledger: Ledger,
  event: Readable<MarkedFields>,
  sequence: number,
): void {
  const mishap = place.dice.chance(chance);
  // What will come again did not happen yet. What is skipped, or comes again with all of its batch, did.
  if (mishap && onError !== 'skip' && onError !== 'retry batch') throw MISHAP;
  if (ledger.begin(event, sequence)) {
    if (place.dice.chance(dawdles)) place.dawdle();
    ledger.end(event, sequence);
  }
  place.progress();
  if (!mishap) return;
  if (onError === 'retry batch') ledger.repeat();
  throw MISHAP;
}

/** The library's option for these mishaps. */
export function policyOf({ onError }: Mishaps): OnError<MarkedFields> {
  switch (onError) {
    case 'retry':
      return { retry: ATTEMPTS };
    case 'retry batch':
      return { retry: Infinity, what: 'batch' };
    case 'decide':
      return (_error, _event, _sequence, attempt) => (attempt <= ATTEMPTS ? 'retry' : 'stop');
    default:
      return onError;
  }
}
