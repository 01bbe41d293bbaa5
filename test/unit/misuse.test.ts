/** Two on one seat; and claims that are published twice, or late, or by nobody who may. */
import {
  type ConsumerGraph,
  type Consumer,
  createRing,
  openRing,
  type Ring,
  RingEndedError,
  SeatError,
  TurnError,
} from 'slipring';
import { describe, expect, it } from 'vitest';
import { atomsOf } from '../../src/core/atoms.js';
import { controlWords, moreSleepers, readShape } from '../../src/core/header.js';
import { consumerSeat, planLayout, producerSeat, seat, workerSeat } from '../../src/core/layout.js';
import { wordOf } from '../../src/core/sequence.js';
import { SKIPPED, stampIndex, stampRest, stampRun } from '../../src/core/stamps.js';
import {
  atOnce,
  expectRefusal,
  expectThrown,
  fillTick,
  leavesUntouched,
  publishAll,
  rejectionOf,
  Tick,
  type TickFields,
} from './support.js';

const lost = (call: () => unknown): void => expectThrown(call, SeatError, 'ERR_SEAT_LOST');

function ringOf(capacity: number, consumers: ConsumerGraph = ['reader'], producers = 1): Ring<TickFields> {
  return createRing(Tick, { capacity, producers, consumers });
}

/** The ring as another thread sees it, for which a seat that somebody has looks free: its state word was overwritten. */
function intruderOf(ring: Ring<TickFields>, kind: 'producer' | 'consumer' | 'worker'): Ring<TickFields> {
  const words = controlWords(ring.handle.buffer);
  const layout = planLayout({ ...readShape(words), columns: [] });
  const at = { producer: producerSeat, consumer: consumerSeat, worker: workerSeat }[kind](layout, 0);
  Atomics.and(words, at + seat.state, ~0xf);
  return openRing(ring.handle, Tick);
}

function stampsOf(ring: Ring<TickFields>) {
  const words = controlWords(ring.handle.buffer);
  return { words, stamps: moreSleepers(words).stamps! };
}

function seenBy(consumer: Consumer<TickFields>): number[] {
  const seen: number[] = [];
  while (consumer.poll((tick) => seen.push(tick.n)) > 0);
  return seen;
}

describe('B-27: two producers on one seat', () => {
  it.each([
    ['publish', (producer) => producer.publish(fillTick, 2)],
    ['tryPublish', (producer) => producer.tryPublish(fillTick, 2)],
    ['publishBatch', (producer) => producer.publishBatch([2, 3], fillTick)],
    ['claim', (producer) => producer.claim(2).commit()],
  ] as [string, (producer: ReturnType<Ring<TickFields>['openProducer']>) => unknown][])(
    'of a ring with one: whoever comes second by %s is told so, and publishes nothing',
    (_, second) => {
      const ring = ringOf(8);
      const producer = ring.openProducer();
      publishAll(producer, 0);
      const intruder = intruderOf(ring, 'producer').openProducer();
      publishAll(intruder, 1);
      lost(() => second(producer));
      expect(ring.snapshot().published).toBe(2);
      publishAll(intruder, 4);
      expect([producer.next, intruder.next]).toEqual([1, 3]);
    },
  );

  it('of a ring with one, on an event loop: the same', async () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    publishAll(intruderOf(ring, 'producer').openProducer(), 1);
    expectRefusal(await rejectionOf(producer.publishAsync(fillTick, 0)), SeatError, 'ERR_SEAT_LOST');
    expect(ring.snapshot().published).toBe(1);
  });

  it('of a ring with several claim apart, and the first is told so where it would wait', async () => {
    const ring = ringOf(2, ['reader'], 2);
    const reader = ring.openConsumer('reader');
    const producer = ring.openProducer();
    const intruder = intruderOf(ring, 'producer').openProducer(atOnce);
    publishAll(producer, 0);
    publishAll(intruder, 1);
    lost(() => producer.publish(atOnce, fillTick, 2));
    expectRefusal(await rejectionOf(producer.publishAsync(fillTick, 2)), SeatError, 'ERR_SEAT_LOST');
    expect(seenBy(reader)).toEqual([0, 1]);
  });

  it('the one that lost its seat leaves that of the other alone', () => {
    const ring = ringOf(4);
    const producer = ring.openProducer();
    // Taken and left once before, or both would have the same generation.
    intruderOf(ring, 'producer').openProducer()[Symbol.dispose]();
    const intruder = openRing(ring.handle, Tick).openProducer();
    producer[Symbol.dispose]();
    expect(ring.snapshot().producers[0].seated).toBe(true);
    publishAll(intruder, 0);
  });
});

