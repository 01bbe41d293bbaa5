import { describe, expect, test } from 'vitest';
import type { FinalEnv, Program } from './index.js';
import { check, CheckerError, recordingViews } from './index.js';
import { litmus } from './programs/litmus.js';

const WORD = 0;
const READY = 1;

/** Sleeps on WORD once, and tells. */
const sleeper = (words: Int32Array, observe: (value: unknown) => void): void => {
  observe(Atomics.wait(words, WORD, 0));
};

/** Waits until `count` threads have announced themselves; they go to sleep one step later, or have not yet. */
const announcing = (words: Int32Array, observe: (value: unknown) => void): void => {
  Atomics.add(words, READY, 1);
  sleeper(words, observe);
};

describe('wait and notify', () => {
  test('a wait for a value that the word does not have returns at once', () => {
    const program = litmus('not equal', [(words, observe) => observe(Atomics.wait(words, WORD, 7))]);
    expect(check(program).outcomes).toEqual(['not-equal']);
  });

  test('a wait with a time-out of zero returns at once', () => {
    const program = litmus('zero', [(words, observe) => observe(Atomics.wait(words, WORD, 0, 0))]);
    expect(check(program).outcomes).toEqual(['timed-out']);
  });

  test('a notify without a store is lost when it comes first', () => {
    const program = litmus('lost', [sleeper, (words) => void Atomics.notify(words, WORD)]);
    const { verdict, failure } = check(program);
    expect(verdict).toBe('deadlock');
    expect(failure!.message).toBe('nobody is left to wake: t0');
    expect(failure!.threads).toEqual([
      { name: 't0', state: 'asleep on buffer0+0' },
      { name: 't1', state: 'ended' },
    ]);
  });

  test('store and notify wake, in every order', () => {
    const program = litmus('woken', [
      sleeper,
      (words) => {
        Atomics.store(words, WORD, 1);
        Atomics.notify(words, WORD);
      },
    ]);
    expect(check(program)).toMatchObject({ verdict: 'pass', outcomes: ['not-equal', 'ok'] });
  });

  test('a store does not wake', () => {
    const program = litmus('store only', [sleeper, (words) => void Atomics.store(words, WORD, 1)]);
    expect(check(program).verdict).toBe('deadlock');
  });

  test('waiters are woken in the order in which they came, as many as asked for', () => {
    const program = litmus(
      'first come',
      [
        (words, observe) => {
          Atomics.store(words, READY, 1);
          Atomics.wait(words, WORD, 0);
          observe('first');
        },
        (words, observe) => {
          if (Atomics.load(words, READY) === 0) return;
          Atomics.wait(words, WORD, 0);
          observe('second');
        },
        (words, observe) => observe(Atomics.notify(words, WORD, 1)),
      ],
      { daemons: ['t0', 't1'] },
    );
    // 'second' alone: it came before the first one slept.
    expect(check(program).outcomes).toEqual(['0', 'first 1', 'second 1']);
    const two = litmus(
      'both',
      [announcing, announcing, (words, observe) => observe(Atomics.notify(words, WORD, 2))],
      { daemons: ['t0', 't1'] },
    );
    expect(check(two).outcomes).toEqual(['0', 'ok 1', 'ok ok 2']);
  });

  test('a notify through a view of another width wakes whoever sleeps at that address', () => {
    const program = litmus('widths', [
      sleeper,
      (words) => {
        while (
          Atomics.notify(new BigInt64Array(words.buffer as unknown as SharedArrayBuffer, 0, 1), 0) === 0
        ) {
          Atomics.add(words, READY, 1);
          if (Atomics.load(words, READY) > 3) return;
        }
      },
    ]);
    expect(
      check({ ...program, options: { strategy: 'dfs', stop: 'never', daemons: ['t0'] } }).outcomes,
    ).toContain('ok');
  });
});

describe('a spin that is counted', () => {
  // Parks after its last hint, while the other is about to write: the notify comes before, and nothing else does.
  const program = litmus('counted', [
    (words) => {
      for (let turn = 0; turn < 2; turn++) {
        Atomics.pause();
        if (Atomics.load(words, WORD) === 1) return;
      }
      Atomics.wait(words, READY, 0);
    },
    (words) => void Atomics.store(words, WORD, 1),
  ]);

  test.each(['dfs', 'dpor', 'pct'] as const)('is seen to its end by %s where hints are steps', (strategy) => {
    expect(check(program, { strategy, pauses: 'step' }).verdict).toBe('deadlock');
  });

  test('is not where hints wait for a write', () => {
    expect(check(program, { pauses: 'park' }).verdict).toBe('pass');
  });
});

