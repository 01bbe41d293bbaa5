/** What the growth of a cost means, for somebody who never heard of a cache line: read from the figures, whatever they say. */
import type { Result } from '../harness.js';
import { digits } from '../report/figures.js';
import { costAt, knee, lineThrough, type Place, placesOf } from './laws.js';

const ringIn = (results: readonly Result[]): Place[] => placesOf(results, 'slipring');
const postedIn = (results: readonly Result[]): Place[] => placesOf(results, 'post-message');

/** How many times as much the last place costs as the first. */
const risen = (places: readonly Place[]): number => places.at(-1)!.cost / places[0].cost;

const times = (ratio: number): string => `${digits(Number(ratio.toPrecision(ratio < 2 ? 3 : 2)))} times`;
const share = (part: number): string => `${digits(Math.round(part * 100))} %`;

/** Below so much more, a difference is taken for noise. */
const NOISE = 1.25;
/** A line that figures are further off is none. */
const OFF = 0.4;

type Subject = 'consumers' | 'producers' | 'threads' | 'capacity' | 'width' | 'size';

export const meanings: Readonly<Record<Subject, (results: readonly Result[]) => string>> = {
  consumers(results: readonly Result[]): string {
    const [ring, posted] = [ringIn(results), postedIn(results)];
    const last = ring.at(-1)!.at;
    const [ours, theirs] = [risen(ring), risen(posted)];
    const dearer = posted.at(-1)!.cost / ring.at(-1)!.cost;
    return (
      `With ${last} readers an event costs ${times(ours)} what it costs with one; a message, ${times(theirs)}. ` +
      (ours < last
        ? 'Nothing is copied for another reader of a ring: what it adds is less than a whole hand-over of its own. '
        : 'Nothing is copied for another reader of a ring; still each adds a whole hand-over here, since the readers share the cores. ') +
      (dearer > NOISE
        ? `A message is copied and queued again for each, and with ${last} of them costs ${times(dearer)} what the ring's event does.`
        : `With ${last} of them the ring is not ahead of messages here.`)
    );
  },

  producers(results: readonly Result[]): string {
    const ring = ringIn(results);
    const last = ring.at(-1)!.at;
    const [second, all] = [costAt(ring, 2) / costAt(ring, 1), risen(ring)];
    if (Math.max(second, all) <= NOISE)
      return `Several threads that write into one ring compete for the next place. Here that costs nothing that can be seen: ${last} of them pay ${times(all)} the price of one.`;
    return (
      'Several threads that write into one ring compete for the next place, and one loses such a race. ' +
      (second > NOISE
        ? `The second one makes an event ${times(second)} as dear, ${last} of them ${times(all)}. `
        : `A second one changes little (${times(second)} the price), ${last} of them make an event ${times(all)} as dear. `) +
      'Where each can have a ring of its own (`serve` lets one thread empty several), nobody competes.'
    );
  },

  threads(results: readonly Result[]): string {
    const ring = ringIn(results);
    const last = ring.at(-1)!.at;
    const kept = 1 / risen(ring);
    const whole = `All ${last} threads together carry ${share(kept)} of what ${ring[0].at} do. `;
    if (kept > NOISE) return `${whole}More threads get more done: there are cores for them.`;
    if (kept > 1 / NOISE)
      return `${whole}More threads than cores get no more done, and no less: one that waits sleeps, and leaves its core to the others.`;
    return `${whole}More threads than cores get less done: they sleep while they wait, but each change from one thread to another on a core costs time too.`;
  },

  capacity(results: readonly Result[]): string {
    const ring = ringIn(results);
    const best = ring.reduce((a, b) => (b.cost < a.cost ? b : a));
    const enough = knee(ring, 0.8).at.toLocaleString('en');
    const [gain, loss] = [ring[0].cost / best.cost, ring.at(-1)!.cost / best.cost];
    if (gain <= NOISE)
      return `Here a ring carries as much with hardly any room between its two sides${loss > NOISE ? `, and more room makes it slower: the largest takes ${times(loss)} as long` : ''}.`;
    return (
      `A ring needs room for its two sides to work without meeting: from ${ring[0].at} slots to ${enough} it gets ${times(ring[0].cost / knee(ring, 0.8).cost)} as fast. ` +
      (loss > NOISE
        ? `Far more than that does harm (the largest is ${times(loss)} as slow as the best): it no longer fits into the near caches.`
        : 'More room than that is only more memory.')
    );
  },

  width(results: readonly Result[]): string {
    const ring = ringIn(results);
    const { fixed, each, off } = lineThrough(ring);
    const [first, last] = [ring[0], ring.at(-1)!];
    const perColumn = ({ at, cost }: Place): string => `${digits(cost / at)} ns a column with ${at}`;
    const rates = `An event costs ${perColumn(first)}, and ${perColumn(last)}. `;
    if (each <= 0)
      return `${rates}Here wider events cost no more: what they carry was not what took the time.`;
    if (off > OFF)
      return `${rates}The price does not rise evenly: the figures are up to ${share(off)} off a line, so look at the plot before you rely on one.`;
    return (
      `${rates}You pay for the numbers that you carry, one by one, and there is no size at which an event suddenly becomes expensive` +
      (fixed > each ? '; the price of handing over comes once for all of them.' : '.')
    );
  },

  size(results: readonly Result[]): string {
    const [ring, posted] = [ringIn(results), postedIn(results)];
    const ahead = (i: number): number => posted.at(i)!.cost / ring.at(i)!.cost;
    const [small, large] = [ahead(0), ahead(-1)];
    const at = (i: number): string => `${ring.at(i)!.at.toLocaleString('en')} bytes`;
    const ratios = `A message of ${at(0)} takes ${times(small)} as long by postMessage as through the ring, one of ${at(-1)} ${times(large)}. `;
    if (small > NOISE && large < small / 2)
      return `${ratios}For small messages the way of handing over decides, for large ones the memory does: there it helps to write them where they will be read (\`reserve\`), so that nothing is copied.`;
    if (Math.min(small, large) > NOISE)
      return `${ratios}The ring is ahead at every size, and does not lose it as messages grow.`;
    return `${ratios}Here the way of handing over is not what decides, whatever the size.`;
  },
};
