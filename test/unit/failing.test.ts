/** What follows when a handler throws: stopping, passing over, trying again; and what others are told. */
import {
  ArgumentError,
  type AsyncHandler,
  ConsumerFailedError,
  createRing,
  type Handler,
  type OnError,
  openRing,
  RingEndedError,
  WaitError,
} from 'slipring';
import { describe, expect, it } from 'vitest';
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
  thrownBy,
  Tick,
  type TickFields,
  wraps,
} from './support.js';

const wrong = new Error('no paper');
const fail = (): never => {
  throw wrong;
};

function setUp(capacity: number, firstSequence = 0) {
  const ring = createRing(Tick, { capacity, consumers: ['reader'], firstSequence });
  return { ring, producer: ring.openProducer(atOnce), reader: ring.openConsumer('reader', atOnce) };
}

/** Every call that takes a handler: `options` are those of the call, the ring is closed. */
type Setting = ReturnType<typeof setUp>;
const forms: readonly [
  string,
  (reader: Setting['reader'], handler: Handler<TickFields>, onError: OnError<TickFields>) => Promise<number>,
][] = [
  ['run', (reader, handler, onError) => Promise.resolve().then(() => reader.run(handler, { onError }))],
  ['poll', (reader, handler, onError) => Promise.resolve().then(() => reader.poll(handler, { onError }))],
  ['runAsync', (reader, handler, onError) => reader.runAsync(handler, { onError })],
  [
    'runAsync, with promises,',
    (reader, handler, onError) => {
      const later: AsyncHandler<TickFields> = async (...given) => {
        await Promise.resolve();
        handler(...given);
      };
      return reader.runAsync(later, { onError });
    },
  ],
];

/** Handles ticks, and throws at those that `throwsAt` counts down to 0. */
function noting(throwsAt: Map<number, number>) {
  const calls: [n: number, endOfBatch: boolean][] = [];
  const handler: Handler<TickFields> = ({ n }, _sequence, endOfBatch) => {
    calls.push([n, endOfBatch]);
    const left = throwsAt.get(n) ?? 0;
    if (left === 0) return;
    throwsAt.set(n, left - 1);
    throw wrong;
  };
  return { calls, handler, seen: () => calls.map(([n]) => n) };
}

describe('a consumer whose handler throws', () => {
  it.each(forms)('in %s has failed until it goes on, as the snapshot says', async (_, call) => {
    for (const first of [0, ...wraps]) {
      const { ring, producer, reader } = setUp(4, first);
      publishAll(producer, 0, 1, 2);
      ring.close();
      expect(ring.snapshot().consumers[0].failed).toBeUndefined();
      const { handler, seen } = noting(new Map([[1, 1]]));
      expect(await rejectionOf(call(reader, handler, 'stop'))).toBe(wrong);
      const other = openRing(ring.handle, Tick);
      for (const view of [ring, other]) {
        expect(view.snapshot().consumers[0]).toMatchObject({
          position: first + 1,
          failed: { sequence: first + 1, message: 'no paper' },
        });
      }
      expect(await call(reader, handler, 'stop')).toBe(2);
      expect(seen()).toEqual([0, 1, 1, 2]);
      expect(other.snapshot().consumers[0].failed).toBeUndefined();
    }
  });

  it('has failed no more once another has its seat', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0);
    thrownBy(() => reader.poll(fail));
    reader[Symbol.dispose]();
    expect(ring.snapshot().consumers[0].failed).toBeDefined();
    ring.openConsumer('reader');
    expect(ring.snapshot().consumers[0].failed).toBeUndefined();
  });

  it('goes on by taking batches too', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0);
    thrownBy(() => reader.poll(fail));
    reader.take()!.release();
    expect(ring.snapshot().consumers[0].failed).toBeUndefined();
  });

  it.each([
    ['an error without a message', new Error(), ''],
    ['a text', 'out of ink', 'out of ink'],
    ['nothing', undefined, 'undefined'],
    ['a message too long', new Error('ä'.repeat(300)), 'ä'.repeat(122)],
  ])('is shown with what it threw: %s', (_, thrown, message) => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0);
    const throwing = (): never => {
      throw thrown as Error;
    };
    expect(thrownBy(() => reader.poll(throwing))).toBe(thrown);
    expect(ring.snapshot().consumers[0].failed).toEqual({ sequence: 0, message });
  });

  it("that disposed its consumer has not failed: the seat may be somebody else's", () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0);
    expect(
      thrownBy(() =>
        reader.poll(() => {
          reader[Symbol.dispose]();
          throw wrong;
        }),
      ),
    ).toBe(wrong);
    expect(ring.snapshot().consumers[0]).toMatchObject({ failed: undefined, position: 0 });
  });
});

