/** Programs that are wrong on purpose, or claim too much: what the runner's own tests must see reported. */
import { type Litmus, reads, writes } from '../program.js';
import { linger } from './linger.js';
import { storeBuffering } from './ordering.js';
import { sleep } from './sleeping.js';

export const flagFirst: Litmus = {
  name: 'broken: the flag before the payload',
  about: 'Message passing with its two stores in the wrong order.',
  threads: [
    writes((words, x, y) => {
      Atomics.store(words, y, 1);
      linger(200);
      Atomics.store(words, x, 1);
    }),
    reads(2, (words, x, y) => 10 * Atomics.load(words, y) + Atomics.load(words, x)),
  ],
  allowed: ['00', '01', '11'],
  racy: false,
  sleeps: false,
};

export const nobodyGoesFirst: Litmus = {
  ...storeBuffering,
  name: 'broken: nobody goes first',
  about: 'Store buffering with the claim that both always see each other.',
  allowed: ['1 1'],
};

export const sleepsThroughIt: Litmus = {
  name: 'broken: sleeps without another look',
  about: 'Sleeps on a word that the publisher does not change: a notify that comes first is lost.',
  threads: [
    reads(1, (words, _x, y) => Atomics.notify(words, y)),
    reads(1, (words, _x, y) => sleep(words, y, 0, 1)),
  ],
  allowed: ['1 1'],
  racy: false,
  sleeps: true,
};

export const throws: Litmus = {
  ...storeBuffering,
  name: 'broken: a thread that throws',
  about: 'One thread throws, while the other waits for it at the barrier.',
  threads: [
    storeBuffering.threads[0],
    reads(1, () => {
      throw new Error('thrown on purpose');
    }),
  ],
};

/** All of them. */
export const broken: readonly Litmus[] = [flagFirst, nobodyGoesFirst, sleepsThroughIt, throws];
