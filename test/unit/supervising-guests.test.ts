/** Groups, lossy consumers and observers whose thread dies. Other threads are played by seats that say so. */
import { threadId } from 'node:worker_threads';
import { ArgumentError, createRing, type Ring, type RingOptions, SeatError } from 'slipring';
import { describe, expect, it } from 'vitest';
import { controlWords, readShape } from '../../src/core/header.js';
import { consumerSeat, planLayout, seat, workerSeat } from '../../src/core/layout.js';
import { takeSeat } from '../../src/core/seats.js';
import { BUSY, closeWord, wordOf } from '../../src/core/sequence.js';
import {
  atOnce,
  expectBlocked,
  expectThrown,
  fillTick,
  publishAll,
  Tick,
  type TickFields,
} from './support.js';

const DEAD = threadId + 7;

/** Seat 0 is `first`'s; 1 is spare, with workers 0 and 1; 2 is spare and lossy, with worker 2. */
const ringOf = (capacity: number, options: Omit<Partial<RingOptions>, 'consumers'> = {}) =>
  createRing(Tick, {
    capacity,
    consumers: ['first'],
    spareSeats: 1,
    spareWorkers: 2,
    spareLossySeats: 1,
    ...options,
  });
type AnyRing = Pick<Ring<TickFields>, 'handle'>;

function mapOf({ handle }: AnyRing) {
  const words = controlWords(handle.buffer);
  const layout = planLayout({ ...readShape(words), columns: [] });
  const own = (number: number): number => consumerSeat(layout, number);
  const worker = (number: number): number => workerSeat(layout, number);
  return { words, own, worker };
}

type Kind = 'own' | 'worker';

/** Makes seats the dead thread's. */
function giveToTheDead(ring: AnyRing, ...seats: readonly (readonly [Kind, number])[]): void {
  const map = mapOf(ring);
  for (const [kind, number] of seats) {
    const index = map[kind](number) + seat.state;
    Atomics.store(map.words, index, 0);
    takeSeat(map.words, index, DEAD);
  }
}

/** A worker announces events, as right before it claims them. */
function announce(ring: AnyRing, number: number, first: number, end: number): void {
  const { words, worker } = mapOf(ring);
  Atomics.store(words, worker(number) + seat.intent, wordOf(end));
  Atomics.store(words, worker(number) + seat.position, wordOf(first) | BUSY);
}

const declare = (ring: Ring<TickFields>): string[] =>
  ring.declareThreadDead(DEAD).map(({ seat: { kind }, found }) => `${kind} ${found}`);

describe('an observer that dies', () => {
  it('leaves, and its seat is free', () => {
    const ring = ringOf(2);
    ring.observe();
    giveToTheDead(ring, ['worker', 2]);
    expect(ring.seats().at(-1)).toMatchObject({ kind: 'consumer', name: '', number: 2, owner: DEAD });
    expectThrown(() => ring.observe(), SeatError, 'ERR_NO_SPARE_SEAT');
    expect(declare(ring)).toEqual(['consumer detached']);
    expect(ring.seats().every(({ state }) => state === 'vacant')).toBe(true);
    ring.observe()[Symbol.dispose]();
  });

  it('while it copies, holds up nobody any more', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer(atOnce);
    const first = ring.openConsumer('first');
    ring.observe();
    publishAll(producer, 10, 11);
    first.poll(() => {});
    const { words, own, worker } = mapOf(ring);
    announce(ring, 2, 0, 2);
    Atomics.store(words, own(2) + seat.position, wordOf(2));
    Atomics.store(words, worker(2) + seat.gate, wordOf(2));
    giveToTheDead(ring, ['worker', 2]);
    expectBlocked(() => producer.publish(fillTick, 12));
    expect(ring.declareThreadDead(DEAD)).toMatchObject([{ found: 'detached', first: 0 }]);
    producer.publish(fillTick, 12);
  });

  it('is none of what became of who had the seat before', () => {
    const ring = ringOf(2);
    ring.join('lossy', { lossy: true, whenDead: 'close' }).leave();
    ring.observe();
    giveToTheDead(ring, ['worker', 2]);
    expect(declare(ring)).toEqual(['consumer detached']);
    expect(ring.closed).toBe(false);
  });
});

