import {
  ArgumentError,
  cancelToken,
  type Claim,
  type Consumer,
  type ConsumerGraph,
  createRing,
  type Producer,
  type Ring,
  RingEndedError,
  SeatError,
  TurnError,
  WaitError,
} from 'slipring';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { atomsOf } from '../../src/core/atoms.js';
import { controlWords, moreSleepers } from '../../src/core/header.js';
import { wordOf } from '../../src/core/sequence.js';
import { SKIPPED, stampRun } from '../../src/core/stamps.js';
import {
  atOnce,
  expectBlocked,
  expectRefusal,
  expectThrown,
  fillTick,
  leavesUntouched,
  loopTurns,
  publishAll,
  rejectionOf,
  Tick,
  type TickFields,
} from './support.js';

/** Everything that comes round, or must not be lost: a renewal, an epoch, the sign change, 30 and 32 bits, and the last first sequence. */
const borders: readonly number[] = [2 ** 26, 2 ** 28, 2 ** 29, 2 ** 30, 2 ** 32, 2 ** 52];

function ringOf(
  capacity: number,
  { producers = 2, consumers = ['reader'] as ConsumerGraph, firstSequence = 0 } = {},
): Ring<TickFields> {
  return createRing(Tick, { capacity, producers, consumers, firstSequence });
}

/** A ring of two producers and one consumer. */
function setUp(capacity: number, firstSequence = 0) {
  const ring = ringOf(capacity, { firstSequence });
  const [a, b] = [ring.openProducer(atOnce), ring.openProducer(atOnce)];
  return { ring, a, b, reader: ring.openConsumer('reader', atOnce) };
}

/** What a consumer sees now, as pairs of sequence and number. */
function seenBy(consumer: Consumer<TickFields>, max?: number): [number, number][] {
  const seen: [number, number][] = [];
  consumer.poll(
    (tick, sequence) => void seen.push([sequence, tick.n]),
    max === undefined ? undefined : { max },
  );
  return seen;
}

const numbersSeen = (consumer: Consumer<TickFields>): number[] => seenBy(consumer).map(([, n]) => n);

/** Fills a claim with these numbers. */
function fillClaim(claim: Claim<TickFields>, ...numbers: number[]): Claim<TickFields> {
  let i = 0;
  for (const tick of claim) tick.n = numbers[i++];
  return claim;
}

function throwingFill(): never {
  throw new Error('no');
}

