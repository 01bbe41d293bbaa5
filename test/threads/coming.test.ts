/** Consumers, workers and producers that come and go on real threads while events flow. */
import { createRing, type Ring } from 'slipring';
import { describe, expect, it } from 'vitest';
import { Marked, type MarkedFields, MOST_MARKED } from '../../workers/marked.js';
import type { ComingData, Stay } from '../../workers/test-coming.js';
import type { MarkedData } from '../../workers/test-producers.js';
import { until, worker } from './calls.js';
import { run } from './run.js';

const firstSequence = 2 ** 30 - 100;
const everything = (producers: number, count: number): number[] =>
  Array.from({ length: producers * count }, (_, i) => Math.floor(i / count) * MOST_MARKED + (i % count));
const idsOf = (stays: readonly Stay[]): number[] => stays.flatMap(({ seen }) => seen.map(([, id]) => id));
const sorted = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b);

/** A consuming thread that is there: resolves with its stays. */
async function coming(
  ring: Ring<MarkedFields>,
  data: Omit<ComingData, 'ring' | 'joined'>,
): Promise<() => Promise<Stay[]>> {
  const joined = new Int32Array(new SharedArrayBuffer(4));
  const stays = run<Stay[]>(worker('test-coming'), {
    ring: ring.handle,
    joined,
    ...data,
  } satisfies ComingData);
  stays.catch(() => {});
  await Promise.race([stays, until(() => Atomics.load(joined, 0) !== 0)]);
  return () => stays;
}

/** Producers that leave their seats and take them again, until all is published; then the ring is closed. */
async function publish(
  ring: Ring<MarkedFields>,
  producers: number,
  count: number,
  wait: 'park' | 'spin-park',
) {
  await Promise.all(
    Array.from({ length: producers }, (_, producer) => {
      const data = { ring: ring.handle, waiting: wait, producer, count, longest: 1, stay: 13 };
      return run<number>(worker('test-producers'), data satisfies MarkedData);
    }),
  );
  ring.close();
}

/** All that the one who stayed saw from its first on, and nothing left out; up to the end, unless it left. */
function expectStretch({ first, seen, left }: Stay, whole: Stay): void {
  const from = whole.seen.findIndex(([sequence]) => sequence >= first);
  const rest = from === -1 ? [] : whole.seen.slice(from);
  expect(seen).toEqual(left ? rest.slice(0, seen.length) : rest);
}

describe.each([1, 2, 8, 64])('while events flow through a ring of %d', (capacity) => {
  it.each([
    [1, 'park'],
    [2, 'park'],
    [2, 'spin-park'],
  ] as const)(
    'from %d producers that come and go, all waiting by %s, each event is handled by all who are there, and by one worker',
    async (producers, wait) => {
      const count = 200;
      const ring = createRing(Marked, {
        capacity,
        producers,
        consumers: { journal: {}, work: { workers: 2, after: ['journal'] } },
        spareSeats: 2,
        firstSequence,
      });
      const stay = { wait, stay: 10 };
      const journal = await coming(ring, { ...stay, name: 'journal', does: 'stay', stay: Infinity });
      const beside = await coming(ring, { ...stay, name: 'beside', does: 'join' });
      const behind = await coming(ring, { ...stay, name: 'behind', does: 'join', stay: 25 });
      const workers = [
        await coming(ring, { ...stay, name: 'work', does: 'work', stay: 7 }),
        await coming(ring, { ...stay, name: 'work', does: 'work' }),
      ];
      await publish(ring, producers, count, wait);
      const [whole] = await journal();
      expect(sorted(idsOf([whole]))).toEqual(everything(producers, count));
      for (const joiner of [beside, behind]) {
        const stays = await joiner();
        expect(stays[0].first).toBe(firstSequence);
        expect(stays.length).toBeGreaterThan(1);
        for (const stretch of stays) expectStretch(stretch, whole);
      }
      const worked = await Promise.all(workers.map((stays) => stays()));
      expect(sorted(idsOf(worked.flat()))).toEqual(everything(producers, count));
      ring.drained({ timeoutMs: 0 });
    },
  );
});

describe('with nobody left', () => {
  it.each([
    [1, 1],
    [1, 4],
    [2, 4],
  ])('%d producers hold, capacity %d: those who come in turn miss nothing', async (producers, capacity) => {
    const count = 200;
    const ring = createRing(Marked, {
      capacity,
      producers,
      consumers: ['first'],
      spareSeats: 2,
      firstSequence,
    });
    ring.openConsumer('first').leave();
    const data = { does: 'join', start: 'oldest', wait: 'park' } as const;
    const comers = [
      await coming(ring, { ...data, name: 'one', stay: 5 }),
      await coming(ring, { ...data, name: 'other', stay: 8 }),
    ];
    await publish(ring, producers, count, 'park');
    const stays = (await Promise.all(comers.map((comer) => comer()))).flat();
    expect([...new Set(sorted(idsOf(stays)))]).toEqual(everything(producers, count));
  });
});
