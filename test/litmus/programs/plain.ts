/**
 * Plain accesses that race: what the ring must never rely on. Here a weak outcome is no fault of an engine; one that shows
 * says what real threads do, and that this suite can see it.
 */
import { type Litmus, reads, writes } from '../program.js';

const racing = { racy: true, sleeps: false } as const;

export const plainStoreBuffering: Litmus = {
  ...racing,
  name: 'store buffering, plain',
  about: 'Both write, then read what the other writes: a write may wait in a store buffer.',
  threads: [
    reads(1, (words, x, y) => {
      words[x] = 1;
      return words[y];
    }),
    reads(1, (words, x, y) => {
      words[y] = 1;
      return words[x];
    }),
  ],
  allowed: ['0 1', '1 0', '1 1'],
  interesting: ['0 0'],
};

export const plainLoads: Litmus = {
  ...racing,
  name: 'store buffering, atomic stores and plain reads',
  about: 'An atomic store is no fence for the plain read behind it, although on x86 it works as one.',
  threads: [
    reads(1, (words, x, y) => {
      Atomics.store(words, x, 1);
      return words[y];
    }),
    reads(1, (words, x, y) => {
      Atomics.store(words, y, 1);
      return words[x];
    }),
  ],
  allowed: ['0 1', '1 0', '1 1'],
  interesting: ['0 0'],
};

export const plainMessagePassing: Litmus = {
  ...racing,
  name: 'publication through a plain flag',
  about: 'Flag and payload are plain: the flag may come before the payload.',
  threads: [
    writes((words, x, y) => {
      words[x] = 1;
      words[y] = 1;
    }),
    reads(2, (words, x, y) => 10 * words[y] + words[x]),
  ],
  allowed: ['00', '01', '11'],
  interesting: ['10'],
};

export const plainLoadBuffering: Litmus = {
  ...racing,
  name: 'load buffering, plain',
  about: 'Both read, then write what the other reads.',
  threads: [
    reads(1, (words, x, y) => {
      const seen = words[x];
      words[y] = 1;
      return seen;
    }),
    reads(1, (words, x, y) => {
      const seen = words[y];
      words[x] = 1;
      return seen;
    }),
  ],
  allowed: ['0 0', '0 1', '1 0'],
  interesting: ['1 1'],
};

export const plainCoherence: Litmus = {
  ...racing,
  name: 'coherence (CoRR), plain',
  about: 'Two plain reads of one word may be merged, or change places.',
  threads: [
    writes((words, x) => {
      words[x] = 1;
      words[x] = 2;
    }),
    reads(2, (words, x) => 10 * words[x] + words[x]),
  ],
  allowed: ['00', '01', '02', '11', '12', '22'],
  interesting: ['10', '20', '21'],
};

export const plainR: Litmus = {
  ...racing,
  name: 'R, plain',
  about: 'The other shape that x86 lets through: a write, then a read of another word.',
  threads: [
    writes((words, x, y) => {
      words[x] = 1;
      words[y] = 1;
    }),
    reads(1, (words, x, y) => {
      words[y] = 2;
      return words[x];
    }),
  ],
  end: reads(1, (words, _x, y) => words[y]),
  allowed: ['0 1', '1 1', '1 2'],
  interesting: ['0 2'],
};

const ONES = 0x11111111;
const TWOS = 0x22222222;

export const tearing: Litmus = {
  ...racing,
  name: 'tearing',
  about: 'A plain 32-bit read sees one write, never half of two.',
  threads: [
    writes((words, x) => {
      words[x] = ONES;
    }),
    writes((words, x) => {
      words[x] = TWOS;
    }),
    reads(1, (words, x) => {
      const seen = words[x];
      if (seen === 0) return 0;
      if (seen === ONES) return 1;
      return seen === TWOS ? 2 : 9;
    }),
  ],
  allowed: ['0', '1', '2'],
};

/** All of them. */
export const plain: readonly Litmus[] = [
  plainStoreBuffering,
  plainLoads,
  plainMessagePassing,
  plainLoadBuffering,
  plainCoherence,
  plainR,
  tearing,
];
