/** A run beside a stored one: what got slower beyond noise. */
import { readFileSync } from 'node:fs';
import { readable, type Result } from './harness.js';

/** A median that is so much worse, while no run was as good as any of the stored ones, is not noise. */
const WORSE = 1.1;

export interface Comparison {
  /** Pairs that both runs have. */
  compared: number;
  /** A sentence for each that got slower. */
  slower: string[];
}

/** Results that were stored by `--json`. */
export function readResults(file: string): Result[] {
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Result[] | { results: Result[] };
  return Array.isArray(stored) ? stored : stored.results;
}

export function compare(now: readonly Result[], stored: readonly Result[]): Comparison {
  const slower: string[] = [];
  let compared = 0;
  for (const result of now) {
    const before = stored.find(
      ({ experiment, system, unit, at }) =>
        experiment === result.experiment && system === result.system && unit === result.unit && at === result.at,
    );
    if (before === undefined) continue;
    compared++;
    const moreIsBetter = result.unit.endsWith('/s');
    const worse = moreIsBetter ? before.median / result.median : result.median / before.median;
    const apart = moreIsBetter ? result.max < before.min : result.min > before.max;
    if (apart && worse > WORSE) {
      const figures = `${readable(result.median, result.unit)}, was ${readable(before.median, before.unit)}`;
      slower.push(`${result.experiment} ${result.system}: ${figures} (${worse.toFixed(2)} times as slow)`);
    }
  }
  return { compared, slower };
}

/** Says what came of it; a process that found something slower ends with code 1. */
export function reportComparison(now: readonly Result[], file: string): void {
  const { compared, slower } = compare(now, readResults(file));
  if (compared === 0) throw new Error(`${file} has nothing that was measured now`);
  console.log(`\nAgainst ${file}, ${compared} results: ${slower.length === 0 ? 'nothing got slower beyond noise.' : 'slower beyond noise:'}`);
  for (const line of slower) console.log(`  ${line}`);
  if (slower.length > 0) process.exitCode = 1;
}
