/**
 * What the holder of a seat writes down around its sleeps, so that others can tell who waits for whom. Nothing in the ring goes by it.
 *
 *      31                                              2   1   0
 *     ┌───────────────────────────────────────────────┬───┬───┐
 *     │ index of the word that it sleeps on           │ A │ L │     A awhile: ends by itself · L on an event loop
 *     └───────────────────────────────────────────────┴───┴───┘
 *
 * Beside it stands the value that this word had. As long as it has that value, nothing has come to end the wait; once it has not, the
 * sleeper is being woken. Positions do not come back, so whoever finds it all unchanged a second time knows that it held in between.
 */
import { seat } from './layout.js';
import { platform } from './platform.js';

/** The sleeper's thread is free: it sleeps on its event loop. */
export const ON_LOOP = 1;
/** The sleep ends by itself after some time, or may be ended by a token. */
export const AWHILE = 2;

/** Who is told of a wait's sleeps. */
export interface SleepNote {
  /** Before each sleep on the word at `index` while it holds `value`; `how`: flags. */
  asleep(index: number, value: number, how: number): void;
  /** Once the wait is over. */
  awake(): void;
}

/** The note in a seat. To be made by its new holder: whoever was here before may have died asleep. */
export class SeatNote implements SleepNote {
  readonly #words: Int32Array;
  readonly #at: number;
  #word = 0;
  #value = 0;
  #left = false;

  /** `at`: the first word of the seat. */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
    Atomics.store(words, at + seat.parkedOn, 0);
  }

  asleep(index: number, value: number, how: number): void {
    const word = (index << 2) | how;
    if (this.#left || (word === this.#word && value === this.#value)) return;
    if (this.#word === 0) Atomics.store(this.#words, this.#at + seat.parkedSince, platform.clock());
    // Not in two steps: a word with the value of another would say what is not so.
    else this.#put(0);
    Atomics.store(this.#words, this.#at + seat.parkedAt, value);
    this.#value = value;
    this.#put(word);
  }

  awake(): void {
    if (this.#word !== 0 && !this.#left) this.#put(0);
  }

  /** Before the seat is left: what its holder's waits come to later is not written where another sits. */
  leave(): void {
    this.awake();
    this.#left = true;
  }

  #put(word: number): void {
    this.#word = word;
    Atomics.store(this.#words, this.#at + seat.parkedOn, word);
  }
}

/** A sleep, as it was written down. */
export interface Sleep {
  /** The word that is slept on, and its value when the sleep began. */
  readonly index: number;
  readonly value: number;
  /** Flags. */
  readonly how: number;
  /** On the clock that all threads share. */
  readonly since: number;
  /** Whether nothing has come to end it yet. */
  readonly lasts: boolean;
}

/** The sleep of whoever has the seat at `at`. Reads only. */
export function sleepOf(words: Int32Array, at: number): Sleep | undefined {
  const word = Atomics.load(words, at + seat.parkedOn);
  const index = word >>> 2;
  if (index === 0 || index >= words.length) return undefined;
  const value = Atomics.load(words, at + seat.parkedAt);
  const since = Atomics.load(words, at + seat.parkedSince);
  const lasts = Atomics.load(words, index) === value && Atomics.load(words, at + seat.parkedOn) === word;
  return { index, value, how: word & (ON_LOOP | AWHILE), since, lasts };
}
