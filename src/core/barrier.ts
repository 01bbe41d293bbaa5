/** Several sequence words seen as one: the lowest of their positions. */
import { BUSY, distance } from './sequence.js';

/** What a consumer reads up to (the cursor, or the consumers before it), or what a producer must not lap. */
export class Barrier {
  readonly words: Int32Array;
  readonly indexes: readonly number[];
  /** Words of groups' workers: they count while they are busy. */
  readonly announcements: readonly number[];
  /** Those of `indexes` that are claim words of lossy consumers. */
  readonly lossy: readonly number[];
  /** Index and value of the lowest word at the last look. */
  lowestIndex: number;
  lowestValue = 0;

  /** `announcements`: of all workers of the groups whose claim words are among `indexes`. */
  constructor(
    words: Int32Array,
    indexes: readonly number[],
    announcements: readonly number[] = [],
    lossy: readonly number[] = [],
  ) {
    this.words = words;
    this.indexes = indexes;
    this.announcements = announcements;
    this.lossy = lossy;
    this.lowestIndex = indexes[0]!;
  }

  /** How far the lowest position is ahead of `position`; minima by distance, since positions wrap. */
  ahead(position: number): number {
    let lowestIndex = this.indexes[0];
    let lowestValue = Atomics.load(this.words, lowestIndex);
    let least = distance(lowestValue >> 2, position);
    for (let i = 1; i < this.indexes.length; i++) {
      const index = this.indexes[i];
      const value = Atomics.load(this.words, index);
      const ahead = distance(value >> 2, position);
      if (ahead < least) {
        least = ahead;
        lowestIndex = index;
        lowestValue = value;
      }
    }
    // After the claim words: a worker announces what it takes before it moves its group's.
    for (let i = 0; i < this.announcements.length; i++) {
      const index = this.announcements[i];
      const value = Atomics.load(this.words, index);
      if (!(value & BUSY)) continue;
      const ahead = distance(value >> 2, position);
      if (ahead < least) {
        least = ahead;
        lowestIndex = index;
        lowestValue = value;
      }
    }
    this.lowestIndex = lowestIndex;
    this.lowestValue = lowestValue;
    return least;
  }
}
