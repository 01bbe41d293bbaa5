/** One thread of a test with payloads of any length: publishes some that tell whose they are, or looks whether they say so. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRing, type Readable, type RingHandle, type WaitMode, type Writable } from 'slipring';
import { Message, type MessageFields, MOST_MESSAGES } from './message.js';

/** Sizes that follow from the id, of a wide range. */
const bytesOf = (id: number, longest: number): number => (Math.imul(id, 0x9e37_79b1) >>> 8) % (longest + 1);

function fill(message: Writable<MessageFields>, id: number, longest: number): void {
  const length = bytesOf(id, longest);
  message.id = id;
  if (id % 3 === 0) message.body = new Uint8Array(length).fill(id);
  else {
    message.reserve('body', longest).fill(id, 0, length);
    message.trim('body', length);
  }
  message.name = `${id}:${'é'.repeat(id % 7)}`;
  if (id % 5 === 0) message.order = [id, length];
}

function look(message: Readable<MessageFields>, longest: number): void {
  const { id, body, name, order } = message;
  const length = bytesOf(id, longest);
  if (body.length !== length) throw new Error(`message ${id} has ${body.length} bytes, not ${length}`);
  for (const byte of body) if (byte !== (id & 255)) throw new Error(`message ${id} has a byte ${byte}`);
  if (name !== `${id}:${'é'.repeat(id % 7)}`) throw new Error(`message ${id} has the name ${name}`);
  const told = id % 5 === 0 ? `${id},${length}` : 'undefined';
  if (String(order) !== told) throw new Error(`message ${id} has the order ${String(order)}`);
}

export interface PayloadsData {
  readonly ring: RingHandle;
  readonly waiting: WaitMode | 'async';
  /** Longest body. */
  readonly longest: number;
  /** A consumer's name; none for a producer. */
  readonly name?: string;
  readonly producer?: number;
  readonly count?: number;
  readonly by?: 'one' | 'batch' | 'claim';
  /** Says so and waits to be terminated once all are published: with a claim that it has filled, or asleep since its arena is full. */
  readonly dies?: 'with a claim' | 'waiting for bytes';
}

const {
  dies,
  ring: handle,
  waiting,
  longest,
  name,
  producer = 0,
  count = 0,
  by = 'one',
} = workerData as PayloadsData;
const ring = openRing(handle, Message);
const wait = waiting === 'async' ? {} : ({ wait: waiting } as const);

parentPort!.postMessage(name === undefined ? await publish() : await read(name));

async function publish(): Promise<number> {
  using seat = ring.openProducer(wait);
  const first = producer * MOST_MESSAGES;
  if (by === 'batch') {
    const ids = Array.from({ length: count }, (_, i) => first + i);
    const fillFrom = (message: Writable<MessageFields>, id: number): void => fill(message, id, longest);
    if (waiting === 'async') await seat.publishBatchAsync(ids, fillFrom);
    else seat.publishBatch(ids, fillFrom);
  } else if (by === 'claim') {
    for (let i = 0; i < count; i++) {
      const claim = waiting === 'async' ? await seat.claimAsync(1) : seat.claim(1);
      for (const message of claim) fill(message, first + i, longest);
      claim.commit();
    }
  } else {
    for (let i = 0; i < count; i++) {
      if (waiting === 'async') await seat.publishAsync(fill, first + i, longest);
      else seat.publish(fill, first + i, longest);
    }
  }
  if (dies === 'with a claim') {
    for (const message of seat.claim(1)) fill(message, first + count, longest);
    parentPort!.postMessage('here');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  if (dies === 'waiting for bytes') {
    parentPort!.postMessage('here');
    for (;;) seat.publish(fill, first + count, longest);
  }
  return count;
}

/** The ids that came, in their order. */
async function read(name: string): Promise<number[]> {
  using consumer = ring.openConsumer(name, wait);
  const seen: number[] = [];
  const handler = (message: Readable<MessageFields>): void => {
    look(message, longest);
    seen.push(message.id);
  };
  if (waiting === 'async') await consumer.runAsync(handler);
  else consumer.run(handler);
  return seen;
}