describe('whoever waits for a consumer that failed', () => {
  const wait = { timeoutMs: 1_000_000 };

  function failed(whenConsumerFails: 'throw' | 'wait' = 'throw') {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { reader: {}, behind: { after: ['reader'] } },
      whenConsumerFails,
    });
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    publishAll(producer, 0, 1);
    thrownBy(() => reader.poll(fail));
    return { ring, producer, reader, behind: ring.openConsumer('behind', atOnce) };
  }

  function expectTold(error: unknown): void {
    expectRefusal(error, ConsumerFailedError, 'ERR_CONSUMER_FAILED');
    expect(error).toMatchObject({
      consumer: 'reader',
      sequence: 0,
      reason: 'no paper',
      message: expect.stringContaining('"reader" failed at event 0') as string,
    });
  }

  it('B-41, B-46: is told why, in every form, instead of waiting', async () => {
    const { ring, producer, behind } = failed();
    const none = (): void => {};
    expectTold(thrownBy(() => producer.publish(wait, fillTick, 2)));
    expectTold(thrownBy(() => producer.publishBatch([2], fillTick, wait)));
    expectTold(thrownBy(() => producer.claim(1, wait)));
    expectTold(thrownBy(() => behind.run(none, wait)));
    expectTold(thrownBy(() => behind.take({ ...wait, wait: 'spin' })));
    expectTold(thrownBy(() => ring.processed(1, wait)));
    expectTold(await rejectionOf(producer.publishAsync(fillTick, 2)));
    expectTold(await rejectionOf(producer.publishBatchAsync([2], fillTick)));
    expectTold(await rejectionOf(producer.claimAsync(1)));
    expectTold(await rejectionOf(behind.runAsync(none)));
    expectTold(await rejectionOf(ring.processedAsync(1)));
    expectBlocked(() => ring.drained(atOnce));
    ring.close();
    expectTold(thrownBy(() => ring.drained(wait)));
    expectTold(await rejectionOf(ring.drainedAsync()));
  });

  it('is woken to be told, where it waits on an event loop', async () => {
    const ring = createRing(Tick, { capacity: 1, consumers: ['reader'] });
    const producer = ring.openProducer();
    publishAll(producer, 0);
    const waiting = rejectionOf(producer.publishAsync(fillTick, 1));
    await loopTurns();
    thrownBy(() => ring.openConsumer('reader').poll(fail));
    expectTold(await waiting);
  });

  it('may go on with what does not wait', () => {
    const { producer, behind } = failed();
    expect(producer.tryPublish(fillTick, 2)).toBeUndefined();
    expect(producer.tryClaim(1)).toBeUndefined();
    expect(behind.poll(() => {})).toBe(0);
  });

  it('has room as soon as the consumer goes on', () => {
    const { producer, reader } = failed();
    expectTold(thrownBy(() => producer.publish(fillTick, 2)));
    expect(reader.poll(() => {})).toBe(2);
    expectBlocked(() => producer.publish(fillTick, 2)); // now for the one behind
  });

  it('waits, when the ring was told so', () => {
    const { ring, producer, behind } = failed('wait');
    expectBlocked(() => producer.publish(fillTick, 2));
    expectBlocked(() => behind.run(() => {}));
    expectBlocked(() => ring.processed(0, atOnce));
    expect(ring.snapshot().consumers[0].failed).toMatchObject({ message: 'no paper' });
  });

  it('waits for a lossy or strict one no more than before', () => {
    const ring = createRing(Tick, { capacity: 1, consumers: ['reader'] });
    const strict = ring.openProducer({ whenFull: 'strict' });
    publishAll(strict, 0);
    thrownBy(() => ring.openConsumer('reader').poll(fail));
    expectThrown(() => strict.publish(fillTick, 1), WaitError, 'ERR_RING_FULL');
  });

  it('is told of a worker too, whose batch stays in its hand', () => {
    const ring = createRing(Tick, { capacity: 2, consumers: { group: { workers: 2 } } });
    const producer = ring.openProducer(wait);
    const [one, other] = [ring.openConsumer('group', atOnce), ring.openConsumer('group', atOnce)];
    publishAll(producer, 0, 1);
    thrownBy(() => one.poll(fail));
    expect(other.poll(() => {})).toBe(1);
    expect(ring.snapshot().consumers[0]).toMatchObject({
      failed: { sequence: 0, message: 'no paper' },
      workers: [
        { busy: true, failed: { sequence: 0 } },
        { busy: false, failed: undefined },
      ],
    });
    expect(thrownBy(() => producer.publish(fillTick, 2))).toMatchObject({ consumer: 'group', sequence: 0 });
    // The other workers are not: they take over what it leaves.
    ring.close();
    expectBlocked(() => other.run(() => {}));
    one[Symbol.dispose]();
    const seen: number[] = [];
    expect(other.run(({ n }) => void seen.push(n))).toBe(1);
    expect(seen).toEqual([0]);
    expect(ring.snapshot().consumers[0].failed).toBeUndefined();
  });
});

