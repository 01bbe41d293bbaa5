/** Seats, their owners, and what becomes of them when a thread dies. Other threads are played by seats that say so. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { threadId } from 'node:worker_threads';
import {
  ArgumentError,
  cancelToken,
  createDoorbell,
  createRing,
  openRing,
  RingEndedError,
  type Ring,
  type Seat,
  SeatError,
  serve,
  WaitError,
} from 'slipring';
import { supervise } from 'slipring/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { INTENDED, settleClaims } from '../../src/core/claims.js';
import { controlWords, moreSleepers, readShape } from '../../src/core/header.js';
import { consumerSeat, planLayout, producerSeat, seat, shared, workerSeat } from '../../src/core/layout.js';
import { ownerOf, takeSeat } from '../../src/core/seats.js';
import { PARKED, wordOf } from '../../src/core/sequence.js';
import {
  atOnce,
  expectBlocked,
  expectThrown,
  fillTick,
  leavesUntouched,
  loopTurns,
  publishAll,
  rejectionOf,
  Tick,
  tickRing,
} from './support.js';

type AnyRing = Pick<Ring, 'handle'>;

function mapOf({ handle }: AnyRing) {
  const words = controlWords(handle.buffer);
  return { words, layout: planLayout({ ...readShape(words), columns: [] }) };
}

const firstWords = {
  producer: producerSeat,
  consumer: consumerSeat,
  worker: workerSeat,
} as const;

/** Makes a seat that was taken here another thread's. */
function giveTo(owner: number, ring: AnyRing, kind: keyof typeof firstWords, number: number): void {
  const { words, layout } = mapOf(ring);
  const index = firstWords[kind](layout, number) + seat.state;
  Atomics.store(words, index, 0);
  takeSeat(words, index, owner);
}

/** Threads that are not this one. */
const [DEAD, OTHER] = [threadId + 7, threadId + 8];

/** A worker that exits when told to. */
class FakeWorker extends EventEmitter {
  threadId: number;

  constructor(threadId = DEAD) {
    super();
    this.threadId = threadId;
  }

  exit(): void {
    this.threadId = -1;
    this.emit('exit', 1);
  }
}

const seatOf = (ring: { seats(): Seat[] }, kind: Seat['kind'], number = 0): Seat =>
  ring.seats().find((seat) => seat.kind === kind && seat.number === number)!;

describe('the list of seats', () => {
  it('has every place that a thread can have, with its holder', () => {
    const ring = createRing(Tick, {
      capacity: 4,
      producers: 2,
      consumers: { a: {}, group: { workers: 2 }, lossy: { lossy: true } },
    });
    using _producer = ring.openProducer();
    using _worker = ring.openConsumer('group');
    const owner = ring.threadNumber;
    expect(ring.seats()).toMatchObject([
      { kind: 'producer', name: '', number: 0, state: 'taken', owner },
      { kind: 'producer', name: '', number: 1, state: 'vacant', owner: undefined },
      { kind: 'consumer', name: 'a', number: 0, state: 'vacant', owner: undefined },
      { kind: 'worker', name: 'group', number: 0, state: 'taken', owner },
      { kind: 'worker', name: 'group', number: 1, state: 'vacant', owner: undefined },
      { kind: 'consumer', name: 'lossy', number: 2, state: 'vacant', owner: undefined },
    ]);
  });

  it("calls a thread by the platform's number, whichever way it opened the ring, and however often", () => {
    const ring = tickRing(4);
    for (let time = 0; time < 5000; time++) expect(openRing(ring.handle, Tick).threadNumber).toBe(threadId);
    using _consumer = openRing(ring.handle, Tick).openConsumer('reader');
    expect(seatOf(ring, 'consumer').owner).toBe(threadId);
  });

  it('has who joined, as long as it is there', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a'], spareSeats: 1 });
    const names = (): string[] => ring.seats().map(({ name }) => name);
    expect(names()).toEqual(['', 'a']);
    const joined = ring.join('b');
    expect(names()).toEqual(['', 'a', 'b']);
    expect(seatOf(ring, 'consumer', 1)).toMatchObject({ name: 'b', state: 'taken' });
    joined.leave();
    expect(names()).toEqual(['', 'a']);
  });

  it('has who died while it was joining', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a'], spareSeats: 1 });
    giveTo(DEAD, ring, 'consumer', 1);
    expect(seatOf(ring, 'consumer', 1)).toMatchObject({ state: 'taken', owner: DEAD });
  });

  it('is plain: a seat that was passed on is as good', () => {
    const ring = tickRing(4);
    giveTo(DEAD, ring, 'producer', 0);
    const copy = structuredClone(seatOf(ring, 'producer'));
    expect(copy).toEqual(seatOf(ring, 'producer'));
    expect(ring.declareDead(copy)).toMatchObject({ outcome: 'recovered' });
  });

  it('changes nothing', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: { group: { workers: 2 } }, spareSeats: 1 });
    leavesUntouched(ring.handle.buffer, () => void ring.seats());
  });
});

