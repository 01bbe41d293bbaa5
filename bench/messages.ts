/**
 * Messages and values from one worker to another: bytes in place, and a queue of values, beside postMessage of the same, round after round in
 * turn; and the memory that the process takes while a producer outruns a consumer.
 *
 *      producer ──▶ ring with an arena | queue | port ──▶ consumer       each message is verified on arrival
 */
import { parseArgs } from 'node:util';
import type { QueueOptions } from 'slipring/queue';
import { measure, type Entrant, type Contender, type Result } from './harness.js';
import {
  bytesInRing,
  bytesPosted,
  bytesTransferred,
  valuesInQueue,
  valuesPosted,
  type What,
} from './message-contenders.js';
import { outrun, outruns, trendOf } from './outrun.js';
import { endProgress, machine, progressLine, tableOf, timesBetter, writeJson } from './report.js';

/** Values a call, or a message, where they go many at a time. */
const MANY = 64;

interface Experiment {
  name: string;
  about: string;
  /** At least so many times what the best of the others does. */
  wanted: number;
  entrants: (scale: number) => (Contender | Entrant)[];
}

const experiments: Experiment[] = [
  {
    name: 'bytes-100',
    about: 'messages of 100 bytes, in place',
    wanted: 15,
    entrants: (scale) => [
      bytesInRing('bytes-100', { length: 100, written: true }, 1_000_000 * scale),
      bytesInRing('bytes-100', { length: 100, written: true }, 1_000_000 * scale, 'wasm'),
      bytesPosted('bytes-100', { length: 100, written: true }, 60_000 * scale),
    ],
  },
  {
    name: 'bytes-64k',
    about: 'messages of 64 KiB, in place; then with every byte written',
    wanted: 2,
    entrants: (scale) =>
      [false, true].flatMap((written) => {
        const name = written ? 'bytes-64k-written' : 'bytes-64k';
        return [
          bytesInRing(name, { length: 65_536, written }, (written ? 30_000 : 300_000) * scale),
          bytesInRing(name, { length: 65_536, written }, (written ? 30_000 : 300_000) * scale, 'wasm'),
          bytesTransferred(name, { length: 65_536, written }, 10_000 * scale),
        ];
      }),
  },
  {
    name: 'queue-objects',
    about: 'small objects',
    wanted: 3,
    entrants: (scale) => valuesOf('queue-objects', 'objects', scale),
  },
  {
    name: 'queue-numbers',
    about: 'numbers',
    wanted: 15,
    entrants: (scale) => valuesOf('queue-numbers', 'numbers', scale),
  },
];

/** One by one, through a queue for up to 16 threads a side, and for one a side (`-pair`); then many at a time. */
function valuesOf(name: string, what: What, scale: number): Contender[] {
  const kinds: readonly Kind[] =
    what === 'numbers'
      ? [
          { system: 'slipring-queue', count: 1_000_000, options: { values: 'number' } },
          { system: 'slipring-queue-wasm', count: 1_000_000, options: { values: 'number', memory: 'wasm' } },
        ]
      : [
          { system: 'slipring-queue-json', count: 200_000, options: { values: 'json' } },
          { system: 'slipring-queue-clone', count: 200_000, options: { values: 'structured-clone' } },
          {
            system: 'slipring-queue-clone-wasm',
            count: 200_000,
            options: { values: 'structured-clone', memory: 'wasm' },
          },
        ];
  const posted = what === 'numbers' ? 200_000 : 100_000;
  const queues = (experiment: string, batch: number, more: Kind['options'] = {}): Contender[] =>
    kinds.map(({ system, count, options }) => {
      const values = batch === 1 ? count * scale : wholeBatches(count * scale);
      return valuesInQueue(experiment, system, what, batch, values, { ...options, ...more });
    });
  return [
    ...queues(name, 1),
    ...queues(`${name}-pair`, 1, { maxThreads: 1 }),
    valuesPosted(name, what, 1, posted * scale),
    ...queues(`${name}-many`, MANY),
    valuesPosted(`${name}-many`, what, MANY, wholeBatches(posted * scale)),
  ];
}

/** A queue, and how many values go through it in a round. */
interface Kind {
  readonly system: string;
  readonly count: number;
  readonly options: Pick<QueueOptions, 'values' | 'maxThreads' | 'memory'>;
}

