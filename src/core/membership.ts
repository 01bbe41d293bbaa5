/**
 * Consumers that come and go while events flow.
 *
 * Producers keep a list of the consumers, and go by a gate that they looked up a while ago. So a joiner and a producer shake hands: the
 * joiner makes itself a member and counts the join, then reads the producers' gates; a producer writes its gate down, then looks whether
 * the joins have been counted on. Either the producer sees the joiner and waits for it, or the joiner sees the gate and starts there,
 * where nothing is overwritten.
 *
 * A consumer that leaves closes its position word. Whoever is held up by that word finds it closed, and makes its list anew.
 *
 * A group joins and leaves as a whole. Whoever takes one in or out has the seat of the group itself meanwhile: who takes a worker's seat
 * looks at that one afterwards, who takes the group out looks at the workers' seats, so that one of the two finds the other.
 */
import { Barrier, type Watched } from './barrier.js';
import { notifyAll } from './doorbell.js';
import { forgetWins } from './in-hand.js';
import { consumerSeat, type Layout, seat, shared, winsWord, workerSeat } from './layout.js';
import { closeWord, distance, FLAGS, wake, wordOf } from './sequence.js';

export const MEMBER = 1;
/** An observer: producers evict from it, and nobody else knows of it. */
export const OBSERVER = 2;

/** A ring, as those see it who come and go. */
export interface Membership {
  readonly words: Int32Array;
  readonly layout: Layout;
  readonly capacity: number;
  /** First words of the producers' seats. */
  readonly producerSeats: readonly number[];
  /** Whether producers drop the oldest events while there is no consumer. */
  readonly discards: boolean;
}

/** Whether consumer seat `number` counts: not so an observer's. */
export function isMember({ words, layout }: Membership, number: number): boolean {
  return Atomics.load(words, consumerSeat(layout, number) + seat.member) === MEMBER; // acquires: joined
}

/** The numbers of the seats that seat `number` comes after, whether they still count or not. */
export function seatsBefore({ words, layout }: Membership, number: number): number[] {
  const at = consumerSeat(layout, number) + seat.after;
  return seatNumbers(layout).filter((other) => Atomics.load(words, at + (other >> 5)) & (1 << (other & 31)));
}

export function seatNumbers(layout: Layout): number[] {
  return Array.from({ length: layout.seatCount }, (_, number) => number);
}

/** All consumers. */
export function everybody(membership: Membership): Watched {
  return wordsOf(
    membership,
    seatNumbers(membership.layout).filter((number) => isMember(membership, number)),
  );
}

/** What producers must not lap: all consumers, or where the last of them left; and what observers have in hand. */
function gating(membership: Membership): Watched {
  const { words, layout, discards } = membership;
  const seats = seatNumbers(layout).map((number) => {
    const at = consumerSeat(layout, number);
    return { number, position: at + seat.position, kind: Atomics.load(words, at + seat.member) }; // acquires: joined
  });
  const there = wordsOf(
    membership,
    seats.filter(({ kind }) => kind !== 0).map(({ number }) => number),
  );
  const nobody = seats.some(({ kind }) => kind === MEMBER) ? [] : [shared.nobody];
  return {
    indexes: [...nobody, ...there.indexes],
    announcements: there.announcements,
    lossy: discards ? [...nobody, ...there.lossy] : there.lossy,
    observers: seats.filter(({ kind }) => kind === OBSERVER).map(({ position }) => position),
  };
}

/** What the consumer in seat `number` comes after: in place of those that have left, what these came after; the cursor at the end. */
function before(membership: Membership, number: number): Watched {
  const found = new Set<number>();
  // Whoever wrote rubbish may have made them come after each other in a circle.
  const visited = new Set<number>();
  const visit = (its: number): void => {
    visited.add(its);
    for (const other of seatsBefore(membership, its)) {
      if (isMember(membership, other)) found.add(other);
      else if (!visited.has(other)) visit(other);
    }
  };
  visit(number);
  if (found.size === 0) return { indexes: [shared.cursor], announcements: [], lossy: [] };
  return wordsOf(membership, [...found]);
}

function wordsOf({ words, layout }: Membership, numbers: readonly number[]): Watched {
  const seats = numbers.map((number) => consumerSeat(layout, number));
  return {
    indexes: seats.map((at) => at + seat.position),
    announcements: seats.flatMap((at) => announcementsOf(words, layout, at)),
    lossy: seats.filter((at) => Atomics.load(words, at + seat.lossy) !== 0).map((at) => at + seat.position),
  };
}

