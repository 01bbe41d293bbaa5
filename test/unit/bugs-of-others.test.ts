/** Bugs that other rings had, where no other file has the test; which they are: docs/decisions.md. */
import {
  cancelToken,
  type ConsumerGraph,
  createRing,
  openRing,
  type Ring,
  RingEndedError,
  WaitError,
} from 'slipring';
import { describe, expect, it } from 'vitest';
import { Barrier } from '../../src/core/barrier.js';
import { controlWords, moreSleepers, readShape } from '../../src/core/header.js';
import { consumerSeat, planLayout, seat, shared } from '../../src/core/layout.js';
import { RunFollower } from '../../src/core/run-follower.js';
import { stampIndex } from '../../src/core/stamps.js';
import { BLOCKED, READY } from '../../src/core/waiting.js';
import {
  atOnce,
  expectBlocked,
  expectThrown,
  fillTick,
  publishAll,
  rejectionOf,
  Tick,
  tickRing,
  type TickFields,
} from './support.js';

function ringOf(capacity: number, consumers: ConsumerGraph = ['reader'], producers = 1): Ring<TickFields> {
  return createRing(Tick, { capacity, producers, consumers });
}

const count = (length: number, from = 0): number[] => Array.from({ length }, (_, n) => from + n);

it('B-08: a sleeper is woken by whoever opened the same ring for itself', async () => {
  const ring = tickRing(2);
  const taking = openRing(structuredClone(ring.handle), Tick).openConsumer('reader').takeAsync();
  openRing(structuredClone(ring.handle), Tick).openProducer().publish(fillTick, 7);
  const batch = (await taking)!;
  for (const tick of batch) expect(tick.n).toBe(7);
  expect(batch.length).toBe(1);
});

it('B-09: who waits behind an open claim is given nothing, and sleeps on its stamp, which only the publish changes', () => {
  const ring = ringOf(4, ['reader'], 2);
  const words = controlWords(ring.handle.buffer);
  const position = consumerSeat(planLayout({ ...readShape(words), columns: [] }), 0) + seat.position;
  const stamps = moreSleepers(words).stamps!;
  const waiting = new RunFollower(words, position, new Barrier(words, [shared.cursor]), stamps);
  const [first, second] = [ring.openProducer(), ring.openProducer()];
  const claim = first.claim(2);
  publishAll(second, 1, 2);
  expect(waiting.look()).toBe(BLOCKED);
  expect(waiting.sleepIndex).toBe(stampIndex(stamps, 0));
  expect(waiting.sleepValue).toBe(Atomics.load(words, waiting.sleepIndex));
  claim.commit();
  expect(Atomics.load(words, waiting.sleepIndex)).not.toBe(waiting.sleepValue);
  expect([waiting.look(), waiting.available]).toEqual([READY, 4]);
});

it('B-12: a batch always has an event, and a handler is only called for one', async () => {
  const ring = ringOf(4, ['reader'], 2);
  const [one, other] = [ring.openProducer(), ring.openProducer()];
  const reader = ring.openConsumer('reader', atOnce);
  const claim = one.claim(1);
  other.claim(1).abandon();
  publishAll(other, 5);
  expect(reader.poll(() => expect.unreachable())).toBe(0);
  expectBlocked(() => reader.take());
  expectBlocked(() => reader.run(() => expect.unreachable()));
  expect(await rejectionOf(reader.takeAsync(atOnce))).toMatchObject({ code: 'ERR_TIMED_OUT' });
  claim.abandon();
  const batch = reader.take()!;
  expect([batch.first, batch.length]).toEqual([2, 1]);
});

describe('B-17: batches of any length, behind a consumer that is always late', () => {
  it.each([1, 2])('are never laid over what it has not read, one of %i producers', (producers) => {
    const ring = ringOf(16, ['slow'], producers);
    const producer = ring.openProducer();
    const slow = ring.openConsumer('slow');
    const seen: number[] = [];
    for (let next = 0, length = 1; next < 300; length = (length % 8) + 1) {
      const claim = producer.tryClaim(length);
      if (claim === undefined) {
        // No more than the claim needs: a gate that was counted twice would show at once.
        slow.poll((tick) => seen.push(tick.n), { max: 1 });
        continue;
      }
      for (const tick of claim) tick.n = next++;
      claim.commit();
      expect(next - seen.length).toBeLessThanOrEqual(16);
    }
    while (slow.poll((tick) => seen.push(tick.n)) > 0);
    expect(seen).toEqual(count(seen.length));
    expect(seen.length).toBeGreaterThanOrEqual(300);
  });
});

it.each([1, 2])('B-31: a group gates one of %i producers before any of its workers has come', (producers) => {
  const ring = ringOf(4, { jobs: { workers: 2 }, last: { after: ['jobs'] } }, producers);
  const producer = ring.openProducer();
  publishAll(producer, ...count(4));
  expect(producer.tryPublish(fillTick, 4)).toBeUndefined();
  const worker = ring.openConsumer('jobs');
  const seen: number[] = [];
  while (worker.poll((tick) => seen.push(tick.n)) > 0);
  expect(seen).toEqual(count(4));
  expect(producer.tryPublish(fillTick, 4)).toBeUndefined();
  const last = ring.openConsumer('last');
  expect(last.poll(() => {})).toBe(4);
  publishAll(producer, 4);
});

