/** A pause between two attempts: a wait that ends by the clock, unless the ring ends or the waiter's limits do before. */
import { endedOutcome } from './core/closing.js';
import { shared } from './core/layout.js';
import { platform } from './core/platform.js';
import { CLOSED } from './core/sequence.js';
import type { SleepNote } from './core/sleep-note.js';
import { ABORTED, type Awaited, BLOCKED, type Limits, type Outcome, READY } from './core/waiting.js';

/** READY after its time, or once the ring is closed. Slept on: `ending`. */
export class Pause implements Awaited, Limits {
  readonly words: Int32Array;
  readonly #limits: Limits;
  readonly #end: number;
  readonly sleepIndex: number = shared.ending;
  sleepValue = 0;

  constructor(words: Int32Array, ms: number, limits: Limits) {
    this.words = words;
    this.#limits = limits;
    this.#end = platform.now() + ms;
  }

  look(): Outcome {
    const ending = Atomics.load(this.words, shared.ending);
    if (ending & CLOSED) {
      if (endedOutcome(this.words) === ABORTED) return ABORTED;
      return READY;
    }
    if (platform.now() >= this.#end) return READY;
    this.sleepValue = ending;
    return BLOCKED;
  }

  get note(): SleepNote | undefined {
    return this.#limits.note;
  }

  due(): Outcome {
    return this.#limits.due();
  }

  interrupted(): Outcome {
    return this.#limits.interrupted();
  }

  remainingMs(): number {
    return Math.min(this.#limits.remainingMs(), Math.max(0, this.#end - platform.now()));
  }

  onInterrupt(listener: () => void): () => void {
    return this.#limits.onInterrupt(listener);
  }
}
