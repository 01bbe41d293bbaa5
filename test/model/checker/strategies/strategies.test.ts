import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Options } from '../index.js';
import { check, checkAsync } from '../index.js';
import { additions, litmus } from '../programs/litmus.js';
import { randomProgram, randomThreads } from '../programs/random.js';
import { spsc } from '../programs/spsc.js';

/** Programs whose full search takes longer are left out. */
const LARGEST = 10_000;

describe('on random programs, the reduced search reaches the same final states as the full one', () => {
  const variants: [string, Options][] = [
    ['of loads, stores, read-modify-writes, waits, notifies and spins', {}],
    ['with a thread killed', { kill: ['t0'] }],
    ['with two threads killed', { kill: ['t0', 't1'], kills: 2 }],
    ['with a stray wake-up', { strayWakeups: 1 }],
    ['with a time-out', { timeouts: 1 }],
    ['with a kill, a stray wake-up and a time-out', { kill: ['t1'], strayWakeups: 1, timeouts: 1 }],
  ];
  test.each(variants)('%s', (_name, options) => {
    let compared = 0;
    fc.assert(
      fc.property(randomThreads(), (statements) => {
        const program = randomProgram(statements, options);
        const full = check(program, { strategy: 'dfs', maxSchedules: LARGEST });
        if (!full.complete) return;
        compared++;
        const reduced = check(program, { strategy: 'dpor' });
        expect(reduced.complete).toBe(true);
        expect(reduced.schedules).toBeLessThanOrEqual(full.schedules);
        expect(reduced.outcomes).toEqual(full.outcomes);
      }),
      { numRuns: 250 },
    );
    expect(compared).toBeGreaterThan(200);
  });
});

test('the reduced search knows that a wait that did not sleep, or an exchange that failed, does in another order', () => {
  // With what an operation did as what it conflicts with, these are searched without the runs in which the first sleeps, or succeeds.
  const cases = [
    [
      [
        ['wait', 1, 0],
        ['load', 0, 0],
      ],
      [
        ['load', 0, 0],
        ['add', 1, 0],
      ],
      [['notify all', 1, 0]],
    ],
    [
      [['compareExchange', 1, 0]],
      [
        ['load', 0, 0],
        ['store', 1, 2],
      ],
      [['load', 1, 0]],
    ],
  ] as const;
  for (const statements of cases) {
    const program = randomProgram(statements);
    const [full, reduced] = (['dfs', 'dpor'] as const).map((strategy) => check(program, { strategy }));
    expect(reduced.outcomes).toEqual(full.outcomes);
  }
});

test('on random programs with plain accesses, the reduced search finds a race exactly where the full one does', () => {
  const operations = ['load', 'store', 'add', 'plain read', 'plain write', 'plain read'];
  let races = 0;
  fc.assert(
    fc.property(randomThreads(operations), (statements) => {
      const program = randomProgram(statements);
      const [full, reduced] = (['dfs', 'dpor'] as const).map((strategy) =>
        check(program, { strategy, stop: 'first' }),
      );
      expect(reduced.verdict).toBe(full.verdict);
      if (full.verdict === 'race') races++;
    }),
    { numRuns: 250 },
  );
  expect(races).toBeGreaterThan(20);
});

