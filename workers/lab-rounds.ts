/**
 * How a worker of the lab talks to the one who measures: ready, then one report for each round, with when it began and when it ended. How
 * many events a round has stands in shared memory, so that it can be tuned while the threads stay warm.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { now, type Report } from './bench-rounds.js';
import { sumOf } from './lab-trades.js';

export interface LabReport extends Report {
  /** When this thread began its round; absent from one that waited for the others. */
  started?: number;
}

/** What every worker of the lab is given. */
export interface LabData {
  role: string;
  /** One word: events in this round. */
  rounds: SharedArrayBuffer;
}

const count = new Int32Array((workerData as LabData).rounds);

/** Events in this round. */
export const roundLength = (): number => Atomics.load(count, 0);

const tell = (report: LabReport): void => parentPort!.postMessage(report);

/** Runs `round` for each go; whatever it throws is its fault. */
export function onRound(round: (count: number) => void): void {
  parentPort!.on('message', () => {
    const started = now();
    try {
      round(roundLength());
      tell({ started, at: now() });
    } catch (error) {
      tell({ started, at: now(), fault: String(error) });
    }
  });
  tell({ at: 0 });
}

/** For a thread that never comes back to its event loop: it is ready, and its checker reports each round. */
export function readyForEver(): void {
  tell({ at: 0 });
}

/** Checks a stream of trades, round after round: order, contents and checksum. */
export class RoundChecker {
  #next = 0;
  #left = 0;
  #from = 0;
  #checksum = 0;

  /** The next trade must be this one. Reports the end of the round if it is its last. */
  see(id: number, price: number, quantity: number): void {
    if (this.#left === 0) this.#begin();
    if (id !== this.#next) this.#checksum = NaN;
    this.#next++;
    this.#checksum += price + quantity;
    if (--this.#left === 0) this.#end();
  }

  /** As so many calls of `see`, whose sum is known. NaN for a sum says that one was wrong. */
  seeMany(count: number, sum: number): void {
    if (this.#left === 0) this.#begin();
    this.#next += count;
    this.#checksum += sum;
    this.#left -= count;
    if (this.#left <= 0) this.#end();
  }

  #begin(): void {
    this.#left = roundLength();
    this.#from = this.#next;
    this.#checksum = 0;
  }

  #end(): void {
    const at = now();
    const got = this.#next - this.#from;
    const right = sumOf(this.#from, got);
    const report: LabReport = { at };
    if (this.#left !== 0) report.fault = `${-this.#left} trades too many`;
    else if (this.#checksum !== right)
      report.fault = `checksum ${this.#checksum} of ${got} trades from ${this.#from}, not ${right}`;
    this.#left = 0;
    tell(report);
  }
}
