/** The shipped ring from 2 slots to four million. */
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find } from './findings.js';
import { shippedRing } from './rings.js';
import { measureInTurn } from './turns.js';

const name = 'capacity';
const exponents = {
  quick: [1, 6, 12, 16, 22],
  full: [1, 3, 6, 8, 10, 12, 14, 16, 18, 20, 22],
};

export const capacity: Experiment = {
  name,
  title: 'Capacity: how many slots are enough',
  drawing: `
2 slots          [a][b]                       each waits for the other all the time
65,536 slots     [ ][ ][a][b][c][d][e][ ]…    room for either to be late; a megabyte, in a near cache
2^22 slots       [ ][ ][ ][ ][ ][ ][ ][ ]…    the same room 64 times over; every event is in far memory`,
  expected:
    'Steeply up with the slots as long as they are few, since the two threads wait for each other less; level from some ten thousand on; and a little down ' +
    'again where a lap of the ring no longer fits into the caches.',
  varied: 'slots',
  run,
  tell,
};

async function run(effort: Effort): Promise<Result[]> {
  const capacities = exponents[effort.quick ? 'quick' : 'full'].map((exponent) => 2 ** exponent);
  return measureInTurn(
    capacities.map((at) => shippedRing({ experiment: name, system: 'slipring', at }, 1, at)),
    effort,
  );
}

function tell(results: readonly Result[]): Told {
  const [least, usual, most] = [2, 65_536, 2 ** 22].map((at) => find(results, 'slipring', { at }));
  const best = results.reduce((a, b) => (b.median > a.median ? b : a));
  const enough = results.find(({ median }) => median >= 0.8 * best.median)!;
  const further = better(usual, most)
    ? ' Past a point more space buys nothing: it only moves things further away.'
    : better(most, usual)
      ? ' Here still more space bought more.'
      : ' Past a point more space buys nothing.';
  return {
    seen:
      `A ring of two slots carries ${figure(least)}, one of 65,536 ${figure(usual)}, one of four million ${figure(most)}: ` +
      `the largest is ${comparedWith(most, usual)} the usual size, and ${enough.at!.toLocaleString('en')} slots are enough for four fifths of the best.`,
    means:
      (better(usual, least)
        ? 'The space between two workers is what lets each have a bad moment without stopping the other.'
        : 'Here two workers got as much done with hardly any space between them.') + further,
  };
}
