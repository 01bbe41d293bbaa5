/** Columns of any length: what is written is read, in place, and nothing of what is refused remains. */
import {
  ArgumentError,
  array,
  bytes,
  cancelToken,
  type Codec,
  type ConsumerGraph,
  createRing,
  event,
  type EventType,
  f64,
  HandleError,
  json,
  openRing,
  PayloadError,
  RingEndedError,
  ringBytes,
  type RingOptions,
  text,
  TurnError,
  u16,
  u32,
  value,
  WaitError,
  type Writable,
} from 'slipring';
import { describe, expect, it } from 'vitest';
import { atOnce, expectBlocked, expectThrown, loopTurns, rejectionOf, thrownBy, wraps } from './support.js';

const Message = event({ id: u32, body: bytes(), name: text(), order: value(json()), weight: f64, kind: u16 });
const Bytes = event({ n: u32, body: bytes() });
type FieldsOf<E> = E extends EventType<infer F> ? F : never;
type Body = { n: number; body: Uint8Array };

/** A ring of bytes with the smallest arena: a claim's payloads have 64 bytes, an event of 64 takes half of it. */
const smallest = (options: Partial<RingOptions> = {}, consumers: ConsumerGraph = ['reader']) =>
  createRing(Bytes, {
    capacity: 8,
    arenaBytes: 128,
    ...options,
    consumers: consumers as Record<string, object>,
  });

const filled = (n: number, length: number): Uint8Array => new Uint8Array(length).fill(n);

function fillBody(message: Body, n: number, length: number): void {
  message.n = n;
  message.body = filled(n, length);
}

/** Reads one event, which must be the one of `n`. */
const readOne = (consumer: { poll: (handler: (message: Body) => void, options: { max: 1 }) => number }) => {
  let seen = -1;
  const read = consumer.poll(
    (message) => {
      seen = message.n;
      expect([...message.body].every((byte) => byte === message.n)).toBe(true);
    },
    { max: 1 },
  );
  return read === 1 ? seen : undefined;
};

describe('what is written is read', () => {
  it.each([0, ...wraps])(
    'as bytes, texts and values beside fixed columns, from sequence %i',
    (firstSequence) => {
      const ring = createRing(Message, {
        capacity: 2,
        consumers: ['reader'],
        arenaBytes: 512,
        firstSequence,
      });
      using producer = ring.openProducer();
      using consumer = ring.openConsumer('reader');
      for (let round = 0; round < 40; round++) {
        producer.publish((message) => {
          message.id = round;
          message.body = filled(round, round);
          message.name = 'é'.repeat(round) + '𝄞';
          message.order = { round, items: [null, 'x'] };
          message.weight = round / 3;
          message.kind = round * 1000;
        });
        expect(
          consumer.poll((message) => {
            expect(message.toObject()).toEqual({
              id: round,
              body: filled(round, round),
              name: 'é'.repeat(round) + '𝄞',
              order: { round, items: [null, 'x'] },
              weight: round / 3,
              kind: round * 1000,
            });
          }),
        ).toBe(1);
      }
    },
  );

  it('and what was not set is empty, whatever stood in the slot before', () => {
    const ring = createRing(Message, { capacity: 1, consumers: ['reader'] });
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    for (const set of [true, false]) {
      producer.publish((message) => {
        if (set) [message.body, message.name, message.order] = [filled(1, 9), 'name', 7];
      });
      consumer.poll(({ body, name, order }) => {
        expect([body.length, name, order]).toEqual(set ? [9, 'name', 7] : [0, '', undefined]);
      });
    }
  });

  it('empty payloads included, though a codec writes nothing', () => {
    const nothing: Codec<null> = { encodeInto: () => 0, decode: () => null };
    const ring = createRing(event({ a: bytes(), b: text(), c: value(nothing) }), {
      capacity: 4,
      consumers: ['reader'],
      arenaBytes: 128,
    });
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    for (let round = 0; round < 100; round++) {
      producer.publish((it) => {
        it.a = filled(0, 0);
        it.b = '';
        it.c = null;
        it.b = '';
      });
      consumer.poll((it) => expect([it.a.length, it.b, it.c]).toEqual([0, '', null]));
    }
  });

  it('by the producer too, while it fills', () => {
    const ring = createRing(Message, { capacity: 2, consumers: ['reader'] });
    using producer = ring.openProducer();
    producer.publish((message) => {
      message.name = 'one';
      message.body = filled(3, 3);
      expect([message.name, message.order, ...message.body]).toEqual(['one', undefined, 3, 3, 3]);
      expect(message.toObject()).toMatchObject({ name: 'one', body: filled(3, 3) });
    });
  });

  it('the last that a field was set to counts, and the one before takes no room', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    producer.publish((message) => {
      for (let n = 0; n < 100; n++) fillBody(message, n, 64);
    });
    expect(readOne(consumer)).toBe(99);
  });
});

