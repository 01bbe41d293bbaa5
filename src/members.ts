/** The consumers of a ring: those that were declared and did not leave, and those that joined. */
import type { ConsumerSeat, Context } from './context.js';
import { ArgumentError, SeatError } from './errors.js';
import { describe, type Fields } from './event.js';
import { kindOf, mustBeWhenDead, policyWord, type WhenDead } from './options.js';
import { readName, writeName } from './texts.js';
import { recover } from './core/failure.js';
import { consumerSeat, header, type Layout, LONGEST_NAME, seat, workerSeat } from './core/layout.js';
import {
  entrance,
  enter,
  isMember,
  OBSERVER,
  seatNumbers,
  seatsBefore,
  workersOf,
} from './core/membership.js';
import { platform } from './core/platform.js';
import { leaveSeat, seatState, takeSeat, takeSeatAsSeen, VACANT } from './core/seats.js';

/** How a consumer joins. */
export interface JoinOptions {
  /** Consumers that must be done with an event before this one sees it. */
  readonly after?: readonly string[];
  /**
   * Its first event: with `'now'`, unless given, the next to be published, or the next that those it comes after will handle; with
   * `'oldest'` the oldest that is still in the ring for sure.
   */
  readonly start?: 'now' | 'oldest';
  /**
   * Makes it a group of at most so many workers, 1 to the ring's `spareWorkers`. The joiner is the first of them; others `openConsumer` by
   * its name, in any thread. It stays, with its position kept, until a worker calls `leave` while no other sits there.
   */
  readonly workers?: number;
  /** Makes it lossy, as in `ConsumerOptions`; it takes one of the ring's `spareLossySeats`. */
  readonly lossy?: boolean;
  /** What becomes of its seat when its thread dies; as in `createRing`. */
  readonly whenDead?: WhenDead;
}

/** What stands in a consumer's seat. */
export function describeSeat(words: Int32Array, layout: Layout, number: number): ConsumerSeat {
  const at = consumerSeat(layout, number);
  return {
    name: readName(words, at),
    after: seatNumbers(layout)
      .filter((before) => Atomics.load(words, at + seat.after + (before >> 5)) & (1 << (before & 31)))
      .map((before) => readName(words, consumerSeat(layout, before))),
    number,
    seat: at,
    position: at + seat.position,
    workers: workersOf(words, layout, at),
    lossy: Atomics.load(words, at + seat.lossy) !== 0,
  };
}

/** The consumers now, in the order of their seats: those declared come first. */
export function membersOf<F extends Fields>(context: Context<F>): ConsumerSeat[] {
  const { words, layout, declared } = context;
  return seatNumbers(layout)
    .filter((number) => isMember(context, number))
    .map((number) => declared[number] ?? describeSeat(words, layout, number));
}

/** A consumer that has joined. */
export interface Joined {
  readonly mine: ConsumerSeat;
  /** What `takeSeat` gave. */
  readonly taken: number;
  /** For a group, and a lossy consumer: the seat of its first worker. */
  readonly worker: TakenWorker | undefined;
}

/** A worker's seat that was taken. */
export interface TakenWorker {
  /** Its first word. */
  readonly at: number;
  /** What `takeSeat` gave. */
  readonly taken: number;
}

/** Who joins: nobody comes to a lossy seat who is not lossy, nor the other way round. */
interface Newcomer {
  readonly workers: number;
  readonly lossy: boolean;
}

/**
 * Takes a spare seat for a new consumer, and makes it a member.
 * @throws ArgumentError `ERR_CONSUMER_NAME`, `ERR_CONSUMER_DUPLICATE`, `ERR_CONSUMER_UNKNOWN`, `ERR_LOSSY`, `ERR_WORKERS`, `ERR_START`, `ERR_WHEN_DEAD`;
 * SeatError `ERR_NO_SPARE_SEAT`.
 */
export function joinMembers<F extends Fields>(
  context: Context<F>,
  name: string,
  options: JoinOptions,
): Joined {
  const { words, layout } = context;
  const { after = [], start = 'now', whenDead = 'hold' } = options;
  const bytes = nameBytes(name);
  if (start !== 'now' && start !== 'oldest')
    throw new ArgumentError('ERR_START', `start is 'now' or 'oldest', not ${describe(start)}.`);
  if (!Array.isArray(after)) {
    throw new ArgumentError(
      'ERR_CONSUMERS',
      `after takes names of consumers like ['journal'], not ${describe(after)}.`,
    );
  }
  const others: readonly string[] = after;
  const newcomer = kindOf(name, options, Atomics.load(words, header.spareWorkers));
  mustBeWhenDead(name, whenDead, newcomer.workers > 0 && !newcomer.lossy);
  const places = others.map((other) => placeOf(context, name, other));
  const { number, taken, worker } = takeSpareSeat(context, newcomer);
  const at = consumerSeat(layout, number);
  try {
    prepareSeat(context, at, newcomer);
    writeName(words, at, bytes);
    mustBeUnique(context, name, number);
    Atomics.store(words, at + seat.whenDead, policyWord(whenDead));
    for (let word = at + seat.after; word < at + seat.after + Math.ceil(layout.seatCount / 32); word++)
      Atomics.store(words, word, 0);
    for (const place of places) Atomics.or(words, at + seat.after + (place >> 5), 1 << (place & 31));
    // From here on nobody joins in those seats: whoever left meanwhile shows.
    others.forEach((other, i) => {
      if (placeOf(context, name, other) !== places[i]) throw unknown(context, name, other);
    });
    enter(context, at, entrance(context, number, start === 'oldest'));
  } catch (error) {
    clearSeat(context, at);
    if (worker !== undefined) leaveSeat(words, worker.at + seat.state, worker.taken);
    leaveSeat(words, at + seat.state, taken);
    throw error;
  }
  return { mine: describeSeat(words, layout, number), taken, worker };
}

