/** Worker threads, started ahead, so that whoever is killed is replaced at once. */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { Orders, Outcome } from './roles.js';

/** A thread that waits for orders, or carries them out. */
export class Hand {
  readonly worker: Worker;
  /** Resolves once it is up; rejects when it is not to be. */
  readonly ready: Promise<void>;
  /** Resolves once no instruction of it follows. */
  readonly exited: Promise<number>;
  killed = false;
  #settle: ((outcome: Outcome) => void) | undefined;
  #error: unknown;

  constructor(file: URL) {
    this.worker = new Worker(file, { env: SHARE_ENV, trackUnmanagedFds: false });
    this.ready = new Promise((resolve, reject) => {
      this.worker.once('message', () => {
        this.worker.on('message', (outcome: Outcome) => this.#settle?.(outcome));
        resolve();
      });
      this.worker.once('exit', (code) =>
        reject(new Error(`a thread ended with ${code} before it was ready`)),
      );
    });
    this.worker.on('error', (error) => (this.#error = error));
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        this.#settle?.({
          how: 'failed',
          error: this.killed ? 'killed' : `the thread ended with ${code}: ${String(this.#error)}`,
        });
        resolve(code);
      });
    });
  }

  /** Resolves once the role ended, or the thread. */
  play(orders: Orders): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#settle = (outcome) => {
        this.#settle = undefined;
        resolve(outcome);
      };
      this.worker.postMessage(orders);
    });
  }

  kill(): void {
    this.killed = true;
    void this.worker.terminate();
  }
}

export class Crew implements AsyncDisposable {
  readonly #file: URL;
  readonly #ahead: number;
  readonly #idle: Hand[] = [];
  readonly #waiting: ((hand: Hand) => void)[] = [];
  readonly #starting = new Set<Hand>();
  #disposed = false;
  #broken: Error | undefined;
  /** Threads started so far. */
  started = 0;

  /** `file` is the worker; so many of them are kept ready. */
  constructor(file: URL, ahead: number) {
    this.#file = file;
    this.#ahead = ahead;
    this.#fill();
  }

  /** Threads that are ready. */
  get idle(): number {
    return this.#idle.length;
  }

  async take(): Promise<Hand> {
    if (this.#broken !== undefined) throw this.#broken;
    const hand = this.#idle.pop() ?? (await new Promise<Hand>((resolve) => this.#waiting.push(resolve)));
    this.#fill();
    return hand;
  }

  /** A thread whose role is over. */
  giveBack(hand: Hand): void {
    if (hand.killed) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting(hand);
    else this.#idle.push(hand);
  }

  #fill(): void {
    while (
      !this.#disposed &&
      this.#idle.length + this.#starting.size < this.#ahead + this.#waiting.length &&
      this.#starting.size < this.#ahead
    ) {
      this.started++;
      const hand = new Hand(this.#file);
      this.#starting.add(hand);
      hand.ready
        .then(
          () => this.giveBack(hand),
          (error: Error) => (this.#broken = error),
        )
        .finally(() => {
          this.#starting.delete(hand);
          this.#fill();
        });
    }
  }

  /** Ends all threads that nobody has, those included that are still on their way up: the process ends by itself then. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const hands = [...this.#idle.splice(0), ...this.#starting];
    for (const hand of hands) hand.kill();
    await Promise.all(hands.map((hand) => hand.exited));
  }
}
