/** The ratios that stand at the top, made from this run. */
import type { Result } from '../harness.js';
import { show, times, timesBetter } from './figures.js';
import { bestOf, type FamilyName } from './scenarios.js';

export interface Headline {
  ratio: string;
  /** Goes on after the ratio. */
  text: string;
  figures: string;
}

const wanted: readonly { experiment: string; family: FamilyName; text: string }[] = [
  {
    experiment: 'unicast',
    family: 'lock-based queue',
    text: 'what the best queue with a lock carries, one event at a time',
  },
  { experiment: 'unicast', family: 'postMessage', text: 'what postMessage carries, one at a time' },
  { experiment: 'unicast', family: 'ringbuf.js', text: 'what ringbuf.js carries, one at a time' },
  {
    experiment: 'unicast',
    family: 'LMAX (Java)',
    text: 'what the LMAX Disruptor carries in Java, one at a time',
  },
  {
    experiment: 'unicast-batch-100',
    family: 'C++ ring',
    text: 'what a ring in C++ carries, in batches of 100: the limit',
  },
  {
    experiment: 'round-trip-park',
    family: 'postMessage',
    text: 'as fast there and back as postMessage, both asleep each time',
  },
];

/** Those that the results have figures for. */
export function headlinesOf(results: readonly Result[]): Headline[] {
  return wanted.flatMap(({ experiment, family, text }) => {
    const ring = bestOf(results, experiment, 'slipring');
    const other = bestOf(results, experiment, family);
    if (ring === undefined || other === undefined || ring.unit !== other.unit) return [];
    const figures = `${show(ring.median, ring.unit)} against ${show(other.median, other.unit)}`;
    return [{ ratio: times(timesBetter(ring, other)), text, figures }];
  });
}
