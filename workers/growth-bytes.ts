/**
 * A benchmark's producer or consumer of messages of so many bytes, one at a time: on a ring, where the producer copies them in and the
 * consumer reads them in place, or on a port. Each carries its number at both ends, and every byte is compared with what was sent.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { now, onGo, ready, report } from './bench-rounds.js';
import { Message } from './growth-events.js';

export interface BytesData {
  role: 'producer' | 'consumer';
  /** Bytes a message: at least 8. */
  size: number;
  /** Messages a round. */
  count: number;
  ring?: RingHandle;
  port?: MessagePort;
}

/** Bytes that do not look alike, with room for the number at both ends. */
function pattern(size: number): { body: Uint8Array; number(n: number): void } {
  const body = Uint8Array.from({ length: size }, (_, i) => (i * 2_654_435_761) >>> 24);
  const view = new DataView(body.buffer);
  return {
    body,
    number(n) {
      view.setUint32(0, n);
      view.setUint32(size - 4, n);
    },
  };
}

function start({ role, size, count, ring: handle, port }: BytesData): void {
  const ring = handle && openRing(handle, Message);
  const sent = pattern(size);
  let next = 0;
  if (role === 'producer') {
    const producer = ring?.openProducer();
    const fill = (message: { body: Uint8Array }): void => {
      message.body = sent.body;
    };
    onGo(() => {
      for (const end = next + count; next < end; next++) {
        sent.number(next);
        if (producer === undefined) port!.postMessage(sent.body);
        else producer.publish(fill);
      }
    });
    return;
  }
  let wrong: string | undefined;
  const see = (body: Uint8Array): void => {
    sent.number(next++);
    if (Buffer.compare(body, sent.body) !== 0) wrong ??= `message ${next - 1} is not the one that was sent`;
    if (next % count === 0) report(now(), wrong);
  };
  const consumer = ring?.openConsumer('reader');
  port?.on('message', see);
  ready();
  consumer?.run(({ body }) => see(body));
}

start(workerData as BytesData);
