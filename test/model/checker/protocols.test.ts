/**
 * The seeded bugs of the reference's section 6.2 that need no library, each with the failure it must be found by, and the
 * correct forms, which must pass.
 */

import { describe, expect, test } from 'vitest';
import type { FailureKind, Options, Program } from './index.js';
import { check } from './index.js';
import { litmus } from './programs/litmus.js';
import { awaitWord, distance, spsc, storeAndNotify } from './programs/spsc.js';
import type { SpscRing } from './programs/spsc.js';

const CURSOR = 0;
const GATE = 1;
const CURSOR_WAITERS = 2;
const GATE_WAITERS = 3;

const twoEvents: SpscRing = { events: 2, capacity: 1 };
const ring = (change: Partial<SpscRing>, consumers = 1): Program =>
  spsc('ring', { ...twoEvents, ...change }, consumers) as Program;

describe('a ring with one producer and one consumer that park', () => {
  test.each([
    ['capacity 1, 2 events', { events: 2, capacity: 1 }, {}],
    ['capacity 2, 3 events', { events: 3, capacity: 2 }, {}],
    ['two below the sign change', { events: 3, capacity: 2, start: 2 ** 31 - 3 }, {}],
    ['two below the wrap', { events: 3, capacity: 2, start: -2 }, {}],
    ['with a stray wake-up', { events: 2, capacity: 2 }, { strayWakeups: 1 }],
  ] as [string, SpscRing, Options][])('passes: %s', (_name, shape, options) => {
    const program = spsc('ring', shape);
    expect(check(program, { strategy: 'dpor', ...options })).toMatchObject({
      verdict: 'pass',
      complete: true,
    });
    expect(check(program, options)).toMatchObject({ verdict: 'pass', complete: true });
  });

  const bugs: [string, FailureKind, Program, Options?][] = [
    [
      'published before it is written',
      'race',
      ring({
        produce: ({ slots }, _position, slot, value, publish) => {
          publish();
          slots[slot] = value;
        },
      }),
    ],
    [
      'the cursor stored plainly',
      'race',
      ring({
        publish: ({ words }, position) => {
          words[CURSOR] = position;
          if (Atomics.load(words, CURSOR_WAITERS) !== 0) Atomics.notify(words, CURSOR);
        },
      }),
    ],
    [
      'a slot released before it is read',
      'race',
      ring({
        consume: ({ words, slots }, next, slot) => {
          storeAndNotify(words, GATE, GATE_WAITERS, next);
          return slots[slot];
        },
      }),
    ],
    [
      'the gate stored plainly',
      'race',
      ring({
        consume: ({ words, slots }, next, slot) => {
          const value = slots[slot];
          words[GATE] = next;
          if (Atomics.load(words, GATE_WAITERS) !== 0) Atomics.notify(words, GATE);
          return value;
        },
      }),
    ],
    [
      'the gate read plainly',
      'race',
      ring({
        awaitGate(words, position) {
          for (let gate = words[GATE]; distance(gate, position) <= 0; gate = words[GATE]!) {
            Atomics.add(words, GATE_WAITERS, 1);
            Atomics.wait(words, GATE, gate);
            Atomics.sub(words, GATE_WAITERS, 1);
          }
        },
      }),
    ],
    ['the gate assumed free', 'assertion', ring({ isFull: () => false })],
    [
      'the full test off by one',
      'assertion',
      ring({ isFull: (position, gate) => distance(position, gate) > 1 }),
    ],
    [
      'a waiter that registers after its last look',
      'deadlock',
      ring({
        awaitCursor(words, position) {
          for (;;) {
            const cursor = Atomics.load(words, CURSOR);
            if (distance(cursor, position) > 0) return;
            Atomics.add(words, CURSOR_WAITERS, 1);
            sleepAfterStore(words, cursor);
            Atomics.sub(words, CURSOR_WAITERS, 1);
          }
        },
      }),
    ],
    [
      'waiters counted before publishing',
      'deadlock',
      ring({
        publish: ({ words }, position) => {
          const waiters = Atomics.load(words, CURSOR_WAITERS);
          Atomics.store(words, CURSOR, position);
          if (waiters !== 0) Atomics.notify(words, CURSOR);
        },
      }),
    ],
    [
      'the notify dropped',
      'deadlock',
      ring({ publish: ({ words }, position) => void Atomics.store(words, CURSOR, position) }),
    ],
    [
      'if for while around the wait',
      'race',
      ring({
        capacity: 2,
        awaitCursor(words, position) {
          Atomics.add(words, CURSOR_WAITERS, 1);
          const cursor = Atomics.load(words, CURSOR);
          if (distance(cursor, position) <= 0) Atomics.wait(words, CURSOR, cursor);
          Atomics.sub(words, CURSOR_WAITERS, 1);
        },
      }),
      { strayWakeups: 1 },
    ],
    [
      'positions compared without wrapping, by the producer',
      'race',
      ring({
        events: 4,
        capacity: 2,
        start: 2 ** 31 - 3,
        isFull: (position, gate) => position - gate >= 2,
      }),
    ],
    [
      'positions compared without wrapping, by the consumer',
      'deadlock',
      ring({
        start: 2 ** 31 - 1,
        awaitCursor: (words, position) =>
          awaitWord(words, CURSOR, CURSOR_WAITERS, (cursor) => cursor > position),
      }),
    ],
    [
      'a batch that publishes its first position, not its last',
      'deadlock',
      ring({
        capacity: 2,
        produce: ({ words, slots }, position, slot, value) => {
          slots[slot] = value;
          if (slot === 1) storeAndNotify(words, CURSOR, CURSOR_WAITERS, position);
        },
      }),
    ],
    [
      'the waiter count read plainly after the store: only the race shows it',
      'race',
      ring({
        publish: ({ words }, position) => {
          Atomics.store(words, CURSOR, position);
          if (words[CURSOR_WAITERS] !== 0) Atomics.notify(words, CURSOR);
        },
      }),
    ],
    [
      'a halt flag read plainly in the wait loop',
      'race',
      ring({
        awaitCursor: (words, position) =>
          awaitWord(
            words,
            CURSOR,
            CURSOR_WAITERS,
            (cursor) => distance(cursor, position) > 0 || words[5] === 1,
          ),
        produce: ({ words, slots }, _position, slot, value, publish) => {
          slots[slot] = value;
          publish();
          words[5] = 0;
        },
      }),
    ],
  ];

  test.each(bugs)('found: %s (%s)', (_name, kind, program, options = {}) => {
    expect(check(program, options).verdict).toBe(kind);
    expect(check(program, { strategy: 'dpor', ...options }).verdict).toBe(kind);
  });
});

