/** How the two workers of a benchmark talk to the one who measures: ready, then a round for each `go`, each with its clock. */
import { type MessagePort, parentPort } from 'node:worker_threads';

/** What a worker reports: nanoseconds of the process's clock, and what went wrong if anything did. */
export interface Report {
  at: number;
  /** Only from a caller: the median of its round trips, in nanoseconds. */
  median?: number;
  /** Only with latencies: each of a round, in nanoseconds. */
  latencies?: Float64Array;
  /** Only where garbage is measured: bytes that the thread allocated in a round. */
  bytes?: number;
  fault?: string;
}

let outlet: MessagePort = parentPort!;

/** In a thread whose own port belongs to a library: reports go through this port, and rounds are started by it. */
export function talkThrough(port: MessagePort): void {
  outlet = port;
}

/** Runs `handle` for each word that comes from the one who measures: 'go', unless something else was agreed. */
export function onWord(handle: (word: string) => void): void {
  outlet.on('message', handle);
}

/** Nanoseconds of the process's clock: the same in all of its threads. */
export const now = (): number => Number(process.hrtime.bigint());

export function report(at: number, fault?: string): void {
  send(fault === undefined ? { at } : { at, fault });
}

/** Sends a report that has more in it. */
export function send(full: Report): void {
  outlet.postMessage(full);
}

/** Tells that this worker is ready, and runs `round` for each `go`; reports when each began. */
export function onGo(round: () => void | Promise<void>): void {
  onWord(() => {
    const started = now();
    try {
      const done = round();
      report(started);
      if (done instanceof Promise) done.catch(fail);
    } catch (error) {
      fail(error);
    }
  });
  ready();
}

export function ready(): void {
  report(0);
}

export function fail(error: unknown): void {
  report(now(), String(error));
}

/** Counts what arrives, one round of `count` after another, and reports the end of each; wrong when anything in it was. */
export class Tally {
  readonly #count: number;
  #left: number;
  #wrong = 0;
  /** The number, from 0 on, that the next one has. */
  next = 0;

  constructor(count: number) {
    this.#count = count;
    this.#left = count;
  }

  see(right: boolean): void {
    if (!right) this.#wrong++;
    this.next++;
    if (--this.#left === 0) this.#endRound();
  }

  #endRound(): void {
    const wrong = this.#wrong;
    report(
      now(),
      wrong === 0
        ? undefined
        : `${wrong} of ${this.#count} before number ${this.next} were not what was sent`,
    );
    this.#left = this.#count;
    this.#wrong = 0;
  }
}

/**
 * Checks a stream of trades, one round of `count` after another: order, contents and checksum of each round. Reports the end of
 * each, right or wrong.
 */
export class Checker {
  readonly #count: number;
  #next = 0;
  #left: number;
  #checksum = 0;

  constructor(count: number) {
    this.#count = count;
    this.#left = count;
  }

  /** The next trade must be this one. */
  see(id: number, price: number, quantity: number): void {
    if (id !== this.#next) this.#checksum = NaN;
    this.#next++;
    this.#checksum += price + quantity;
    if (--this.#left === 0) this.#endRound();
  }

  /** How many trades until the round ends. */
  get left(): number {
    return this.#left;
  }

  /** The sequence that the next trade must have. */
  get next(): number {
    return this.#next;
  }

  /** As so many calls of `see`, whose sum is known. NaN for a sum says that one was wrong. */
  seeMany(count: number, sum: number): void {
    this.#next += count;
    this.#checksum += sum;
    this.#left -= count;
    if (this.#left === 0) this.#endRound();
  }

  #endRound(): void {
    const at = now();
    const from = this.#next - this.#count;
    const right = checksumOf(from, this.#count);
    report(
      at,
      this.#checksum === right
        ? undefined
        : `checksum ${this.#checksum} of ${this.#count} trades from ${from}, not ${right}`,
    );
    this.#left = this.#count;
    this.#checksum = 0;
  }
}

/**
 * The sum of price and quantity of the trades `from` … `from + count - 1`. By formula, so that who is done early takes no core from the
 * others; exact, as the checker's own sum: all terms are multiples of a half.
 */
export function checksumOf(from: number, count: number): number {
  const numbers = count * from + (count * (count - 1)) / 2;
  return numbers * 0.5 + quantitiesBelow(from + count) - quantitiesBelow(from);
}

/** The sum of `n & 1023` for all n below `end`. */
function quantitiesBelow(end: number): number {
  const rest = end & 1023;
  return Math.floor(end / 1024) * ((1023 * 1024) / 2) + (rest * (rest - 1)) / 2;
}
