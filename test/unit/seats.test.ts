import { createRing, openRing, SeatError } from 'slipring';
import { describe, expect, it } from 'vitest';
import { atOnce, expectThrown, fillTick, publishAll, Tick, tickRing, wraps } from './support.js';

describe('a seat', () => {
  it.each([0, ...wraps])('is taken over at the position where it was left, from sequence %i', (first) => {
    const ring = tickRing(4, first);
    const seen: number[] = [];
    for (let n = 0; n < 10; n++) {
      using producer = openRing(ring.handle, Tick).openProducer(atOnce);
      expect(producer.next).toBe(first + n);
      publishAll(producer, n);
      if (n % 2 === 0) continue;
      using reader = openRing(ring.handle, Tick).openConsumer('reader', atOnce);
      expect(reader.next).toBe(first + n - 1);
      reader.poll((tick) => seen.push(tick.n));
    }
    expect(seen).toEqual([...Array(10).keys()]);
  });

  it('is left by dispose, twice or in a `using`, and of no use afterwards', async () => {
    const ring = tickRing(2);
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    publishAll(producer, 0);
    producer[Symbol.dispose]();
    reader[Symbol.dispose]();
    producer[Symbol.dispose]();
    reader[Symbol.dispose]();
    for (const call of [
      () => producer.publish(fillTick, 1),
      () => producer.publish({}, fillTick, 1),
      () => producer.tryPublish(fillTick, 1),
      () => producer.publishBatch([1], fillTick),
      () => producer.claim(1),
      () => producer.tryClaim(1),
      () => reader.poll(() => {}),
      () => reader.run(() => {}),
      () => reader.take(),
      () => reader.batches().next(),
    ]) {
      expectThrown(call, SeatError, 'ERR_SEAT_LEFT');
    }
    for (const call of [
      () => producer.publishAsync(fillTick, 1),
      () => producer.publishBatchAsync([1], fillTick),
      () => producer.claimAsync(1),
      () => reader.takeAsync(),
      () => reader.runAsync(() => {}),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_SEAT_LEFT' });
    }
    expect(ring.snapshot()).toMatchObject({
      published: 1,
      producers: [{ seated: false }],
      consumers: [{ lag: 1, seated: false }],
    });
  });

  it('that was left by one cannot be left again by it once it is another’s', () => {
    const ring = tickRing(1);
    const first = ring.openProducer(atOnce);
    first[Symbol.dispose]();
    const second = ring.openProducer(atOnce);
    first[Symbol.dispose]();
    expect(ring.snapshot().producers).toMatchObject([{ seated: true }]);
    publishAll(second, 1);
  });

  it('that nobody sits in gates the producer by the position it was left at', () => {
    const ring = createRing(Tick, { capacity: 2, consumers: ['a', 'b'] });
    const producer = ring.openProducer(atOnce);
    const a = ring.openConsumer('a', atOnce);
    {
      using b = ring.openConsumer('b', atOnce);
      publishAll(producer, 0);
      b.poll(() => {});
    }
    a.poll(() => {});
    publishAll(producer, 1, 2);
    a.poll(() => {});
    expect(producer.tryPublish(fillTick, 3)).toBeUndefined();
    expect(ring.openConsumer('b').next).toBe(1);
  });

  it('left with a batch open gives those events to the next one in it', () => {
    const ring = tickRing(2);
    publishAll(ring.openProducer(), 0, 1);
    ring.openConsumer('reader').take(atOnce);
    ring[Symbol.dispose]();
    expect(ring.openConsumer('reader').take(atOnce)).toMatchObject({ first: 0, length: 2 });
  });

  it('is left with an error of the options before it was taken', () => {
    const ring = tickRing(1);
    expect(() => ring.openProducer({ timeoutMs: -1 })).toThrow();
    expect(() => ring.openConsumer('reader', { timeoutMs: NaN })).toThrow();
    ring.openProducer();
    ring.openConsumer('reader');
  });
});

describe('disposing a ring', () => {
  it('leaves the seats opened through this handle, and no others, and closes for nobody', () => {
    const mine = createRing(Tick, { capacity: 1, consumers: ['a', 'b'] });
    const yours = openRing(mine.handle, Tick);
    mine.openProducer();
    mine.openConsumer('a');
    const b = yours.openConsumer('b', atOnce);
    mine[Symbol.dispose]();
    mine[Symbol.dispose]();
    expect(yours.snapshot()).toMatchObject({
      closed: false,
      producers: [{ seated: false }],
      consumers: [
        { name: 'a', seated: false },
        { name: 'b', seated: true },
      ],
    });
    publishAll(yours.openProducer(), 1);
    expect(b.poll(() => {})).toBe(1);
    expect(mine.snapshot().published).toBe(1);
  });

  it('happens by `using`', () => {
    const maker = tickRing(1);
    {
      using ring = openRing(maker.handle, Tick);
      ring.openProducer();
    }
    expect(maker.snapshot().producers).toMatchObject([{ seated: false }]);
  });
});

describe('several rings in one process', () => {
  it('know nothing of each other', () => {
    const rings = Array.from({ length: 5 }, (_, i) => tickRing(2 ** i, wraps[i]));
    const seats = rings.map((ring) => ({
      producer: ring.openProducer(atOnce),
      reader: ring.openConsumer('reader', atOnce),
    }));
    seats.forEach(({ producer }, i) =>
      publishAll(producer, ...Array.from({ length: 2 ** i }, (_, n) => 1000 * i + n)),
    );
    rings[3].close();
    rings[4].abort('enough');
    seats.slice(0, 4).forEach(({ reader }, i) => {
      const seen: number[] = [];
      reader.poll((tick) => seen.push(tick.n));
      expect(seen).toEqual(Array.from({ length: 2 ** i }, (_, n) => 1000 * i + n));
    });
    expect(rings.map(({ closed }) => closed)).toEqual([false, false, false, true, true]);
    seats.slice(0, 3).forEach(({ producer }) => publishAll(producer, 1));
  });

  it('may pass events on from one to the next', () => {
    const rings = Array.from({ length: 4 }, () => tickRing(1));
    const producers = rings.map((ring) => ring.openProducer(atOnce));
    const readers = rings.map((ring) => ring.openConsumer('reader', atOnce));
    publishAll(producers[0], 1);
    for (let i = 1; i < 4; i++)
      readers[i - 1].poll((tick) => void producers[i].publish(fillTick, tick.n * 10));
    const seen: number[] = [];
    readers[3].poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([1000]);
  });
});
