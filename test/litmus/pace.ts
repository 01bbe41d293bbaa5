/**
 * Keeps threads in step: nobody enters an instance before all have left the one before. Whoever comes last goes on at once,
 * and the others see that a cache miss later; so each waits a moment of random length, and any of them may be first.
 */
import { hash } from './instances.js';
import { linger } from './programs/linger.js';

/** Rounds in step that a trial hopes for: with fewer its threads have hardly met. */
export const IN_STEP = 500;

/** How many times its limit a trial may take, to get rounds in step. */
export const OVERTIME = 3;

/** Words between the places where two threads tell how far they are: cache lines of their own. */
const LINE = 32;

/** Turns of the longest moment: about as long as an instance takes. */
const MOMENT = 127;

export function paceBytes(threads: number): number {
  return threads * LINE * Int32Array.BYTES_PER_ELEMENT;
}

/** How long threads keep in step in one stride, if they have to wait: the other may not be running at all. */
const PATIENCE_MS = 20;

/** Looks at another thread's place between looks at the clock. */
const LOOKS = 1_024;

export class Pace {
  readonly #steps: Int32Array;
  readonly #role: number;
  #step = 0;
  #until = 0;
  #kept = 0;

  constructor(steps: SharedArrayBuffer, role: number) {
    this.#steps = new Int32Array(steps);
    this.#role = role;
  }

  /** How often all threads were there. */
  get kept(): number {
    return this.#kept;
  }

  /** Before a stride. `step` is the same for all threads, and larger than any so far. */
  start(step: number): void {
    this.#step = step;
    this.#until = performance.now() + PATIENCE_MS;
  }

  keep(): void {
    const steps = this.#steps;
    const step = (this.#step + 1) | 0;
    this.#step = step;
    Atomics.store(steps, this.#role * LINE, step);
    if (this.#until === 0) return;
    let together = 1;
    for (let other = 0; other < steps.length; other += LINE) {
      let looks = 0;
      let ahead = (Atomics.load(steps, other) - step) | 0;
      while (ahead < 0) {
        if (++looks % LOOKS === 0 && performance.now() >= this.#until) {
          this.#until = 0;
          return;
        }
        ahead = (Atomics.load(steps, other) - step) | 0;
      }
      // Whoever is further ahead has given up waiting.
      if (ahead > 1) together = 0;
    }
    this.#kept += together;
    linger(hash(step * 8 + this.#role) & MOMENT);
  }
}
