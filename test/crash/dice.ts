/** Chances that a seed decides. */
import { generator } from '../model/checker/strategies/random.js';

export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = generator(seed);
  }

  /** From 0 to 1, without 1. */
  fraction(): number {
    return this.#next();
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#next() * from.length)];
  }

  /** A seed for somebody else. */
  seed(): number {
    return Math.floor(this.#next() * 2 ** 32);
  }
}
