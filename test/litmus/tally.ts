/** Counts outcomes: reads what the threads returned for each instance, and clears its words for the next stride. */
import { indexOf, type Layout } from './instances.js';
import { digits, type Litmus, readers } from './program.js';

export class Tally {
  readonly #program: Litmus;
  /** For each thread, and for the look at the end, how many values it can return. */
  readonly #ranges: readonly number[];
  readonly #endRange: number;
  /** By the outcome's digits, read as one number. */
  readonly #counts: Float64Array;
  /** Results that do not fit their registers: no program allows them. */
  #misfits = 0;

  constructor(program: Litmus) {
    this.#program = program;
    this.#ranges = program.threads.map(({ registers }) => 10 ** registers);
    this.#endRange = 10 ** (program.end?.registers ?? 0);
    const registers = readers(program).reduce((sum, reader) => sum + reader.registers, 0);
    this.#counts = new Float64Array(10 ** registers);
  }

  /** Counts and clears every `share`-th instance from the `first` on; `results` are those of all threads, in their order. */
  take(
    words: Int32Array,
    results: readonly Int32Array[],
    layout: Layout,
    first: number,
    share: number,
  ): void {
    const { end } = this.#program;
    const { gap } = layout;
    const ranges = this.#ranges;
    for (let instance = first; instance < results[0].length; instance += share) {
      const x = indexOf(layout, instance);
      let outcome = 0;
      let fits = true;
      for (let role = 0; role < ranges.length; role++) {
        const range = ranges[role];
        const result = results[role][instance];
        fits &&= result >= 0 && result < range;
        outcome = outcome * range + result;
      }
      if (end !== undefined) {
        const result = end.run(words, x, x + gap, x + 2 * gap);
        fits &&= result >= 0 && result < this.#endRange;
        outcome = outcome * this.#endRange + result;
      }
      if (fits) this.#counts[outcome]++;
      else this.#misfits++;
      words[x] = 0;
      words[x + gap] = 0;
      words[x + 2 * gap] = 0;
    }
  }

  /** How often each outcome came. */
  get outcomes(): Record<string, number> {
    const outcomes: Record<string, number> = {};
    this.#counts.forEach((count, outcome) => {
      if (count > 0) outcomes[this.#text(outcome)] = count;
    });
    if (this.#misfits > 0) outcomes['none of its digits'] = this.#misfits;
    return outcomes;
  }

  #text(outcome: number): string {
    const parts: string[] = [];
    let rest = outcome;
    for (const reader of readers(this.#program).reverse()) {
      const range = 10 ** reader.registers;
      parts.unshift(digits(reader, rest % range));
      rest = Math.floor(rest / range);
    }
    return parts.join(' ');
  }
}
