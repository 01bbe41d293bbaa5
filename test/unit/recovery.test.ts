/** Recovery, where it takes three producers, or what the model does not have: the model's programs kill at every step. */
import { describe, expect, it } from 'vitest';
import { Barrier } from '../../src/core/barrier.js';
import { INTENDED } from '../../src/core/claims.js';
import { BELL, bellWords, hangBell, makeBell } from '../../src/core/doorbell.js';
import { consumerSeat, planLayout, producerSeat, seat, shared } from '../../src/core/layout.js';
import { MEMBER } from '../../src/core/membership.js';
import { MultiProducer } from '../../src/core/multi-producer.js';
import { type Recoverable, recoverProducer, wakeAll } from '../../src/core/recovery.js';
import { RunFollower } from '../../src/core/run-follower.js';
import { DEAD, seatState, takeSeat, VACANT } from '../../src/core/seats.js';
import { closeWord, wordOf } from '../../src/core/sequence.js';
import { stampsOf } from '../../src/core/stamps.js';
import { ABORTED, ENDED, READY } from '../../src/core/waiting.js';

const FIRST = 16;

function setUp(producers: number, capacity = 8) {
  const shape = {
    capacity,
    producers,
    consumers: 1,
    spareSeats: 0,
    workers: 0,
    nameBytes: 0,
    schemaBytes: 0,
    columns: [],
  };
  const layout = planLayout(shape);
  const words = new Int32Array(new SharedArrayBuffer(layout.byteLength));
  const stamps = stampsOf(layout, shape)!;
  const position = consumerSeat(layout, 0) + seat.position;
  words[shared.cursor] = words[position] = words[shared.nobody] = wordOf(FIRST);
  words.fill(wordOf(FIRST), stamps.first, stamps.first + capacity);
  words[consumerSeat(layout, 0) + seat.member] = MEMBER;
  const producerSeats = Array.from({ length: producers }, (_, number) => producerSeat(layout, number));
  const ring: Recoverable = {
    words,
    layout,
    capacity,
    producerSeats,
    discards: false,
    positions: [position, shared.nobody],
    announcements: [],
    stamps,
  };
  const open = (number: number): MultiProducer => {
    takeSeat(words, producerSeats[number] + seat.state, 10 + number);
    return new MultiProducer(words, producerSeats[number], new Barrier(words, [position]), stamps);
  };
  /** It has written down what it intends, and not come to its exchange. */
  const intend = (number: number, length: number, first = FIRST): void => {
    takeSeat(words, producerSeats[number] + seat.state, 10 + number);
    words[producerSeats[number] + seat.intent] = length;
    words[producerSeats[number] + seat.position] = wordOf(first) | INTENDED;
  };
  const state = (number: number): number => words[producerSeats[number] + seat.state];
  const die = (number: number): object => recoverProducer(ring, producerSeats[number], state(number), 1);
  const follower = new RunFollower(words, position, new Barrier(words, [shared.cursor]), stamps);
  return { ring, words, open, intend, die, follower, state };
}

describe('two dead producers that intended one claim', () => {
  it.each([
    [1, 2],
    [2, 1],
  ])(
    'of %d and %d events: what a third published behind the shorter one tells that it was won, in either order',
    (first, other) => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const { open, intend, die, follower } = setUp(3);
        const winner = first === 1 ? 0 : 1;
        const lengths = [first, other];
        intend(1 - winner, lengths[1 - winner]);
        expect(open(winner).claim(1)).toBe(READY);
        const third = open(2);
        expect(third.claim(1)).toBe(READY);
        third.publish(1);
        expect(third.claim(1)).toBe(READY);
        third.publish(1);
        const found = new Map(order.map((number) => [number, die(number)]));
        expect(found.get(winner)).toEqual({ found: 'skipped', first: FIRST, length: 1 });
        expect([follower.look(), follower.next, follower.available]).toEqual([READY, FIRST + 1, FIRST + 3]);
      }
    },
  );

  it('where nobody claimed behind it and the cursor is at the end of the longer, that one was won', () => {
    const { open, intend, die, follower } = setUp(2);
    intend(1, 1);
    expect(open(0).claim(2)).toBe(READY);
    expect(die(1)).toEqual({ found: 'nothing' });
    expect(die(0)).toEqual({ found: 'skipped', first: FIRST, length: 2 });
    follower.look();
    expect(follower.next).toBe(FIRST + 2);
  });
});

describe('a living producer that intends what a dead one does', () => {
  it('settles it when it finds that it lost, and the seat is free', () => {
    const { open, intend, die, follower, state } = setUp(2);
    const living = open(1);
    expect(open(0).claim(1)).toBe(READY);
    intend(1, 1);
    expect(die(0)).toMatchObject({ found: 'later', first: FIRST });
    expect(seatState(state(0))).toBe(DEAD);
    expect(follower.look()).not.toBe(READY);
    expect(living.claim(1)).toBe(READY);
    expect(living.next).toBe(FIRST + 1);
    living.withdraw();
    expect(seatState(state(0))).toBe(VACANT);
    expect([follower.look(), follower.next]).not.toEqual([READY, FIRST]);
    expect(follower.next).toBe(FIRST + 1);
  });
});

describe('after a death', () => {
  it('a seat that was recovered already is gone', () => {
    const { ring, open, state } = setUp(2);
    open(0);
    const seen = state(0);
    expect(recoverProducer(ring, ring.producerSeats[0], seen, 1)).toEqual({ found: 'nothing' });
    expect(recoverProducer(ring, ring.producerSeats[0], seen, 1)).toEqual({ found: 'gone' });
  });

  it('the doorbell rings', () => {
    const { ring, words } = setUp(2);
    const bell = bellWords(makeBell());
    hangBell(words, bell);
    const before = Atomics.load(bell, BELL);
    wakeAll(ring);
    expect(Atomics.load(bell, BELL)).not.toBe(before);
  });

  it.each([
    ['before it closed anything', false],
    ['after it closed the cursor', true],
  ])('an abort is finished whose aborter died %s', (_, closed) => {
    const { ring, words, follower } = setUp(2);
    Atomics.store(words, shared.aborted, 1);
    if (closed) closeWord(words, shared.cursor);
    wakeAll(ring);
    expect(follower.look()).toBe(ABORTED);
    expect(ring.positions.every((index) => words[index] & 2)).toBe(true);
  });

  it('a close is finished whose closer died at once', () => {
    const { ring, words, follower } = setUp(2);
    closeWord(words, shared.cursor);
    wakeAll(ring);
    expect(words[shared.ending] & 2).toBe(2);
    expect(follower.look()).toBe(ENDED);
  });
});