/** Sleeps with whatever value the word has by now: the mistake of looking again without deciding again. */
function sleepAfterStore(words: Int32Array, seen: number): void {
  const now = Atomics.load(words, CURSOR);
  Atomics.wait(words, CURSOR, now === seen ? seen : now);
}

describe('one producer and two consumers that see every event', () => {
  const consume: SpscRing['consume'] = ({ slots }, _next, slot) => slots[slot];

  test('passes when all waiters are notified', () => {
    const program = ring({ events: 1, capacity: 2, consume }, 2);
    expect(check(program, { strategy: 'dpor' })).toMatchObject({ verdict: 'pass', complete: true });
  });

  test('found: one of them notified (deadlock)', () => {
    const publish: SpscRing['publish'] = ({ words }, position) => {
      Atomics.store(words, CURSOR, position);
      if (Atomics.load(words, CURSOR_WAITERS) !== 0) Atomics.notify(words, CURSOR, 1);
    };
    const program = ring({ events: 1, capacity: 2, consume, publish }, 2);
    expect(check(program).verdict).toBe('deadlock');
    expect(check(program, { strategy: 'dpor' }).verdict).toBe('deadlock');
  });
});

describe('flags in place of a count', () => {
  const publishes = 3;

  /** Section 1.4 B: one flag word per waiter, which is also what it sleeps on. */
  function flagPerWaiter(consumers: number): Program<Int32Array> {
    const producer = (words: Int32Array): void => {
      for (let position = 1; position <= publishes - consumers; position++) {
        Atomics.store(words, CURSOR, position);
        for (let flag = 1; flag <= consumers; flag++) {
          if (Atomics.load(words, flag) === 0) continue;
          Atomics.store(words, flag, 0);
          Atomics.notify(words, flag);
        }
      }
    };
    const consumer =
      (flag: number) =>
      (words: Int32Array): void => {
        for (let position = 1; position <= publishes - consumers; position++) {
          for (;;) {
            Atomics.store(words, flag, 1);
            if (Atomics.load(words, CURSOR) >= position) {
              Atomics.store(words, flag, 0);
              break;
            }
            Atomics.wait(words, flag, 1);
            if (Atomics.load(words, CURSOR) >= position) break;
          }
        }
      };
    return litmus(
      'flag per waiter',
      [producer, ...Array.from({ length: consumers }, (_, i) => consumer(i + 1))],
      {
        strategy: 'dpor',
      },
    );
  }

  test.each([1, 2])('a flag per waiter passes, %i waiters', (consumers) => {
    expect(check(flagPerWaiter(consumers))).toMatchObject({ verdict: 'pass', complete: true });
  });

  /** Section 1.4 C: LMAX's lite blocking strategy without its mutex. The flag is the producers', the sleep on the cursor. */
  const liteBlocking = litmus('lite blocking', [
    (words) => {
      for (let position = 1; position <= 2; position++) {
        Atomics.store(words, CURSOR, position);
        if (Atomics.exchange(words, 1, 0) === 1) Atomics.notify(words, CURSOR);
      }
    },
    (words) => {
      for (let position = 1; position <= 2; position++) {
        for (;;) {
          Atomics.store(words, 1, 1);
          const seen = Atomics.load(words, CURSOR);
          if (seen >= position) break;
          Atomics.wait(words, CURSOR, seen);
        }
      }
    },
  ]);

  test('found: lite blocking without its mutex (deadlock), which two preemptions do not show', () => {
    expect(check(liteBlocking, { strategy: 'bounded' }).verdict).toBe('deadlock');
    expect(check(liteBlocking, { strategy: 'dpor' }).verdict).toBe('deadlock');
  });

  /** Section 1.4 D: one flag for all waiters, which is also what they sleep on. */
  const sharedFlag = (consumers: number): Program<Int32Array> => {
    const consumer = (words: Int32Array): void => {
      for (;;) {
        Atomics.store(words, 1, 1);
        if (Atomics.load(words, CURSOR) >= 1) break;
        Atomics.wait(words, 1, 1);
      }
    };
    const producer = (words: Int32Array): void => {
      Atomics.store(words, CURSOR, 1);
      if (Atomics.exchange(words, 1, 0) === 1) Atomics.notify(words, 1);
    };
    return litmus('shared flag', [producer, ...Array.from({ length: consumers }, () => consumer)]);
  };

  test('found: a flag shared by two waiters (deadlock), which one waiter does not show', () => {
    expect(check(sharedFlag(1), { strategy: 'dpor' }).verdict).toBe('pass');
    expect(check(sharedFlag(2), { strategy: 'dpor' }).verdict).toBe('deadlock');
    expect(check(sharedFlag(2), { strategy: 'bounded' }).verdict).toBe('deadlock');
  });
});

