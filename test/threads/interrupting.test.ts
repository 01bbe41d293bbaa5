import { cancelToken, createRing } from 'slipring';
import { describe, expect, it } from 'vitest';
import { checkTrade, fillTrade, Trade } from '../../workers/trade.js';
import { calling, parkableWords } from './calls.js';

const first = 2 ** 29 - 2;

function newRing() {
  const ring = createRing(Trade, {
    capacity: 1,
    consumers: { a: {}, b: { after: ['a'] } },
    firstSequence: first,
  });
  return { ring, ...parkableWords(ring) };
}

describe('a cancel token tripped in another thread', () => {
  it('ends consumers that sleep, on the cursor and behind another consumer', async () => {
    const { ring, untilParked } = newRing();
    const cancel = cancelToken(ring);
    const data = { ring: ring.handle, cancel: cancel.handle };
    const a = calling({ ...data, name: 'a', calls: [{ do: 'take' }, { do: 'take' }] });
    const b = calling({ ...data, name: 'b', calls: [{ do: 'run' }] });
    await untilParked('cursor');
    await untilParked('a');
    cancel.cancel();
    expect(await a.next()).toMatchObject({ code: 'ERR_CANCELLED' });
    expect(await b.next()).toMatchObject({ code: 'ERR_CANCELLED' });
    // And every later wait at once.
    expect(await a.next()).toMatchObject({ code: 'ERR_CANCELLED' });
  });

  it.each(['publish', 'claim', 'publishBatch'] as const)(
    'ends a producer that sleeps in %s, and nothing was published',
    async (call) => {
      const { ring, untilParked } = newRing();
      ring.openProducer().tryPublish(fillTrade, first);
      ring[Symbol.dispose]();
      const cancel = cancelToken(ring);
      const { next } = calling({ ring: ring.handle, cancel: cancel.handle, calls: [{ do: call }] });
      await untilParked('a');
      // By a third thread.
      const tripping = calling({ ring: ring.handle, cancel: cancel.handle, calls: [{ do: 'cancel' }] });
      expect(await tripping.next()).toEqual({ value: 0 });
      expect(await next()).toMatchObject({ code: 'ERR_CANCELLED' });
      expect(cancel.cancelled).toBe(true);
      expect(ring.snapshot()).toMatchObject({ published: first + 1, closed: false });
      expect(ring.openConsumer('a').poll(checkTrade)).toBe(1);
    },
  );

  it('ends those who wait for the ring to be drained, or for a sequence', async () => {
    const { ring, untilParked } = newRing();
    const cancel = cancelToken(ring);
    const data = { ring: ring.handle, cancel: cancel.handle };
    const draining = calling({ ...data, calls: [{ do: 'drained' }] });
    const processing = calling({ ...data, calls: [{ do: 'processed', with: first }] });
    await untilParked('ending');
    await untilParked('a');
    cancel.cancel();
    expect(await draining.next()).toMatchObject({ code: 'ERR_CANCELLED' });
    expect(await processing.next()).toMatchObject({ code: 'ERR_CANCELLED' });
  });

  it('ends nobody else who sleeps on the same word', async () => {
    const ring = createRing(Trade, { capacity: 1, consumers: ['a', 'b'], firstSequence: first });
    const { untilParked } = parkableWords(ring);
    const [mine, other] = [cancelToken(ring), cancelToken(ring)];
    const a = calling({ ring: ring.handle, cancel: mine.handle, name: 'a', calls: [{ do: 'take' }] });
    const b = calling({ ring: ring.handle, cancel: other.handle, name: 'b', calls: [{ do: 'take' }] });
    await untilParked('cursor');
    mine.cancel();
    expect(await a.next()).toMatchObject({ code: 'ERR_CANCELLED' });
    await untilParked('cursor');
    ring.openProducer().tryPublish(fillTrade, first);
    expect(await b.next()).toEqual({ value: 1 });
  });
});

describe('a time-out', () => {
  it('ends each wait of a thread that sleeps, and its seat serves the next call', async () => {
    const { ring, untilParked } = newRing();
    const timeoutMs = 2;
    const a = calling({
      ring: ring.handle,
      name: 'a',
      calls: [
        { do: 'take', timeoutMs },
        { do: 'run', timeoutMs },
        { do: 'iterate', timeoutMs },
        { do: 'drained', timeoutMs },
        { do: 'processed', with: first, timeoutMs },
        { do: 'take' },
      ],
    });
    for (let call = 0; call < 5; call++) expect(await a.next()).toMatchObject({ code: 'ERR_TIMED_OUT' });
    await untilParked('cursor');
    ring.openProducer().tryPublish(fillTrade, first);
    expect(await a.next()).toEqual({ value: 1 });
    ring[Symbol.dispose]();
    const producing = calling({
      ring: ring.handle,
      calls: [
        { do: 'publish', timeoutMs },
        { do: 'claim', timeoutMs },
        { do: 'publishBatch', timeoutMs },
        { do: 'publish' },
      ],
    });
    for (let call = 0; call < 3; call++)
      expect(await producing.next()).toMatchObject({ code: 'ERR_TIMED_OUT' });
    await untilParked('b');
    expect(ring.openConsumer('b').poll(checkTrade)).toBe(1);
    expect(await producing.next()).toEqual({ value: 1 });
  });

  it('of one sleeper leaves another on the same word asleep, to be woken by what it waits for', async () => {
    const ring = createRing(Trade, { capacity: 1, consumers: ['a', 'b'], firstSequence: first });
    const { untilParked } = parkableWords(ring);
    const b = calling({ ring: ring.handle, name: 'b', calls: [{ do: 'take' }] });
    await untilParked('cursor');
    const a = calling({
      ring: ring.handle,
      name: 'a',
      calls: Array.from({ length: 10 }, () => ({ do: 'take', timeoutMs: 1 })),
    });
    for (let call = 0; call < 10; call++) expect(await a.next()).toMatchObject({ code: 'ERR_TIMED_OUT' });
    ring.openProducer().tryPublish(fillTrade, first);
    expect(await b.next()).toEqual({ value: 1 });
  });
});

describe('a thread that is terminated while it sleeps', () => {
  it('takes nobody’s wake-up with it', async () => {
    for (let round = 0; round < 10; round++) {
      const ring = createRing(Trade, { capacity: 1, consumers: ['a', 'b'], firstSequence: first });
      const { untilParked } = parkableWords(ring);
      const a = calling({ ring: ring.handle, name: 'a', calls: [{ do: 'take' }] });
      await untilParked('cursor');
      const b = calling({ ring: ring.handle, name: 'b', calls: [{ do: 'take' }] });
      if (round % 2 === 0)
        while (!ring.snapshot().consumers[1].seated) await new Promise((resolve) => setImmediate(resolve));
      const terminated = a.terminate();
      ring.openProducer().tryPublish(fillTrade, first);
      expect(await b.next()).toEqual({ value: 1 });
      await terminated;
    }
  });
});