test('on random programs, runs that go on from the middle of the run before show what whole ones show', () => {
  const options: Options = { kill: ['t0'], strayWakeups: 1, timeouts: 1 };
  fc.assert(
    fc.property(
      randomThreads(['load', 'add', 'wait', 'timed wait', 'notify', 'spin', 'plain read']),
      (threads) => {
        const program = randomProgram(threads, options);
        for (const strategy of ['dfs', 'dpor', 'bounded'] as const) {
          const [whole, resumed] = [true, false].map((afresh) =>
            check(program, { strategy, afresh, maxSchedules: 1_000 }),
          );
          const { schedules, pruned, outcomes, failure } = whole;
          expect(resumed).toMatchObject({ schedules, pruned, outcomes });
          expect(resumed.failure).toEqual(failure);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a run is a whole one after a `finally` that wrote', () => {
  const program = litmus('written to at the end', [
    (words) => Atomics.load(words, 0),
    (words) => Atomics.load(words, 0),
  ]);
  const written: typeof program = {
    ...program,
    finally({ shared }) {
      if (Atomics.add(shared, 0, 1) !== 0) throw new Error('written before');
      shared[1] = 1;
    },
  };
  expect(check(written, { strategy: 'dfs' })).toMatchObject({ verdict: 'pass', schedules: 2 });
});

test('on random programs, a bound that is never met is no bound', () => {
  fc.assert(
    fc.property(randomThreads(), (statements) => {
      const program = randomProgram(statements);
      const full = check(program, { strategy: 'dfs', maxSchedules: LARGEST });
      const bounded = check(program, {
        strategy: 'bounded',
        preemptions: 30,
        merge: false,
        maxSchedules: LARGEST,
      });
      expect(bounded).toMatchObject({ schedules: full.schedules, outcomes: full.outcomes });
    }),
    { numRuns: 100 },
  );
});

describe('on random programs, a bounded search shows the same without the runs that are equivalent to others', () => {
  const variants: [string, Options][] = [
    ['of loads, stores, read-modify-writes, waits, notifies and spins', {}],
    ['with a kill and a stray wake-up', { kill: ['t1'], strayWakeups: 1 }],
    ['with a kill of either of two', { kill: ['t0', 't1'], kills: 2 }],
  ];
  test.each(variants)('%s', (_name, options) => {
    let saved = 0;
    fc.assert(
      fc.property(randomThreads(), fc.constantFrom(0, 1, 2, 3, 30), (statements, preemptions) => {
        const program = randomProgram(statements, { ...options, strategy: 'bounded', preemptions });
        const all = check(program, { merge: false, maxSchedules: LARGEST });
        if (!all.complete) return;
        const merged = check(program);
        expect(merged.complete).toBe(true);
        expect(merged.outcomes).toEqual(all.outcomes);
        saved += all.schedules - merged.schedules;
      }),
      { numRuns: 250 },
    );
    expect(saved).toBeGreaterThan(1_000);
  });
});

test('on random programs with plain accesses, a bounded search finds a race without equivalent runs exactly where it does with them', () => {
  const operations = ['load', 'store', 'wait', 'notify', 'plain read', 'plain write', 'plain read'];
  let races = 0;
  fc.assert(
    fc.property(randomThreads(operations), fc.constantFrom(0, 1, 2), (statements, preemptions) => {
      const program = randomProgram(statements, { strategy: 'bounded', preemptions });
      const [all, merged] = [false, true].map((merge) => check(program, { merge, stop: 'first' }));
      expect(merged.verdict).toBe(all.verdict);
      if (all.verdict === 'race') races++;
    }),
    { numRuns: 250 },
  );
  expect(races).toBeGreaterThan(20);
});

test('a random search gives the same schedules for the same seed, and others for another', () => {
  const program = additions(3, 3, 'together');
  const broken: typeof program = {
    ...program,
    threads: { ...program.threads, t3: ({ shared }) => void (shared[0] = 1) },
  };
  const schedule = (seed: number): string | undefined =>
    check(broken, { strategy: 'pct', seed, shrink: false, maxSchedules: 50 }).failure?.schedule;
  expect(schedule(1)).toBe(schedule(1));
  expect(new Set([1, 2, 3, 4, 5, 6].map(schedule)).size).toBeGreaterThan(1);
});

test('a random search finds what needs an order of three steps', () => {
  const program = litmus('three in order', [
    (words) => {
      Atomics.store(words, 0, 1);
      Atomics.store(words, 0, 2);
    },
    (words) => {
      if (Atomics.load(words, 0) === 1 && Atomics.load(words, 0) === 2) throw new Error('seen in between');
    },
  ]);
  expect(check(program, { strategy: 'pct', maxSchedules: 1_000 })).toMatchObject({
    verdict: 'assertion',
    complete: false,
  });
});

test('a long search says how far it is, and ends when told to', async () => {
  const program = spsc('ring', { events: 3, capacity: 2 });
  const told: number[] = [];
  const watch = ({ schedules }: { schedules: number }): boolean => told.push(schedules) < 2;
  const result = await checkAsync(program, { strategy: 'dfs', watch }, 'synchronous');
  expect(told).toHaveLength(2);
  expect(told[0]).toBeLessThan(told[1]);
  expect(result).toMatchObject({ schedules: told[1], complete: false, verdict: 'pass' });
});

test('a cut search says that it is not complete', () => {
  const program = spsc('ring', { events: 2, capacity: 2 });
  expect(check(program, { strategy: 'dfs', maxSchedules: 100 })).toMatchObject({
    schedules: 100,
    complete: false,
  });
});
