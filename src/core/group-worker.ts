/**
 * One of the workers of a group: each event goes to one of them. They share the group's claim word, whose position says what some worker
 * has taken. A worker announces in a word of its own what it is about to take, then moves the claim word by compare-and-exchange. Whoever
 * asks how far the group is reads the claim word first, then the announcements: what was claimed is announced by then.
 *
 * A worker that leaves with events in hand leaves its announcement busy. Another that finds nothing to take takes over the seat, and
 * with it the events.
 */
import { type Atoms, atomsOf } from './atoms.js';
import type { Barrier } from './barrier.js';
import { endedOutcome } from './closing.js';
import { notifyAll } from './doorbell.js';
import { recover } from './failure.js';
import { seat, shared } from './layout.js';
import type { Runs } from './runs.js';
import { type Claiming, inHand, noteWin, rivalOf } from './in-hand.js';
import { leaveSeat, seatState, takeSeat, VACANT } from './seats.js';
import {
  advance,
  BUSY,
  CLOSED,
  distance,
  FLAGS,
  PARKED,
  positionInEpoch,
  positionNear,
  wake,
  wordOf,
} from './sequence.js';
import { stampIndex, stampRest } from './stamps.js';
import { type Awaited, BLOCKED, ENDED, LEFT, LOST, type Outcome, READY } from './waiting.js';

/** A group, as one of its workers sees it. */
export interface Group extends Claiming {
  /** What may be taken: the cursor, or the consumers that the group comes after. */
  readonly barrier: Barrier;
  /** With several producers: what is published. */
  readonly runs: Runs | undefined;
}

export class GroupWorker implements Awaited {
  readonly words: Int32Array;
  private readonly atoms: Atoms;
  private readonly group: Group;
  private afterCursor: boolean;
  private readonly attachment: number;
  private readonly own: number;
  /** The seat whose announcement covers what is in hand: its own, or one that was left; and what `takeSeat` gave for that. */
  private at: number;
  private adopted = 0;
  /** The sequence to handle next, and the end of what is in hand. */
  next = 0;
  available = 0;
  /** Most events to take at a time. */
  most = 1;
  /** Events that a lossy consumer did not get, up to what is in hand: producers dropped them for newer ones. */
  missed = 0;
  /** Its seat was left: it takes nothing any more. */
  left = false;
  /** What is in hand was in another worker's hand before. */
  redelivered = false;
  /** Its own seat has an announcement of one who died, and it cannot be told yet whose those events are. */
  private unsure = false;
  /** The deaths that it has heeded. */
  private deaths = 0;
  sleepIndex = 0;
  sleepValue = 0;
  private released = 0;
  /**
   * Of what there is, it takes one of so many parts: among several, half of a fair share, so that the last events of a burst are shared too. 1
   * for who takes what it was asked for.
   */
  parts = 1;
  /** Events of which it would take `most`: more need not be looked for. All, for an observer, who sets `most` itself. */
  private enough = 1;
  /** Lossy: the end of what it took or passed over. Whatever else moved the claim word was an eviction. */
  private expected = 0;
  /** The announcement as it was left. */
  private word = 0;
  /** The claim word as last seen, without flags, and its position. */
  private claimed = 0;
  private position = 0;

  /** `seatWord`: the first word of its own seat, which the thread `attachment` has taken. */
  constructor(words: Int32Array, group: Group, seatWord: number, attachment: number) {
    this.words = words;
    this.atoms = atomsOf(words);
    this.group = group;
    this.afterCursor = group.barrier.indexes[0] === shared.cursor;
    this.attachment = attachment;
    this.own = seatWord;
    this.at = seatWord;
    this.parts = group.seats.length === 1 ? 1 : 2 * group.seats.length;
    this.enough = group.capacity;
    this.deaths = Atomics.load(words, shared.deaths);
    this.see(Atomics.load(words, group.claim), true);
    this.goTo(this.position, this.position);
    this.pickUp(seatWord);
    if (this.next === this.available) {
      this.expected = positionNear(this.word, this.position);
      // What was dropped before it came counts as missed: so that is where it begins.
      if (group.lossy) this.goTo(this.expected, this.expected);
    }
    // Whoever was here before may have died before its notify.
    notifyAll(words, seatWord + seat.position);
    notifyAll(words, group.claim);
  }

  /** For what another worker leaves in hand, beside those whom it does not concern. */
  get looksAgain(): boolean {
    return this.group.seats.length > 1;
  }

  /** Index of the announcement that covers what is in hand. */
  get index(): number {
    return this.at + seat.position;
  }

  /**
   * Takes `max` events at a time at most; without such a bound `usual` many, and a lossy consumer one: what it has begun holds producers up.
   */
  takeAtMost(max: number, usual: number): void {
    this.most = this.group.lossy && max === Infinity ? 1 : Math.min(max, usual);
    this.enough = this.most === 1 ? 1 : this.most * this.parts;
  }

