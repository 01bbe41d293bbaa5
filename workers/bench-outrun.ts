/** A producer that never stops, or a consumer that takes some time for each value: over a ring, a queue, or a port. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { openQueue, type QueueHandle } from 'slipring/queue';
import { isMarked, mark, Message } from './marks.js';

export interface OutrunData {
  role: 'producer' | 'consumer';
  /** A ring or a queue, or a port. */
  ring?: RingHandle;
  queue?: QueueHandle;
  port?: MessagePort;
}

/** What the consumer has seen, once every so many messages. */
export interface Seen {
  count: number;
  wrong: number;
}

const LENGTH = 100;
/** Messages between two reports; and between two naps. */
const REPORT = 1_000;
const NAP_EVERY = 10;
const NAP_MS = 1;

const { role, ring: ringHandle, queue: queueHandle, port } = workerData as OutrunData;
const seen: Seen = { count: 0, wrong: 0 };
const napping = new Int32Array(new SharedArrayBuffer(4));

function see(body: Uint8Array): void {
  if (!isMarked(body, LENGTH, seen.count)) seen.wrong++;
  seen.count++;
  if (seen.count % REPORT === 0) parentPort!.postMessage(seen);
  if (seen.count % NAP_EVERY === 0) Atomics.wait(napping, 0, 0, NAP_MS);
}

if (ringHandle !== undefined) {
  const ring = openRing(ringHandle, Message);
  if (role === 'consumer') ring.openConsumer('reader').run(({ body }) => see(body));
  const producer = ring.openProducer();
  for (let n = 0; ; n++) producer.publish((message, n) => mark(message.reserve('body', LENGTH), n), n);
} else if (queueHandle !== undefined) {
  const queue = openQueue<Uint8Array>(queueHandle);
  if (role === 'consumer') for (;;) see(queue.get());
  const body = new Uint8Array(LENGTH);
  for (let n = 0; ; n++) {
    mark(body, n);
    queue.put(body);
  }
} else if (role === 'consumer') {
  port!.on('message', see);
} else {
  const body = new Uint8Array(LENGTH);
  for (let n = 0; ; n++) {
    mark(body, n);
    port!.postMessage(body);
  }
}