describe('a lossy consumer that fails', () => {
  it.each([1, 2])(
    'holds up one of %d producers by the event that it has begun, and loses others once it goes on',
    (producers) => {
      for (const first of [0, ...wraps]) {
        const ring = createRing(Tick, {
          capacity: 2,
          producers,
          consumers: { screen: { lossy: true } },
          firstSequence: first,
        });
        const producer = ring.openProducer(atOnce);
        const screen = ring.openConsumer('screen', atOnce);
        publishAll(producer, 0, 1);
        expect(thrownBy(() => screen.poll(fail))).toBe(wrong);
        expect(ring.snapshot().consumers[0]).toMatchObject({
          failed: { sequence: first, message: 'no paper' },
        });
        expect(producer.tryPublish(fillTick, 2)).toBeUndefined();
        expect(thrownBy(() => producer.publish(fillTick, 2))).toMatchObject({
          code: 'ERR_CONSUMER_FAILED',
          consumer: 'screen',
          sequence: first,
        });
        expect(producer.evicted).toBe(0);
        const seen: number[] = [];
        const note: Handler<TickFields> = ({ n }) => void seen.push(n);
        expect(screen.poll(note)).toBe(1);
        expect(ring.snapshot().consumers[0].failed).toBeUndefined();
        publishAll(producer, 2, 3);
        ring.close();
        screen.run(note);
        expect(seen).toEqual([0, 2, 3]);
        expect([screen.missed, producer.evicted]).toEqual([1, 1]);
      }
    },
  );
});

describe("onError: 'skip'", () => {
  it.each(forms)('in %s passes over the event, and counts it', async (_, call) => {
    const { ring, producer, reader } = setUp(8);
    publishAll(producer, 0, 1, 2, 3);
    ring.close();
    const { handler, seen } = noting(new Map([0, 2, 3].map((n) => [n, Infinity])));
    expect(await call(reader, handler, 'skip')).toBe(4);
    expect(seen()).toEqual([0, 1, 2, 3]);
    expect([reader.skipped, reader.next, ring.remaining]).toEqual([3, 4, 8]);
    expect(ring.snapshot().consumers[0].failed).toBeUndefined();
  });
});

