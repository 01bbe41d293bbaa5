import { afterAll, describe, expect, test } from 'vitest';
import type { Litmus } from './program.js';
import { broken, flagFirst, nobodyGoesFirst, sleepsThroughIt, throws } from './programs/broken.js';
import { programs } from './programs/index.js';
import { storeBuffering } from './programs/ordering.js';
import { publishAndWake } from './programs/parking.js';
import { rowsOf, weakOutcomes } from './report.js';
import { type Tier, tiers } from './tiers.js';
import { Threads } from './trial.js';
import { hardlyMet, problemsOf } from './verdicts.js';

const worker = new URL('../../.build/workers/litmus.js', import.meta.url);
const few = { rounds: 10_000, limitMs: 10_000 };
const usual: Tier = tiers[0];

describe('on real threads', () => {
  const threads = new Threads(worker);
  afterAll(() => threads[Symbol.asyncDispose]());

  async function problems(program: Litmus, rounds = few.rounds): Promise<string> {
    return problemsOf(program, usual, await threads.run(program, { ...few, rounds })).join();
  }

  test.each([storeBuffering, publishAndWake])('$name passes, and every round is counted', async (program) => {
    const trial = await threads.run(program, { ...few, rounds: 1_000 });
    expect(problemsOf(program, usual, trial)).toEqual([]);
    const counted = Object.values(trial.outcomes).reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(trial.rounds);
    expect(counted).toBeGreaterThanOrEqual(1_000);
  });

  test('a claim that does not hold is reported', async () => {
    expect(await problems(nobodyGoesFirst)).toMatch(/forbidden: (0 1|1 0), \d+ times/);
  });

  test('a program in the wrong order is reported', async () => {
    // Until its two threads meet: they may have to share a processor with others.
    let found = '';
    for (let trial = 0; trial < 50 && found === ''; trial++) found = await problems(flagFirst);
    expect(found).toMatch(/forbidden: 10, \d+ times/);
  });

  test('a sleeper that is forgotten is reported', async () => {
    expect(await problems(sleepsThroughIt, 1)).toMatch(/forbidden: 0 9, \d+ times/);
  });

  test('a thread that throws ends the trial', async () => {
    await using doomed = new Threads(worker);
    await expect(doomed.run(throws, few)).rejects.toThrow('thrown on purpose');
  });
});

describe('verdicts', () => {
  const program = 'store buffering';

  test('an outcome that nobody listed is forbidden, with its engine and tier', () => {
    const line = { program, rounds: 3, inStep: 0, outcomes: { '0 1': 2, '0 0': 1 }, code: [] };
    expect(problemsOf(storeBuffering, usual, line)).toEqual(['forbidden: 0 0, 1 times']);
    const rows = rowsOf({ engine: 'Node', tier: usual, lines: [line] });
    expect(rows.filter(({ verdict }) => verdict === 'forbidden')).toEqual([
      { program, engine: 'Node', tier: 'default', outcome: '0 0', count: 1, verdict: 'forbidden' },
    ]);
  });

  test('rounds without an outcome are a failure', () => {
    const line = { program, rounds: 3, inStep: 0, outcomes: { '0 1': 2 }, code: [] };
    expect(problemsOf(storeBuffering, usual, line)).toEqual(['3 rounds, but 2 outcomes']);
  });

  test('a loop that did not run in the tier that was asked for is a failure', () => {
    const tier: Tier = { name: 'maglev', flags: [], code: 'maglev' };
    const line = {
      program,
      rounds: 1,
      inStep: 0,
      outcomes: { '0 1': 1 },
      code: ['maglev', 'baseline'] as const,
    };
    expect(problemsOf(storeBuffering, tier, line).join()).toContain('ran as maglev, baseline');
  });

  test('threads that hardly met are told, where each has a processor', () => {
    const line = { program, rounds: 9_000, inStep: 499, outcomes: {}, code: [] };
    expect(hardlyMet(storeBuffering, line, 2)).toBe(true);
    expect(hardlyMet(storeBuffering, { ...line, inStep: 500 }, 2)).toBe(false);
    expect(hardlyMet(storeBuffering, line, 1)).toBe(false);
  });

  test('a trial that could not be ended is a failure', () => {
    expect(problemsOf(storeBuffering, usual, { program, fault: 'asleep for ever' })).toEqual([
      'asleep for ever',
    ]);
  });

  test('a weak outcome of plain accesses is told, and is no failure', () => {
    const line = {
      program: 'store buffering, plain',
      rounds: 1,
      inStep: 0,
      outcomes: { '0 0': 1 },
      code: [],
    };
    expect(weakOutcomes([{ engine: 'Node', tier: usual, lines: [line] }])).toContain(
      'store buffering, plain: 0 0',
    );
  });
});

test('programs have names of their own, and outcomes that are written as they are counted', () => {
  const all = [...programs, ...broken];
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { allowed, interesting = [], threads, end } of all) {
    const registers = [...threads, ...(end ? [end] : [])]
      .map((thread) => thread.registers)
      .filter((n) => n > 0);
    for (const outcome of [...allowed, ...interesting])
      expect(outcome.split(' ').map((part) => part.length)).toEqual(registers);
  }
});
