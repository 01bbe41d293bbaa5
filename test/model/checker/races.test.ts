import { describe, expect, test } from 'vitest';
import type { Program, ThreadEnv } from './index.js';
import { check, recordingViews } from './index.js';

interface Shared {
  readonly flag: Int32Array;
  readonly buffer: SharedArrayBuffer;
}

/** One thread does something and raises a flag; the other does something when it sees the flag, or at once. */
function pair(
  first: (buffer: SharedArrayBuffer) => void,
  second: (buffer: SharedArrayBuffer) => void,
  synchronized: 'synchronized' | 'at any time',
): Program<Shared> {
  return {
    name: `${synchronized}`,
    setup: () => {
      const buffer = recordingViews.allocate(128);
      return { buffer, flag: recordingViews.words(buffer, 0, 1) };
    },
    threads: {
      first({ shared }: ThreadEnv<Shared>) {
        first(shared.buffer);
        Atomics.store(shared.flag, 0, 1);
      },
      second({ shared }: ThreadEnv<Shared>) {
        if (Atomics.load(shared.flag, 0) === 1 || synchronized === 'at any time') second(shared.buffer);
      },
    },
    options: { strategy: 'dpor' },
  };
}

const views = recordingViews;
const f64 = (buffer: SharedArrayBuffer): Float64Array => views.column('f64', buffer, 64, 8);
const u64 = (buffer: SharedArrayBuffer): BigUint64Array => views.column('u64', buffer, 64, 8);

describe('accesses that conflict', () => {
  const conflicts: [
    string,
    string,
    (buffer: SharedArrayBuffer) => void,
    (buffer: SharedArrayBuffer) => void,
  ][] = [
    [
      'a plain write and a plain read of a float',
      'race',
      (b) => void (f64(b)[1] = 0.5),
      (b) => void f64(b)[1],
    ],
    [
      'a plain read and a plain write of a bigint',
      'race',
      (b) => void u64(b)[2],
      (b) => void (u64(b)[2] = 5n),
    ],
    [
      'a float and one byte of it',
      'race',
      (b) => void (f64(b)[1] = 0.5),
      (b) => void views.bytes(b, 79, 1)[0],
    ],
    [
      'an atomic store and a plain read',
      'race',
      (b) => void Atomics.store(views.words(b, 64, 1), 0, 1),
      (b) => void views.words(b, 64, 1)[0],
    ],
    [
      'an atomic load and a plain write',
      'race',
      (b) => void Atomics.load(views.words(b, 64, 1), 0),
      (b) => void (views.words(b, 64, 1)[0] = 1),
    ],
    [
      'an atomic word and a plain float over it',
      'race',
      (b) => void Atomics.store(views.words(b, 64, 1), 0, 1),
      (b) => void f64(b)[0],
    ],
    [
      'an atomic word and an atomic byte of it',
      'mixed-size race',
      (b) => void Atomics.store(views.words(b, 64, 1), 0, 1),
      (b) => void Atomics.load(views.column('u8', b, 66, 1), 0),
    ],
    [
      'an atomic bigint and an atomic half of it',
      'mixed-size race',
      (b) => void Atomics.add(u64(b), 0, 1n),
      (b) => void Atomics.add(views.words(b, 68, 1), 0, 1),
    ],
    [
      'a range that is set and one that is sliced',
      'race',
      (b) => void views.bytes(b, 64, 8).set([1, 2, 3], 2),
      (b) => void views.bytes(b, 64, 8).slice(4, 6),
    ],
    [
      'a range that is filled and an element of it',
      'race',
      (b) => void f64(b).subarray(2).fill(1),
      (b) => void f64(b)[7],
    ],
  ];

  test.each(conflicts)('%s: a %s', (_name, kind, first, second) => {
    expect(check(pair(first, second, 'at any time')).verdict).toBe(kind);
    expect(check(pair(second, first, 'at any time')).verdict).toBe(kind);
  });

  test.each(conflicts)('%s: none after a flag', (_name, _kind, first, second) => {
    expect(check(pair(first, second, 'synchronized'))).toMatchObject({ verdict: 'pass', complete: true });
  });
});

describe('accesses that do not conflict', () => {
  test.each<[string, (buffer: SharedArrayBuffer) => void, (buffer: SharedArrayBuffer) => void]>([
    ['two plain reads', (b) => void f64(b)[1], (b) => void f64(b)[1]],
    ['neighbours in a column', (b) => void (f64(b)[1] = 1), (b) => void (f64(b)[2] = 1)],
    [
      'neighbouring bytes of a word',
      (b) => void (views.bytes(b, 64, 4)[1] = 1),
      (b) => void (views.bytes(b, 64, 4)[2] = 1),
    ],
    [
      'two atomics of one range',
      (b) => void Atomics.store(views.words(b, 64, 1), 0, 1),
      (b) => void Atomics.add(views.words(b, 64, 1), 0, 1),
    ],
    [
      'atomics of one range through views of two kinds',
      (b) => void Atomics.store(views.words(b, 64, 1), 0, 1),
      (b) => void Atomics.load(views.column('u32', b, 64, 1), 0),
    ],
  ])('%s', (_name, first, second) => {
    expect(check(pair(first, second, 'at any time')).verdict).toBe('pass');
  });
});

