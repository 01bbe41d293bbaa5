/** What single operations cost on one thread: the atomics that a ring is made of, and the ring's own calls with nobody else about. */
import Table from 'cli-table3';
import { createRing } from 'slipring';
import { Bench } from 'tinybench';
import { fillTrade, Trade } from '../workers/trade.js';
import { machine } from './report.js';

/** Operations a sample: one alone is shorter than the clock can see. */
const TIMES = 1_024;

const words = new Int32Array(new SharedArrayBuffer(1_024));
const ring = createRing(Trade, { capacity: TIMES, consumers: ['reader'] });
const producer = ring.openProducer();
const reader = ring.openConsumer('reader');
let word = 0;
let price = 0;

const bench = new Bench({ time: 500 });
bench
  .add('Atomics.load', () => {
    for (let i = 0; i < TIMES; i++) Atomics.load(words, 0);
  })
  .add('Atomics.store', () => {
    for (let i = 0; i < TIMES; i++) Atomics.store(words, 32, i);
  })
  .add('Atomics.compareExchange', () => {
    for (let i = 0; i < TIMES; i++) {
      const next = (word + 4) | 0;
      Atomics.compareExchange(words, 64, word, next);
      word = next;
    }
  })
  .add('Atomics.notify, nobody there', () => {
    for (let i = 0; i < TIMES; i++) Atomics.notify(words, 96);
  })
  .add('publish one, and handle it', () => {
    for (let i = 0; i < TIMES; i++) producer.publish(fillTrade, i);
    reader.poll((trade) => (price = trade.price));
  });
await bench.run();

const table = new Table({
  head: ['operation', 'ns, median'],
  colAligns: ['left', 'right'],
  style: { head: [], border: [] },
});
for (const { name, result } of bench.tasks) {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
  table.push([name, ((result.latency.p50 * 1e6) / TIMES).toFixed(1)]);
}
console.log(`${machine()}\n${table.toString()}`);
if (!Number.isFinite(price)) throw new Error('nothing was handled');
