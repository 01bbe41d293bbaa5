/** Orders that atomics promise: the classic programs, in which every access is atomic. */
import { type Litmus, reads, writes } from '../program.js';

const atomic = { racy: false, sleeps: false } as const;

export const storeBuffering: Litmus = {
  ...atomic,
  name: 'store buffering',
  about: 'Both store, then load what the other stores: one of the two sees the other.',
  threads: [
    reads(1, (words, x, y) => {
      Atomics.store(words, x, 1);
      return Atomics.load(words, y);
    }),
    reads(1, (words, x, y) => {
      Atomics.store(words, y, 1);
      return Atomics.load(words, x);
    }),
  ],
  allowed: ['0 1', '1 0', '1 1'],
};

export const storeBufferingByExchange: Litmus = {
  ...atomic,
  name: 'store buffering, by exchange',
  about: "Dekker's entry with exchanges in place of stores.",
  threads: [
    reads(1, (words, x, y) => {
      Atomics.exchange(words, x, 1);
      return Atomics.load(words, y);
    }),
    reads(1, (words, x, y) => {
      Atomics.exchange(words, y, 1);
      return Atomics.load(words, x);
    }),
  ],
  allowed: ['0 1', '1 0', '1 1'],
};

export const messagePassing: Litmus = {
  ...atomic,
  name: 'message passing',
  about: 'Whoever sees the flag sees the message.',
  threads: [
    writes((words, x, y) => {
      Atomics.store(words, x, 1);
      Atomics.store(words, y, 1);
    }),
    reads(2, (words, x, y) => 10 * Atomics.load(words, y) + Atomics.load(words, x)),
  ],
  allowed: ['00', '01', '11'],
};

export const loadBuffering: Litmus = {
  ...atomic,
  name: 'load buffering',
  about: 'Both load, then store what the other loads: nobody reads what depends on its own store.',
  threads: [
    reads(1, (words, x, y) => {
      const seen = Atomics.load(words, x);
      Atomics.store(words, y, 1);
      return seen;
    }),
    reads(1, (words, x, y) => {
      const seen = Atomics.load(words, y);
      Atomics.store(words, x, 1);
      return seen;
    }),
  ],
  allowed: ['0 0', '0 1', '1 0'],
};

export const independentReads: Litmus = {
  ...atomic,
  name: 'IRIW',
  about: 'Independent reads of independent writes: two readers agree on the order of the writes.',
  threads: [
    writes((words, x) => void Atomics.store(words, x, 1)),
    writes((words, _x, y) => void Atomics.store(words, y, 1)),
    reads(2, (words, x, y) => 10 * Atomics.load(words, x) + Atomics.load(words, y)),
    reads(2, (words, x, y) => 10 * Atomics.load(words, y) + Atomics.load(words, x)),
  ],
  allowed: ['00', '01', '10', '11']
    .flatMap((first) => ['00', '01', '10', '11'].map((second) => `${first} ${second}`))
    .filter((outcome) => outcome !== '10 10'),
};

export const writeToRead: Litmus = {
  ...atomic,
  name: 'WRC',
  about: 'Write-to-read causality: what the second thread saw, the third sees too.',
  threads: [
    writes((words, x) => void Atomics.store(words, x, 1)),
    reads(1, (words, x, y) => {
      const seen = Atomics.load(words, x);
      Atomics.store(words, y, seen);
      return seen;
    }),
    reads(2, (words, x, y) => 10 * Atomics.load(words, y) + Atomics.load(words, x)),
  ],
  allowed: ['0 00', '0 01', '1 00', '1 01', '1 11'],
};

export const coherence: Litmus = {
  ...atomic,
  name: 'coherence (CoRR)',
  about: 'Two loads of one word never see it go back.',
  threads: [
    writes((words, x) => {
      Atomics.store(words, x, 1);
      Atomics.store(words, x, 2);
    }),
    reads(2, (words, x) => 10 * Atomics.load(words, x) + Atomics.load(words, x)),
  ],
  allowed: ['00', '01', '02', '11', '12', '22'],
};

export const twoByTwoWrites: Litmus = {
  ...atomic,
  name: '2+2W',
  about: 'Two stores each, in opposite order: the first stores cannot both come last.',
  threads: [
    writes((words, x, y) => {
      Atomics.store(words, x, 1);
      Atomics.store(words, y, 2);
    }),
    writes((words, x, y) => {
      Atomics.store(words, y, 1);
      Atomics.store(words, x, 2);
    }),
  ],
  end: reads(2, (words, x, y) => 10 * Atomics.load(words, x) + Atomics.load(words, y)),
  allowed: ['12', '21', '22'],
};

export const shapeR: Litmus = {
  ...atomic,
  name: 'R',
  about: 'If the store of the second thread comes last, its load sees the first store of the other.',
  threads: [
    writes((words, x, y) => {
      Atomics.store(words, x, 1);
      Atomics.store(words, y, 1);
    }),
    reads(1, (words, x, y) => {
      Atomics.store(words, y, 2);
      return Atomics.load(words, x);
    }),
  ],
  end: reads(1, (words, _x, y) => Atomics.load(words, y)),
  allowed: ['0 1', '1 1', '1 2'],
};

export const shapeS: Litmus = {
  ...atomic,
  name: 'S',
  about: 'Who saw the second store stores after the first.',
  threads: [
    writes((words, x, y) => {
      Atomics.store(words, x, 2);
      Atomics.store(words, y, 1);
    }),
    reads(1, (words, x, y) => {
      const seen = Atomics.load(words, y);
      Atomics.store(words, x, 1);
      return seen;
    }),
  ],
  end: reads(1, (words, x) => Atomics.load(words, x)),
  allowed: ['0 1', '0 2', '1 1'],
};

export const additions: Litmus = {
  ...atomic,
  name: 'additions',
  about: 'No addition is lost, and each sees the one before it.',
  threads: [
    reads(1, (words, x) => Atomics.add(words, x, 1)),
    reads(1, (words, x) => Atomics.add(words, x, 1)),
  ],
  end: reads(1, (words, x) => Atomics.load(words, x)),
  allowed: ['0 1 2', '1 0 2'],
};

/** All of them. */
export const ordering: readonly Litmus[] = [
  storeBuffering,
  storeBufferingByExchange,
  messagePassing,
  loadBuffering,
  independentReads,
  writeToRead,
  coherence,
  twoByTwoWrites,
  shapeR,
  shapeS,
  additions,
];
