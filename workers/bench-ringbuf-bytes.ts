/** A benchmark's producer or consumer of messages of bytes on ringbuf.js: a length of four bytes, then the bytes. Both ends spin. */
import { parentPort, workerData } from 'node:worker_threads';
import { RingBuffer } from 'ringbuf.js';
import { now, onGo, ready, report } from './bench-rounds.js';
import { isMarked, mark } from './marks.js';

export interface RingbufBytesData {
  role: 'producer' | 'consumer';
  storage: SharedArrayBuffer;
  count: number;
  length: number;
}

const { role, storage, count, length } = workerData as RingbufBytesData;
const ring = new RingBuffer(storage, Uint8Array);
const header = new Uint8Array(4);
const size = new DataView(header.buffer);
const body = new Uint8Array(length);
let n = 0;

if (role === 'producer') {
  onGo(() => {
    for (const end = n + count; n < end; n++) {
      mark(body, n);
      size.setUint32(0, length);
      while (ring.availableWrite() < 4 + length);
      ring.push(header);
      ring.push(body);
    }
  });
} else {
  // It cannot park, and would take a core from the others between its rounds.
  parentPort!.on('message', () => {
    let wrong = 0;
    for (const end = n + count; n < end; n++) {
      while (ring.availableRead() < 4);
      ring.pop(header);
      const coming = size.getUint32(0);
      while (ring.availableRead() < coming);
      ring.pop(body, coming);
      if (!isMarked(body, coming, n)) wrong++;
    }
    report(now(), wrong === 0 ? undefined : `${wrong} messages were not what was sent`);
  });
  ready();
}
