/** What the ring shall reach beside its peers, and what came of it in a run. */
import type { Result } from './harness.js';
import { timesBetter } from './report.js';
import type { ScenarioName } from './scenarios.js';

interface Goal {
  scenario: ScenarioName;
  /** The best of these is the rival. */
  rivals: readonly string[];
  /** At least so many times as many events; or where latencies are measured, at most so many times as long. */
  ratio: number;
}

/** What slipring is in: the better one counts. */
const own = ['slipring', 'slipring-wasm'];
const locks = ['lock-condition', 'lock-semaphore'];
const graphs = ['multicast-3', 'pipeline-3', 'diamond', 'three-to-one'] as const;

const goals: readonly Goal[] = [
  { scenario: 'unicast', rivals: ['lmax'], ratio: 1 },
  { scenario: 'unicast-batch-100', rivals: ['lmax'], ratio: 1.3 },
  { scenario: 'unicast-batch-100', rivals: ['ringbuf.js'], ratio: 1.2 },
  { scenario: 'unicast-batch-100', rivals: ['native'], ratio: 0.2 },
  { scenario: 'unicast', rivals: ['ringbuf.js'], ratio: 10 },
  { scenario: 'unicast', rivals: ['post-message'], ratio: 50 },
  { scenario: 'round-trip-spin', rivals: ['lmax-busy-spin'], ratio: 0.8 },
  { scenario: 'round-trip-park', rivals: ['lmax-blocking'], ratio: 0.4 },
  ...graphs.map((scenario) => ({ scenario, rivals: ['lmax'], ratio: 0.7 })),
  ...(['unicast', ...graphs, 'group-2'] as const).map((scenario) => ({ scenario, rivals: locks, ratio: 10 })),
];

export interface Verdict {
  scenario: ScenarioName;
  /** Which of slipring's systems it was. */
  system: string;
  rival: string;
  /** Whether more is better: a ratio of events a second; else of times. */
  moreIsBetter: boolean;
  wanted: number;
  got: number;
  reached: boolean;
}

/** Those goals that the run has figures for. */
export function verdictsOf(results: readonly Result[]): Verdict[] {
  return goals.flatMap(({ scenario, rivals, ratio: wanted }) => {
    const best = bestOf(results, scenario, own);
    const rival = bestOf(results, scenario, rivals);
    if (best === undefined || rival === undefined) return [];
    const moreIsBetter = best.unit === 'events/s';
    const got = best.median / rival.median;
    const reached = moreIsBetter ? got >= wanted : got <= wanted;
    return [{ scenario, system: best.system, rival: rival.system, moreIsBetter, wanted, got, reached }];
  });
}

function bestOf(
  results: readonly Result[],
  scenario: string,
  systems: readonly string[],
): Result | undefined {
  return results
    .filter(({ experiment, system }) => experiment === scenario && systems.includes(system))
    .sort((a, b) => Math.log(timesBetter(b, a)))[0];
}
