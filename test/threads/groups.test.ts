/** Groups and lossy consumers on real threads. */
import { type ConsumerGraph, createRing } from 'slipring';
import { describe, expect, it } from 'vitest';
import { Marked, MOST_MARKED } from '../../workers/marked.js';
import type { Waiting } from '../../workers/participant.js';
import { worker } from './calls.js';
import { run } from './run.js';

interface Flow {
  readonly graph: ConsumerGraph;
  /** Threads by consumer: for a group, one for each worker. */
  readonly consumers: readonly string[];
  readonly producers: number;
  readonly capacity: number;
  readonly waiting: Waiting;
  readonly longest: number;
  readonly count: number;
  readonly max: number;
}

/** Lets them publish and read to the end: what each consuming thread saw. */
async function seenBy(flow: Flow): Promise<number[][]> {
  const { graph, consumers, producers, capacity, waiting, longest, count, max } = flow;
  const ring = createRing(Marked, {
    capacity,
    producers,
    consumers: graph as Record<string, object>,
    firstSequence: 2 ** 30 - 100,
  });
  const thread = <T>(data: object): Promise<T> =>
    run<T>(worker('test-producers'), { ring: ring.handle, waiting, ...data });
  const consuming = consumers.map((name) => thread<number[]>({ name, max }));
  const publishing = Array.from({ length: producers }, (_, producer) =>
    thread<number>({ producer, count, longest, stay: Infinity }),
  );
  // Should one of them fail, the others would wait for ever.
  await Promise.race([
    Promise.all(publishing),
    Promise.all(consuming).then(() => expect.unreachable('consumers ended before the ring did')),
  ]);
  ring.close();
  const seen = await Promise.all(consuming);
  ring.drained({ timeoutMs: 0 });
  return seen;
}

const everything = (producers: number, count: number): number[] =>
  Array.from({ length: producers * count }, (_, i) => Math.floor(i / count) * MOST_MARKED + (i % count));

const sorted = (seen: readonly number[]): number[] => [...seen].sort((a, b) => a - b);

const waits = ['park', 'spin-park', 'async'] as const;
let turn = 0;

describe.each([
  ['alone', { work: { workers: 2 } }],
  ['before a consumer', { work: { workers: 2 }, behind: { after: ['work'] } }],
  ['after a consumer', { behind: {}, work: { workers: 2, after: ['behind'] } }],
] as const)('each event goes to one worker of a group %s, and every consumer sees all', (_, graph) => {
  for (const producers of [1, 2]) {
    for (const capacity of [1, 2, 8, 1024]) {
      const waiting = waits[turn % waits.length];
      const longest = turn % 2 === 0 ? 1 : Math.max(1, Math.min(5, capacity / 2));
      turn++;
      it(`${producers} producers, capacity ${capacity}, ${waiting}, claims of up to ${longest}`, async () => {
        const count = capacity > 8 ? 3000 : 200;
        const others = 'behind' in graph ? ['behind'] : [];
        const consumers = ['work', 'work', ...others];
        const flow = { graph: graph as ConsumerGraph, consumers, producers, capacity, waiting, longest };
        const [one, other, ...rest] = await seenBy({ ...flow, count, max: 16 });
        expect(sorted([...one, ...other])).toEqual(everything(producers, count));
        for (const seen of rest) expect(sorted(seen)).toEqual(everything(producers, count));
      });
    }
  }
});

describe('a lossy consumer', () => {
  it.each([
    [1, 1, 'park'],
    [2, 2, 'spin-park'],
    [2, 64, 'async'],
  ] as const)(
    'of %d producers, capacity %d, %s, sees some of what another consumer sees, in its order',
    async (producers, capacity, waiting) => {
      const [screen, journal] = await seenBy({
        graph: { screen: { lossy: true }, journal: {} },
        consumers: ['screen', 'journal'],
        producers,
        capacity,
        waiting,
        longest: 1,
        count: 1000,
        max: 4,
      });
      expect(sorted(journal)).toEqual(everything(producers, 1000));
      let at = -1;
      for (const id of screen) {
        const next = journal.indexOf(id, at + 1);
        expect(next).toBeGreaterThan(at);
        at = next;
      }
    },
  );
});