  /** READY with events in hand, taken now unless there were some; ENDED once there will be none, and no other worker has any. */
  look(): Outcome {
    if (this.left) return LEFT;
    if (this.next < this.available)
      return this.atoms.load(this.group.claim) & CLOSED ? this.closedOutcome() : READY;
    if (this.unsure) {
      const outcome = this.makeSure();
      if (outcome !== READY || this.next < this.available) return outcome;
    }
    for (;;) {
      const word = this.atoms.load(this.group.claim);
      // Whoever ends holds nothing, and must not seem to: another would take over what it announced.
      if (word & CLOSED) return this.retract() ? this.closedOutcome() : LOST;
      this.see(word, false);
      if (this.group.lossy) this.countMissed();
      const found = this.found();
      if (found === 0) {
        if (this.group.barrier.renew()) {
          this.afterCursor = this.group.barrier.indexes[0] === shared.cursor;
          continue;
        }
        return this.nothing();
      }
      if (found < 0) {
        if (this.moveClaim(-found)) this.expected = this.position;
        continue;
      }
      const outcome = this.take(found);
      if (outcome !== BLOCKED) return outcome;
    }
  }

  /** Whether the ring was closed and nobody of the group has anything to do; never of an aborted one. Takes nothing. */
  get over(): boolean {
    if (this.next < this.available) return false;
    const cursor = Atomics.load(this.words, shared.cursor);
    const claim = Atomics.load(this.words, this.group.claim);
    if (!(cursor & CLOSED) || endedOutcome(this.words) !== ENDED) return false;
    return distance(cursor >> 2, claim >> 2) <= 0 && !this.busy();
  }

  /** Events in hand that were handled and are not released yet. */
  get unreleased(): number {
    return this.next - this.released;
  }

  /** Lets others pass what was handled; the rest stays in hand. False when somebody else moved the announcement. */
  release(): boolean {
    if (this.next === this.released) return true;
    const busy = this.next < this.available;
    const { runs } = this.group;
    // In the middle of a run nobody would stamp: whoever joins there, or comes after the group, finds what is published.
    if (busy && runs !== undefined) stampRest(this.words, runs.stamps, this.next, wordOf(this.available));
    if (!this.announce(this.next, busy ? BUSY : 0)) return false;
    this.released = this.next;
    if (!busy) this.giveBack();
    return true;
  }

  /** After its seat was left: wakes the other workers, who may be asleep, for what was still in hand. */
  handOver(): void {
    this.left = true;
    if (this.next === this.available) return;
    this.giveBack();
    this.wakeOthers();
  }

  private wakeOthers(): void {
    const { words } = this;
    const { claim, barrier, seats, runs } = this.group;
    for (const index of [...barrier.indexes, ...barrier.announcements]) wake(words, index);
    for (const at of seats) wake(words, at + seat.position);
    if (runs !== undefined) wake(words, stampIndex(runs.stamps, Atomics.load(words, claim) >> 2));
  }

  /** The claim word is closed by an abort; or for a group that has left, of which nobody should be a worker any more. */
  private closedOutcome(): Outcome {
    const ended = endedOutcome(this.words);
    return ended === ENDED ? LOST : ended;
  }

  /**
   * After it wrote down that it won, or announced something else than what it did not win: one that died may have announced the same, and
   * whoever could not tell whose it is sleeps.
   */
  private heedDeaths(): void {
    const deaths = this.atoms.load(shared.deaths);
    if (deaths === this.deaths) return;
    this.deaths = deaths;
    this.wakeOthers();
  }

  private countMissed(): void {
    const missed = this.position - this.expected;
    this.missed += missed;
    this.expected = this.position;
    // Also for whoever has the seat next.
    if (missed > 0 && !(this.word & BUSY)) this.announce(this.position, 0);
  }

  /** How many events can be taken; less than 0: so many were given up by their producer. */
  private found(): number {
    const { barrier, runs, capacity } = this.group;
    if (runs === undefined) return Math.max(0, barrier.ahead(this.position)); // acquires: published
    const reach = this.afterCursor ? capacity : barrier.ahead(this.position); // acquires: handled
    return reach > 0 ? runs.scan(this.position, reach, this.enough) : 0;
  }

  /** Takes some of the `found` events: announced first, then claimed. BLOCKED when another worker was faster. */
  private take(found: number): Outcome {
    const { words } = this;
    const { claim, seats, runs } = this.group;
    const share = Math.floor(found / this.parts);
    const count = Math.max(1, Math.min(this.most, share));
    const first = this.position;
    this.atoms.exchange(this.at + seat.intent, wordOf(first + count));
    if (!this.announce(first, BUSY)) return LOST;
    if (runs !== undefined && count < found) {
      // Nobody laps what is announced, provided that the claim word is not past it: only then its stamps may be written.
      if ((Atomics.load(words, claim) & ~PARKED) !== this.claimed) return BLOCKED;
      stampRest(words, runs.stamps, first + count, wordOf(first + found));
    }
    const won = this.moveClaim(count);
    if (won) noteWin(this.atoms, this.group, this.at, first, first + count);
    if (seats.length > 1) this.heedDeaths();
    if (!won) return BLOCKED;
    this.goTo(first, first + count);
    this.expected = first + count;
    this.redelivered = false;
    return READY;
  }

