/** The core with several producers over more positions than the 30 bits of a stamp can tell apart. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Barrier } from '../../src/core/barrier.js';
import { consumerSeat, planLayout, producerSeat, seat, shared } from '../../src/core/layout.js';
import { MultiProducer } from '../../src/core/multi-producer.js';
import { RunFollower } from '../../src/core/run-follower.js';
import { EPOCH_POSITIONS, wordOf } from '../../src/core/sequence.js';
import { renews, runLength, SKIPPED, stampIndex, stampsOf } from '../../src/core/stamps.js';
import { BLOCKED, READY } from '../../src/core/waiting.js';

/** Whether laps renew; only a test that shows what they are for says no. */
const laps = vi.hoisted(() => ({ renew: true }));

vi.mock(import('../../src/core/stamps.js'), async (importOriginal) => {
  const stamps = await importOriginal();
  return {
    ...stamps,
    renews: (position: number, capacity: number): boolean => laps.renew && stamps.renews(position, capacity),
  };
});

afterEach(() => {
  laps.renew = true;
});

const ROUND = 2 ** 30;

/** A ring without columns: two producers, and a consumer in the same thread. */
function setUp(capacity: number, firstSequence = 0) {
  const shape = {
    capacity,
    producers: 2,
    consumers: 1,
    spareSeats: 0,
    workers: 0,
    nameBytes: 0,
    schemaBytes: 0,
    columns: [],
  };
  const layout = planLayout(shape);
  const words = new Int32Array(new SharedArrayBuffer(layout.byteLength));
  const position = consumerSeat(layout, 0) + seat.position;
  const stamps = stampsOf(layout, shape)!;
  words[shared.epoch] = Math.floor(firstSequence / EPOCH_POSITIONS);
  words[shared.cursor] = words[position] = wordOf(firstSequence);
  words.fill(wordOf(firstSequence), stamps.first, stamps.first + capacity);
  const openProducer = (number: number): MultiProducer =>
    new MultiProducer(words, producerSeat(layout, number), new Barrier(words, [position]), stamps);
  const openFollower = (): RunFollower =>
    new RunFollower(words, position, new Barrier(words, [shared.cursor]), stamps);
  return { words, stamps, openProducer, openFollower };
}

/** As `expect`, for what is asked half a million times. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}

type Step = (position: number) => number;

/**
 * Goes from sequence 0 to `end` in claims of `length(position)`, each read whole before the next; before each is published, nothing of it
 * may look published. Returns the first position that did.
 */
function firstAlive(capacity: number, end: number, length: Step, seldomLooked = 1): number | undefined {
  const { words, stamps, openProducer, openFollower } = setUp(capacity);
  const producers = [openProducer(0), openProducer(1)];
  const follower = openFollower();
  for (let position = 0, turn = 0; position < end; turn++) {
    const producer = producers[turn & 1];
    const count = length(position);
    must(producer.claim(count) === READY && producer.next === position, 'claims are in a row');
    for (let at = position; at < position + count; at += seldomLooked) {
      if (runLength(words[stampIndex(stamps, at)], at, capacity) !== 0) return at;
    }
    must(follower.look() === BLOCKED, 'nothing is seen before its publish');
    must(producer.publish(count), 'its publish is the first of a claim');
    must(follower.look() === READY && follower.available === position + count, 'what is published is seen');
    follower.next = follower.available;
    must(follower.release(), 'what was seen is released');
    position += count;
  }
  return undefined;
}

describe('a stamp in the middle of a run, which no later run of the same length writes,', () => {
  const capacity = 2 ** 17;
  const half = capacity / 2;

  it.each([
    ['claims of half the ring', () => half, 2 * ROUND],
    [
      'claims of half the ring, and single ones once they have come round',
      (position: number) => (position < ROUND ? half : 1),
      ROUND,
    ],
  ] as const)('never comes alive again when the 30 bits have come round: %s', (_, length, end) => {
    expect(firstAlive(capacity, end + capacity, length, half / 16 - 1)).toBeUndefined();
  });

  it('would come alive without the laps that renew, in the last lap before the 30 bits have come round', () => {
    laps.renew = false;
    expect(firstAlive(capacity, 2 * ROUND, () => half, half / 16 - 1)).toBe(ROUND - capacity + half / 16 - 1);
  });

  it.each([1, 2, 8, 2 ** 17, 2 ** 25, 2 ** 26, 2 ** 27])(
    'is renewed at least once in 2^26 positions or a lap, capacity %i',
    (capacity) => {
      const every = Math.max(2 ** 26, capacity);
      for (const slot of new Set([0, 1, capacity >> 1, capacity - 1].filter((slot) => slot < capacity))) {
        for (const round of [0, 1, 2 ** 4, 2 ** 24]) {
          expect(renews(round * every + slot, capacity)).toBe(true);
          // Alive is what lies at most a capacity ahead: the oldest that stands must not seem so.
          const oldest = wordOf(round * every + slot + 1);
          for (
            let later = round * every + slot + capacity;
            later <= (round + 1) * every + slot;
            later += every / 2
          )
            expect(runLength(oldest, later, capacity)).toBe(0);
        }
      }
    },
  );

  it('is renewed by claims that are given up too, and those stay passed over', () => {
    const { words, stamps, openProducer, openFollower } = setUp(8, 2 ** 26);
    const producer = openProducer(0);
    const follower = openFollower();
    expect(producer.claim(4)).toBe(READY);
    producer.abandon(4);
    // Those in the middle say that nothing is published from there on.
    expect([...words.subarray(stamps.first, stamps.first + 4)]).toEqual([
      wordOf(2 ** 26 + 4) | SKIPPED,
      ...[1, 2, 3].map((offset) => wordOf(2 ** 26 + offset)),
    ]);
    expect([follower.look(), follower.next]).toEqual([BLOCKED, 2 ** 26 + 4]);
  });
});

describe('a producer that was idle', () => {
  it('while the others went once round the 30 bits goes on at the true sequence, and finds a full ring full', () => {
    const capacity = 2 ** 17;
    const { openProducer, openFollower, words } = setUp(capacity);
    const [idle, busy] = [openProducer(0), openProducer(1)];
    const follower = openFollower();
    const readAll = (): void => {
      while (follower.look() === READY) {
        follower.next = follower.available;
        must(follower.release(), 'what was seen is released');
      }
    };
    // It claims twice, and so takes itself to be alone.
    for (let n = 0; n < 2; n++) expect([idle.claim(1), idle.publish(1)]).toEqual([READY, true]);
    const seen = words[shared.cursor];
    for (let left = ROUND; left > 0; left -= capacity / 2) {
      if (left >= capacity) readAll();
      must(busy.claim(capacity / 2) === READY && busy.publish(capacity / 2), 'there was room');
    }
    expect(words[shared.cursor]).toBe(seen);
    expect(idle.claim(1)).toBe(BLOCKED);
    readAll();
    expect([idle.claim(1), idle.next]).toEqual([READY, ROUND + 2]);
  });
});