describe('a claim that somebody else gave up for its producer', () => {
  it.each([1, 2])('stays given up, and its late producer is told so: %i events', (length) => {
    const ring = ringOf(4, { early: {}, late: {} }, 2);
    const [producer, other] = [ring.openProducer(), ring.openProducer()];
    const [early, late] = [ring.openConsumer('early'), ring.openConsumer('late')];
    const claim = producer.claim(length);
    const { words, stamps } = stampsOf(ring);
    stampRest(words, stamps, 0, wordOf(length) | SKIPPED);
    publishAll(other, 7);
    expect(seenBy(early)).toEqual([7]);
    leavesUntouched(ring.handle.buffer, () => lost(() => claim.commit()));
    expect(seenBy(late)).toEqual([7]);
  });

  it.each([1, 2, 3])('changes nothing when it comes %i laps late', (laps) => {
    const ring = ringOf(2, ['reader'], 2);
    const [producer, other] = [ring.openProducer(), ring.openProducer()];
    const reader = ring.openConsumer('reader');
    const claim = producer.claim(1);
    const { words, stamps } = stampsOf(ring);
    stampRest(words, stamps, 0, wordOf(1) | SKIPPED);
    for (let n = 1; n < 2 * laps; n++) {
      publishAll(other, n);
      expect(seenBy(reader)).toEqual([n]);
    }
    publishAll(other, 70);
    leavesUntouched(ring.handle.buffer, () => lost(() => claim.commit()));
    expect(seenBy(reader)).toEqual([70]);
  });

  it('is given up at once by an exchange alone where the lap before was alike', () => {
    const words = new Int32Array(8);
    const stamps = { first: 0, capacity: 4, seats: [] };
    words.set([1, 2, 3, 4].map((end) => wordOf(end)));
    for (const position of [4, 5, 6])
      expect(stampRun(atomsOf(words), stamps, position, wordOf(position + 1))).toBe(true);
    expect(stampRun(atomsOf(words), stamps, 6, wordOf(7) | SKIPPED)).toBe(false);
    expect([...words.subarray(0, 4)]).toEqual([5, 6, 7, 4].map((end) => wordOf(end)));
  });
});

describe.each([1, 2])('two consumers on one seat, behind one of %d producers', (producers) => {
  function setUp(consumers: ConsumerGraph, kind: 'consumer' | 'worker') {
    const ring = ringOf(8, consumers, producers);
    const publisher = ring.openProducer();
    const first = ring.openConsumer('reader', atOnce);
    const intrude = () => intruderOf(ring, kind).openConsumer('reader', atOnce);
    return { ring, publisher, first, intrude };
  }

  it.each([
    ['an ordinary one', ['reader'], 'consumer'],
    ['a worker', { reader: { workers: 1 } }, 'worker'],
    ['a lossy one', { reader: { lossy: true } }, 'worker'],
  ] as [string, ConsumerGraph, 'consumer' | 'worker'][])(
    '%s: whoever releases second is told so',
    async (_, graph, kind) => {
      const { publisher, first, intrude } = setUp(graph, kind);
      publishAll(publisher, 0, 1, 2, 3);
      const batch = first.take({ max: 2 })!;
      const intruder = intrude();
      const seen = seenBy(intruder);
      // It saw what the other had in hand too; but neither can release for the other.
      expect(seen).toEqual([0, 1, 2, 3]);
      lost(() => batch.release());
      publishAll(publisher, 4);
      expect(seenBy(intruder)).toEqual([4]);
      if (kind === 'worker') return;
      lost(() => first.poll(() => {}));
      lost(() => first.run(() => {}));
      expectRefusal(await rejectionOf(first.runAsync(() => {})), SeatError, 'ERR_SEAT_LOST');
    },
  );

  it('a batch that is left early by the one who lost its seat releases nothing', () => {
    const { ring, publisher, first, intrude } = setUp(['reader'], 'consumer');
    publishAll(publisher, 0, 1, 2, 3);
    const batch = first.take()!;
    expect(batch[Symbol.iterator]().next().done).toBe(false);
    const iterator = batch[Symbol.iterator]();
    iterator.next();
    iterator.next();
    const intruder = intrude();
    expect(intruder.poll(() => {}, { max: 1 })).toBe(1);
    lost(() => batch[Symbol.dispose]());
    expect(ring.snapshot().consumers[0].position).toBe(1);
    expect(seenBy(intruder)).toEqual([1, 2, 3]);
  });
});

