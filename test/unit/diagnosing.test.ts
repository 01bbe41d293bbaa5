/** What a diagnosis says of rings on which nobody is parked, and of notes that were left behind; with threads: test/threads. */
import {
  ArgumentError,
  type ConsumerGraph,
  createRing,
  diagnose,
  HandleError,
  openRing,
  type Ring,
  type RingOptions,
} from 'slipring';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { circlesOf } from '../../src/diagnosing/deadlocks.js';
import type { SeatLook } from '../../src/diagnosing/look.js';
import { controlWords } from '../../src/core/header.js';
import { consumerSeat, planLayout, producerSeat, seat, shared } from '../../src/core/layout.js';
import { readShape } from '../../src/core/header.js';
import { platform } from '../../src/core/platform.js';
import { SeatNote } from '../../src/core/sleep-note.js';
import {
  atOnce,
  bytesOf,
  expectThrown,
  fillTick,
  leavesUntouched,
  loopTurns,
  publishAll,
  Tick,
  type TickFields,
  wraps,
} from './support.js';

function ringOf(capacity: number, options: Partial<RingOptions> = {}): Ring<TickFields> {
  return createRing(Tick, { capacity, consumers: ['reader'] as ConsumerGraph, ...options });
}

/** The words of a ring, and its first producer's and consumer's seats. */
function wordsOf(ring: Ring<TickFields>) {
  const words = controlWords(ring.handle.buffer);
  const layout = planLayout({ ...readShape(words), columns: [] });
  return { words, producer: producerSeat(layout, 0), reader: consumerSeat(layout, 0) };
}

