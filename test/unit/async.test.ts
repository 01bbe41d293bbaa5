import { createRing, RingEndedError, SeatError, WaitError } from 'slipring';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  expectRefusal,
  fillTick,
  loopTurns,
  publishAll,
  rejectionOf,
  Tick,
  tickRing,
  wraps,
} from './support.js';

function setUp(capacity: number, firstSequence = 0) {
  const ring = tickRing(capacity, firstSequence);
  const producer = ring.openProducer(atOnce);
  const reader = ring.openConsumer('reader', atOnce);
  const seen: number[] = [];
  return {
    ring,
    producer,
    reader,
    seen,
    note: (tick: { readonly n: number }): void => void seen.push(tick.n),
  };
}

describe('on one event loop', () => {
  it.each([1, 2, 4])('a producer and a consumer pass a thousand events, capacity %i', async (capacity) => {
    const { ring, producer, reader, seen, note } = setUp(capacity, wraps[1]);
    const publishing = (async () => {
      for (let n = 0; n < 1000; n++) expect(await producer.publishAsync(fillTick, n)).toBe(wraps[1] + n);
      ring.close();
    })();
    expect(await reader.runAsync(note)).toBe(1000);
    await publishing;
    expect(seen).toEqual([...Array(1000).keys()]);
    await ring.drainedAsync(atOnce);
  });

  it('a batch longer than the ring is split, and arrives in order', async () => {
    const { ring, producer, reader, seen, note } = setUp(4, wraps[0]);
    const running = reader.runAsync(note);
    const items = [...Array(50).keys()];
    expect(await producer.publishBatchAsync(items, fillTick)).toBe(wraps[0] + 49);
    expect(await producer.publishBatchAsync([], fillTick)).toBeUndefined();
    ring.close();
    expect(await running).toBe(50);
    expect(seen).toEqual(items);
  });

  it('claims wait for room', async () => {
    const { ring, producer, reader, seen, note } = setUp(2);
    publishAll(producer, 0, 1);
    const claiming = producer.claimAsync(2);
    await loopTurns(2);
    reader.poll(note);
    {
      using claim = await claiming;
      let n = 2;
      for (const tick of claim) tick.n = n++;
      claim.commit();
    }
    ring.close();
    reader.run(note);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('publishes several calls that wait in the order they came', async () => {
    const { ring, producer, reader, seen, note } = setUp(1);
    publishAll(producer, 0);
    const publishing = [1, 2, 3, 4].map((n) => producer.publishAsync(fillTick, n));
    const running = reader.runAsync(note);
    expect(await Promise.all(publishing)).toEqual([1, 2, 3, 4]);
    ring.close();
    await running;
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps that order when a call between them gives up', async () => {
    const { producer, reader, seen, note } = setUp(2);
    publishAll(producer, 0, 1);
    const first = producer.publishBatchAsync([2, 3], fillTick);
    const second = rejectionOf(producer.publishAsync({ timeoutMs: 0 }, fillTick, 666));
    expectRefusal(await second, WaitError, 'ERR_TIMED_OUT');
    await loopTurns();
    const third = producer.publishAsync(fillTick, 4);
    await loopTurns();
    reader.poll(note, { max: 1 });
    // Room for the third, not yet for the first.
    await loopTurns();
    reader.poll(note, { max: 1 });
    await loopTurns();
    while (reader.poll(note) > 0) await loopTurns();
    expect([await first, await third]).toEqual([3, 4]);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps that order when a fill between them throws', async () => {
    const { producer, reader, seen, note } = setUp(1);
    publishAll(producer, 0);
    const first = producer.publishAsync(fillTick, 1);
    const second = rejectionOf(
      producer.publishAsync(() => {
        throw new Error('no');
      }),
    );
    const third = producer.publishAsync(fillTick, 2);
    for (let round = 0; seen.length < 3 && round < 20; round++) {
      reader.poll(note);
      await loopTurns();
    }
    expect(await Promise.all([first, third])).toEqual([1, 2]);
    expect(await second).toMatchObject({ message: 'no' });
    expect(seen).toEqual([0, 1, 2]);
  });

  it('iterates over batches until the ring is closed', async () => {
    const { ring, producer, reader, seen, note } = setUp(4, wraps[2]);
    const reading = (async () => {
      for await (const batch of reader) for (const tick of batch) note(tick);
    })();
    for (let n = 0; n < 20; n++) await producer.publishAsync(fillTick, n);
    ring.close();
    await reading;
    expect(seen).toEqual([...Array(20).keys()]);
    expect(ring.remaining).toBe(4);
  });

  it.each([0, 1, 2])('an iteration left after %i of three events releases those alone', async (passed) => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1, 2);
    outer: for await (const batch of reader.batchesAsync({ max: 3 })) {
      for (const tick of batch) if (tick.n === passed) break outer;
    }
    expect(ring.snapshot().consumers[0].position).toBe(passed);
    expect(reader.poll(() => {})).toBe(3 - passed);
  });

  it('gives undefined instead of a batch once the ring is closed and everything was taken', async () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 7);
    ring.close();
    const batch = (await reader.takeAsync())!;
    expect(Array.from(batch, (tick) => tick.n)).toEqual([7]);
    batch.release();
    expect(await reader.takeAsync()).toBeUndefined();
    for await (const _ of reader) expect.unreachable();
  });

  it('awaits what a handler returns before the next event', async () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1, 2);
    ring.close();
    const log: string[] = [];
    await reader.runAsync(async (tick) => {
      const { n } = tick;
      log.push(`begin ${n}`);
      await loopTurns(2);
      expect(tick.n).toBe(n);
      log.push(`end ${n}`);
    });
    expect(log).toEqual([0, 1, 2].flatMap((n) => [`begin ${n}`, `end ${n}`]));
  });

  it('an async handler that rejects keeps its event', async () => {
    const { ring, producer, reader, seen, note } = setUp(4);
    publishAll(producer, 0, 1, 2);
    ring.close();
    const wrong = new Error('no');
    const running = reader.runAsync(async (tick) => {
      await loopTurns(1);
      if (tick.n === 1) throw wrong;
      note(tick);
    });
    await expect(running).rejects.toBe(wrong);
    expect(reader.next).toBe(1);
    await reader.runAsync(note);
    expect(seen).toEqual([0, 1, 2]);
  });

  it('leaves the loop to others while it has much to do', async () => {
    const { ring, producer, reader } = setUp(1);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const running = reader.runAsync(() => {
      if (turns >= 3) ring.close();
    });
    const publishing = rejectionOf(
      (async () => {
        for (;;) await producer.publishAsync(fillTick, 0);
      })(),
    );
    expectRefusal(await publishing, RingEndedError, 'ERR_RING_CLOSED');
    await running;
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  it('serves a chain of three', async () => {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { a: {}, b: { after: ['a'] }, c: { after: ['b'] } },
    });
    const producer = ring.openProducer();
    const log: string[] = [];
    const running = ring.consumerNames.map((name) =>
      ring.openConsumer(name).runAsync((tick) => void log.push(`${name}${tick.n}`)),
    );
    for (let n = 0; n < 20; n++) await producer.publishAsync(fillTick, n);
    ring.close();
    expect(await Promise.all(running)).toEqual([20, 20, 20]);
    for (let n = 0; n < 20; n++) {
      const order = ['a', 'b', 'c'].map((name) => log.indexOf(`${name}${n}`));
      expect(order).toEqual(order.toSorted((x, y) => x - y));
    }
  });
});

