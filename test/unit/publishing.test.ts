import { createRing, RingEndedError, SeatError, TurnError } from 'slipring';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  expectBlocked,
  expectRefusal,
  expectThrown,
  fillTick,
  leavesUntouched,
  publishAll,
  rejectionOf,
  thrownBy,
  Tick,
  tickRing,
  wraps,
} from './support.js';

describe('publish', () => {
  it.each([0, ...wraps])('returns the sequence of its event, counted from %i', (first) => {
    const ring = tickRing(4, first);
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    for (let n = 0; n < 12; n++) {
      expect(producer.next).toBe(first + n);
      expect(producer.publish(fillTick, n)).toBe(first + n);
      reader.poll((tick, sequence) => expect([tick.n, sequence]).toEqual([n, first + n]));
    }
  });

  it('passes its arguments on to the fill', () => {
    const producer = tickRing(1).openProducer();
    const given: unknown[] = [];
    producer.publish((_, ...args: [string, null, object]) => void given.push(...args), 'a', null, given);
    expect(given).toEqual(['a', null, given]);
  });

  it('takes options before the fill, for this call alone', () => {
    const ring = tickRing(1);
    const producer = ring.openProducer({ timeoutMs: 0 });
    expect(producer.publish({ timeoutMs: 60_000 }, fillTick, 7)).toBe(0);
    expectBlocked(() => producer.publish({ timeoutMs: 1 }, fillTick, 8));
    expectBlocked(() => producer.publish(fillTick, 8));
    const seen: number[] = [];
    ring.openConsumer('reader').poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([7]);
  });

  it('that timed out published nothing, and may be tried again', () => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    publishAll(producer, 1);
    leavesUntouched(ring.handle.buffer, () => expectBlocked(() => producer.publish(fillTick, 2)));
    ring.openConsumer('reader').poll(() => {});
    expect(producer.publish(fillTick, 2)).toBe(1);
  });

  it('B-28: publishes nothing when the fill throws, and the next event has the same sequence', () => {
    const ring = tickRing(2);
    const producer = ring.openProducer(atOnce);
    const wrong = new Error('no');
    const fail = (tick: { n: number }): never => {
      tick.n = 666;
      throw wrong;
    };
    expect(thrownBy(() => producer.publish(fail))).toBe(wrong);
    expect(thrownBy(() => producer.tryPublish(fail))).toBe(wrong);
    expect(thrownBy(() => producer.publish({ timeoutMs: 0 }, fail))).toBe(wrong);
    expect(ring.snapshot()).toMatchObject({ published: 0, closed: false });
    expect(producer.publish(fillTick, 1)).toBe(0);
    const seen: number[] = [];
    ring.openConsumer('reader').poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([1]);
  });

  it('is refused inside a fill in all its forms, and the outer event is published all the same', async () => {
    const ring = tickRing(4);
    const producer = ring.openProducer(atOnce);
    const rejections: Promise<unknown>[] = [];
    const nested = (tick: { n: number }): void => {
      tick.n = 1;
      leavesUntouched(ring.handle.buffer, () => {
        for (const again of [
          () => producer.publish(fillTick, 2),
          () => producer.publish({}, fillTick, 2),
          () => producer.tryPublish(fillTick, 2),
          () => producer.publishBatch([2], fillTick),
          () => producer.publishBatch([], fillTick),
          () => producer.claim(1),
          () => producer.tryClaim(1),
          () => producer[Symbol.dispose](),
        ]) {
          expectThrown(again, TurnError, 'ERR_CLAIM_OPEN');
        }
        rejections.push(
          rejectionOf(producer.publishAsync(fillTick, 2)),
          rejectionOf(producer.publishBatchAsync([2], fillTick)),
          rejectionOf(producer.claimAsync(1)),
        );
      });
      tick.n += 6;
    };
    expect(producer.publish(nested)).toBe(0);
    expect(producer.publishBatch([0], nested)).toBe(1);
    for (const error of await Promise.all(rejections)) expectRefusal(error, TurnError, 'ERR_CLAIM_OPEN');
    const seen: number[] = [];
    ring.openConsumer('reader').poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([7, 7]);
  });

  it('to another ring inside a fill is nobody’s business', () => {
    const [one, other] = [tickRing(1), tickRing(1)];
    const others = other.openProducer(atOnce);
    one.openProducer(atOnce).publish((tick) => {
      tick.n = 1;
      others.publish(fillTick, 2);
    });
    expect([one, other].map((ring) => ring.snapshot().published)).toEqual([1, 1]);
  });
});

