/** The ratios that stand at the top, made from this run. */
import type { Result } from '../harness.js';
import { moreIsBetter, show, times, timesBetter } from './figures.js';
import { bestOf, type FamilyName } from './scenarios.js';

export interface Headline {
  ratio: string;
  /** Goes on after the ratio. */
  text: string;
  figures: string;
}

const wanted: readonly { experiment: string; family: FamilyName; more: string; less: string }[] = [
  {
    experiment: 'unicast',
    family: 'lock-based queue',
    more: 'the events a second of the best queue with a lock, handed over one at a time',
    less: '',
  },
  {
    experiment: 'unicast',
    family: 'postMessage',
    more: 'the events a second of postMessage, one at a time',
    less: '',
  },
  {
    experiment: 'unicast-batch-100',
    family: 'ringbuf.js',
    more: 'the events a second of ringbuf.js, both in batches of 100',
    less: '',
  },
  {
    experiment: 'unicast-batch-100',
    family: 'LMAX (Java)',
    more: 'the events a second of the LMAX Disruptor in Java, both in batches of 100',
    less: '',
  },
  {
    experiment: 'unicast-batch-100',
    family: 'C++ ring',
    more: 'the events a second of a ring in C++, both in batches of 100: the limit of the machine',
    less: '',
  },
  {
    experiment: 'round-trip-park',
    family: 'postMessage',
    more: '',
    less: 'faster there and back than postMessage, both threads asleep each time',
  },
];

/** Those that the results have figures for. */
export function headlinesOf(results: readonly Result[]): Headline[] {
  return wanted.flatMap(({ experiment, family, more, less }) => {
    const ring = bestOf(results, experiment, 'slipring');
    const other = bestOf(results, experiment, family);
    if (ring === undefined || other === undefined || ring.unit !== other.unit) return [];
    const figures = `${show(ring.median, ring.unit)} against ${show(other.median, other.unit)}`;
    return [{ ratio: times(timesBetter(ring, other)), text: moreIsBetter(ring.unit) ? more : less, figures }];
  });
}
