/** Latencies in an HDR histogram: three significant digits, from a nanosecond to a minute. */
import { build, type Histogram } from 'hdr-histogram-js';

const HIGHEST = 60e9;

/** The percentiles that are kept, by the names they have in a result. */
const KEPT = ['50', '90', '99', '99.9', '99.99', '100'] as const;

export class Latencies {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: 3,
  });

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Nanoseconds each. */
  record(latencies: Float64Array): void {
    for (const latency of latencies)
      this.#histogram.recordValue(Math.min(HIGHEST, Math.max(1, Math.round(latency))));
  }

  percentiles(): Record<string, number> {
    return Object.fromEntries(KEPT.map((name) => [name, this.#histogram.getValueAtPercentile(Number(name))]));
  }
}

/** The median of some figures, in any order. */
export function medianOf(figures: ArrayLike<number>): number {
  const sorted = Float64Array.from(figures).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
