/**
 * Several producers that claim at once take the cursor's cache line from each other event by event, and with it the lines of stamps and
 * columns in which they write side by side: two on two cores are slower than one alone. So one that keeps losing claims naps, and the
 * others go on for thousands of events meanwhile.
 *
 * Only between its events, when it holds nothing. A heuristic: nothing depends on it. Figures: docs/decisions.md.
 */
import { views } from './views.js';

/** Lost so many claims within so many positions, a producer is one of a crowd. Two that publish a million a second lose four. */
const MANY = 16;
const WITHIN = 64;
const NAP_MS = 0.05;

export class Crowd {
  private from = 0;
  private lost = 0;
  /** Whether it lost so many that the others should go on alone. */
  isDense = false;
  /** A word of this producer's own, always 0: only it sleeps here, nobody writes or wakes, each nap ends by its time-out. */
  private pillow: Int32Array | undefined;

  /** After a claim was lost: `position` is where the others are. */
  lose(position: number): void {
    if (position - this.from > WITHIN) {
      this.from = position;
      this.lost = 0;
    }
    if (++this.lost >= MANY) this.isDense = true;
  }

  nap(): void {
    this.lost = 0;
    this.isDense = false;
    this.pillow ??= views.words(views.allocate(4), 0, 1);
    Atomics.wait(this.pillow, 0, 0, NAP_MS);
  }
}
