/** A benchmark's producer or consumer on a ring: one event at a time, in claims, or by a loop written by hand over the same words. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Columns, openRing, type RingHandle, type Span } from 'slipring';
import { Checker, onGo, ready } from './bench-rounds.js';
import { consumeByHand, type HandMap, produceByHand } from './hand-written.js';
import { fillTrade, Trade, type TradeFields } from './trade.js';

export interface RingBenchData {
  role: 'producer' | 'consumer';
  ring: RingHandle;
  /** Events a round. */
  count: number;
  /** Events a claim: 1 goes one at a time, by `publish` and `run`. */
  batch: number;
  /** Given: by hand, and where everything is. */
  hand?: HandMap;
}

const { role, ring: handle, count, batch, hand } = workerData as RingBenchData;

function fillSpans(
  { id, price, quantity }: Columns<TradeFields>,
  spans: readonly Span[],
  first: number,
): void {
  let n = first;
  for (const { from, to } of spans) {
    for (let slot = from; slot < to; slot++, n++) {
      id[slot] = n;
      price[slot] = n * 0.5;
      quantity[slot] = n & 1023;
    }
  }
}

/** The sum that a checker wants, NaN when an event is not the one it should be. */
function sumSpans(
  { id, price, quantity }: Columns<TradeFields>,
  spans: readonly Span[],
  first: number,
): number {
  let n = first;
  let sum = 0;
  for (const { from, to } of spans) {
    for (let slot = from; slot < to; slot++, n++) {
      if (id[slot] !== n) return NaN;
      sum += price[slot] + quantity[slot];
    }
  }
  return sum;
}

if (hand !== undefined) {
  if (role === 'producer') {
    onGo(produceByHand(handle.buffer, hand, count));
  } else {
    const checker = new Checker(count);
    const consume = consumeByHand(handle.buffer, hand, count, (id, price, quantity) =>
      checker.see(id, price, quantity),
    );
    // It cannot park, and would take a core from the others between its rounds.
    parentPort!.on('message', consume);
    ready();
  }
} else {
  const ring = openRing(handle, Trade);
  if (role === 'producer') {
    const producer = ring.openProducer();
    onGo(() => {
      let n = producer.next;
      const end = n + count;
      if (batch === 1) {
        for (; n < end; n++) producer.publish(fillTrade, n);
      } else {
        for (; n < end; n += batch) {
          const claim = producer.claim(batch);
          fillSpans(claim.columns, claim.spans, n);
          claim.commit();
        }
      }
    });
  } else {
    const consumer = ring.openConsumer('reader');
    const checker = new Checker(count);
    ready();
    if (batch === 1) {
      consumer.run((trade) => checker.see(trade.id, trade.price, trade.quantity));
    } else {
      for (const trades of consumer)
        checker.seeMany(trades.length, sumSpans(trades.columns, trades.spans, trades.first));
    }
  }
}