describe('the number of an owner', () => {
  it("is the thread's own, and the main thread's is nobody else's", () => {
    expect([0, 1, 2, 1_000_000].map((id) => ownerOf(id, 0))).toEqual([0, 1, 2, 1_000_000]);
    for (const id of [2 ** 21 - 1, 2 ** 21, 2 ** 22, 2 ** 32]) {
      expect(ownerOf(id, 0)).toBeGreaterThan(0);
      expect(ownerOf(id, 0)).toBeLessThan(2 ** 21);
    }
    expect(ownerOf(2 ** 21 - 1, 0)).toBe(2 ** 21 - 1);
    expect(ownerOf(2 ** 21, 0)).toBe(1);
  });

  it("is the ring's count where threads have none, which is no thread's number", () => {
    for (const count of [1, 2, 2 ** 21, -1]) {
      expect(ownerOf(undefined, count)).toBeGreaterThan(2 ** 21);
      expect(ownerOf(undefined, count)).toBeLessThan(2 ** 22);
    }
    expect(ownerOf(undefined, 1)).not.toBe(ownerOf(undefined, 2));
  });
});

describe('declareDead', () => {
  it('a producer: the next in its seat goes on at the same sequence', () => {
    const ring = tickRing(4, 2 ** 30 - 1);
    publishAll(ring.openProducer(), 1, 2);
    giveTo(DEAD, ring, 'producer', 0);
    expectThrown(() => ring.openProducer(), SeatError, 'ERR_SEAT_TAKEN');
    const dead = seatOf(ring, 'producer');
    expect(ring.declareDead(dead)).toMatchObject({ seat: dead, outcome: 'recovered' });
    expect(ring.openProducer().next).toBe(2 ** 30 + 1);
  });

  it('a consumer: its successor goes on where it stood', () => {
    const ring = tickRing(4);
    publishAll(ring.openProducer(), 1, 2, 3);
    ring.openConsumer('reader').poll(() => {}, { max: 1 });
    giveTo(DEAD, ring, 'consumer', 0);
    expectThrown(() => ring.openConsumer('reader'), SeatError, 'ERR_SEAT_TAKEN');
    expect(ring.declareDead(seatOf(ring, 'consumer'))).toMatchObject({ outcome: 'recovered' });
    const seen: number[] = [];
    ring.openConsumer('reader').poll(({ n }) => void seen.push(n));
    expect(seen).toEqual([2, 3]);
  });

  it('a second time says so, and changes nothing', () => {
    const ring = tickRing(4);
    giveTo(DEAD, ring, 'producer', 0);
    const dead = seatOf(ring, 'producer');
    ring.declareDead(dead);
    leavesUntouched(ring.handle.buffer, () =>
      expect(ring.declareDead(dead)).toEqual({ seat: dead, outcome: 'gone', found: 'gone' }),
    );
    expect(ring.snapshot().recoveries).toBe(1);
  });

  it('of a vacant seat changes nothing', () => {
    const ring = tickRing(4);
    leavesUntouched(ring.handle.buffer, () =>
      expect(ring.declareDead(seatOf(ring, 'producer')).outcome).toBe('gone'),
    );
  });

  it('leaves alone whoever has the seat by now', () => {
    const ring = tickRing(4);
    giveTo(DEAD, ring, 'consumer', 0);
    const dead = seatOf(ring, 'consumer');
    giveTo(OTHER, ring, 'consumer', 0);
    leavesUntouched(ring.handle.buffer, () => expect(ring.declareDead(dead).outcome).toBe('gone'));
    expect(seatOf(ring, 'consumer').owner).toBe(OTHER);
  });

  it('tells a thread from itself, should it have had the seat twice', () => {
    const ring = tickRing(4);
    giveTo(DEAD, ring, 'consumer', 0);
    const before = seatOf(ring, 'consumer');
    const { words, layout } = mapOf(ring);
    const index = consumerSeat(layout, 0) + seat.state;
    Atomics.store(words, index, Atomics.load(words, index) & ~0xf);
    takeSeat(words, index, DEAD);
    expect(ring.declareDead(before).outcome).toBe('gone');
    expect(seatOf(ring, 'consumer').state).toBe('taken');
  });

  it('refuses a seat of this very thread, which lives', () => {
    const ring = tickRing(4);
    using producer = ring.openProducer();
    leavesUntouched(ring.handle.buffer, () => {
      expectThrown(() => ring.declareDead(seatOf(ring, 'producer')), SeatError, 'ERR_SEAT_ALIVE');
      expectThrown(() => ring.declareThreadDead(threadId), SeatError, 'ERR_SEAT_ALIVE');
    });
    publishAll(producer, 1);
  });

  it('refuses what is no seat of this ring', () => {
    const [ring, other] = [tickRing(4), tickRing(4)];
    giveTo(DEAD, other, 'producer', 0);
    for (const wrong of [
      seatOf(other, 'producer'),
      undefined,
      {},
      'producer',
      { ...seatOf(ring, 'producer'), holder: 'x' },
    ]) {
      leavesUntouched(ring.handle.buffer, () =>
        expectThrown(() => ring.declareDead(wrong as Seat), ArgumentError, 'ERR_SEAT'),
      );
    }
    for (const wrong of [-1, 1.5, '7', undefined])
      expectThrown(() => ring.declareThreadDead(wrong as number), ArgumentError, 'ERR_SEAT');
  });

  it('by thread: all of its seats, and no others', () => {
    const ring = createRing(Tick, { capacity: 4, producers: 2, consumers: ['a', 'b'] });
    for (const kind of ['producer', 'consumer'] as const) {
      giveTo(DEAD, ring, kind, 0);
      giveTo(OTHER, ring, kind, 1);
    }
    const recoveries = ring.declareThreadDead(DEAD);
    expect(recoveries.map(({ seat: { kind, number }, outcome }) => [kind, number, outcome])).toEqual([
      ['producer', 0, 'recovered'],
      ['consumer', 0, 'recovered'],
    ]);
    expect(ring.seats().map(({ owner }) => owner)).toEqual([undefined, OTHER, undefined, OTHER]);
    expect(ring.snapshot().recoveries).toBe(2);
    expect(ring.declareThreadDead(DEAD)).toEqual([]);
  });

  it('by thread, though it has no seat: who sleeps is woken', () => {
    const ring = tickRing(4);
    const { words } = mapOf(ring);
    // As if somebody slept on the cursor, and the dead had moved it and not come to its notify.
    Atomics.or(words, shared.cursor, PARKED);
    expect(ring.declareThreadDead(DEAD)).toEqual([]);
    expect(Atomics.load(words, shared.cursor) & PARKED).toBe(0);
  });
});

