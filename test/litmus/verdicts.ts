/** What a trial means: each outcome judged, and what is wrong with the trial as a whole. */
import type { Line } from './engine.js';
import { IN_STEP } from './pace.js';
import { judge, type Litmus, type Verdict } from './program.js';
import type { Tier } from './tiers.js';

export interface Judged {
  readonly outcome: string;
  readonly count: number;
  readonly verdict: Verdict;
}

/** Every outcome that was seen or might have been, the known ones first. */
export function judgeAll(program: Litmus, seen: Readonly<Record<string, number>>): Judged[] {
  const known = [...program.allowed, ...(program.interesting ?? [])];
  const outcomes = [...known, ...Object.keys(seen).filter((outcome) => !known.includes(outcome))];
  return outcomes.map((outcome) => ({
    outcome,
    count: seen[outcome] ?? 0,
    verdict: judge(program, outcome),
  }));
}

/** Whether the threads of a trial hardly met, although there is a processor for each: it then says little. */
export function hardlyMet({ threads }: Litmus, line: Line, processors: number): boolean {
  return 'inStep' in line && threads.length <= processors && line.inStep < IN_STEP;
}

/** Why a trial failed; nothing if it passed. */
export function problemsOf(program: Litmus, tier: Tier, line: Line): string[] {
  if ('fault' in line) return [line.fault];
  const judged = judgeAll(program, line.outcomes);
  const problems = judged
    .filter(({ verdict }) => verdict === 'forbidden')
    .map(({ outcome, count }) => `forbidden: ${outcome}, ${count} times`);
  const counted = judged.reduce((sum, { count }) => sum + count, 0);
  if (counted !== line.rounds) problems.push(`${line.rounds} rounds, but ${counted} outcomes`);
  if (tier.code !== undefined && line.code.some((code) => code !== tier.code))
    problems.push(`ran as ${line.code.join(', ')}: that says nothing about ${tier.code}`);
  return problems;
}