describe('what else may happen to a waiter', () => {
  test('a time-out is none by default', () => {
    const program = litmus('safety', [(words, observe) => observe(Atomics.wait(words, WORD, 0, 10))]);
    expect(check(program).verdict).toBe('deadlock');
    expect(check(program, { timeouts: 1 })).toMatchObject({ verdict: 'pass', outcomes: ['timed-out'] });
  });

  test('a nap is no time-out, beside others that are', () => {
    const program = litmus('nap', [
      (words, observe) => observe(Atomics.wait(words, WORD, 0, 500)),
      (words, observe) => observe(Atomics.wait(words, WORD, 0, 10)),
    ]);
    expect(check(program, { timeouts: 2 })).toMatchObject({
      verdict: 'pass',
      outcomes: ['timed-out timed-out'],
    });
    expect(check(program, { timeouts: 2, napMs: 500 })).toMatchObject({
      verdict: 'deadlock',
      failure: { message: 'nobody is left to wake: t0' },
    });
  });

  test('where nothing else can happen, time passes for one after the other', () => {
    const naps = (words: Int32Array, observe: (value: unknown) => void): void => {
      while (Atomics.load(words, WORD) < 2) Atomics.wait(words, READY, 0, 500);
      observe('through');
    };
    const once = (words: Int32Array): void => {
      Atomics.add(words, WORD, 1);
      Atomics.wait(words, READY, 0, 500);
      Atomics.add(words, WORD, 1);
    };
    expect(check(litmus('in turns', [naps, once]), { timeouts: 1 })).toMatchObject({
      verdict: 'pass',
      outcomes: ['through'],
    });
  });

  test('deaths may be those of waiters only', () => {
    const program = litmus('dies asleep', [
      (words, observe) => {
        observe('a');
        Atomics.wait(words, WORD, 0);
        observe('b');
        Atomics.load(words, WORD);
        observe('c');
      },
      (words) => {
        Atomics.store(words, WORD, 1);
        Atomics.notify(words, WORD);
      },
    ]);
    expect(check(program, { kill: ['t0'] }).outcomes).toEqual(['a', 'ab', 'abc']);
    expect(check(program, { kill: ['t0'], deaths: 'asleep' }).outcomes).toEqual(['a', 'abc']);
  });

  test('a time-out may come before the notify, or the notify in time; and the clock tells', () => {
    const program = litmus('in time', [
      (words, observe) => {
        const startMs = performance.now();
        observe(Atomics.wait(words, WORD, 0, 10));
        observe(` after ${performance.now() - startMs}`);
      },
      (words) => {
        Atomics.store(words, WORD, 1);
        Atomics.notify(words, WORD);
      },
    ]);
    const expected = ['not-equal after 0', 'ok after 0', 'timed-out after 10'];
    expect(check(program, { timeouts: 1 }).outcomes).toEqual(expected);
    expect(check(program, { timeouts: 1, strategy: 'dpor' }).outcomes).toEqual(expected);
  });

  test('time that passes ends a deadline loop of a spinning thread', () => {
    const program = litmus('deadline', [
      (words, observe) => {
        const deadline = Date.now() + 1_000;
        while (Atomics.load(words, WORD) === 0) {
          if (Date.now() >= deadline) return observe('late');
          Atomics.pause();
        }
        observe('in time');
      },
      (words) => void Atomics.store(words, WORD, 1),
    ]);
    expect(check(program).outcomes).toEqual(['in time']);
    expect(check(program, { timeouts: 1 }).outcomes).toEqual(['in time', 'late']);
  });

  test('a stray wake-up, within its budget', () => {
    const once = litmus('once', [sleeper]);
    expect(check(once, { strayWakeups: 1, stop: 'never' }).outcomes).toEqual(['!deadlock', 'ok']);
    const twice = litmus('twice', [
      (words, observe) => {
        sleeper(words, observe);
        sleeper(words, observe);
      },
    ]);
    expect(check(twice, { strayWakeups: 1 }).verdict).toBe('deadlock');
    expect(check(twice, { strayWakeups: 2, stop: 'never' }).outcomes).toEqual(['!deadlock', 'okok']);
  });

  test('death, before the first operation and after each', () => {
    const program = litmus(
      'mortal',
      [
        (words) => {
          Atomics.store(words, WORD, 1);
          Atomics.store(words, WORD, 2);
        },
      ],
      { kill: ['t0'] },
    );
    const told: typeof program = {
      ...program,
      finally: ({ shared, ended }) => `${Atomics.load(shared, WORD)} ${ended['t0']}`,
    };
    for (const strategy of ['dfs', 'dpor'] as const) {
      expect(check(told, { strategy }).outcomes).toEqual(['0 killed', '1 killed', '2 done', '2 killed']);
    }
  });

  test('a notify to one that is swallowed by a dying waiter', () => {
    const program = litmus('swallowed', [
      sleeper,
      sleeper,
      (words) => {
        Atomics.store(words, WORD, 1);
        Atomics.notify(words, WORD, 1);
        Atomics.notify(words, WORD, 1);
      },
      (words) => void Atomics.notify(words, WORD, 1),
    ]);
    expect(check(program, { strategy: 'dpor' }).verdict).toBe('pass');
    const one = litmus('swallowed', [
      sleeper,
      (words, observe) => {
        observe(Atomics.wait(words, WORD, 0));
        // Whoever is woken passes it on.
        Atomics.notify(words, WORD, 1);
      },
      (words) => {
        Atomics.store(words, WORD, 1);
        Atomics.notify(words, WORD, 1);
      },
    ]);
    const passingOn: typeof one = { ...one, threads: { ...one.threads, t0: one.threads['t1'] } };
    expect(check(passingOn, { strategy: 'dpor' }).verdict).toBe('pass');
    expect(check(passingOn, { strategy: 'dpor', kill: ['t0'] })).toMatchObject({
      verdict: 'deadlock',
      failure: { message: 'nobody is left to wake: t1' },
    });
  });

  test('a supervisor learns how a thread ended', () => {
    const program = litmus('supervised', [(words) => void Atomics.store(words, WORD, 1)], { kill: ['t0'] });
    const supervised: typeof program = {
      ...program,
      threads: { ...program.threads, supervisor: ({ join, observe }) => observe(join('t0')) },
    };
    expect(check(supervised).outcomes).toEqual(['done', 'killed']);
  });
});