describe('when a consumer dies', () => {
  const full = (whenDead?: 'hold' | 'detach' | 'close') => {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { doomed: whenDead === undefined ? {} : { whenDead }, after: { after: ['doomed'] } },
    });
    const producer = ring.openProducer(atOnce);
    const after = ring.openConsumer('after', atOnce);
    publishAll(producer, 1, 2);
    giveTo(DEAD, ring, 'consumer', 0);
    return { ring, producer, after };
  };

  it.each([undefined, 'hold'] as const)('%s: producers wait for its successor', (whenDead) => {
    const { ring, producer, after } = full(whenDead);
    expect(ring.declareThreadDead(DEAD)).toMatchObject([{ found: 'held', first: 0 }]);
    expectBlocked(() => producer.publish(fillTick, 3));
    expect(ring.openConsumer('doomed').poll(() => {})).toBe(2);
    expect(after.poll(() => {})).toBe(2);
    producer.publish(fillTick, 3);
  });

  it('detach: nobody waits for it any more, and nobody succeeds it', () => {
    const { ring, producer, after } = full('detach');
    expect(ring.declareThreadDead(DEAD)).toMatchObject([{ found: 'detached', first: 0 }]);
    expect(after.poll(() => {})).toBe(2);
    producer.publish(fillTick, 3);
    expectThrown(() => ring.openConsumer('doomed'), SeatError, 'ERR_CONSUMER_UNKNOWN');
    expect(ring.consumerNames).toEqual(['after']);
  });

  it('close: the ring is closed, and everybody comes to an end', () => {
    const { ring, producer, after } = full('close');
    expect(ring.declareThreadDead(DEAD)).toMatchObject([{ found: 'closed', first: 0 }]);
    expectThrown(() => producer.publish(fillTick, 3), RingEndedError, 'ERR_RING_CLOSED');
    expect(after.run(() => {})).toBe(2);
    ring.drained(atOnce);
  });

  it.each(['hold', 'detach', 'close'] as const)('%s, of one that had joined', (whenDead) => {
    const ring = createRing(Tick, { capacity: 2, consumers: ['a'], spareSeats: 1 });
    using producer = ring.openProducer(atOnce);
    using a = ring.openConsumer('a');
    ring.join('b', { whenDead });
    publishAll(producer, 1, 2);
    a.poll(() => {});
    giveTo(DEAD, ring, 'consumer', 1);
    ring.declareThreadDead(DEAD);
    expect(ring.closed).toBe(whenDead === 'close');
    if (whenDead === 'hold') {
      expectBlocked(() => producer.publish(fillTick, 3));
      expectThrown(() => ring.join('c'), SeatError, 'ERR_NO_SPARE_SEAT');
      using successor = ring.openConsumer('b' as 'a');
      expect(successor.poll(() => {})).toBe(2);
    }
    expect(ring.consumerNames).toEqual(['a']);
    using c = ring.join('c');
    if (!ring.closed) producer.publish(fillTick, 3);
    expect(c.poll(() => {})).toBe(whenDead === 'close' ? 0 : 1);
  });

  it('before it had joined: the seat is free again', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a'], spareSeats: 1 });
    giveTo(DEAD, ring, 'consumer', 1);
    expectThrown(() => ring.join('b'), SeatError, 'ERR_NO_SPARE_SEAT');
    expect(ring.declareThreadDead(DEAD)).toMatchObject([{ found: 'detached' }]);
    ring.join('b').leave();
  });

  it('a worker: what it had in hand goes to another of its group, marked', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: { group: { workers: 2 } } });
    publishAll(ring.openProducer(), 1, 2, 3, 4);
    const batch = ring.openConsumer('group').take({ max: 2, ...atOnce })!;
    expect([batch.first, batch.length]).toEqual([0, 1]);
    giveTo(DEAD, ring, 'worker', 0);
    const living = ring.openConsumer('group', atOnce);
    expect(ring.declareThreadDead(DEAD)).toMatchObject([
      { seat: { kind: 'worker', name: 'group' }, found: 'redelivered', first: 0, end: 1 },
    ]);
    const seen: [number, boolean][] = [];
    const handle = ({ n }: { n: number }): unknown => seen.push([n, living.redelivered]);
    while (living.poll(handle) > 0);
    expect(seen.sort()).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, false],
    ]);
  });

  it.each([2, 3])(
    'a worker of a group of %i seats: a new one comes at once only where there is one seat more than workers',
    (workers) => {
      const ring = createRing(Tick, { capacity: 4, consumers: { group: { workers } } });
      publishAll(ring.openProducer(), 1);
      ring.openConsumer('group').take(atOnce);
      giveTo(DEAD, ring, 'worker', 0);
      const living = ring.openConsumer('group', atOnce);
      ring.declareThreadDead(DEAD);
      const batch = living.take(atOnce)!;
      expect(living.redelivered).toBe(true);
      if (workers === 2) {
        expect(() => ring.openConsumer('group')).toThrow('finishes what another left in hand');
        batch.release();
      }
      ring.openConsumer('group');
    },
  );

  it.each(['group', 'lossy'] as const)('of a %s, close: the ring is closed', (name) => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: { group: { workers: 2, whenDead: 'close' }, lossy: { lossy: true, whenDead: 'close' } },
    });
    giveTo(DEAD, ring, 'worker', name === 'group' ? 1 : 2);
    expect(ring.declareThreadDead(DEAD)).toMatchObject([
      { seat: { kind: name === 'group' ? 'worker' : 'consumer', name } },
    ]);
    expect(ring.closed).toBe(true);
  });

  it('a group cannot be detached, and there are no other fates', () => {
    const make = (consumer: object) => (): unknown =>
      createRing(Tick, { capacity: 4, consumers: { consumer } });
    for (const wrong of [{ workers: 2, whenDead: 'detach' }, { whenDead: 'bury' }, { whenDead: null }])
      expectThrown(make(wrong), ArgumentError, 'ERR_WHEN_DEAD');
    const ring = createRing(Tick, { capacity: 4, consumers: ['a'], spareSeats: 1 });
    leavesUntouched(ring.handle.buffer, () =>
      expectThrown(() => ring.join('b', { whenDead: 'bury' as 'hold' }), ArgumentError, 'ERR_WHEN_DEAD'),
    );
  });
});