describe('a diagnosis', () => {
  it('of a ring where nothing happens has nothing to say', () => {
    const ring = ringOf(2);
    const found = ring.diagnose();
    expect(JSON.parse(JSON.stringify(found))).toEqual({
      deadlocks: [],
      dead: [],
      failed: [],
      waits: [],
      behind: [],
    });
    expect([String(found), inspect(found)]).toEqual(Array(2).fill('Nobody waits, and nobody is behind.'));
  });

  it.each([
    ['one producer', {}],
    ['several producers', { producers: 3 }],
    ['a group', { consumers: { reader: { workers: 2 }, after: { after: ['reader'] } } }],
    ['a lossy consumer', { consumers: { reader: { lossy: true } } }],
    ['spare seats', { spareSeats: 2 }],
    [
      'a diamond',
      {
        consumers: {
          reader: {},
          a: { after: ['reader'] },
          b: { after: ['reader'] },
          c: { after: ['a', 'b'] },
        },
      },
    ],
  ] as [string, Partial<RingOptions>][])(
    'changes nothing and throws nothing, in whatever state: %s',
    (_, options) => {
      for (const firstSequence of [0, ...wraps]) {
        const ring = ringOf(4, { ...options, firstSequence });
        const look = (): void => leavesUntouched(ring.handle.buffer, () => void String(ring.diagnose()));
        look();
        const producer = ring.openProducer(atOnce);
        look();
        publishAll(producer, 1, 2, 3);
        look();
        const reader = ring.openConsumer('reader', atOnce);
        const batch = reader.take({ max: 1 });
        look();
        const claim = producer.tryClaim(1);
        look();
        batch!.release();
        if (options.spareSeats) {
          const late = ring.join('late', { after: ['reader'], ...atOnce });
          look();
          late.leave();
          reader.leave();
        }
        look();
        claim?.abandon();
        ring.close();
        look();
        ring.abort('why');
        look();
        ring[Symbol.dispose]();
        look();
      }
    },
  );

  it('throws nothing while a joiner is half way, and does not name it yet', () => {
    const ring = ringOf(2, { spareSeats: 1 });
    const { words } = wordsOf(ring);
    const layout = planLayout({ ...readShape(words), columns: [] });
    const spare = consumerSeat(layout, 1);
    ring.openProducer(atOnce).publish(fillTick, 1);
    // It has taken the seat, and is not a member.
    Atomics.store(words, spare + seat.state, 1);
    Atomics.store(words, spare + seat.nameLength, 1_000_000);
    expect(ring.diagnose().behind.map(({ consumer }) => consumer)).toEqual(['reader']);
  });

  it('says how far each consumer is behind, and by whom it is held', () => {
    const ring = ringOf(4, { consumers: { first: {}, second: { after: ['first'] } } });
    publishAll(ring.openProducer(), 1, 2, 3, 4);
    const first = ring.openConsumer('first');
    first.poll(() => {}, { max: 1 });
    ring.openConsumer('second').poll(() => {});
    const { behind } = diagnose({ ticks: ring });
    expect(behind).toMatchObject([
      { ring: 'ticks', consumer: 'first', position: 1, lag: 3, full: false, heldBy: undefined },
      { ring: 'ticks', consumer: 'second', position: 1, lag: 3, full: false, heldBy: 'first' },
    ]);
    first.poll(() => {});
    expect(ring.diagnose().behind).toMatchObject([{ consumer: 'second', lag: 3, heldBy: undefined }]);
  });

  it('counts a group by the lowest of what its workers have in hand, and names them all', () => {
    const ring = ringOf(4, { consumers: { crew: { workers: 2 }, next: { after: ['crew'] } } });
    publishAll(ring.openProducer(), 1, 2);
    const [slow, fast] = [ring.openConsumer('crew'), ring.openConsumer('crew')];
    const batch = slow.take({ max: 1 });
    fast.poll(() => {}, { max: 1 });
    const { behind } = ring.diagnose();
    expect(behind.map(({ consumer, lag, position, heldBy }) => [consumer, lag, position, heldBy])).toEqual([
      ['crew', 2, 0, undefined],
      ['next', 2, 0, 'crew'],
    ]);
    batch!.release();
    expect(ring.diagnose().behind.map(({ consumer, lag }) => [consumer, lag])).toEqual([['next', 2]]);
  });

  it('names who failed, with the cause, until it goes on', () => {
    const ring = ringOf(2);
    publishAll(ring.openProducer(), 1);
    const reader = ring.openConsumer('reader');
    const fails = (): void =>
      void reader.poll(() => {
        throw new Error('');
      });
    expect(fails).toThrow();
    expect(ring.diagnose().failed).toMatchObject([{ seat: 'reader', sequence: 0, message: '' }]);
    expect(String(ring.diagnose())).toMatch(
      /^Failed: reader of ring \(thread \d+\), at event 0: no reason was given\.\n/,
    );
    reader.poll(() => {});
    expect(ring.diagnose().failed).toEqual([]);
  });

  it('names a seat that is neither free nor taken as dead, and nobody is stuck for ever because of it', () => {
    const ring = ringOf(1);
    const { words, producer, reader } = wordsOf(ring);
    const state = 5 << 4;
    Atomics.store(words, reader + seat.state, state | 2);
    expect(ring.diagnose().dead).toEqual([
      { ring: 'ring', seat: 'reader', role: 'consumer', owner: undefined },
    ]);
    expect(String(ring.diagnose())).toBe('Dead: whoever had reader of ring; the seat is not recovered yet.');
    Atomics.store(words, producer + seat.state, state | 1);
    new SeatNote(words, producer).asleep(reader + seat.position, 0, 0);
    const { waits, deadlocks } = ring.diagnose();
    expect([waits.length, deadlocks]).toEqual([1, []]);
  });

  it('lists waits on event loops, which are never a deadlock', async () => {
    const ring = ringOf(1);
    const [producer, reader] = [ring.openProducer(), ring.openConsumer('reader')];
    const taken = reader.takeAsync();
    await loopTurns();
    expect(ring.diagnose().waits).toMatchObject([
      { seat: 'reader', parked: false, limited: false, word: 'the cursor', waitsFor: [{ seat: 'producer' }] },
    ]);
    expect(String(ring.diagnose())).toMatch(
      / has waited \d+ ms for events, from producer of ring \(thread \d+\); on its event loop, on the cursor\.$/,
    );
    publishAll(producer, 1);
    // It is being woken: nothing keeps it waiting.
    expect(ring.diagnose().waits).toEqual([]);
    const batch = await taken;
    const published = producer.publishAsync({ timeoutMs: 60_000 }, fillTick, 2);
    await loopTurns();
    const { waits, deadlocks } = ring.diagnose();
    expect(waits).toMatchObject([
      { seat: 'producer', role: 'producer', limited: true, word: 'the position of reader' },
    ]);
    expect(deadlocks).toEqual([]);
    batch!.release();
    await published;
    expect(ring.diagnose().waits).toEqual([]);
  });

  it('can be cloned and written as JSON', () => {
    const ring = ringOf(1);
    publishAll(ring.openProducer(), 1);
    const found = ring.diagnose();
    expect(structuredClone(found).behind).toEqual(found.behind);
    expect(JSON.parse(JSON.stringify(found))).toMatchObject({ behind: [{ consumer: 'reader', full: true }] });
  });

  it('is of rings by their names, from their handles alone', () => {
    const [a, b] = [ringOf(1), ringOf(1)];
    publishAll(b.openProducer(), 1);
    const before = bytesOf(b.handle.buffer);
    const found = diagnose({ a: { handle: a.handle }, b: { handle: structuredClone(b.handle) } });
    expect(found.behind.map(({ ring }) => ring)).toEqual(['b']);
    expect(bytesOf(b.handle.buffer)).toEqual(before);
  });

  it.each([[undefined], [null], [5], ['ring'], [{}], [{ ring: undefined }], [{ ring: 5 }]])(
    'of %j is refused',
    (rings) => expectThrown(() => diagnose(rings as never), ArgumentError, 'ERR_DIAGNOSE'),
  );

  it('of what has no ring’s handle is refused', () => {
    expectThrown(() => diagnose({ ring: { handle: {} as never } }), HandleError, 'ERR_HANDLE');
    expectThrown(() => diagnose({ ring: {} as never }), HandleError, 'ERR_HANDLE');
  });
});

