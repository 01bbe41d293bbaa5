import { type CancelToken, cancelToken, createRing, openCancelToken, WaitError } from 'slipring';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  expectBlocked,
  expectRefusal,
  expectThrown,
  fillTick,
  publishAll,
  rejectionOf,
  Tick,
  tickRing,
} from './support.js';

describe('a cancel token', () => {
  it('that was tripped ends every wait it is given to, in all modes of waiting', () => {
    for (const wait of ['spin', 'spin-park', 'park'] as const) {
      const ring = tickRing(1);
      const cancel = cancelToken(ring);
      const options = { cancel, wait, timeoutMs: 60_000 };
      const producer = ring.openProducer(options);
      const reader = ring.openConsumer('reader', options);
      cancel.cancel();
      for (const call of [
        () => reader.run(() => {}),
        () => reader.take(),
        () => reader.batches(options).next(),
        () => ring.drained(options),
        () => ring.processed(0, options),
      ]) {
        expectThrown(call, WaitError, 'ERR_CANCELLED');
      }
      producer.publish(fillTick, 0);
      for (const call of [
        () => producer.publish(fillTick, 1),
        () => producer.publish(options, fillTick, 1),
        () => producer.publishBatch([1], fillTick),
        () => producer.claim(1),
      ]) {
        expectThrown(call, WaitError, 'ERR_CANCELLED');
      }
      expect(reader.poll(() => {})).toBe(1);
    }
  });

  it('is the same token wherever it is opened', () => {
    const ring = tickRing(1);
    const token = cancelToken(ring);
    const opened = openCancelToken(structuredClone(token.handle));
    const reader = ring.openConsumer('reader', { cancel: opened, timeoutMs: 60_000 });
    expect([token.cancelled, opened.cancelled]).toEqual([false, false]);
    token.cancel();
    token.cancel();
    expect([token.cancelled, opened.cancelled]).toEqual([true, true]);
    expectThrown(() => reader.take(), WaitError, 'ERR_CANCELLED');
  });

  it('given to one call ends that call alone', () => {
    const ring = tickRing(1);
    const cancel = cancelToken(ring);
    cancel.cancel();
    const reader = ring.openConsumer('reader', atOnce);
    expectThrown(() => reader.take({ cancel }), WaitError, 'ERR_CANCELLED');
    expectBlocked(() => reader.take());
  });

  it('may cover several rings, and no others', () => {
    const rings = [tickRing(1), tickRing(1), tickRing(1)];
    const cancel = cancelToken(rings[0], rings[1]);
    rings[0].openConsumer('reader', { cancel });
    rings[1].openConsumer('reader', { cancel });
    expect(() => rings[2].openConsumer('reader', { cancel })).toThrow('made for other rings');
  });

  it('closes nothing and takes nothing: what was published is still there', () => {
    const ring = tickRing(2);
    const cancel: CancelToken = cancelToken(ring);
    publishAll(ring.openProducer(), 1, 2);
    cancel.cancel();
    expect(ring.closed).toBe(false);
    expect(ring.openConsumer('reader').poll(() => {})).toBe(2);
  });
});