describe('two producers', () => {
  const CLAIM = 1;
  const slots = 8;

  function producers(
    claim: (words: Int32Array) => number,
    publish: (words: Int32Array, position: number) => void,
  ): Program<Int32Array> {
    const producer = (words: Int32Array): void => {
      const position = claim(words);
      words[slots + position] = 1;
      publish(words, position + 1);
    };
    const consumer = (words: Int32Array, observe: (value: unknown) => void): void => {
      for (let position = 0; position < 2; position++) {
        let cursor;
        while ((cursor = Atomics.load(words, CURSOR)) <= position) Atomics.wait(words, CURSOR, cursor);
        observe(words[slots + position]);
      }
    };
    const program = litmus('two producers', [producer, producer, consumer], { strategy: 'dpor' });
    return { ...program, finally: ({ observed }) => void expect(observed['t2']).toEqual([1, 1]) };
  }

  const add = (words: Int32Array): number => Atomics.add(words, CLAIM, 1);
  const inOrder = (words: Int32Array, position: number): void => {
    let cursor;
    while ((cursor = Atomics.load(words, CURSOR)) !== position - 1) Atomics.wait(words, CURSOR, cursor);
    Atomics.store(words, CURSOR, position);
    Atomics.notify(words, CURSOR);
  };

  test('pass when they claim by adding and publish in the order of their claims', () => {
    expect(check(producers(add, inOrder))).toMatchObject({ verdict: 'pass', complete: true });
  });

  test('found: a claim by load and store (race)', () => {
    const loadAndStore = (words: Int32Array): number => {
      const position = Atomics.load(words, CLAIM);
      Atomics.store(words, CLAIM, position + 1);
      return position;
    };
    const twice = producers(loadAndStore, (words, position) => {
      Atomics.store(words, CURSOR, position);
      Atomics.notify(words, CURSOR);
    });
    expect(check(twice).verdict).toBe('race');
  });

  test('found: a publish over a hole (race)', () => {
    const overHole = (words: Int32Array, position: number): void => {
      for (
        let cursor = Atomics.load(words, CURSOR);
        cursor < position;
        cursor = Atomics.load(words, CURSOR)
      ) {
        if (Atomics.compareExchange(words, CURSOR, cursor, position) === cursor) break;
      }
      Atomics.notify(words, CURSOR);
    };
    expect(check(producers(add, overHole)).verdict).toBe('race');
  });

  test('found: a producer killed between claim and publish (deadlock)', () => {
    expect(check(producers(add, inOrder), { kill: ['t0'] }).verdict).toBe('deadlock');
  });
});
