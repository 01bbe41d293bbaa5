/**
 * The ring in every shape it carries, beside the LMAX Disruptor on the JVM in the same shape, in one run: one event at a time (and once in
 * claims), three columns, round after round in turn. Every consumer of both verifies count, order and checksum.
 */
import { parseArgs } from 'node:util';
import { type Entrant, measure, type Result } from './harness.js';
import { lmaxInShape, prepareLmax, strategies } from './peers/lmax.js';
import { endProgress, machine, progressLine, tableOf, timesBetter, writeJson } from './report.js';
import { ringInShape } from './ring-shapes.js';
import { eventsOf, type Rival, type Shape, shapes } from './shapes.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    only: { type: 'string', multiple: true },
    lmax: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench:topologies -- [--quick] [--runs N] [--only NAME]... [--lmax JAR] [--json FILE]
  --quick      a shorter measurement
  --runs N     rounds of each that count: 9, or 3 with --quick
  --only NAME  one shape of these; may be given several times
${shapes.map(({ experiment, drawing }) => `                 ${experiment.padEnd(24)}${drawing}`).join('\n')}
  --lmax JAR   where the LMAX Disruptor is, if not where Debian puts it
  --json FILE  write the results as JSON too`;

/** The ring in either memory. */
const rings = ['slipring', 'slipring-wasm'];

if (values.help) console.log(help);
else await main();

async function main(): Promise<void> {
  const chosen = shapes.filter(({ experiment }) => values.only?.includes(experiment) ?? true);
  const unknown = values.only?.find((name) => !chosen.some(({ experiment }) => experiment === name));
  if (unknown !== undefined) throw new Error(`There is no shape ${unknown}.\n${help}`);
  const runs = Number(values.runs ?? (values.quick ? 3 : 9));
  const count = values.quick ? 1_500_000 : 6_000_000;

  console.log(`slipring, on this machine: ${machine()}\n`);
  const lmax = prepareLmax(values.lmax);
  if ('missing' in lmax)
    console.log(
      `Without the LMAX Disruptor: ${lmax.missing}. On Debian, "apt-get install -y libdisruptor-java default-jdk-headless"\n` +
        'brings it and a JDK; elsewhere give its jar with --lmax JAR and have a JDK on the path.\n',
    );

  const entrants = (shape: Shape): Entrant[] => [
    ringInShape(shape, eventsOf(shape, count)),
    ringInShape(shape, eventsOf(shape, count), 'wasm'),
    ...('missing' in lmax || shape.workers !== undefined
      ? []
      : strategies.map((strategy) => lmaxInShape(shape, strategy, count, lmax.classPath))),
  ];
  const results: Result[] = [];
  for (const together of comparedTogether(chosen))
    results.push(...(await measure(together.flatMap(entrants), runs, progressLine)));
  endProgress();

  const isRing = ({ system }: Result): boolean => rings.includes(system);
  console.log(
    tableOf(
      results,
      (result) => (isRing(result) ? rivalOf(results, result.experiment, 'lmax-spinning') : undefined),
      (result) => (isRing(result) ? rivalOf(results, result.experiment, 'lmax-blocking') : undefined),
    ),
  );
  console.log(`\nEvery event was verified.\n${verdicts(chosen, results).join('\n')}`);
  if (values.json !== undefined) writeJson(values.json, results);
}

/** Shapes whose figures are compared with each other take turns too. */
function comparedTogether(chosen: readonly Shape[]): Shape[][] {
  const groups: Shape[][] = [];
  for (const shape of chosen) {
    const group = groups.find(([first]) => shape.wanted.some(({ against }) => against === first.experiment));
    if (group === undefined) groups.push([shape]);
    else group.push(shape);
  }
  return groups;
}

/** The result that the ring's in this experiment is compared with. */
function rivalOf(results: readonly Result[], experiment: string, rival: Rival): Result | undefined {
  const systems = {
    'lmax-spinning': ['lmax-yielding', 'lmax-busy-spin'],
    'lmax-blocking': ['lmax-blocking'],
    lmax: strategies.map((strategy) => `lmax-${strategy}`),
    'three-to-one': rings,
    'group-of-1': rings,
  }[rival];
  const where = rival === 'three-to-one' || rival === 'group-of-1' ? rival : experiment;
  return bestOf(results, where, systems);
}

function bestOf(
  results: readonly Result[],
  experiment: string,
  systems: readonly string[],
): Result | undefined {
  return results
    .filter((result) => result.experiment === experiment && systems.includes(result.system))
    .sort((a, b) => b.median - a.median)[0];
}

/** What was wanted and what came of it, a line a shape; of the better of the ring's two memories. */
function verdicts(chosen: readonly Shape[], results: readonly Result[]): string[] {
  return chosen.flatMap(({ experiment, wanted }) => {
    const own = bestOf(results, experiment, rings)!;
    const parts = wanted.flatMap(({ against, ratio }) => {
      const rival = rivalOf(results, experiment, against);
      if (rival === undefined) return [];
      const got = timesBetter(own, rival);
      const name =
        { 'three-to-one': 'one at a time', 'group-of-1': 'one worker' }[against as string] ??
        rival.system.replace('-', ' ');
      return [
        `${got.toFixed(2)}× ${name.replace('lmax', 'LMAX')} (wanted ${ratio}×${got < ratio ? ': missed' : ''})`,
      ];
    });
    return parts.length === 0 ? [] : [`  ${experiment}, ${own.system}: ${parts.join(', ')}`];
  });
}
