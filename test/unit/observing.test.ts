import {
  ArgumentError,
  createRing,
  type Observer,
  openRing,
  type RingOptions,
  SeatError,
  TurnError,
  WaitError,
} from 'slipring';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  expectRefusal,
  expectThrown,
  fillTick,
  publishAll,
  rejectionOf,
  Tick,
  type TickFields,
  wraps,
} from './support.js';

const ringOf = (capacity: number, options: Omit<Partial<RingOptions>, 'consumers'> = {}) =>
  createRing(Tick, { capacity, consumers: ['first'], spareLossySeats: 1, ...options });

function look(observer: Observer<TickFields>, max?: number): string {
  const seen: string[] = [];
  observer.poll((tick, sequence) => seen.push(`${sequence}:${tick.n}`), max === undefined ? {} : { max });
  return seen.join();
}

describe('an observer', () => {
  it('sees what is published from then on, and misses nothing as long as it looks', () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    publishAll(producer, 10);
    const observer = openRing(ring.handle, Tick).observe();
    expect([observer.next, look(observer)]).toEqual([1, '']);
    publishAll(producer, 11, 12);
    expect([look(observer), look(observer), observer.missed]).toEqual(['1:11,2:12', '', 0]);
  });

  it('sees the newest, and is told how many it missed', () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    const observer = ring.observe();
    publishAll(producer, 10, 11, 12, 13);
    expect([look(observer, 1), observer.missed]).toEqual(['3:13', 3]);
    expect(look(observer, 1)).toBe('');
  });

  it.each([1, 2])('gates nobody, however long it does not look, %i producers', (producers) => {
    const ring = ringOf(2, { producers });
    const producer = ring.openProducer({ whenFull: 'strict' });
    const first = ring.openConsumer('first');
    const observer = ring.observe();
    for (let n = 10; n < 20; n++) {
      producer.publish(fillTick, n);
      first.poll(() => {});
    }
    expect([look(observer), observer.missed]).toEqual(['8:18,9:19', 8]);
    expect([producer.dropped, producer.evicted]).toEqual([0, 8]);
  });

  it('gates nobody while it handles an event: what it has is a copy', () => {
    const ring = ringOf(1);
    const producer = ring.openProducer({ whenFull: 'drop-newest' });
    const first = ring.openConsumer('first');
    const observer = ring.observe();
    publishAll(producer, 10);
    observer.poll((tick, sequence) => {
      for (const n of [11, 12]) {
        first.poll(() => {});
        publishAll(producer, n);
      }
      expect([sequence, tick.n]).toEqual([0, 10]);
    });
    expect([look(observer), observer.missed, producer.dropped]).toEqual(['2:12', 1, 0]);
  });

  it('does not hold up who waits for the ring, nor is it one of its consumers', () => {
    const ring = ringOf(2);
    const observer = ring.observe();
    publishAll(ring.openProducer(), 10);
    expect([ring.remaining, ring.consumerNames]).toEqual([1, ['first']]);
    ring.openConsumer('first').poll(() => {});
    expect([ring.remaining, ring.snapshot().consumers.length]).toEqual([2, 1]);
    ring.processed(0, atOnce);
    ring.close();
    ring.drained(atOnce);
    expect([observer.ended, look(observer), observer.ended]).toEqual([false, '0:10', true]);
  });

  it.each([1, 2])('is nobody: with no consumer left, %i producers hold', (producers) => {
    const ring = ringOf(2, { producers, spareSeats: 1 });
    const producer = ring.openProducer();
    const observer = ring.observe();
    ring.openConsumer('first').leave();
    publishAll(producer, 10, 11);
    expect(producer.tryPublish(fillTick, 12)).toBeUndefined();
    expect(look(observer)).toBe('0:10,1:11');
    expect(producer.tryPublish(fillTick, 12)).toBeUndefined();
    const late = ring.join('late', { start: 'oldest' });
    expect(late.next).toBe(0);
  });

  it.each([1, 2])('looks on where %i producers discard', (producers) => {
    const ring = ringOf(2, { producers, whenNobodyListens: 'discard' });
    const producer = ring.openProducer();
    const observer = ring.observe();
    ring.openConsumer('first').leave();
    publishAll(producer, 10, 11, 12, 13, 14);
    expect([look(observer), observer.missed]).toEqual(['3:13,4:14', 3]);
  });

  it('passes over what producers gave up', () => {
    const ring = ringOf(8, { producers: 2 });
    const producer = ring.openProducer();
    const observer = ring.observe();
    publishAll(producer, 10);
    producer.claim(1).abandon();
    publishAll(producer, 11);
    expect([look(observer), look(observer)]).toEqual(['0:10', '2:11']);
  });

  it.each(wraps)('across %i', (firstSequence) => {
    const ring = ringOf(2, { firstSequence });
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const observer = ring.observe();
    for (let n = 0; n < 6; n++) {
      publishAll(producer, n);
      first.poll(() => {});
      if (n % 3 === 2)
        expect(look(observer)).toBe(`${firstSequence + n - 1}:${n - 1},${firstSequence + n}:${n}`);
    }
    expect(observer.missed).toBe(2);
  });

  it('gives its seat back when it is disposed, also by its ring', () => {
    const ring = ringOf(2);
    const observer = ring.observe();
    expectThrown(() => ring.observe(), SeatError, 'ERR_NO_SPARE_SEAT');
    observer[Symbol.dispose]();
    observer[Symbol.dispose]();
    expectThrown(() => look(observer), SeatError, 'ERR_SEAT_LEFT');
    const other = openRing(ring.handle, Tick);
    other.observe();
    other[Symbol.dispose]();
    ring.observe();
    expectThrown(() => ringOf(2, { spareLossySeats: 0 }).observe(), SeatError, 'ERR_NO_SPARE_SEAT');
  });

  it('is refused what it does not know, and no call within a call', () => {
    const ring = ringOf(2);
    const observer = ring.observe();
    expectThrown(() => observer.poll(7 as never), ArgumentError, 'ERR_HANDLER');
    expectThrown(() => look(observer, 0), ArgumentError, 'ERR_BATCH_MAX');
    expectThrown(() => observer.poll(() => {}, { after: 1 } as never), ArgumentError, 'ERR_OPTION');
    expectThrown(() => ring.observe({ start: 'now' } as never), ArgumentError, 'ERR_OPTION');
    publishAll(ring.openProducer(), 10);
    observer.poll(() => expectThrown(() => look(observer), TurnError, 'ERR_CONSUMER_BUSY'));
  });

  it('goes on after a handler that threw', () => {
    const ring = ringOf(4);
    const observer = ring.observe();
    publishAll(ring.openProducer(), 10, 11);
    expect(() =>
      observer.poll(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([observer.next, look(observer), observer.missed]).toEqual([1, '1:11', 0]);
  });
});

