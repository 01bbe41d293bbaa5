/** One look at a ring: who sits where, who sleeps on which word, who is behind. Reads only, and takes nobody's seat. */
import type { RingHandle } from '../handle.js';
import { shapeOf, wordsOf } from '../handle.js';
import { describeSeat } from '../members.js';
import { failureText } from '../texts.js';
import { type Failure, failureOf } from '../core/failure.js';
import { header, planLayout, producerSeat, seat, shared } from '../core/layout.js';
import { isMember, type Membership, seatNumbers, upstreamBarrier } from '../core/membership.js';
import { BUSY, distance, positionInEpoch, positionNear } from '../core/sequence.js';
import { seatOwner, seatState, TAKEN, VACANT } from '../core/seats.js';
import { type Sleep, sleepOf } from '../core/sleep-note.js';
import { type Stamps, stampsOf } from '../core/stamps.js';

/** A seat, as it was found. */
export interface SeatLook {
  readonly ring: string;
  readonly name: string;
  readonly role: 'producer' | 'consumer' | 'worker';
  /** Its first word. */
  readonly at: number;
  /** State, owner and generation. */
  readonly state: number;
  readonly vacant: boolean;
  readonly dead: boolean;
  /** The thread that has it; undefined when nobody does, or when that thread is dead. */
  readonly owner: number | undefined;
  readonly sleep: Sleep | undefined;
  readonly failure: { readonly sequence: number; readonly message: string } | undefined;
}

/** A consumer or a group, as it was found. */
export interface ConsumerLook {
  readonly name: string;
  /** Its position word; a group's claim word. */
  readonly index: number;
  readonly lossy: boolean;
  /** Its own, or its workers'. */
  readonly seats: readonly SeatLook[];
  readonly position: number;
  /** Events that are published and that it is not done with, 0 to the capacity. */
  readonly lag: number;
  /** When it is behind, but has handled all that those before it have: the lowest of their words. */
  readonly heldBy: number | undefined;
}

/** A ring, as it was found. */
export interface RingLook {
  readonly name: string;
  readonly words: Int32Array;
  readonly capacity: number;
  readonly stamps: Stamps | undefined;
  readonly producers: readonly SeatLook[];
  readonly consumers: readonly ConsumerLook[];
}

/** What never changes about a ring. */
export interface Ground {
  readonly name: string;
  readonly membership: Membership;
  readonly stamps: Stamps | undefined;
}

/**
 * Where everything is in the ring of this handle, which was checked.
 * @throws HandleError `ERR_HANDLE_DAMAGED`.
 */
export function groundOf(name: string, handle: RingHandle): Ground {
  const words = wordsOf(handle);
  const shape = shapeOf(words);
  const layout = planLayout({ ...shape, columns: [] });
  const membership: Membership = {
    words,
    layout,
    capacity: shape.capacity,
    producerSeats: Array.from({ length: shape.producers }, (_, number) => producerSeat(layout, number)),
    discards: Atomics.load(words, header.discards) !== 0,
  };
  return { name, membership, stamps: stampsOf(layout, shape) };
}

/** In the number of an owner that its ring numbered, since the platform does not number threads: in another ring it is somebody else. */
const NUMBERED_BY_RING = 2 ** 21;

/** Tells threads apart, also across rings where that can be told. */
export function threadOf({ owner, ring }: SeatLook): string | undefined {
  if (owner === undefined) return undefined;
  return owner & NUMBERED_BY_RING ? `${owner} of ${ring}` : `${owner}`;
}

/** Every seat of a look. */
export function seatsOf({ producers, consumers }: RingLook): SeatLook[] {
  return [...producers, ...consumers.flatMap(({ seats }) => seats)];
}

export function lookAt({ name, membership, stamps }: Ground): RingLook {
  const { words, capacity, producerSeats } = membership;
  const several = producerSeats.length > 1;
  const producers = producerSeats.map((at, number) =>
    lookAtSeat(words, name, several ? `producer ${number}` : 'producer', 'producer', at),
  );
  const found = membersIn(membership).map((consumer) => ({
    consumer,
    seats:
      consumer.workers.length === 0
        ? [lookAtSeat(words, name, consumer.name, 'consumer', consumer.seat)]
        : consumer.workers.map((at, number) =>
            lookAtSeat(words, name, workerName(consumer, number), 'worker', at),
          ),
    // The claim word first, as for whoever asks how far a group is.
    position: lowestOf(words, consumer.position, consumer.workers),
    heldBy: holderOf(membership, consumer.number, consumer.position),
  }));
  // Last: nobody can seem to be ahead of it, and who seems further behind than can be, is not.
  const published = positionInEpoch(Atomics.load(words, shared.cursor), Atomics.load(words, shared.epoch));
  const consumers = found.map(({ consumer, seats, position, heldBy }): ConsumerLook => {
    const lag = Math.min(Math.max(published - positionNear(position << 2, published), 0), capacity);
    const { name, lossy, position: index } = consumer;
    return {
      name,
      index,
      lossy,
      seats,
      position: published - lag,
      lag,
      heldBy: lag > 0 ? heldBy : undefined,
    };
  });
  return { name, words, capacity, stamps, producers, consumers };
}

type Member = ReturnType<typeof describeSeat>;

function membersIn(membership: Membership): Member[] {
  const { words, layout } = membership;
  return seatNumbers(layout)
    .filter((number) => isMember(membership, number))
    .map((number) => describeSeat(words, layout, number));
}

/** A lossy consumer is a worker alone. */
function workerName({ name, lossy }: Member, number: number): string {
  return lossy ? name : `${name}, worker ${number}`;
}

/** The position of a consumer, or the lowest of what a group has taken and what its workers have in hand. */
function lowestOf(words: Int32Array, index: number, workers: readonly number[]): number {
  let lowest = Atomics.load(words, index) >> 2;
  for (const at of workers) {
    const word = Atomics.load(words, at + seat.position);
    if (word & BUSY && distance(word >> 2, lowest) < 0) lowest = word >> 2;
  }
  return lowest;
}

/** The word that a consumer must see move before it can read anything; undefined where it can read, or waits for producers. */
function holderOf(membership: Membership, number: number, index: number): number | undefined {
  const barrier = upstreamBarrier(membership, number);
  if (barrier.indexes[0] === shared.cursor) return undefined;
  const ahead = barrier.ahead(Atomics.load(membership.words, index) >> 2);
  return ahead <= 0 ? barrier.lowestIndex : undefined;
}

function lookAtSeat(
  words: Int32Array,
  ring: string,
  name: string,
  role: SeatLook['role'],
  at: number,
): SeatLook {
  const state = Atomics.load(words, at + seat.state);
  const vacant = seatState(state) === VACANT;
  const taken = seatState(state) === TAKEN;
  return {
    ring,
    name,
    role,
    at,
    state,
    vacant,
    dead: !vacant && !taken,
    owner: taken ? seatOwner(state) : undefined,
    sleep: taken ? sleepOf(words, at) : undefined,
    failure: role === 'producer' ? undefined : described(failureOf(words, at)),
  };
}

function described(failure: Failure | undefined): SeatLook['failure'] {
  return failure && { sequence: failure.sequence, message: failureText(failure) };
}
