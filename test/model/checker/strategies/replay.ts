import { CheckerError } from '../errors.js';
import { OUTCOME_SHIFT } from '../outcomes.js';
import type { Scheduling, Strategy } from './strategy.js';
import { lowest, NO_MORE } from './strategy.js';

/**
 * One run along a path. Where the path has ended, the running thread goes on as long as it can.
 *
 * A `strict` path must fit; a loose one is a suggestion, of which the steps that are not possible are left out: so a
 * shortened path still leads somewhere.
 */
export class Replay implements Strategy {
  readonly #path: readonly number[];
  readonly #fit: 'strict' | 'loose';
  #at = 0;
  #begun = false;

  constructor(path: readonly number[], fit: 'strict' | 'loose') {
    this.#path = path;
    this.#fit = fit;
  }

  get decisions(): number {
    return this.#at;
  }

  begin(): number {
    if (this.#begun) return NO_MORE;
    this.#at = 0;
    this.#begun = true;
    return 0;
  }

  choose(scheduling: Scheduling, enabled: number): number {
    while (this.#at < this.#path.length) {
      const code = this.#path[this.#at++];
      if (code >> OUTCOME_SHIFT === 0 && (enabled & (1 << code)) !== 0) return code;
      if (this.#fit === 'strict')
        throw new CheckerError(`The schedule does not fit the program, at step ${this.#at}`);
    }
    const { running } = scheduling;
    return running >= 0 && (enabled & (1 << running)) !== 0 ? running : lowest(enabled);
  }

  pick(_scheduling: Scheduling, thread: number, options: number): number {
    const code = this.#path[this.#at];
    if (code === undefined) return lowest(options);
    const outcome = code >> OUTCOME_SHIFT;
    if (outcome === 0 || (code & ((1 << OUTCOME_SHIFT) - 1)) !== thread || (options & (1 << outcome)) === 0) {
      return lowest(options);
    }
    this.#at++;
    return outcome;
  }
}