describe('an observer that waits', () => {
  it('runs until the ring is closed, and is told of an abort', () => {
    const ring = ringOf(4);
    const observer = ring.observe();
    publishAll(ring.openProducer(), 10, 11);
    ring.close();
    const seen: number[] = [];
    expect(observer.run((tick) => seen.push(tick.n))).toBe(2);
    expect(seen).toEqual([10, 11]);
    ring.abort('enough');
    expect(() => observer.run(() => {})).toThrow('enough');
  });

  it('ends when its time is up', () => {
    const observer = ringOf(4).observe();
    expectThrown(() => observer.run(() => {}, atOnce), WaitError, 'ERR_TIMED_OUT');
  });

  it('may wait on the event loop, for handlers too, and is told when it is disposed', async () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    const observer = ring.observe();
    const seen: number[] = [];
    const run = observer.runAsync(async (tick) => {
      await Promise.resolve();
      if (seen.push(tick.n) === 2) void observer[Symbol.asyncDispose]();
    });
    publishAll(producer, 10);
    await new Promise((resolve) => setImmediate(resolve));
    publishAll(producer, 11, 12);
    expectRefusal(await rejectionOf(run), SeatError, 'ERR_SEAT_LEFT');
    expect(seen).toEqual([10, 11]);
  });

  it('ends on the event loop with the ring', async () => {
    const ring = ringOf(4);
    const observer = ring.observe();
    const run = observer.runAsync(() => {});
    publishAll(ring.openProducer(), 10);
    ring.close();
    expect(await run).toBe(1);
    await observer[Symbol.asyncDispose]();
  });
});
