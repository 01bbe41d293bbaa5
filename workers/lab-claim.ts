/** A producer or consumer in a topology, on a ring or on lock-based queues, round after round. */
import { workerData } from 'node:worker_threads';
import { type Consumer, openRing, type Span, WaitError, type Writable } from 'slipring';
import { type ColumnArrays, openConditionBuffer, openSemaphoreBuffer } from 'slipring/locks';
import type { Buffers, Channels, Place, TradeColumns } from '../bench/lab/topologies.js';
import { now, type Report } from './bench-rounds.js';
import { onJob } from './lab-jobs.js';
import { Trade, type TradeFields } from './trade.js';

export interface ClaimData {
  place: Place;
  channels: Channels;
  producers: number;
  shared: boolean;
  workNs: number;
}

/** One round of `count` events, of all producers together. */
export interface ClaimJob {
  channel: keyof Channels;
  /** Events a claim. */
  batch: number;
  count: number;
  /** One word: events that a group's workers are done with in this round. */
  done: SharedArrayBuffer;
}

export interface ClaimReport extends Report {
  started?: number;
  /** A consumer's events of this round, and the sum of their prices and quantities. */
  seen?: number;
  sum?: number;
}

interface PlainTrade {
  id: number;
  price: number;
  quantity: number;
}

/** Bits of an id that count; the producer stands above them. */
const NUMBER_BITS = 28;

const { place, channels, producers, shared, workNs } = workerData as ClaimData;

function fill(trade: Writable<TradeFields>, mark: number, n: number): void {
  trade.id = mark | n;
  trade.price = n * 0.5;
  trade.quantity = n & 1023;
}

function fillSlot(
  { id, price, quantity }: ColumnArrays<TradeColumns>,
  slot: number,
  mark: number,
  n: number,
): void {
  id[slot] = mark | n;
  price[slot] = n * 0.5;
  quantity[slot] = n & 1023;
}

function pass({ id, price, quantity }: ColumnArrays<TradeColumns>, slot: number, trade: PlainTrade): void {
  id[slot] = trade.id;
  price[slot] = trade.price;
  quantity[slot] = trade.quantity;
}

function read({ id, price, quantity }: ColumnArrays<TradeColumns>, slot: number, trade: PlainTrade): void {
  trade.id = id[slot];
  trade.price = price[slot];
  trade.quantity = quantity[slot];
}

/** Order and contents of each producer's events. Who shares them with another sees gaps, but never goes back. */
class Seen {
  count = 0;
  sum = 0;
  readonly #next = new Int32Array(producers);

  begin(): void {
    this.count = 0;
    this.sum = 0;
  }

  see(id: number, price: number, quantity: number): void {
    const from = id >>> NUMBER_BITS;
    const n = id & ((1 << NUMBER_BITS) - 1);
    const next = this.#next[from];
    if ((shared ? n < next : n !== next) || price !== n * 0.5) this.sum = NaN;
    this.#next[from] = n + 1;
    this.count++;
    this.sum += price + quantity;
    if (workNs > 0) for (const end = performance.now() + workNs / 1e6; performance.now() < end;);
  }

  seeSpans({ id, price, quantity }: ColumnArrays<TradeColumns>, spans: readonly Span[]): void {
    for (const { from, to } of spans)
      for (let slot = from; slot < to; slot++) this.see(id[slot], price[slot], quantity[slot]);
  }

  report(at = now()): Partial<ClaimReport> {
    return { at, seen: this.count, sum: this.sum };
  }
}

type Round = (job: ClaimJob) => Partial<ClaimReport>;

function produceOnRing(): Round {
  const producer = openRing(channels.ring, Trade).openProducer();
  const mark = place.producer! << NUMBER_BITS;
  let n = 0;
  return ({ count, batch }) => {
    const started = now();
    const end = n + count / producers;
    if (batch === 1) for (; n < end; n++) producer.publish(fill, mark, n);
    while (n < end) {
      const claim = producer.claim(Math.min(batch, end - n));
      const { columns, spans } = claim;
      for (const { from, to } of spans)
        for (let slot = from; slot < to; slot++) fillSlot(columns, slot, mark, n++);
      claim.commit();
    }
    return { started };
  };
}

