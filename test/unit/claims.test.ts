import { createRing, event, f64, RingEndedError, SeatError, TurnError, u32 } from 'slipring';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  bytesOf,
  expectBlocked,
  expectThrown,
  fillTick,
  leavesUntouched,
  publishAll,
  tickRing,
  wraps,
} from './support.js';

const Trade = event({ id: u32, price: f64 });

function setUp(capacity: number, firstSequence = 0) {
  const ring = tickRing(capacity, firstSequence);
  return { ring, producer: ring.openProducer(atOnce), reader: ring.openConsumer('reader', atOnce) };
}

function readAll(reader: ReturnType<typeof setUp>['reader']): [number, number][] {
  const seen: [number, number][] = [];
  reader.poll((tick, sequence) => seen.push([sequence, tick.n]));
  return seen;
}

describe('a claim', () => {
  it('is filled through its columns and published by commit, at once', () => {
    const ring = createRing(Trade, { capacity: 4, consumers: ['reader'] });
    const claim = ring.openProducer(atOnce).claim(3);
    const { id, price } = claim.columns;
    for (const { from, to } of claim.spans) {
      for (let slot = from; slot < to; slot++) {
        id[slot] = slot;
        price[slot] = slot / 2;
      }
    }
    const reader = ring.openConsumer('reader', atOnce);
    expect(reader.poll(() => {})).toBe(0);
    expect(claim.commit()).toBe(2);
    const seen: object[] = [];
    reader.poll((trade) => seen.push(trade.toObject()));
    expect(seen).toEqual([0, 1, 2].map((n) => ({ id: n, price: n / 2 })));
  });

  it('is filled event by event', () => {
    const { producer, reader } = setUp(4);
    const claim = producer.claim(4);
    let n = 10;
    for (const tick of claim) tick.n = n++;
    claim.commit();
    expect(readAll(reader)).toEqual([10, 11, 12, 13].map((n, i) => [i, n]));
  });

  it.each([0, ...wraps])('knows its first sequence and its length, from %i', (first) => {
    const { producer } = setUp(4, first);
    for (const length of [1, 2]) {
      const claim = producer.claim(length);
      expect([claim.first, claim.length]).toEqual([producer.next, length]);
      expect(claim.commit()).toBe(claim.first + length - 1);
    }
    expect(producer.next).toBe(first + 3);
  });

  it.each([1, 2, 4, 8])(
    'of any length at any offset has at most two spans, in order, capacity %i',
    (capacity) => {
      for (let offset = 0; offset < capacity; offset++) {
        for (let length = 1; length <= capacity; length++) {
          const { producer, reader } = setUp(capacity, capacity * 2 ** 26 - capacity + offset);
          const claim = producer.claim(length);
          const slots = claim.spans.flatMap(({ from, to }) =>
            Array.from({ length: to - from }, (_, i) => from + i),
          );
          expect(claim.spans.length).toBe(offset + length > capacity ? 2 : 1);
          expect(slots).toEqual(Array.from({ length }, (_, i) => (offset + i) % capacity));
          slots.forEach((slot, i) => (claim.columns.n[slot] = 100 + i));
          claim.commit();
          expect(readAll(reader).map(([, n]) => n)).toEqual(slots.map((_, i) => 100 + i));
        }
      }
    },
  );

  it('that is abandoned publishes nothing and uses up no sequence', () => {
    const { ring, producer, reader } = setUp(2);
    const claim = producer.claim(2);
    for (const tick of claim) tick.n = 666;
    claim.abandon();
    claim.abandon();
    expect(ring.snapshot().published).toBe(0);
    expect(producer.publish(fillTick, 1)).toBe(0);
    expect(readAll(reader)).toEqual([[0, 1]]);
  });

  it('is abandoned by `using` unless it was committed', () => {
    const { ring, producer, reader } = setUp(4);
    {
      using claim = producer.claim(2);
      for (const tick of claim) tick.n = 666;
    }
    expect(ring.snapshot().published).toBe(0);
    {
      using claim = producer.claim(1);
      for (const tick of claim) tick.n = 5;
      claim.commit();
    }
    expect(readAll(reader)).toEqual([[0, 5]]);
  });

  it('is of no use once it was committed or abandoned', () => {
    const { ring, producer } = setUp(4);
    const committed = producer.claim(2);
    const iterator = committed[Symbol.iterator]();
    iterator.next();
    committed.commit();
    const abandoned = producer.claim(1);
    abandoned.abandon();
    leavesUntouched(ring.handle.buffer, () => {
      for (const claim of [committed, abandoned]) {
        for (const use of [
          () => claim.commit(),
          () => claim.columns,
          () => claim.spans,
          () => [...claim],
          () => claim[Symbol.iterator]().next(),
        ]) {
          expectThrown(use, TurnError, 'ERR_CLAIM_TURN');
        }
      }
      expectThrown(() => iterator.next(), TurnError, 'ERR_CLAIM_TURN');
    });
    expect(ring.snapshot().published).toBe(2);
  });

  it('that waits for more than there is room for ends with its time, and leaves everything as it was', () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1);
    leavesUntouched(ring.handle.buffer, () => {
      expectBlocked(() => producer.claim(3));
      expect(producer.tryClaim(3)).toBeUndefined();
    });
    expectBlocked(() => producer.claim(3, { timeoutMs: 1, wait: 'park' }));
    const claim = producer.tryClaim(2)!;
    claim.abandon();
    reader.poll(() => {}, { max: 1 });
    expect(producer.tryClaim(3)?.commit()).toBe(4);
  });

  it('that meets the closed ring at its commit delivers nothing', () => {
    const { ring, producer, reader } = setUp(2);
    const claim = producer.claim(2);
    ring.close();
    expectThrown(() => claim.commit(), RingEndedError, 'ERR_RING_CLOSED');
    expect(ring.snapshot().published).toBe(0);
    expect(reader.run(() => {})).toBe(0);
  });

  it('is abandoned when its producer leaves, and the next producer has its slots', () => {
    const { ring, producer, reader } = setUp(2);
    const claim = producer.claim(2);
    producer[Symbol.dispose]();
    const next = ring.openProducer(atOnce);
    publishAll(next, 1);
    expectThrown(() => claim.commit(), SeatError, 'ERR_SEAT_LEFT');
    expect(readAll(reader)).toEqual([[0, 1]]);
  });

  it('gives no way into the ring’s memory after its producer left', () => {
    const { ring, producer } = setUp(2);
    const claim = producer.claim(2);
    producer[Symbol.dispose]();
    publishAll(ring.openProducer(atOnce), 1);
    leavesUntouched(ring.handle.buffer, () => {
      expect(() => claim.columns).toThrow();
      expect(() => [...claim].length).toThrow();
    });
  });
});

