/**
 * `npm run bench:ops`: what single operations of the public face cost on one thread, with nobody else about, and the atomics that they
 * are made of. A ring is filled and emptied in turn, so nothing ever waits.
 */
import { parseArgs } from 'node:util';
import { bytes, createRing, event, json, openRing, text, u32, value } from 'slipring';
import { createQueue } from 'slipring/queue';
import { Bench, type Task } from 'tinybench';
import { fillTrade, Trade } from '../workers/trade.js';
import { reportComparison } from './compare.js';
import { type Result } from './harness.js';
import { machine, tableOf, writeJson } from './report.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    against: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench:ops -- [--quick] [--only NAME]... [--json FILE] [--against FILE]
  --quick         shorter samples
  --only NAME     an operation whose name has this in it; may be given several times
  --json FILE     writes the results as JSON too
  --against FILE  compares with such a file, names what got slower beyond noise, and ends with code 1 if anything did
  --list          the operations`;

/** Operations a sample: one alone is shorter than the clock can see. */
const TIMES = 1_024;
/** The same, in whole tens. */
const TENS = 1_020;
interface Operation {
  name: string;
  /** Does it so many times. */
  readonly run: () => void;
  /** How many of it `run` does. */
  times: number;
}

/** Whatever is read goes here, so that no reading can be left out. */
const sink = new Float64Array(1);

const operations: Operation[] = [
  ...atomics(),
  ...publishing(),
  ...severalProducers(),
  ...payloads(),
  ...queues(),
  ...rare(),
];

if (values.help) console.log(help);
else if (values.list) console.log(operations.map(({ name }) => `  ${name}`).join('\n'));
else main();

function main(): void {
  const chosen = operations.filter(({ name }) => values.only?.some((part) => name.includes(part)) ?? true);
  if (chosen.length === 0) throw new Error(`No operation has this in its name.\n${help}`);
  const bench = new Bench({
    time: values.quick ? 100 : 500,
    warmupTime: values.quick ? 50 : 200,
    retainSamples: true,
  });
  for (const { name, run } of chosen) bench.add(name, run);
  bench.runSync();
  const results = bench.tasks.map((task, i) => resultOfTask(task, chosen[i].times));
  console.log(`${machine()}\n${tableOf(results)}`);
  if (!Number.isFinite(sink[0])) throw new Error('Something that was read is not a number.');
  if (values.json !== undefined) writeJson(values.json, results);
  if (values.against !== undefined) reportComparison(results, values.against);
}

/** Its least and most are the quartiles: single samples are hit by whatever else runs. */
function resultOfTask({ name, result }: Task, times: number): Result {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
  const { samples, p50, p75 } = result.latency;
  const sorted = [...samples!].sort((a, b) => a - b);
  const ns = (ms: number): number => (ms * 1e6) / times;
  return {
    experiment: 'operation',
    system: name,
    unit: 'ns',
    median: ns(p50),
    min: ns(sorted[sorted.length >> 2]),
    max: ns(p75),
    runs: sorted.length,
    verified: true,
  };
}

function atomics(): Operation[] {
  const words = new Int32Array(new SharedArrayBuffer(1_024));
  let word = 0;
  return [
    many('Atomics.load', () => void Atomics.load(words, 0)),
    many('Atomics.store', () => void Atomics.store(words, 32, 1)),
    many('Atomics.compareExchange', () => {
      const next = (word + 4) | 0;
      Atomics.compareExchange(words, 64, word, next);
      word = next;
    }),
    many('Atomics.notify, nobody there', () => void Atomics.notify(words, 96)),
  ];
}

/** An operation that is done again and again. */
function many(name: string, once: () => void): Operation {
  return {
    name,
    times: TIMES,
    run() {
      for (let i = 0; i < TIMES; i++) once();
    },
  };
}

function publishing(): Operation[] {
  const ring = createRing(Trade, { capacity: TIMES, consumers: ['reader'] });
  const producer = ring.openProducer();
  const reader = ring.openConsumer('reader');
  const handle = (): void => void reader.poll((trade) => (sink[0] += trade.price));
  const items = Array.from({ length: TIMES }, (_, id) => ({ id }));
  const filled = (name: string, fill: () => void, empty = handle, times = TIMES): Operation => ({
    name,
    times,
    run() {
      fill();
      empty();
    },
  });
  const publishAll = (): void => {
    for (let i = 0; i < TIMES; i++) producer.publish(fillTrade, i);
  };
  return [
    filled('publish, and poll', publishAll),
    filled('tryPublish, and poll', () => {
      for (let i = 0; i < TIMES; i++) producer.tryPublish(fillTrade, i);
    }),
    filled('publishBatch of 1,024, and poll', () => {
      producer.publishBatch(items, (trade, { id }) => fillTrade(trade, id));
    }),
    filled(
      'claim and commit of 10, and poll',
      () => {
        for (let i = 0; i < TENS; i += 10) {
          const claim = producer.claim(10);
          const { id, price, quantity } = claim.columns;
          for (const { from, to } of claim.spans) {
            for (let slot = from; slot < to; slot++) {
              id[slot] = slot;
              price[slot] = 0.5;
              quantity[slot] = 1;
            }
          }
          claim.commit();
        }
      },
      handle,
      TENS,
    ),
    filled('publish, take and release all', publishAll, () => {
      for (let left = TIMES; left > 0;) {
        const batch = reader.take()!;
        const { price } = batch.columns;
        for (const { from, to } of batch.spans)
          for (let slot = from; slot < to; slot++) sink[0] += price[slot];
        left -= batch.length;
        batch.release();
      }
    }),
  ];
}

function severalProducers(): Operation[] {
  const ring = createRing(Trade, { capacity: TIMES, consumers: ['reader'], producers: 2 });
  const producer = ring.openProducer();
  const reader = ring.openConsumer('reader');
  return [
    {
      name: 'publish in a ring of two producers, and poll',
      times: TIMES,
      run() {
        for (let i = 0; i < TIMES; i++) producer.publish(fillTrade, i);
        reader.poll((trade) => (sink[0] += trade.price));
      },
    },
  ];
}

function payloads(): Operation[] {
  const body = new Uint8Array(100).fill(7);
  const options = { capacity: TIMES, consumers: ['reader'] } as const;
  const inBytes = createRing(event({ body: bytes({ max: 256 }) }), options);
  const inText = createRing(event({ body: text({ max: 256 }) }), options);
  const inJson = createRing(event({ id: u32, body: value(json(), { max: 256 }) }), options);
  const bytesOut = inBytes.openProducer();
  const bytesIn = inBytes.openConsumer('reader');
  const textOut = inText.openProducer();
  const textIn = inText.openConsumer('reader');
  const jsonOut = inJson.openProducer();
  const jsonIn = inJson.openConsumer('reader');
  const sentence = 'x'.repeat(100);
  const order = { id: 1, symbol: 'ABC', price: 0.5 };
  // Fewer at a time than slots: their arena is what may be full.
  const some = 256;
  return [
    {
      name: 'publish 100 bytes, and handle them',
      times: some,
      run() {
        for (let i = 0; i < some; i++) bytesOut.publish((message) => void (message.body = body));
        bytesIn.poll((message) => (sink[0] += message.body[99]));
      },
    },
    {
      name: 'publish 100 characters, and handle them',
      times: some,
      run() {
        for (let i = 0; i < some; i++) textOut.publish((message) => void (message.body = sentence));
        textIn.poll((message) => (sink[0] += message.body.length));
      },
    },
    {
      name: 'publish a small object as JSON, and handle it',
      times: some,
      run() {
        for (let i = 0; i < some; i++) jsonOut.publish((message) => void (message.body = order));
        jsonIn.poll((message) => (sink[0] += (message.body as typeof order).price));
      },
    },
  ];
}

function queues(): Operation[] {
  const queue = createQueue({ capacity: TIMES, values: 'number' });
  const objects = createQueue<{ id: number }>({ capacity: TIMES, values: 'json' });
  return [
    {
      name: 'put and get a number',
      times: TIMES,
      run() {
        for (let i = 0; i < TIMES; i++) queue.put(i);
        for (let i = 0; i < TIMES; i++) sink[0] += queue.get();
      },
    },
    {
      name: 'put and get an object as JSON',
      times: 256,
      run() {
        for (let i = 0; i < 256; i++) objects.put({ id: i });
        for (let i = 0; i < 256; i++) sink[0] += objects.get().id;
      },
    },
  ];
}

/** What a program does seldom. */
function rare(): Operation[] {
  const ring = createRing(Trade, { capacity: TIMES, consumers: ['reader'] });
  return [
    { name: 'snapshot', times: 1, run: () => void (sink[0] += ring.snapshot().capacity) },
    { name: 'openRing', times: 1, run: () => void (sink[0] += openRing(ring.handle, Trade).capacity) },
    {
      name: 'openProducer, and dispose it',
      times: 1,
      run: () => ring.openProducer()[Symbol.dispose](),
    },
    {
      name: 'createRing of 1,024 slots',
      times: 1,
      run: () => void (sink[0] += createRing(Trade, { capacity: TIMES, consumers: ['reader'] }).capacity),
    },
  ];
}
