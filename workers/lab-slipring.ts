/** The lab's producer or consumer on the shipped ring: one event at a time, or in claims. */
import { workerData } from 'node:worker_threads';
import { type Columns, openRing, type RingHandle, type Span } from 'slipring';
import { type LabData, onRound, readyForEver, RoundChecker } from './lab-rounds.js';
import { fillLabTrade, priceOf, quantityOf } from './lab-trades.js';
import { Trade, type TradeFields } from './trade.js';

export interface LabSlipringData extends LabData {
  role: 'producer' | 'consumer';
  ring: RingHandle;
  /** Events a claim, and a round is a multiple of it: 1 goes one at a time, by `publish` and `run`. */
  batch: number;
}

const { role, ring: handle, batch } = workerData as LabSlipringData;
const ring = openRing(handle, Trade);

function fillSpans(
  { id, price, quantity }: Columns<TradeFields>,
  spans: readonly Span[],
  first: number,
): void {
  let n = first;
  for (const { from, to } of spans) {
    for (let slot = from; slot < to; slot++, n++) {
      id[slot] = n;
      price[slot] = priceOf(n);
      quantity[slot] = quantityOf(n);
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

if (role === 'producer') {
  const producer = ring.openProducer();
  onRound((count) => {
    let n = producer.next;
    const end = n + count;
    if (batch === 1) {
      for (; n < end; n++) producer.publish(fillLabTrade, n);
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
  const checker = new RoundChecker();
  readyForEver();
  if (batch === 1) {
    consumer.run((trade) => checker.see(trade.id, trade.price, trade.quantity));
  } else {
    for (const trades of consumer)
      checker.seeMany(trades.length, sumSpans(trades.columns, trades.spans, trades.first));
  }
}
