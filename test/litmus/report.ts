/** Outcome tables, and the rows of the JSON file. */
import Table from 'cli-table3';
import type { Line } from './engine.js';
import { programNamed } from './programs/index.js';
import type { Tier } from './tiers.js';
import { judgeAll } from './verdicts.js';

/** What was done with one tier of one engine. */
export interface Played {
  readonly engine: string;
  readonly tier: Tier;
  /** Why there are no lines, if there are none. */
  readonly skipped?: string;
  readonly lines: readonly Line[];
}

export interface Row {
  readonly program: string;
  readonly engine: string;
  readonly tier: string;
  readonly outcome: string;
  readonly count: number;
  readonly verdict: 'allowed' | 'interesting' | 'forbidden' | 'skipped';
}

/** A row for each outcome; a trial that could not be ended, and a tier that was skipped, say why in place of an outcome. */
export function rowsOf({ engine, tier, skipped, lines }: Played): Row[] {
  const place = { engine, tier: tier.name };
  if (skipped !== undefined)
    return [{ program: '', ...place, outcome: skipped, count: 0, verdict: 'skipped' }];
  return lines.flatMap((line): Row[] => {
    const { program } = line;
    if ('fault' in line) return [{ program, ...place, outcome: line.fault, count: 1, verdict: 'forbidden' }];
    return judgeAll(programNamed(program), line.outcomes).map((judged) => ({ program, ...place, ...judged }));
  });
}

/** One engine's outcomes, a column for each tier. */
export function tableOf(played: readonly Played[]): string {
  const ran = played.filter(({ skipped }) => skipped === undefined);
  const table = new Table({
    head: ['program', 'outcome', 'verdict', ...ran.map(({ tier }) => tier.name)],
    colAligns: ['left', 'left', 'left', ...ran.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  const rows = ran.flatMap(rowsOf);
  for (const name of new Set(rows.map(({ program }) => program))) {
    const own = rows.filter(({ program }) => program === name);
    const outcomes = [...new Set(own.map(({ outcome }) => outcome))];
    outcomes.forEach((outcome, i) => {
      const counts = ran.map(({ tier }) =>
        own.find((row) => row.outcome === outcome && row.tier === tier.name)?.count.toLocaleString('en'),
      );
      const { verdict } = own.find((row) => row.outcome === outcome)!;
      const label = verdict === 'forbidden' ? 'FORBIDDEN' : verdict;
      table.push([i === 0 ? name : '', outcome, label, ...counts.map((count) => count ?? '0')]);
    });
  }
  const skipped = played.filter((tier) => tier.skipped !== undefined);
  const notes = skipped.map(({ tier, skipped: reason }) => `  ${tier.name}: skipped, ${reason}\n`);
  return `\n${played[0].engine}\n${table.toString()}\n${notes.join('')}`;
}

/** Weak outcomes that were seen, with the engines and tiers that showed them. */
export function weakOutcomes(played: readonly Played[]): string {
  const seen = new Map<string, number>();
  for (const { program, outcome, count, verdict } of played.flatMap(rowsOf)) {
    const key = `${program}: ${outcome}`;
    if (verdict === 'interesting' && count > 0) seen.set(key, (seen.get(key) ?? 0) + count);
  }
  return [...seen].map(([key, count]) => `  ${key} (${count.toLocaleString('en')} times)`).join('\n');
}