describe('a signal', () => {
  const reason = new Error('changed my mind');

  it('ends each wait on the event loop with its own reason, and the seat serves the next call', async () => {
    const { ring, producer, reader, seen, note } = setUp(1);
    const waits: [string, (signal: AbortSignal) => Promise<unknown>][] = [
      ['takeAsync', (signal) => reader.takeAsync({ signal })],
      ['runAsync', (signal) => reader.runAsync(note, { signal })],
      ['batchesAsync', (signal) => reader.batchesAsync({ signal }).next()],
      ['drainedAsync', (signal) => ring.drainedAsync({ signal })],
      ['processedAsync', (signal) => ring.processedAsync(0, { signal })],
    ];
    for (const [name, wait] of waits) {
      const controller = new AbortController();
      const promise = rejectionOf(wait(controller.signal));
      await loopTurns(2);
      controller.abort(reason);
      expect(await promise, name).toBe(reason);
    }
    publishAll(producer, 0);
    const blocked: [string, (signal: AbortSignal) => Promise<unknown>][] = [
      ['publishAsync', (signal) => producer.publishAsync({ signal }, fillTick, 666)],
      ['publishBatchAsync', (signal) => producer.publishBatchAsync([666], fillTick, { signal })],
      ['claimAsync', (signal) => producer.claimAsync(1, { signal })],
    ];
    for (const [name, wait] of blocked) {
      const controller = new AbortController();
      const promise = rejectionOf(wait(controller.signal));
      await loopTurns(2);
      controller.abort(reason);
      expect(await promise, name).toBe(reason);
    }
    reader.poll(note);
    expect(await producer.publishAsync(fillTick, 1)).toBe(1);
    reader.poll(note);
    expect(seen).toEqual([0, 1]);
  });

  it('ends a call that awaits its turn behind another', async () => {
    const { producer, reader } = setUp(1);
    publishAll(producer, 0);
    const first = producer.publishAsync(fillTick, 1);
    const controller = new AbortController();
    const second = rejectionOf(producer.publishAsync({ signal: controller.signal }, fillTick, 666));
    await loopTurns(2);
    controller.abort(reason);
    expect(await second).toBe(reason);
    reader.poll(() => {});
    expect(await first).toBe(1);
  });

  it('that was aborted before ends the call at once, and nothing is published', async () => {
    const { ring, producer, reader } = setUp(2);
    const signal = AbortSignal.abort(reason);
    expect(await rejectionOf(reader.takeAsync({ signal }))).toBe(reason);
    expect(await rejectionOf(reader.runAsync(() => {}, { signal }))).toBe(reason);
    expect(await rejectionOf(producer.publishAsync({ signal }, fillTick, 666))).toBe(reason);
    expect(await rejectionOf(producer.publishBatchAsync([666], fillTick, { signal }))).toBe(reason);
    expect(await rejectionOf(producer.claimAsync(1, { signal }))).toBe(reason);
    expect(ring.snapshot().published).toBe(0);
  });

  it('is not listened to any more once its wait is over', async () => {
    const { producer, reader } = setUp(1);
    const listeners = new Set<unknown>();
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: (_: 'abort', listener: () => void) => void listeners.add(listener),
      removeEventListener: (_: 'abort', listener: () => void) => void listeners.delete(listener),
    };
    publishAll(producer, 0);
    const first = producer.publishAsync({ signal }, fillTick, 1);
    const second = producer.publishAsync({ signal }, fillTick, 2);
    await loopTurns();
    expect(listeners.size).toBeGreaterThan(0);
    reader.poll(() => {});
    await first;
    reader.poll(() => {});
    await second;
    await loopTurns();
    expect(listeners.size).toBe(0);
  });
});

