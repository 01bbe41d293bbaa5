/** Who sits where, in words that can be passed on. */
import type { Context } from './context.js';
import { ArgumentError } from './errors.js';
import { describe, type Fields } from './event.js';
import { describeSeat } from './members.js';
import { consumerSeat, seat } from './core/layout.js';
import { isMember, seatNumbers } from './core/membership.js';
import { DEAD, seatOwner, seatState, VACANT } from './core/seats.js';

/** A seat of a ring, as it was when it was listed. Plain and cloneable. */
export interface Seat {
  /** A lossy consumer is a consumer. */
  readonly kind: 'producer' | 'consumer' | 'worker';
  /** The consumer's name, or that of the worker's group; of a producer, none. */
  readonly name: string;
  /** From 0: among the producers; among the consumers' seats; among the workers of its group. */
  readonly number: number;
  /** Whether somebody has it; `'dead'` while it is being recovered. A vacant consumer's seat keeps its position, and producers wait for it. */
  readonly state: 'vacant' | 'taken' | 'dead';
  /** The number of the thread that has it, as `ring.threadNumber` is there: in Node its `threadId`. Of a dead seat, who recovers it; of a vacant one, undefined. */
  readonly owner: number | undefined;
  /** Tells this holder from those before and after. */
  readonly holder: number;
  /** The ring's `id`. */
  readonly ring: string;
}

/** Which ring of this thread listed a seat. */
const listers = new WeakMap<object, object>();

/** Remembers that a ring listed a seat. */
export function listedBy(ring: object, seat: Seat): Seat {
  listers.set(seat, ring);
  return seat;
}

/** The ring of this thread that listed a seat. */
export function whoListed(seat: unknown): object | undefined {
  return typeof seat === 'object' && seat !== null ? listers.get(seat) : undefined;
}

/** A seat, and where it is. */
export interface Place extends Pick<Seat, 'kind' | 'name' | 'number'> {
  /** First word of the seat. */
  readonly at: number;
  /** First word of the seat of the group that it is a worker's of; the same for others. */
  readonly group: number;
}

/** Every seat that somebody has or can have: the producers', then those of consumers and of groups' workers. */
export function placesOf<F extends Fields>(context: Context<F>): Place[] {
  const producers = context.producerSeats.map((at, number) => ({
    kind: 'producer' as const,
    name: '',
    number,
    at,
    group: at,
  }));
  const { words, layout, declared } = context;
  // Who is just joining or leaving has a seat, and is no member.
  const isThere = (number: number): boolean =>
    isMember(context, number) ||
    seatState(Atomics.load(words, consumerSeat(layout, number) + seat.state)) !== VACANT;
  const consumers = seatNumbers(layout)
    .filter(isThere)
    .map((number) => declared[number] ?? describeSeat(words, layout, number))
    .flatMap(({ name, number, seat: at, workers, lossy }): Place[] =>
      workers.length === 0 || lossy
        ? [{ kind: 'consumer', name, number, at: lossy ? workers[0] : at, group: at }]
        : workers.map((worker, number) => ({ kind: 'worker', name, number, at: worker, group: at })),
    );
  return [...producers, ...consumers];
}

/** The seat at a place now. */
export function seatAt<F extends Fields>({ words, ringId }: Context<F>, place: Place): Seat {
  const { kind, name, number, at } = place;
  const holder = Atomics.load(words, at + seat.state);
  const state = seatState(holder);
  return {
    kind,
    name,
    number,
    state: state === VACANT ? 'vacant' : state === DEAD ? 'dead' : 'taken',
    owner: state === VACANT ? undefined : seatOwner(holder),
    holder,
    ring: ringId,
  };
}

/** What to say beside that all of some seats are taken: where it is so only until a death is dealt with. */
export function unlessRecovered(words: Int32Array, seats: readonly number[]): string {
  const isDead = (at: number): boolean => seatState(Atomics.load(words, at + seat.state)) === DEAD;
  return seats.some(isDead) ? ' Somebody died there, and is being recovered: try again.' : '';
}

/**
 * Where a seat is that this ring, in any thread, has listed; undefined when its consumer has left for good.
 * @throws ArgumentError `ERR_SEAT`.
 */
export function placeOf<F extends Fields>(context: Context<F>, given: unknown): Place | undefined {
  const { kind, name, number, holder, ring } = (given ?? {}) as Partial<Seat>;
  if (ring !== context.ringId || !Number.isInteger(holder) || !Number.isInteger(number)) {
    throw new ArgumentError(
      'ERR_SEAT',
      typeof ring === 'string' && ring !== context.ringId
        ? 'This seat is of another ring.'
        : `A seat is what ring.seats() lists, not ${describe(given)}.`,
    );
  }
  return placesOf(context).find(
    (place) => place.kind === kind && place.number === number && (kind !== 'worker' || place.name === name),
  );
}
