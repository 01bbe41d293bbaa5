/** The lab: each experiment isolates one decision of the ring's design and measures it on the reader's own machine. */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Experiment, Told } from './lab/experiment.js';
import { noteOfNoise } from './lab/findings.js';
import { experiments } from './lab/index.js';
import { conclude, introduce } from './lab/print.js';
import { keepRecord, type RunRecord, type Story } from './record.js';
import { endProgress, machine, progressLine, writeJson } from './report.js';

const help = `npm start -- [--quick] [--only NAME]... [--list] [--json FILE]
  --quick      a first look, under 40 seconds in all; without it under three minutes
  --only NAME  one of the experiments below; may be given several times
  --list       the experiments, and nothing else
  --json FILE  write the results as JSON too

${list()}`;

/** Seconds for an experiment of usual weight. */
const SECONDS = { quick: 1.5, full: 9 };

const options = read();
if (typeof options === 'string') {
  console.error(`${options}\n\n${help}`);
  process.exitCode = 1;
} else if (options.help) console.log(help);
else if (options.list) console.log(list());
else await main(options);

interface Options {
  quick: boolean;
  only?: string[];
  list: boolean;
  json?: string;
  help: boolean;
}

/** What was asked for, or what is wrong with it. */
function read(): Options | string {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        list: { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = values.only?.find((wanted) => !experiments.some(({ name }) => name === wanted));
    return unknown === undefined ? values : `There is no experiment ${unknown}.`;
  } catch (error) {
    return (error as Error).message;
  }
}

function list(): string {
  const longest = Math.max(...experiments.map(({ name }) => name.length));
  return experiments.map(({ name, title }) => `  ${name.padEnd(longest)}  ${title}`).join('\n');
}

async function main({ quick, only, json }: Options): Promise<void> {
  const chosen = experiments.filter(({ name }) => only?.includes(name) ?? true);
  const record = { results: [] as RunRecord['results'][number][], stories: [] as Story[] };

  console.log(`slipring, on this machine: ${machine()}`);
  const [load] = loadavg();
  if (load > availableParallelism() / 2)
    console.log(
      `Others are at work here (a load of ${load.toFixed(1)}): experiments with two threads will suffer.`,
    );
  const began = performance.now();
  for (const experiment of chosen) {
    console.log(introduce(experiment));
    const seconds = (quick ? SECONDS.quick : SECONDS.full) * (experiment.weight ?? 1);
    const results = await experiment.run({ quick, seconds, progress: progressLine });
    const { seen, means } = experiment.tell(results);
    const told = { seen: seen + noteOfNoise(results), means };
    endProgress();
    console.log(conclude(experiment, results, told));
    record.results.push(...results);
    record.stories.push(storyOf(experiment, told));
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  console.log(
    `\n${chosen.length === 1 ? 'One experiment' : `${chosen.length} experiments`} in ${seconds} seconds; ${verified(record.results)}.` +
      (quick ? ' Quick figures are rough: take --quick away for those to quote.' : ''),
  );
  keepRecord('lab', { command: commandOf(quick, only), ...record });
  if (json !== undefined) writeJson(json, record.results);
}

function verified(results: RunRecord['results']): string {
  const wrong = results.filter((result) => !result.verified);
  if (wrong.length === 0) return 'everything that moved was verified';
  const names = [...new Set(wrong.map(({ experiment, system }) => `${system} in ${experiment}`))];
  return `everything that moved was verified, and right but for ${names.join(', ')}`;
}

function storyOf({ name, title, drawing, expected, varied }: Experiment, { seen, means }: Told): Story {
  const story = { name, title, drawing: drawing.replace(/^\n/, ''), expected, seen, means };
  return varied === undefined ? story : { ...story, varied };
}

function commandOf(quick: boolean, only: readonly string[] = []): string {
  const flags = [...(quick ? ['--quick'] : []), ...only.map((name) => `--only ${name}`)];
  return ['npm start', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
}
