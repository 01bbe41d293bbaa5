/**
 * The adaptive gap: how long a spinning consumer leaves the cursor alone after it found something.
 *
 * Each look takes the cursor's cache line away from the producer, whose next publish must fetch it back. So a consumer
 * that keeps finding a little looks less and less often, until it finds plenty; one empty look, and the gap is gone. A steady
 * stream settles into batches of about a thousand, a ping-pong never meets a gap. A heuristic: nothing depends on it.
 * Figures: docs/decisions.md.
 */

/** Found this many, a look was worth its price. */
const PLENTY = 1_000;
const FIRST_GAP = 16;
const LONGEST_GAP = 4_096;

export class Pace {
  readonly #plenty: number;
  #gap = 0;

  /** `capacity`: a small ring is full long before a thousand events. */
  constructor(capacity: number) {
    this.#plenty = Math.min(PLENTY, capacity >> 1);
  }

  /** After a look that found `count` events, and they were handled. */
  found(count: number): void {
    if (count >= this.#plenty) return;
    const gap = this.#gap;
    for (let turn = 0; turn < gap; turn++);
    if (gap > 0) Atomics.pause?.();
    this.#gap = gap === 0 ? FIRST_GAP : Math.min(2 * gap, LONGEST_GAP);
  }

  /** After a look that found nothing. */
  foundNothing(): void {
    this.#gap = 0;
  }
}