describe('when a producer dies', () => {
  it.each([1, 2])("of %i, with whenProducerDies: 'close' the ring is closed", (producers) => {
    const ring = createRing(Tick, {
      capacity: 4,
      producers,
      consumers: ['reader'],
      whenProducerDies: 'close',
    });
    publishAll(ring.openProducer(), 1);
    giveTo(DEAD, ring, 'producer', 0);
    ring.declareThreadDead(OTHER);
    expect(ring.closed).toBe(false);
    expect(ring.declareThreadDead(DEAD)).toMatchObject([{ outcome: 'recovered' }]);
    expect(ring.closed).toBe(true);
    expect(ring.openConsumer('reader').run(() => {})).toBe(1);
  });

  it('one that has left closes nothing, though it is declared dead', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['reader'], whenProducerDies: 'close' });
    giveTo(DEAD, ring, 'producer', 0);
    const dead = seatOf(ring, 'producer');
    giveTo(OTHER, ring, 'producer', 0);
    expect(ring.declareDead(dead).outcome).toBe('gone');
    expect(ring.closed).toBe(false);
  });

  it('there is no other choice', () => {
    const options = { capacity: 4, consumers: ['a'], whenProducerDies: 'stop' as 'close' } as const;
    expectThrown(() => createRing(Tick, options), ArgumentError, 'ERR_WHEN_DEAD');
  });

  /** Two producers that both intended event 0, which one of them won: no event of it is published. */
  function twoOfOneMind() {
    const ring = createRing(Tick, { capacity: 4, producers: 2, consumers: ['reader'] });
    const { words, layout } = mapOf(ring);
    giveTo(DEAD, ring, 'producer', 0);
    giveTo(OTHER, ring, 'producer', 1);
    for (const number of [0, 1]) {
      Atomics.store(words, producerSeat(layout, number) + seat.position, wordOf(0) | INTENDED);
      Atomics.store(words, producerSeat(layout, number) + seat.intent, 1);
    }
    Atomics.store(words, shared.cursor, wordOf(1));
    const withdraw = (): void => void Atomics.store(words, producerSeat(layout, 1) + seat.position, 0);
    return { ring, withdraw };
  }

  it('while a living one intends the same: the seat is dead until that can be told, then a successor has it', () => {
    const { ring, withdraw } = twoOfOneMind();
    expect(ring.declareDead(seatOf(ring, 'producer'))).toMatchObject({ outcome: 'later', found: 'later' });
    expect(seatOf(ring, 'producer')).toMatchObject({ state: 'dead', owner: threadId });
    expect(ring.snapshot().recoveries).toBe(1);
    expect(() => ring.openProducer()).toThrow('being recovered: try again');
    expectThrown(() => ring.openProducer(), SeatError, 'ERR_SEAT_TAKEN');
    expect(ring.declareDead(seatOf(ring, 'producer')).outcome).toBe('later');
    withdraw();
    expect(ring.declareDead(seatOf(ring, 'producer'))).toMatchObject({ found: 'skipped', first: 0, end: 1 });
    expect(ring.snapshot().recoveries).toBe(1);
    publishAll(ring.openProducer(), 7);
    const seen: number[] = [];
    ring.openConsumer('reader').poll(({ n }) => void seen.push(n));
    expect(seen).toEqual([7]);
  });

  it('a supervisor looks again until it is told, and reports it once', async () => {
    const { ring, withdraw } = twoOfOneMind();
    const worker = new FakeWorker();
    const { done } = supervise(worker, ring);
    worker.exit();
    await loopTurns();
    expect(seatOf(ring, 'producer').state).toBe('dead');
    expectThrown(() => ring.drained(), WaitError, 'ERR_SUPERVISOR_WOULD_PARK');
    withdraw();
    expect(await done).toMatchObject([
      { seat: { kind: 'producer', owner: DEAD }, outcome: 'recovered', found: 'skipped' },
    ]);
  });

  it('a supervisor is content when another settles it', async () => {
    const { ring, withdraw } = twoOfOneMind();
    const worker = new FakeWorker();
    const { done } = supervise(worker, ring);
    worker.exit();
    withdraw();
    const { words } = mapOf(ring);
    settleClaims(words, moreSleepers(words).stamps!);
    expect(await done).toMatchObject([{ outcome: 'recovered', found: 'settled' }]);
    expect(ring.snapshot().recoveries).toBe(1);
  });
});

