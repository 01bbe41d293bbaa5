import { describe, expect, it } from 'vitest';
import { backpressure } from '../../bench/lab/backpressure.js';
import { claim } from '../../bench/lab/claim.js';
import { exchange } from '../../bench/lab/exchange.js';
import type { Result } from '../../bench/harness.js';
import type { Experiment } from '../../bench/lab/experiment.js';
import { textbook } from '../../bench/lab/textbook.js';

/** A tiny run: everything that moves is verified in it, as in any other; its figures say nothing. */
const tiny = { quick: true, seconds: 0.3, progress: () => {} };

const wanted: readonly [Experiment, systems: readonly string[]][] = [
  [textbook, ['unprotected', 'sleep', 'lock-condition', 'lock-semaphore', 'post-message', 'slipring']],
  [backpressure, ['post-message', 'slipring-block', 'slipring-drop-newest', 'slipring-drop-oldest']],
  [exchange, ['slipring', 'lock-condition', 'one-thread']],
  [claim, ['slipring', 'lock-condition']],
];

const turned = (result: Result): Result => {
  const [median, min, max] = [result.median, result.max, result.min].map((figure) => 1e6 / (figure + 1));
  return { ...result, median, min, max };
};

describe.each(wanted)('the experiment $name', (experiment, systems) => {
  it('runs, measures each of its systems, and tells what it found', { timeout: 60_000 }, async () => {
    const results = await experiment.run(tiny);
    expect(new Set(results.map(({ system }) => system))).toEqual(new Set(systems));
    for (const { experiment: name, system, median, min, max, runs, verified, percentiles } of results) {
      expect(name === experiment.name || name.startsWith(`${experiment.name}/`)).toBe(true);
      expect([min, median, max].every(Number.isFinite)).toBe(true);
      expect(min <= median && median <= max).toBe(true);
      expect(runs).toBeGreaterThan(0);
      // What nobody protects is never called right.
      expect(verified).toBe(system !== 'unprotected' || name !== experiment.name);
      const rising = Object.values(percentiles ?? {});
      expect(rising).toEqual([...rising].sort((a, b) => a - b));
    }
    expect(new Set(results.map(({ experiment: name, system }) => `${name} ${system}`)).size).toBe(
      results.length,
    );
    // Its sentences are made from figures, whatever they say: also from their opposite.
    const opposite = results.map(turned);
    for (const { seen, means } of [experiment.tell(results), experiment.tell(opposite)]) {
      for (const sentence of [seen, means]) {
        expect(sentence).toMatch(/^[A-Z].*\.\)?$/);
        expect(sentence).not.toMatch(/undefined|NaN|Infinity/);
      }
    }
  });

  it('has a drawing that fits', () => {
    for (const line of experiment.drawing.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
