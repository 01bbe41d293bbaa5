/** Groups and observers that come and go on real threads, beside a consumer that sees all. */
import { createRing } from 'slipring';
import { describe, expect, it } from 'vitest';
import type { GuestData, GuestReport } from '../../workers/test-guests.js';
import { Trade } from '../../workers/trade.js';
import { worker } from './calls.js';
import { participate, run } from './run.js';

const COUNT = 20_000;
const FIRST = 2 ** 30 - 100;

describe('on real threads', () => {
  const ringOf = (capacity: number) =>
    createRing(Trade, {
      capacity,
      consumers: ['all'],
      spareSeats: 1,
      spareWorkers: 2,
      spareLossySeats: 1,
      firstSequence: FIRST,
    });

  it.each([1, 16])(
    'groups come and go, and an observer counts what it does not see, capacity %i',
    async (capacity) => {
      const ring = ringOf(capacity);
      const guest = (does: GuestData['does']): Promise<GuestReport> =>
        run(worker('test-guests'), { ring: ring.handle, does } satisfies GuestData);
      const flow = { ring: ring.handle, waiting: 'spin-park', count: COUNT, batch: 0, close: false } as const;
      const [all, observer, groups] = [
        participate({ ...flow, name: 'all' }),
        guest('observe'),
        guest('come and go'),
      ];
      const published = await participate({ ...flow, close: true });
      expect([published, await all]).toEqual([COUNT, COUNT]);
      const { first, seen, missed } = await observer;
      expect(seen + missed).toBe(FIRST + COUNT - first);
      expect((await groups).seen).toBeLessThanOrEqual(COUNT);
      expect(ring.consumerNames).toEqual(['all']);
    },
  );
});
