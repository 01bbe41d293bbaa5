/** What a claim costs does not grow with its length: its calls of `Atomics`, counted on one thread. */
import { createRing } from 'slipring';
import { afterEach, expect, it, vi } from 'vitest';
import { Tick } from './support.js';

const CAPACITY = 1024;
const operations = ['load', 'store', 'exchange', 'compareExchange', 'add', 'or', 'and', 'notify'] as const;

/** Where the stamps are not renewed (`renews` in src/core/stamps.ts), nor an epoch crossed. */
const firstSequence = 10 * CAPACITY;

afterEach(() => vi.restoreAllMocks());

/** Calls of a claim that need not look for room, by who publishes it and by who reads it, once each lap has such claims. */
function callsOf(producers: number, length: number): { publishing: number; reading: number } {
  const ring = createRing(Tick, { capacity: CAPACITY, producers, consumers: ['reader'], firstSequence });
  const producer = ring.openProducer();
  const reader = ring.openConsumer('reader');
  const publish = (): void => void producer.claim(length).commit();
  const read = (): void => void reader.poll(() => {});
  for (let n = 0; n < (2 * CAPACITY) / length; n++) {
    publish();
    read();
  }
  const spies = operations.map((name) => vi.spyOn(Atomics, name));
  const callsIn = (does: () => void): number => {
    for (const spy of spies) spy.mockClear();
    does();
    return spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  };
  const each = Array.from({ length: 4 }, () => ({ publishing: callsIn(publish), reading: callsIn(read) }));
  vi.restoreAllMocks();
  return {
    publishing: Math.min(...each.map(({ publishing }) => publishing)),
    reading: Math.min(...each.map(({ reading }) => reading)),
  };
}

it.each([
  // The exchange; a look, and the release.
  [1, { publishing: 1, reading: 2 }],
  // What it intends, the claim, the stamp; that stamp, the next one, and the release.
  [3, { publishing: 3, reading: 3 }],
])(
  'a claim of any length is published, and read, in as many calls as one event, of %i producers',
  (...each) => {
    const [producers, calls] = each;
    for (const length of [1, 2, 8, 64]) expect(callsOf(producers, length)).toEqual(calls);
  },
);