describe('a time-out', () => {
  it('ends each wait on the event loop, and the seat serves the next call', async () => {
    const { ring, producer, reader, note } = setUp(1);
    const options = { timeoutMs: 1 };
    const waits = [
      reader.takeAsync(options),
      ring.drainedAsync(options),
      ring.processedAsync(0, options),
    ].map(rejectionOf);
    for (const error of await Promise.all(waits)) expectRefusal(error, WaitError, 'ERR_TIMED_OUT');
    expectRefusal(await rejectionOf(reader.runAsync(note, options)), WaitError, 'ERR_TIMED_OUT');
    publishAll(producer, 0);
    expectRefusal(await rejectionOf(producer.publishAsync(options, fillTick, 1)), WaitError, 'ERR_TIMED_OUT');
    expectRefusal(
      await rejectionOf(producer.publishBatchAsync([1], fillTick, options)),
      WaitError,
      'ERR_TIMED_OUT',
    );
    expectRefusal(await rejectionOf(producer.claimAsync(1, options)), WaitError, 'ERR_TIMED_OUT');
    expect(await reader.takeAsync()).toMatchObject({ length: 1 });
  });
});

describe('the end of the ring', () => {
  it('ends the waits of producers, and of consumers once they saw everything', async () => {
    const { ring, producer, reader } = setUp(1);
    publishAll(producer, 0);
    const publishing = rejectionOf(producer.publishAsync(fillTick, 1));
    const behind = rejectionOf(producer.publishAsync(fillTick, 2));
    await loopTurns(2);
    ring.close();
    expectRefusal(await publishing, RingEndedError, 'ERR_RING_CLOSED');
    expectRefusal(await behind, RingEndedError, 'ERR_RING_CLOSED');
    expect(await reader.runAsync(() => {})).toBe(1);
  });

  it('by an abort ends every wait with its reason', async () => {
    const ring = createRing(Tick, { capacity: 1, consumers: { a: {}, b: { after: ['a'] } } });
    const producer = ring.openProducer(atOnce);
    const [a, b] = [ring.openConsumer('a'), ring.openConsumer('b')];
    publishAll(producer, 0);
    a.poll(() => {}, { max: 1 });
    const waits = [
      a.takeAsync(),
      producer.publishAsync(fillTick, 1),
      ring.drainedAsync(),
      ring.processedAsync(5),
    ].map(rejectionOf);
    await loopTurns(2);
    ring.abort('enough');
    for (const error of await Promise.all(waits)) expectRefusal(error, RingEndedError, 'ERR_RING_ABORTED');
    expectRefusal(await rejectionOf(b.runAsync(() => {})), RingEndedError, 'ERR_RING_ABORTED');
  });
});

