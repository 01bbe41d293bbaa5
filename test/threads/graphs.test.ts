import { createRing, type ConsumerGraph, type RingHandle } from 'slipring';
import { describe, expect, it } from 'vitest';
import type { Waiting } from '../../workers/participant.js';
import { Trade } from '../../workers/trade.js';
import { participate } from './run.js';

const graphs = {
  'one consumer': ['only'],
  'three side by side': ['left', 'middle', 'right'],
  'a chain of three': { first: {}, second: { after: ['first'] }, third: { after: ['second'] } },
  'a diamond': {
    source: {},
    left: { after: ['source'] },
    right: { after: ['source'] },
    join: { after: ['left', 'right'] },
  },
} satisfies Record<string, ConsumerGraph>;

const justBelowTheSignChange = 2 ** 29 - 3;
const justBelowTheWrap = 2 ** 30 - 3;
const justBelowAnEpoch = 3 * 2 ** 28 - 3;
const far = 2 ** 40 - 5;

function ringOf(graph: ConsumerGraph, capacity: number, firstSequence: number) {
  const ring = createRing(Trade, { capacity, consumers: graph as readonly string[], firstSequence });
  return { ring, names: ring.consumerNames };
}

async function everyoneSeesEverything(
  handle: RingHandle,
  names: readonly string[],
  count: number,
  waiting: Waiting,
  batch = 1,
  lockstep?: number,
) {
  const seen = await Promise.all([
    participate({
      ring: handle,
      waiting,
      count,
      batch,
      close: true,
      ...(lockstep === undefined ? {} : { lockstep }),
    }),
    ...names.map((name) => participate({ ring: handle, name, waiting, count, batch: 0, close: false })),
  ]);
  expect(seen).toEqual(Array(names.length + 1).fill(count));
}

describe.each(Object.entries(graphs))(
  'in %s, every consumer sees every sequence once, in order, with its own payload',
  (_, graph) => {
    for (const waiting of ['park', 'spin-park', 'async'] as const) {
      it.each([
        [1, justBelowTheSignChange],
        [2, justBelowTheWrap],
        [4, justBelowAnEpoch],
        [1024, far],
      ])(`${waiting}, capacity %i, from sequence %i`, async (capacity, firstSequence) => {
        const { ring, names } = ringOf(graph, capacity, firstSequence);
        await everyoneSeesEverything(ring.handle, names, capacity < 8 ? 600 : 20_000, waiting);
        ring.drained({ timeoutMs: 1_000 });
      });
    }
  },
);

describe('with one producer and one consumer', () => {
  it.each([1, 2, 4, 1024])('spinning, capacity %i: every sequence once, in order', async (capacity) => {
    const { ring, names } = ringOf(['only'], capacity, justBelowTheWrap);
    await everyoneSeesEverything(ring.handle, names, 20_000, 'spin');
  });

  it.each([1, 2, 4])('claims of the whole ring arrive whole, capacity %i', async (capacity) => {
    const { ring, names } = ringOf(['only'], capacity, justBelowTheSignChange);
    await everyoneSeesEverything(ring.handle, names, 4_000, 'park', capacity);
  });

  it('claims of 100 in a ring of 1,024 arrive across its end', async () => {
    const { ring, names } = ringOf(['only'], 1024, far);
    await everyoneSeesEverything(ring.handle, names, 100_000, 'spin-park', 100);
  });
});

describe('thousands of rounds with both sides asleep', () => {
  it.each([
    ['B-01: one event, and nothing after it, wakes its consumer', ['only'], 1],
    ['B-06: a ring that is exactly full gets going again', ['only'], 4],
    ['B-07: three sleeping consumers all wake', ['left', 'middle', 'right'], 1],
    ['B-02: a stage asleep behind a sleeping stage wakes on its progress', graphs['a chain of three'], 1],
  ] as const)('%s', async (_, graph, capacity) => {
    for (const waiting of ['park', 'async'] as const) {
      const { ring, names } = ringOf(graph, capacity, justBelowTheWrap);
      await everyoneSeesEverything(
        ring.handle,
        names,
        waiting === 'park' ? 5_000 : 1_000,
        waiting,
        1,
        capacity,
      );
    }
  });
});
