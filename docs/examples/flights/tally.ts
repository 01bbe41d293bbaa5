/** Delays summed up by a key: what an aggregator does. The same code in every version. */
import { BROKEN } from './parse.js';

/** Flights of one key. */
export interface Row {
  readonly key: number;
  readonly flights: number;
  /** Minutes of delay, all together. */
  readonly minutes: number;
  /** Flights that were 15 minutes late or more. */
  readonly late: number;
  /** Longest delay in minutes. */
  readonly longest: number;
}

/** What flights are counted by. */
export type By = 'place' | 'hour';

/** Counted rows, by key in rising order, and how many records were broken. */
export interface Count {
  readonly rows: readonly Row[];
  readonly broken: number;
}

const LATE = 15;
const PROGRESS_STEP = 4096;

export class Tally {
  readonly #flights: Uint32Array;
  readonly #minutes: Float64Array;
  readonly #late: Uint32Array;
  readonly #longest: Int32Array;
  readonly #progress: Int32Array;
  #broken = 0;
  #seen = 0;

  /** Keys are below `keys`. `progress`: how many it has seen, now and then. */
  constructor(keys: number, progress: Int32Array) {
    this.#flights = new Uint32Array(keys);
    this.#minutes = new Float64Array(keys);
    this.#late = new Uint32Array(keys);
    this.#longest = new Int32Array(keys).fill(-(2 ** 31));
    this.#progress = progress;
  }

  add(key: number, delay: number, hour: number): void {
    if (++this.#seen % PROGRESS_STEP === 0) Atomics.store(this.#progress, 0, this.#seen);
    if (hour === BROKEN) {
      this.#broken++;
      return;
    }
    this.#flights[key]++;
    this.#minutes[key] += delay;
    if (delay >= LATE) this.#late[key]++;
    if (delay > this.#longest[key]) this.#longest[key] = delay;
  }

  count(): Count {
    const rows: Row[] = [];
    for (const [key, flights] of this.#flights.entries()) {
      if (flights === 0) continue;
      const [minutes, late, longest] = [this.#minutes[key], this.#late[key], this.#longest[key]];
      rows.push({ key, flights, minutes, late, longest });
    }
    return { rows, broken: this.#broken };
  }
}
