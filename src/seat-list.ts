/** Who sits where, in words that can be passed on. */
import type { Context } from './context.js';
import { ArgumentError } from './errors.js';
import { describe, type Fields } from './event.js';
import { describeSeat } from './members.js';
import { seat } from './core/layout.js';
import { seatNumbers, workersGiven } from './core/membership.js';
import { DEAD, seatOwner, seatState, VACANT } from './core/seats.js';

/** A seat of a ring, or a permit, as it was when it was listed. Plain and cloneable. */
export interface Seat {
  /**
   * A lossy consumer is a consumer, and so is an observer. `'group'`: the own seat of a group, of a lossy consumer or of an observer, which is
   * there only while somebody brings that one in, or takes it out. `'permit'`: one of `Permits`.
   */
  readonly kind: 'producer' | 'consumer' | 'worker' | 'group' | 'permit';
  /** The consumer's name, or that of the worker's group; of a producer and an observer, none. Of a permit, its holder's. */
  readonly name: string;
  /** From 0: among the producers; among the consumers' seats; among the workers of its group; among the permits. */
  readonly number: number;
  /** Whether somebody has it; `'dead'` while it is being recovered. A vacant consumer's seat keeps its position, and producers wait for it. */
  readonly state: 'vacant' | 'taken' | 'dead';
  /** The number of the thread that has it, as `ring.threadNumber` is there: in Node its `threadId`. Of a dead seat, who recovers it; of a vacant one, undefined. */
  readonly owner: number | undefined;
  /** Tells this holder from those before and after. */
  readonly holder: number;
  /** Where in the ring's memory it is: its first word; of a permit, its number. */
  readonly word: number;
  /** The ring's `id`, or that of the permits. */
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
export interface Place extends Pick<Seat, 'name' | 'number'> {
  readonly kind: Exclude<Seat['kind'], 'permit'>;
  /** First word of the seat. */
  readonly at: number;
  /** First word of the seat of the group that it is a worker's of; the same for others. */
  readonly group: number;
}

/** Every seat that somebody has or can have: the producers', then those of consumers and of groups' workers; a group's own comes first. */
export function placesOf<F extends Fields>(context: Context<F>): Place[] {
  const producers = context.producerSeats.map((at, number) => ({
    kind: 'producer' as const,
    name: '',
    number,
    at,
    group: at,
  }));
  return [
    ...producers,
    ...seatNumbers(context.layout).flatMap((number) => placesOfConsumer(context, number)),
  ];
}

/** Who is just joining or leaving, or died so, has a seat, and does not count. */
function placesOfConsumer<F extends Fields>(context: Context<F>, seatNumber: number): Place[] {
  const { words, layout, declared } = context;
  const {
    name,
    seat: group,
    workers,
    lossy,
  } = declared[seatNumber] ?? describeSeat(words, layout, seatNumber);
  const counts = Atomics.load(words, group + seat.member) !== 0;
  const isHeld = (at: number): boolean => seatState(Atomics.load(words, at + seat.state)) !== VACANT;
  const isOrdinary = workers.length === 0 && !lossy;
  const own: Place = { kind: isOrdinary ? 'consumer' : 'group', name, number: seatNumber, at: group, group };
  const its = workersGiven(words, layout, seatNumber).map((at, number): Place =>
    lossy
      ? { kind: 'consumer', name, number: seatNumber, at, group }
      : { kind: 'worker', name, number, at, group },
  );
  return [
    ...(isHeld(group) || (isOrdinary && counts) ? [own] : []),
    ...its.filter(({ at }) => isHeld(at) || (counts && workers.includes(at))),
  ];
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
    word: at,
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
  const { word, holder, ring } = (given ?? {}) as Partial<Seat>;
  if (ring !== context.ringId || !Number.isInteger(holder) || !Number.isInteger(word)) {
    throw new ArgumentError(
      'ERR_SEAT',
      typeof ring === 'string' && ring !== context.ringId
        ? 'This seat is of another ring.'
        : `A seat is what ring.seats() lists, not ${describe(given)}.`,
    );
  }
  return placesOf(context).find(({ at }) => at === word);
}
