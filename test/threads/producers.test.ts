import { type ConsumerGraph, createRing } from 'slipring';
import { describe, expect, it } from 'vitest';
import { Marked, MOST_MARKED } from '../../workers/marked.js';
import type { Waiting } from '../../workers/participant.js';
import type { MarkedData } from '../../workers/test-producers.js';
import { worker } from './calls.js';
import { run } from './run.js';

const graphs = {
  'one consumer': ['only'],
  'two consumers side by side': ['left', 'right'],
  'a chain of two': { first: {}, second: { after: ['first'] } },
} satisfies Record<string, ConsumerGraph>;

interface Flow {
  readonly graph?: ConsumerGraph;
  readonly producers: number;
  readonly capacity: number;
  readonly waiting: Waiting;
  readonly longest: number;
  readonly count: number;
  readonly stay?: number;
  readonly max?: number;
  readonly firstSequence: number;
  readonly memory?: 'plain' | 'wasm';
}

/** Lets them publish and read to the end; then every consumer has seen everything once, in the same order, and each producer's in its own. */
async function everyoneSeesTheSame(flow: Flow): Promise<void> {
  const { graph = ['only'], producers, capacity, waiting, longest, count, firstSequence } = flow;
  const { stay = Infinity, max = capacity, memory = 'plain' } = flow;
  const ring = createRing(Marked, {
    capacity,
    producers,
    consumers: graph as readonly string[],
    firstSequence,
    memory,
  });
  const thread = <T>(data: DistributiveOmit<MarkedData, 'ring' | 'waiting'>): Promise<T> =>
    run<T>(worker('test-producers'), { ring: ring.handle, waiting, ...data });
  const consuming = ring.consumerNames.map((name) => thread<number[]>({ name, max }));
  const publishing = Array.from({ length: producers }, (_, producer) =>
    thread<number>({ producer, count, longest, stay }),
  );
  // Should one of them fail, the others would wait for ever.
  const published = await Promise.race([
    Promise.all(publishing),
    Promise.all(consuming).then(() => expect.unreachable('consumers ended before the ring did')),
  ]);
  expect(published).toEqual(Array(producers).fill(count));
  ring.close();
  const [seen, ...others] = await Promise.all(consuming);
  for (const other of others) expect(other).toEqual(seen);
  expect(seen).toHaveLength(producers * count);
  for (let producer = 0; producer < producers; producer++) {
    expect(
      seen.filter((id) => Math.floor(id / MOST_MARKED) === producer).map((id) => id % MOST_MARKED),
    ).toEqual([...Array(count).keys()]);
  }
  ring.drained({ timeoutMs: 0 });
  expect([ring.remaining, ring.snapshot().producers.some(({ seated }) => seated)]).toEqual([capacity, false]);
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const waits = ['park', 'spin-park', 'async'] as const;
const starts = [2 ** 29 - 50, 2 ** 30 - 50, 3 * 2 ** 28 - 50, 2 ** 26 - 50];
let turn = 0;

describe.each(Object.entries(graphs))(
  'with %s, every event of every producer is seen once, in one order for all',
  (_, graph) => {
    for (const producers of [2, 3]) {
      for (const capacity of [1, 2, 4, 1024]) {
        const waiting = waits[turn % waits.length];
        const firstSequence = starts[turn % starts.length];
        const longest = (turn + (turn >> 2)) % 2 === 0 ? 1 : Math.max(1, Math.min(7, capacity / 2));
        turn++;
        it(`${producers} producers, capacity ${capacity}, ${waiting}, claims of up to ${longest}`, async () => {
          const count = capacity > 4 ? 3000 : 200;
          await everyoneSeesTheSame({ graph, producers, capacity, waiting, longest, count, firstSequence });
        });
      }
    }
  },
);

describe('producers that come and go', () => {
  it.each([
    ['park', 2, 1],
    ['async', 4, 2],
    ['spin-park', 64, 16],
  ] as const)('%s, capacity %i, claims of up to %i: nothing is lost, nothing comes twice', async (...how) => {
    const [waiting, capacity, longest] = how;
    await everyoneSeesTheSame({
      graph: ['left', 'right'],
      producers: 3,
      capacity,
      waiting,
      longest,
      count: 400,
      stay: 10,
      firstSequence: 2 ** 32 - 200,
    });
  });
});

describe('batches that end inside claims', () => {
  it.each([1, 3])('of at most %i: the stages after find the rest (B-20)', async (max) => {
    await everyoneSeesTheSame({
      graph: graphs['a chain of two'],
      producers: 2,
      capacity: 16,
      waiting: 'park',
      longest: 8,
      count: 1000,
      max,
      firstSequence: 2 ** 30 - 700,
    });
  });
});

it('spinning, two producers and a consumer pass their events', async () => {
  await everyoneSeesTheSame({
    producers: 2,
    capacity: 1024,
    waiting: 'spin',
    longest: 5,
    count: 3000,
    firstSequence: 2 ** 52,
  });
});

describe('in WebAssembly memory', () => {
  it.each([
    ['park', 1, 1],
    ['async', 2, 1],
    ['spin-park', 1024, 7],
  ] as const)('%s, capacity %i, claims of up to %i: the same', async (waiting, capacity, longest) => {
    const count = capacity > 4 ? 3000 : 200;
    const firstSequence = 2 ** 30 - 50;
    const graph = graphs['a chain of two'];
    await everyoneSeesTheSame({
      graph,
      producers: 2,
      capacity,
      waiting,
      longest,
      count,
      firstSequence,
      memory: 'wasm',
    });
  });
});
