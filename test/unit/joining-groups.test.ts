import { ArgumentError, type Consumer, createRing, openRing, type RingOptions, SeatError } from 'slipring';
import { describe, expect, it } from 'vitest';
import { atOnce, expectThrown, fillTick, publishAll, Tick, type TickFields, wraps } from './support.js';

const ringOf = (capacity: number, options: Omit<Partial<RingOptions>, 'consumers'> = {}) =>
  createRing(Tick, {
    capacity,
    consumers: ['first'],
    spareSeats: 2,
    spareWorkers: 2,
    spareLossySeats: 1,
    ...options,
  });

/** Handles `max` events at most. */
function poll(consumer: Consumer<TickFields>, max?: number): string {
  const seen: string[] = [];
  consumer.poll((tick, sequence) => seen.push(`${sequence}:${tick.n}`), max === undefined ? {} : { max });
  return seen.join();
}

describe('a group that joins', () => {
  it.each([1, 2])('gets each event from then on in one of its workers, %i producers', (producers) => {
    const ring = ringOf(4, { producers });
    const producer = ring.openProducer();
    publishAll(producer, 10);
    const one = ring.join('group', { workers: 2 });
    const two = openRing(ring.handle, Tick).openConsumer('group');
    publishAll(producer, 11, 12);
    expect([poll(one, 1), poll(two, 1), poll(one), poll(two)]).toEqual(['1:11', '2:12', '', '']);
    expect(ring.snapshot().consumers[1]).toMatchObject({
      name: 'group',
      position: 3,
      seated: true,
      workers: [{ seated: true }, { seated: true }],
    });
  });

  it('has as many workers as it said, and no more', () => {
    const ring = ringOf(4);
    const names = openRing(ring.handle, Tick);
    ring.join('group', { workers: 2 });
    names.openConsumer('group');
    expectThrown(() => names.openConsumer('group'), SeatError, 'ERR_SEAT_TAKEN');
    ring.join('small', { workers: 1 });
    expectThrown(() => names.openConsumer('small'), SeatError, 'ERR_SEAT_TAKEN');
  });

  it('holds the producer back, also by what a worker has in hand', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const worker = ring.join('group', { workers: 2 });
    publishAll(producer, 10, 11);
    first.poll(() => {});
    expect(producer.tryPublish(fillTick, 12)).toBeUndefined();
    worker.poll(() => expect(producer.tryPublish(fillTick, 12)).toBeUndefined(), { max: 1 });
    publishAll(producer, 12);
  });

  it('comes after those that it names, and others come after it', () => {
    const ring = ringOf(4);
    const worker = ring.join('group', { workers: 2, after: ['first'] });
    const last = ring.join('last', { after: ['group'] });
    publishAll(ring.openProducer(), 10);
    expect([poll(worker), poll(last)]).toEqual(['', '']);
    ring.openConsumer('first').poll(() => {});
    expect(poll(last)).toBe('');
    expect(poll(worker)).toBe('0:10');
    expect(poll(last)).toBe('0:10');
  });

  it.each([1, 2])('may begin with the oldest event that is still there, %i producers', (producers) => {
    const ring = ringOf(2, { producers });
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    publishAll(producer, 10, 11);
    first.poll(() => {});
    publishAll(producer, 12);
    expect(poll(ring.join('group', { workers: 1, start: 'oldest' }))).toBe('2:12');
  });

  it('stays when its workers are disposed, and what they had in hand goes to the next', () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    const one = ring.join('group', { workers: 2 });
    publishAll(producer, 10, 11);
    one.take({ max: 1 });
    one[Symbol.dispose]();
    expect(ring.consumerNames).toEqual(['first', 'group']);
    const next = openRing(ring.handle, Tick).openConsumer('group');
    expect(next.redelivered).toBe(true);
    expect([poll(next), poll(next)].join()).toBe('0:10,1:11');
  });

  it('needs room for its workers, and a name of its own', () => {
    const ring = ringOf(4);
    for (const workers of [0, 3, 1.5, NaN]) {
      expectThrown(() => ring.join('group', { workers }), ArgumentError, 'ERR_WORKERS');
    }
    expectThrown(() => ring.join('first', { workers: 1 }), ArgumentError, 'ERR_CONSUMER_DUPLICATE');
    const fixed = ringOf(4, { spareWorkers: 0 });
    expectThrown(() => fixed.join('group', { workers: 1 }), ArgumentError, 'ERR_WORKERS');
    fixed.join('alone');
  });

  it('is refused, with nothing changed, where the ring has fewer workers than it asks for', () => {
    const ring = ringOf(4, { spareSeats: 1 });
    expectThrown(
      () => ring.join('group', { workers: 2, after: ['nobody'] }),
      ArgumentError,
      'ERR_CONSUMER_UNKNOWN',
    );
    const worker = ring.join('group', { workers: 2 });
    expectThrown(() => ring.join('more', { workers: 2 }), SeatError, 'ERR_NO_SPARE_SEAT');
    worker.leave();
    ring.join('more');
  });
});