/** The first words of the workers' seats of the consumer whose seat is at `at`; of what names seats that the ring does not have, none. */
export function workersOf(words: Int32Array, layout: Layout, at: number): number[] {
  const first = Atomics.load(words, at + seat.firstWorker);
  const length = Atomics.load(words, at + seat.workers);
  if (first < 0 || length < 0 || first + length > layout.workerCount) return [];
  return Array.from({ length }, (_, number) => workerSeat(layout, first + number));
}

/** The first words of all workers' seats that consumer seat `number` was given, whoever is there now. */
export function workersGiven(words: Int32Array, layout: Layout, number: number): number[] {
  const firstOf = (one: number): number =>
    one === layout.seatCount
      ? layout.workerCount
      : Atomics.load(words, consumerSeat(layout, one) + seat.firstWorker);
  const first = Math.max(0, firstOf(number));
  const length = Math.max(0, Math.min(firstOf(number + 1), layout.workerCount) - first);
  return Array.from({ length }, (_, worker) => workerSeat(layout, first + worker));
}

function announcementsOf(words: Int32Array, layout: Layout, at: number): number[] {
  return workersOf(words, layout, at).map((worker) => worker + seat.position);
}

/** What the consumer in seat `number` reads up to. */
export function upstreamBarrier(membership: Membership, number: number): Barrier {
  const find = (): Watched => before(membership, number);
  const { indexes, announcements } = find();
  return new Barrier(membership.words, indexes, announcements, [], find);
}

/** What a producer must not lap, in a ring that nobody can join. */
export function producerBarrier(membership: Membership): Barrier {
  const find = (): Watched => gating(membership);
  const { indexes, announcements, lossy } = find();
  return new Barrier(membership.words, indexes, announcements, lossy, find);
}

/** What a producer must not lap, in a ring that others may join. */
export class ProducerGate extends Barrier {
  readonly #capacity: number;
  readonly #gateIndex: number;
  /** The joins that the list of consumers has in it. */
  #joins = -1;
  /** What joiners must not start below: this producer, or one before in its seat, may have gone by it. */
  #floor = -1;

  /** `seatWord`: the first word of the producer's seat. */
  constructor(membership: Membership, seatWord: number) {
    super(membership.words, [shared.nobody], [], [], () => gating(membership));
    this.#capacity = membership.capacity;
    this.#gateIndex = seatWord + seat.gate;
  }

