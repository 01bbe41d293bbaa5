/** Claims of 1 to 10,000 events on the shipped ring. */
import { readable } from '../harness.js';
import { timesBetter } from '../report.js';
import type { Effort, Experiment, Finding } from './experiment.js';
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
};

async function run(effort: Effort): Promise<Finding> {
  const variants = [1, 10, 100, 1_000, 10_000].map((batch) =>
    shippedRing({ experiment: 'batching', system: 'slipring', at: batch }, batch),
  );
  const results = await measureInTurn(variants, effort);
  const [one, , hundred] = results;
  const best = results.reduce((a, b) => (b.median > a.median ? b : a));
  const last = results.at(-1)!;
  return {
    results,
    seen:
      `Claims of 100 carry ${timesBetter(hundred, one).toFixed(1)} times what single events do (${readable(hundred.median, 'events/s')} ` +
      `against ${readable(one.median, 'events/s')}); the most here is at ${best.at!.toLocaleString('en')} (${readable(best.median, 'events/s')})` +
      `${best === last ? '.' : `, and claims of 10,000 carry ${readable(last.median, 'events/s')}.`}`,
    means:
      'Telling another thread that something is ready costs the same for one thing as for a hundred. If your events come in bundles, ' +
      'hand them over in bundles; beyond some hundred nothing more is to be had.',
  };
}
