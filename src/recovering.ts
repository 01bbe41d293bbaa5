/** Recovering the seats of threads that died. */
import type { Context } from './context.js';
import { ArgumentError, SeatError } from './errors.js';
import { describe, type Fields } from './event.js';
import { type Place, placeOf, placesOf, type Seat, seatAt } from './seat-list.js';
import { wakeMore } from './core/closing.js';
import { seat, shared } from './core/layout.js';
import { leaveSeat, seatOwner } from './core/seats.js';
import { wake } from './core/sequence.js';

/** What a recovery found, and did. */
export interface Recovery {
  /** The seat, as it was declared dead. */
  readonly seat: Seat;
  /**
   * `'recovered'` by this call. `'gone'`: whoever had that seat has left it, or was recovered before; nothing was done. `'later'`: a living
   * producer is just about to claim the same events, so ask again in a while.
   */
  readonly outcome: 'recovered' | 'gone' | 'later';
}

/**
 * Recovers one seat that `ring.seats()` listed.
 * @throws ArgumentError `ERR_SEAT`; SeatError `ERR_SEAT_ALIVE`.
 */
export function recoverSeat<F extends Fields>(context: Context<F>, given: Seat): Recovery {
  const place = placeOf(context, given);
  const seat: Seat = { ...given };
  if (place === undefined || seat.state === 'vacant') {
    wakeEverybody(context);
    return { seat, outcome: 'gone' };
  }
  mustBeAnother(context, seatOwner(given.holder));
  const recovery = recoverPlace(context, place, seat);
  wakeEverybody(context);
  return recovery;
}

/**
 * Recovers every seat of one thread, or those of `among`, and wakes everybody, also when there was none.
 * @throws SeatError `ERR_SEAT_ALIVE`; ArgumentError `ERR_SEAT`.
 */
export function recoverThread<F extends Fields>(
  context: Context<F>,
  owner: number,
  among?: readonly Seat[],
): Recovery[] {
  if (!Number.isInteger(owner) || owner < 0) {
    throw new ArgumentError('ERR_SEAT', `A thread is named by its number, not ${describe(owner)}.`);
  }
  mustBeAnother(context, owner);
  const places =
    among === undefined ? placesOf(context) : among.flatMap((one) => placeOf(context, one) ?? []);
  const recoveries = places.flatMap((place) => {
    const seat = seatAt(context, place);
    return seat.owner === owner ? [recoverPlace(context, place, seat)] : [];
  });
  wakeEverybody(context);
  return recoveries;
}

function mustBeAnother<F extends Fields>({ attachment }: Context<F>, owner: number): void {
  if (owner !== attachment) return;
  throw new SeatError(
    'ERR_SEAT_ALIVE',
    'This thread itself has that seat, and is not dead: dispose the producer or consumer instead.',
  );
}

function recoverPlace<F extends Fields>(context: Context<F>, { at }: Place, given: Seat): Recovery {
  const { words } = context;
  const done = leaveSeat(words, at + seat.state, given.holder);
  if (done) Atomics.add(words, shared.recoveries, 1);
  return { seat: given, outcome: done ? 'recovered' : 'gone' };
}

function wakeEverybody<F extends Fields>({ words, positions, ...more }: Context<F>): void {
  for (const index of [shared.cursor, shared.ending, ...positions]) wake(words, index);
  wakeMore(words, positions, more);
}
