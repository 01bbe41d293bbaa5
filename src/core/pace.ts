/**
 * The adaptive gap: how long a consumer leaves the ring alone after it found something.
 *
 * Each look takes the cursor's cache line away from the producer, and reading the newest events takes the lines that it is
 * filling. So a consumer in a fast stream looks less and less often, until it finds plenty; a slow stream keeps its gap short, and one
 * empty look ends it: a ping-pong never meets a gap.
 *
 * Where there are more threads than cores, a spun gap takes the core that the producer needs, and a consumer that parks is
 * woken, and takes that core, for each event or two. Nobody has to say so: now and then a consumer that is about to park naps
 * instead; as long as it finds many events after its nap, it goes on like that, and naps its gaps too.
 *
 * A heuristic: nothing depends on it. Figures: docs/decisions.md.
 */
import { views } from './views.js';

/** Found this many, a look was worth its price. */
const PLENTY = 1_000;
/** Turns of an empty loop, about half a nanosecond each. */
const FIRST_GAP = 16;
const LONGEST_GAP = 65_536;
/** A stream is fast when a gap of so many turns brings an event: some two million a second. */
const TURNS_AN_EVENT = 1_024;
/** A nap is tried instead of every so many-th park. */
const TRIAL = 16;
/** So many naps follow one that was worth while. */
const NAPS = 8;
/** Found this many after a nap, napping was better than parking; not so if they fill half of the ring: its producer may have slept for it. */
const WORTHWHILE = 64;
const NAP_MS = 0.02;

export class Pace {
  private readonly plenty: number;
  /** Found more than this after a nap, it was too long. */
  private readonly tooMany: number;
  /** A word of this consumer's own, always 0: only it sleeps here, nobody writes or wakes, each nap ends by its time-out. */
  private readonly pillow: Int32Array;
  /** The gap that a small find calls for, and the turns to rest before the next look. */
  private gap = 0;
  private turns = 0;
  private parksUntilTrial = TRIAL;
  /** Naps to come, as long as they are worth while. */
  private naps = 0;
  private napped = false;

  /** `capacity`: a small ring is full long before a thousand events. */
  constructor(capacity: number) {
    this.plenty = Math.min(PLENTY, capacity >> 2);
    this.tooMany = capacity >> 1;
    this.pillow = views.words(views.allocate(4), 0, 1);
  }

  /** Before a look: leaves the ring alone for as long as the looks before it say. Sleeps only when it `mayNap`. */
  rest(mayNap: boolean): void {
    const turns = this.turns;
    if (turns === 0) return;
    if (this.naps > 0 && mayNap) {
      this.nap();
      return;
    }
    for (let turn = 0; turn < turns; turn++);
    Atomics.pause?.();
  }

  /** After a look that found `count` events, of `most` that it could: who got all that it asked for has likely left some. */
  found(count: number, most: number): void {
    if (this.napped) {
      this.napped = false;
      this.naps = count >= WORTHWHILE && count <= this.tooMany ? NAPS : 0;
    }
    if (count >= this.plenty || count >= most) {
      this.turns = 0;
      return;
    }
    this.turns = this.gap;
    if (count * TURNS_AN_EVENT < this.gap) this.gap >>= 1;
    else this.gap = Math.min(Math.max(2 * this.gap, FIRST_GAP), LONGEST_GAP);
  }

  /** After a look that found nothing. */
  foundNothing(): void {
    this.napped = false;
    this.gap = 0;
    this.turns = 0;
  }

  /** Before parking: true when it napped instead, and another look comes first. */
  napInstead(): boolean {
    // In a small ring a nap can only be too long.
    if (this.tooMany < WORTHWHILE) return false;
    if (this.naps === 0 && --this.parksUntilTrial > 0) return false;
    this.parksUntilTrial = TRIAL;
    this.nap();
    return true;
  }

  private nap(): void {
    if (this.naps > 0) this.naps--;
    Atomics.wait(this.pillow, 0, 0, NAP_MS);
    this.napped = true;
  }
}