describe('tryPublish', () => {
  it.each([1, 2, 4])(
    'B-13: at capacity %i a ring takes exactly its capacity, from every offset',
    (capacity) => {
      for (let offset = 0; offset <= 2 * capacity; offset++) {
        const ring = tickRing(capacity, 2 ** 30 - capacity);
        const producer = ring.openProducer(atOnce);
        const reader = ring.openConsumer('reader', atOnce);
        for (let n = 0; n < offset; n++) {
          publishAll(producer, n);
          reader.poll(() => {});
        }
        for (let freed = capacity; freed >= 1; freed--) {
          for (let n = 0; n < freed; n++) {
            expect(ring.remaining).toBe(freed - n);
            publishAll(producer, n);
          }
          expect(ring.remaining).toBe(0);
          expect(producer.tryPublish(fillTick, 0)).toBeUndefined();
          expectBlocked(() => producer.publish(fillTick, 0));
          expect(reader.poll(() => {}, { max: freed - 1 || 1 })).toBe(freed - 1 || 1);
        }
      }
    },
  );

  it('never calls the fill when the ring is full', () => {
    const producer = tickRing(1).openProducer();
    publishAll(producer, 1);
    expect(producer.tryPublish(() => expect.unreachable())).toBeUndefined();
  });

  it('B-47: lets a handler publish to its own full ring without hanging', () => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    publishAll(producer, 1);
    const answers: unknown[] = [];
    reader.poll(() => answers.push(producer.tryPublish(fillTick, 2)));
    expect(answers).toEqual([undefined]);
    expect(producer.tryPublish(fillTick, 2)).toBe(1);
  });
});

describe('B-14: a consumer that has not come yet', () => {
  it.each([1, 2, 4])('holds the producer back from the first event on, capacity %i', (capacity) => {
    const ring = createRing(Tick, { capacity, consumers: { first: {}, last: { after: ['first'] } } });
    const producer = ring.openProducer(atOnce);
    publishAll(producer, ...Array(capacity).keys());
    expect(producer.tryPublish(fillTick, 0)).toBeUndefined();
    const first = ring.openConsumer('first', atOnce);
    first.poll(() => {});
    expect(producer.tryPublish(fillTick, 0)).toBeUndefined();
    const seen: number[] = [];
    const last = ring.openConsumer('last', atOnce);
    expect(last.poll((tick) => seen.push(tick.n))).toBe(capacity);
    expect(seen).toEqual([...Array(capacity).keys()]);
    publishAll(producer, ...Array(capacity).keys());
    expect(producer.tryPublish(fillTick, 0)).toBeUndefined();
  });
});

it('B-30: every declared consumer gates the producer: there is nothing to forget', () => {
  const ring = createRing(Tick, {
    capacity: 2,
    consumers: { a: {}, b: {}, c: { after: ['a'] }, d: { after: ['b', 'c'] } },
  });
  const producer = ring.openProducer(atOnce);
  const consumers = ring.consumerNames.map((name) => ring.openConsumer(name, atOnce));
  publishAll(producer, 0, 1);
  for (const consumer of consumers) {
    expect(producer.tryPublish(fillTick, 2), `before ${consumer.name}`).toBeUndefined();
    consumer.poll(() => {}, { max: 1 });
  }
  publishAll(producer, 2);
  expect(producer.tryPublish(fillTick, 3)).toBeUndefined();
});

it.each([2 ** 31 - 100, 2 ** 32 - 100, 2 ** 30 - 100, 2 ** 29 - 100, 2 ** 53 / 2 - 100])(
  'B-26: two hundred events pass a ring of four from sequence %i on, each once, in order, with its own payload',
  (first) => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: { first: {}, second: { after: ['first'] } },
      firstSequence: first,
    });
    const producer = ring.openProducer(atOnce);
    const consumers = [ring.openConsumer('first', atOnce), ring.openConsumer('second', atOnce)];
    const seen: number[][] = [[], []];
    for (let n = 0; n < 200; n += 1 + (n % 4)) {
      const length = 1 + (n % 4);
      producer.publishBatch(
        Array.from({ length }, (_, i) => n + i),
        fillTick,
      );
      consumers.forEach((consumer, i) =>
        consumer.poll((tick, sequence) => {
          expect(sequence - first).toBe(tick.n);
          seen[i].push(tick.n);
        }),
      );
      expect(ring.snapshot().published).toBe(first + n + length);
      expect(ring.remaining).toBe(4);
    }
    for (const numbers of seen) expect(numbers).toEqual(numbers.map((_, i) => i));
    expect(seen[0].length).toBeGreaterThanOrEqual(200);
    expect(seen[1]).toEqual(seen[0]);
  },
);

