/** A benchmark's producer or consumer of values: through a queue, or posted; one by one, or so many at a time. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { openQueue, type QueueHandle } from 'slipring/queue';
import { onGo, ready, Tally } from './bench-rounds.js';

export interface QueueBenchData {
  role: 'producer' | 'consumer';
  /** Values a round. */
  count: number;
  /** A queue, or a port. */
  queue?: QueueHandle;
  port?: MessagePort;
  what: 'objects' | 'numbers';
  /** Values a call, or a message. */
  batch: number;
}

interface Order {
  id: number;
  symbol: string;
  price: number;
  quantity: number;
}

const SYMBOLS = ['ACME', 'BOLT', 'CORK', 'DUNE', 'ECHO', 'FERN', 'GALE', 'HULL'];

const values = {
  objects: {
    of: (n: number): Order => ({ id: n, symbol: SYMBOLS[n & 7], price: n * 0.5, quantity: n & 1023 }),
    is: ({ id, symbol, price, quantity }: Order, n: number): boolean =>
      id === n && symbol === SYMBOLS[n & 7] && price === n * 0.5 && quantity === (n & 1023),
  },
  numbers: {
    of: (n: number): number => n * 0.5,
    is: (value: number, n: number): boolean => value === n * 0.5,
  },
};

const { role, count, queue: handle, port, what, batch } = workerData as QueueBenchData;
const { of, is } = values[what] as {
  of: (n: number) => unknown;
  is: (value: unknown, n: number) => boolean;
};

if (role === 'producer') {
  let n = 0;
  const many = (): unknown[] => Array.from({ length: batch }, (_, offset) => of(n + offset));
  if (handle !== undefined) {
    const queue = openQueue(handle);
    onGo(() => {
      const end = n + count;
      if (batch === 1) for (; n < end; n++) queue.put(of(n));
      else for (; n < end; n += batch) queue.putMany(many());
    });
  } else {
    onGo(() => {
      const end = n + count;
      if (batch === 1) for (; n < end; n++) port!.postMessage(of(n));
      else for (; n < end; n += batch) port!.postMessage(many());
    });
  }
} else {
  const tally = new Tally(count);
  const see = (value: unknown): void => tally.see(is(value, tally.next));
  if (handle !== undefined) {
    const queue = openQueue(handle);
    ready();
    if (batch === 1) for (;;) see(queue.get());
    else for (;;) queue.getMany(batch).forEach(see);
  } else {
    if (batch === 1) port!.on('message', see);
    else port!.on('message', (values: unknown[]) => values.forEach(see));
    ready();
  }
}
