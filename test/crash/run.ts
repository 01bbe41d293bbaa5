/**
 * Kills threads of rings at random moments, and accounts for every event at every consumer: docs/soak.md.
 *
 *     node .build/test/crash/run.js                     until 100,000 threads were killed
 *     node .build/test/crash/run.js --minutes N
 *     node .build/test/crash/run.js --kills 2000        what continuous integration affords: about two minutes
 *
 * Ctrl-C ends it with the account so far.
 */
import { parseArgs } from 'node:util';
import { bundleWorker } from './bundle.js';
import { account, progressLine } from './report.js';
import { Soak } from './soak.js';
import { topologies, type Topology } from './topologies.js';

const KILLS = 100_000;
/** Faults told in one minute; the account has more. */
const MOST_TOLD = 5;

const help = `npm run soak -- [options]

  --minutes N        ends after N minutes
  --kills N          ends after N kills: ${KILLS.toLocaleString('en')} unless --minutes is given
  --seed N           the plans of an earlier run; the moments are always new
  --only TOPOLOGY    one of: ${Object.keys(topologies).join(', ')}
  --trial N          the plan of one trial, again and again
  --no-kills         joins, leaves and closes only
  --help`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    trial: { type: 'string' },
    'no-kills': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(help);
else await main();

async function main(): Promise<void> {
  const minutes = number('minutes', Infinity);
  const kills = number('kills', values.minutes === undefined ? KILLS : Infinity);
  const seed = number('seed', Math.floor(Math.random() * 2 ** 32));
  const trial = values.trial === undefined ? undefined : number('trial', 0);
  const { only } = values;
  if (only !== undefined && !Object.hasOwn(topologies, only))
    throw new Error(`There is no topology "${only}"; there are ${Object.keys(topologies).join(', ')}`);
  console.log(`seed ${seed}`);
  const soak = new Soak(
    {
      seed,
      kills,
      limitMs: minutes * 60_000,
      only: only as Topology | undefined,
      trial,
      killing: !values['no-kills'],
    },
    await bundleWorker(),
  );
  process.once('SIGINT', () => {
    console.log('ending: those that are on come to their end');
    soak.stop();
  });
  let told = 0;
  const lines = setInterval(() => {
    console.log(progressLine(soak.ms, soak.tally, soak.memory));
    for (const fault of soak.tally.faults.slice(told, told + MOST_TOLD)) console.log(`FAULT  ${fault}`);
    told = soak.tally.faults.length;
  }, 60_000);
  await soak.run();
  clearInterval(lines);
  console.log(account(soak.ms, soak.tally, soak.memory));
  const clean = soak.tally.faults.length === 0 && !soak.memory.leaks;
  console.log(
    clean
      ? 'Nothing was lost, nothing came twice beyond what is promised, and nobody was stuck.'
      : `FAIL: again with --seed ${seed}, and --trial N for one trial`,
  );
  process.exitCode = clean ? 0 : 1;
}

function number(name: 'minutes' | 'kills' | 'seed' | 'trial', otherwise: number): number {
  const text = values[name];
  if (text === undefined) return otherwise;
  const given = Number(text);
  if (!(given >= 0)) throw new Error(`--${name} ${text} is no number`);
  return given;
}
