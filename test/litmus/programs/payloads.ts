/** What a ring relies on: plain payloads behind atomic words. No race in any of them. */
import { type Litmus, reads, writes } from '../program.js';

const guarded = { racy: false, sleeps: false } as const;

export const publication: Litmus = {
  ...guarded,
  name: 'publication',
  about: 'A plain payload behind an atomic flag.',
  threads: [
    writes((words, x, y) => {
      words[x] = 1;
      Atomics.store(words, y, 1);
    }),
    reads(2, (words, x, y) => (Atomics.load(words, y) === 1 ? 10 + words[x] : 0)),
  ],
  allowed: ['00', '11'],
};

export const publicationByExchange: Litmus = {
  ...guarded,
  name: 'publication, by compare-and-exchange',
  about: "A plain payload behind the ring's way to publish.",
  threads: [
    writes((words, x, y) => {
      words[x] = 1;
      Atomics.compareExchange(words, y, 0, 4);
    }),
    reads(2, (words, x, y) => (Atomics.load(words, y) === 4 ? 10 + words[x] : 0)),
  ],
  allowed: ['00', '11'],
};

export const chain: Litmus = {
  ...guarded,
  name: 'publication by way of a third',
  about: 'A consumer that comes after another reads what that one was given.',
  threads: [
    writes((words, x, y) => {
      words[x] = 1;
      Atomics.store(words, y, 1);
    }),
    writes((words, _x, y, z) => {
      if (Atomics.load(words, y) === 1) Atomics.store(words, z, 1);
    }),
    reads(2, (words, x, _y, z) => (Atomics.load(words, z) === 1 ? 10 + words[x] : 0)),
  ],
  allowed: ['00', '11'],
};

export const reuse: Litmus = {
  ...guarded,
  name: 'reuse of a slot',
  about: 'A slot that was released is written again; its reader has not seen that.',
  threads: [
    reads(1, (words, x, y) => {
      const seen = words[x];
      Atomics.store(words, y, 1);
      return seen;
    }),
    reads(1, (words, x, y) => {
      const released = Atomics.load(words, y);
      if (released === 1) words[x] = 1;
      return released;
    }),
  ],
  allowed: ['0 0', '0 1'],
};

/** All of them. */
export const payloads: readonly Litmus[] = [publication, publicationByExchange, chain, reuse];
