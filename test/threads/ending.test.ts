import { createRing, type Ring, type WaitMode } from 'slipring';
import { describe, expect, it } from 'vitest';
import type { Round, RoundsData } from '../../workers/test-rounds.js';
import { checkTrade, fillTrade, Trade, type TradeFields } from '../../workers/trade.js';
import { calling, parkableWords, worker } from './calls.js';
import { participate, run } from './run.js';

const first = 2 ** 30 - 40;
const graph = { a: {}, b: { after: ['a'] }, c: {} } as const;
const names = ['a', 'b', 'c'];

/** Many short rings, passed by a producer, three consumers and a fifth thread that ends each at some moment. */
async function rounds(ending: 'close' | 'abort', wait: WaitMode, count: number) {
  const rings = Array.from({ length: count }, (_, round) =>
    createRing(Trade, { capacity: 2 ** (round % 3), consumers: graph, firstSequence: first }),
  );
  const take = (role: RoundsData['role'], name?: string): Promise<Round[]> =>
    run(worker('test-rounds'), {
      rings: rings.map(({ handle }) => handle),
      role,
      wait,
      first,
      ...(name === undefined ? {} : { name }),
    } satisfies RoundsData);
  const [produced, ended, ...consumed] = await Promise.all([
    take('produce'),
    take(ending),
    ...names.map((name) => take('consume', name)),
  ]);
  expect(ended).toEqual(Array(count).fill({ count: 0 }));
  return { rings, produced, consumed };
}

describe.each(['park', 'spin-park'] as const)(
  'a third thread ends rings that are in full use, all waiting by %s',
  (wait) => {
    it('closing: every event whose publish returned reaches every consumer, and no other does', async () => {
      const { rings, produced, consumed } = await rounds('close', wait, 100);
      expect(new Set(produced.map(({ code }) => code))).toEqual(new Set(['ERR_RING_CLOSED']));
      const counts = produced.map(({ count }) => ({ count }));
      for (const seen of consumed) expect(seen).toEqual(counts);
      rings.forEach((ring, round) => {
        expect(ring.snapshot().published).toBe(first + counts[round].count);
        ring.drained({ timeoutMs: 0 });
      });
    });

    it('aborting: everybody ends with the reason, and no event is seen that was not published', async () => {
      const { rings, produced, consumed } = await rounds('abort', wait, 100);
      for (const seen of [produced, ...consumed]) {
        seen.forEach(({ code, message }, round) => {
          expect({ code, message }).toEqual({
            code: 'ERR_RING_ABORTED',
            message: `The ring was aborted: round ${round}.`,
          });
        });
      }
      rings.forEach((ring, round) => {
        expect(ring.snapshot().published).toBe(first + produced[round].count);
        for (const seen of consumed) expect(seen[round].count).toBeLessThanOrEqual(produced[round].count);
        expect(consumed[1][round].count).toBeLessThanOrEqual(consumed[0][round].count);
      });
    });
  },
);

describe('B-42: what was published before the close', () => {
  it.each([1, 3, 4])('is seen by consumers whose threads start after it, %i events', async (count) => {
    const ring = createRing(Trade, { capacity: 4, consumers: graph, firstSequence: first });
    {
      using producer = ring.openProducer();
      for (let n = 0; n < count; n++) producer.tryPublish(fillTrade, first + n);
    }
    ring.close();
    const seen = await Promise.all(
      names.map((name) =>
        participate({ ring: ring.handle, name, waiting: 'park', count, batch: 0, close: false }),
      ),
    );
    expect(seen).toEqual(names.map(() => count));
    ring.drained({ timeoutMs: 0 });
  });

  it('is seen by consumers that sleep when it is published and closed at once', async () => {
    for (let round = 0; round < 5; round++) {
      const ring = createRing(Trade, { capacity: 4, consumers: ['a', 'b'], firstSequence: first });
      const { untilParked } = parkableWords(ring);
      const threads = ['a', 'b'].map((name) => calling({ ring: ring.handle, name, calls: [{ do: 'run' }] }));
      await untilParked('cursor');
      const producer = ring.openProducer();
      for (let n = 0; n < 3; n++) producer.tryPublish(fillTrade, first + n);
      ring.close();
      for (const { next } of threads) expect(await next()).toEqual({ value: 3 });
    }
  });
});

/** A full ring of two events, and what its consumers are. */
function fullRing(): Ring<TradeFields, 'a' | 'b'> {
  const ring = createRing(Trade, {
    capacity: 2,
    consumers: { a: {}, b: { after: ['a'] } },
    firstSequence: first,
  });
  using producer = ring.openProducer();
  for (let n = 0; n < 2; n++) producer.tryPublish(fillTrade, first + n);
  return ring;
}