  private moveClaim(count: number): boolean {
    const to = wordOf(this.position + count);
    if (!advance(this.atoms, this.group.claim, this.claimed, to)) return false; // releases: announced
    this.claimed = to;
    this.position += count;
    return true;
  }

  private nothing(): Outcome {
    const { words } = this;
    const { barrier, runs } = this.group;
    if (!this.retract()) return LOST;
    if (this.adopt()) return READY;
    const onStamp = this.afterCursor && runs !== undefined;
    this.sleepIndex = onStamp ? runs.index : barrier.lowestIndex;
    this.sleepValue = onStamp ? runs.value : barrier.lowestValue;
    const cursor = Atomics.load(words, shared.cursor);
    if (!(cursor & CLOSED)) return BLOCKED;
    const ended = endedOutcome(words);
    if (ended !== ENDED) return ended;
    // Closed, but a claim won before is still to be published, or the consumers before the group have events in hand.
    if (distance(cursor >> 2, this.position) > 0) return BLOCKED;
    // Or another worker has: somebody must be there to take over if it leaves.
    return this.busy() ? BLOCKED : ENDED;
  }

  /** Takes back an announcement of what another worker took. */
  private retract(): boolean {
    return !(this.word & BUSY) || this.announce(this.position, 0);
  }

  /** Whether a worker has events in hand; its announcement is what to sleep on then. */
  private busy(): boolean {
    for (const at of this.group.seats) {
      const value = Atomics.load(this.words, at + seat.position);
      if (!(value & BUSY)) continue;
      this.sleepIndex = at + seat.position;
      this.sleepValue = value;
      return true;
    }
    return false;
  }

  /** Takes over a seat that was left, or whose holder died, with events in hand. */
  private adopt(): boolean {
    const { words, own, group } = this;
    for (const at of group.seats) {
      const isLeft = (): boolean =>
        at !== own &&
        seatState(Atomics.load(words, at + seat.state)) === VACANT &&
        (Atomics.load(words, at + seat.position) & BUSY) !== 0;
      // Again after giving it back: a rival that is out of the way since may have found the seat taken, and passed it over.
      while (isLeft() && inHand(words, group, at) !== undefined) if (this.tryToAdopt(at)) return true;
    }
    return false;
  }

  private tryToAdopt(at: number): boolean {
    const taken = takeSeat(this.words, at + seat.state, this.attachment);
    if (taken === undefined) return false;
    this.adopted = taken;
    this.at = at;
    this.pickUp(at);
    if (this.next < this.available) return true;
    this.giveBack();
    return false;
  }

  /**
   * Takes in hand what the seat's announcement says, or takes that back if whoever announced it did not win it, or if it cannot be. False when
   * it cannot be told yet: then nothing may be announced in this seat.
   */
  private pickUp(at: number): boolean {
    const { words, group } = this;
    recover(words, at);
    this.word = Atomics.load(words, at + seat.position) & ~PARKED;
    this.unsure = false;
    if (!(this.word & BUSY)) return true;
    const first = positionNear(this.word, this.position);
    const won = inHand(words, group, at);
    if (won === undefined) {
      this.unsure = at === this.own;
      return false;
    }
    const end = positionNear(Atomics.load(words, at + seat.intent), first);
    if (!won || end <= first || end - first > group.capacity) {
      this.announce(first, 0);
      return true;
    }
    noteWin(this.atoms, group, at, first, end);
    this.goTo(first, end);
    this.expected = this.available;
    this.redelivered = true;
    return true;
  }

  /** Waits for the worker that announced the same as this seat did before its holder died. */
  private makeSure(): Outcome {
    while (!this.pickUp(this.own)) {
      const rival = rivalOf(this.words, this.group, this.own);
      if (rival === undefined) continue;
      this.sleepIndex = rival.index;
      this.sleepValue = rival.value;
      return Atomics.load(this.words, this.group.claim) & CLOSED ? this.closedOutcome() : BLOCKED;
    }
    if (this.next === this.available) this.expected = positionNear(this.word, this.position);
    return READY;
  }

  /** Leaves a seat that it took over. */
  private giveBack(): void {
    if (this.at === this.own) return;
    leaveSeat(this.words, this.at + seat.state, this.adopted);
    this.at = this.own;
    this.word = Atomics.load(this.words, this.own + seat.position) & ~PARKED;
  }

  private announce(position: number, flag: number): boolean {
    const word = wordOf(position) | flag;
    if (!advance(this.atoms, this.at + seat.position, this.word, word)) return false; // releases: released
    this.word = word;
    return true;
  }

  private goTo(next: number, available: number): void {
    this.next = next;
    this.released = next;
    this.available = available;
  }

  /** Takes over the claim word that was read. Others may have moved it by any number since: so by the epoch. */
  private see(word: number, first: boolean): void {
    const claimed = word & ~FLAGS;
    if (claimed === this.claimed && !first) return;
    this.claimed = claimed;
    this.position = positionInEpoch(word, Atomics.load(this.words, shared.epoch));
  }
}
