import { cancelToken, createDoorbell, createRing, openDoorbell } from 'slipring';
import { describe, expect, it } from 'vitest';
import type { Served, ServeData } from '../../workers/test-serve.js';
import { Trade } from '../../workers/trade.js';
import { parkableWords, worker } from './calls.js';
import { run } from './run.js';

const first = 2 ** 30 - 500;
const count = 3000;

function newRings(capacity: number, number = 3) {
  const doorbell = createDoorbell();
  return Array.from({ length: number }, () =>
    createRing(Trade, {
      capacity,
      consumers: ['reader', 'other'],
      firstSequence: first,
      doorbell: openDoorbell(structuredClone(doorbell.handle)),
    }),
  );
}

const serving = (data: ServeData): Promise<Served> => run<Served>(worker('test-serve'), data);
const allNext = (length: number): number[] => Array<number>(length).fill(first + count);

describe('2 threads publish into 3 rings, which 2 others serve', () => {
  it.each([
    ['serve', 'park', 1],
    ['serve', 'park', 4],
    ['serve', 'spin-park', 1024],
    ['serveAsync', 'park', 1],
    ['serveAsync', 'park', 1024],
  ] as const)(
    '%s, %s, capacity %i: every event of every ring, once and in order',
    async (does, wait, capacity) => {
      const handles = newRings(capacity).map(({ handle }) => handle);
      const [one, two, ...servers] = await Promise.all([
        serving({ does: 'produce', rings: handles.slice(0, 1), wait, count }),
        serving({ does: 'produce', rings: handles.slice(1), wait, count }),
        serving({ does, rings: handles, wait }),
        serving({ does, rings: handles, wait, name: 'other', max: 1 }),
      ]);
      expect([one.next, two.next]).toEqual([allNext(1), allNext(2)]);
      for (const server of servers) expect(server).toMatchObject({ ended: 3 * count, next: allNext(3) });
      // A server has nothing to do whenever both producers wait for the other server.
      if (wait === 'park') expect(one.sleeps).toBeGreaterThan(0);
      if (wait === 'park' && does === 'serve')
        for (const server of servers) expect(server.sleeps).toBeGreaterThan(0);
    },
  );
});

describe('a thread that is asleep over many silent rings', () => {
  it('is woken by a token that another thread trips', async () => {
    const rings = newRings(4);
    const token = cancelToken(...rings);
    const served = serving({
      does: 'serve',
      rings: rings.map(({ handle }) => handle),
      wait: 'park',
      cancel: token.handle,
    });
    await Promise.all(rings.map((ring) => parkableWords(ring).untilParked('cursor')));
    token.cancel();
    expect(await served).toMatchObject({ ended: 'ERR_CANCELLED' });
  });

  it('is woken by each close, and returns after the last', async () => {
    const rings = newRings(4);
    const served = serving({ does: 'serve', rings: rings.map(({ handle }) => handle), wait: 'park' });
    await Promise.all(rings.map((ring) => parkableWords(ring).untilParked('cursor')));
    for (const ring of rings) ring.close();
    expect(await served).toMatchObject({ ended: 0 });
  });

  it('is woken by an abort', async () => {
    const rings = newRings(4);
    const served = serving({ does: 'serve', rings: rings.map(({ handle }) => handle), wait: 'park' });
    await Promise.all(rings.map((ring) => parkableWords(ring).untilParked('cursor')));
    rings[2].abort('enough');
    expect(await served).toMatchObject({ ended: 'ERR_RING_ABORTED' });
  });
});
