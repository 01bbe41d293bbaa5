import { describe, expect, test } from 'vitest';
import type { Program } from './index.js';
import { check, CheckerError, formatResult } from './index.js';
import { litmus } from './programs/litmus.js';
import { spsc } from './programs/spsc.js';
import { decodeSchedule, encodeSchedule } from './schedule.js';

const dropped = spsc('dropped notify', {
  events: 2,
  capacity: 2,
  publish: ({ words }, position) => void Atomics.store(words, 0, position),
});

describe('a failure', () => {
  test('tells where threads stand, what they did, and how to run it again', () => {
    const { failure } = check(dropped);
    expect(failure).toMatchObject({ kind: 'deadlock', message: 'nobody is left to wake: consumer' });
    expect(failure!.threads).toEqual([
      { name: 'producer', state: 'ended' },
      { name: 'consumer', state: 'asleep on cursor' },
    ]);
    expect(failure!.trace).toContainEqual(
      expect.stringMatching(/^consumer wait\(cursor, 0, Infinity\) → sleeps {3}spsc\.[jt]s:\d+$/),
    );
    expect(failure!.trace).toContainEqual(expect.stringMatching(/^producer writes slot\[0\] \(plain\)/));
    const again = check(dropped, { replay: failure!.schedule });
    expect(again).toMatchObject({ strategy: 'replay', schedules: 1, complete: false, verdict: 'deadlock' });
    expect(again.failure).toEqual(failure);
  });

  test('of any kind replays, kills and stray wake-ups included', () => {
    const mortal = litmus(
      'mortal',
      [
        (words) => {
          Atomics.wait(words, 0, 0);
          throw new Error('woken');
        },
        (words) => void Atomics.load(words, 1),
      ],
      { kill: ['t1'], strayWakeups: 1, daemons: ['t0'] },
    );
    const { failure } = check(mortal);
    expect(failure).toMatchObject({ kind: 'assertion', message: 't0 threw Error: woken' });
    expect(check(mortal, { replay: failure!.schedule }).failure!.message).toBe(failure!.message);
    expect(failure!.error).toBeInstanceOf(Error);
  });

  test('is shrunk to the preemptions it needs', () => {
    const long = litmus(
      'last of many',
      [
        (words) => {
          for (let step = 0; step < 10; step++) Atomics.add(words, 0, 1);
          Atomics.store(words, 1, 1);
          Atomics.store(words, 1, 2);
        },
        (words) => {
          for (let step = 0; step < 10; step++) Atomics.add(words, 0, 1);
          if (Atomics.load(words, 1) === 1) throw new Error('in between');
        },
      ],
      { strategy: 'pct', maxSchedules: 5_000, seed: 3 },
    );
    const raw = check(long, { shrink: false }).failure!;
    const shrunk = check(long).failure!;
    expect(shrunk.preemptions).toBe(1);
    expect(shrunk.schedule.length).toBeLessThanOrEqual(raw.schedule.length);
    expect(shrunk.message).toBe('t1 threw Error: in between');
  });

  test('prints as a few lines', () => {
    const text = formatResult(check(dropped));
    expect(text).toMatch(/^dropped notify: deadlock \(bounded, \d+ schedules, not complete/);
    expect(text).toMatch(/\n {2}replay: [ab0-9]+$/);
  });
});

test('a schedule is a string and back', () => {
  for (const text of ['a', 'a12b3c', 'a3b!a2', 'a?b@a', 'b2a#1a#0'])
    expect(encodeSchedule(decodeSchedule(text))).toBe(text);
  expect(() => decodeSchedule('a3-b')).toThrow(CheckerError);
});

test('a schedule of another program is refused', () => {
  expect(() => check(dropped, { replay: 'c4' })).toThrow(CheckerError);
});

describe('what threads under check see of the world', () => {
  test('the same time and the same chance in every run', () => {
    const program = litmus('world', [
      (words, observe) => {
        observe(`${Date.now()} ${performance.now()} ${Math.random()} ${Math.random()}`);
        Atomics.load(words, 0);
        observe(` ${Math.random()}`);
      },
      (words) => void Atomics.store(words, 0, 1),
    ]);
    const { outcomes } = check(program);
    expect(outcomes).toHaveLength(1);
    expect(check(program).outcomes).toEqual(outcomes);
  });

  test('the globals are the genuine ones after a check, also one that threw', () => {
    const before = [globalThis.Atomics, Date.now, Math.random, globalThis.setTimeout];
    check(dropped);
    const broken: Program = {
      name: 'broken',
      setup: () => {
        throw new Error('no');
      },
      threads: { a: () => undefined },
    };
    expect(() => check(broken)).toThrow('no');
    expect([globalThis.Atomics, Date.now, Math.random, globalThis.setTimeout]).toEqual(before);
  });
});

describe('programs that cannot be checked are refused', () => {
  test('a thread that does something else when run again', () => {
    let runs = 0;
    const program = litmus('moody', [
      (words) => {
        if (runs++ % 2 === 0) Atomics.load(words, 0);
        else Atomics.load(words, 1);
        Atomics.load(words, 2);
      },
      (words) => void Atomics.store(words, 0, 1),
    ]);
    expect(() => check(program)).toThrow(/t0 is not deterministic/);
  });

  test('an asynchronous thread in a synchronous check', () => {
    const program: Program = { name: 'async', threads: { a: async () => Promise.resolve() } };
    expect(() => check(program)).toThrow(/use checkAsync/);
  });

  test('a check inside a check', () => {
    const program: Program = { name: 'nested', setup: () => check(dropped), threads: { a: () => undefined } };
    expect(() => check(program)).toThrow(/One check at a time/);
  });

  test('a name that is no thread', () => {
    expect(() => check(dropped, { kill: ['nobody'] })).toThrow(/no thread nobody/);
  });
});

test('code that swallows exceptions is left and resumed all the same', () => {
  const program = litmus('swallowing', [
    (words, observe) => {
      for (let step = 0; step < 3; step++) {
        try {
          Atomics.add(words, 0, 1);
        } catch {
          observe('never');
        } finally {
          Atomics.add(words, 1, 1);
        }
      }
    },
    (words, observe) => {
      Atomics.add(words, 0, 1);
      observe(Atomics.add(words, 1, 1));
    },
  ]);
  const told: typeof program = { ...program, finally: ({ shared }) => `${shared[0]} ${shared[1]}` };
  expect(check(told)).toMatchObject({ verdict: 'pass', complete: true, outcomes: ['4 4'] });
});

test('threads prepare one after the other, and then run', () => {
  const program: Program<Int32Array> = {
    ...litmus('prepared', []),
    threads: Object.fromEntries(
      ['a', 'b'].map((name) => [
        name,
        ({ shared, prepare, observe }) => {
          const seat = prepare(() => Atomics.add(shared, 0, 1));
          observe(`${seat}${Atomics.add(shared, 1, 1)}`);
        },
      ]),
    ),
  };
  expect(check(program)).toMatchObject({ schedules: 2, outcomes: ['00 11', '01 10'] });
});
