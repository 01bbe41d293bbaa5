/**
 * A benchmark's producer or consumer of trades, one at a time, in a ring of up to 16 producers. Producer k numbers its own trades and puts k
 * into the upper bits of their ids, so that every consumer checks the order of each; the sum of all contents is checked by round.
 */
import { workerData } from 'node:worker_threads';
import { openRing, type RingHandle, type Writable } from 'slipring';
import { checksumOf, now, onGo, ready, report } from './bench-rounds.js';
import { Trade, type TradeFields } from './trade.js';

export interface TradesData {
  ring: RingHandle;
  /** Trades a round, of each producer. */
  count: number;
  producers: number;
  /** Which producer this is, from 0 on; or which consumer, by its name. */
  producer?: number;
  consumer?: string;
}

const NUMBER_BITS = 28;

function fill(trade: Writable<TradeFields>, mark: number, n: number): void {
  trade.id = mark | n;
  trade.price = n * 0.5;
  trade.quantity = n & 1023;
}

const { ring: handle, count, producers, producer: number, consumer: name } = workerData as TradesData;
const ring = openRing(handle, Trade);

if (name === undefined) {
  const producer = ring.openProducer();
  const mark = number! << NUMBER_BITS;
  let next = 0;
  onGo(() => {
    for (const end = next + count; next < end; next++) producer.publish(fill, mark, next);
  });
} else {
  const ids = Uint32Array.from({ length: producers }, (_, k) => (k << NUMBER_BITS) >>> 0);
  let left = count * producers;
  let from = 0;
  let sum = 0;
  const consumer = ring.openConsumer(name);
  ready();
  consumer.run(({ id, price, quantity }) => {
    if (ids[id >>> NUMBER_BITS]++ !== id) sum = NaN;
    sum += price + quantity;
    if (--left > 0) return;
    const at = now();
    const right = checksumOf(from, count) * producers;
    report(at, sum === right ? undefined : `the checksum is ${sum}, not ${right}`);
    from += count;
    left = count * producers;
    sum = 0;
  });
}
