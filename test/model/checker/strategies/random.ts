import type { Scheduling, Strategy } from './strategy.js';
import { lowest, NO_MORE } from './strategy.js';

/** Mulberry32: a 32-bit generator that is small and good enough to order threads by. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): random priorities, and `depth - 1` random steps at
 * which the running thread falls below all others. For programs that are too large to search.
 */
export class RandomPriorities implements Strategy {
  readonly #random: () => number;
  readonly #runs: number;
  readonly #depth: number;
  #begun = 0;
  #steps = 0;
  /** Length of the longest run so far: change points are spread over it. */
  #longest = 20;
  #priorities: number[] = [];
  #changes: number[] = [];
  #floor = 0;

  constructor(seed: number, runs: number, depth: number) {
    this.#random = generator(seed);
    this.#runs = runs;
    this.#depth = depth;
  }

  get decisions(): number {
    return this.#steps;
  }

  begin(): number {
    if (this.#begun++ >= this.#runs) return NO_MORE;
    this.#longest = Math.max(this.#longest, this.#steps);
    this.#steps = 0;
    this.#floor = 0;
    this.#priorities = Array.from({ length: 32 }, () => this.#random());
    this.#changes = Array.from({ length: this.#depth - 1 }, () => Math.floor(this.#random() * this.#longest));
    return 0;
  }

  choose(scheduling: Scheduling, enabled: number): number {
    const step = this.#steps++;
    const running = scheduling.running;
    if (running >= 0 && (scheduling.yielding || this.#changes.includes(step))) {
      this.#priorities[running] = --this.#floor;
    }
    let best = lowest(enabled);
    for (let rest = enabled; rest !== 0; rest &= rest - 1) {
      const thread = lowest(rest);
      if (this.#priorities[thread] > this.#priorities[best]) best = thread;
    }
    return best;
  }

  pick(_scheduling: Scheduling, _thread: number, options: number): number {
    const usual = lowest(options);
    // Outcome 0 is that nothing special happens; special ones about twice a run.
    if (usual === 0 && this.#random() > 2 / this.#longest) return usual;
    const rest = usual === 0 ? options & (options - 1) : options;
    let count = 0;
    for (let mask = rest; mask !== 0; mask &= mask - 1) count++;
    let skip = Math.floor(this.#random() * count);
    let mask = rest;
    while (skip-- > 0) mask &= mask - 1;
    return lowest(mask);
  }
}
