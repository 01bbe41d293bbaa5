import type { Scheduling, Strategy } from './strategy.js';
import { lowest, NO_MORE } from './strategy.js';

/**
 * Depth-first search over every choice, or over those with a bounded number of preemptions (CHESS: Musuvathi and Qadeer,
 * PLDI 2007). A preemption is a switch away from a thread that could have gone on; kills and stray wake-ups are free.
 */
export class Exhaustive implements Strategy {
  readonly #bound: number;
  /** Of the run in progress: the choice at each node, and what is still to be tried there. */
  readonly #chosen: number[] = [];
  readonly #rest: number[] = [];
  /** Preemptions before each node. */
  readonly #before: number[] = [];
  #depth = 0;
  #length = 0;
  #preemptions = 0;
  #begun = false;

  constructor(preemptions = Infinity) {
    this.#bound = preemptions;
  }

  get decisions(): number {
    return this.#depth;
  }

  /** Whether the next decision is one that no run before has made. */
  protected get isNew(): boolean {
    return this.#depth >= this.#length;
  }

  /** In the run in progress. */
  protected get preemptions(): number {
    return this.#preemptions;
  }

  begin(): number {
    this.#depth = 0;
    this.#preemptions = 0;
    if (!this.#begun) {
      this.#begun = true;
      return 0;
    }
    for (let node = this.#length - 1; node >= 0; node--) {
      const rest = this.#rest[node];
      if (rest === 0) continue;
      this.#chosen[node] = lowest(rest);
      this.#rest[node] = rest & (rest - 1);
      this.#length = node + 1;
      return node;
    }
    return NO_MORE;
  }

  resume(decisions: number): void {
    this.#depth = decisions;
    this.#preemptions = this.#before[decisions];
  }

  choose(scheduling: Scheduling, enabled: number): number {
    const running = scheduling.running;
    const preempting = running >= 0 && (enabled & (1 << running)) !== 0 && !scheduling.yielding;
    const options = preempting && this.#preemptions >= this.#bound ? 1 << running : enabled;
    const choice = this.#node(options, preempting ? running : -1);
    if (preempting && choice !== running) this.#preemptions++;
    return choice;
  }

  pick(_scheduling: Scheduling, _thread: number, options: number): number {
    return this.#node(options, -1);
  }

  #node(options: number, preferred: number): number {
    const node = this.#depth++;
    this.#before[node] = this.#preemptions;
    if (node < this.#length) return this.#chosen[node];
    const choice = preferred >= 0 ? preferred : lowest(options);
    this.#chosen[node] = choice;
    this.#rest[node] = options & ~(1 << choice);
    this.#length = node + 1;
    return choice;
  }
}
