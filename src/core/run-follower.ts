/**
 * The consuming side of a ring with several producers: as `Follower`, but what is published stands in stamps, run by run, and runs
 * that were given up are passed over. One load a run.
 */
import type { Barrier } from './barrier.js';
import { endedOutcome } from './closing.js';
import { Follower } from './follower.js';
import { shared } from './layout.js';
import { Runs } from './runs.js';
import { CLOSED, distance, wordOf } from './sequence.js';
import { type Stamps, stampRest } from './stamps.js';
import { BLOCKED, ENDED, LOST, type Outcome, READY } from './waiting.js';

export class RunFollower extends Follower {
  private readonly stamps: Stamps;
  private readonly runs: Runs;
  /** Its seat was left: what it passes over from now on is for the next in that seat to release. */
  left = false;

  /** `barrier`: the cursor for a consumer without `after`, else the consumers before it. */
  constructor(words: Int32Array, index: number, barrier: Barrier, stamps: Stamps) {
    super(words, index, barrier);
    this.stamps = stamps;
    this.runs = new Runs(words, stamps);
  }

  override look(): Outcome {
    if (this.next < this.available) return READY;
    for (;;) {
      const reach = this.afterCursor ? this.stamps.capacity : this.barrier.ahead(this.next); // acquires: handled
      // Less than nothing: a worker of a group before has announced what another took, and not found out yet.
      const found = reach > 0 ? this.runs.scan(this.next, reach) : 0;
      if (found > 0) {
        this.available = this.next + found;
        return READY;
      }
      if (found === 0) {
        if (!this.afterCursor && reach <= 0 && this.renew()) continue;
        return this.nothing();
      }
      // A run that was given up: passed over and released, since nobody may come to release it later.
      this.next -= found;
      this.available = this.next;
      if (!this.left && !this.release()) {
        const ended = endedOutcome(this.words);
        return ended === ENDED ? LOST : ended;
      }
    }
  }

  override release(): boolean {
    // In the middle of a run nobody would stamp, whoever goes on there finds what is published.
    if (this.next < this.available && this.next > this.released)
      stampRest(this.words, this.stamps, this.next, wordOf(this.available));
    return super.release();
  }

  private nothing(): Outcome {
    const { runs, barrier } = this;
    this.sleepIndex = this.afterCursor ? runs.index : barrier.lowestIndex;
    this.sleepValue = this.afterCursor ? runs.value : barrier.lowestValue;
    const cursor = Atomics.load(this.words, shared.cursor);
    if (!(cursor & CLOSED)) return BLOCKED;
    const ended = endedOutcome(this.words);
    // Closed, but a claim won before is still to be published, or the consumers before this one have events in hand.
    return ended === ENDED && distance(cursor >> 2, this.next) > 0 ? BLOCKED : ended;
  }
}
