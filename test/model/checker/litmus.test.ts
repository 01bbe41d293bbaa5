import { describe, expect, test } from 'vitest';
import { check } from './index.js';
import {
  additions,
  independentReads,
  loadBuffering,
  messagePassing,
  plainFlag,
  publication,
  storeBuffering,
} from './programs/litmus.js';

describe.each(['dfs', 'dpor'] as const)('litmus programs, %s', (strategy) => {
  test('store buffering: one of the two sees the other', () => {
    const result = check(storeBuffering, { strategy });
    expect(result).toMatchObject({ verdict: 'pass', complete: true, outcomes: ['0 1', '1 0', '1 1'] });
  });

  test('message passing: whoever sees the flag sees the message', () => {
    expect(check(messagePassing, { strategy }).outcomes).toEqual(['00', '01', '11']);
  });

  test('load buffering: nobody reads what depends on its own write', () => {
    expect(check(loadBuffering, { strategy }).outcomes).toEqual(['0 0', '0 1', '1 0']);
  });

  test('independent reads of independent writes: readers agree on the order', () => {
    const { outcomes } = check(independentReads, { strategy });
    expect(outcomes).toHaveLength(15);
    expect(outcomes).not.toContain('10 10');
  });

  test('a plain payload behind an atomic flag is no race', () => {
    expect(check(publication, { strategy })).toMatchObject({
      verdict: 'pass',
      complete: true,
      outcomes: ['', '42'],
    });
  });

  test('a plain payload behind a plain flag is a race', () => {
    expect(check(plainFlag, { strategy }).verdict).toBe('race');
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
    expect(check(storeBuffering, { strategy: 'dpor' })).toMatchObject({ schedules: 3 });
    expect(check(messagePassing, { strategy: 'dpor' })).toMatchObject({ schedules: 3 });
    expect(check(independentReads, { strategy: 'dpor' })).toMatchObject({ schedules: 15 });
  });

  test('a bound counts switches away from a thread that could have gone on', () => {
    const program = additions(2, 3, 'together');
    const counts = [0, 1, 2, 3, 4, 5].map(
      (preemptions) => check(program, { strategy: 'bounded', preemptions }).schedules,
    );
    expect(counts).toEqual([2, 6, 14, 18, 20, 20]);
  });
});