describe('a group that leaves for good', () => {
  it('frees what it held back, also what its last worker has in hand', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const worker = ring.join('group', { workers: 2 });
    publishAll(producer, 10, 11);
    first.poll(() => {});
    worker.take({ max: 1 });
    worker.leave();
    publishAll(producer, 12, 13);
    expect(ring.consumerNames).toEqual(['first']);
    expectThrown(() => worker.poll(() => {}), SeatError, 'ERR_SEAT_LEFT');
  });

  it('frees what others of it left in hand', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const one = ring.join('group', { workers: 2 });
    const two = openRing(ring.handle, Tick).openConsumer('group');
    publishAll(producer, 10, 11);
    first.poll(() => {});
    one.take({ max: 1 });
    one[Symbol.dispose]();
    two.leave();
    publishAll(producer, 12, 13);
    expect(ring.remaining).toBe(0);
    first.poll(() => {});
    ring.processed(3, atOnce);
  });

  it('is refused while another worker sits there, and changes nothing then', () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    const one = ring.join('group', { workers: 2 });
    const two = openRing(ring.handle, Tick).openConsumer('group');
    expectThrown(() => one.leave(), SeatError, 'ERR_LEAVE');
    publishAll(producer, 10);
    expect(poll(one)).toBe('0:10');
    one[Symbol.dispose]();
    two.leave();
    expect(ring.consumerNames).toEqual(['first']);
  });

  it('is replaced by what it came after, declared or joined', () => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: { a: {}, group: { workers: 2, after: ['a'] }, c: { after: ['group'] } },
    });
    const [a, worker, c] = [ring.openConsumer('a'), ring.openConsumer('group'), ring.openConsumer('c')];
    publishAll(ring.openProducer(), 10);
    worker.leave();
    expect(poll(c)).toBe('');
    a.poll(() => {});
    expect(poll(c)).toBe('0:10');
    expectThrown(() => ring.openConsumer('group'), SeatError, 'ERR_CONSUMER_UNKNOWN');
  });

  it('is seen to have left by whoever looked it up before', () => {
    const ring = ringOf(4);
    const worker = ring.join('group', { workers: 2 });
    worker.leave();
    expectThrown(() => openRing(ring.handle, Tick).openConsumer('group'), SeatError, 'ERR_CONSUMER_UNKNOWN');
    const again = ring.join('group', { workers: 1 });
    expect(ring.snapshot().consumers[1].workers).toEqual([{ seated: true, busy: false, failed: undefined }]);
    again.leave();
  });

  it('leaves no failure behind for whoever comes next', () => {
    const ring = ringOf(4, { spareSeats: 1 });
    const producer = ring.openProducer();
    const worker = ring.join('group', { workers: 1 });
    publishAll(producer, 10);
    expect(() =>
      worker.poll(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(ring.snapshot().consumers[1].failed).toMatchObject({ sequence: 0 });
    worker.leave();
    ring.join('group', { workers: 1 });
    expect(ring.snapshot().consumers[1].failed).toBeUndefined();
  });

  it.each(wraps)('over and over, across %i', (firstSequence) => {
    const ring = ringOf(2, { firstSequence });
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    for (let n = firstSequence; n < firstSequence + 6; n++) {
      const worker = ring.join('group', { workers: 2 });
      publishAll(producer, n % 1000);
      if (n % 2 === 0) expect(poll(worker)).toBe(`${n}:${n % 1000}`);
      worker.leave();
      expect(poll(first)).toBe(`${n}:${n % 1000}`);
      expect([ring.consumerNames, ring.remaining]).toEqual([['first'], 2]);
    }
  });

  it('as the last consumer leaves the ring to nobody', () => {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { group: { workers: 1 } },
      spareSeats: 1,
      spareWorkers: 1,
    });
    const producer = ring.openProducer();
    const worker = ring.openConsumer('group');
    publishAll(producer, 10);
    worker.take();
    worker.leave();
    // What it had in hand it has given up; what it had not begun is held for whoever joins.
    publishAll(producer, 11, 12);
    expect(producer.tryPublish(fillTick, 13)).toBeUndefined();
    const next = ring.join('next', { workers: 1, start: 'oldest' });
    expect([poll(next), poll(next)]).toEqual(['1:11', '2:12']);
  });
});