describe('bytes in place', () => {
  it('are a view of the arena for the producer, trimmed to what it keeps, and a view for the consumer', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    let written: Uint8Array<SharedArrayBuffer>;
    producer.publish((message) => {
      written = message.reserve('body', 64);
      expect(written.buffer).toBe(ring.handle.buffer);
      written.fill(5);
      message.trim('body', 3);
      expect(message.body.length).toBe(3);
    });
    consumer.poll(({ body }) => {
      expect([body.buffer, body.byteOffset, ...body]).toEqual([written.buffer, written.byteOffset, 5, 5, 5]);
      expect(body.slice().buffer).not.toBe(ring.handle.buffer);
    });
    // Half of the arena was reserved, eight bytes of it were taken.
    for (let n = 1; n <= 8; n++) producer.publish(fillBody, n, 8);
    expect(producer.next).toBe(9);
  });

  it('may be assigned a part of themselves', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    producer.publish((message) => {
      const room = message.reserve('body', 60);
      room.set([1, 2, 3, 4]);
      message.body = room.subarray(1, 3);
    });
    consumer.poll(({ body }) => expect([...body]).toEqual([2, 3]));
  });

  it.each([
    ['reserve', -1],
    ['reserve', 1.5],
    ['reserve', NaN],
    ['trim', 9],
    ['trim', -1],
    ['trim', NaN],
  ] as const)('refuse %s(%d)', (call, length) => {
    const ring = smallest();
    using producer = ring.openProducer();
    expectThrown(
      () =>
        producer.publish((message) => {
          message.reserve('body', 8);
          message[call]('body', length);
        }),
      ArgumentError,
      'ERR_COLUMN_LENGTH',
    );
    expect(producer.next).toBe(0);
  });

  it('are not of other fields', () => {
    const ring = createRing(Message, { capacity: 1, consumers: ['reader'] });
    using producer = ring.openProducer();
    const reserve = (name: string) => () =>
      producer.publish((message) => void (message.reserve as (name: string, bytes: number) => void)(name, 1));
    expectThrown(reserve('name'), ArgumentError, 'ERR_COLUMN_TYPE');
    expectThrown(reserve('id'), ArgumentError, 'ERR_FIELD_NAME');
    expectThrown(reserve('toString'), ArgumentError, 'ERR_FIELD_NAME');
  });
});

