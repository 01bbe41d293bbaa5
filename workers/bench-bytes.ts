/**
 * A benchmark's producer or consumer of messages of bytes: written in place in a ring; posted, and so copied; or posted by transfer, in
 * buffers that come back to be used again.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { onGo, ready, Tally } from './bench-rounds.js';
import { isMarked, mark, Message } from './marks.js';

export interface BytesBenchData {
  role: 'producer' | 'consumer';
  /** Messages a round. */
  count: number;
  /** Bytes a message. */
  length: number;
  /** A ring, or a port. */
  ring?: RingHandle;
  port?: MessagePort;
  /** Buffers to be transferred, in the producer's hands at first; 0: each message is copied. */
  pool?: number;
}

const { role, count, length, ring: handle, port, pool = 0 } = workerData as BytesBenchData;

if (handle !== undefined) inRing(handle);
else if (pool === 0) posted(port!);
else transferred(port!);

function inRing(handle: RingHandle): void {
  const ring = openRing(handle, Message);
  if (role === 'producer') {
    const producer = ring.openProducer();
    let n = 0;
    onGo(() => {
      for (const end = n + count; n < end; n++)
        producer.publish((message, n) => mark(message.reserve('body', length), n), n);
    });
    return;
  }
  const tally = new Tally(count);
  ready();
  ring.openConsumer('reader').run(({ body }) => tally.see(isMarked(body, length, tally.next)));
}

function posted(port: MessagePort): void {
  if (role === 'producer') {
    const body = new Uint8Array(length);
    let n = 0;
    onGo(() => {
      for (const end = n + count; n < end; n++) {
        mark(body, n);
        port.postMessage(body);
      }
    });
    return;
  }
  const tally = new Tally(count);
  port.on('message', (body: Uint8Array) => tally.see(isMarked(body, length, tally.next)));
  ready();
}

function transferred(port: MessagePort): void {
  if (role === 'producer') {
    const free = Array.from({ length: pool }, () => new Uint8Array(length));
    let n = 0;
    let end = 0;
    const sendWhatMay = (): void => {
      for (; n < end && free.length > 0; n++) {
        const body = free.pop()!;
        mark(body, n);
        port.postMessage(body, [body.buffer]);
      }
    };
    port.on('message', (body: Uint8Array<ArrayBuffer>) => {
      free.push(body);
      sendWhatMay();
    });
    onGo(() => {
      end += count;
      sendWhatMay();
    });
    return;
  }
  const tally = new Tally(count);
  port.on('message', (body: Uint8Array<ArrayBuffer>) => {
    tally.see(isMarked(body, length, tally.next));
    port.postMessage(body, [body.buffer]);
  });
  ready();
}
