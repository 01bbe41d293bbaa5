import { describe, expect, test } from 'vitest';
import { judge } from '../../litmus/program.js';
import { flagFirst, sleepsThroughIt } from '../../litmus/programs/broken.js';
import { programs } from '../../litmus/programs/index.js';
import { independentReads, messagePassing, storeBuffering } from '../../litmus/programs/ordering.js';
import { check } from './index.js';
import { additions, modelled } from './programs/litmus.js';

const raceFree = programs.filter(({ racy }) => !racy);
const racing = programs.filter(({ racy }) => racy);

describe.each(['dfs', 'dpor'] as const)('litmus programs, %s', (strategy) => {
  test.each(raceFree)('$name', (program) => {
    const result = check(modelled(program), { strategy });
    expect(result).toMatchObject({ verdict: 'pass', complete: true });
    expect(result.outcomes).toEqual([...program.allowed].sort());
  });

  test.each(racing)('$name is a race', (program) => {
    expect(check(modelled(program), { strategy }).verdict).toBe('race');
  });

  test('a program that is broken shows an outcome that is forbidden', () => {
    const { outcomes } = check(modelled(flagFirst), { strategy });
    expect(outcomes.filter((outcome) => judge(flagFirst, outcome) === 'forbidden')).toEqual(['10']);
  });

  test('a program that forgets a sleeper is a deadlock', () => {
    expect(check(modelled(sleepsThroughIt), { strategy }).verdict).toBe('deadlock');
  });
});

describe('the number of schedules', () => {
  test.each([
    [2, 3, 20],
    [3, 2, 90],
    [2, 5, 252],
    [4, 1, 24],
  ])('%i threads of %i steps have %i interleavings', (threads, steps, count) => {
    for (const where of ['together', 'apart'] as const) {
      expect(check(additions(threads, steps, where), { strategy: 'dfs' })).toMatchObject({
        schedules: count,
        complete: true,
      });
    }
    expect(check(additions(threads, steps, 'together'), { strategy: 'dpor' })).toMatchObject({
      schedules: count,
      pruned: 0,
    });
    expect(check(additions(threads, steps, 'apart'), { strategy: 'dpor' })).toMatchObject({
      schedules: 1,
      pruned: 0,
    });
  });

  test('reduction keeps one schedule for each order in which operations on one word can come', () => {
    expect(check(modelled(storeBuffering), { strategy: 'dpor' })).toMatchObject({ schedules: 3 });
    expect(check(modelled(messagePassing), { strategy: 'dpor' })).toMatchObject({ schedules: 3 });
    expect(check(modelled(independentReads), { strategy: 'dpor' })).toMatchObject({ schedules: 15 });
  });

  test('a bound counts switches away from a thread that could have gone on', () => {
    const program = additions(2, 3, 'together');
    const counts = [0, 1, 2, 3, 4, 5].map(
      (preemptions) => check(program, { strategy: 'bounded', preemptions }).schedules,
    );
    expect(counts).toEqual([2, 6, 14, 18, 20, 20]);
  });
});
