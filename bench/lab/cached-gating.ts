/** Whether a producer looks at its consumer for every claim, or only when the last look no longer says that there is room. */
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, honest } from './findings.js';
import { handRing, shippedRing } from './rings.js';
import { measureInTurn } from './turns.js';

const name = 'cached-gating';

export const cachedGating: Experiment = {
  name,
  title: 'Cached gating: remember how much room there was',
  drawing: `
every-claim   look at the consumer's position ▸ fill ▸ publish    look ▸ fill ▸ publish    look ▸ …
cached        look ▸ fill ▸ publish ▸ fill ▸ publish ▸ fill ▸ publish ▸ … 65,536 later ▸ look`,
  expected:
    'Faster with the cache, by a third or more: an atomic load less for each event, of a line that the consumer keeps writing. The room only ever grows ' +
    'behind the producer, so what it remembers is never wrong, only modest.',
  run,
  tell,
};

const ways = ['cached', 'every-claim'] as const;

async function run(effort: Effort): Promise<Result[]> {
  return measureInTurn(
    [
      ...ways.map((gating) => handRing({ experiment: name, system: gating }, { gating })),
      shippedRing({ experiment: name, system: 'slipring' }),
    ],
    effort,
  );
}

function tell(results: readonly Result[]): Told {
  const [cached, every] = ways.map((system) => find(results, system));
  const gains = better(cached, every);
  return {
    seen:
      `Remembering the room makes the ring ${comparedWith(cached, every)} one that looks for every event (${figure(cached)} against ${figure(every)}).` +
      honest(gains, 'So this run does not show what looking costs.'),
    means:
      'Before you put something on a table you check that there is room. If you saw a large free table a moment ago, and others only ever take things ' +
      `away, you need not look up each time${gains ? '.' : ': though here, looking up was as cheap.'}`,
  };
}
