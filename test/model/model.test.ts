import { describe, expect, it } from 'vitest';
import { formatResult } from './checker/index.js';
import { loadLibrary } from './library.js';
import { mutants } from './mutants/index.js';
import { runMutant } from './mutants/mutant.js';
import { programs } from './programs/index.js';
import { runProgram } from './run-programs.js';

/** For each program: the whole is for `run.ts`, this is what every test run affords. */
const MOST_MS = 60;

/** One of each sort, for the same reason: a fresh copy of the library for each takes its time. */
const sorts = [
  'a publish is a plain store',
  'a publish does not notify',
  'a publish notifies one of two',
  'a publish that loses to a sleeper is tried once more, not until it is decided: if for while',
  'positions are compared as numbers',
  'the barrier takes the raw minimum',
  'an event is published before it is filled',
  'the gate is off by one',
  'the epoch stays',
  'a successor of a producer wakes nobody',
  'a waiter does not look again after it set the bit',
  'a waiter that does not sleep keeps the bit',
  'a wait is over when its sleep is: if for while',
  'a second close does not finish for one that died',
  'closing is a word of its own',
  'mutex: an unlock does not notify',
  'condition: a waiter unlocks before it is counted',
  'semaphore: a release looks for waiters before it gives',
  'semaphore-buffer: the permit is acquired inside the mutex',
  'a claim that is abandoned is published',
  'a batch that is left early releases the event in hand',
  'a token wakes in its first ring only',
  'a signal is looked at before the wait only',
  'a disposed consumer is given what it waited for',
  'a publish notifies always',
  'a claim goes by the position that it had before it looked anew',
  'a claim is stamped before it is filled',
  'who lost a claim keeps its intent',
  'what is claimed counts as published, with its holes',
  'who stops inside a run does not stamp the rest',
  'a worker claims without an announcement',
  'announcements are read before the claim word',
  'what is in hand is evicted: taken without an announcement',
  "a joiner does not read the producers' gates",
  'a producer does not look at the joins again',
  'a join is not counted',
  'a joiner is a member before it has a position',
  'a joiner wakes nobody who waits for one',
  'a consumer leaves and wakes nobody',
  'a producer goes on waiting for whoever left',
  'whoever came after one that left comes after nobody',
  'with nobody left nothing holds the producers',
  'the last one leaves, and its position is forgotten',
  'a producer sleeps through a close beside one that waits for the same consumer on',
  'a worker sleeps through what another leaves in hand',
];

const library = await loadLibrary();

describe('programs pass in every interleaving that is tried', () => {
  it.each(programs.filter(({ quick }) => quick).map((program) => [program.name, program] as const))(
    '%s',
    async (_, program) => {
      // Cut short, random schedules see more of a program than the start of a complete search.
      const result = await runProgram(program, library, {
        ...program.bounded,
        strategy: 'pct',
        maxSchedules: 1_000_000,
        maxMs: MOST_MS,
      });
      expect(result.verdict, formatResult(result)).toBe('pass');
    },
  );
});

describe('mutants are found as what they are, by a schedule that replays', () => {
  it.each(sorts)('%s', async (sort) => {
    const { problem } = await runMutant(mutants.find(({ name }) => name === sort)!);
    expect(problem).toBeUndefined();
  });
});

describe('names', () => {
  it('no two programs, and no two mutants, have the same', () => {
    const names = [...programs, ...mutants].map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
  });
});
