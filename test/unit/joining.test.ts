import {
  ArgumentError,
  type ConsumerOptions,
  createRing,
  openRing,
  type RingOptions,
  SeatError,
} from 'slipring';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { atOnce, expectRefusal, fillTick, publishAll, thrownBy, Tick } from './support.js';

const ringOf = (capacity: number, options: Omit<Partial<RingOptions>, 'consumers'> = {}) =>
  createRing(Tick, { capacity, consumers: ['first'], spareSeats: 2, ...options });

function poll(consumer: ReturnType<ReturnType<typeof ringOf>['join']>): string {
  const seen: string[] = [];
  consumer.poll((tick, sequence) => seen.push(`${sequence}:${tick.n}`));
  return seen.join();
}

describe('a consumer that joins', () => {
  it('sees what is published from then on', () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    publishAll(producer, 10, 11);
    const late = ring.join('late');
    expect(late.next).toBe(2);
    publishAll(producer, 12);
    expect(poll(late)).toBe('2:12');
  });

  it('may begin with the oldest event that is still there', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    publishAll(producer, 10, 11);
    first.poll(() => {});
    publishAll(producer, 12);
    expect(poll(ring.join('late', { start: 'oldest' }))).toBe('2:12');
  });

  it('holds the producer back, until it leaves', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const late = ring.join('late');
    publishAll(producer, 10, 11);
    first.poll(() => {});
    expect(producer.tryPublish(fillTick, 12)).toBeUndefined();
    late.leave();
    publishAll(producer, 12, 13);
  });

  it('comes after those that it names', () => {
    const ring = ringOf(4);
    const late = openRing(ring.handle, Tick).join('late', { after: ['first'] });
    publishAll(ring.openProducer(), 10);
    expect(poll(late)).toBe('');
    ring.openConsumer('first').poll(() => {});
    expect(poll(late)).toBe('0:10');
    expect(ring.snapshot().consumers[1]).toMatchObject({ name: 'late', after: ['first'], seated: true });
  });

  it('leaves for good when it is disposed, and its seat and name are free again', () => {
    const ring = ringOf(4, { spareSeats: 1 });
    ring.join('late')[Symbol.dispose]();
    expect(ring.consumerNames).toEqual(['first']);
    ring.join('late');
    expect(ring.consumerNames).toEqual(['first', 'late']);
    expectRefusal(
      thrownBy(() => ring.join('more')),
      SeatError,
      'ERR_NO_SPARE_SEAT',
    );
  });

  it('needs a name of its own, a spare seat and consumers that exist', () => {
    const ring = ringOf(4);
    expectRefusal(
      thrownBy(() => ring.join('first')),
      ArgumentError,
      'ERR_CONSUMER_DUPLICATE',
    );
    expectRefusal(
      thrownBy(() => ring.join('')),
      ArgumentError,
      'ERR_CONSUMER_NAME',
    );
    expectRefusal(
      thrownBy(() => ring.join('a', { after: ['b'] })),
      ArgumentError,
      'ERR_CONSUMER_UNKNOWN',
    );
    expectRefusal(
      thrownBy(() => ring.join('a', { start: 'soon' as 'now' })),
      ArgumentError,
      'ERR_START',
    );
    const fixed = ringOf(4, { spareSeats: 0 });
    expectRefusal(
      thrownBy(() => fixed.join('late')),
      SeatError,
      'ERR_NO_SPARE_SEAT',
    );
  });
});

describe('a consumer that leaves for good', () => {
  it('is replaced by what it came after', () => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: { a: {}, b: { after: ['a'] }, c: { after: ['b'] } },
    });
    const [a, b, c] = [ring.openConsumer('a'), ring.openConsumer('b'), ring.openConsumer('c')];
    publishAll(ring.openProducer(), 10);
    b.leave();
    expect(poll(c)).toBe('');
    a.poll(() => {});
    expect(poll(c)).toBe('0:10');
    expectRefusal(
      thrownBy(() => ring.openConsumer('b')),
      SeatError,
      'ERR_CONSUMER_UNKNOWN',
    );
  });

  it('is not waited for when the ring is drained', () => {
    const ring = ringOf(4, { spareSeats: 0 });
    publishAll(ring.openProducer(), 10);
    ring.openConsumer('first').leave();
    ring.processed(0, atOnce);
    ring.close();
    ring.drained(atOnce);
  });
});

