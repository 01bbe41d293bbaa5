/** What happens when a ring is full. */
import { describe, expect, it } from 'vitest';
import { type Consumer, createRing, event, i32 } from '../../src/index.js';

const Tick = event({ n: i32 });
type Fields = { n: typeof i32 };
const fill = (tick: { n: number }, n: number): void => {
  tick.n = n;
};
const full = expect.objectContaining({ code: 'ERR_RING_FULL' }) as Error;

function polled(consumer: Consumer<Fields>, max = Infinity): number[] {
  const seen: number[] = [];
  consumer.poll((tick) => seen.push(tick.n), { max });
  return seen;
}

describe.each([1, 2])('a strict producer, one of %d', (producers) => {
  it('throws instead of waiting, and nothing was published', () => {
    const ring = createRing(Tick, { capacity: 2, producers, consumers: ['reader'] });
    const producer = ring.openProducer({ whenFull: 'strict' });
    const reader = ring.openConsumer('reader');
    producer.publish(fill, 0);
    producer.publish(fill, 1);
    let filled = false;
    expect(() => producer.publish(() => (filled = true))).toThrow(full);
    expect(() => producer.publish({ timeoutMs: 1 }, fill, 2)).toThrow(full);
    expect(() => producer.claim(1)).toThrow(full);
    expect(() => producer.publishBatch([2], fill)).toThrow(full);
    expect(filled).toBe(false);
    expect(producer.dropped).toBe(0);
    expect(polled(reader)).toEqual([0, 1]);
    expect(producer.publish(fill, 2)).toBe(2);
  });

  it('rejects instead of waiting', async () => {
    const ring = createRing(Tick, { capacity: 1, producers, consumers: ['reader'] });
    const producer = ring.openProducer({ whenFull: 'strict' });
    producer.publish(fill, 0);
    await expect(producer.publishAsync(fill, 1)).rejects.toThrow(full);
    await expect(producer.claimAsync(1)).rejects.toThrow(full);
  });
});

describe.each([1, 2])('a producer that drops the newest, one of %d', (producers) => {
  it('counts what it did not publish, and no sequence is used up', () => {
    const ring = createRing(Tick, { capacity: 2, producers, consumers: ['reader'] });
    const producer = ring.openProducer({ whenFull: 'drop-newest' });
    const reader = ring.openConsumer('reader');
    expect([0, 1, 2, 3].map((n) => producer.publish(fill, n))).toEqual([0, 1, -1, -1]);
    expect(producer.publish({ timeoutMs: 1 }, fill, 4)).toBe(-1);
    expect(producer.dropped).toBe(3);
    expect(polled(reader)).toEqual([0, 1]);
    expect(producer.publish(fill, 5)).toBe(2);
    expect(polled(reader)).toEqual([5]);
  });

  it('publishes of a batch what fits', () => {
    const ring = createRing(Tick, { capacity: 4, producers, consumers: ['reader'] });
    const producer = ring.openProducer({ whenFull: 'drop-newest' });
    const reader = ring.openConsumer('reader');
    expect(producer.publishBatch([0, 1, 2, 3, 4, 5], fill)).toBe(3);
    expect(producer.dropped).toBe(2);
    expect(polled(reader)).toEqual([0, 1, 2, 3]);
  });

  it('does not give a claim that it would have to drop', async () => {
    const ring = createRing(Tick, { capacity: 1, producers, consumers: ['reader'] });
    const producer = ring.openProducer({ whenFull: 'drop-newest' });
    producer.publish(fill, 0);
    expect(() => producer.claim(1)).toThrow(full);
    expect(producer.tryClaim(1)).toBeUndefined();
    await expect(producer.claimAsync(1)).rejects.toThrow(full);
    expect(await producer.publishAsync(fill, 1)).toBe(-1);
    expect(await producer.publishBatchAsync([1, 2], fill)).toBeUndefined();
  });

  it('leaves its count in the seat, for the snapshot and for who has the seat next', () => {
    const ring = createRing(Tick, { capacity: 1, producers, consumers: ['reader'] });
    const first = ring.openProducer({ whenFull: 'drop-newest' });
    first.publish(fill, 0);
    first.publish(fill, 1);
    first[Symbol.dispose]();
    const next = ring.openProducer({ whenFull: 'drop-newest' });
    next.publish(fill, 2);
    expect(next.dropped).toBe(1);
    expect(ring.snapshot().producers[0]).toMatchObject({ seated: true, dropped: 2, evicted: 0 });
  });
});

