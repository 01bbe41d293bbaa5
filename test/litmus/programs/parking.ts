/**
 * The ring's parkable word (docs/sequence-word.md), in single steps: a publish by compare-and-exchange against the parked
 * bit. 0 is the word as its owner left it, 1 the same with the bit, 4 the next position.
 */
import { type Body, type Litmus, reads } from '../program.js';
import { linger } from './linger.js';
import { sleep } from './sleeping.js';

const PARKED = 1;
const NEXT = 4;

/** Moves the word on. Returns whether somebody had parked. */
function publish(words: Int32Array, x: number): boolean {
  if (Atomics.compareExchange(words, x, 0, NEXT) === 0) return false;
  Atomics.compareExchange(words, x, PARKED, NEXT);
  return true;
}

export const publishOrPark: Litmus = {
  racy: false,
  sleeps: false,
  name: 'publish against park',
  about: 'Either the publisher meets the parked bit, or the sleeper meets the new position.',
  threads: [
    reads(1, (words, x) => (publish(words, x) ? 1 : 0)),
    reads(1, (words, x) => (Atomics.compareExchange(words, x, 0, PARKED) === 0 ? 1 : 0)),
  ],
  end: reads(1, (words, x) => Atomics.load(words, x)),
  allowed: ['0 0 4', '1 1 4'],
};

export const factOrBit: Litmus = {
  racy: false,
  sleeps: false,
  name: 'a fact against the parked bit',
  about: 'A fact is stored, then the bit is looked at; the bit is set, then the fact is looked at.',
  threads: [
    reads(1, (words, x, y) => {
      Atomics.store(words, y, 1);
      return Atomics.compareExchange(words, x, PARKED, 0);
    }),
    reads(1, (words, x, y) => {
      Atomics.compareExchange(words, x, 0, PARKED);
      return Atomics.load(words, y);
    }),
  ],
  allowed: ['0 1', '1 0', '1 1'],
};

/** 0: nobody had parked; else one more than were woken. */
const publisher: Body = (words, x) => (publish(words, x) ? 1 + Atomics.notify(words, x) : 0);

/** 0: need not sleep, 1: was woken, 2: parked, and then need not sleep. */
const waiter: Body = (words, x) => {
  if (Atomics.compareExchange(words, x, 0, PARKED) === NEXT) return 0;
  return sleep(words, x, PARKED) || 2;
};

export const publishAndWake: Litmus = {
  racy: false,
  sleeps: true,
  name: 'publish and wake',
  about: 'Publish, then notify if the bit was set; set the bit, then sleep: nobody sleeps for ever.',
  threads: [reads(1, publisher), reads(1, waiter)],
  allowed: ['0 0', '1 2', '2 1'],
};

export const publishAndWakeTwo: Litmus = {
  racy: false,
  sleeps: true,
  name: 'publish and wake two',
  about: 'The same with two who share the bit.',
  threads: [
    reads(1, (words, x, y, z) => {
      linger(300);
      return publisher(words, x, y, z);
    }),
    reads(1, waiter),
    reads(1, waiter),
  ],
  allowed: ['0 0 0', '1 0 2', '1 2 0', '1 2 2', '2 0 1', '2 1 0', '2 1 2', '2 2 1', '3 1 1'],
};

/** 0: need not sleep, 1: was woken, 2: parked, and then need not sleep, 3: saw the fact at the second look. */
export const factAndWake: Litmus = {
  racy: false,
  sleeps: true,
  name: 'a fact, then the wake-up',
  about: 'As a ring is closed: the fact first, then the bit is cleared and all are woken.',
  threads: [
    reads(1, (words, x, y) => {
      linger(100);
      Atomics.store(words, y, 1);
      Atomics.compareExchange(words, x, PARKED, 0);
      return Atomics.notify(words, x);
    }),
    reads(1, (words, x, y) => {
      if (Atomics.load(words, y) === 1) return 0;
      Atomics.compareExchange(words, x, 0, PARKED);
      return Atomics.load(words, y) === 1 ? 3 : sleep(words, x, PARKED) || 2;
    }),
  ],
  allowed: ['0 0', '0 2', '0 3', '1 1'],
};

/** All of them. */
export const parking: readonly Litmus[] = [
  publishOrPark,
  factOrBit,
  publishAndWake,
  publishAndWakeTwo,
  factAndWake,
];
