/** The laws that are read from measurements, and the sentences that tell them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { growths } from '../../bench/growth/experiments.js';
import { knee, lineThrough, powerThrough } from '../../bench/growth/laws.js';
import { resultOf } from '../../bench/harness.js';

describe('laws', () => {
  it('find a line again, over many powers of ten', () => {
    const places = [8, 64, 4096, 1_048_576].map((at) => ({ at, cost: 300 + 0.25 * at }));
    const { fixed, each, off } = lineThrough(places);
    expect(fixed).toBeCloseTo(300);
    expect(each).toBeCloseTo(0.25);
    expect(off).toBeCloseTo(0);
  });

  it('weigh relative errors: one that is 10 % off counts the same at either end', () => {
    const { off } = lineThrough([
      { at: 1, cost: 1.1 },
      { at: 1000, cost: 1000 },
      { at: 1_000_000, cost: 1_100_000 },
    ]);
    expect(off).toBeGreaterThan(0.02);
    expect(off).toBeLessThan(0.1);
  });

  it('find an exponent again', () => {
    const { scale, exponent } = powerThrough([1, 2, 8, 16].map((at) => ({ at, cost: 5 * at ** 1.5 })));
    expect(scale).toBeCloseTo(5);
    expect(exponent).toBeCloseTo(1.5);
  });

  it('need two places', () => {
    expect(() => lineThrough([{ at: 2, cost: 1 }])).toThrow(RangeError);
    expect(() => powerThrough([{ at: 2, cost: 1 }])).toThrow(RangeError);
  });

  it('find where enough is enough, in any order', () => {
    const places = [
      { at: 64, cost: 10 },
      { at: 2, cost: 1000 },
      { at: 16, cost: 12 },
    ];
    expect(knee(places, 0.8).at).toBe(16);
    expect(knee(places, 0.9).at).toBe(64);
  });
});

describe.each(growths)('$name', (growth) => {
  const results = growth.entrants(true).map(({ experiment, system, unit, at }) => ({
    ...resultOf(experiment, system, unit, [1e9 / (20 + 3 * at)]),
    at,
  }));

  it('has places of its own name, each once for a system, as many events in a full round or more', () => {
    const places = results.map(({ system, at }) => `${system} ${at}`);
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(results.map(({ experiment }) => experiment))).toEqual(new Set([growth.name]));
    expect(growth.entrants(false).map(({ at }) => at)).toEqual(results.map(({ at }) => at));
  });

  it('tells its law in one sentence, from the figures', () => {
    const law = growth.law(results);
    expect(law).toMatch(/^[A-Z1].*\d.*\.$/);
    expect(law).not.toMatch(/NaN|Infinity|undefined|-\d/);
    const slower = results.map((result) => ({ ...result, median: result.median / (1 + result.at) }));
    expect(growth.law(slower)).not.toBe(law);
  });

  it('says what it means, and otherwise where the figures say otherwise', () => {
    const costing = (cost: (at: number, system: string) => number) =>
      growth.means(results.map((result) => ({ ...result, median: 1e9 / cost(result.at, result.system) })));
    const told = [
      costing((at, system) => (system === 'slipring' ? 20 + 3 * at : 900 * at)),
      costing((at, system) => (system === 'slipring' ? 2_000 / at : 50 / at)),
      costing(() => 100),
    ];
    expect(new Set(told).size).toBe(told.length);
    for (const means of told) {
      expect(means).toMatch(/^[A-Z].*\.$/);
      expect(means).not.toMatch(/NaN|Infinity|undefined|-\d/);
    }
  });
});

const run = (...args: string[]): string[] => ['--import', 'tsx', 'bench/growth.ts', ...args];

describe('the command', () => {
  it('explains itself, and names what it does not know', () => {
    const help = execFileSync(process.execPath, run('--help'), { encoding: 'utf8' });
    for (const { name } of growths) expect(help).toContain(name);
    const { status, stderr } = spawnSync(process.execPath, run('--only', 'luck'), { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('There is no experiment luck.');
  });
});