describe('a claim', () => {
  it('gets its payloads one by one or by columns, across the end of the ring', () => {
    const ring = createRing(Message, { capacity: 4, consumers: ['reader'], arenaBytes: 4096 });
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    for (let round = 0; round < 30; round++) {
      const claim = producer.claim(3);
      let n = 0;
      for (const message of claim) message.name = `${round} ${n++}`;
      const { body, order } = claim.columns;
      n = 0;
      for (const { from, to } of claim.spans) {
        for (let slot = from; slot < to; slot++) {
          body.set(slot, filled(n, n));
          order.set(slot, [n]);
          expect(order.get(slot)).toEqual([n]);
          n++;
        }
      }
      claim.commit();
      const batch = consumer.take(atOnce)!;
      n = 0;
      for (const { from, to } of batch.spans) {
        for (let slot = from; slot < to; slot++) {
          const { name, order, body } = batch.columns;
          expect([name.get(slot), order.get(slot), ...body.get(slot)]).toEqual([
            `${round} ${n}`,
            [n],
            ...filled(n, n),
          ]);
          n++;
        }
      }
      batch.release();
    }
  });

  it('has half of the arena for all its payloads, and gives back what it did not take', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    const claim = producer.claim(2);
    const [{ from }] = claim.spans;
    claim.columns.body.set(from, filled(1, 40));
    expectThrown(
      () => claim.columns.body.set(from + 1, filled(2, 25)),
      PayloadError,
      'ERR_PAYLOAD_TOO_LARGE',
    );
    claim.columns.body.set(from + 1, filled(2, 24));
    claim.commit();
    const next = producer.claim(1);
    next.abandon();
    expect(producer.publish(fillBody, 3, 64)).toBe(2);
  });

  it('reserves what its columns say at most, if that is less', () => {
    const ring = createRing(event({ body: bytes({ max: 8 }) }), {
      capacity: 8,
      consumers: ['reader'],
      arenaBytes: 128,
    });
    using producer = ring.openProducer();
    for (let i = 0; i < 4; i++) {
      const claim = producer.claim(2);
      for (const it of claim) it.reserve('body', 8);
      claim.commit();
    }
    expect(producer.next).toBe(8);
  });

  it('writes no slot but its own', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    const claim = producer.claim(2);
    const { body } = claim.columns;
    for (const slot of [2, 7, -1, 8, 0.5, NaN])
      expectThrown(() => body.set(slot, filled(1, 1)), TurnError, 'ERR_EVENT_TURN');
    body.set(1, filled(1, 1));
    claim.commit();
    expectThrown(() => body.set(1, filled(1, 1)), TurnError, 'ERR_EVENT_TURN');
    expectThrown(() => producer.publish(() => body.set(0, filled(1, 1))), TurnError, 'ERR_EVENT_TURN');
  });

  it('that is abandoned by the only producer leaves its bytes free', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    for (let i = 0; i < 10; i++) {
      using claim = producer.claim(1);
      for (const message of claim) fillBody(message, i, 64);
    }
    expect(producer.publish(fillBody, 1, 64)).toBe(0);
    expect(producer.publish(fillBody, 2, 64)).toBe(1);
  });

  it('that is abandoned by one of several keeps them until every consumer has passed it', () => {
    const ring = smallest({ producers: 2 });
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    for (let i = 0; i < 2; i++) {
      using claim = producer.claim(1);
      for (const message of claim) fillBody(message, i, 64);
    }
    expect(producer.tryPublish(fillBody, 1, 1)).toBeUndefined();
    expect(consumer.poll(() => expect.unreachable())).toBe(0);
    expect(producer.tryPublish(fillBody, 7, 64)).toBe(2);
    expect(readOne(consumer)).toBe(7);
  });
});