describe('the note in a seat', () => {
  it('of one that died asleep is gone once another has the seat', () => {
    const ring = ringOf(1);
    const { words, producer, reader } = wordsOf(ring);
    for (const at of [producer, reader]) {
      new SeatNote(words, at).asleep(shared.cursor, 0, 0);
      Atomics.store(words, at + seat.state, 1);
    }
    expect(ring.diagnose().waits).toHaveLength(2);
    for (const at of [producer, reader]) Atomics.store(words, at + seat.state, 0);
    expect(ring.diagnose().waits).toEqual([]);
    ring.openProducer();
    ring.openConsumer('reader');
    expect(ring.diagnose().waits).toEqual([]);
  });

  it('says nothing of a word that has changed since, or that is none', () => {
    const ring = ringOf(1);
    const { words, producer } = wordsOf(ring);
    Atomics.store(words, producer + seat.state, 1);
    for (const [index, value] of [
      [shared.cursor, 4],
      [words.length, 0],
      [2 ** 29 - 1, 0],
    ]) {
      new SeatNote(words, producer).asleep(index, value, 0);
      expect(ring.diagnose().waits).toEqual([]);
    }
  });

  it('is not written any more by one that has left', () => {
    const ring = ringOf(1);
    const { words, producer } = wordsOf(ring);
    const note = new SeatNote(words, producer);
    note.asleep(shared.cursor, 0, 0);
    note.leave();
    const other = new SeatNote(words, producer);
    other.asleep(shared.cursor, 0, 0);
    leavesUntouched(ring.handle.buffer, () => {
      note.awake();
      note.asleep(shared.ending, 0, 0);
    });
  });

  it('counts from the first sleep of a wait, also when the clock comes round', () => {
    const ring = ringOf(1);
    const { words, producer } = wordsOf(ring);
    Atomics.store(words, producer + seat.state, 1);
    new SeatNote(words, producer).asleep(shared.cursor, 0, 0);
    const sinceMs = (since: number): number => {
      Atomics.store(words, producer + seat.parkedSince, since);
      return ring.diagnose().waits[0].sinceMs;
    };
    const now = platform.clock();
    expect(now).toBeGreaterThanOrEqual(0);
    expect(now).toBeLessThan(2 ** 31);
    const across = sinceMs((now + 2 ** 31 - 2_000_000) % 2 ** 31);
    expect(across).toBeGreaterThanOrEqual(2_000_000);
    expect(across).toBeLessThan(2_060_000);
    // Read by a thread whose clock is a little behind.
    expect(sinceMs((platform.clock() + 500) % 2 ** 31)).toBe(0);
  });
});

describe('circles', () => {
  const seatOf = (owner: number | undefined, name = `seat ${owner}`): SeatLook =>
    ({ ring: 'ring', name, owner }) as SeatLook;
  const waiting = (from: number, ...to: (number | undefined)[]) => ({
    seat: seatOf(from),
    movers: to.map((owner) => seatOf(owner)),
    orOthers: false,
  });
  const paths = (...waits: ReturnType<typeof waiting>[]): number[][] =>
    circlesOf(waits).map((path) => path.map(({ from }) => from.seat.owner!));

  it('are found whoever leads into them, each once', () => {
    expect(paths(waiting(1, 2), waiting(2, 3), waiting(3, 2), waiting(4, 1), waiting(5, 5))).toEqual([
      [2, 3],
      [5],
    ]);
  });

  it('are none where any of those waited for can move', () => {
    expect(paths(waiting(1, 2), waiting(2, 1, 3))).toEqual([]);
    expect(paths(waiting(1, 2), waiting(2, 1, undefined))).toEqual([]);
    expect(paths(waiting(1, 2), { ...waiting(2, 1), orOthers: true })).toEqual([]);
    expect(paths(waiting(1, 2), waiting(2, 1), waiting(2, 3))).toEqual([]);
    expect(paths(waiting(1, 2), waiting(2, 1), waiting(2, 1))).toEqual([[1, 2]]);
  });

  it('are found where all of those waited for are stuck', () => {
    expect(paths(waiting(1, 2, 3), waiting(2, 1), waiting(3, 1))).toEqual([[1, 2]]);
  });

  it('go by the number of a thread, unless only its own ring knows it by that', () => {
    const own = (2 ** 21) | 7;
    const there = { ...seatOf(own), ring: 'there' };
    const back = { ...seatOf(own), ring: 'back' };
    const both = [
      { seat: there, movers: [back], orOthers: false },
      { seat: back, movers: [there], orOthers: false },
    ];
    // Two threads, each waiting for the other: not one that waits for itself.
    expect(circlesOf(both).map((path) => path.length)).toEqual([2]);
    expect(
      circlesOf(
        both.map(({ seat, movers }) => ({
          seat: { ...seat, owner: 7 },
          movers: movers.map((mover) => ({ ...mover, owner: 7 })),
          orOthers: false,
        })),
      ).map((path) => path.length),
    ).toEqual([1]);
  });
});

it('an opened ring asks as the one that was made', () => {
  const ring = ringOf(1);
  publishAll(ring.openProducer(), 1);
  expect(openRing(ring.handle, Tick).diagnose()).toEqual(ring.diagnose());
});