describe('a time-out', () => {
  it.each(['spin', 'spin-park', 'park'] as const)('of 0 ms never waits, when waiting by %s', (wait) => {
    const ring = tickRing(1);
    const options = { wait, timeoutMs: 0 };
    const producer = ring.openProducer(options);
    const reader = ring.openConsumer('reader', options);
    expectBlocked(() => reader.take());
    expectBlocked(() => reader.run(() => {}));
    expectBlocked(() => ring.drained(options));
    expectBlocked(() => ring.processed(0, options));
    publishAll(producer, 0);
    expectBlocked(() => producer.publish(fillTick, 1));
    expectBlocked(() => producer.claim(1));
    expectBlocked(() => producer.publishBatch([1], fillTick));
    expect(reader.poll(() => {})).toBe(1);
    expect(producer.publish(fillTick, 1)).toBe(1);
  });

  it.each(['spin', 'spin-park', 'park'] as const)(
    'ends a wait that is under way by %s, and the ring goes on',
    (wait) => {
      const ring = createRing(Tick, { capacity: 1, consumers: { a: {}, b: { after: ['a'] } } });
      const options = { wait, timeoutMs: 2 };
      const producer = ring.openProducer(options);
      const [a, b] = [ring.openConsumer('a', options), ring.openConsumer('b', options)];
      for (let round = 0; round < 3; round++) {
        expectBlocked(() => a.take());
        expectBlocked(() => b.take());
        publishAll(producer, round);
        expectBlocked(() => producer.publish(fillTick, 9));
        expectBlocked(() => b.take());
        expectBlocked(() => ring.processed(round, options));
        expect(a.poll(() => {})).toBe(1);
        expect(b.poll(() => {})).toBe(1);
      }
    },
  );

  it('of a call overrides that of its seat, both ways', () => {
    const ring = tickRing(1);
    const reader = ring.openConsumer('reader', atOnce);
    publishAll(ring.openProducer(), 0);
    expect(reader.take({ timeoutMs: 60_000 })?.release()).toBeUndefined();
    expectBlocked(() => reader.take({ timeoutMs: 1 }));
  });

  it('may be longer than a timer can be', async () => {
    const ring = tickRing(1);
    const producer = ring.openProducer();
    const reader = ring.openConsumer('reader');
    const options = { timeoutMs: 2 ** 40 };
    publishAll(producer, 0);
    const first = producer.publishAsync(options, fillTick, 1);
    const second = producer.publishAsync(options, fillTick, 2);
    reader.poll(() => {});
    await first;
    reader.poll(() => {});
    await second;
    reader.poll(() => {});
    const third = rejectionOf(reader.takeAsync({ timeoutMs: 1 }));
    expectRefusal(await third, WaitError, 'ERR_TIMED_OUT');
  });
});

describe('the options that a seat was opened with', () => {
  it('hold, each for itself, for every call that may park and is not given that option', () => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    for (const options of [undefined, {}, { wait: 'park' }, { cancel: cancelToken(ring) }] as const) {
      const batch = { ...options, max: 1 };
      for (const call of [
        () => reader.run(() => {}, batch),
        () => reader.take(batch),
        () => reader.batches(batch).next(),
      ])
        expectBlocked(call);
    }
    publishAll(producer, 0);
    for (const options of [{}, { wait: 'park' }, { cancel: cancelToken(ring) }] as const) {
      for (const call of [
        () => producer.publish(fillTick, 1),
        () => producer.publish(options, fillTick, 1),
        () => producer.publishBatch([1], fillTick, options),
        () => producer.claim(1, options),
      ])
        expectBlocked(call);
    }
  });

  it('are those of the call where it is given its own', () => {
    const ring = tickRing(1);
    const token = cancelToken(ring);
    token.cancel();
    const reader = ring.openConsumer('reader', { timeoutMs: 60_000, cancel: token });
    expectThrown(() => reader.take({ timeoutMs: 1 }), WaitError, 'ERR_CANCELLED');
    expectThrown(() => reader.take({ cancel: cancelToken(ring), timeoutMs: 1 }), WaitError, 'ERR_TIMED_OUT');
  });

  it('do not hold on an event loop, where a call waits as long as it was told itself', async () => {
    const ring = tickRing(1);
    const producer = ring.openProducer(atOnce);
    const reader = ring.openConsumer('reader', atOnce);
    publishAll(producer, 0);
    const published = producer.publishAsync(fillTick, 1);
    expectRefusal(await rejectionOf(producer.publishAsync(atOnce, fillTick, 2)), WaitError, 'ERR_TIMED_OUT');
    expect(reader.poll(() => {})).toBe(1);
    expect(await published).toBe(1);
    expect(reader.poll(() => {})).toBe(1);
    const taken = reader.takeAsync();
    publishAll(producer, 2);
    expect((await taken)?.length).toBe(1);
  });
});
