/** How a consumer polls: tightly, after a fixed gap, or after the adaptive one. */
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, honest } from './findings.js';
import { handRing, handRoundTrip, shippedRing } from './rings.js';
import { measureInTurn } from './turns.js';

const name = 'hot-cursor';
const trip = `${name}/round-trip`;

export const hotCursor: Experiment = {
  name,
  title: 'The hot cursor: who asks less often gets more',
  drawing: `
tight      producer  store ──╮   store ──╮   store       each look takes the cursor's line away,
           consumer       look ╯─── look ╯─── look       each store has to fetch it back
with gaps  producer  store store store store store       the line stays where it is written …
           consumer  look ········ idle ········ look    … and a look finds hundreds at once`,
  expected:
    'A consumer that looks all the time should slow the producer down several times, and gaps should cure it. A fixed gap must cost ' +
    'in round trips; the adaptive one, which an empty look ends, should cost nothing there.',
  run,
  tell,
};

const gaps = {
  tight: 'none',
  'gap-100': 100,
  'gap-1000': 1_000,
  'gap-10000': 10_000,
  adaptive: 'adaptive',
} as const;

async function run(effort: Effort): Promise<Result[]> {
  const streams = Object.entries(gaps).map(([system, gap]) =>
    handRing({ experiment: name, system }, { gap }),
  );
  const trips = (['tight', 'gap-1000', 'gap-10000', 'adaptive'] as const).map((system) =>
    handRoundTrip({ experiment: trip, system }, { gap: gaps[system] }),
  );
  return measureInTurn([...streams, shippedRing({ experiment: name, system: 'slipring' }), ...trips], effort);
}

function tell(results: readonly Result[]): Told {
  const stream = (system: string) => find(results, system, { experiment: name });
  const back = (system: string) => find(results, system, { experiment: trip });
  const [tight, adaptive] = [stream('tight'), stream('adaptive')];
  const gains = better(adaptive, tight);
  const free = !better(back('tight'), back('adaptive'));
  return {
    seen:
      `With the adaptive gap the same ring is ${comparedWith(adaptive, tight)} with a tight poll (${figure(adaptive)} against ${figure(tight)}), ` +
      `and a round trip takes ${figure(back('adaptive'))} against ${figure(back('tight'))}, where a fixed gap of 10,000 turns makes it ${figure(back('gap-10000'))}.` +
      honest(gains, 'So this run does not show that looking often does harm.') +
      honest(free, 'So in this run the adaptive gap was not free for round trips.'),
    means: gains
      ? 'Whoever keeps asking "is there more?" gets in the way of the one who is busy making more. Asking less often when things are coming fast anyway, and at once when they are not, is ' +
        (free
          ? 'faster for a stream, and no slower for a question and its answer.'
          : 'faster for a stream; here it cost something for a question and its answer.')
      : 'The gap is there because whoever keeps asking "is there more?" may get in the way of the one who is busy making more. Here, nobody got in the way.',
  };
}