describe('leaving a seat', () => {
  it('ends its waits on the event loop with ERR_SEAT_LEFT', async () => {
    const { ring, producer, reader } = setUp(1);
    const taking = rejectionOf(reader.takeAsync());
    await loopTurns(2);
    reader[Symbol.dispose]();
    expectRefusal(await taking, SeatError, 'ERR_SEAT_LEFT');
    publishAll(producer, 0);
    const publishing = [1, 2].map((n) => rejectionOf(producer.publishAsync(fillTick, n)));
    await loopTurns(2);
    producer[Symbol.dispose]();
    for (const error of await Promise.all(publishing)) expectRefusal(error, SeatError, 'ERR_SEAT_LEFT');
    expect(ring.snapshot().published).toBe(1);
  });

  it('ends a takeAsync that has found an event and not told of it yet: the event is for the next in the seat', async () => {
    const { ring, producer, reader } = setUp(1);
    publishAll(producer, 1);
    const taking = rejectionOf(reader.takeAsync());
    reader[Symbol.dispose]();
    const batch = ring.openConsumer('reader').take();
    expectRefusal(await taking, SeatError, 'ERR_SEAT_LEFT');
    expect(batch).toMatchObject({ first: 0, length: 1 });
    batch?.release();
  });

  it('by asyncDispose resolves when its waits have ended, and the seat is free', async () => {
    const { ring, producer, reader } = setUp(1);
    publishAll(producer, 0);
    const ended: string[] = [];
    const publishing = rejectionOf(producer.publishAsync(fillTick, 1)).then((error) => {
      ended.push('publishAsync');
      return error;
    });
    await loopTurns(2);
    await producer[Symbol.asyncDispose]();
    await loopTurns(1);
    expect(ended).toEqual(['publishAsync']);
    expectRefusal(await publishing, SeatError, 'ERR_SEAT_LEFT');
    reader.poll(() => {});
    const taking = rejectionOf(reader.takeAsync());
    await loopTurns(2);
    await reader[Symbol.asyncDispose]();
    expectRefusal(await taking, SeatError, 'ERR_SEAT_LEFT');
    ring.openProducer();
    ring.openConsumer('reader');
  });

  it('by asyncDispose lets an async handler finish the event it has in hand, and releases it', async () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1);
    const finished: number[] = [];
    let begun = (): void => {};
    const first = new Promise<void>((resolve) => (begun = resolve));
    const running = rejectionOf(
      reader.runAsync(async (tick) => {
        const { n } = tick;
        begun();
        await loopTurns(5);
        finished.push(n);
      }),
    );
    await first;
    await reader[Symbol.asyncDispose]();
    expect(finished).toEqual([0]);
    expectRefusal(await running, SeatError, 'ERR_SEAT_LEFT');
    expect(ring.openConsumer('reader').next).toBe(1);
  });

  it('of all at once by asyncDispose of the ring', async () => {
    const { ring, producer, reader } = setUp(1);
    publishAll(producer, 0);
    const waits = [
      rejectionOf(producer.publishAsync(fillTick, 1)),
      rejectionOf(ring.drainedAsync({ timeoutMs: 50 })),
    ];
    await loopTurns(2);
    await ring[Symbol.asyncDispose]();
    expectRefusal(await waits[0], SeatError, 'ERR_SEAT_LEFT');
    expect(ring.closed).toBe(false);
    expect(ring.snapshot()).toMatchObject({ producers: [{ seated: false }], consumers: [{ seated: false }] });
    expectRefusal(await waits[1], WaitError, 'ERR_TIMED_OUT');
    expect(reader.name).toBe('reader');
  });
});

describe('a ring that is never empty', () => {
  it('leaves timers their turns while it is iterated over', async () => {
    const { producer, reader } = setUp(4);
    let fired = false;
    setTimeout(() => (fired = true), 0);
    publishAll(producer, 0);
    for await (const batch of reader.batchesAsync({ max: 1 })) {
      expect(batch.length).toBe(1);
      publishAll(producer, 0);
      if (fired) break;
    }
    expect(fired).toBe(true);
  });

  it('leaves timers their turns while it is handled', async () => {
    const { ring, producer, reader } = setUp(4);
    let fired = false;
    setTimeout(() => (fired = true), 0);
    publishAll(producer, 0);
    await reader.runAsync(() => {
      if (fired) ring.close();
      else publishAll(producer, 0);
    });
    expect(fired).toBe(true);
  });
});
