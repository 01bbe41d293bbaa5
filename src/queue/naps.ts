/**
 * Naps where a thread of a queue would park. Of two that hand over value by value, one is the faster: it would park for each value, and the
 * other pay for waking it. So now and then one that is about to park naps instead, and as long as many values go through after
 * that, it goes on so. As `core/pace.ts` for consumers; a heuristic, on which nothing depends.
 */
import { mayPark } from '../parking.js';
import { views } from '../core/views.js';

/** A nap is tried instead of every so many-th park. */
const TRIAL = 16;
/** So many naps follow one that was worth while. */
const NAPS = 64;
/** So many values after a nap make it worth while. */
const WORTHWHILE = 32;
const NAP_MS = 0.02;

export class Naps {
  /** Values that went through since the last nap or park. */
  passed = 0;
  private readonly worthwhile: number;
  /** A word of this thread's own, always 0: each nap ends by its time-out. */
  private readonly pillow: Int32Array = views.words(views.allocate(4), 0, 1);
  private parksUntilTrial = TRIAL;
  /** Naps to come, as long as they are worth while. */
  private naps = 0;
  private napped = false;

  /** `capacity`: a small queue is full, or empty, before that. */
  constructor(capacity: number) {
    this.worthwhile = Math.min(WORTHWHILE, capacity >> 2);
  }

  /** Before parking: true when it napped instead, and another look comes first. */
  instead(): boolean {
    if (this.napped) this.naps = this.passed >= this.worthwhile ? NAPS : 0;
    this.napped = false;
    this.passed = 0;
    if (this.naps === 0 && --this.parksUntilTrial > 0) return false;
    this.parksUntilTrial = TRIAL;
    if (!mayPark()) return false;
    if (this.naps > 0) this.naps--;
    Atomics.wait(this.pillow, 0, 0, NAP_MS);
    this.napped = true;
    return true;
  }
}
