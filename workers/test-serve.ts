/** One thread of a test: serves several rings and checks every event, or publishes into several, one event into each in turn. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type CancelHandle,
  openCancelToken,
  openRing,
  type RingHandle,
  serve,
  serveAsync,
  SlipringError,
  type WaitMode,
} from 'slipring';
import { checkTrade, fillTrade, Trade } from './trade.js';

export interface ServeData {
  readonly does: 'serve' | 'serveAsync' | 'produce';
  readonly rings: readonly RingHandle[];
  readonly wait: WaitMode;
  /** The name of its consumers. */
  readonly name?: string;
  /** Events to publish into each ring; it is closed after them. */
  readonly count?: number;
  /** Most events a turn. */
  readonly max?: number;
  readonly cancel?: CancelHandle;
}

export interface Served {
  /** What the call returned, or the code of what it threw. */
  readonly ended: number | string;
  /** For each ring, the sequence that comes next. */
  readonly next: readonly number[];
  /** How often the thread went to sleep. */
  readonly sleeps: number;
}

const { does, rings: handles, wait, name = 'reader', count = 0, max = 64, cancel } = workerData as ServeData;
const rings = handles.map((handle) => openRing(handle, Trade));

let sleeps = 0;
const { wait: sleep } = Atomics;
Atomics.wait = ((...args: Parameters<typeof sleep>) => {
  sleeps++;
  return sleep(...args);
}) as typeof sleep;

function produce(): Served {
  const producers = rings.map((ring) => ring.openProducer({ wait }));
  for (let n = 0; n < count; n++) {
    producers.forEach((producer) => producer.publish(fillTrade, producer.next));
    // Waits until it was handled: by then the server may be asleep.
    rings.forEach((ring, i) => ring.processed(producers[i].next - 1, { wait }));
  }
  for (const ring of rings) ring.close();
  return { ended: count * rings.length, next: producers.map(({ next }) => next), sleeps };
}

async function serveAll(): Promise<Served> {
  const consumers = rings.map((ring) => ring.openConsumer(name));
  const expected = consumers.map(({ next }) => next);
  const servings = consumers.map((consumer, i) => {
    const handler = (trade: Parameters<typeof checkTrade>[0], sequence: number): void => {
      if (sequence !== expected[i]) throw new Error(`expected sequence ${expected[i]}, got ${sequence}`);
      checkTrade(trade, sequence);
      expected[i]++;
    };
    return [consumer, handler, { max }] as const;
  });
  let ended: number | string;
  try {
    ended =
      does === 'serveAsync'
        ? await serveAsync(servings)
        : serve(servings, { wait, ...(cancel && { cancel: openCancelToken(cancel) }) });
  } catch (error) {
    if (!(error instanceof SlipringError)) throw error;
    ended = error.code;
  }
  return { ended, next: expected, sleeps };
}

parentPort!.postMessage(does === 'produce' ? produce() : await serveAll());
