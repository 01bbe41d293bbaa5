/** Latencies as HDR histograms tell them. */
import { build } from 'hdr-histogram-js';
import { type Result, resultOf } from '../harness.js';

const WANTED = [50, 90, 99, 99.9];
const LONGEST_NS = 60e9;

/** A result in nanoseconds: `rounds` are the latencies round by round, the percentiles those of all together. */
export function latencyResult(experiment: string, system: string, rounds: readonly Float64Array[]): Result {
  const ofAll = histogramOf(rounds);
  const medians = rounds.map((latencies) => histogramOf([latencies]).getValueAtPercentile(50));
  const percentiles = Object.fromEntries(WANTED.map((at) => [String(at), ofAll.getValueAtPercentile(at)]));
  return { ...resultOf(experiment, system, 'ns', medians), percentiles };
}

function histogramOf(rounds: readonly Float64Array[]): ReturnType<typeof build> {
  const histogram = build({ highestTrackableValue: LONGEST_NS, numberOfSignificantValueDigits: 3 });
  for (const latencies of rounds)
    for (const latency of latencies)
      histogram.recordValue(Math.max(1, Math.min(LONGEST_NS, Math.round(latency))));
  return histogram;
}
