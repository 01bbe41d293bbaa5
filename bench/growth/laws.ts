/** The law that a row of measurements follows, read from them by least squares. */
import type { Result } from '../harness.js';

export interface Place {
  /** The quantity that was varied. */
  at: number;
  /** What an event cost there: nanoseconds. */
  cost: number;
}

/** cost = fixed + each · at. */
export interface Line {
  fixed: number;
  each: number;
  /** The largest share by which a measurement is off the line: 0.1 is a tenth of it. */
  off: number;
}

/**
 * The line with the least squares of relative errors: a cost of a microsecond counts as much as one of a second. Costs are above 0.
 * @throws RangeError with fewer than two places, or all at one.
 */
export function lineThrough(places: readonly Place[]): Line {
  let [w, x, y, xx, xy] = [0, 0, 0, 0, 0];
  for (const { at, cost } of places) {
    const weight = 1 / cost ** 2;
    w += weight;
    x += weight * at;
    y += weight * cost;
    xx += weight * at * at;
    xy += weight * at * cost;
  }
  const spread = w * xx - x * x;
  if (!(spread > 0)) throw new RangeError('A line needs two different places.');
  const each = (w * xy - x * y) / spread;
  const fixed = (y - each * x) / w;
  const off = Math.max(...places.map(({ at, cost }) => Math.abs(fixed + each * at - cost) / cost));
  return { fixed, each, off };
}

/** cost = scale · at^exponent, by least squares of the logarithms. */
export function powerThrough(places: readonly Place[]): { scale: number; exponent: number } {
  const logs = places.map(({ at, cost }) => [Math.log(at), Math.log(cost)] as const);
  const mean = (index: 0 | 1): number => logs.reduce((sum, pair) => sum + pair[index], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = logs.reduce((sum, [log]) => sum + (log - x) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('A law needs two different places.');
  const exponent = logs.reduce((sum, [log, cost]) => sum + (log - x) * (cost - y), 0) / spread;
  return { scale: Math.exp(y - exponent * x), exponent };
}

/** The first place that carries at least `share` of the most that is carried anywhere. */
export function knee(places: readonly Place[], share: number): Place {
  const least = Math.min(...places.map(({ cost }) => cost));
  return [...places].sort((a, b) => a.at - b.at).find(({ cost }) => least / cost >= share)!;
}

/** Nanoseconds an event by place, of one system. */
export const placesOf = (results: readonly Result[], system: string): Place[] =>
  results
    .filter((result) => result.system === system && result.at !== undefined)
    .map(({ at, median }) => ({ at: at!, cost: 1e9 / median }));

export const costAt = (places: readonly Place[], at: number): number =>
  places.find((place) => place.at === at)!.cost;
