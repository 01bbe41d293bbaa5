/**
 * Recovery: what is done for a thread that has died, by any other that knows it. The caller has the fact that the dead one executes no more
 * instruction; nothing here finds out, and nothing waits for it.
 *
 * Each begins with an exchange of the seat's state word from what it was while the dead had it: so a death is recovered once, and who is
 * dead by mistake of the caller is not told apart from who is. Whoever recovers may die as well, at any instruction; then the seat is DEAD, in
 * the dead recoverer's name, and recovering it again, from that word, finishes.
 */
import { outdateIntents, settleClaim, type Settled } from './claims.js';
import { abort, close, wakeMore } from './closing.js';
import { consumerSeat, header, seat, shared, workerSeat } from './layout.js';
import { exit, type Membership, seatNumbers } from './membership.js';
import { leaveSeat, takeFromDead } from './seats.js';
import {
  BUSY,
  CLOSED,
  closeWord,
  distance,
  EPOCH_POSITIONS,
  positionInEpoch,
  positionNear,
  wake,
} from './sequence.js';
import type { Stamps } from './stamps.js';

/** A ring, as those see it who recover. */
export interface Recoverable extends Membership {
  /** The position words of all consumers' seats, and what stands for nobody. */
  readonly positions: readonly number[];
  /** The announcement words of all groups' workers. */
  readonly announcements: readonly number[];
  readonly stamps: Stamps | undefined;
}

/**
 * What becomes of a dead consumer: its position is kept for the next in its seat; it leaves for good, and nobody waits for it any more; or the
 * ring is closed, and it leaves.
 */
export type Fate = 'hold' | 'detach' | 'close';

/** What a recovery found, and did. */
export type Found =
  | Settled
  /** Whoever had the seat has left it, or was recovered before. */
  | { readonly found: 'gone' }
  /** The next in its seat goes on at this position. */
  | { readonly found: 'held'; readonly position: number }
  /** It left at this position; or had not yet joined, or had left already. */
  | { readonly found: 'detached' | 'closed'; readonly position: number }
  /** These events, up to `end`, which the dead one may have handled, go to whoever has a worker's seat of the group next. */
  | { readonly found: 'redelivered'; readonly first: number; readonly end: number };

/**
 * Recovers the producer's seat whose first word is `at`. `seen` is its state word while the dead one had it, `mine` the number of the thread
 * that recovers. After 'later' nothing needs to be done: the one it waits for finishes; doing it again, from the state word as it is then, does no harm.
 */
export function recoverProducer(ring: Recoverable, at: number, seen: number, mine: number): Found {
  const { words, stamps } = ring;
  const taken = takeFromDead(words, at + seat.state, seen, mine);
  if (taken === undefined) return gone(ring);
  crossEpochs(words, stamps);
  wakeAll(ring);
  if (stamps === undefined) {
    leaveSeat(words, at + seat.state, taken);
    return { found: 'nothing' };
  }
  // Before anybody's intent is read: who changes it after that, and did not win, sees the death.
  Atomics.add(words, shared.deaths, 1);
  return settleClaim(words, stamps, at);
}

/** Recovers the seat of a consumer that is no group. As `recoverProducer`, but while another living thread recovers it, it is that one's alone. */
export function recoverConsumer(
  ring: Recoverable,
  at: number,
  seen: number,
  mine: number,
  fate: Fate,
): Found {
  const { words } = ring;
  const taken = takeFromDead(words, at + seat.state, seen, mine);
  if (taken === undefined) return gone(ring);
  const index = at + seat.position;
  const position = whole(words, index);
  const member = Atomics.load(words, at + seat.member) !== 0;
  if (member && fate === 'close') close(words, ring.positions, ring);
  if (member && fate !== 'hold') exit(ring, at);
  // Who died while it left, or before it had joined.
  if (!member) closeWord(words, index);
  if (isSpare(ring, at) && (!member || fate !== 'hold')) Atomics.store(words, at + seat.nameLength, 0);
  wakeAll(ring);
  leaveSeat(words, at + seat.state, taken);
  if (!member) return { found: 'detached', position };
  return { found: fate === 'hold' ? 'held' : fate === 'detach' ? 'detached' : 'closed', position };
}

/**
 * Recovers the seat of one of a group's workers, or of a lossy consumer. What it has in hand is taken over by whoever finds nothing else to
 * take, or takes the seat; a lossy consumer that shall not be held loses it instead.
 */
export function recoverWorker(ring: Recoverable, at: number, seen: number, mine: number, fate: Fate): Found {
  const { words } = ring;
  const taken = takeFromDead(words, at + seat.state, seen, mine);
  if (taken === undefined) return gone(ring);
  if (fate === 'close') close(words, ring.positions, ring);
  const word = Atomics.load(words, at + seat.position);
  const first = whole(words, at + seat.position);
  const claim = groupOf(ring, at) + seat.position;
  const busy = (word & BUSY) !== 0 && distance(Atomics.load(words, claim) >> 2, first) > 0;
  leaveSeat(words, at + seat.state, taken);
  wakeAll(ring);
  if (!busy) return { found: 'nothing' };
  return { found: 'redelivered', first, end: positionNear(Atomics.load(words, at + seat.intent), first) };
}

/**
 * Wakes everybody, after a death: the dead may have cleared a parked bit and died before its notify, or begun to end the ring. For the
 * death of any thread, also of one without a seat.
 */
export function wakeAll(ring: Recoverable): void {
  const { words, positions } = ring;
  const ended = (Atomics.load(words, shared.cursor) & CLOSED) !== 0;
  // The reason of a dead aborter is not known to be whole.
  if (Atomics.load(words, shared.aborted) !== 0) return abort(words, positions, () => {}, ring);
  if (ended) return close(words, positions, ring);
  for (const index of [shared.cursor, shared.ending, ...positions]) wake(words, index);
  wakeMore(words, positions, ring);
}

function gone(ring: Recoverable): Found {
  wakeAll(ring);
  return { found: 'gone' };
}

/** Moves the epoch on to the cursor, and tells all producers, where a dead one published or claimed and did not. */
function crossEpochs(words: Int32Array, stamps: Stamps | undefined): void {
  for (;;) {
    const epoch = Atomics.load(words, shared.epoch);
    const end = positionInEpoch(Atomics.load(words, shared.cursor), epoch);
    if (end < (epoch + 1) * EPOCH_POSITIONS) break;
    Atomics.compareExchange(words, shared.epoch, epoch, epoch + 1);
  }
  if (stamps !== undefined) outdateIntents(words, stamps);
}

function whole(words: Int32Array, index: number): number {
  return positionInEpoch(Atomics.load(words, index), Atomics.load(words, shared.epoch));
}

/** Whether a seat was made for joiners. */
function isSpare({ words, layout }: Recoverable, at: number): boolean {
  return at >= consumerSeat(layout, Atomics.load(words, header.consumers));
}

/** The seat of the group that a worker is of. */
function groupOf({ words, layout }: Recoverable, worker: number): number {
  const seats = seatNumbers(layout).map((number) => consumerSeat(layout, number));
  const its = (at: number): boolean => {
    const first = Atomics.load(words, at + seat.firstWorker);
    const count = Atomics.load(words, at + seat.workers);
    return worker >= workerSeat(layout, first) && worker < workerSeat(layout, first + count);
  };
  return seats.find(its)!;
}