describe('a lossy consumer that joined and dies', () => {
  const inHand = (whenDead: 'hold' | 'detach') => {
    const ring = ringOf(2);
    const producer = ring.openProducer(atOnce);
    const lossy = ring.join('lossy', { lossy: true, whenDead });
    publishAll(producer, 10, 11);
    ring.openConsumer('first').poll(() => {});
    lossy.take({ max: 1, ...atOnce });
    giveToTheDead(ring, ['worker', 2]);
    expectBlocked(() => producer.publish(fillTick, 12));
    return { ring, producer };
  };

  it('is held: its successor has what was in hand, marked', () => {
    const { ring, producer } = inHand('hold');
    expect(declare(ring)).toEqual(['consumer redelivered']);
    expectThrown(() => ring.observe(), SeatError, 'ERR_NO_SPARE_SEAT');
    const successor = ring.openConsumer('lossy' as 'first');
    const seen: string[] = [];
    successor.poll(({ n }) => void seen.push(`${n} ${successor.redelivered}`), { max: 1 });
    expect(seen).toEqual(['10 true']);
    producer.publish(fillTick, 12);
    successor.leave();
    ring.observe();
  });

  it('is detached: nobody waits for it, and its seat is free', () => {
    const { ring, producer } = inHand('detach');
    expect(ring.declareThreadDead(DEAD)).toMatchObject([{ found: 'detached', first: 0 }]);
    expect(ring.consumerNames).toEqual(['first']);
    producer.publish(fillTick, 12);
    ring.observe();
  });

  it('was declared with the ring, and can be detached all the same', () => {
    const consumers = { first: {}, lossy: { lossy: true, whenDead: 'detach' } } as const;
    const ring = createRing(Tick, { capacity: 2, consumers });
    giveToTheDead(ring, ['worker', 0]);
    expect(declare(ring)).toEqual(['consumer detached']);
    expect(ring.consumerNames).toEqual(['first']);
    expectThrown(() => ring.openConsumer('lossy'), SeatError, 'ERR_CONSUMER_UNKNOWN');
  });

  it('had announced what a producer dropped, and who had the seat before it won the same', () => {
    const ring = ringOf(2);
    publishAll(ring.openProducer(), 10, 11);
    const before = ring.join('lossy', { lossy: true, start: 'oldest' });
    before.poll(() => {}, { max: 1 });
    before.leave();
    ring.join('lossy', { lossy: true, start: 'oldest' });
    announce(ring, 2, 0, 1);
    const { words, own } = mapOf(ring);
    Atomics.store(words, own(2) + seat.position, wordOf(1));
    giveToTheDead(ring, ['worker', 2]);
    expect(declare(ring)).toEqual(['consumer nothing']);
  });
});

describe('who dies while it brings a group in', () => {
  it('before anything stands in its seat: the seat is free', () => {
    const ring = ringOf(2);
    giveToTheDead(ring, ['own', 1], ['worker', 0]);
    expectThrown(() => ring.join('group', { workers: 2 }), SeatError, 'ERR_NO_SPARE_SEAT');
    expect(declare(ring)).toEqual(['consumer detached', 'worker nothing']);
    ring.join('group', { workers: 2 }).leave();
  });

  it('before it counts: the name is free too', () => {
    const ring = ringOf(2, { spareSeats: 2 });
    ring.join('group', { workers: 2 });
    const { words, own } = mapOf(ring);
    Atomics.store(words, own(1) + seat.member, 0);
    giveToTheDead(ring, ['own', 1], ['worker', 0]);
    expectThrown(() => ring.join('group'), ArgumentError, 'ERR_CONSUMER_DUPLICATE');
    expect(declare(ring)).toEqual(['group detached', 'worker nothing']);
    ring.join('group', { workers: 2 }).leave();
  });

  it('before it looked at the producers: the group stays, where nothing is overwritten', () => {
    const ring = ringOf(2);
    const producer = ring.openProducer(atOnce);
    const first = ring.openConsumer('first');
    publishAll(producer, 10, 11);
    first.poll(() => {});
    publishAll(producer, 12);
    ring.join('group', { workers: 2, start: 'oldest' });
    const { words, own } = mapOf(ring);
    // Where 'oldest' begins for who looks at the cursor alone.
    Atomics.store(words, own(1) + seat.position, wordOf(1));
    giveToTheDead(ring, ['own', 1], ['worker', 0]);
    expect(declare(ring)).toEqual(['group nothing', 'worker nothing']);
    expect(ring.consumerNames).toEqual(['first', 'group']);
    const seen: number[] = [];
    ring.openConsumer('group' as 'first').poll(({ n }) => void seen.push(n));
    expect(seen).toEqual([12]);
  });

  it('or a lossy consumer, or an observer: it is not there', () => {
    for (const come of ['join', 'observe'] as const) {
      const ring = ringOf(2);
      if (come === 'join') ring.join('lossy', { lossy: true, whenDead: 'hold' });
      else ring.observe();
      giveToTheDead(ring, ['own', 2], ['worker', 2]);
      expect(declare(ring)).toEqual(['group detached', 'consumer nothing']);
      expect(ring.consumerNames).toEqual(['first']);
      ring.observe();
    }
  });
});

