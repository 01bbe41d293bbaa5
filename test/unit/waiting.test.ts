import { afterEach, describe, expect, it, vi } from 'vitest';
import { PARKED, wordOf } from '../../src/core/sequence.js';
import {
  ABORTED,
  type Awaited,
  BLOCKED,
  CANCELLED,
  ENDED,
  type Limits,
  type Outcome,
  READY,
  SLEEP,
  step,
  TIMED_OUT,
  waitParked,
  waitSpinning,
} from '../../src/core/waiting.js';

/** What looks give one after another, the last for ever; every one may change the words first. */
function awaited(words: Int32Array, ...looks: (Outcome | (() => Outcome))[]): Awaited {
  let turn = 0;
  return {
    words,
    sleepIndex: 0,
    sleepValue: 0,
    look() {
      const next = looks[Math.min(turn++, looks.length - 1)];
      const outcome = typeof next === 'function' ? next() : next;
      this.sleepIndex = 0;
      this.sleepValue = words[0]!;
      return outcome;
    },
  };
}

function limits(due: Outcome = READY, interrupted: Outcome = READY): Limits {
  return {
    due: () => due,
    interrupted: () => interrupted,
    remainingMs: () => 0,
    onInterrupt: () => () => {},
  };
}

const position = wordOf(5);
const newWords = (value = position): Int32Array => new Int32Array(new SharedArrayBuffer(4)).fill(value);

afterEach(() => vi.restoreAllMocks());

describe('a step of waiting', () => {
  it('sleeps only after the parked bit is set', () => {
    const words = newWords();
    const waiter = awaited(words, BLOCKED);
    expect(step(waiter, limits())).toBe(SLEEP);
    expect(words[0]).toBe(position | PARKED);
    expect(waiter.sleepValue).toBe(position | PARKED);
  });

  it('sleeps beside another sleeper', () => {
    const words = newWords(position | PARKED);
    expect(step(awaited(words, BLOCKED), limits())).toBe(SLEEP);
    expect(words[0]).toBe(position | PARKED);
  });

  it.each([READY, ENDED, ABORTED] as const)('that finds the wait over (%i) touches nothing', (outcome) => {
    const words = newWords();
    expect(step(awaited(words, outcome), limits())).toBe(outcome);
    expect(words[0]).toBe(position);
  });

  it.each([TIMED_OUT, CANCELLED] as const)(
    'whose limits ended it (%i) leaves before the bit is set',
    (outcome) => {
      const words = newWords();
      expect(step(awaited(words, BLOCKED), limits(outcome, outcome))).toBe(outcome);
      expect(words[0]).toBe(position);
    },
  );

  it.each([READY, ENDED, ABORTED] as const)(
    'that finds the wait over (%i) once the bit is set, takes it back and wakes all',
    (outcome) => {
      const words = newWords();
      const notify = vi.spyOn(Atomics, 'notify');
      expect(step(awaited(words, BLOCKED, outcome), limits())).toBe(outcome);
      expect(words[0]).toBe(position);
      expect(notify.mock.calls).toEqual([[words, 0]]);
    },
  );

  it('that is cancelled once the bit is set, takes it back and wakes all', () => {
    const words = newWords();
    const notify = vi.spyOn(Atomics, 'notify');
    expect(step(awaited(words, BLOCKED), limits(READY, CANCELLED))).toBe(CANCELLED);
    expect(words[0]).toBe(position);
    expect(notify).toHaveBeenCalledOnce();
  });

  it('looks again when the word moved before the bit was set', () => {
    const words = newWords();
    const waiter = awaited(words, BLOCKED, READY);
    vi.spyOn(Atomics, 'compareExchange').mockImplementationOnce((() => (words[0] = wordOf(6))) as never);
    expect(step(waiter, limits())).toBe(READY);
    expect(words[0]).toBe(wordOf(6));
  });
});

it('a parked wait goes on through wake-ups that mean nothing to it', () => {
  const words = newWords();
  const wait = vi.spyOn(Atomics, 'wait').mockReturnValue('ok');
  const outcome = waitParked(
    awaited(words, BLOCKED, BLOCKED, BLOCKED, BLOCKED, BLOCKED, BLOCKED, READY),
    limits(),
  );
  expect(outcome).toBe(READY);
  expect(wait).toHaveBeenCalledTimes(3);
});

describe('spinning', () => {
  it('never touches a word, and says BLOCKED after its turns', () => {
    const words = newWords();
    expect(waitSpinning(awaited(words, BLOCKED), limits(), 200)).toBe(BLOCKED);
    expect(words[0]).toBe(position);
  });

  it('ends with its limits', () => {
    expect(waitSpinning(awaited(newWords(), BLOCKED), limits(TIMED_OUT), Infinity)).toBe(TIMED_OUT);
  });

  it('ends when the wait is over', () => {
    expect(waitSpinning(awaited(newWords(), BLOCKED, BLOCKED, ENDED), limits(), Infinity)).toBe(ENDED);
  });
});
