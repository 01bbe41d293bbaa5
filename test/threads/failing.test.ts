/** Handlers that throw on real threads, with producers blocked behind them. */
import { type ConsumerGraph, createRing, type OnError, type Ring } from 'slipring';
import { describe, expect, it } from 'vitest';
import { fillMarked, Marked, type MarkedFields, MOST_MARKED } from '../../workers/marked.js';
import type { FailingData, Ran, Told } from '../../workers/test-failing.js';
import { worker } from './calls.js';
import { run, start } from './run.js';

const count = 100;
const everything = (producers: number): number[] =>
  Array.from({ length: producers * count }, (_, i) => Math.floor(i / count) * MOST_MARKED + (i % count));
const sorted = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b);

function newRing(
  producers: number,
  capacity: number,
  consumers: ConsumerGraph = ['reader'],
): Ring<MarkedFields> {
  return createRing(Marked, { capacity, producers, consumers: consumers as readonly string[] });
}

const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Producing threads, which tell what they are told, and go on when they may. */
function producing(ring: Ring<MarkedFields>, producers: number) {
  const goOn = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from({ length: producers }, (_, producer) =>
    start(worker('test-failing'), { ring: ring.handle, producer, count, goOn } satisfies FailingData),
  );
  return {
    next: () => Promise.all(threads.map((thread) => thread.next())),
    goOn(): void {
      Atomics.store(goOn, 0, 1);
      Atomics.notify(goOn, 0);
    },
  };
}

const consuming = (
  ring: Ring<MarkedFields>,
  onError: OnError<MarkedFields>,
  every: number,
  times: number,
  name = 'reader',
): Promise<Ran> =>
  run<Ran>(worker('test-failing'), { ring: ring.handle, name, onError, every, times } satisfies FailingData);

describe.each([
  [1, 1],
  [1, 4],
  [2, 4],
])('%d producers, capacity %d', (producers, capacity) => {
  it("'stop': whoever is blocked by it is told why, and goes on when another has the seat; nothing is lost", async () => {
    const ring = newRing(producers, capacity);
    const threads = producing(ring, producers);
    const failed = await consuming(ring, 'stop', 8, 1);
    expect(failed).toMatchObject({ throws: 1, error: 'no paper for 7' });
    expect(failed.ids).toHaveLength(7);
    const told = (await threads.next()) as Told[];
    for (const one of told) {
      expect(one).toMatchObject({ consumer: 'reader', sequence: 7 });
      expect(one.message).toContain('no paper for 7');
    }
    const rest = consuming(ring, 'stop', Infinity, 0);
    // Opened by now or not: who comes too early is told again, unless it waits for its turn.
    while (ring.snapshot().consumers[0].failed !== undefined) await loopTurn();
    threads.goOn();
    expect(await threads.next()).toEqual(Array(producers).fill('done'));
    ring.close();
    const { ids, error } = await rest;
    expect(error).toBeUndefined();
    expect(sorted([...failed.ids, ...ids])).toEqual(everything(producers));
  });

  it("'skip': passes over each event that throws, and everybody goes on", async () => {
    const ring = newRing(producers, capacity);
    const threads = producing(ring, producers);
    const ran = consuming(ring, 'skip', 5, Infinity);
    expect(await threads.next()).toEqual(Array(producers).fill('done'));
    ring.close();
    const { ids, throws, skipped, error } = await ran;
    const wrong = (producers * count) / 5;
    expect({ throws, skipped, error }).toEqual({ throws: wrong, skipped: wrong, error: undefined });
    expect(new Set(ids).size).toBe(producers * count - wrong);
  });

  it.each(['event', 'batch'] as const)(
    '{ retry, what: %j }: every event is handled in the end',
    async (what) => {
      const ring = newRing(producers, capacity);
      const threads = producing(ring, producers);
      const ran = consuming(ring, { retry: 2, pauseMs: 1, what }, 9, 2);
      expect(await threads.next()).toEqual(Array(producers).fill('done'));
      ring.close();
      const { ids, throws, skipped, error } = await ran;
      expect({ throws, skipped, error }).toEqual({
        throws: 2 * Math.floor((producers * count) / 9),
        skipped: 0,
        error: undefined,
      });
      expect([...new Set(sorted(ids))]).toEqual(everything(producers));
      if (what === 'event') expect(ids).toHaveLength(producers * count);
    },
  );
});

describe('{ retry, then: stop }', () => {
  it('tells the producer once all attempts have failed, and not before', async () => {
    const ring = newRing(1, 2);
    const threads = producing(ring, 1);
    const { ids, throws, error } = await consuming(ring, { retry: 3, pauseMs: 1, then: 'stop' }, 6, Infinity);
    expect({ handled: ids.length, throws, error }).toEqual({
      handled: 5,
      throws: 4,
      error: 'no paper for 5',
    });
    expect(await threads.next()).toMatchObject([{ consumer: 'reader', sequence: 5 }]);
    const rest = consuming(ring, 'stop', Infinity, 0);
    while (ring.snapshot().consumers[0].failed !== undefined) await loopTurn();
    threads.goOn();
    expect(await threads.next()).toEqual(['done']);
    ring.close();
    expect(sorted([...ids, ...(await rest).ids])).toEqual(everything(1));
  });
});

describe('a lossy consumer that fails', () => {
  it('holds producers up by the event that it has begun, tells them why, and misses what they drop after', async () => {
    const ring = newRing(1, 1, { screen: { lossy: true } });
    {
      using producer = ring.openProducer();
      for (let number = 0; number < 3; number++) producer.tryPublish(fillMarked, 7, number);
    }
    const { ids, error, missed } = await consuming(ring, 'stop', 1, 1, 'screen');
    expect({ ids, error, missed }).toEqual({ ids: [], error: 'no paper for 2', missed: 2 });
    const threads = producing(ring, 1);
    const [told] = (await threads.next()) as [Told];
    expect(told).toMatchObject({ consumer: 'screen', sequence: 2 });
    expect(told.message).toContain('no paper for 2');
    const rest = consuming(ring, 'stop', Infinity, 0, 'screen');
    while (ring.snapshot().consumers[0].failed !== undefined) await loopTurn();
    threads.goOn();
    expect(await threads.next()).toEqual(['done']);
    ring.close();
    const seen = await rest;
    // The event that was in hand comes first; of the others, each was seen or missed.
    expect(seen.ids[0]).toBe(7 * MOST_MARKED + 2);
    expect(seen.ids.length - 1 + seen.missed).toBe(count);
  });
});