describe('what cannot go into its column is refused, and nothing is claimed or lost', () => {
  const codec = (encodeInto: Codec<unknown>['encodeInto']): Codec<unknown> => ({
    encodeInto,
    decode: () => {
      throw new Error('unreadable');
    },
  });
  const circle: Record<string, unknown> = {};
  circle['itself'] = circle;
  const cases: [what: string, column: ReturnType<typeof value>, given: unknown, code: string][] = [
    ['an undefined in JSON', value(json()), undefined, 'ERR_PAYLOAD_VALUE'],
    ['a function in JSON', value(json()), () => {}, 'ERR_PAYLOAD_VALUE'],
    ['a bigint in JSON', value(json()), 1n, 'ERR_PAYLOAD_VALUE'],
    ['a circle in JSON', value(json()), circle, 'ERR_PAYLOAD_VALUE'],
    ['too much JSON', value(json()), 'x'.repeat(300), 'ERR_PAYLOAD_TOO_LARGE'],
    ['more than the column takes', value(json(), { max: 10 }), 'x'.repeat(9), 'ERR_PAYLOAD_TOO_LARGE'],
    [
      'a codec that throws',
      value(
        codec(() => {
          throw new Error('no');
        }),
      ),
      1,
      'ERR_PAYLOAD_VALUE',
    ],
    ['a codec that says too much', value(codec((_, bytes) => bytes.length + 1)), 1, 'ERR_PAYLOAD_TOO_LARGE'],
    ['a codec that says far too much', value(codec(() => 2 ** 40)), 1, 'ERR_PAYLOAD_TOO_LARGE'],
    ['a codec that says less than nothing', value(codec(() => -1)), 1, 'ERR_CODEC'],
    ['a codec that says NaN', value(codec(() => NaN)), 1, 'ERR_CODEC'],
    ['a codec that says half a byte', value(codec(() => 0.5)), 1, 'ERR_CODEC'],
    ['a codec that says nothing', value(codec(() => undefined as never)), 1, 'ERR_CODEC'],
    ['a codec that promises', value(codec(() => Promise.resolve(1) as never)), 1, 'ERR_CODEC'],
    ['a text in bytes', bytes() as never, 'text', 'ERR_PAYLOAD_VALUE'],
    ['an array in bytes', bytes() as never, [1, 2], 'ERR_PAYLOAD_VALUE'],
    ['a buffer in bytes', bytes() as never, new ArrayBuffer(8), 'ERR_PAYLOAD_VALUE'],
    ['more than half an arena in bytes', bytes() as never, filled(0, 257), 'ERR_PAYLOAD_TOO_LARGE'],
    ['more bytes than the column takes', bytes({ max: 3 }) as never, filled(0, 4), 'ERR_PAYLOAD_TOO_LARGE'],
    ['a number in a text', text() as never, 3, 'ERR_PAYLOAD_VALUE'],
    ['too long a text', text() as never, 'é'.repeat(129), 'ERR_PAYLOAD_TOO_LARGE'],
    ['a longer text than the column takes', text({ max: 3 }) as never, 'éé', 'ERR_PAYLOAD_TOO_LARGE'],
  ];
  for (const producers of [1, 2]) {
    it.each(cases)(`%s, of ${producers}`, async (_what, column, given, code) => {
      const ring = createRing(event({ n: u32, body: bytes(), it: column }), {
        capacity: 4,
        consumers: ['reader'],
        producers,
        arenaBytes: 512,
      });
      using producer = ring.openProducer();
      using consumer = ring.openConsumer('reader');
      const fill = (to: { n: number; body: Uint8Array; it: unknown }, wrong: boolean): void => {
        to.n = 1;
        if (wrong) to.it = given;
        to.body = filled(9, 240);
      };
      for (let round = 0; round < 20; round++) {
        expectThrown(() => producer.publish(fill, true), PayloadError, code);
        expectThrown(() => producer.tryPublish(fill, true), PayloadError, code);
        expectThrown(() => producer.publishBatch([false, true], fill), PayloadError, code);
        expect(await rejectionOf(producer.publishAsync(fill, true))).toMatchObject({ code });
        const claim = producer.claim(1);
        expectThrown(
          () => {
            for (const event of claim) fill(event, true);
          },
          PayloadError,
          code,
        );
        for (const event of claim) fill(event, false);
        expect(claim.commit()).toBe(2 * round);
        expect(producer.publish(fill, false)).toBe(2 * round + 1);
        expect(consumer.poll((event) => expect(event.body).toEqual(filled(9, 240)))).toBe(2);
      }
    });
  }

  it('a codec that cannot read is told by the field, with its cause', () => {
    const ring = createRing(event({ it: value(codec(() => 1)) }), { capacity: 1, consumers: ['reader'] });
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    producer.publish((event) => (event.it = 1));
    const error = thrownBy(() => consumer.poll((event) => event.it)) as PayloadError;
    expect(error).toMatchObject({ code: 'ERR_CODEC', cause: { message: 'unreadable' } });
    expect(error.message).toContain('field it');
  });

  it('a fill that throws leaves its bytes free, and its seat as it was', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    for (let i = 0; i < 10; i++) {
      expect(() =>
        producer.publish((message) => {
          fillBody(message, 1, 64);
          throw new Error('stop');
        }),
      ).toThrow('stop');
    }
    expect(producer.publish(fillBody, 1, 64)).toBe(0);
  });

  it('publishing inside a fill', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    producer.publish(() => {
      expectThrown(() => producer.publish(fillBody, 1, 1), TurnError, 'ERR_CLAIM_OPEN');
      expectThrown(() => producer.claim(1), TurnError, 'ERR_CLAIM_OPEN');
      expectThrown(() => producer[Symbol.dispose](), TurnError, 'ERR_CLAIM_OPEN');
    });
    let kept: Body | undefined;
    producer.publish((message) => void (kept = message));
    expectThrown(() => (kept!.body = filled(1, 1)), TurnError, 'ERR_EVENT_TURN');
    expectThrown(() => kept!.body, TurnError, 'ERR_EVENT_TURN');
  });
});