describe('supervise', () => {
  const open: Disposable[] = [];
  afterEach(() => open.splice(0).forEach((supervision) => supervision[Symbol.dispose]()));
  const watch = (...parts: Parameters<typeof supervise>): ReturnType<typeof supervise> => {
    const supervision = supervise(...parts);
    open.push(supervision);
    return supervision;
  };

  it('recovers, on exit, every seat of that worker in all of the rings, and tells what it found', async () => {
    const rings = [tickRing(4), tickRing(4)];
    const worker = new FakeWorker();
    const { done, threadId } = watch(worker, ...rings);
    expect(threadId).toBe(DEAD);
    giveTo(DEAD, rings[0], 'producer', 0);
    giveTo(DEAD, rings[1], 'consumer', 0);
    giveTo(OTHER, rings[1], 'producer', 0);
    const told: string[] = [];
    worker.on('exit', () => told.push(...rings.map((ring) => seatOf(ring, 'producer').state)));
    worker.exit();
    expect(told).toEqual(['vacant', 'taken']); // before other listeners
    expect((await done).map(({ seat: { kind, ring } }) => [kind, ring])).toEqual([
      ['producer', seatOf(rings[0], 'producer').ring],
      ['consumer', seatOf(rings[1], 'consumer').ring],
    ]);
  });

  it('recovers only those of the given seats that the worker had', async () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a', 'b', 'c'] });
    const worker = new FakeWorker();
    const { done } = watch(worker, ...ring.seats().filter(({ name }) => name === 'a' || name === 'b'));
    giveTo(DEAD, ring, 'consumer', 0);
    giveTo(OTHER, ring, 'consumer', 1);
    giveTo(DEAD, ring, 'consumer', 2);
    worker.exit();
    expect((await done).map(({ seat: { name } }) => name)).toEqual(['a']);
    expect(seatOf(ring, 'consumer', 2).owner).toBe(DEAD);
  });

  it('of a worker that never opened the ring: finds nothing, and wakes who sleeps', async () => {
    const ring = tickRing(4);
    const { words } = mapOf(ring);
    const worker = new FakeWorker();
    const { done } = watch(worker, ring);
    Atomics.or(words, shared.cursor, PARKED);
    worker.exit();
    expect(await done).toEqual([]);
    expect(Atomics.load(words, shared.cursor) & PARKED).toBe(0);
  });

  it('twice, or by two: each seat is recovered once', async () => {
    const ring = tickRing(4);
    const worker = new FakeWorker();
    const supervisions = [watch(worker, ring), watch(worker, ring, ring)];
    giveTo(DEAD, ring, 'producer', 0);
    worker.exit();
    const found = await Promise.all(supervisions.map(({ done }) => done));
    expect(found.flat()).toHaveLength(1);
    expect(ring.snapshot().recoveries).toBe(1);
  });

  it('calls back, and tells the diagnostics channel, once for each seat', async () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a', 'b'] });
    const worker = new FakeWorker();
    const [called, published]: unknown[][] = [[], []];
    const listen = (message: unknown): unknown => published.push(message);
    subscribe('slipring:recovery', listen);
    try {
      const { done } = watch(worker, ring, { onRecovery: (recovery) => called.push(recovery) });
      giveTo(DEAD, ring, 'consumer', 0);
      giveTo(DEAD, ring, 'consumer', 1);
      worker.exit();
      const found = await done;
      expect(found).toHaveLength(2);
      expect(called).toEqual(found);
      expect(published).toEqual(found);
    } finally {
      unsubscribe('slipring:recovery', listen);
    }
  });

  it('when the callback throws, everything is recovered all the same, and the promise rejects', async () => {
    const rings = [tickRing(4), tickRing(4)];
    const worker = new FakeWorker();
    const onRecovery = (): never => {
      throw new Error('mine');
    };
    const { done } = watch(worker, ...rings, { onRecovery });
    for (const ring of rings) giveTo(DEAD, ring, 'consumer', 0);
    worker.exit();
    expect(await rejectionOf(done)).toMatchObject({ message: 'mine' });
    expect(rings.map((ring) => seatOf(ring, 'consumer').state)).toEqual(['vacant', 'vacant']);
    parksAgain();
  });

  it('disposed before the exit, recovers nothing', async () => {
    const ring = tickRing(4);
    const worker = new FakeWorker();
    const supervision = watch(worker, ring);
    giveTo(DEAD, ring, 'producer', 0);
    supervision[Symbol.dispose]();
    supervision[Symbol.dispose]();
    worker.exit();
    expect(await supervision.done).toEqual([]);
    expect(seatOf(ring, 'producer').owner).toBe(DEAD);
    expect(worker.listenerCount('exit')).toBe(0);
  });

  it('takes no thread for dead, however long it does nothing', async () => {
    vi.useFakeTimers();
    try {
      const ring = tickRing(4);
      watch(new FakeWorker(), ring, { onRecovery: () => expect.unreachable() });
      giveTo(DEAD, ring, 'producer', 0);
      giveTo(DEAD, ring, 'consumer', 0);
      await vi.advanceTimersByTimeAsync(7 * 24 * 3_600_000);
      expect(ring.seats().map(({ owner }) => owner)).toEqual([DEAD, DEAD]);
      expect(ring.snapshot().recoveries).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('refuses a worker that has exited, and what it cannot supervise', () => {
    const ring = tickRing(4);
    const worker = new FakeWorker();
    worker.exit();
    expectThrown(() => supervise(worker, ring), SeatError, 'ERR_WORKER_EXITED');
    const alive = new FakeWorker();
    for (const wrong of [
      [],
      [undefined],
      [ring, {}, ring],
      ['ring'],
      [structuredClone(seatOf(ring, 'producer'))],
    ])
      expectThrown(() => supervise(alive, ...(wrong as Ring[])), ArgumentError, 'ERR_SUPERVISE');
    for (const wrong of [undefined, {}, ring])
      expectThrown(() => supervise(wrong as FakeWorker, ring), ArgumentError, 'ERR_SUPERVISE');
    expectThrown(() => supervise(alive, ring, { onDeath: 1 } as object), ArgumentError, 'ERR_OPTION');
    expect(alive.listenerCount('exit')).toBe(0);
    parksAgain();
  });

  /** A wait without a time-out, which is cancelled from the beginning, comes as far as its sleep: nobody forbids it. */
  function parksAgain(): void {
    const ring = tickRing(4);
    const cancel = cancelToken(ring);
    cancel.cancel();
    using consumer = ring.openConsumer('reader');
    expectThrown(() => ring.drained({ wait: 'park', cancel }), WaitError, 'ERR_CANCELLED');
    expectThrown(() => consumer.take({ wait: 'park', cancel }), WaitError, 'ERR_CANCELLED');
  }

  describe('while a thread supervises', () => {
    const doorbell = createDoorbell();
    const ring = createRing(Tick, { capacity: 2, consumers: ['reader'], doorbell, checks: false });
    const producer = ring.openProducer();
    const consumer = ring.openConsumer('reader');
    publishAll(producer, 0);

    it.each(['spin', 'spin-park', 'park'] as const)(
      'no call parks without a time-out, waiting by %s',
      (wait) => {
        const supervision = watch(new FakeWorker(), ring);
        const refused = (call: () => unknown): void =>
          expectThrown(call, WaitError, 'ERR_SUPERVISOR_WOULD_PARK');
        refused(() => producer.claim(2, { wait }));
        refused(() => producer.publishBatch([1, 2], fillTick, { wait }));
        refused(() => ring.drained({ wait }));
        refused(() => ring.processed(5, { wait }));
        expect(consumer.poll(() => {})).toBe(1);
        refused(() => consumer.take({ wait }));
        refused(() => consumer.run(() => {}, { wait }));
        refused(() => serve([[consumer, () => {}]], { wait }));
        refused(() => consumer.take({ wait, cancel: cancelToken(ring) }));
        expectBlocked(() => consumer.take({ wait, ...atOnce }));
        expectBlocked(() => ring.drained({ wait, timeoutMs: 1 }));
        publishAll(producer, 0);
        supervision[Symbol.dispose]();
        parksAgain();
      },
    );

    it('what need not wait, and what waits on the event loop, goes on', async () => {
      watch(new FakeWorker(), ring);
      expect(consumer.take()!.length).toBe(1);
      consumer[Symbol.dispose]();
      using another = ring.openConsumer('reader');
      another.poll(() => {});
      const taking = another.takeAsync();
      await loopTurns();
      producer.publish(fillTick, 5);
      expect((await taking)!.first).toBeGreaterThan(0);
    });

    it('until every one of its workers has exited', async () => {
      const workers = [new FakeWorker(), new FakeWorker(OTHER)];
      const idle = tickRing(4);
      const supervisions = workers.map((worker) => watch(worker, idle));
      workers[0].exit();
      await supervisions[0].done;
      supervisions[0][Symbol.dispose]();
      expectThrown(() => idle.drained(), WaitError, 'ERR_SUPERVISOR_WOULD_PARK');
      workers[1].exit();
      await supervisions[1].done;
      parksAgain();
    });
  });
});
