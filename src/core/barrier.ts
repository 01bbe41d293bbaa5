/** Several sequence words seen as one: the lowest of their positions. */
import { type Atoms, atomsOf } from './atoms.js';
import { BUSY, CLOSED, distance } from './sequence.js';

/** Whose words a barrier looks at. */
export interface Watched {
  readonly indexes: readonly number[];
  readonly announcements: readonly number[];
  readonly lossy: readonly number[];
  /** Those of `lossy` that are observers'. */
  readonly observers?: readonly number[];
}

/** What a consumer reads up to (the cursor, or the consumers before it), or what a producer must not lap. */
export class Barrier {
  readonly words: Int32Array;
  readonly atoms: Atoms;
  indexes: readonly number[];
  /** Words of groups' workers: they count while they are busy. */
  announcements: readonly number[];
  /** Those of `indexes` that are claim words of lossy consumers. */
  lossy: readonly number[];
  observers: readonly number[] = [];
  /** Finds out who is to be watched now; without it, they never change. */
  protected readonly find: (() => Watched) | undefined;
  /** Index and value of the lowest word at the last look. */
  lowestIndex: number;
  lowestValue = 0;

  /** `announcements`: of all workers of the groups whose claim words are among `indexes`. */
  constructor(
    words: Int32Array,
    indexes: readonly number[],
    announcements: readonly number[] = [],
    lossy: readonly number[] = [],
    find?: () => Watched,
  ) {
    this.words = words;
    this.atoms = atomsOf(words);
    this.indexes = indexes;
    this.announcements = announcements;
    this.lossy = lossy;
    this.find = find;
    this.lowestIndex = indexes[0]!;
  }

  /** How far the lowest position is ahead of `position`; minima by distance, since positions wrap. */
  ahead(position: number): number {
    let lowestIndex = this.indexes[0];
    let lowestValue = this.atoms.load(lowestIndex);
    let least = distance(lowestValue >> 2, position);
    for (let i = 1; i < this.indexes.length; i++) {
      const index = this.indexes[i];
      const value = this.atoms.load(index);
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
      const value = this.atoms.load(index);
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

  /** Whether the lowest word at the last look is that of a consumer that has left; then it is watched no longer, and it is time to look again. */
  renew(): boolean {
    if (this.find === undefined || !(this.lowestValue & CLOSED)) return false;
    // An announcement, which is busy: the same bit.
    if (this.announcements.includes(this.lowestIndex)) return false;
    const watched = this.find();
    // Still there: closed by an abort.
    if (watched.indexes.includes(this.lowestIndex)) return false;
    this.watch(watched);
    return true;
  }

  protected watch({ indexes, announcements, lossy, observers = [] }: Watched): void {
    this.indexes = indexes;
    this.announcements = announcements;
    this.lossy = lossy;
    this.observers = observers;
    // What was lowest may be watched no longer: not to be taken for a consumer that has left, once more.
    this.lowestValue = 0;
  }
}