describe('with nobody left', () => {
  it.each([1, 2])('%i producers hold until somebody joins, who sees what nobody saw', (producers) => {
    const ring = ringOf(2, { producers });
    const producer = ring.openProducer();
    ring.openConsumer('first').leave();
    publishAll(producer, 10, 11);
    expect(producer.tryPublish(fillTick, 12)).toBeUndefined();
    expect(ring.remaining).toBe(0);
    const late = ring.join('late', { start: 'oldest' });
    expect(poll(late)).toBe('0:10,1:11');
    publishAll(producer, 12);
  });

  it.each([1, 2])('%i producers go on where the ring discards', (producers) => {
    const ring = ringOf(2, { producers, whenNobodyListens: 'discard' });
    const producer = ring.openProducer();
    ring.openConsumer('first').leave();
    publishAll(producer, 10, 11, 12, 13, 14);
    expect(ring.remaining).toBe(2);
    const late = ring.join('late');
    publishAll(producer, 15);
    expect(poll(late)).toBe('5:15');
  });
});

describe('joining and leaving', () => {
  it('B-35: over and over while events flow, and twice, keeps the gate right', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    for (let n = 0; n < 20; n++) {
      const late = ring.join('late');
      expect(late.next).toBe(n);
      publishAll(producer, n);
      if (n % 2 === 0) expect(poll(late)).toBe(`${n}:${n}`);
      late.leave();
      late.leave();
      late[Symbol.dispose]();
      expect(poll(first)).toBe(`${n}:${n}`);
      expect([ring.consumerNames, ring.remaining]).toEqual([['first'], 2]);
    }
  });
});

describe('as long as nobody joins or leaves', () => {
  afterEach(() => vi.restoreAllMocks());

  /** `Atomics` calls of a hundred events that are published and handled in a ring that is never full. */
  function callsWith(
    options: Omit<Partial<RingOptions>, 'consumers'>,
    first: ConsumerOptions<never> = {},
    prepare: (ring: ReturnType<typeof ringOf>) => unknown = () => {},
  ): number {
    const ring = createRing(Tick, { capacity: 1024, consumers: { first }, ...options });
    prepare(ring);
    const producer = ring.openProducer(atOnce);
    const consumer = ring.openConsumer('first');
    publishAll(producer, 0);
    consumer.poll(() => {});
    const spies = (['load', 'store', 'exchange', 'compareExchange', 'add', 'notify'] as const).map((name) =>
      vi.spyOn(Atomics, name),
    );
    for (let n = 1; n <= 100; n++) {
      publishAll(producer, n);
      consumer.poll(() => {});
    }
    const calls = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    vi.restoreAllMocks();
    return calls;
  }

  it.each([1, 2])('an event of one of %i producers costs what it costs where nobody can', (producers) => {
    const spare = { spareSeats: 8, spareWorkers: 4, spareLossySeats: 2 };
    for (const first of [{}, { workers: 2 }, { lossy: true }]) {
      const fixed = callsWith({ producers }, first);
      expect(fixed).toBeGreaterThanOrEqual(300);
      expect(callsWith({ producers, ...spare }, first)).toBe(fixed);
    }
  });

  it.each([1, 2])('an event of one of %i producers costs the same whoever joined, and left', (producers) => {
    const options = { producers, spareSeats: 2, spareWorkers: 2, spareLossySeats: 2 };
    const alone = callsWith(options);
    const joined = callsWith(options, {}, (ring) => {
      ring.join('group', { workers: 2 });
      ring.join('tap', { lossy: true });
      ring.observe();
    });
    const left = callsWith(options, {}, (ring) => {
      ring.join('group', { workers: 2 }).leave();
      ring.join('tap', { lossy: true }).leave();
      ring.observe()[Symbol.dispose]();
    });
    expect([joined, left]).toEqual([alone, alone]);
  });
});
