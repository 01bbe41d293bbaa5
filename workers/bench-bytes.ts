/**
 * A benchmark's producer or consumer of messages of bytes: written in place in a ring; posted, and so copied; or posted by transfer, in
 * buffers that come back to be used again.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { type BytesColumn, openRing, type RingHandle, type Writable } from 'slipring';
import { onGo, ready, Tally } from './bench-rounds.js';
import { blank, isMarked, mark, Message, MIDDLE } from './marks.js';

export interface BytesBenchData {
  role: 'producer' | 'consumer';
  /** Messages a round. */
  count: number;
  /** Bytes a message. */
  length: number;
  /** A ring, or a port. */
  ring?: RingHandle;
  port?: MessagePort;
  /** Whether every byte of a message is written, or only those that are verified. */
  written: boolean;
  /** Buffers to be transferred, in the producer's hands at first; 0: each message is copied. */
  pool?: number;
}

const { role, count, length, written, ring: handle, port, pool = 0 } = workerData as BytesBenchData;
const content = blank(length);

function write(body: Uint8Array, n: number): void {
  if (written) body.set(content);
  mark(body, n);
}

const fill = (message: Writable<{ body: BytesColumn }>, n: number): void =>
  write(message.reserve('body', length), n);

const isRight = (body: Uint8Array, n: number): boolean =>
  isMarked(body, length, n) && (!written || body[length >> 1] === MIDDLE);

if (handle !== undefined) inRing(handle);
else if (pool === 0) posted(port!);
else transferred(port!);

function inRing(handle: RingHandle): void {
  const ring = openRing(handle, Message);
  if (role === 'producer') {
    const producer = ring.openProducer();
    let n = 0;
    onGo(() => {
      for (const end = n + count; n < end; n++) producer.publish(fill, n);
    });
    return;
  }
  const tally = new Tally(count);
  ready();
  ring.openConsumer('reader').run(({ body }) => tally.see(isRight(body, tally.next)));
}

function posted(port: MessagePort): void {
  if (role === 'producer') {
    const body = new Uint8Array(length);
    let n = 0;
    onGo(() => {
      for (const end = n + count; n < end; n++) {
        write(body, n);
        port.postMessage(body);
      }
    });
    return;
  }
  const tally = new Tally(count);
  port.on('message', (body: Uint8Array) => tally.see(isRight(body, tally.next)));
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
        write(body, n);
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
    tally.see(isRight(body, tally.next));
    port.postMessage(body, [body.buffer]);
  });
  ready();
}