describe.each([1, 2])('a lossy consumer, behind one of %d producers', (producers) => {
  const make = (capacity: number) => {
    const ring = createRing(Tick, {
      capacity,
      producers,
      firstSequence: 1_000,
      consumers: { screen: { lossy: true } },
    });
    return { ring, producer: ring.openProducer(), screen: ring.openConsumer('screen') };
  };

  it('loses the oldest, knows which, and never holds a producer up', () => {
    const { ring, producer, screen } = make(4);
    for (let n = 0; n < 10; n++) producer.publish({ timeoutMs: 0 }, fill, n);
    const seen: [number, number][] = [];
    while (screen.poll((tick, sequence) => seen.push([tick.n, sequence])) > 0);
    expect(seen).toEqual([6, 7, 8, 9].map((n) => [n, 1_000 + n]));
    expect([screen.missed, producer.evicted]).toEqual([6, 6]);
    expect(ring.snapshot().producers[0].evicted).toBe(6);
  });

  it('keeps what it has begun: then producers wait', () => {
    const { producer, screen } = make(2);
    producer.publish(fill, 0);
    producer.publish(fill, 1);
    const batch = screen.take({ max: 1 })!;
    expect(batch.first).toBe(1_000);
    expect(producer.tryPublish(fill, 2)).toBeUndefined();
    for (const tick of batch) expect(tick.n).toBe(0);
    batch.release();
    expect(producer.tryPublish(fill, 2)).toBe(1_002);
    expect(producer.tryPublish(fill, 3)).toBe(1_003);
    expect([screen.missed, producer.evicted]).toEqual([0, 1]);
    expect(polled(screen, 1)).toEqual([2]);
    expect(screen.missed).toBe(1);
  });

  it('loses claims of any length, also in the middle of one', () => {
    const { producer, screen } = make(8);
    const seen: number[] = [];
    for (let n = 0; n < 40; n += 4) producer.publishBatch([n, n + 1, n + 2, n + 3], fill);
    producer.publish(fill, 40);
    while (screen.poll((tick) => seen.push(tick.n)) > 0);
    expect(seen).toEqual([33, 34, 35, 36, 37, 38, 39, 40]);
    expect(screen.missed).toBe(33);
  });

  it('counts for who has its seat next from where it ended', () => {
    const { ring, producer, screen } = make(2);
    producer.publish(fill, 0);
    polled(screen);
    screen[Symbol.dispose]();
    for (let n = 1; n < 5; n++) producer.publish(fill, n);
    const next = ring.openConsumer('screen');
    expect([...polled(next), ...polled(next)]).toEqual([3, 4]);
    expect(next.missed).toBe(2);
  });

  it('does not make others lose anything', () => {
    const ring = createRing(Tick, {
      capacity: 2,
      producers,
      consumers: { screen: { lossy: true }, journal: {} },
    });
    const producer = ring.openProducer();
    const [screen, journal] = [ring.openConsumer('screen'), ring.openConsumer('journal')];
    producer.publish(fill, 0);
    producer.publish(fill, 1);
    expect(producer.tryPublish(fill, 2)).toBeUndefined();
    expect(polled(journal)).toEqual([0, 1]);
    expect(producer.tryPublish(fill, 2)).toBe(2);
    expect(polled(journal)).toEqual([2]);
    expect([...polled(screen, 1), ...polled(screen, 1)]).toEqual([1, 2]);
    expect(screen.missed).toBe(1);
  });
});

describe('options that do not go together are refused', () => {
  it.each([
    ['a lossy group', { a: { lossy: true, workers: 2 } }],
    ['a lossy consumer after another', { a: {}, b: { lossy: true, after: ['a'] } }],
    ['one after a lossy consumer', { a: { lossy: true }, b: { after: ['a'] } }],
  ])('%s', (_, consumers) => {
    expect(() => createRing(Tick, { capacity: 4, consumers: consumers as never })).toThrow(
      expect.objectContaining({ code: 'ERR_LOSSY' }),
    );
  });

  it('a policy that there is not', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a'] });
    expect(() => ring.openProducer({ whenFull: 'drop-oldest' as never })).toThrow(
      expect.objectContaining({ code: 'ERR_WHEN_FULL' }),
    );
    expect(ring.openProducer().next).toBe(0);
  });
});
