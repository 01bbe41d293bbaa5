/** Programs whose threads sleep and wake each other: the engine's lists of waiters. */
import { type Body, type Litmus, reads } from '../program.js';
import { linger } from './linger.js';

/** Longer than any thread is kept waiting: who sleeps this long was forgotten. */
const LIMIT_MS = 5_000;

const NOT_EQUAL = 0;
const WOKEN = 1;
/** In no outcome that is allowed. */
const FORGOTTEN = 9;

const sleeping = { racy: false, sleeps: true } as const;

/** Sleeps while a word has a value. */
export function sleep(words: Int32Array, index: number, value: number, limitMs = LIMIT_MS): number {
  const how = Atomics.wait(words, index, value, limitMs);
  if (how === 'timed-out') return FORGOTTEN;
  return how === 'ok' ? WOKEN : NOT_EQUAL;
}

export const sleepOrSee: Litmus = {
  ...sleeping,
  name: 'wait and notify',
  about:
    'Whoever goes to sleep before the store is woken by the notify after it; whoever comes later does not sleep.',
  threads: [
    reads(1, (words, x) => {
      Atomics.store(words, x, 1);
      return Atomics.notify(words, x);
    }),
    reads(1, (words, x) => sleep(words, x, 0)),
  ],
  allowed: ['0 0', '1 1'],
};

export const payloadOfWakeUp: Litmus = {
  ...sleeping,
  name: 'publication by wake-up',
  about: 'Who was woken, or found that there is no need to sleep, reads the plain payload.',
  threads: [
    reads(1, (words, x, y) => {
      words[x] = 1;
      Atomics.store(words, y, 1);
      return Atomics.notify(words, y);
    }),
    reads(2, (words, x, y) => 10 * sleep(words, y, 0) + words[x]),
  ],
  allowed: ['0 01', '1 11'],
};

const sleeper: Body = (words, x) => sleep(words, x, 0);

export const notifyAll: Litmus = {
  ...sleeping,
  name: 'notify all',
  about: 'A notify says how many it wakes, and wakes that many: all who sleep.',
  threads: [
    reads(1, (words, x) => {
      linger(300);
      Atomics.store(words, x, 1);
      return Atomics.notify(words, x);
    }),
    reads(1, sleeper),
    reads(1, sleeper),
  ],
  allowed: ['0 0 0', '1 0 1', '1 1 0', '2 1 1'],
};

export const notifyOneByOne: Litmus = {
  ...sleeping,
  name: 'notify one by one',
  about: 'A notify of one wakes one if anybody sleeps.',
  threads: [
    reads(2, (words, x) => {
      linger(300);
      Atomics.store(words, x, 1);
      return 10 * Atomics.notify(words, x, 1) + Atomics.notify(words, x, 1);
    }),
    reads(1, sleeper),
    reads(1, sleeper),
  ],
  allowed: ['00 0 0', '10 0 1', '10 1 0', '11 1 1'],
};

/**
 * The first sleeps while the word is 0, the second while it is 1: if both sleep, the first was there first. A notify of
 * one wakes the first in line, who leaves a note in y and passes the wake-up on.
 */
export const firstInFirstOut: Litmus = {
  ...sleeping,
  name: 'first in, first out',
  about: 'Who slept first is woken first: the second finds its note.',
  threads: [
    reads(1, (words, x, y) => {
      const how = sleep(words, x, 0);
      if (how === WOKEN) {
        Atomics.store(words, y, 1);
        Atomics.notify(words, x, 1);
      }
      return how;
    }),
    reads(2, (words, x, y) => {
      linger(1_000);
      if (Atomics.compareExchange(words, x, 0, 1) !== 0) return 0;
      const how = sleep(words, x, 1);
      const note = Atomics.load(words, y);
      if (how === WOKEN) Atomics.notify(words, x, 1);
      return how === NOT_EQUAL ? 0 : 10 * how + note;
    }),
    reads(1, (words, x) => {
      linger(20_000);
      Atomics.store(words, x, 2);
      return Atomics.notify(words, x, 1);
    }),
  ],
  allowed: ['0 00 0', '0 10 1', '1 00 1', '1 11 1'],
};

/** All of them. */
export const sleepers: readonly Litmus[] = [
  sleepOrSee,
  payloadOfWakeUp,
  notifyAll,
  notifyOneByOne,
  firstInFirstOut,
];