describe('onError: { retry }', () => {
  it.each(forms)('in %s tries the one event again', async (_, call) => {
    const { ring, producer, reader } = setUp(64);
    publishAll(producer, 0, 1, 2);
    ring.close();
    const { handler, seen } = noting(new Map([[1, 2]]));
    expect(await call(reader, handler, { retry: 2 })).toBe(3);
    expect(seen()).toEqual([0, 1, 1, 1, 2]);
    expect(reader.skipped).toBe(0);
  });

  it.each(forms)('in %s tries the whole batch again', async (_, call) => {
    const { ring, producer, reader } = setUp(64);
    publishAll(producer, 0, 1, 2);
    ring.close();
    const { handler, seen } = noting(
      new Map([
        [1, 1],
        [2, 1],
      ]),
    );
    expect(await call(reader, handler, { retry: 2, what: 'batch' })).toBe(3);
    expect(seen()).toEqual([0, 1, 0, 1, 2, 0, 1, 2]);
  });

  it.each(forms)('in %s stops, or skips, after the last attempt', async (_, call) => {
    for (const what of ['event', 'batch'] as const) {
      const { ring, producer, reader } = setUp(64);
      publishAll(producer, 0, 1, 2);
      ring.close();
      const { handler, seen } = noting(new Map([[1, Infinity]]));
      const before = what === 'event' ? 1 : 0;
      expect(await rejectionOf(call(reader, handler, { retry: 2, what }))).toBe(wrong);
      expect([reader.next, ring.snapshot().consumers[0].position]).toEqual([before, before]);
      expect(ring.snapshot().consumers[0].failed).toMatchObject({ sequence: 1 });
      expect(seen()).toEqual(what === 'event' ? [0, 1, 1, 1] : [0, 1, 0, 1, 0, 1]);
      expect(await call(reader, handler, { retry: 1, what, then: 'skip' })).toBe(3 - before);
      expect(reader.skipped).toBe(what === 'event' ? 1 : 3);
    }
  });

  it('counts attempts anew for each event, and for each call', () => {
    const { producer, reader } = setUp(64);
    publishAll(producer, 0, 1, 2);
    const { handler, seen } = noting(
      new Map([
        [0, 1],
        [1, 1],
        [2, 3],
      ]),
    );
    expect(thrownBy(() => reader.poll(handler, { onError: { retry: 1 } }))).toBe(wrong);
    expect(reader.poll(handler, { onError: { retry: 1 } })).toBe(1);
    expect(seen()).toEqual([0, 0, 1, 1, 2, 2, 2, 2]);
  });

  it('pauses in between, no longer than the limits of the call allow', async () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0);
    const onError = { retry: 1, pauseMs: 1_000_000 };
    expectThrown(() => reader.run(fail, { ...atOnce, onError }), WaitError, 'ERR_TIMED_OUT');
    expect(ring.snapshot().consumers[0].failed).toBeUndefined();
    const controller = new AbortController();
    const running = rejectionOf(reader.runAsync(fail, { signal: controller.signal, onError }));
    await loopTurns();
    controller.abort(wrong);
    expect(await running).toBe(wrong);
    const { handler, seen } = noting(new Map([[0, 1]]));
    const closed = reader.runAsync(handler, { onError });
    await loopTurns();
    ring.close();
    expect(await closed).toBe(1);
    expect(seen()).toEqual([0, 0]);
  });

  it('is over when its consumer is disposed in a pause', async () => {
    const { producer, reader } = setUp(4);
    publishAll(producer, 0);
    const running = rejectionOf(reader.runAsync(fail, { onError: { retry: 1, pauseMs: Infinity } }));
    await loopTurns();
    await reader[Symbol.asyncDispose]();
    expect(await running).toMatchObject({ code: 'ERR_SEAT_LEFT' });
  });

  it('without an end ends with the ring, a signal, or the consumer', async () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0);
    const onError = { retry: Infinity };
    const controller = new AbortController();
    const running = rejectionOf(reader.runAsync(fail, { signal: controller.signal, onError }));
    await loopTurns();
    controller.abort(wrong);
    expect(await running).toBe(wrong);
    let attempts = 0;
    const aborting = (): never => {
      if (++attempts === 3) ring.abort();
      throw wrong;
    };
    expectThrown(() => reader.run(aborting, { onError }), RingEndedError, 'ERR_RING_ABORTED');
    expect(attempts).toBe(3);
  });
});

