import { describe, expect, it } from 'vitest';
import type { Result } from '../../bench/harness.js';
import { comparedWith, noteOfNoise } from '../../bench/lab/findings.js';
import { experiments } from '../../bench/lab/index.js';
import { cachedGating } from '../../bench/lab/cached-gating.js';
import { conclude, introduce } from '../../bench/lab/print.js';
import { measureInTurn } from '../../bench/lab/turns.js';
import { sumOf, priceOf, quantityOf } from '../../workers/lab-trades.js';

const quickest = { quick: true, seconds: 0.3, progress: () => {} };
const result = (median: number, min = median, max = median): Result => ({
  experiment: 'x',
  system: 'y',
  unit: 'ns',
  median,
  min,
  max,
  runs: 3,
  verified: true,
});

describe('the lab', () => {
  it('has experiments with names that are all different, and that a shell takes as they are', () => {
    const names = experiments.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
  });

  it.each(experiments.map((experiment) => [experiment.name, experiment] as const))(
    '%s has a title, a drawing and an expectation, each of a length that can be read',
    (_, { title, drawing, expected }) => {
      expect(title.length).toBeGreaterThan(10);
      expect(title.length).toBeLessThan(90);
      const lines = drawing.replace(/^\n/, '').split('\n');
      expect(lines.length).toBeGreaterThan(1);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(130);
      expect(expected).toMatch(/\.$/);
    },
  );

  it('runs an experiment, and tells it in full', async () => {
    const results = await cachedGating.run(quickest);
    expect(results.map(({ system }) => system)).toEqual(['cached', 'every-claim', 'slipring']);
    for (const { experiment, median, min, max, runs, verified } of results) {
      expect(experiment).toBe('cached-gating');
      expect(runs).toBeGreaterThanOrEqual(3);
      expect(min).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(min);
      expect(median).toBeLessThanOrEqual(max);
      expect(verified).toBe(true);
    }
    const told = introduce(cachedGating) + conclude(cachedGating, results, cachedGating.tell(results));
    for (const part of ['Expected', 'Seen', 'Means', 'every-claim', 'cached-gating'])
      expect(told).toContain(part);
  });

  it('refuses a result when a thread gives a wrong answer', async () => {
    const wrong = {
      experiment: 'wrong',
      system: 'lost',
      unit: 'ns' as const,
      file: 'lab-count',
      // Two threads that count in one word: each finds more than it added.
      threads: () => {
        const words = new SharedArrayBuffer(8);
        return Array.from({ length: 2 }, () => ({ role: 'counter', words, index: 0 }));
      },
    };
    await expect(measureInTurn([wrong], { ...quickest, seconds: 1 })).rejects.toThrow('a wrong answer');
  });

  it('adds its trades up by formula as one by one', () => {
    for (const from of [0, 1_000, 2 ** 20 - 7, 2 ** 31 - 9]) {
      let sum = 0;
      for (let n = from; n < from + 3_000; n++) sum += priceOf(n) + quantityOf(n);
      expect(sumOf(from, 3_000)).toBe(sum);
    }
  });

  it('says of equal figures that they are equal, and of a worse one that it is worse', () => {
    expect(comparedWith(result(10), result(35))).toBe('3.5 times as fast as');
    expect(comparedWith(result(10), result(10.5))).toBe('about as fast as');
    expect(comparedWith(result(20), result(10))).toBe('slower (0.50 times) than');
    expect(comparedWith(result(20, 8, 30), result(10, 7, 25))).toBe('about as fast as');
  });

  it('says when the rounds of one variant differ too much to be trusted', () => {
    expect(noteOfNoise([result(10, 9, 11), result(10, 9, 12)])).toBe('');
    expect(noteOfNoise([result(10, 4, 11)])).toMatch('In 1 of 1 lines');
  });
});
