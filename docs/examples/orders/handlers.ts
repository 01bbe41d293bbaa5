/** The workers that handle orders, the queue to them, and what was accepted and is not handled yet. */
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { supervise } from 'slipring/node';
import { createQueue, type SharedQueue } from 'slipring/queue';
import type { Order } from './ledger.js';
import type { WorkerData } from './worker.js';

export interface HandlersOptions {
  /** Orders that wait for a worker at most: a power of two. */
  readonly capacity: number;
  readonly workers: number;
  readonly ledger: string;
  readonly rounds: number;
  readonly workerFile: URL;
}

/** Workers that die so often, without an order handled in between, are not replaced any more. */
const MOST_DEATHS_IN_A_ROW = 5;

/** The orders could not all be handled: their workers die. `unhandled` are those that are left. */
export class UnhandledOrdersError extends Error {
  readonly code = 'ERR_ORDERS_UNHANDLED';
  readonly unhandled: readonly Order[];

  constructor(unhandled: readonly Order[], cause: unknown) {
    super(`${unhandled.length} accepted orders are not handled: the workers die one after the other.`, {
      cause,
    });
    this.name = 'UnhandledOrdersError';
    this.unhandled = unhandled;
  }
}

export class Handlers {
  readonly queue: SharedQueue<Order>;
  /** The workers that live. */
  readonly workers: Set<Worker> = new Set();
  handled = 0;
  deaths = 0;
  redelivered = 0;
  readonly #options: HandlersOptions;
  /** Accepted and not handled, oldest first: what a dead worker may have had in hand is among these. */
  readonly #open = new Map<string, Order>();
  readonly #ended = new Set<Promise<void>>();
  #deathsInARow = 0;
  #lastError: unknown;
  #changed: () => void = () => {};

  constructor(options: HandlersOptions) {
    this.#options = options;
    const { capacity, workers } = options;
    // One seat more than workers: a living worker may have a dead one's seat until it is done with what that one had in hand.
    this.queue = createQueue<Order>({ capacity, maxThreads: workers + 1, values: 'json' });
    for (let i = 0; i < workers; i++) this.#start();
  }

  /** False when the queue is full. Never waits. */
  tryAccept(order: Order): boolean {
    if (!this.queue.tryPut(order)) return false;
    this.#open.set(order.id, order);
    return true;
  }

  /** Orders that were accepted and are not handled. */
  get open(): number {
    return this.#open.size;
  }

  /** Whether its workers die faster than they handle anything. */
  get failed(): boolean {
    return this.#deathsInARow >= MOST_DEATHS_IN_A_ROW;
  }

  /** Resolves once every accepted order is handled and the workers have ended. @throws UnhandledOrdersError `ERR_ORDERS_UNHANDLED`. */
  async finish(): Promise<void> {
    while (this.#open.size > 0 && !this.failed)
      await new Promise<void>((resolve) => (this.#changed = resolve));
    this.queue.close();
    await Promise.all(this.#ended);
    if (this.#open.size > 0) throw new UnhandledOrdersError([...this.#open.values()], this.#lastError);
  }

  #start(): void {
    const { ledger, rounds, workerFile } = this.#options;
    const data: WorkerData = { queue: this.queue.handle, ledger, rounds };
    const worker = new Worker(workerFile, { workerData: data });
    const { done } = supervise(worker, this.queue.ring); // its seat is free again when it exits, however it came
    this.workers.add(worker);
    worker.on('message', (id: string) => {
      if (!this.#open.delete(id)) return; // handled twice
      this.handled++;
      this.#deathsInARow = 0;
      this.#changed();
    });
    worker.on('error', (error) => (this.#lastError = error));
    const ended = done.then(async () => {
      this.workers.delete(worker);
      this.#ended.delete(ended);
      if (!this.queue.closed) await this.#replace();
    });
    this.#ended.add(ended);
  }

  /**
   * A worker that dies with an order that it has taken takes it along: a queue hands out each value once. Nobody knows which order that
   * was, so every open one comes again, marked, and whoever gets it looks whether it is in the ledger.
   */
  async #replace(): Promise<void> {
    this.deaths++;
    this.#deathsInARow++;
    this.#changed();
    if (this.failed) return;
    this.#start();
    for (const order of [...this.#open.values()]) if (await this.#again(order)) this.redelivered++;
  }

  /** Puts an open order once more, as soon as there is room; false when there is no need any more, or nobody left to handle it. */
  async #again(order: Order): Promise<boolean> {
    while (this.#open.has(order.id) && !this.failed && !this.queue.closed) {
      if (this.queue.tryPut({ ...order, again: true })) return true;
      await setTimeout(5); // not putAsync: while the only worker is being replaced, it would say that all takers are gone
    }
    return false;
  }
}