/** Threads over one buffer of words; plain accesses to `DATA`, atomic ones to the others. */
function threads(bodies: Record<string, (words: Int32Array) => void>): Program<Int32Array> {
  const entries = Object.entries(bodies).map(([name, body]) => [
    name,
    ({ shared }: ThreadEnv<Int32Array>): void => body(shared),
  ]);
  return {
    name: 'edges',
    setup: () => recordingViews.words(recordingViews.allocate(64), 0, 16),
    threads: Object.fromEntries(entries) as Program<Int32Array>['threads'],
    options: { strategy: 'dpor' },
  };
}

const DATA = 0;
const FLAG = 4;
const OTHER = 8;

describe('what orders two threads', () => {
  test('a chain through a third thread', () => {
    const program = threads({
      writer(words) {
        words[DATA] = 1;
        Atomics.store(words, FLAG, 1);
      },
      relay(words) {
        if (Atomics.load(words, FLAG) === 1) Atomics.store(words, OTHER, 1);
      },
      reader(words) {
        if (Atomics.load(words, OTHER) === 1) void words[DATA];
      },
    });
    expect(check(program).verdict).toBe('pass');
  });

  test('a read-modify-write keeps what it replaces', () => {
    const program = threads({
      writer(words) {
        words[DATA] = 1;
        Atomics.add(words, FLAG, 1);
      },
      counter: (words) => void Atomics.add(words, FLAG, 2),
      reader(words) {
        if ((Atomics.load(words, FLAG) & 1) === 1) void words[DATA];
      },
    });
    expect(check(program).verdict).toBe('pass');
  });

  test('a wake-up', () => {
    const program = threads({
      writer(words) {
        words[DATA] = 1;
        while (Atomics.notify(words, FLAG) === 0) Atomics.pause();
      },
      reader(words) {
        Atomics.wait(words, FLAG, 0);
        void words[DATA];
      },
      // The spinning writer is let go on by this.
      other: (words) => void Atomics.store(words, OTHER, 1),
    });
    expect(check(program, { maxSchedules: 200, stop: 'never' }).outcomes).not.toContain('!race');
  });

  test('the end of a thread that is waited for', () => {
    const program = threads({ writer: (words) => void (words[DATA] = 1) });
    const joined: typeof program = {
      ...program,
      threads: {
        ...program.threads,
        reader({ shared, join }) {
          join('writer');
          void shared[DATA];
        },
      },
    };
    expect(check(joined).verdict).toBe('pass');
  });
});

describe('what does not order two threads', () => {
  test('a store over the flag: only the last write is read from', () => {
    const program = threads({
      writer(words) {
        words[DATA] = 1;
        Atomics.store(words, FLAG, 1);
      },
      other: (words) => void Atomics.store(words, FLAG, 2),
      reader(words) {
        if (Atomics.load(words, FLAG) === 2) void words[DATA];
      },
    });
    expect(check(program).verdict).toBe('race');
  });

  test('a compareExchange that fails: it is a read, and releases nothing', () => {
    const program = threads({
      writer(words) {
        words[DATA] = 1;
        Atomics.compareExchange(words, FLAG, 5, 6);
      },
      reader(words) {
        Atomics.add(words, FLAG, 0);
        void words[DATA];
      },
    });
    expect(check(program).verdict).toBe('race');
  });

  test('an atomic on another word: it is no fence', () => {
    const program = threads({
      writer(words) {
        words[DATA] = 1;
        Atomics.add(words, FLAG, 1);
      },
      reader(words) {
        Atomics.add(words, OTHER, 1);
        void words[DATA];
      },
    });
    expect(check(program).verdict).toBe('race');
  });

  test('a write after the release: the flag covers what came before it', () => {
    const program = threads({
      writer(words) {
        Atomics.store(words, FLAG, 1);
        words[DATA] = 1;
      },
      reader(words) {
        if (Atomics.load(words, FLAG) === 1) void words[DATA];
      },
    });
    expect(check(program).verdict).toBe('race');
  });

  test('a wait that is not on the word that is notified', () => {
    const program = threads({
      writer(words) {
        words[DATA] = 1;
        Atomics.notify(words, OTHER);
      },
      reader(words) {
        Atomics.wait(words, FLAG, 1);
        void words[DATA];
      },
    });
    expect(check(program).verdict).toBe('race');
  });
});