describe('B-36: a worker that leaves', () => {
  it.each(count(5))('after %i of its events loses none, and none is given twice', (passed) => {
    const ring = ringOf(64, { jobs: { workers: 2 } });
    const producer = ring.openProducer();
    const [leaver, stayer] = [ring.openConsumer('jobs'), ring.openConsumer('jobs')];
    publishAll(producer, ...count(32));
    const seen: number[] = [];
    const batch = leaver.take({ max: 4 })!;
    expect(batch.length).toBe(4);
    for (const tick of batch) {
      if (seen.length === passed) break;
      seen.push(tick.n);
    }
    batch[Symbol.dispose]();
    leaver[Symbol.dispose]();
    while (stayer.poll((tick) => seen.push(tick.n)) > 0);
    expect(seen.sort((a, b) => a - b)).toEqual(count(32));
    expect(ring.snapshot().consumers[0].lag).toBe(0);
  });
});

describe('B-38: in a long batch', () => {
  it('what was handled is free before the batch ends, and before a handler that throws', () => {
    const ring = tickRing(16);
    const producer = ring.openProducer();
    const reader = ring.openConsumer('reader');
    publishAll(producer, ...count(16));
    const position = (): number => ring.snapshot().consumers[0].position;
    const handle = (sequence: number): void => {
      // Released at least every eighth of the capacity.
      expect(sequence - position()).toBeLessThanOrEqual(2);
      if (sequence === 11) throw new Error('stumbled');
    };
    expect(() => reader.poll((_, sequence) => handle(sequence))).toThrow('stumbled');
    expect(position()).toBe(11);
    publishAll(producer, ...count(11));
    const seen: number[] = [];
    while (reader.poll((_, sequence) => seen.push(sequence)) > 0);
    expect(seen).toEqual(count(16, 11));
  });
});

it('B-39: a wait that was interrupted passes over nothing, and hands out nothing', async () => {
  const ring = tickRing(4);
  const producer = ring.openProducer();
  const cancel = cancelToken(ring);
  cancel.cancel();
  const reader = ring.openConsumer('reader', { wait: 'park' });
  const position = (): number[] => [reader.next, ring.snapshot().consumers[0].position];
  const interrupted = new AbortController();
  const waits = [
    rejectionOf(reader.runAsync(() => expect.unreachable(), { signal: interrupted.signal })),
    Promise.resolve().then(() => interrupted.abort(new Error('enough'))),
  ];
  expect((await Promise.all(waits))[0]).toMatchObject({ message: 'enough' });
  expectBlocked(() => reader.run(() => expect.unreachable(), atOnce));
  expectThrown(() => reader.take({ cancel }), WaitError, 'ERR_CANCELLED');
  expect(position()).toEqual([0, 0]);
  publishAll(producer, 5, 6);
  expectThrown(() => reader.run(() => expect.unreachable(), { cancel }), WaitError, 'ERR_CANCELLED');
  expect(position()).toEqual([0, 0]);
  const seen: [number, number][] = [];
  reader.poll((tick, sequence) => seen.push([sequence, tick.n]));
  expect(seen).toEqual([
    [0, 5],
    [1, 6],
  ]);
});

it('B-43: an end that was not waited out stays an end, and may be waited for again', async () => {
  const ring = tickRing(4);
  const producer = ring.openProducer();
  const reader = ring.openConsumer('reader');
  publishAll(producer, 0, 1);
  ring.close();
  expectBlocked(() => ring.drained(atOnce));
  expect(await rejectionOf(ring.drainedAsync(atOnce))).toMatchObject({ code: 'ERR_TIMED_OUT' });
  expectThrown(() => producer.publish(fillTick, 2), RingEndedError, 'ERR_RING_CLOSED');
  expect(ring.snapshot()).toMatchObject({
    closed: true,
    aborted: false,
    consumers: [{ seated: true, lag: 2 }],
  });
  expect(reader.run(() => {})).toBe(2);
  ring.drained(atOnce);
});

it('B-45: to interrupt one consumer interrupts no other, and not that one for ever', () => {
  const ring = ringOf(4, { one: {}, other: {}, last: { after: ['one', 'other'] } });
  const producer = ring.openProducer();
  const cancel = cancelToken(ring);
  const [one, other, last] = ['one', 'other', 'last'].map((name) => ring.openConsumer(name, atOnce));
  cancel.cancel();
  expectThrown(() => one.take({ cancel }), WaitError, 'ERR_CANCELLED');
  expectBlocked(() => other.take());
  expectBlocked(() => last.take());
  publishAll(producer, 0);
  expect([one, other, last].map((consumer) => consumer.poll(() => {}))).toEqual([1, 1, 1]);
});

it('B-51: a consumer that nobody has come for holds the ring back, and a snapshot says that it is not there', () => {
  const ring = ringOf(2, { here: {}, missing: {}, group: { workers: 2 } });
  const producer = ring.openProducer();
  ring.openConsumer('here');
  ring.openConsumer('group');
  publishAll(producer, 0, 1);
  expect(producer.tryPublish(fillTick, 2)).toBeUndefined();
  expect(ring.snapshot().consumers.map(({ name, seated, lag }) => [name, seated, lag])).toEqual([
    ['here', true, 2],
    ['missing', false, 2],
    ['group', true, 2],
  ]);
  expect(ring.snapshot().consumers[2].workers.map(({ seated }) => seated)).toEqual([true, false]);
});
