/** Claims of 1 to 10,000 events on the shipped ring. */
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure } from './findings.js';
import { shippedRing } from './rings.js';
import { measureInTurn } from './turns.js';

export const batching: Experiment = {
  name: 'batching',
  title: 'Batching: one atomic operation for many events',
  drawing: `
claims of 1      fill ▸ publish   fill ▸ publish   fill ▸ publish   …       an atomic operation for each event
claims of 100    fill fill fill fill fill fill … fill ▸ publish             one for a hundred`,
  expected:
    'Much more from 1 to 100, little after that: what publishing costs is shared by the events of a claim, and from some hundred ' +
    'on only the filling is left. At 10,000 the two threads reuse fewer slots before they meet, so the caches may help less.',
  varied: 'events a claim',
  run,
  tell,
};

async function run(effort: Effort): Promise<Result[]> {
  const variants = [1, 10, 100, 1_000, 10_000].map((batch) =>
    shippedRing({ experiment: 'batching', system: 'slipring', at: batch }, batch),
  );
  return measureInTurn(variants, effort);
}

function tell(results: readonly Result[]): Told {
  const [one, , hundred] = results;
  const best = results.reduce((a, b) => (b.median > a.median ? b : a));
  const last = results.at(-1)!;
  const gains = better(hundred, one);
  return {
    seen:
      `Claims of 100 are ${comparedWith(hundred, one)} single events (${figure(hundred)} against ${figure(one)}); ` +
      `the most here is at ${best.at!.toLocaleString('en')} (${figure(best)})` +
      `${best === last ? '.' : `, and claims of 10,000 carry ${figure(last)}.`}`,
    means: gains
      ? 'Telling another thread that something is ready costs the same for one thing as for a hundred. If your events come in bundles, hand them over in bundles; ' +
        (better(best, hundred)
          ? `here bundles of ${best.at!.toLocaleString('en')} gained still more.`
          : 'beyond a hundred there is little more to be had.')
      : 'Telling another thread that something is ready costs the same for one thing as for a hundred. Here that was not what took the time.',
  };
}