function consumeOnRing(name: string): Round {
  const consumer = openRing(channels.ring, Trade).openConsumer(name);
  const seen = new Seen();
  return ({ count, done }) => {
    seen.begin();
    if (shared) return seen.report(shareInGroup(consumer, seen, count, new Int32Array(done)));
    while (seen.count < count) {
      const batch = consumer.take()!;
      seen.seeSpans(batch.columns, batch.spans);
      batch.release();
    }
    return seen.report();
  };
}

/** What a worker takes at once: enough to share the cost of taking, few enough to leave something to the other. */
const OF_A_GROUP = { max: 1_024, timeoutMs: 5 };

/** Takes until the group is done with `count` events; when this worker was done with its last. */
function shareInGroup(consumer: Consumer<TradeFields>, seen: Seen, count: number, done: Int32Array): number {
  let at = 0;
  while (Atomics.load(done, 0) < count) {
    try {
      const batch = consumer.take(OF_A_GROUP)!;
      seen.seeSpans(batch.columns, batch.spans);
      batch.release();
      at = now();
      Atomics.add(done, 0, batch.length);
    } catch (error) {
      // Nobody wakes a worker that got nothing more: it looks itself whether that was all.
      if (!(error instanceof WaitError && error.code === 'ERR_TIMED_OUT')) throw error;
    }
  }
  return at;
}

function openBuffer(handle: Buffers[number]) {
  return handle.slipring === 'condition-buffer' ? openConditionBuffer(handle) : openSemaphoreBuffer(handle);
}

/** An item that ends a worker's round: one is put for each. */
const END = -1;

function produceOnBuffers(buffers: Buffers): Round {
  const outboxes = place.outboxes.map((at) => openBuffer(buffers[at]));
  const mark = place.producer! << NUMBER_BITS;
  const ending = { id: 0, price: END, quantity: 0 };
  let n = 0;
  return ({ count }) => {
    const started = now();
    const end = n + count / producers;
    for (; n < end; n++) for (const outbox of outboxes) outbox.put(fillSlot, mark, n);
    if (shared) for (let worker = 0; worker < 2; worker++) outboxes[0].put(pass, ending);
    return { started };
  };
}

function consumeOnBuffers(buffers: Buffers): Round {
  const [inbox, second] = place.inboxes.map((at) => openBuffer(buffers[at]));
  const outboxes = place.outboxes.map((at) => openBuffer(buffers[at]));
  const seen = new Seen();
  const trade = { id: 0, price: 0, quantity: 0 };
  const other = { id: 0, price: 0, quantity: 0 };
  return ({ count }) => {
    seen.begin();
    while (shared || seen.count < count) {
      inbox.take(read, trade);
      if (trade.price === END) break;
      if (second !== undefined) {
        // Behind two stages: it must have come from both.
        second.take(read, other);
        if (other.id !== trade.id)
          throw new Error(`event ${trade.id} from one side, ${other.id} from the other`);
      }
      seen.see(trade.id, trade.price, trade.quantity);
      for (const outbox of outboxes) outbox.put(pass, trade);
    }
    return seen.report();
  };
}

const { consumer } = place;
const rounds: Record<keyof Channels, Round> =
  consumer === undefined
    ? {
        ring: produceOnRing(),
        condition: produceOnBuffers(channels.condition),
        semaphore: produceOnBuffers(channels.semaphore),
      }
    : {
        ring: consumeOnRing(consumer),
        condition: consumeOnBuffers(channels.condition),
        semaphore: consumeOnBuffers(channels.semaphore),
      };

onJob((job: ClaimJob) => rounds[job.channel](job));
