/**
 * The adaptive gap: how long a spinning consumer leaves the ring alone after it found something.
 *
 * Each look takes the cursor's cache line away from the producer, and reading the newest events takes the lines that it is
 * filling. So a consumer in a fast stream looks less and less often, until it finds plenty; a slow stream keeps its gap short, and one
 * empty look ends it: a ping-pong never meets a gap. A heuristic: nothing depends on it. Figures: docs/decisions.md.
 */

/** Found this many, a look was worth its price. */
const PLENTY = 1_000;
/** Turns of an empty loop, about half a nanosecond each. */
const FIRST_GAP = 16;
const LONGEST_GAP = 65_536;
/** A stream is fast when a gap of so many turns brings an event: some two million a second. */
const TURNS_AN_EVENT = 1_024;

export class Pace {
  private readonly plenty: number;
  private gap = 0;

  /** `capacity`: a small ring is full long before a thousand events. */
  constructor(capacity: number) {
    this.plenty = Math.min(PLENTY, capacity >> 2);
  }

  /** After a look that found `count` events, and they were handled. */
  found(count: number): void {
    if (count >= this.plenty) return;
    const gap = this.gap;
    this.gap = count * TURNS_AN_EVENT >= gap ? Math.min(Math.max(2 * gap, FIRST_GAP), LONGEST_GAP) : gap >> 1;
    for (let turn = 0; turn < gap; turn++);
    Atomics.pause?.();
  }

  /** After a look that found nothing. */
  foundNothing(): void {
    this.gap = 0;
  }
}
