/** A benchmark's producer on a thread-stream: lines of trades, so many a write, or texts of a fixed length. It waits when it is told to. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type MessagePort, workerData } from 'node:worker_threads';
import type ThreadStream from 'thread-stream';
import { onGo } from './bench-rounds.js';
import { textOf } from './texts.js';

export interface ThreadStreamData {
  count: number;
  batch: number;
  /** Characters a message; 0 for lines of trades. */
  length: number;
  /** Where the other end reports. */
  port: MessagePort;
}

const { count, batch, length, port } = workerData as ThreadStreamData;
const Stream = createRequire(import.meta.url)('thread-stream') as typeof ThreadStream;
const stream = new Stream({
  filename: new URL('thread-stream-sink.js', import.meta.url).href,
  workerData: { port, count, length },
  workerOpts: { transferList: [port] },
});
stream.on('error', (error: Error) => {
  throw error;
});
await once(stream, 'ready');

let next = 0;
onGo(async () => {
  for (const end = next + count; next < end; next += batch) {
    let text = length === 0 ? '' : textOf(next, length);
    if (length === 0) for (let n = next; n < next + batch; n++) text += `${n},${n * 0.5},${n & 1023}\n`;
    if (!stream.write(text)) await once(stream, 'drain');
  }
});
