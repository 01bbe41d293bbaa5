/** What it costs a publisher that somebody might be asleep. */
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, honest } from './findings.js';
import { handRing, shippedRing } from './rings.js';
import { measureInTurn } from './turns.js';

const name = 'waiter-bit';

export const waiterBit: Experiment = {
  name,
  title: 'The waiter bit: letting others sleep for nothing',
  drawing: `
never            store(cursor)                                     nobody may sleep
waiter-bit       compareExchange(cursor, own last, next)           fails only if a sleeper left its bit there
flag-after-store store(cursor) ▸ load(flag) ▸ notify if it is set  two operations, two lines
notify-always    store(cursor) ▸ notify(cursor)                    a call into the engine for every event`,
  expected:
    'The bit should cost nothing: it travels in the word that is written anyway, and an exchange costs what a store does. A flag of its own is one ' +
    'more load for each event, and an unconditional notify several times the price of all the rest.',
  run,
  tell,
};

const ways = ['never', 'waiter-bit', 'flag-after-store', 'notify-always'] as const;

async function run(effort: Effort): Promise<Result[]> {
  return measureInTurn(
    [
      ...ways.map((wakes) => handRing({ experiment: name, system: wakes }, { wakes })),
      shippedRing({ experiment: name, system: 'slipring' }),
    ],
    effort,
  );
}

function tell(results: readonly Result[]): Told {
  const [never, bit, flag, always] = ways.map((system) => find(results, system));
  const cheapest = !better(flag, bit) && !better(always, bit);
  return {
    seen:
      `With the bit the ring is ${comparedWith(bit, never)} one that lets nobody sleep (${figure(bit)} and ${figure(never)}), ` +
      `${comparedWith(bit, flag)} with a flag after the store (${figure(flag)}), and ${comparedWith(bit, always)} with a notify for every event (${figure(always)}).` +
      honest(!better(never, bit), 'So in this run the bit was not free.'),
    means:
      'A thread with nothing to do should sleep, and be woken. ' +
      (cheapest
        ? 'The one who wakes it need not keep asking whether anybody sleeps: the sleeper leaves a mark on the very thing that is written next. ' +
          (better(never, bit)
            ? 'That is the cheapest way to let others sleep, though not for nothing.'
            : 'So letting others sleep costs nothing.')
        : 'The ring has the sleeper leave a mark on the very thing that is written next; here, asking for it separately was cheaper.'),
  };
}