describe('the events of two producers', () => {
  it.each([0, ...borders.map((border) => border - 5), ...borders.slice(0, -1)])(
    'have one order, in which each producer’s keep theirs, from %i',
    (first) => {
      for (const capacity of [1, 2, 4, 8]) {
        const { ring, a, b, reader } = setUp(capacity, first);
        const expected: [number, number][] = [];
        const seen: [number, number][] = [];
        for (let n = 0; n < 40; n++) {
          const producer = n % 3 === 0 ? a : b;
          expected.push([first + n, n]);
          expect(producer.publish(fillTick, n)).toBe(first + n);
          if (n % capacity === capacity - 1) seen.push(...seenBy(reader));
        }
        seen.push(...seenBy(reader));
        expect(seen).toEqual(expected);
        expect(ring.snapshot().published).toBe(first + 40);
        expect([ring.remaining, reader.next]).toEqual([capacity, first + 40]);
      }
    },
  );

  it('are read in the order of the claims, not of the commits', () => {
    const { a, b, reader } = setUp(8);
    const early = fillClaim(a.claim(2), 1, 2);
    fillClaim(b.claim(3), 3, 4, 5).commit();
    expect(reader.poll(() => expect.unreachable())).toBe(0);
    expect(early.commit()).toBe(1);
    expect(numbersSeen(reader)).toEqual([1, 2, 3, 4, 5]);
  });

  it('that were claimed and not committed are seen by nobody, and hold back what comes after (B-09, B-15)', () => {
    const { ring, a, b, reader } = setUp(4);
    const claim = a.claim(1);
    publishAll(b, 2);
    const looks = [ring.remaining, ring.snapshot().consumers[0].lag, reader.ended, a.next, b.next];
    expect(looks).toEqual([2, 2, false, 0, 1]);
    leavesUntouched(ring.handle.buffer, () => {
      expect(reader.poll(() => expect.unreachable())).toBe(0);
      expect([inspect(ring), inspect(a), inspect(claim), inspect(reader)].join('')).toContain('Claim');
    });
    fillClaim(claim, 1).commit();
    expect(numbersSeen(reader)).toEqual([1, 2]);
  });

  it('B-19: of one claim are next to each other, whatever the others claim', () => {
    const { a, b, reader } = setUp(16);
    const claims = [a.claim(3), b.claim(2)];
    expect(claims.map(({ first, length }) => [first, length])).toEqual([
      [0, 3],
      [3, 2],
    ]);
    fillClaim(claims[1], 20, 21).commit();
    fillClaim(claims[0], 10, 11, 12).commit();
    expect(a.publishBatch([13, 14], fillTick)).toBe(6);
    expect(numbersSeen(reader)).toEqual([10, 11, 12, 20, 21, 13, 14]);
  });

  it('B-13, B-48: fill the ring exactly, from every offset, and are all read', () => {
    for (const capacity of [1, 2, 4, 8]) {
      const { ring, a, b, reader } = setUp(capacity, 2 ** 30 - 2 * capacity);
      for (let lap = 0; lap < 4; lap++) {
        for (let n = 0; n < capacity; n++) publishAll(n % 2 ? a : b, n);
        expect([a.tryPublish(fillTick, 9), b.tryPublish(fillTick, 9), ring.remaining]).toEqual([
          undefined,
          undefined,
          0,
        ]);
        expect(numbersSeen(reader)).toEqual([...Array(capacity).keys()]);
        publishAll(a, lap);
        expect(numbersSeen(reader)).toEqual([lap]);
      }
    }
  });

  it('B-26: keep their sequences to the last that a ring can begin with, and on from there', () => {
    const { a, b, reader } = setUp(2, 2 ** 52);
    for (let n = 0; n < 6; n += 2) {
      publishAll(a, n);
      publishAll(b, n + 1);
      expect(seenBy(reader)).toEqual([
        [2 ** 52 + n, n],
        [2 ** 52 + n + 1, n + 1],
      ]);
    }
  });
});

