/** What the ring shall reach beside its peers, and what came of it in a run. */
import type { Result } from './harness.js';
import { timesBetter } from './report.js';
import type { ScenarioName } from './scenarios.js';

interface Goal {
  scenario: ScenarioName;
  /** The best of these is the rival. */
  rivals: readonly string[];
  /** At least so many times as good. */
  ratio: number;
}

const locks = ['lock-condition', 'lock-semaphore'];
const graphs = ['multicast-3', 'pipeline-3', 'diamond', 'three-to-one'] as const;

const goals: readonly Goal[] = [
  { scenario: 'unicast', rivals: ['lmax'], ratio: 1 },
  { scenario: 'unicast-batch-100', rivals: ['lmax'], ratio: 1.3 },
  { scenario: 'unicast-batch-100', rivals: ['ringbuf.js'], ratio: 1.2 },
  { scenario: 'unicast-batch-100', rivals: ['native'], ratio: 0.2 },
  { scenario: 'unicast', rivals: ['ringbuf.js'], ratio: 10 },
  { scenario: 'unicast', rivals: ['post-message'], ratio: 50 },
  // 0.8 and 0.4 of its time.
  { scenario: 'round-trip-spin', rivals: ['lmax-busy-spin'], ratio: 1 / 0.8 },
  { scenario: 'round-trip-park', rivals: ['lmax-blocking'], ratio: 1 / 0.4 },
  ...graphs.map((scenario) => ({ scenario, rivals: ['lmax'], ratio: 0.7 })),
  ...(['unicast', ...graphs, 'group-2'] as const).map((scenario) => ({ scenario, rivals: locks, ratio: 10 })),
];

export interface Verdict {
  scenario: ScenarioName;
  rival: string;
  wanted: number;
  got: number;
  reached: boolean;
}

/** Those goals that the run has figures for. */
export function verdictsOf(results: readonly Result[]): Verdict[] {
  return goals.flatMap(({ scenario, rivals, ratio }) => {
    const own = results.find(({ experiment, system }) => experiment === scenario && system === 'slipring');
    const [rival] = results
      .filter(({ experiment, system }) => experiment === scenario && rivals.includes(system))
      .sort((a, b) => Math.log(timesBetter(b, a)));
    if (own === undefined || rival === undefined) return [];
    const got = timesBetter(own, rival);
    return [{ scenario, rival: rival.system, wanted: ratio, got, reached: got >= ratio }];
  });
}
