/** Reading stamps: what is published from a position on, run by run. */
import { type Atoms, atomsOf } from './atoms.js';
import { runLength, SKIPPED, stampIndex, type Stamps } from './stamps.js';

/** Runs looked at together at most: the first of them should not wait for all of a large ring to be looked through. */
const MOST_RUNS = 1_024;

export class Runs {
  private readonly atoms: Atoms;
  readonly stamps: Stamps;
  /** The stamp that ended the last scan because it is not published, or was looked at last by itself; and its value. */
  index = 0;
  value = 0;

  constructor(words: Int32Array, stamps: Stamps) {
    this.atoms = atomsOf(words);
    this.stamps = stamps;
  }

  /** How many events the run at `position` has, published or given up; 0: it is not published yet. */
  lengthAt(position: number): number {
    this.index = stampIndex(this.stamps, position);
    this.value = this.atoms.load(this.index); // acquires: published
    return runLength(this.value, position, this.stamps.capacity);
  }

  /**
   * How many of the `reach` events from `next` on may be read; less than 0: so many were given up and are passed over. Looks no further than
   * the run in which `enough` of them are found.
   */
  scan(next: number, reach: number, enough: number = reach): number {
    const { atoms, stamps } = this;
    let ahead = 0;
    for (let runs = 0; ahead < enough && ahead < reach && runs < MOST_RUNS; runs++) {
      const index = stampIndex(stamps, next + ahead);
      const stamp = atoms.load(index); // acquires: published
      const length = runLength(stamp, next + ahead, stamps.capacity);
      if (length === 0) {
        this.index = index;
        this.value = stamp;
        break;
      }
      if (stamp & SKIPPED) return ahead > 0 ? ahead : -length;
      ahead += length;
    }
    return Math.min(ahead, reach);
  }
}
