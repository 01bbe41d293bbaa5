/** ringbuf.js: three numbers a trade. It cannot wait: both ends spin. */
import { RingBuffer } from 'ringbuf.js';
import type { Link } from './link.js';

export interface RingbufLink {
  kind: 'ringbuf';
  storage: SharedArrayBuffer;
  /** Trades a call. */
  batch: number;
}

export function ringbufLink({ storage, batch }: RingbufLink): Link {
  const ring = new RingBuffer(storage, Float64Array);
  const scratch = new Float64Array(batch * 3);
  const pushAll = (length: number): void => {
    for (let sent = 0; sent < length; ) sent += ring.push(scratch, length - sent, sent);
  };
  return {
    send(id, price, quantity) {
      scratch[0] = id;
      scratch[1] = price;
      scratch[2] = quantity;
      pushAll(3);
    },
    sendMany(first, count) {
      for (let at = 0, n = first; n < first + count; at += 3, n++) {
        scratch[at] = n;
        scratch[at + 1] = n * 0.5;
        scratch[at + 2] = n & 1023;
      }
      pushAll(count * 3);
    },
    take(see) {
      let length = 0;
      while ((length = ring.pop(scratch)) === 0);
      for (let at = 0; at < length; at += 3) see(scratch[at], scratch[at + 1], scratch[at + 2]);
    },
  };
}