describe('onError as a function', () => {
  it.each(forms)('in %s is asked each time, with the event at hand', async (_, call) => {
    const { ring, producer, reader } = setUp(64);
    publishAll(producer, 10, 11, 12);
    ring.close();
    const asked: unknown[] = [];
    const onError: OnError<TickFields> = (error, { n }, sequence, attempt) => {
      asked.push([error, n, sequence, attempt]);
      return attempt < 2 ? 'retry' : n === 11 ? 'skip' : 'stop';
    };
    const { handler } = noting(
      new Map([
        [11, Infinity],
        [12, Infinity],
      ]),
    );
    expect(await rejectionOf(call(reader, handler, onError))).toBe(wrong);
    expect(asked).toEqual([
      [wrong, 11, 1, 1],
      [wrong, 11, 1, 2],
      [wrong, 12, 2, 1],
      [wrong, 12, 2, 2],
    ]);
    expect([reader.next, reader.skipped]).toEqual([2, 1]);
  });

  it('that throws stops the consumer with its own error', () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0);
    const worse = new Error('worse');
    const onError = (): never => {
      throw worse;
    };
    expect(thrownBy(() => reader.poll(fail, { onError }))).toBe(worse);
    expect(ring.snapshot().consumers[0].failed?.message).toBe('worse');
  });

  it('that says anything else stops the consumer, and the first error is the cause', () => {
    const { producer, reader } = setUp(4);
    publishAll(producer, 0);
    const onError = (() => 'ignore') as unknown as OnError<TickFields>;
    const error = thrownBy(() => reader.poll(fail, { onError }));
    expect(error).toMatchObject({ code: 'ERR_ON_ERROR', cause: wrong });
    expect(reader.next).toBe(0);
  });
});

describe('onError refuses', () => {
  it.each([
    ['anything but its words', 'ignore'],
    ['null', null],
    ['a number', 3],
    ['an unknown option', { retry: 1, times: 2 }],
    ['attempts without a number', {}],
    ['no attempt', { retry: 0 }],
    ['half an attempt', { retry: 1.5 }],
    ['a retry of something else', { retry: 1, what: 'ring' }],
    ['another end', { retry: 1, then: 'retry' }],
    ['a negative pause', { retry: 1, pauseMs: -1 }],
    ['a pause that is no number', { retry: 1, pauseMs: '5' }],
  ])('%s, and changes nothing', async (_, bad) => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0);
    const onError = bad as OnError<TickFields>;
    leavesUntouched(ring.handle.buffer, () => {
      for (const call of [() => reader.run(fail, { onError }), () => reader.poll(fail, { onError })])
        expectThrown(call, ArgumentError, 'ERR_ON_ERROR');
    });
    expectRefusal(await rejectionOf(reader.runAsync(fail, { onError })), ArgumentError, 'ERR_ON_ERROR');
    expect(reader.poll(() => {})).toBe(1);
  });

  it('a pause where nothing waits', () => {
    const { reader } = setUp(2);
    const onError = { retry: 1, pauseMs: 1 };
    expectThrown(() => reader.poll(fail, { onError }), ArgumentError, 'ERR_ON_ERROR');
  });
});

describe('endOfBatch', () => {
  it.each(forms)('B-50: in %s is right when the last event is tried again or skipped', async (_, call) => {
    for (const onError of ['skip', { retry: 1 }, { retry: 1, what: 'batch' }] as const) {
      const { ring, producer, reader } = setUp(64);
      publishAll(producer, 0, 1, 2);
      ring.close();
      const { handler, calls } = noting(new Map([[2, 1]]));
      await call(reader, handler, onError);
      for (const [n, endOfBatch] of calls) expect(endOfBatch).toBe(n === 2);
    }
  });

  it('B-50: is right in a batch that starts after an event that stopped it', () => {
    const { producer, reader } = setUp(64);
    publishAll(producer, 0, 1, 2, 3);
    const { handler, calls } = noting(new Map([[1, 1]]));
    thrownBy(() => reader.poll(handler, { max: 3 }));
    reader.poll(handler, { max: 2 });
    reader.poll(handler);
    expect(calls).toEqual([
      [0, false],
      [1, false],
      [1, false],
      [2, true],
      [3, true],
    ]);
  });

  it('B-50: is right where a run that was given up ends a batch', () => {
    const ring = createRing(Tick, { capacity: 64, producers: 2, consumers: ['reader'] });
    const producer = ring.openProducer(atOnce);
    publishAll(producer, 0, 1);
    producer.claim(2).abandon();
    publishAll(producer, 2);
    ring.close();
    const { handler, calls } = noting(new Map());
    expect(ring.openConsumer('reader').run(handler)).toBe(3);
    expect(calls).toEqual([
      [0, false],
      [1, true],
      [2, true],
    ]);
  });
});
