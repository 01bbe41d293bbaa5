import { createRing, openRing } from 'slipring';
import { describe, expect, it } from 'vitest';
import type { Watched } from '../../workers/test-watch.js';
import { checkTrade, fillTrade, Trade } from '../../workers/trade.js';
import { calling, worker } from './calls.js';
import { participate, run } from './run.js';

const graph = { a: {}, b: { after: ['a'] }, c: {} } as const;
const names = ['a', 'b', 'c'];
const epoch = 2 ** 28;

describe('B-25: under load, a snapshot never leaves the bounds of the ring', () => {
  it.each([
    ['one by one', 1, 1, 3000],
    ['one by one', 4, 1, 20_000],
    ['in claims of the whole ring', 4, 4, 20_000],
    ['in claims of 100', 1024, 100, 200_000],
  ])('published %s, capacity %i', async (_, capacity, batch, count) => {
    const first = 2 ** 30 - Math.floor(count / 2);
    const ring = createRing(Trade, { capacity, consumers: graph, firstSequence: first });
    const data = { ring: ring.handle, waiting: 'spin-park', count } as const;
    const [watched, ...counts] = await Promise.all([
      run<Watched>(worker('test-watch'), { ring: ring.handle, first, last: first + count }),
      participate({ ...data, batch, close: true }),
      ...names.map((name) => participate({ ...data, name, batch: 0, close: false })),
    ]);
    expect(counts).toEqual(Array(4).fill(count));
    expect(watched.wrong).toEqual([]);
    expect(watched.snapshots).toBeGreaterThan(0);
    expect(ring.snapshot().published).toBe(first + count);
  });
});

describe('across the boundary of an epoch, under load', () => {
  it.each([
    [1, 1],
    [3, 4],
    [4, 1024],
    [2 ** 12, 2],
  ])('%i, capacity %i: one producer after another goes on at the same sequence', async (epochs, capacity) => {
    const count = 4000;
    const first = epochs * epoch - 1500;
    const ring = createRing(Trade, { capacity, consumers: graph, firstSequence: first });
    const producing = calling({
      ring: ring.handle,
      wait: 'spin-park',
      // Each call takes the seat anew, and knows nothing of the count of the one before.
      calls: [
        { do: 'publish', with: 1000 },
        { do: 'publishBatch', with: 1000 },
        { do: 'publish', with: 1000 },
        { do: 'publishBatch', with: 1000 },
        { do: 'close' },
      ],
    });
    const [watched, ...counts] = await Promise.all([
      run<Watched>(worker('test-watch'), { ring: ring.handle, first, last: first + count }),
      ...names.map((name) =>
        participate({ ring: ring.handle, waiting: 'park', count, name, batch: 0, close: false }),
      ),
    ]);
    for (let call = 0; call < 4; call++) expect(await producing.next()).toEqual({ value: 1000 });
    expect(counts).toEqual([count, count, count]);
    expect(watched.wrong).toEqual([]);
    expect(openRing(ring.handle, Trade).snapshot()).toMatchObject({
      published: first + count,
      closed: true,
      consumers: names.map((name) => ({ name, position: first + count, lag: 0 })),
    });
  });

  it('a successor knows where it is, wherever the one before it stopped', () => {
    for (let before = -2; before <= 2; before++) {
      const first = 3 * epoch + before - 4;
      const ring = createRing(Trade, { capacity: 4, consumers: ['a'], firstSequence: first });
      for (let n = 0; n < 10; n++) {
        using opened = openRing(ring.handle, Trade);
        const producer = opened.openProducer();
        expect(producer.next).toBe(first + n);
        producer.tryPublish(fillTrade, first + n);
        const consumer = opened.openConsumer('a');
        expect(consumer.next).toBe(first + n);
        expect(consumer.poll(checkTrade)).toBe(1);
      }
    }
  });
});