describe('publishBatch', () => {
  it.each([1, 2, 3, 4])(
    'B-16: publishes all of %i events at once, and returns the last sequence',
    (length) => {
      for (let offset = 0; offset < 4; offset++) {
        const ring = tickRing(4, wraps[1] + offset);
        const producer = ring.openProducer(atOnce);
        const items = Array.from({ length }, (_, i) => 10 + i);
        const during: number[] = [];
        expect(
          producer.publishBatch(items, (tick, item, index) => {
            during.push(ring.snapshot().published);
            tick.n = item + index * 100;
          }),
        ).toBe(ring.snapshot().published - 1);
        expect(new Set(during)).toEqual(new Set([wraps[1] + offset]));
        const seen: number[] = [];
        expect(ring.openConsumer('reader').poll((tick) => seen.push(tick.n))).toBe(length);
        expect(seen).toEqual(items.map((item, i) => item + i * 100));
      }
    },
  );

  it('of nothing publishes nothing', () => {
    const ring = tickRing(2);
    expect(ring.openProducer().publishBatch([], fillTick)).toBeUndefined();
    expect(ring.snapshot().published).toBe(0);
  });

  it('takes anything with a length and indexes', () => {
    const ring = tickRing(4);
    const producer = ring.openProducer(atOnce);
    producer.publishBatch(Uint8Array.of(1, 2), fillTick);
    producer.publishBatch({ length: 1, 0: 3 }, fillTick);
    const seen: number[] = [];
    ring.openConsumer('reader').poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('splits what is longer than the ring, and keeps the lots that were published when the wait ends', () => {
    const ring = tickRing(2);
    const producer = ring.openProducer(atOnce);
    expectBlocked(() => producer.publishBatch([0, 1, 2, 3, 4], fillTick));
    expect(producer.next).toBe(2);
    const seen: number[] = [];
    const reader = ring.openConsumer('reader');
    reader.poll((tick) => seen.push(tick.n));
    expect(producer.publishBatch([2, 3], fillTick, { timeoutMs: 0 })).toBe(3);
    reader.poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('publishes none of a lot whose fill throws', () => {
    const ring = tickRing(4);
    const producer = ring.openProducer(atOnce);
    const wrong = new Error('no');
    const fill = (tick: { n: number }, item: number): void => {
      tick.n = item;
      if (item === 2) throw wrong;
    };
    expect(thrownBy(() => producer.publishBatch([0, 1, 2, 3], fill))).toBe(wrong);
    expect(ring.snapshot().published).toBe(0);
    expect(producer.publishBatch([5, 6], fill)).toBe(1);
  });
});

describe('after the end', () => {
  const ways = (ring: ReturnType<typeof tickRing>) => {
    const producer = ring.openProducer(atOnce);
    return {
      producer,
      calls: [
        () => producer.publish(fillTick, 1),
        () => producer.publish({ timeoutMs: 0 }, fillTick, 1),
        () => producer.tryPublish(fillTick, 1),
        () => producer.publishBatch([1], fillTick),
        () => producer.claim(1).commit(),
        () => producer.tryClaim(1)!.commit(),
      ],
    };
  };

  it.each([
    ['with room', 2],
    ['full', 1],
  ])('a closed ring, %s, delivers nothing more and says so', async (_, capacity) => {
    const ring = tickRing(capacity);
    const { producer, calls } = ways(ring);
    publishAll(producer, 0);
    ring.close();
    for (const call of calls) expectThrown(call, RingEndedError, 'ERR_RING_CLOSED');
    expectRefusal(await rejectionOf(producer.publishAsync(fillTick, 1)), RingEndedError, 'ERR_RING_CLOSED');
    expect(ring.openConsumer('reader').run(() => {})).toBe(1);
    expect(ring.snapshot().published).toBe(1);
  });

  it.each([
    ['with room', 2],
    ['full', 1],
  ])('an aborted ring, %s, says why', (_, capacity) => {
    const ring = tickRing(capacity);
    const { producer, calls } = ways(ring);
    publishAll(producer, 0);
    ring.abort('out of paper');
    for (const call of calls) {
      expectThrown(call, RingEndedError, 'ERR_RING_ABORTED');
      expect(thrownBy(call)).toMatchObject({ message: expect.stringContaining('out of paper') as string });
    }
  });

  it('a ring closed inside a fill publishes nothing of that fill', () => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    expectThrown(() => producer.publish(() => ring.close()), RingEndedError, 'ERR_RING_CLOSED');
    expect(ring.snapshot().published).toBe(0);
  });

  it('B-27: a producer whose seat was used by another is told so, and publishes nothing', () => {
    const ring = tickRing(4);
    const producer = ring.openProducer(atOnce);
    publishAll(producer, 0);
    // As a second thread would that was given the same seat: the cursor moves without this producer.
    const words = new Int32Array(ring.handle.buffer);
    const cursor = words.findIndex((word, i) => i >= 64 && word === 1 << 2);
    words[cursor] = 2 << 2;
    expectThrown(() => producer.publish(fillTick, 1), SeatError, 'ERR_SEAT_LOST');
    expect(ring.snapshot().published).toBe(2);
  });
});