describe('a full arena', () => {
  for (const producers of [1, 2]) {
    const full = () => {
      const ring = smallest({ producers });
      const producer = ring.openProducer();
      const consumer = ring.openConsumer('reader');
      for (const n of [0, 1]) producer.publish(fillBody, n, 64);
      return { ring, producer, consumer };
    };

    it(`is waited for with a time-out or a token, and holds up nobody else, of ${producers}`, () => {
      const { ring, producer, consumer } = full();
      const cancel = cancelToken(ring);
      expectBlocked(() => producer.publish(atOnce, fillBody, 2, 1));
      expectBlocked(() => producer.publishBatch([2], (message) => fillBody(message, 2, 1), atOnce));
      expectBlocked(() => producer.claim(1, atOnce));
      expect(producer.tryClaim(1)).toBeUndefined();
      expect(producer.tryPublish(fillBody, 2, 1)).toBeUndefined();
      cancel.cancel();
      expectThrown(() => producer.publish({ cancel }, fillBody, 2, 1), WaitError, 'ERR_CANCELLED');
      // Without payload there is room.
      expect(producer.publish(atOnce, (message) => (message.n = 2))).toBe(2);
      expect(consumer.poll(() => {}, { max: 2 })).toBe(2);
      expect(producer.tryPublish(fillBody, 3, 64)).toBe(3);
      consumer.poll(() => {}, { max: 1 });
      expect(readOne(consumer)).toBe(3);
      if (producers > 1) expect(ring.openProducer().tryPublish(fillBody, 4, 64)).toBe(4);
    });

    it(`frees strictly what the slowest consumer is done with, of ${producers}`, () => {
      const ring = createRing(Bytes, {
        capacity: 8,
        producers,
        arenaBytes: 128,
        consumers: { fast: {}, slow: { after: ['fast'] }, group: { workers: 2 } },
      });
      using producer = ring.openProducer();
      const consumers = (['fast', 'group', 'slow'] as const).map((name) => ring.openConsumer(name));
      for (let n = 0; n < 50; n++) {
        while (producer.tryPublish(fillBody, n, 32) === undefined) {
          for (const consumer of consumers) {
            expect(producer.tryPublish(fillBody, n, 32)).toBeUndefined();
            expect(readOne(consumer)).toBe(Math.max(0, n - 4));
          }
        }
      }
    });

    it(`throws where the producer is strict, and drops where it drops, of ${producers}`, () => {
      for (const whenFull of ['strict', 'drop-newest'] as const) {
        const { producer: first, ring, consumer } = full();
        first[Symbol.dispose]();
        readOne(consumer);
        readOne(consumer);
        using producer = ring.openProducer({ whenFull });
        for (const n of [0, 1]) expect(producer.publish(fillBody, n, 64)).toBe(2 + n);
        const items = [2, 3, 4];
        const fill = (message: Body, n: number): void => fillBody(message, n, 1);
        if (whenFull === 'strict') {
          expectThrown(() => producer.publish(fillBody, 2, 1), WaitError, 'ERR_RING_FULL');
          expectThrown(() => producer.publishBatch(items, fill), WaitError, 'ERR_RING_FULL');
        } else {
          expect(producer.publish(fillBody, 2, 1)).toBe(-1);
          expect(producer.dropped).toBe(1);
          expect(producer.publishBatch(items, fill)).toBeUndefined();
          expect(producer.dropped).toBe(4);
        }
        expectThrown(() => producer.claim(1), WaitError, 'ERR_RING_FULL');
        // What was dropped left nothing in the arena.
        expect([readOne(consumer), readOne(consumer)]).toEqual([0, 1]);
        for (const n of [5, 6]) expect(producer.publish(fillBody, n, 64)).toBe(n - 1);
      }
    });

    it(`takes what a lossy consumer has not begun, of ${producers}`, () => {
      const ring = smallest({ producers }, { screen: { lossy: true } });
      using producer = ring.openProducer();
      using consumer = ring.openConsumer('screen');
      for (let n = 0; n < 20; n++) producer.publish(atOnce, fillBody, n, 64);
      expect(producer.evicted).toBe(18);
      const batch = consumer.take({ ...atOnce, max: 1 })!;
      expect(batch.first).toBe(18);
      // It has 18 in hand, and its bytes stay; 19 is evicted, but cannot be freed before 18 is.
      expectBlocked(() => producer.publish(atOnce, fillBody, 20, 64));
      for (const message of batch) expect([...message.body]).toEqual([...filled(18, 64)]);
      batch.release();
      expect(producer.publish(atOnce, fillBody, 20, 64)).toBe(20);
    });

    it(`is waited for on the event loop, in turn, by fills that run once, of ${producers}`, async () => {
      const { producer, consumer } = full();
      let fills = 0;
      const fill = (message: Writable<FieldsOf<typeof Bytes>>, n: number): void => {
        fills++;
        const room = message.reserve('body', 64);
        message.n = n;
        room.fill(n);
        message.trim('body', 50);
      };
      const calls = [2, 3].map((n) => producer.publishAsync(fill, n));
      const batch = producer.publishBatchAsync([4, 5], fill);
      await loopTurns();
      // Somebody else on this seat may go on meanwhile.
      producer.publish(atOnce, (message) => (message.n = 77));
      const seen: (number | undefined)[] = [];
      while (seen.length < 7) {
        const n = readOne(consumer);
        if (n === undefined) await loopTurns();
        else seen.push(n);
      }
      expect(seen).toEqual([0, 1, 77, 2, 3, 4, 5]);
      expect(await Promise.all([...calls, batch])).toEqual([3, 4, 6]);
      expect(fills).toBe(4);
    });

    it(`is left by a signal, a time-out, an end, of ${producers}`, async () => {
      const { ring, producer, consumer } = full();
      const abort = new AbortController();
      const publishing = rejectionOf(producer.publishAsync({ signal: abort.signal }, fillBody, 2, 1));
      await loopTurns();
      abort.abort(new Error('enough'));
      expect(await publishing).toMatchObject({ message: 'enough' });
      const timed = { timeoutMs: 1 };
      expect(await rejectionOf(producer.publishAsync(timed, fillBody, 2, 1))).toMatchObject({
        code: 'ERR_TIMED_OUT',
      });
      expect(await rejectionOf(producer.claimAsync(1, timed))).toMatchObject({ code: 'ERR_TIMED_OUT' });
      const waiting = rejectionOf(producer.publishAsync(fillBody, 2, 1));
      await loopTurns();
      ring.close();
      expect(await waiting).toBeInstanceOf(RingEndedError);
      expectThrown(() => producer.publish(fillBody, 2, 1), RingEndedError, 'ERR_RING_CLOSED');
      expectThrown(() => producer.tryPublish(fillBody, 2, 1), RingEndedError, 'ERR_RING_CLOSED');
      expect([readOne(consumer), readOne(consumer), readOne(consumer)]).toEqual([0, 1, undefined]);
    });

    it(`is full for the next in the seat until everything before is passed, of ${producers}`, () => {
      const { ring, producer, consumer } = full();
      producer[Symbol.dispose]();
      using heir = ring.openProducer();
      expect(heir.tryPublish(fillBody, 2, 1)).toBeUndefined();
      expect(readOne(consumer)).toBe(0);
      expect(heir.tryPublish(fillBody, 2, 1)).toBeUndefined();
      expect(readOne(consumer)).toBe(1);
      for (const n of [2, 3]) expect(heir.tryPublish(fillBody, n, 64)).toBe(n);
      expect([readOne(consumer), readOne(consumer)]).toEqual([2, 3]);
    });
  }

  it('that this very thread would have to empty is refused', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    using _consumer = ring.openConsumer('reader');
    for (const n of [0, 1]) producer.publish(fillBody, n, 64);
    expectThrown(() => producer.publish(fillBody, 2, 1), WaitError, 'ERR_SELF_DEADLOCK');
  });

  it('splits a batch: what fits goes out before the rest waits', () => {
    const ring = smallest();
    using producer = ring.openProducer();
    using consumer = ring.openConsumer('reader');
    const fill = (message: Body, n: number): void => fillBody(message, n, 40);
    expectBlocked(() => producer.publishBatch([0, 1, 2, 3, 4], fill, atOnce));
    const seen = [];
    for (let n = readOne(consumer); n !== undefined; n = readOne(consumer)) seen.push(n);
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe('arenas', () => {
  const options = { capacity: 1024, consumers: ['reader'] } as const;

  it('are counted, for each producer, by ringBytes', () => {
    const Plain = event({ at: u32, length: u32 });
    const columns = ringBytes(Plain, options);
    const bytesOf = (arenaBytes?: number): number =>
      ringBytes(event({ it: bytes() }), arenaBytes === undefined ? options : { ...options, arenaBytes });
    expect(bytesOf(128) - columns).toBe(128);
    expect(bytesOf(129) - columns).toBe(256);
    expect(bytesOf() - columns).toBe(64 * 1024);
    expect(createRing(event({ it: bytes() }), options).bytes).toBe(bytesOf());
    const two = { ...options, producers: 2, arenaBytes: 4096 };
    const { arenaBytes: _, ...without } = two;
    expect(ringBytes(event({ it: bytes() }), two) - ringBytes(Plain, without)).toBe(2 * 4096);
  });

  it.each([
    ['two columns without a most', { a: bytes(), b: text() }, 4096, 2 * 64 * 4096],
    ['a short one', { a: bytes({ max: 9 }) }, 8192, 16 * 8192],
    ['a long one', { a: bytes({ max: 1_000_000 }) }, 1, 2_000_000],
    ['few slots', { a: bytes() }, 1, 65_536],
    ['many slots', { a: bytes() }, 2 ** 26, 2 ** 30],
  ])('are as large as %s may need', (_what, fields, capacity, size) => {
    const payload = ringBytes(event(fields), { capacity, consumers: ['reader'] });
    const columns = Object.fromEntries(
      Object.keys(fields).flatMap((name) => [
        [`${name}1`, u32],
        [`${name}2`, u32],
      ]),
    );
    const fixed = ringBytes(event(columns), { capacity, consumers: ['reader'] });
    expect(Math.abs(payload - fixed - size)).toBeLessThan(1024);
  });

  it.each([
    [{ it: bytes() }, 127],
    [{ it: bytes() }, 0],
    [{ it: bytes() }, 1000.5],
    [{ it: bytes() }, NaN],
    [{ it: bytes() }, '4096'],
    [{ it: bytes() }, 2 ** 30 + 1],
    [{ it: bytes({ max: 2049 }) }, 4096],
    [{ it: bytes({ max: 1000 }), other: text({ max: 1049 }) }, 4096],
    [{ it: u32 }, 4096],
    [{ it: bytes({ max: 2 ** 29 }), other: bytes({ max: 1 }) }, undefined],
  ])('of %o refuse %s bytes', (fields, arenaBytes) => {
    expectThrown(
      () =>
        ringBytes(event(fields as { it: ReturnType<typeof bytes> }), {
          ...options,
          ...(arenaBytes !== undefined && { arenaBytes: arenaBytes as number }),
        }),
      ArgumentError,
      'ERR_ARENA_BYTES',
    );
  });
});

describe('declared', () => {
  it('columns are part of the schema, with their codec', () => {
    expect(Message.schema).toBe('id:u32,body:bytes,name:text,order:value(json),weight:f64,kind:u16');
    expect(event({ a: bytes({ max: 5 }), b: value({ ...json(), name: '' }) }).schema).toBe(
      'a:bytes<5>,b:value()',
    );
    const ring = createRing(event({ it: value(json()) }), { capacity: 1, consumers: ['reader'] });
    const other = event({ it: value({ ...json(), name: 'other' }) });
    expectThrown(() => openRing(ring.handle, other), HandleError, 'ERR_HANDLE_SCHEMA');
  });

  it.each([
    ['a codec that is none', () => value({} as never), 'ERR_COLUMN_TYPE'],
    ['no codec', () => value(undefined as never), 'ERR_COLUMN_TYPE'],
    ['a codec half made', () => value({ encodeInto: () => 0 } as never), 'ERR_COLUMN_TYPE'],
    ['a codec with a strange name', () => value({ ...json(), name: 'a,b' }), 'ERR_COLUMN_TYPE'],
    ['a max of nothing', () => bytes({ max: 0 }), 'ERR_COLUMN_LENGTH'],
    ['a max that is no number', () => text({ max: '5' as never }), 'ERR_COLUMN_LENGTH'],
    ['too much of a max', () => value(json(), { max: 2 ** 29 + 1 }), 'ERR_COLUMN_LENGTH'],
  ])('%s is refused', (_what, declare, code) => {
    expectThrown(declare, ArgumentError, code);
  });

  it('a field of any length is no element of an array, and cannot be called as its methods are', () => {
    expectThrown(() => array(bytes() as never, 3), ArgumentError, 'ERR_COLUMN_TYPE');
    expectThrown(() => event({ body: bytes(), reserve: u32 }), ArgumentError, 'ERR_FIELD_NAME');
    expect(event({ reserve: u32, trim: u32 }).schema).toBe('reserve:u32,trim:u32');
  });
});