/**
 * Takes a spare lossy seat for an observer, which has no name.
 * @throws SeatError `ERR_NO_SPARE_SEAT`.
 */
export function joinObserver<F extends Fields>(context: Context<F>): Joined {
  const { words, layout } = context;
  const observer: Newcomer = { workers: 1, lossy: true };
  const { number, taken, worker } = takeSpareSeat(context, observer);
  const at = consumerSeat(layout, number);
  clearSeat(context, at);
  prepareSeat(context, at, observer);
  enter(context, at, entrance(context, number, false), OBSERVER);
  return { mine: describeSeat(words, layout, number), taken, worker };
}

/** What is left of whoever had the seat before is not the newcomer's. */
function prepareSeat<F extends Fields>(
  { words, layout }: Context<F>,
  at: number,
  { workers }: Newcomer,
): void {
  Atomics.store(words, at + seat.workers, workers);
  recover(words, at);
  for (const worker of workersOf(words, layout, at)) recover(words, worker);
}

/** Makes a spare seat nobody's, after its consumer left. */
export function clearSeat<F extends Fields>({ words }: Context<F>, at: number): void {
  Atomics.store(words, at + seat.nameLength, 0);
}

function nameBytes(name: unknown): Uint8Array {
  const bytes = platform.encode(typeof name === 'string' ? name : '');
  if (bytes.length >= 1 && bytes.length <= LONGEST_NAME) return bytes;
  throw new ArgumentError(
    'ERR_CONSUMER_NAME',
    `A consumer's name is a text of 1 to ${LONGEST_NAME} bytes, not ${describe(name)}.`,
  );
}

function placeOf<F extends Fields>(context: Context<F>, name: string, other: string): number {
  const found = membersOf(context).find((member) => member.name === other);
  if (found === undefined) throw unknown(context, name, other);
  if (found.lossy) {
    throw new ArgumentError(
      'ERR_LOSSY',
      `The consumer ${JSON.stringify(name)} cannot come after ${JSON.stringify(other)}, which is lossy.`,
    );
  }
  return found.number;
}

function unknown<F extends Fields>(context: Context<F>, name: string, other: string): ArgumentError {
  const names = membersOf(context).map((member) => member.name);
  return new ArgumentError(
    'ERR_CONSUMER_UNKNOWN',
    `The consumer ${JSON.stringify(name)} comes after ${describe(other)}, which is none of this ring's; there are ${names.join(', ') || 'none'}.`,
  );
}

/** Two that join with one name at once see each other, and may both be refused. */
function mustBeUnique<F extends Fields>(context: Context<F>, name: string, number: number): void {
  const { words, layout } = context;
  for (const other of seatNumbers(layout)) {
    const at = consumerSeat(layout, other);
    const there = isMember(context, other) || seatState(Atomics.load(words, at + seat.state)) !== VACANT;
    if (other === number || !there || readName(words, at) !== name) continue;
    throw new ArgumentError(
      'ERR_CONSUMER_DUPLICATE',
      `There is a consumer ${JSON.stringify(name)} already: join by a name of its own.`,
    );
  }
}

/** A seat that was never declared, that nobody has, and that nobody comes after: they would come after the newcomer. */
function takeSpareSeat<F extends Fields>(
  context: Context<F>,
  { workers, lossy }: Newcomer,
): Omit<Joined, 'mine'> & { readonly number: number } {
  const { words, layout, declared, attachment } = context;
  const numbers = seatNumbers(layout);
  const isFollowed = (number: number): boolean =>
    numbers.some((other) => other !== number && seatsBefore(context, other).includes(number));
  const spare = numbers
    .slice(declared.length)
    .filter((number) => (Atomics.load(words, consumerSeat(layout, number) + seat.lossy) !== 0) === lossy);
  for (const number of spare) {
    if (isFollowed(number)) continue;
    const at = consumerSeat(layout, number);
    const seen = Atomics.load(words, at + seat.state);
    // A group that joined keeps its seat while nobody sits there.
    if (Atomics.load(words, at + seat.member) !== 0) continue;
    const taken = takeSeatAsSeen(words, at + seat.state, attachment, seen);
    if (taken === undefined) continue;
    const worker = workers === 0 ? undefined : takeFirstWorker(context, at);
    if (!isFollowed(number) && (workers === 0 || worker !== undefined)) return { number, taken, worker };
    if (worker !== undefined) leaveSeat(words, worker.at + seat.state, worker.taken);
    leaveSeat(words, at + seat.state, taken);
  }
  const option = lossy ? 'spareLossySeats' : 'spareSeats';
  throw new SeatError(
    'ERR_NO_SPARE_SEAT',
    spare.length === 0
      ? `Nobody can join this ring so: make it with ${option}.`
      : `All of the ring's ${spare.length} seats for this (${option}) are taken: somebody must leave first, or make the ring with more.`,
  );
}

/** Undefined while somebody who came too late looks whether the group is still there; or where somebody wrote rubbish. */
function takeFirstWorker<F extends Fields>(
  { words, layout, attachment }: Context<F>,
  group: number,
): TakenWorker | undefined {
  const first = Atomics.load(words, group + seat.firstWorker);
  if (first < 0 || first >= layout.workerCount) return undefined;
  const at = workerSeat(layout, first);
  const taken = takeSeat(words, at + seat.state, attachment);
  return taken === undefined ? undefined : { at, taken };
}