describe('behind several producers, a consumer that lost its seat', () => {
  it('is told so also when it passes over what was given up', () => {
    const ring = ringOf(8, ['reader'], 2);
    const publisher = ring.openProducer();
    const first = ring.openConsumer('reader', atOnce);
    const intruder = intruderOf(ring, 'consumer').openConsumer('reader', atOnce);
    publisher.claim(2).abandon();
    expect(intruder.poll(() => {})).toBe(0);
    lost(() => first.poll(() => {}));
  });

  it('stamps nothing of a later lap when it stops inside an old claim', () => {
    const ring = ringOf(4, ['reader'], 2);
    const publisher = ring.openProducer();
    const first = ring.openConsumer('reader', atOnce);
    const intruder = intruderOf(ring, 'consumer').openConsumer('reader', atOnce);
    publisher.publishBatch([0, 1], fillTick);
    const batch = first.take()!;
    const iterator = batch[Symbol.iterator]();
    iterator.next();
    iterator.next();
    for (let n = 0; n < 3; n++) {
      expect(intruder.poll(() => {})).toBeGreaterThan(0);
      publishAll(publisher, 2, 3);
    }
    const { words, stamps } = stampsOf(ring);
    const before = Atomics.load(words, stampIndex(stamps, 1));
    lost(() => batch[Symbol.dispose]());
    expect(Atomics.load(words, stampIndex(stamps, 1))).toBe(before);
  });
});

describe.each([1, 2])('a claim, of one of %d producers', (producers) => {
  function setUp() {
    const ring = ringOf(4, ['reader'], producers);
    return { ring, producer: ring.openProducer(), reader: ring.openConsumer('reader', atOnce) };
  }

  it('that was committed or abandoned cannot be published again, filled, or taken back', () => {
    const { ring, producer } = setUp();
    for (const end of ['commit', 'abandon'] as const) {
      const claim = producer.claim(2);
      const iterator = claim[Symbol.iterator]();
      const tick = iterator.next().value as { n: number };
      claim[end]();
      leavesUntouched(ring.handle.buffer, () => {
        expectThrown(() => claim.commit(), TurnError, 'ERR_CLAIM_TURN');
        expectThrown(() => claim.columns, TurnError, 'ERR_CLAIM_TURN');
        expectThrown(() => claim.spans, TurnError, 'ERR_CLAIM_TURN');
        expectThrown(() => iterator.next(), TurnError, 'ERR_CLAIM_TURN');
        expectThrown(() => (tick.n = 1), TurnError, 'ERR_EVENT_TURN');
        claim.abandon();
        claim[Symbol.dispose]();
      });
    }
  });

  it('that is old does not touch the one that is open now', () => {
    const { producer, reader } = setUp();
    const old = producer.claim(1);
    old.commit();
    const open = producer.claim(1);
    old.abandon();
    expectThrown(() => old.commit(), TurnError, 'ERR_CLAIM_TURN');
    expectThrown(() => producer.publish(fillTick, 9), TurnError, 'ERR_CLAIM_OPEN');
    for (const tick of open) tick.n = 5;
    open.commit();
    expect(seenBy(reader).at(-1)).toBe(5);
  });

  it.each(['producer', 'ring'] as const)('whose %s was disposed is nobody’s', (who) => {
    const { ring, producer } = setUp();
    const claim = producer.claim(1);
    ({ producer, ring })[who][Symbol.dispose]();
    leavesUntouched(ring.handle.buffer, () => {
      expectThrown(() => claim.commit(), SeatError, 'ERR_SEAT_LEFT');
      claim.abandon();
    });
    publishAll(ring.openProducer(), 1);
    expectThrown(() => claim.commit(), TurnError, 'ERR_CLAIM_TURN');
  });

  it('that the close refused, or let through, is over all the same', () => {
    const { ring, producer } = setUp();
    const claim = producer.claim(1);
    ring.close();
    if (producers === 1) expectThrown(() => claim.commit(), RingEndedError, 'ERR_RING_CLOSED');
    else claim.commit();
    expectThrown(() => claim.commit(), TurnError, 'ERR_CLAIM_TURN');
  });
});
