/**
 * Writes rubbish into rings, and calls everything there is: `npm run fuzz -- --minutes 10`.
 *
 * A line a minute, each fault as it comes, and an account at the end. `--seed` repeats a run.
 */
import { parseArgs } from 'node:util';
import { type Account, watch } from './watch.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes} is no time`);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed ${values.seed} is no whole number`);

const count = (n: number): string => n.toLocaleString('en');
const line = ({ trials, refused, errors, faults, exhaustive }: Account): string =>
  `${count(trials)} trials of ${count(exhaustive)} that try each word alone · ${count(refused)} rings refused · ${count(errors)} errors, all named · ${faults.length} faults`;

console.log(`seed ${seed}`);
const start = performance.now();
let told = 0;
const account = await watch({
  seed,
  limitMs: minutes * 60_000,
  onFault: (text) => console.log(`FAULT  ${text}`),
  onAccount: (so) => {
    const minute = Math.floor((performance.now() - start) / 60_000);
    if (minute === told) return;
    told = minute;
    console.log(`minute ${minute} · ${line(so)}`);
  },
});
console.log(line(account));
console.log(
  account.faults.length === 0
    ? 'Nothing spun, nothing was read outside its buffer, and every error had a name.'
    : 'Something failed: see the lines that begin with FAULT.',
);
process.exitCode = account.faults.length === 0 ? 0 : 1;
