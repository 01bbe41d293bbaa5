/** When a consumer leaves the ring alone for a while before it looks again. A rest ends with `Atomics.pause`, where there is one: those are counted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRing } from 'slipring';
import { atOnce, fillTick, Tick } from './support.js';

const platform = Atomics as { pause?: (() => void) | undefined };
const own = Object.getOwnPropertyDescriptor(Atomics, 'pause');
let rests = 0;

beforeEach(() => {
  rests = 0;
  Object.defineProperty(platform, 'pause', { value: () => rests++, configurable: true, writable: true });
});
afterEach(() => {
  if (own === undefined) delete platform.pause;
  else Object.defineProperty(platform, 'pause', own);
});

const CAPACITY = 1024;
const kinds = {
  'a consumer': { consumers: { reader: {} } },
  'a consumer of several producers': { producers: 2, consumers: { reader: {} } },
  'a worker': { consumers: { reader: { workers: 2 } } },
  'a lossy consumer': { consumers: { reader: { lossy: true } } },
} as const;

describe.each(Object.entries(kinds))('%s', (_, options) => {
  it('takes what it knows to be there in bounded batches without a rest between them', () => {
    const ring = createRing(Tick, { capacity: CAPACITY, ...options });
    const consumer = ring.openConsumer('reader', { wait: 'park', ...atOnce });
    const producer = ring.openProducer();
    producer.publishBatch([...Array(512).keys()], fillTick);
    for (let taken = 0; taken < 384;) {
      const batch = consumer.take({ max: 4 })!;
      taken += batch.length;
      batch.release();
    }
    expect(rests).toBe(0);
  });

  it('rests between looks that find little', () => {
    const ring = createRing(Tick, { capacity: CAPACITY, ...options });
    const consumer = ring.openConsumer('reader', { wait: 'park', ...atOnce });
    const producer = ring.openProducer();
    for (let look = 0; look < 8; look++) {
      producer.publishBatch([1, 2, 3], fillTick);
      consumer.take({ max: 64 })!.release();
    }
    expect(rests).toBeGreaterThan(0);
  });
});
