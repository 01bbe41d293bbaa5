/**
 * The consuming side of a ring with several producers: as `Follower`, but what is published stands in stamps, run by run, and runs
 * that were given up are passed over. One load a run.
 */
import type { Barrier } from './barrier.js';
import { endedOutcome } from './closing.js';
import { Follower } from './follower.js';
import { shared } from './layout.js';
import { CLOSED, distance, wordOf } from './sequence.js';
import { runLength, SKIPPED, stampIndex, type Stamps, stampRest } from './stamps.js';
import { BLOCKED, ENDED, LEFT, type Outcome, READY } from './waiting.js';

/** Runs looked at together at most: the first of them should not wait for all of a large ring to be looked through. */
const MOST_RUNS = 1_024;

export class RunFollower extends Follower {
  private readonly stamps: Stamps;
  /** Its seat was left: what it passes over from now on is for the next in that seat to release. */
  left = false;

  /** `barrier`: the cursor for a consumer without `after`, else the consumers before it. */
  constructor(words: Int32Array, index: number, barrier: Barrier, stamps: Stamps) {
    super(words, index, barrier);
    this.stamps = stamps;
  }

  override look(): Outcome {
    if (this.next < this.available) return READY;
    for (;;) {
      const reach = this.afterCursor ? this.stamps.capacity : this.barrier.ahead(this.next); // acquires: handled
      const found = this.scan(reach);
      if (found > 0) {
        this.available = this.next + found;
        return READY;
      }
      if (found === 0) return this.nothing();
      // A run that was given up: passed over and released, since nobody may come to release it later.
      this.next -= found;
      this.available = this.next;
      if (!this.left && !this.release()) {
        const ended = endedOutcome(this.words);
        return ended === ENDED ? LEFT : ended;
      }
    }
  }

  override release(): boolean {
    // In the middle of a run nobody would stamp, whoever goes on there finds what is published.
    if (this.next < this.available && this.next > this.released)
      stampRest(this.words, this.stamps, this.next, wordOf(this.available));
    return super.release();
  }

  /** How many events may be read, of the next `reach`; less than 0: so many are given up. */
  private scan(reach: number): number {
    const { words, next, stamps } = this;
    let ahead = 0;
    for (let runs = 0; ahead < reach && runs < MOST_RUNS; runs++) {
      const index = stampIndex(stamps, next + ahead);
      const stamp = Atomics.load(words, index); // acquires: published
      const length = runLength(stamp, next + ahead, stamps.capacity);
      if (length === 0) {
        this.sleepIndex = index;
        this.sleepValue = stamp;
        break;
      }
      if (stamp & SKIPPED) return ahead > 0 ? ahead : -length;
      ahead += length;
    }
    return Math.min(ahead, reach);
  }

  private nothing(): Outcome {
    if (!this.afterCursor) {
      this.sleepIndex = this.barrier.lowestIndex;
      this.sleepValue = this.barrier.lowestValue;
    }
    const cursor = Atomics.load(this.words, shared.cursor);
    if (!(cursor & CLOSED)) return BLOCKED;
    const ended = endedOutcome(this.words);
    // Closed, but a claim won before is still to be published, or the consumers before this one have events in hand.
    return ended === ENDED && distance(cursor >> 2, this.next) > 0 ? BLOCKED : ended;
  }
}
