/**
 * A benchmark's producer or consumer in a ring of any shape. Producer k of several publishes trades of its own numbering, with k in
 * the upper bits of their ids, so that every consumer can check the order of each.
 */
import { workerData } from 'node:worker_threads';
import { type Columns, openRing, type RingHandle, type Span, type Writable } from 'slipring';
import { onGo, ready } from './bench-rounds.js';
import { NUMBER_BITS, TopologyChecker } from './topology-checker.js';
import { Trade, type TradeFields } from './trade.js';

export interface TopologyBenchData {
  ring: RingHandle;
  /** Events a round, of all producers together. */
  count: number;
  producers: number;
  /** Events a claim: 1 goes one at a time, by `publish` and `run`. */
  batch: number;
  /** Which producer this is, from 0 on; or which consumer, by its name. */
  producer?: number;
  consumer?: string;
}

/** What a group's worker takes for an event. */
const WORK_MS = 0.001;

function fill(trade: Writable<TradeFields>, producer: number, n: number): void {
  trade.id = producer | n;
  trade.price = n * 0.5;
  trade.quantity = n & 1023;
}

function fillSpans(
  { id, price, quantity }: Columns<TradeFields>,
  spans: readonly Span[],
  producer: number,
  first: number,
): void {
  let n = first;
  for (const { from, to } of spans) {
    for (let slot = from; slot < to; slot++, n++) {
      id[slot] = producer | n;
      price[slot] = n * 0.5;
      quantity[slot] = n & 1023;
    }
  }
}

const {
  ring: handle,
  count,
  producers,
  batch,
  producer: number,
  consumer: name,
} = workerData as TopologyBenchData;
const ring = openRing(handle, Trade);

if (name === undefined) {
  const producer = ring.openProducer();
  const mark = number! << NUMBER_BITS;
  let next = 0;
  onGo(() => {
    let n = next;
    const end = n + count / producers;
    if (batch === 1) {
      for (; n < end; n++) producer.publish(fill, mark, n);
    } else {
      for (; n < end; n += batch) {
        const claim = producer.claim(batch);
        fillSpans(claim.columns, claim.spans, mark, n);
        claim.commit();
      }
    }
    next = end;
  });
} else if (name === 'work') {
  const worker = ring.openConsumer(name);
  let sum = 0;
  ready();
  worker.run((trade) => {
    const end = performance.now() + WORK_MS;
    sum += trade.price;
    while (performance.now() < end);
  });
  if (Number.isNaN(sum)) throw new Error('A price is not a number.');
} else {
  const consumer = ring.openConsumer(name);
  const checker = new TopologyChecker(count, producers);
  ready();
  if (batch === 1) consumer.run((trade) => checker.see(trade.id, trade.price, trade.quantity));
  else for (const trades of consumer) checker.seeSpans(trades.columns, trades.spans);
}