describe('B-18: a second claim while one is open', () => {
  it.each([1, 2, 8])('is refused, as is publishing, and changes nothing, capacity %i', (capacity) => {
    const { ring, producer } = setUp(capacity);
    const claim = producer.claim(1);
    leavesUntouched(ring.handle.buffer, () => {
      for (const second of [
        () => producer.claim(1),
        () => producer.tryClaim(1),
        () => producer.publish(fillTick, 1),
        () => producer.publish({}, fillTick, 1),
        () => producer.tryPublish(fillTick, 1),
        () => producer.publishBatch([1], fillTick),
      ]) {
        expectThrown(second, TurnError, 'ERR_CLAIM_OPEN');
      }
    });
    expect(claim.commit()).toBe(0);
  });

  it('never exposes slots that were claimed and not committed', () => {
    const { ring, producer, reader } = setUp(4, wraps[1]);
    producer.claim(3).abandon();
    producer.claim(4).abandon();
    const claim = producer.claim(2);
    for (const tick of claim) tick.n = 7;
    expect(reader.poll(() => expect.unreachable())).toBe(0);
    claim.commit();
    expect(readAll(reader)).toEqual([0, 1].map((i) => [wraps[1] + i, 7]));
    expect(ring.snapshot().published).toBe(wraps[1] + 2);
  });
});

it('B-15: looking at anything between a claim and its commit moves nothing', () => {
  const { ring, producer, reader } = setUp(2);
  publishAll(producer, 1);
  const claim = producer.claim(1);
  const before = bytesOf(ring.handle.buffer);
  const looks = [
    ring.remaining,
    ring.snapshot(),
    ring.bytes,
    ring.capacity,
    ring.closed,
    ring.consumerNames,
    ring.handle,
    inspect(ring),
    inspect(producer),
    inspect(reader),
    inspect(claim),
    producer.next,
    reader.next,
    reader.ended,
    claim.spans,
    claim.columns,
  ];
  expectBlocked(() => ring.processed(1, atOnce));
  expectBlocked(() => ring.drained(atOnce));
  expect(looks).toHaveLength(16);
  expect(bytesOf(ring.handle.buffer).equals(before)).toBe(true);
  expect(ring.snapshot().published).toBe(1);
  expect(ring.remaining).toBe(1);
  expect(claim.commit()).toBe(1);
});