describe('who dies while it takes a group out', () => {
  it('when it counted no longer: nobody waits for what it had in hand, and its seat is free', () => {
    const ring = ringOf(2);
    const after = ring.join('group', { workers: 2 });
    publishAll(ring.openProducer(), 10);
    after.take({ max: 1, ...atOnce });
    const { words, own, worker } = mapOf(ring);
    Atomics.store(words, own(1) + seat.member, 0);
    giveToTheDead(ring, ['own', 1], ['worker', 0]);
    expect(declare(ring)).toEqual(['group detached', 'worker nothing']);
    expect(Atomics.load(words, worker(0) + seat.position) & BUSY).toBe(0);
    ring.join('group', { workers: 2 }).leave();
  });

  it('while others are in it: it stays theirs', () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    ring.join('group', { workers: 2 });
    const other = ring.openConsumer('group' as 'first', atOnce);
    publishAll(producer, 10);
    giveToTheDead(ring, ['own', 1], ['worker', 0]);
    expect(declare(ring)).toEqual(['group nothing', 'worker nothing']);
    expect(other.poll(() => {})).toBe(1);
    other.leave();
  });

  it('a lossy consumer whose word it had closed: it is out', () => {
    const ring = ringOf(2);
    ring.join('lossy', { lossy: true });
    const { words, own } = mapOf(ring);
    closeWord(words, own(2) + seat.position);
    giveToTheDead(ring, ['own', 2], ['worker', 2]);
    expect(declare(ring)).toEqual(['group detached', 'consumer nothing']);
    ring.join('lossy', { lossy: true }).leave();
  });

  it.each(['in the order of the list', 'in the other order'])('every seat by itself, %s', (order) => {
    const ring = ringOf(2);
    ring.join('group', { workers: 2 });
    ring.observe();
    const { words, own } = mapOf(ring);
    Atomics.store(words, own(1) + seat.member, 0);
    giveToTheDead(ring, ['own', 1], ['worker', 0], ['own', 2], ['worker', 2]);
    const seats = ring.seats().filter(({ owner }) => owner === DEAD);
    expect(seats).toHaveLength(4);
    if (order === 'in the other order') seats.reverse();
    for (const one of seats) expect(ring.declareDead(one).outcome).toBe('recovered');
    expect(ring.seats().every(({ state }) => state === 'vacant')).toBe(true);
    ring.join('group', { workers: 2 }).leave();
    ring.observe();
  });
});

describe('a worker that came too late', () => {
  it('and died in a group that has left: its seat is free, and nothing else happens', () => {
    const ring = ringOf(2);
    ring.join('group', { workers: 2, whenDead: 'close' }).leave();
    giveToTheDead(ring, ['worker', 1]);
    expect(declare(ring)).toEqual(['worker nothing']);
    expect(ring.closed).toBe(false);
  });
});

describe('in the seat of a group that left', () => {
  it('a worker that dies has not won what one before it won', () => {
    const ring = ringOf(4);
    publishAll(ring.openProducer(), 10, 11);
    const before = ring.join('group', { workers: 2, start: 'oldest' });
    const other = ring.openConsumer('group' as 'first');
    before.poll(() => {}, { max: 1 });
    expect([other.poll(() => {}, { max: 1 }), other.next]).toEqual([1, 2]);
    other[Symbol.dispose]();
    before.leave();
    const one = ring.join('group', { workers: 2, start: 'oldest' });
    expect([one.poll(() => {}), one.poll(() => {}), one.next]).toEqual([1, 1, 2]);
    // It announced the second event as well, and died before it saw that it was too late.
    announce(ring, 1, 1, 2);
    giveToTheDead(ring, ['worker', 1]);
    expect(declare(ring)).toEqual(['worker nothing']);
  });
});
