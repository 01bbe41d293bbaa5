/**
 * The adaptive gap: how long a consumer leaves the ring alone after it found something.
 *
 * Each look takes the cursor's cache line away from the producer, and reading the newest events takes the lines that it is
 * filling. So a consumer in a fast stream looks less and less often, until it finds plenty; a slow stream keeps its gap short, and one
 * empty look ends it: a ping-pong never meets a gap.
 *
 * A gap is spun, unless there are more threads than cores: then it takes the core that the producer needs. Nobody has to say so:
 * a fast stream that keeps stalling has a producer that is kept from running. After a few stalls in a row, gaps and empty looks
 * are slept for a while. A heuristic: nothing depends on it. Figures: docs/decisions.md.
 */
import { views } from './views.js';

/** Found this many, a look was worth its price. */
const PLENTY = 1_000;
/** Turns of an empty loop, about half a nanosecond each. */
const FIRST_GAP = 16;
const LONGEST_GAP = 65_536;
/** A stream is fast when a gap of so many turns brings an event: some two million a second. */
const TURNS_AN_EVENT = 1_024;
/** Nothing more after so many events in a row: a fast stream has stalled. */
const FAST_RUN = 256;
/** What a stall counts, against 1 for each look that finds something; and the count at which gaps are slept. */
const STALL = 4;
const CROWDED = 16;
/** How many gaps are slept before spinning is tried again. */
const NAPS = 256;
const NAP_MS = 0.02;

export class Pace {
  private readonly plenty: number;
  private readonly pillow: Int32Array;
  /** The gap that a small find calls for, and the turns to rest before the next look. */
  private gap = 0;
  private turns = 0;
  private run = 0;
  private stalls = 0;
  private naps = 0;

  /** `capacity`: a small ring is full long before a thousand events. */
  constructor(capacity: number) {
    this.plenty = Math.min(PLENTY, capacity >> 2);
    this.pillow = views.words(views.allocate(4), 0, 1);
  }

  /** Before a look: leaves the ring alone for as long as the looks before it say. Sleeps only when it `mayNap`. */
  rest(mayNap: boolean): void {
    const turns = this.turns;
    if (turns === 0 || (mayNap && this.nap())) return;
    for (let turn = 0; turn < turns; turn++);
    Atomics.pause?.();
  }

  /** After a look that found `count` events. */
  found(count: number): void {
    this.run += count;
    if (this.stalls > 0) this.stalls--;
    if (count >= this.plenty) {
      this.turns = 0;
      return;
    }
    this.turns = this.gap;
    if (count * TURNS_AN_EVENT < this.gap) this.gap >>= 1;
    else this.gap = Math.min(Math.max(2 * this.gap, FIRST_GAP), LONGEST_GAP);
  }

  /** After a look that found nothing. True when it slept a little and another look is worth while. */
  foundNothing(mayNap: boolean): boolean {
    if (this.run >= FAST_RUN && this.naps === 0) {
      this.stalls += STALL;
      if (this.stalls >= CROWDED) {
        this.stalls = 0;
        this.naps = NAPS;
      }
    }
    this.run = 0;
    this.gap = 0;
    this.turns = 0;
    return mayNap && this.nap();
  }

  /** Sleeps one gap, while the cores are crowded. */
  private nap(): boolean {
    if (this.naps === 0) return false;
    this.naps--;
    Atomics.wait(this.pillow, 0, 0, NAP_MS);
    return true;
  }
}
