/** What becomes of a producer that is faster than its consumer: a queue without bounds, and a bounded one that waits or drops. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Flooded, FloodPlan } from '../../workers/lab-flood.js';
import { readable, type Result, resultOf, workerFile } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, figure, find } from './findings.js';
import { latencyResult } from './percentiles.js';

export const backpressure: Experiment = {
  name: 'backpressure',
  title: 'Backpressure or not: a fast producer, a slow consumer',
  drawing: `
an item every 2 µs ──▶ …………………………………………………… ──▶ 4 µs of work for each    no bound: it grows
an item every 2 µs ──▶ [ 1,024 slots ] ──▶ 4 µs of work for each    full: wait, or drop`,
  expected:
    'Without a bound memory and age grow as long as the producer goes on: an item comes as late as half of the time that has passed. With 1,024 ' +
    'slots neither grows: an item is 1,024 times 4 µs old at most. Who waits loses nothing but slows the producer to the consumer; who drops keeps the ' +
    'producer fast and loses half.',
  run,
  tell,
};

const GAP_NS = 2_000;
const WORK_NS = 4_000;
const STALLED_MS = 60_000;

const ways: readonly { way: FloodPlan['way']; system: string }[] = [
  { way: 'messages', system: 'post-message' },
  { way: 'block', system: 'slipring-block' },
  { way: 'drop-newest', system: 'slipring-drop-newest' },
  { way: 'drop-oldest', system: 'slipring-drop-oldest' },
];

async function run({ quick, seconds, progress }: Effort): Promise<Result[]> {
  const rounds = quick ? 1 : 3;
  // What waits in messages takes as long again to drain; a process takes a while to start.
  const forMs = Math.max(50, (seconds * 1_000) / rounds / 6 - 150);
  const floods: Flooded[][] = ways.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, { way, system }] of ways.entries()) {
      const flooded = await flood({ way, forMs, gapNs: GAP_NS, workNs: WORK_NS });
      floods[i].push(flooded);
      progress(
        `round ${round} of ${rounds}: backpressure ${system}: ${readable(rateOf(flooded), 'events/s')} arrived`,
      );
    }
  }
  return ways.flatMap(({ system }, i) => resultsOf(system, floods[i]));
}

/** One flood, verified: everything that was neither dropped nor missed arrived, in order. */
async function flood(plan: FloodPlan): Promise<Flooded> {
  const child = fork(fileURLToPath(workerFile('lab-flood')), { serialization: 'advanced', execArgv: [] });
  const timer = setTimeout(() => child.kill('SIGKILL'), STALLED_MS);
  try {
    const flooded = await new Promise<Flooded>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Flooded));
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new Error(`the flood of ${plan.way} ended with ${code ?? signal}`)),
      );
      child.send(plan);
    });
    const { offered, dropped, arrived, fault } = flooded;
    if (fault !== undefined) throw new Error(`${plan.way}: ${fault}`);
    if (arrived + dropped !== offered)
      throw new Error(`${plan.way}: ${offered} offered, ${dropped} dropped and ${arrived} arrived`);
    return flooded;
  } finally {
    clearTimeout(timer);
    child.kill();
  }
}

const rateOf = ({ arrived, producedMs, drainedMs }: Flooded): number =>
  arrived / ((producedMs + Math.max(0, drainedMs)) / 1_000);
const MIB = 2 ** 20;
const grownOf = ({ memory }: Flooded): number => Math.max(...memory.map(([, bytes]) => bytes)) / MIB;
const shareOf = ({ arrived, offered }: Flooded): number => (arrived / offered) * 100;
const oldestOf = ({ ages }: Flooded): number => Math.max(...ages.map(([, age]) => age));

function resultsOf(system: string, floods: readonly Flooded[]): Result[] {
  const last = floods.at(-1)!;
  const figures = (experiment: string, unit: string, of: (flooded: Flooded) => number): Result =>
    resultOf(`backpressure/${experiment}`, system, unit, floods.map(of));
  return [
    { ...figures('offered', 'events/s', ({ offered, producedMs }) => offered / (producedMs / 1_000)) },
    { ...figures('arrived', 'events/s', rateOf) },
    { ...figures('share', '% arrived', shareOf) },
    {
      ...figures('memory', 'MiB', grownOf),
      course: last.memory.map(([at, bytes]) => [Math.round(at), bytes / MIB] as const),
    },
    {
      ...latencyResult(
        'backpressure/age',
        system,
        floods.map(({ latencies }) => latencies),
      ),
      course: last.ages.map(([at, age]) => [Math.round(at), age] as const),
    },
    figures('oldest', 'ns', oldestOf),
  ];
}

function tell(results: readonly Result[]): Told {
  const of = (part: string, system: string) => find(results, system, { experiment: `backpressure/${part}` });
  const about = (system: string): string =>
    `${of('memory', system).median.toFixed(1)} MiB, and its items arrived ${figure(of('age', system))} old, the oldest ${figure(of('oldest', system))}`;
  const percent = (system: string): string => `${of('share', system).median.toFixed(0)} %`;
  const offered = (system: string): string => figure(of('offered', system));
  const [free, block, newest, oldest] = ways.map(({ system }) => system);
  const ran = of('memory', free).course!.at(-1)![0];
  const grew = of('memory', free).median > 1.5 * of('memory', block).median;
  const held = (system: string): boolean => better(of('offered', free), of('offered', system));
  const fresher = better(of('age', oldest), of('age', newest));
  return {
    seen:
      `In ${readable(ran * 1e6, 'ns')} the queue without a bound grew by ${about(free)}. The ring that waits grew by ${about(block)}; its producer was held to ` +
      `${offered(block)} instead of ${offered(free)}. Dropping the newest let ${percent(newest)} arrive, ${figure(of('age', newest))} old, with the producer at ${offered(newest)}; ` +
      `dropping the oldest ${percent(oldest)}, ${figure(of('age', oldest))} old, with the producer at ${offered(oldest)}. All drops were counted, and the rest arrived in order.` +
      (held(oldest)
        ? ' Who drops the oldest is held back too, as long as the oldest are in the hands of the consumer: those are not taken away from it.'
        : ''),
    means:
      (grew
        ? 'A queue without a bound does not make a slow consumer faster. It hides that it is slow, in memory, until the memory ends; and everything in it gets older. '
        : 'A queue without a bound does not make a slow consumer faster. In the time of this run it did not yet show. ') +
      'A bound makes you choose: let the producer wait, and it learns how fast it may go; or say which items may be lost, and the losses are counted. ' +
      (fresher
        ? 'Drop the oldest where only what is new counts, as for prices on a screen.'
        : 'Dropping the oldest is for where only what is new counts, as for prices on a screen; here it made items no fresher.'),
  };
}