  override ahead(position: number): number {
    const { words } = this;
    if (this.#floor === -1) this.#floor = this.#floorBefore(position);
    for (;;) {
      const joins = Atomics.load(words, shared.membership); // acquires: joined
      if (joins !== this.#joins) this.watch(this.find!());
      this.#joins = joins;
      const ahead = super.ahead(position);
      const gate = Math.max(this.#floor, position + ahead);
      Atomics.store(words, this.#gateIndex, wordOf(gate)); // releases: gate
      if (Atomics.load(words, shared.membership) !== joins) continue;
      this.#floor = gate;
      return ahead;
    }
  }

  /** The gate of whoever had the seat before. One that is so old that positions came round since is not mistaken for a new one. */
  #floorBefore(position: number): number {
    const ahead = distance(Atomics.load(this.words, this.#gateIndex) >> 2, position);
    return position + (ahead <= 0 && ahead > -this.#capacity ? ahead : -this.#capacity);
  }
}

/** All consumers, as somebody sees them who only looks on. */
export class Onlooker extends Barrier {
  #joins = -1;

  constructor(membership: Membership) {
    super(membership.words, [shared.nobody], [], [], () => everybody(membership));
  }

  /** 0 with nobody to wait for. */
  override ahead(position: number): number {
    for (;;) {
      const joins = Atomics.load(this.words, shared.membership); // acquires: joined
      if (joins !== this.#joins) this.watch(this.find!());
      this.#joins = joins;
      if (this.indexes.length === 0) return 0;
      const ahead = super.ahead(position);
      if (!this.renew()) return ahead;
    }
  }
}

/**
 * Makes the consumer whose seat is at `at` a member, at the position of the word `from` or, where that may be overwritten already, a
 * higher one; or an observer. Its seat is taken, and says what it comes after and how many workers it has, of whom none is there yet.
 */
export function enter(
  membership: Membership,
  at: number,
  from: number,
  kind: typeof MEMBER | typeof OBSERVER = MEMBER,
): void {
  const { words, layout } = membership;
  const index = at + seat.position;
  Atomics.store(words, index, from);
  notifyAll(words, index);
  forgetOthers(membership, at, from >> 2);
  Atomics.store(words, at + seat.member, kind); // releases: joined
  const first = goPastGates(membership, at);
  // What was dropped up to here it has not missed.
  for (const announcement of announcementsOf(words, layout, at)) Atomics.store(words, announcement, first);
  // An abort that closed the word before it was this consumer's.
  if (Atomics.load(words, shared.aborted) !== 0) closeWord(words, index);
}

/**
 * Tells producers of the consumer whose seat is at `at`, a member, and moves it to where nothing is overwritten: for one that has joined just
 * now, or died when it may not have come to this; for any other it changes nothing. Returns its word, without flags.
 */
export function goPastGates({ words, capacity, producerSeats }: Membership, at: number): number {
  const index = at + seat.position;
  Atomics.add(words, shared.membership, 1); // releases: joined
  wake(words, shared.nobody);
  const gates = producerSeats.map((producer) => Atomics.load(words, producer + seat.gate) >> 2); // acquires: gate
  // After the gates: none that counts is ahead of it. One that is not within a capacity is of a seat that was idle for long.
  const cursor = Atomics.load(words, shared.cursor) >> 2;
  let to = Atomics.load(words, index) >> 2;
  for (const gate of gates) {
    const behind = distance(cursor, gate);
    if (behind >= 0 && behind <= capacity && distance(gate, to) > 0) to = gate;
  }
  raise(words, index, to, (seen) => distance(to, seen) > 0);
  return Atomics.load(words, index) & ~FLAGS;
}

/** A group that had the seat before may have won the events that this one begins with. */
function forgetOthers({ words, layout, capacity }: Membership, at: number, from: number): void {
  const seats = workersOf(words, layout, at);
  const lossy = Atomics.load(words, at + seat.lossy) !== 0;
  const wins = seats.map((worker) => winsWord(layout, worker));
  const cursor = Atomics.load(words, shared.cursor) >> 2;
  forgetWins(words, { claim: at + seat.position, seats, wins, capacity, lossy }, from, cursor);
}

/** Where a joiner starts: what it comes after, or as far back as there may be events. */
export function entrance(membership: Membership, number: number, oldest: boolean): number {
  const { words, capacity } = membership;
  const cursor = Atomics.load(words, shared.cursor) >> 2;
  if (oldest) return wordOf(cursor - capacity);
  const barrier = upstreamBarrier(membership, number);
  return wordOf(cursor + Math.min(0, barrier.ahead(cursor)));
}

/**
 * Takes the consumer whose seat is at `at`, with all of its workers, out for good: nobody waits for it any more, nor for what it has in
 * hand. Of a group nobody but the caller sits there, who has the group's own seat too. Doing it again finishes for one that died half way.
 */
export function exit({ words, layout, capacity }: Membership, at: number): void {
  const index = at + seat.position;
  const announcements = announcementsOf(words, layout, at);
  if (Atomics.load(words, at + seat.member) === MEMBER) {
    // Producers move a lossy consumer's word as long as it is open.
    if (Atomics.load(words, at + seat.lossy) !== 0) closeWord(words, index);
    const last = Atomics.load(words, index) >> 2;
    // While it still counts: so once nobody does, it is where the last one was.
    raise(words, shared.nobody, last, (seen) => {
      const behind = distance(Atomics.load(words, shared.cursor) >> 2, seen);
      return behind < 0 || behind > capacity || distance(last, seen) > 0;
    });
  }
  Atomics.store(words, at + seat.member, 0); // releases: left
  closeWord(words, index); // releases: left
  for (const announcement of announcements) letGo(words, announcement);
}

/** Takes back what a worker announced, and wakes whoever waits for it. */
function letGo(words: Int32Array, announcement: number): void {
  let seen = Atomics.load(words, announcement);
  while (seen & FLAGS) {
    const before = Atomics.compareExchange(words, announcement, seen, seen & ~FLAGS);
    if (before === seen) break;
    seen = before;
  }
  notifyAll(words, announcement);
}

/**
 * Moves a word to position `to`, if that is wanted for the position that it has; its flags stay. Wakes nobody: whoever sleeps on a joiner
 * is woken by its taking the seat, which comes next, and on `nobody` nobody sleeps while somebody counts.
 */
function raise(words: Int32Array, index: number, to: number, wanted: (seen: number) => boolean): void {
  let seen = Atomics.load(words, index);
  while (wanted(seen >> 2)) {
    const before = Atomics.compareExchange(words, index, seen, wordOf(to) | (seen & FLAGS));
    if (before === seen) return;
    seen = before;
  }
}
