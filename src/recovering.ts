/** Recovering the seats of threads that died, as users see it. */
import type { Context } from './context.js';
import { ArgumentError, SeatError } from './errors.js';
import { describe, type Fields } from './event.js';
import { whenDeadOf } from './options.js';
import { type Place, placeOf, placesOf, type Seat, seatAt } from './seat-list.js';
import { close } from './core/closing.js';
import { header, seat, shared } from './core/layout.js';
import {
  type Found,
  recoverConsumer,
  recoverGroup,
  recoverProducer,
  recoverWorker,
  wakeAll,
} from './core/recovery.js';
import { seatState, TAKEN, VACANT } from './core/seats.js';

/** What a recovery found, and did. */
export interface Recovery {
  /** The seat, as it was declared dead. */
  readonly seat: Seat;
  /**
   * `'recovered'` by this call. `'gone'`: whoever had that seat has left it, or was recovered before; nothing was done. `'later'`: a living
   * producer is just about to claim what the dead one may have claimed, and settles it when it comes to its claim; the seat is `'dead'` until
   * then.
   */
  readonly outcome: 'recovered' | 'gone' | 'later';
  /**
   * In a producer's seat: `'nothing'` unfinished, or a claim that is `'published'`, or that is `'skipped'` now: consumers pass over its
   * events; or that was `'settled'`, one or the other, by the living producer that was in the way (only from `supervise`).
   * In a consumer's: that it is `'held'`, `'detached'`, or `'closed'` with the ring. In a worker's: events `'redelivered'` to others, which
   * the dead one may have handled; or `'nothing'`. In a group's own: that it is `'detached'`, or `'nothing'`: it stays. A permit is `'returned'`. As `outcome` when that
   * is not `'recovered'`.
   */
  readonly found: Found['found'] | 'settled' | 'returned';
  /** The first event of the claim, or in the worker's hand; the consumer's first that was not released. */
  readonly first?: number;
  /** Where the claim, or what was in hand, ends. */
  readonly end?: number;
}

/**
 * Recovers one seat that `ring.seats()` listed, and wakes everybody.
 * @throws ArgumentError `ERR_SEAT`; SeatError `ERR_SEAT_ALIVE`.
 */
export function recoverSeat<F extends Fields>(context: Context<F>, given: Seat): Recovery {
  const place = placeOf(context, given);
  if (seatState(given.holder) === TAKEN) mustBeAnother(context, given.owner);
  if (place !== undefined) return recoverPlace(context, place, given);
  wakeAll(context);
  return { seat: given, outcome: 'gone', found: 'gone' };
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
  wakeAll(context);
  return recoveries;
}

function mustBeAnother<F extends Fields>({ attachment }: Context<F>, owner: number | undefined): void {
  if (owner !== attachment) return;
  throw new SeatError(
    'ERR_SEAT_ALIVE',
    'This thread itself has that seat, and is not dead: dispose the producer or consumer instead.',
  );
}

function recoverPlace<F extends Fields>(context: Context<F>, place: Place, given: Seat): Recovery {
  const { words } = context;
  const found = recoverAt(context, place, given.holder);
  // One that is done again was counted the first time.
  if (found.found !== 'gone' && seatState(given.holder) === TAKEN) Atomics.add(words, shared.recoveries, 1);
  if (found.found === 'gone' || found.found === 'later')
    return { seat: given, outcome: found.found, found: found.found };
  return { seat: given, outcome: 'recovered', found: found.found, ...extentOf(found) };
}

function recoverAt<F extends Fields>(context: Context<F>, { kind, at, group }: Place, holder: number): Found {
  const { words, positions, attachment } = context;
  if (kind === 'producer') {
    const closes = Atomics.load(words, header.closesWithProducer) !== 0;
    // Before: so that a recoverer which dies in between has closed it.
    if (closes && seatState(holder) !== VACANT && Atomics.load(words, at + seat.state) === holder)
      close(words, positions, context);
    return recoverProducer(context, at, holder, attachment);
  }
  const fate = whenDeadOf(Atomics.load(words, group + seat.whenDead));
  if (kind === 'group') return recoverGroup(context, at, holder, attachment);
  if (at === group) return recoverConsumer(context, at, holder, attachment, fate);
  return recoverWorker(context, group, at, holder, attachment, fate);
}

function extentOf(found: Found): Pick<Recovery, 'first' | 'end'> {
  switch (found.found) {
    case 'skipped':
      return { first: found.first, end: found.first + found.length };
    case 'redelivered':
      return { first: found.first, end: found.end };
    case 'held':
    case 'detached':
    case 'closed':
      return { first: found.position };
    default:
      return {};
  }
}
