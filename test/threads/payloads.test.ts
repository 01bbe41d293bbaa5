/** Payloads of any length on real threads. */
import { Worker } from 'node:worker_threads';
import { type ConsumerGraph, createRing, openRing } from 'slipring';
import { supervise } from 'slipring/node';
import { describe, expect, it } from 'vitest';
import { Message, MOST_MESSAGES } from '../../workers/message.js';
import type { PayloadsData } from '../../workers/test-payloads.js';
import { worker } from './calls.js';
import { run } from './run.js';

const file = worker('test-payloads');

interface Flow extends Pick<PayloadsData, 'waiting' | 'longest' | 'by'> {
  readonly graph: ConsumerGraph;
  /** Threads by consumer: for a group, one for each worker. */
  readonly consumers: readonly string[];
  readonly producers: number;
  readonly capacity: number;
  readonly arenaBytes: number;
  readonly count: number;
}

async function seenBy(flow: Flow): Promise<number[][]> {
  const { graph, consumers, producers, capacity, arenaBytes, count, waiting, longest, by } = flow;
  const ring = createRing(Message, {
    capacity,
    producers,
    arenaBytes,
    consumers: graph as Record<string, object>,
    firstSequence: 2 ** 30 - 100,
  });
  const thread = <T>(data: Partial<PayloadsData>): Promise<T> =>
    run<T>(file, { ring: ring.handle, waiting, longest, ...data });
  const consuming = consumers.map((name) => thread<number[]>({ name }));
  const publishing = Array.from({ length: producers }, (_, producer) =>
    thread<number>({ producer, count, ...(by && { by }) }),
  );
  // Should one of them fail, the others would wait for ever.
  await Promise.race([
    Promise.all(publishing),
    Promise.all(consuming).then(() => expect.unreachable('consumers ended before the ring did')),
  ]);
  ring.close();
  return Promise.all(consuming);
}

const everything = (producers: number, count: number): number[] =>
  Array.from({ length: producers * count }, (_, i) => Math.floor(i / count) * MOST_MESSAGES + (i % count));

const sorted = (seen: readonly number[]): number[] => [...seen].sort((a, b) => a - b);

describe.each([
  ['a chain', { one: {}, two: { after: ['one'] } }, ['one', 'two']],
  ['a group before a consumer', { work: { workers: 2 }, two: { after: ['work'] } }, ['work', 'work', 'two']],
  ['a lossy consumer beside another', { screen: { lossy: true }, two: {} }, ['screen', 'two']],
] as const)('payloads arrive as they were written, in %s', (_, graph, consumers) => {
  it.each([
    // An arena that holds two or three, one that wraps often, one that never is full.
    [1, 16, 256, 'park', 'one'],
    [2, 16, 256, 'park', 'batch'],
    [1, 4, 1024, 'async', 'one'],
    [2, 4, 1024, 'async', 'batch'],
    [2, 64, 512, 'spin-park', 'claim'],
    [2, 64, 65_536, 'spin-park', 'one'],
  ] as const)(
    'from %d producers, capacity %d, arenas of %d bytes, %s, by %s',
    async (producers, capacity, arenaBytes, waiting, by) => {
      const count = 300;
      const seen = await seenBy({
        graph: graph,
        consumers,
        producers,
        capacity,
        arenaBytes,
        waiting,
        by,
        longest: 60,
        count,
      });
      const all = everything(producers, count);
      expect(sorted(seen.at(-1)!)).toEqual(all);
      const first = sorted(seen.slice(0, -1).flat());
      if (consumers[0] === 'screen') expect(first.every((id) => all.includes(id))).toBe(true);
      else expect(first).toEqual(all);
    },
  );
});

describe('a producer that dies', () => {
  it.each([
    [1, 'with a claim'],
    [2, 'with a claim'],
    [1, 'waiting for bytes'],
    [2, 'waiting for bytes'],
  ] as const)(
    'one of %d, %s, leaves its payloads to be read, and its arena to the next once they were',
    async (producers, dies) => {
      // Its arena holds one or two messages besides what it dies with.
      const ring = createRing(Message, { capacity: 8, producers, arenaBytes: 256, consumers: ['reader'] });
      const worker = new Worker(file, {
        workerData: { ring: ring.handle, waiting: 'park', longest: 0, count: 3, dies } satisfies PayloadsData,
      });
      using supervision = supervise(worker, openRing(ring.handle, Message));
      worker.once('message', () => void worker.terminate());
      await supervision.done;
      using heir = ring.openProducer();
      const fill = (message: { id: number; body: Uint8Array }, id: number): void => {
        message.id = id;
        message.body = new Uint8Array(128).fill(id);
      };
      using consumer = ring.openConsumer('reader');
      const names: string[] = [];
      while (names.length < 3) {
        expect(heir.tryPublish(fill, 77)).toBeUndefined();
        expect(consumer.poll(({ name }) => names.push(name), { max: 1 })).toBe(1);
      }
      expect(names.slice(0, 3)).toEqual(['0:', '1:é', '2:éé']);
      // What else it published before it died, waiting for bytes.
      while (consumer.poll(({ name }) => expect(name).toBe('3:ééé')) > 0);
      expect(heir.tryPublish(fill, 78)).toBeDefined();
      expect(consumer.poll(({ id, body }) => expect([id, body[127]]).toEqual([78, 78]))).toBe(1);
    },
  );
});