const wholeBatches = (count: number): number => Math.floor(count / MANY) * MANY;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    only: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench:messages -- [--quick] [--runs N] [--only NAME]... [--seconds N] [--json FILE]
  --quick      a shorter measurement
  --runs N     rounds of each that count: 9, or 3 with --quick
  --only NAME  one experiment of these; may be given several times
${experiments.map(({ name, about }) => `                 ${name.padEnd(16)}${about}`).join('\n')}
                 memory-flat     memory while a producer outruns a consumer
  --seconds N  how long memory is watched: 60, or 5 with --quick
  --json FILE  write the results as JSON too`;

if (values.help) console.log(help);
else await main();

async function main(): Promise<void> {
  const names = [...experiments.map(({ name }) => name), 'memory-flat'];
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no experiment ${unknown}.\n${help}`);
  const isChosen = (name: string): boolean => values.only?.includes(name) ?? true;
  const runs = Number(values.runs ?? (values.quick ? 3 : 9));
  const seconds = Number(values.seconds ?? (values.quick ? 5 : 60));

  console.log(`slipring, on this machine: ${machine()}\n`);
  const results: Result[] = [];
  const verdicts: string[] = [];
  for (const { wanted, entrants } of experiments.filter(({ name }) => isChosen(name))) {
    const measured = await measure(entrants(values.quick ? 1 : 3), runs, progressLine);
    results.push(...measured);
    verdicts.push(...verdictsOf(measured, wanted));
  }
  const memory: Result[] = [];
  if (isChosen('memory-flat'))
    for (const system of outruns) memory.push(await outrun(system, seconds, progressLine));
  endProgress();

  const isOurs = ({ system }: Result): boolean => system.startsWith('slipring');
  if (results.length > 0)
    console.log(
      tableOf(
        results,
        (result) => (isOurs(result) ? rivalOf(results, result) : undefined),
        (result) => (isOurs(result) ? oneByOne(results, result) : undefined),
      ),
    );
  console.log(
    `\nEverything that arrived was verified.\n${[...verdicts, ...memory.map(memoryVerdict)].join('\n')}`,
  );
  if (values.json !== undefined) writeJson(values.json, [...results, ...memory]);
  if (memory.some((result) => isOurs(result) && !trendOf(result.course!).flat)) process.exitCode = 1;
}

/** What a result is compared with: postMessage of as many at a time. */
function rivalOf(results: readonly Result[], { experiment }: Result): Result | undefined {
  const same = experiment.replace(/-pair$/, '');
  return results.find(({ experiment, system }) => experiment === same && system.startsWith('post-message'));
}

/** For what goes many at a time: postMessage of the same values one by one, as a program that was not written anew would post them. */
function oneByOne(results: readonly Result[], { experiment }: Result): Result | undefined {
  const single = experiment.replace(/-many$/, '');
  if (single === experiment) return undefined;
  return results.find((result) => result.experiment === single && result.system === 'post-message');
}

/** The better of ours in each experiment, and what was wanted. */
function verdictsOf(results: readonly Result[], wanted: number): string[] {
  const names = [...new Set(results.map(({ experiment }) => experiment))];
  return names.map((name) => {
    const ours = results
      .filter(({ experiment, system }) => experiment === name && system.startsWith('slipring'))
      .reduce((best, result) => (result.median > best.median ? result : best));
    const rival = rivalOf(results, ours)!;
    const ratio = timesBetter(ours, rival);
    const single = oneByOne(results, ours);
    const also = single === undefined ? '' : `, and ${timesBetter(ours, single).toPrecision(3)}× one by one`;
    return `  ${name}: ${ours.system} carries ${ratio.toPrecision(3)}× what ${rival.system} does${also} (wanted ${wanted}×${ratio < wanted ? ': missed' : ''})`;
  });
}

function memoryVerdict(result: Result): string {
  const { grown, noise, flat } = trendOf(result.course!);
  const [seconds] = result.course!.at(-1)!;
  return `  memory-flat: with ${result.system} the process grew by ${grown.toFixed(1)} MB after its warm-up (noise ${noise.toFixed(1)} MB), within ${seconds.toFixed(0)} s in all: ${flat ? 'flat' : 'it grows'}`;
}