describe('a lossy consumer that joins', () => {
  it.each([1, 2])(
    'misses what it has not begun, and counts it from its first on, %i producers',
    (producers) => {
      const ring = ringOf(2, { producers });
      const producer = ring.openProducer();
      const first = ring.openConsumer('first');
      publishAll(producer, 10, 11);
      first.poll(() => {});
      const tap = ring.join('tap', { lossy: true });
      expect([tap.next, tap.missed]).toEqual([2, 0]);
      for (const n of [12, 13, 14]) {
        publishAll(producer, n);
        first.poll(() => {});
      }
      expect([poll(tap), tap.missed]).toEqual(['3:13', 1]);
      expect([poll(tap), tap.missed, producer.evicted]).toEqual(['4:14', 1, 1]);
      expect(ring.consumerNames).toEqual(['first', 'tap']);
    },
  );

  it('leaves for good when it is disposed, and holds nobody up any more', () => {
    const ring = ringOf(1);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const tap = ring.join('tap', { lossy: true });
    publishAll(producer, 10);
    first.poll(() => {});
    tap.take();
    expect(producer.tryPublish(fillTick, 11)).toBeUndefined();
    tap[Symbol.dispose]();
    publishAll(producer, 11);
    expect(ring.consumerNames).toEqual(['first']);
    ring.join('tap', { lossy: true }).leave();
    expect(ring.consumerNames).toEqual(['first']);
  });

  it('leaves for good where it was declared', () => {
    const ring = createRing(Tick, { capacity: 1, consumers: { first: {}, tap: { lossy: true } } });
    const producer = ring.openProducer();
    const tap = ring.openConsumer('tap');
    publishAll(producer, 10);
    ring.openConsumer('first').poll(() => {});
    tap.leave();
    publishAll(producer, 11);
    expect(ring.consumerNames).toEqual(['first']);
    expectThrown(() => ring.openConsumer('tap'), SeatError, 'ERR_CONSUMER_UNKNOWN');
  });

  it('is neither a group nor after others, takes a seat of its own kind, and nobody comes after it', () => {
    const ring = ringOf(2);
    expectThrown(() => ring.join('tap', { lossy: true, workers: 1 }), ArgumentError, 'ERR_LOSSY');
    expectThrown(() => ring.join('tap', { lossy: true, after: ['first'] }), ArgumentError, 'ERR_LOSSY');
    ring.join('tap', { lossy: true });
    expectThrown(() => ring.join('late', { after: ['tap'] }), ArgumentError, 'ERR_LOSSY');
    expectThrown(() => ring.join('more', { lossy: true }), SeatError, 'ERR_NO_SPARE_SEAT');
    expectThrown(() => openRing(ring.handle, Tick).openConsumer('tap'), SeatError, 'ERR_SEAT_TAKEN');
  });

  it.each(['spareSeats', 'spareWorkers', 'spareLossySeats'] as const)('%s is a whole number', (option) => {
    for (const value of [-1, 0.5, 1e6, NaN, '1' as never])
      expectThrown(() => ringOf(2, { [option]: value }), ArgumentError, 'ERR_SPARE_SEATS');
  });
});
