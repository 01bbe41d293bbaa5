/**
 * Garbage of a producer or consumer in steady state: bytes that its young generation, where everything is allocated, grew by
 * over so many events, with no collection between.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { getHeapSpaceStatistics } from 'node:v8';
import { openRing, type RingHandle } from 'slipring';
import { fillTrade, Trade } from './trade.js';

const {
  role,
  ring: handle,
  warm,
  count,
} = workerData as {
  role: 'producer' | 'consumer';
  ring: RingHandle;
  warm: number;
  count: number;
};

const collections: number[] = [];
new PerformanceObserver((list) =>
  collections.push(...list.getEntries().map(({ startTime }) => startTime)),
).observe({ entryTypes: ['gc'] });

const heap = (): number =>
  getHeapSpaceStatistics()
    .filter(({ space_name }) => space_name.startsWith('new_'))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
/** Twice, so that what reading the heap itself allocates is known. */
const readingCost = (): number => {
  const first = heap();
  return heap() - first;
};

const ring = openRing(handle, Trade);
let bytes = 0;
let from = 0;
let to = 0;
let before = 0;
let cost = 0;

function begin(): void {
  readingCost();
  cost = readingCost();
  from = performance.now();
  before = heap();
}

function end(): void {
  bytes = heap() - before - cost;
  to = performance.now();
}

if (role === 'producer') {
  const producer = ring.openProducer();
  const publishMany = (events: number): void => {
    for (let n = 0; n < events; n++) producer.publish(fillTrade, n);
  };
  publishMany(warm);
  begin();
  publishMany(count);
  end();
  ring.close();
} else {
  const consumer = ring.openConsumer('reader');
  const mark = (seen: number): void => (seen === warm ? begin() : seen === warm + count ? end() : undefined);
  let seen = 0;
  // An element, not a variable: a variable that a closure writes gets a new number object each time, the handler's own garbage.
  const sum = new Float64Array(1);
  consumer.run((trade) => {
    sum[0] += trade.price + trade.quantity;
    if (++seen % count === 0) mark(seen);
  });
  if (!(sum[0] > 0)) throw new Error('nothing was seen');
}
// The observer hears of collections on the event loop: it had its turn before this is sent.
setImmediate(() =>
  setImmediate(() =>
    parentPort!.postMessage({
      bytes,
      collections: collections.filter((at) => at >= from && at <= to).length,
    }),
  ),
);