describe('spinning', () => {
  test('a spin hint lets others write first', () => {
    const program = litmus('spin', [
      (words) => {
        while (Atomics.load(words, WORD) === 0) Atomics.pause();
      },
      (words) => void Atomics.store(words, WORD, 1),
    ]);
    expect(check(program)).toMatchObject({ verdict: 'pass', complete: true });
  });

  test('spinning for what nobody will write is a livelock', () => {
    const spin = (words: Int32Array): void => {
      while (Atomics.load(words, WORD) === 0) Atomics.pause();
    };
    expect(check(litmus('spin', [spin, spin]))).toMatchObject({
      verdict: 'livelock',
      failure: { message: 'nobody is left to write, and these spin: t0, t1' },
    });
  });

  test('two threads that keep undoing what the other did reach the cap', () => {
    const take =
      (own: number, other: number) =>
      (words: Int32Array): void => {
        for (;;) {
          Atomics.store(words, own, 1);
          if (Atomics.load(words, other) === 0) return;
          Atomics.store(words, own, 0);
          Atomics.pause();
        }
      };
    const program = litmus('courtesy', [take(0, 1), take(1, 0), (words) => void Atomics.load(words, 0)]);
    expect(
      check(program, { strategy: 'dfs', maxOperations: 60, maxSchedules: 500, stop: 'never' }).outcomes,
    ).toContain('!op-cap');
  });

  test('a thread that spins some times and then sleeps gets there', () => {
    const program = litmus('spin, then sleep', [
      (words, observe) => {
        for (let spins = 0; spins < 3; spins++) {
          if (Atomics.load(words, WORD) !== 0) return observe('spinning');
          Atomics.pause();
        }
        observe(Atomics.wait(words, WORD, 0));
      },
      (words) => {
        Atomics.store(words, WORD, 1);
        Atomics.notify(words, WORD);
      },
    ]);
    expect(check(program).outcomes).toEqual(['spinning']);
    expect(check(program, { pauses: 'step' }).outcomes).toEqual(['not-equal', 'ok', 'spinning']);
    const alone: typeof program = { ...program, threads: { t0: program.threads['t0'] } };
    expect(check(alone).verdict).toBe('deadlock');
  });
});

test('how often a thread performed an operation is counted, its preparations apart', () => {
  const program: Program<Int32Array> = {
    name: 'counted',
    setup: () => recordingViews.words(recordingViews.allocate(64), 0, 16),
    threads: {
      a({ shared, prepare }) {
        prepare(() => Atomics.notify(shared, WORD));
        Atomics.load(shared, WORD);
        Atomics.notify(shared, WORD);
        Atomics.notify(shared, WORD);
      },
      b: ({ shared }) => void Atomics.store(shared, WORD, 1),
    },
    finally: ({ performed }) => [performed('a', 'notify'), performed('a', 'load'), performed('b', 'notify')],
  };
  expect(check(program).outcomes).toEqual(['[2,1,0]']);
  const mistaken = { ...program, finally: ({ performed }: FinalEnv<Int32Array>) => performed('a', 'lod') };
  expect(() => check(mistaken)).toThrow(CheckerError);
});
