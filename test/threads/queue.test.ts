/** The queue on real threads. */
import { createQueue, type SharedQueue } from 'slipring/queue';
import { describe, expect, it } from 'vitest';
import type { QueueData } from '../../workers/test-queue.js';
import { worker } from './calls.js';
import { run } from './run.js';

interface Told {
  readonly values: readonly number[];
  readonly end: string;
}

const start = (queue: SharedQueue<number>, data: Partial<QueueData> = {}): Promise<Told> =>
  run<Told>(worker('test-queue'), { queue: queue.handle, ...data });

const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 1));
};

const sorted = (told: readonly Told[]): number[] =>
  told.flatMap(({ values }) => values).sort((a, b) => a - b);

describe.each([
  ['structured-clone', 'plain'],
  ['number', 'plain'],
  ['number', 'wasm'],
] as const)('a queue of %s, in %s memory', (values, memory) => {
  it.each([2, 64])(
    'hands all values in order from 1 putter to the only taker, capacity %d',
    async (capacity) => {
      const queue = createQueue<number>({ capacity, values, memory, maxThreads: 1 });
      const taker = start(queue);
      expect((await start(queue, { count: 2000 })).end).toBe('done');
      await queue.joinAsync();
      queue.close();
      expect(await taker).toEqual({
        end: 'ERR_QUEUE_CLOSED',
        values: Array.from({ length: 2000 }, (_, n) => n),
      });
    },
  );

  it.each([1, 8])(
    'hands each value of 2 putters to one of 2 takers, in each putter’s order, capacity %d',
    async (capacity) => {
      const queue = createQueue<number>({ capacity, values, memory, maxThreads: 3 });
      const takers = [start(queue), start(queue)];
      const putters = [start(queue, { count: 500 }), start(queue, { count: 500, from: 500 })];
      expect((await Promise.all(putters)).map(({ end }) => end)).toEqual(['done', 'done']);
      await queue.joinAsync();
      queue.close();
      const told = await Promise.all(takers);
      expect(told.map(({ end }) => end)).toEqual(['ERR_QUEUE_CLOSED', 'ERR_QUEUE_CLOSED']);
      expect(sorted(told)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
      for (const { values } of told)
        for (const mine of [values.filter((n) => n < 500), values.filter((n) => n >= 500)])
          expect(mine).toEqual([...mine].sort((a, b) => a - b));
    },
  );

  it.each([false, true])('ends takers that wait, and putters that wait, immediate: %s', async (immediate) => {
    const empty = createQueue<number>({ capacity: 2, values, memory });
    const takers = [start(empty), start(empty)];
    const full = createQueue<number>({ capacity: 2, values, memory });
    const putter = start(full, { count: 9 });
    await until(
      () => full.full && empty.ring.snapshot().consumers[0].workers.filter((w) => w.seated).length === 2,
    );
    empty.close({ immediate });
    full.close({ immediate });
    for (const { end, values } of await Promise.all(takers))
      expect([end, values]).toEqual(['ERR_QUEUE_CLOSED', []]);
    expect(await putter).toEqual({ end: 'ERR_QUEUE_CLOSED', values: [0, 1] });
    if (immediate) expect(() => full.tryGet()).toThrow(expect.objectContaining({ code: 'ERR_QUEUE_CLOSED' }));
    else expect([...full]).toEqual([0, 1]);
  });
});