describe('B-44: a producer that sleeps because the ring is full', () => {
  it.each(['publish', 'claim', 'publishBatch'] as const)(
    'in %s, is released by a close from another thread',
    async (call) => {
      const ring = fullRing();
      const { next } = calling({ ring: ring.handle, calls: [{ do: call, with: 2 }] });
      await parkableWords(ring).untilParked('a');
      ring.close();
      expect(await next()).toMatchObject({ code: 'ERR_RING_CLOSED' });
      expect(ring.snapshot().published).toBe(first + 2);
    },
  );

  it('is released by an abort from a third thread, with its reason', async () => {
    const ring = fullRing();
    const { next } = calling({ ring: ring.handle, calls: [{ do: 'publish' }] });
    await parkableWords(ring).untilParked('a');
    expect(await calling({ ring: ring.handle, calls: [{ do: 'abort', with: 'no paper' }] }).next()).toEqual({
      value: 0,
    });
    expect(await next()).toMatchObject({
      code: 'ERR_RING_ABORTED',
      message: 'The ring was aborted: no paper.',
    });
  });

  it('goes on when there is room', async () => {
    const ring = fullRing();
    const { next } = calling({ ring: ring.handle, calls: [{ do: 'claim', with: 2 }] });
    const { untilParked } = parkableWords(ring);
    await untilParked('a');
    const [a, b] = [ring.openConsumer('a'), ring.openConsumer('b')];
    expect(a.poll(checkTrade)).toBe(2);
    // Behind a now, who is done, it sleeps on b.
    await untilParked('b');
    expect(b.poll(checkTrade, { max: 1 })).toBe(1);
    await untilParked('b');
    expect(b.poll(checkTrade)).toBe(1);
    expect(await next()).toEqual({ value: 2 });
    expect(a.poll(checkTrade)).toBe(2);
  });
});

describe('consumers that sleep', () => {
  it('on the cursor or behind another consumer, end when the ring is closed', async () => {
    const ring = createRing(Trade, {
      capacity: 2,
      consumers: { a: {}, b: { after: ['a'] } },
      firstSequence: first,
    });
    const { untilParked } = parkableWords(ring);
    const a = calling({ ring: ring.handle, name: 'a', calls: [{ do: 'run' }] });
    const b = calling({ ring: ring.handle, name: 'b', calls: [{ do: 'iterate' }] });
    await untilParked('cursor');
    await untilParked('a');
    ring.close();
    expect(await a.next()).toEqual({ value: 0 });
    expect(await b.next()).toEqual({ value: 0 });
  });

  it('on the cursor or behind another consumer, end when the ring is aborted', async () => {
    const ring = createRing(Trade, {
      capacity: 2,
      consumers: { a: {}, b: { after: ['a'] } },
      firstSequence: first,
    });
    const { untilParked } = parkableWords(ring);
    const a = calling({ ring: ring.handle, name: 'a', calls: [{ do: 'iterate' }] });
    const b = calling({ ring: ring.handle, name: 'b', calls: [{ do: 'run' }] });
    await untilParked('cursor');
    await untilParked('a');
    ring.abort('enough');
    expect(await a.next()).toMatchObject({ code: 'ERR_RING_ABORTED' });
    expect(await b.next()).toMatchObject({ code: 'ERR_RING_ABORTED' });
  });

  it('behind a consumer that still has events in hand when the ring is closed, wait for those', async () => {
    const ring = fullRing();
    const b = calling({ ring: ring.handle, name: 'b', calls: [{ do: 'run' }] });
    const { untilParked } = parkableWords(ring);
    await untilParked('a');
    ring.close();
    await untilParked('a');
    const a = ring.openConsumer('a');
    expect(a.poll(checkTrade, { max: 1 })).toBe(1);
    await untilParked('a');
    expect(a.run(checkTrade)).toBe(1);
    expect(await b.next()).toEqual({ value: 2 });
  });
});

describe('threads that wait for the whole ring', () => {
  it('drained: sleep until it is closed, then until the last consumer is done', async () => {
    const ring = fullRing();
    const { next } = calling({ ring: ring.handle, calls: [{ do: 'drained' }] });
    const { untilParked } = parkableWords(ring);
    await untilParked('ending');
    ring.close();
    await untilParked('a');
    ring.openConsumer('a').run(checkTrade);
    await untilParked('b');
    ring.openConsumer('b').run(checkTrade);
    expect(await next()).toEqual({ value: 0 });
  });

  it('drained: end when it is aborted, before or after a close', async () => {
    for (const closed of [false, true]) {
      const ring = fullRing();
      const { next } = calling({ ring: ring.handle, calls: [{ do: 'drained' }] });
      const { untilParked } = parkableWords(ring);
      await untilParked('ending');
      if (closed) {
        ring.close();
        await untilParked('a');
      }
      ring.abort('enough');
      expect(await next()).toMatchObject({ code: 'ERR_RING_ABORTED' });
    }
  });

  it('processed: sleep until every consumer is past the sequence, published or not when they asked', async () => {
    const ring = createRing(Trade, { capacity: 2, consumers: ['a', 'b'], firstSequence: first });
    const { next } = calling({ ring: ring.handle, calls: [{ do: 'processed', with: first }] });
    const { untilParked } = parkableWords(ring);
    await untilParked('a');
    ring.openProducer().tryPublish(fillTrade, first);
    expect(ring.openConsumer('a').poll(checkTrade)).toBe(1);
    await untilParked('b');
    expect(ring.openConsumer('b').poll(checkTrade)).toBe(1);
    expect(await next()).toEqual({ value: 0 });
  });

  it('processed: end when the ring is closed before the sequence came', async () => {
    const ring = createRing(Trade, { capacity: 2, consumers: ['a'], firstSequence: first });
    const { next } = calling({ ring: ring.handle, calls: [{ do: 'processed', with: first }] });
    await parkableWords(ring).untilParked('a');
    ring.close();
    expect(await next()).toMatchObject({ code: 'ERR_RING_CLOSED' });
  });
});
