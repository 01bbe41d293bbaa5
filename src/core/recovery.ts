/**
 * Recovery: what is done for a thread that has died, by any other that knows it. The caller has the fact that the dead one executes no more
 * instruction; nothing here finds out, and nothing waits for it.
 *
 * Each begins with an exchange of the seat's state word from what it was while the dead had it, so a death is recovered once. Whoever
 * recovers may die as well, at any instruction; then the seat is DEAD, in the dead recoverer's name, and recovering it again, from that
 * word, finishes.
 */
import { atomsOf } from './atoms.js';
import { outdateIntents, settleClaim, settleClaims, type Settled } from './claims.js';
import { abort, close, wakeMore } from './closing.js';
import { type Claiming, inHand, noteWin, orphan } from './in-hand.js';
import { consumerSeat, header, seat, shared, winsWord } from './layout.js';
import { exit, goPastGates, MEMBER, type Membership, OBSERVER, workersOf } from './membership.js';
import { leaveSeat, takeFromDead, takeSeat } from './seats.js';
import { BUSY, CLOSED, closeWord, EPOCH_POSITIONS, positionInEpoch, positionNear, wake } from './sequence.js';
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
  const found = settleClaim(words, stamps, at);
  // What others who died could not be told of, because this one seemed to live.
  settleClaims(words, stamps);
  return found;
}

/** Recovers the seat of a consumer that is neither a group nor lossy. As `recoverProducer`, but while another living thread recovers it, it is that one's alone. */
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
  // Who died while it joined may have a position that is overwritten already.
  else if (fate === 'hold' && isSpare(ring, at)) goPastGates(ring, at);
  if (!member || fate !== 'hold') clearName(ring, at);
  wakeAll(ring);
  leaveSeat(words, at + seat.state, taken);
  if (!member) return { found: 'detached', position };
  return { found: fate === 'hold' ? 'held' : fate === 'detach' ? 'detached' : 'closed', position };
}

/**
 * Recovers the own seat of a group, of a lossy consumer or of an observer: who has it brings that one in, or takes it out. Before those of its
 * workers. One that had not come in, or was half out, is taken out; so is a lossy one, or an observer, of which nobody else can be there. A
 * group that others may be in stays.
 */
export function recoverGroup(ring: Recoverable, at: number, seen: number, mine: number): Found {
  const { words } = ring;
  const taken = takeFromDead(words, at + seat.state, seen, mine);
  if (taken === undefined) return gone(ring);
  const position = whole(words, at + seat.position);
  const stays =
    Atomics.load(words, at + seat.member) === MEMBER && Atomics.load(words, at + seat.lossy) === 0;
  if (stays) goPastGates(ring, at);
  else takeOut(ring, at);
  wakeAll(ring);
  leaveSeat(words, at + seat.state, taken);
  return stays ? { found: 'nothing' } : { found: 'detached', position };
}

/**
 * Recovers the seat at `at` of one of a group's workers, or of a lossy consumer or an observer, whose own seat is at `own`. What it has in hand
 * is taken over by whoever finds nothing else to take, or takes the seat; a lossy consumer that shall not be held loses it instead, and an
 * observer leaves.
 */
export function recoverWorker(
  ring: Recoverable,
  own: number,
  at: number,
  seen: number,
  mine: number,
  fate: Fate,
): Found {
  const { words } = ring;
  const taken = takeFromDead(words, at + seat.state, seen, mine);
  if (taken === undefined) return gone(ring);
  const index = at + seat.position;
  const group = groupOf(ring, own);
  const kind = Atomics.load(words, own + seat.member);
  // The group has left, or is not there yet; or another is, with fewer workers.
  const isIn = kind !== 0 && group.seats.includes(at);
  if (!isIn || kind === OBSERVER || (group.lossy && fate === 'detach')) {
    const position = isIn && inHand(words, group, at) === true ? whole(words, index) : whole(words, own);
    // Whoever has it takes it out.
    const leaving = isIn ? takeSeat(words, own + seat.state, mine) : undefined;
    if (leaving !== undefined) takeOut(ring, own);
    else if (!isIn) clearBusy(words, index);
    leaveSeat(words, at + seat.state, taken);
    if (leaving !== undefined) leaveSeat(words, own + seat.state, leaving);
    wakeAll(ring);
    return isIn ? { found: 'detached', position } : { found: 'nothing' };
  }
  if (fate === 'close') close(words, ring.positions, ring);
  const first = whole(words, index);
  const end = positionNear(Atomics.load(words, at + seat.intent), first);
  const won = inHand(words, group, at) ?? inHandOrOrphaned(words, group, at);
  const kept = won === true && !(group.lossy && fate !== 'hold');
  if (kept) noteWin(atomsOf(words), group, at, first, end);
  else if (won !== undefined) clearBusy(words, index);
  leaveSeat(words, at + seat.state, taken);
  wakeAll(ring);
  return kept ? { found: 'redelivered', first, end } : { found: 'nothing' };
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
  let epoch = Atomics.load(words, shared.epoch);
  const wanted = Math.floor(positionInEpoch(Atomics.load(words, shared.cursor), epoch) / EPOCH_POSITIONS);
  // At once, as producers do.
  while (epoch < wanted) {
    const before = Atomics.compareExchange(words, shared.epoch, epoch, wanted);
    epoch = before === epoch ? wanted : before;
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

/** Takes one whose own seat this thread has out for good. */
function takeOut(ring: Recoverable, at: number): void {
  exit(ring, at);
  clearName(ring, at);
}

/** Who joins next is not refused for the name of one that has left. */
function clearName(ring: Recoverable, at: number): void {
  if (isSpare(ring, at)) Atomics.store(ring.words, at + seat.nameLength, 0);
}

function groupOf({ words, layout, capacity }: Recoverable, at: number): Claiming {
  const seats = workersOf(words, layout, at);
  return {
    claim: at + seat.position,
    seats,
    wins: seats.map((one) => winsWord(layout, one)),
    capacity,
    lossy: Atomics.load(words, at + seat.lossy) !== 0,
  };
}

/**
 * Leaves an announcement to others when it cannot be told yet whose the events are. They are told of it before the second look: who
 * announces the same then looks at the deaths when it does so no longer.
 */
function inHandOrOrphaned(words: Int32Array, group: Claiming, at: number): boolean | undefined {
  orphan(words, at);
  Atomics.add(words, shared.deaths, 1);
  return inHand(words, group, at);
}

/** Takes back what a worker announced and did not win. */
function clearBusy(words: Int32Array, index: number): void {
  Atomics.and(words, index, ~BUSY);
}
