/**
 * What a queue shares beside its ring: how many values were taken and are not done with, and how many threads of each side have come and
 * not left.
 */
import { views } from '../core/views.js';
import { LINE_BYTES } from '../core/layout.js';
import { PARKED, wake } from '../core/sequence.js';
import { type Awaited, BLOCKED, type Outcome, READY } from '../core/waiting.js';

/** Bytes of a queue's own words: each has a line of its own. */
export const TASKS_BYTES: number = 3 * LINE_BYTES;

/**
 * A parkable word: values that were taken and are not done with, modulo 2^30. Writers: getters, +1 before they release what they took;
 * whoever calls `taskDone`, -1. Slept on by those who join, while it is not 0: only what makes it 0 wakes them, and all others keep the parked bit.
 */
const TAKEN = 0;
/** Threads that came to put; and to get. Writers: each of them, +1 when it has taken its seat, -1 before it leaves it; one that dies is counted on. */
const PUTTERS: number = LINE_BYTES / 4;
const GETTERS: number = 2 * PUTTERS;

const ONE = 4;

/** Which side of a queue. */
export type Side = 'putters' | 'getters';

export class Tasks {
  readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.words = views.words(buffer, 0, TASKS_BYTES / 4);
  }

  /** Before they are released, so that whoever joins sees a value in the ring or here. */
  take(count: number): void {
    Atomics.add(this.words, TAKEN, count * ONE);
  }

  /** False, and nothing changes, when nothing is left to be done. */
  done(): boolean {
    const { words } = this;
    for (let seen = Atomics.load(words, TAKEN); ;) {
      if (seen >> 2 === 0) return false;
      const before = Atomics.compareExchange(words, TAKEN, seen, (seen - ONE) | 0);
      if (before === seen) {
        if ((seen - ONE) >> 2 === 0 && seen & PARKED) wake(words, TAKEN);
        return true;
      }
      seen = before;
    }
  }

  /** How many were taken and are not done with. */
  get open(): number {
    return Atomics.load(this.words, TAKEN) >>> 2;
  }

  come(side: Side): void {
    Atomics.add(this.words, wordOf(side), 1);
  }

  leave(side: Side): void {
    Atomics.sub(this.words, wordOf(side), 1);
  }

  /** How many of this side have come and not left, the dead included. */
  present(side: Side): number {
    return Atomics.load(this.words, wordOf(side));
  }
}

const wordOf = (side: Side): number => (side === 'putters' ? PUTTERS : GETTERS);

/** Nothing that was taken is left to be done. */
export class AllDone implements Awaited {
  readonly words: Int32Array;
  readonly sleepIndex: number = TAKEN;
  sleepValue = 0;
  /** For a cancel token, and for one who died between its last `taskDone` and the wake-up. */
  readonly looksAgain = true;

  constructor({ words }: Tasks) {
    this.words = words;
  }

  look(): Outcome {
    const taken = Atomics.load(this.words, TAKEN);
    if (taken >> 2 === 0) return READY;
    this.sleepValue = taken;
    return BLOCKED;
  }
}
