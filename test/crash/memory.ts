/** Whether the memory that a long run takes stays what it is. */

/** How often it is looked at. */
export const SAMPLE_MS = 2_000;
/** Growth that is put down to chance. */
const TOLERATED_SHARE = 0.15;
const TOLERATED_BYTES = 32 * 2 ** 20;
/** With fewer looks nothing is said: a young process grows. */
const LEAST = 60;

export class Memory {
  readonly #samples: number[] = [];

  look(bytes: number = process.memoryUsage().rss): void {
    this.#samples.push(bytes);
  }

  get now(): number {
    return this.#samples.at(-1) ?? process.memoryUsage().rss;
  }

  /**
   * Bytes by which the last quarter of the time took more than the second did, by their medians; undefined when the time is too short
   * to say. The first quarter is warming up.
   */
  get growth(): number | undefined {
    const quarter = Math.floor(this.#samples.length / 4);
    if (4 * quarter < LEAST) return undefined;
    return median(this.#samples.slice(-quarter)) - median(this.#samples.slice(quarter, 2 * quarter));
  }

  /** Whether it grew by more than chance explains. */
  get leaks(): boolean {
    const { growth } = this;
    if (growth === undefined) return false;
    const before = this.now - growth;
    return growth > Math.max(TOLERATED_BYTES, TOLERATED_SHARE * before);
  }
}

function median(of: readonly number[]): number {
  return [...of].sort((a, b) => a - b)[of.length >> 1];
}