describe('a claim of one of several producers', () => {
  it.each([1, 2, 4, 8, 64])('B-22: has 1 to half of the slots, at least one, capacity %i', (capacity) => {
    const { ring, a, reader } = setUp(capacity);
    const most = Math.max(1, capacity / 2);
    leavesUntouched(ring.handle.buffer, () => {
      for (const length of [0, -1, 0.5, most + 1, capacity + 1, NaN]) {
        expectThrown(() => a.claim(length), ArgumentError, 'ERR_CLAIM_LENGTH');
        expectThrown(() => a.tryClaim(length), ArgumentError, 'ERR_CLAIM_LENGTH');
      }
    });
    for (let length = 1; length <= most; length++) {
      expect(a.claim(length).commit() + 1).toBe(a.next + length);
      expect(reader.poll(() => {})).toBe(length);
    }
  });

  it('is refused on the event loop too when it is too long', async () => {
    expectRefusal(await rejectionOf(setUp(4).a.claimAsync(3)), ArgumentError, 'ERR_CLAIM_LENGTH');
  });

  it.each([0, ...borders.map((border) => border - 3)])(
    'B-16: of any length at any offset is read whole, from %i',
    (first) => {
      for (const capacity of [2, 4, 8]) {
        for (let offset = 0; offset < capacity; offset++) {
          for (let length = 1; length <= capacity / 2; length++) {
            const { a, b, reader } = setUp(capacity, first);
            for (let n = 0; n < offset; n++) publishAll(b, n);
            expect(reader.poll(() => {})).toBe(offset);
            const numbers = [...Array(length).keys()].map((n) => 100 + n);
            const claim = fillClaim(a.claim(length), ...numbers);
            expect(claim.first).toBe(first + offset);
            expect(claim.commit()).toBe(first + offset + length - 1);
            expect(seenBy(reader)).toEqual(numbers.map((n, i) => [first + offset + i, n]));
          }
        }
      }
    },
  );

  it('is one at a time for each of them, and each may have one (B-18)', () => {
    const { a, b, reader } = setUp(8);
    const claims = [a.claim(1), b.claim(1)];
    for (const producer of [a, b]) {
      expectThrown(() => producer.claim(1), TurnError, 'ERR_CLAIM_OPEN');
      expectThrown(() => producer.publish(fillTick, 1), TurnError, 'ERR_CLAIM_OPEN');
    }
    fillClaim(claims[1], 2).commit();
    fillClaim(claims[0], 1).commit();
    expectThrown(() => claims[0].commit(), TurnError, 'ERR_CLAIM_TURN');
    expect(numbersSeen(reader)).toEqual([1, 2]);
  });

  it('is split by publishBatch, so that any number of items fits', () => {
    const { a, b, reader } = setUp(8);
    expect(a.publishBatch([1, 2, 3, 4, 5, 6, 7], fillTick)).toBe(6);
    expectBlocked(() => b.publishBatch([8, 9], fillTick));
    expect(b.publishBatch([8], fillTick)).toBe(7);
    expect(b.publishBatch([], fillTick)).toBeUndefined();
    expect(numbersSeen(reader)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const one = setUp(1);
    expectBlocked(() => one.a.publishBatch([1, 2], fillTick));
    expect(numbersSeen(one.reader)).toEqual([1]);
  });

  it('finds no room, and holds nothing, while the ring is full', () => {
    const { ring, a, b, reader } = setUp(4);
    a.publishBatch([1, 2, 3], fillTick);
    leavesUntouched(ring.handle.buffer, () => {
      expect([b.tryClaim(2), a.tryClaim(2)]).toEqual([undefined, undefined]);
    });
    expectBlocked(() => b.claim(2));
    expectBlocked(() => b.claim(2, { timeoutMs: 1, wait: 'park' }));
    publishAll(a, 4);
    expectBlocked(() => b.publish(fillTick, 9));
    expect(b.tryPublish(fillTick, 9)).toBeUndefined();
    expect(seenBy(reader, 1)).toEqual([[0, 1]]);
    expect(b.publish(fillTick, 5)).toBe(4);
    expect(seenBy(reader).concat(seenBy(reader))).toEqual([2, 3, 4, 5].map((n) => [n - 1, n]));
  });
});

describe('a claim that is given up', () => {
  const ways: Readonly<Record<string, (ring: Ring<TickFields>, producer: Producer<TickFields>) => void>> = {
    'by abandon': (_, producer) => producer.claim(1).abandon(),
    'by using': (_, producer) => {
      using claim = producer.claim(1);
      expect(claim.length).toBe(1);
    },
    'by a fill that throws': (_, producer) => expect(() => producer.publish(throwingFill)).toThrow('no'),
    'by a fill that throws, with options': (_, producer) =>
      expect(() => producer.publish(atOnce, throwingFill)).toThrow('no'),
    'by a fill that throws in tryPublish': (_, producer) =>
      expect(() => producer.tryPublish(throwingFill)).toThrow('no'),
    'by a fill that throws in a batch': (_, producer) =>
      expect(() => producer.publishBatch([1], throwingFill)).toThrow('no'),
    'by a producer that leaves': (ring, producer) => {
      const claim = producer.claim(1);
      producer[Symbol.dispose]();
      expectThrown(() => claim.commit(), SeatError, 'ERR_SEAT_LEFT');
      claim.abandon();
      ring.openProducer(atOnce);
    },
  };

  it.each(Object.entries(ways))(
    'B-28: %s is a gap in the sequences that no consumer sees, in a ring of any size',
    (_, giveUp) => {
      for (const capacity of [1, 2, 4]) {
        const { ring, a, b, reader } = setUp(capacity, 2 ** 30 - 2);
        giveUp(ring, a);
        expect(ring.snapshot().published).toBe(2 ** 30 - 1);
        expect(ring.remaining).toBe(capacity - 1);
        expect(reader.poll(() => expect.unreachable())).toBe(0);
        expect([ring.remaining, reader.next]).toEqual([capacity, 2 ** 30 - 1]);
        expect(b.publish(fillTick, 7)).toBe(2 ** 30 - 1);
        expect(seenBy(reader)).toEqual([[2 ** 30 - 1, 7]]);
      }
    },
  );

  it('leaves what stands before and behind it as it is, in every order', () => {
    for (const length of [1, 2, 3, 4]) {
      const { a, b, reader } = setUp(16, 2 ** 29 - 3);
      const [before, given] = [fillClaim(a.claim(2), 1, 2), b.claim(length)];
      for (const tick of given) tick.n = 666;
      given.abandon();
      publishAll(b, 3);
      expect(reader.poll(() => expect.unreachable())).toBe(0);
      before.commit();
      expect(seenBy(reader).map(([sequence, n]) => [sequence - 2 ** 29 + 3, n])).toEqual([
        [0, 1],
        [1, 2],
      ]);
      expect(seenBy(reader)).toEqual([[2 ** 29 - 1 + length, 3]]);
    }
  });

  it('takes nothing from the bound of a poll', () => {
    const { a, b, reader } = setUp(8);
    a.claim(3).abandon();
    publishAll(b, 1, 2);
    expect(seenBy(reader, 1)).toEqual([[3, 1]]);
    expect(seenBy(reader, 1)).toEqual([[4, 2]]);
  });

  it('is not counted among the events that a run handled', async () => {
    for (const run of [
      (reader: Consumer<TickFields>): number => reader.run(() => {}),
      (reader: Consumer<TickFields>): Promise<number> => reader.runAsync(() => {}),
    ]) {
      const { ring, a, b, reader } = setUp(8);
      a.claim(2).abandon();
      publishAll(b, 1);
      a.claim(1).abandon();
      publishAll(b, 2);
      ring.close();
      expect(await run(reader)).toBe(2);
    }
  });

  it('may follow another, to the end of the ring and round it', () => {
    const { ring, a, b, reader } = setUp(4);
    for (let n = 0; n < 20; n++) {
      a.claim(2).abandon();
      b.claim(1).abandon();
      publishAll(a, n);
      expect(ring.remaining).toBe(0);
      expect(numbersSeen(reader)).toEqual([n]);
      expect(ring.remaining).toBe(4);
    }
    a.claim(2).abandon();
    b.claim(2).abandon();
    expect([numbersSeen(reader), ring.remaining]).toEqual([[], 4]);
  });

  it('is waited behind by a producer until the consumer has passed it', () => {
    const { a, b, reader } = setUp(1);
    a.claim(1).abandon();
    expectBlocked(() => b.publish(fillTick, 1));
    expect(reader.poll(() => expect.unreachable())).toBe(0);
    publishAll(b, 1);
    expect(numbersSeen(reader)).toEqual([1]);
  });

  it('counts as done: processed() and drained() do not wait for its events', () => {
    const { ring, a, reader } = setUp(4);
    a.claim(2).abandon();
    expectBlocked(() => ring.processed(1, atOnce));
    expect(reader.poll(() => {})).toBe(0);
    ring.processed(1, atOnce);
    a.claim(2).abandon();
    ring.close();
    expectBlocked(() => ring.drained(atOnce));
    expect(reader.ended).toBe(true);
    ring.drained(atOnce);
  });

  it('B-21: is passed over by a chain and by a diamond, each stage after the one before', () => {
    const consumers = {
      source: {},
      left: { after: ['source'] },
      right: { after: ['source'] },
      join: { after: ['left', 'right'] },
    };
    const ring = ringOf(8, { consumers, firstSequence: 2 ** 30 - 4 });
    const [a, b] = [ring.openProducer(atOnce), ring.openProducer(atOnce)];
    const [source, left, right, join] = ring.consumerNames.map((name) => ring.openConsumer(name, atOnce));
    a.claim(2).abandon();
    publishAll(b, 1, 2);
    b.claim(1).abandon();
    publishAll(a, 3);
    for (const blocked of [left, right, join]) expect(numbersSeen(blocked)).toEqual([]);
    const passes = (consumer: Consumer<TickFields>): void => {
      expect(numbersSeen(consumer)).toEqual([1, 2]);
      expect(numbersSeen(consumer)).toEqual([3]);
    };
    passes(source);
    expect(numbersSeen(join)).toEqual([]);
    passes(left);
    expect(numbersSeen(join)).toEqual([]);
    expect(ring.remaining).toBe(2);
    passes(right);
    passes(join);
    expect(ring.remaining).toBe(8);
  });

  it('that a consumer passes after it left its seat moves nothing: the next in the seat does that', async () => {
    const { ring, a, reader } = setUp(4);
    const running = rejectionOf(reader.runAsync(() => {}));
    await loopTurns();
    reader[Symbol.dispose]();
    const next = ring.openConsumer('reader', atOnce);
    a.claim(1).abandon();
    publishAll(a, 1);
    leavesUntouched(ring.handle.buffer, () => expect(reader.ended).toBe(false));
    expectRefusal(await running, SeatError, 'ERR_SEAT_LEFT');
    expect(next.next).toBe(0);
    expect(seenBy(next)).toEqual([[1, 1]]);
  });
});

describe('a consumer that stops inside a claim', () => {
  it.each([0, ...borders.map((border) => border - 2)])(
    'leaves the rest to the next one in its seat, from %i',
    (first) => {
      for (let stop = 1; stop < 4; stop++) {
        const { ring, a, reader } = setUp(8, first);
        fillClaim(a.claim(4), 1, 2, 3, 4).commit();
        expect(seenBy(reader, stop)).toHaveLength(stop);
        reader[Symbol.dispose]();
        const next = ring.openConsumer('reader', atOnce);
        expect(next.next).toBe(first + stop);
        expect(seenBy(next)).toEqual([1, 2, 3, 4].slice(stop).map((n) => [first + n - 1, n]));
      }
    },
  );

  it('is found by the consumers after it, and by the next ones in their seats', () => {
    const ring = ringOf(8, { consumers: { first: {}, second: { after: ['first'] } } });
    const producer = ring.openProducer(atOnce);
    for (let lap = 0; lap < 3; lap++) {
      fillClaim(producer.claim(4), 1, 2, 3, 4).commit();
      for (const n of [1, 2, 3, 4]) {
        for (const name of ['first', 'second']) {
          using consumer = ring.openConsumer(name, atOnce);
          expect(seenBy(consumer, 1)).toEqual([[lap * 4 + n - 1, n]]);
        }
      }
    }
  });

  it('B-49: by a handler that throws or a batch that is left early sees the event in hand again', () => {
    const { a, reader } = setUp(8);
    fillClaim(a.claim(4), 1, 2, 3, 4).commit();
    const handler = (tick: { readonly n: number }): void => {
      if (tick.n === 2) throw new Error('no');
    };
    expect(() => reader.poll(handler)).toThrow('no');
    {
      using batch = reader.take()!;
      expect([batch.first, batch.length]).toEqual([1, 3]);
      for (const tick of batch) if (tick.n === 3) break;
    }
    expect(seenBy(reader)).toEqual([
      [2, 3],
      [3, 4],
    ]);
  });

  it('goes on over the claims behind it', () => {
    const { a, b, reader } = setUp(8);
    fillClaim(a.claim(3), 1, 2, 3).commit();
    fillClaim(b.claim(3), 4, 5, 6).commit();
    for (let n = 1; n <= 6; n++) expect(seenBy(reader, 1)).toMatchObject([[n - 1, n]]);
    expect(numbersSeen(reader)).toMatchObject([]);
  });
});

describe('the seats of producers', () => {
  it('are as many as the ring was made with', () => {
    const ring = ringOf(4, { producers: 3 });
    const producers = [1, 2, 3].map(() => ring.openProducer(atOnce));
    expectThrown(() => ring.openProducer(), SeatError, 'ERR_SEAT_TAKEN');
    expect(ring.snapshot().producers.map(({ seated }) => seated)).toEqual([true, true, true]);
    producers[1][Symbol.dispose]();
    expect(ring.snapshot().producers.map(({ seated }) => seated)).toEqual([true, false, true]);
  });

  it('are free again when they were left, and the next one goes on where all are', () => {
    const { ring, a, b, reader } = setUp(4);
    publishAll(a, 1);
    a[Symbol.dispose]();
    a[Symbol.dispose]();
    expectThrown(() => a.publish(fillTick, 9), SeatError, 'ERR_SEAT_LEFT');
    publishAll(b, 2);
    const next = ring.openProducer(atOnce);
    expect(next.next).toBe(2);
    publishAll(next, 3);
    publishAll(b, 4);
    expect(numbersSeen(reader)).toEqual([1, 2, 3, 4]);
  });
});

it('B-27: a claim that somebody else published is not said to be published by its producer', () => {
  const { ring, a, reader } = setUp(4);
  const claim = fillClaim(a.claim(2), 1, 2);
  const words = controlWords(ring.handle.buffer);
  stampRun(atomsOf(words), moreSleepers(words).stamps!, 0, wordOf(2) | SKIPPED);
  expectThrown(() => claim.commit(), SeatError, 'ERR_SEAT_LOST');
  expect([a.publish(fillTick, 3), reader.next]).toEqual([2, 0]);
});

describe('closing, with several producers', () => {
  it('lets a claim in flight be committed, and its events be seen, before consumers end', () => {
    const { ring, a, b, reader } = setUp(4);
    const claim = fillClaim(a.claim(2), 1, 2);
    ring.close();
    expectThrown(() => b.publish(fillTick, 9), RingEndedError, 'ERR_RING_CLOSED');
    expectThrown(() => b.tryClaim(1), RingEndedError, 'ERR_RING_CLOSED');
    expect(reader.ended).toBe(false);
    expectBlocked(() => reader.run(() => expect.unreachable()));
    expectBlocked(() => ring.drained(atOnce));
    claim.commit();
    expectThrown(() => a.publish(fillTick, 9), RingEndedError, 'ERR_RING_CLOSED');
    expectThrown(() => a.claim(1), RingEndedError, 'ERR_RING_CLOSED');
    const seen: number[] = [];
    expect(reader.run((tick) => void seen.push(tick.n))).toBe(2);
    expect(seen).toEqual([1, 2]);
    expect(reader.ended).toBe(true);
    ring.drained(atOnce);
  });

  it('inside a fill lets that event be published', () => {
    const { ring, a, reader } = setUp(1);
    const sequence = a.publish((tick) => {
      ring.close();
      tick.n = 5;
    });
    expect([sequence, reader.ended]).toEqual([0, false]);
    expect([seenBy(reader), reader.ended]).toEqual([[[0, 5]], true]);
  });

  it('ends consumers when the claim in flight is given up', () => {
    const { ring, a, reader } = setUp(2);
    const claim = a.claim(1);
    ring.close();
    expectBlocked(() => reader.run(() => {}));
    claim.abandon();
    expect(reader.run(() => expect.unreachable())).toBe(0);
    ring.drained(atOnce);
  });

  it('refuses a full ring’s producers at once (B-44)', async () => {
    const { ring, a, b } = setUp(1);
    publishAll(a, 1);
    const waiting = [rejectionOf(a.publishAsync(fillTick, 2)), rejectionOf(b.claimAsync(1))];
    await loopTurns();
    ring.close();
    for (const error of await Promise.all(waiting)) expectRefusal(error, RingEndedError, 'ERR_RING_CLOSED');
    expect(ring.snapshot().published).toBe(1);
  });

  it('by abort ends everybody, also behind a claim in flight', () => {
    const { ring, a, b, reader } = setUp(4);
    const claim = a.claim(1);
    ring.abort('enough');
    expectThrown(() => b.publish(fillTick, 1), RingEndedError, 'ERR_RING_ABORTED');
    expectThrown(() => reader.run(() => {}), RingEndedError, 'ERR_RING_ABORTED');
    expectThrown(() => ring.drained(atOnce), RingEndedError, 'ERR_RING_ABORTED');
    claim.abandon();
    expectThrown(() => reader.poll(() => {}), RingEndedError, 'ERR_RING_ABORTED');
    expectThrown(() => a.claim(1), RingEndedError, 'ERR_RING_ABORTED');
  });
});

describe('on one event loop', () => {
  it.each([1, 2, 4])(
    'two producers and two consumers pass a thousand events, capacity %i',
    async (capacity) => {
      const ring = ringOf(capacity, { consumers: ['one', 'two'], firstSequence: 2 ** 30 - 500 });
      const seen: number[][] = [[], []];
      const running = ring.consumerNames.map((name, i) =>
        ring.openConsumer(name).runAsync((tick) => void seen[i].push(tick.n)),
      );
      const publishing = [0, 1].map(async (which) => {
        const producer = ring.openProducer();
        for (let n = 0; n < 500; n++) await producer.publishAsync(fillTick, which * 1000 + n);
      });
      await Promise.all(publishing);
      ring.close();
      expect(await Promise.all(running)).toEqual([1000, 1000]);
      expect(seen[1]).toEqual(seen[0]);
      for (const which of [0, 1]) {
        expect(seen[0].filter((n) => Math.floor(n / 1000) === which)).toEqual(
          [...Array(500).keys()].map((n) => which * 1000 + n),
        );
      }
      await ring.drainedAsync(atOnce);
    },
  );

  it('batches and claims of two producers wait for room, and nothing of them is mixed', async () => {
    const { ring, a, b, reader } = setUp(4);
    const seen: number[] = [];
    const running = reader.runAsync((tick) => void seen.push(tick.n));
    const items = [...Array(50).keys()];
    const claims = async (): Promise<void> => {
      for (let n = 100; n < 150; n += 2) {
        using claim = await b.claimAsync(2);
        fillClaim(claim, n, n + 1);
        if (n % 4 === 0) claim.commit();
      }
    };
    await Promise.all([a.publishBatchAsync(items, fillTick), claims()]);
    ring.close();
    expect(await running).toBe(seen.length);
    expect(seen.filter((n) => n < 100)).toEqual(items);
    const committed = seen.filter((n) => n >= 100);
    expect(committed).toEqual([...Array(13).keys()].flatMap((n) => [100 + 4 * n, 101 + 4 * n]));
    for (const n of committed.filter((n) => n % 2 === 0)) expect(seen[seen.indexOf(n) + 1]).toBe(n + 1);
  });

  it('a fill that throws rejects, and its sequence is a gap', async () => {
    const { a, b, reader } = setUp(2);
    expect(await rejectionOf(a.publishAsync(throwingFill))).toMatchObject({ message: 'no' });
    expect(await b.publishAsync(fillTick, 1)).toBe(1);
    expect(seenBy(reader)).toEqual([[1, 1]]);
  });

  it('a producer that leaves while it waits holds nothing', async () => {
    const { ring, a, b, reader } = setUp(1);
    publishAll(b, 1);
    const waiting = rejectionOf(a.publishAsync(fillTick, 9));
    await loopTurns();
    await a[Symbol.asyncDispose]();
    expectRefusal(await waiting, SeatError, 'ERR_SEAT_LEFT');
    expect(numbersSeen(reader)).toEqual([1]);
    publishAll(b, 2);
    expect([numbersSeen(reader), ring.snapshot().published]).toEqual([[2], 2]);
  });

  it('a signal, a time-out or a token ends the wait of one on a full ring, and of nobody else', async () => {
    const { ring, a, b, reader } = setUp(1);
    publishAll(a, 1);
    const control = new AbortController();
    const signalled = rejectionOf(a.publishAsync({ signal: control.signal }, fillTick, 9));
    const patient = b.publishAsync(fillTick, 2);
    await loopTurns();
    control.abort(new Error('signalled'));
    expect(await signalled).toMatchObject({ message: 'signalled' });
    expectRefusal(
      await rejectionOf(a.publishAsync({ timeoutMs: 1 }, fillTick, 9)),
      WaitError,
      'ERR_TIMED_OUT',
    );
    const token = cancelToken(ring);
    token.cancel();
    for (const wait of ['park', 'spin', 'spin-park'] as const) {
      expectThrown(() => a.claim(1, { cancel: token, wait }), WaitError, 'ERR_CANCELLED');
      expectThrown(() => a.publish({ cancel: token, wait }, fillTick, 9), WaitError, 'ERR_CANCELLED');
    }
    expect(numbersSeen(reader)).toEqual([1]);
    expect(await patient).toBe(1);
    expect(numbersSeen(reader)).toEqual([2]);
    expect(ring.snapshot().published).toBe(2);
  });
});

describe('a producer that waits and gives up', () => {
  it('leaves everything as it was', () => {
    const { ring, a, b, reader } = setUp(2);
    publishAll(a, 1, 2);
    leavesUntouched(ring.handle.buffer, () => {
      expectBlocked(() => b.publish({ timeoutMs: 1, wait: 'spin' }, fillTick, 9));
      expectBlocked(() => b.claim(1, { timeoutMs: 1, wait: 'spin' }));
      expect(b.tryPublish(fillTick, 9)).toBeUndefined();
    });
    for (const wait of ['park', 'spin-park'] as const) {
      expectBlocked(() => b.publish({ timeoutMs: 1, wait }, fillTick, 9));
      expectBlocked(() => b.claim(1, { timeoutMs: 1, wait }));
    }
    expect(numbersSeen(reader)).toEqual([1, 2]);
    publishAll(a, 3);
    publishAll(b, 4);
    expect(seenBy(reader)).toEqual([
      [2, 3],
      [3, 4],
    ]);
  });
});
