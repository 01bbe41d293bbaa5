/**
 * The consuming side: a position that follows a barrier. Reading what was published is one load for whatever it
 * finds, releasing it one compare-and-exchange.
 */
import { type Atoms, atomsOf } from './atoms.js';
import type { Barrier } from './barrier.js';
import { endedOutcome } from './closing.js';
import { notifyAll } from './doorbell.js';
import { shared } from './layout.js';
import { advance, CLOSED, distance, positionInEpoch, wordOf } from './sequence.js';
import { type Awaited, BLOCKED, ENDED, type Outcome, READY } from './waiting.js';

export class Follower implements Awaited {
  readonly words: Int32Array;
  private readonly atoms: Atoms;
  /** Index of this consumer's own position word. */
  readonly index: number;
  protected readonly barrier: Barrier;
  protected afterCursor: boolean;
  // Counts start as 0: a field that never held anything but numbers is kept without a number object when they outgrow 2^31.
  /** The sequence to read next. */
  next = 0;
  /** Sequences below it may be read. */
  available = 0;
  sleepIndex = 0;
  sleepValue = 0;
  /** Events below it were released. */
  protected released = 0;
  private word = 0;

  constructor(words: Int32Array, index: number, barrier: Barrier) {
    this.words = words;
    this.atoms = atomsOf(words);
    this.index = index;
    this.barrier = barrier;
    this.afterCursor = barrier.indexes[0] === shared.cursor;
    this.next = positionInEpoch(Atomics.load(words, index), Atomics.load(words, shared.epoch));
    this.available = this.next;
    this.released = this.next;
    this.word = wordOf(this.next);
    // The one before may have released and died before its notify: whoever slept through that is woken now.
    notifyAll(words, index);
  }

  /** Behind a group: for a worker's failure, beside the other workers. */
  get looksAgain(): boolean {
    return this.barrier.announcements.length > 0;
  }

  /** READY once there is something to read; ENDED once everything was read and nothing more will come. */
  look(): Outcome {
    const barrier = this.barrier;
    const ahead = barrier.ahead(this.next); // acquires: published
    if (ahead > 0) {
      this.available = this.next + ahead;
      return READY;
    }
    if (barrier.lowestValue & CLOSED && this.renew()) return this.look();
    this.sleepIndex = barrier.lowestIndex;
    this.sleepValue = barrier.lowestValue;
    const cursor = this.afterCursor ? barrier.lowestValue : Atomics.load(this.words, shared.cursor);
    if (!(cursor & CLOSED)) return BLOCKED;
    const ended = endedOutcome(this.words);
    // Closed, but the consumers before this one still have events in hand.
    return ended === ENDED && distance(cursor >> 2, this.next) > 0 ? BLOCKED : ended;
  }

  /** Whether the ring was closed and everything was read; never of an aborted one. */
  get over(): boolean {
    return this.next === this.available && this.look() === ENDED;
  }

  /** Whether one of those that it came after has left: what that one came after takes its place. */
  protected renew(): boolean {
    if (!this.barrier.renew()) return false;
    this.afterCursor = this.barrier.indexes[0] === shared.cursor;
    return true;
  }

  /** Sequences that were read but are not released yet. */
  get unreleased(): number {
    return this.next - this.released;
  }

  /**
   * Releases everything below `next`: its slots may be filled again. False, with nothing released, when the ring was aborted
   * or somebody else moved this position.
   */
  release(): boolean {
    if (this.next === this.released) return true;
    const word = wordOf(this.next);
    if (!advance(this.atoms, this.index, this.word, word)) return false; // releases: released
    this.word = word;
    this.released = this.next;
    return true;
  }
}
