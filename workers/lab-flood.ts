/**
 * A process of its own, so that its memory is its own: a fast producer on its main thread, and, in a worker, a consumer that takes longer for
 * each item than the producer. Tells its parent how memory and age of items went.
 */
import { isMainThread, type MessagePort, Worker, workerData } from 'node:worker_threads';
import {
  createRing,
  event,
  type EventType,
  f64,
  openRing,
  type RingHandle,
  u32,
  type Writable,
} from 'slipring';
import { now } from './bench-rounds.js';

export interface FloodPlan {
  way: 'messages' | 'block' | 'drop-newest' | 'drop-oldest';
  /** How long the producer goes on. */
  forMs: number;
  /** Nanoseconds between two items, if nothing holds the producer back; and that the consumer takes for each. */
  gapNs: number;
  workNs: number;
}

export interface Flooded {
  /** Items that were offered in time; that the producer knows to be dropped, or the consumer to have missed; that arrived. */
  offered: number;
  dropped: number;
  arrived: number;
  /** Milliseconds since the start and the age, in nanoseconds, of the item that arrived then; of some items. */
  ages: (readonly [number, number])[];
  /** Nanoseconds, of every 16th item. */
  latencies: Float64Array;
  /** Milliseconds since the start, and bytes of memory beyond those at the start. */
  memory: (readonly [number, number])[];
  /** How long the producer went on, and how long after its end the last item arrived. */
  producedMs: number;
  drainedMs: number;
  /** What was wrong with what arrived. */
  fault?: string;
}

type ItemFields = { id: typeof u32; moment: typeof f64; value: typeof f64 };
const Item: EventType<ItemFields> = event({ id: u32, moment: f64, value: f64 });

/** Slots of the bounded ones. */
export const FLOOD_SLOTS = 1_024;

/** A look at the process's memory, and a note of an item's age, each so often. */
const SAMPLE_NS = 10e6;
const EVERY = 16;

interface ConsumerData {
  ring: RingHandle | undefined;
  port: MessagePort;
  workNs: number;
}

type Account = Pick<Flooded, 'arrived' | 'ages' | 'latencies'> & {
  missed: number;
  ended: number;
  fault?: string;
};

function fill(item: Writable<ItemFields>, id: number, moment: number): void {
  item.id = id;
  item.moment = moment;
  item.value = id * 0.5;
}

if (isMainThread) process.once('message', (plan: FloodPlan) => produce(plan));
else consume(workerData as ConsumerData);

function produce({ way, forMs, gapNs, workNs }: FloodPlan): void {
  const ring =
    way === 'messages'
      ? undefined
      : createRing(Item, {
          capacity: FLOOD_SLOTS,
          consumers: { reader: { lossy: way === 'drop-oldest' } },
        });
  const producer = ring?.openProducer({ whenFull: way === 'drop-newest' ? 'drop-newest' : 'block' });
  const { port1, port2 } = new MessageChannel();
  const data: ConsumerData = { ring: ring?.handle, port: port2, workNs };
  const worker = new Worker(new URL(import.meta.url), { workerData: data, transferList: [port2] });
  worker.on('error', (error) => {
    throw error;
  });

  port1.once('message', () => {
    const memory: [number, number][] = [];
    const startBytes = process.memoryUsage.rss();
    const started = now();
    const ends = started + forMs * 1e6;
    let sampled = started;
    let offered = 0;
    for (let moment = started; moment < ends; moment = now()) {
      if (moment < started + offered * gapNs) continue;
      if (producer === undefined) port1.postMessage({ id: offered, moment, value: offered * 0.5 });
      else producer.publish(fill, offered, moment);
      offered++;
      if (moment >= sampled) {
        memory.push([(moment - started) / 1e6, process.memoryUsage.rss() - startBytes]);
        sampled = moment + SAMPLE_NS;
      }
    }
    const ended = now();
    memory.push([(ended - started) / 1e6, process.memoryUsage.rss() - startBytes]);
    if (ring === undefined) port1.postMessage('end');
    else ring.close();
    port1.once('message', (account: Account) => {
      const { arrived, latencies, missed, fault } = account;
      const flooded: Flooded = {
        offered,
        dropped: (producer?.dropped ?? 0) + missed,
        arrived,
        ages: account.ages.map(([at, age]) => [(at - started) / 1e6, age]),
        latencies,
        memory,
        producedMs: (ended - started) / 1e6,
        drainedMs: (account.ended - ended) / 1e6,
        ...(fault === undefined ? {} : { fault }),
      };
      process.send!(flooded, () => process.disconnect());
      port1.close();
    });
  });
}

function consume({ ring, port, workNs }: ConsumerData): void {
  const latencies: number[] = [];
  const ages: (readonly [number, number])[] = [];
  let sampled = 0;
  let arrived = 0;
  let last = -1;
  let fault: string | undefined;
  const see = (id: number, moment: number, value: number): void => {
    const at = now();
    if (id <= last || value !== id * 0.5) fault ??= `item ${id} with ${value} after ${last}`;
    last = id;
    if (arrived++ % EVERY === 0) latencies.push(at - moment);
    if (at >= sampled) {
      ages.push([at, at - moment]);
      sampled = at + SAMPLE_NS;
    }
    while (now() < at + workNs);
  };
  const end = (missed: number): void => {
    const account: Account = { arrived, ages, latencies: Float64Array.from(latencies), missed, ended: now() };
    if (fault !== undefined) account.fault = fault;
    port.postMessage(account);
    port.close();
  };
  if (ring === undefined) {
    port.on('message', (item: 'end' | { id: number; moment: number; value: number }) => {
      if (item === 'end') end(0);
      else see(item.id, item.moment, item.value);
    });
    port.postMessage('ready');
  } else {
    const consumer = openRing(ring, Item).openConsumer('reader');
    port.postMessage('ready');
    // Slots are given back as soon as a few items are done, so that a producer that waits is not held up for a batch.
    consumer.run((item) => see(item.id, item.moment, item.value), { max: 16 });
    end(consumer.missed);
  }
}
