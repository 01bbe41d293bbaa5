/** A thread that counts how often it looks at a ring's words, and tells when it sleeps: what a waiter costs, without a clock. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RingHandle } from 'slipring';

/** Words of `counts`. */
export const LOOKS = 0;
export const SLEEPS = 1;
export const ASLEEP = 2;
export const DONE = 3;

export interface LooksData {
  readonly ring: RingHandle;
  readonly counts: SharedArrayBuffer;
  readonly does: 'consume' | 'produce' | 'drained' | 'processed';
  readonly name?: string;
  readonly wait: 'park' | 'spin-park';
  readonly count: number;
}

if (parentPort !== null) {
  const data = workerData as LooksData;
  const counts = new Int32Array(data.counts);
  const { load, wait } = Atomics;
  const ours = (words: { readonly buffer: unknown }): boolean => words.buffer === data.ring.buffer;

  // Before the library is loaded; it calls Atomics where it uses them.
  Atomics.load = ((words: Int32Array, index: number) => {
    if (ours(words)) Atomics.add(counts, LOOKS, 1);
    return load(words, index);
  }) as typeof load;
  // Time wakes nobody here, only others do: what is counted is no matter of how fast this machine is.
  Atomics.wait = ((words: Int32Array, index: number, value: number, timeoutMs?: number) => {
    if (!ours(words)) return wait(words, index, value, timeoutMs);
    Atomics.add(counts, SLEEPS, 1);
    Atomics.store(counts, ASLEEP, 1);
    try {
      return wait(words, index, value);
    } finally {
      Atomics.store(counts, ASLEEP, 0);
    }
  }) as typeof wait;

  const { openRing } = await import('slipring');
  const { checkTrade, fillTrade, Trade } = await import('./trade.js');
  const ring = openRing(data.ring, Trade);
  const options = { wait: data.wait };
  const done = (): void => void Atomics.add(counts, DONE, 1);
  if (data.does === 'consume') {
    ring.openConsumer(data.name!, options).run((trade, sequence) => {
      checkTrade(trade, sequence);
      done();
    });
  } else if (data.does === 'produce') {
    const producer = ring.openProducer(options);
    for (let n = 0; n < data.count; n++) {
      producer.publish(fillTrade, producer.next);
      done();
    }
  } else if (data.does === 'drained') {
    ring.drained(options);
  } else {
    ring.processed(data.count, options);
  }
  parentPort.postMessage('done');
}
