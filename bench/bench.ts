/** `npm run bench`: the same scenarios in every system that can run here, in turn, round after round, every result verified. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import Table from 'cli-table3';
import { reportComparison } from './compare.js';
import { type Contender, type Entrant, measure, readable, type Result, resultOf } from './harness.js';
import { type System, systemsOf } from './peers/systems.js';
import { keepRecord } from './record.js';
import { endProgress, machine, progressLine, tableOf, timesBetter, writeJson } from './report.js';
import { type Scenario, scenarios } from './scenarios.js';
import { verdictsOf } from './verdicts.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    only: { type: 'string', multiple: true },
    system: { type: 'string', multiple: true },
    lmax: { type: 'string' },
    json: { type: 'string' },
    against: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench -- [--quick] [--runs N] [--only SCENARIO]... [--system NAME]... [--lmax JAR] [--json FILE] [--against FILE]
  --quick           shorter rounds, and 3 of each that count instead of 7
  --runs N          rounds of each that count
  --only SCENARIO   may be given several times, as --system may: --list names them
  --lmax JAR        where the LMAX Disruptor is, if not where Debian puts it
  --json FILE       writes the results as JSON too
  --against FILE    compares with such a file, names what got slower beyond noise, and ends with code 1 if anything did
  --list            the scenarios, why each is fair, and the systems`;

/** A window in which a thread that has nothing to do is watched. */
const IDLE_MS = 400;

const systems = systemsOf(values.lmax);
if (values.help) console.log(help);
else if (values.list) console.log(listing());
else await main();

function listing(): string {
  const lines = [
    ...scenarios.map(({ name, drawing, fair }) => `  ${name.padEnd(26)}${drawing}\n${' '.repeat(28)}${fair}`),
    '',
    ...systems.map(({ name, about }) => `  ${name.padEnd(26)}${about}`),
  ];
  return lines.join('\n');
}

async function main(): Promise<void> {
  const runs = Number(values.runs ?? (values.quick ? 3 : 7));
  const chosen = pick(scenarios, values.only, 'scenario');
  const asked = pick(systems, values.system, 'system');
  console.log(`slipring, on this machine: ${machine()}\n`);
  const missing = asked.flatMap(({ name, prepare }) => {
    const why = prepare?.()?.missing;
    return why === undefined ? [] : [{ system: name, why }];
  });
  for (const { system, why } of missing) console.log(`Without ${system}: ${why}.`);
  const present = asked.filter(({ name }) => !missing.some(({ system }) => system === name));

  const results: Result[] = [];
  for (const scenario of chosen) {
    const cells = present.map(({ cell }) => cell(scenario.name, values.quick ? 1 : 2));
    const entrants = cells.flatMap((cell) => (typeof cell === 'string' ? [] : cell));
    results.push(...withBestOfLmax(await measured(scenario, entrants, runs)));
  }
  endProgress();

  console.log(matrix(chosen, asked, results));
  const strategies = results.filter(({ system }) => system.startsWith('lmax-'));
  if (strategies.length > 0) console.log(`\nLMAX by strategy:\n${tableOf(strategies)}`);
  const latencies = results.filter(({ percentiles }) => percentiles !== undefined);
  if (latencies.length > 0) console.log(`\nLatencies of all rounds together:\n${latencyTable(latencies)}`);
  console.log(`\nEverything that arrived was verified.${verdictLines(results)}`);

  if (values.json !== undefined) writeJson(values.json, results);
  // Only a whole run is the last one of its kind.
  if (values.only === undefined && values.system === undefined)
    keepRecord('bench', { command: `npm run bench${values.quick ? ' -- --quick' : ''}`, results, missing });
  if (values.against !== undefined) reportComparison(results, values.against);
}

function pick<T extends { name: string }>(all: readonly T[], names: string[] | undefined, what: string): T[] {
  const unknown = names?.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`There is no ${what} ${unknown}.\n${help}`);
  return all.filter(({ name }) => names?.includes(name) ?? true);
}

function measured(
  { unit }: Scenario,
  entrants: readonly (Entrant | Contender)[],
  runs: number,
): Promise<Result[]> {
  if (unit === 'percent') return idle(entrants as readonly Entrant[], runs);
  // A round's garbage is measured while nothing is collected: the young generation must hold it.
  if (unit === 'bytes') setFlagsFromString('--min-semi-space-size=64');
  return measure(entrants, runs, progressLine);
}

/** One after the other: what another's threads take would count too. */
async function idle(entrants: readonly Entrant[], runs: number): Promise<Result[]> {
  const results: Result[] = [];
  for (const { experiment, system, start } of entrants) {
    progressLine(`${experiment} ${system}`);
    const match = await start();
    try {
      await match.round();
      const figures: number[] = [];
      for (let run = 0; run < runs; run++) figures.push(await match.idle!(IDLE_MS));
      results.push(resultOf(experiment, system, 'percent', figures));
    } finally {
      await match.stop();
    }
  }
  return results;
}

/** LMAX is its best strategy, if there are several. */
function withBestOfLmax(results: Result[]): Result[] {
  const [best] = results
    .filter(({ system }) => system.startsWith('lmax-'))
    .sort((a, b) => Math.log(timesBetter(b, a)));
  return best === undefined ? results : [...results, { ...best, system: 'lmax' }];
}

/** Scenarios across, since there are more systems than a line holds: a row a scenario, a column a system that is in any. */
function matrix(rows: readonly Scenario[], columns: readonly System[], results: readonly Result[]): string {
  const table = new Table({
    head: ['system', ...rows.map(({ name }) => name.replaceAll('-', '\n'))],
    colAligns: ['left', ...rows.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { name: system } of columns) {
    const figures = rows.map(({ name }) => {
      const result = results.find((one) => one.experiment === name && one.system === system);
      return result === undefined ? '–' : readable(result.median, result.unit).replace(' percent', ' %');
    });
    table.push([system, ...figures]);
  }
  return table.toString();
}

function latencyTable(results: readonly Result[]): string {
  const names = ['50', '90', '99', '99.9', '99.99', '100'];
  const table = new Table({
    head: ['experiment', 'system', ...names.map((name) => (name === '100' ? 'max' : `p${name}`))],
    colAligns: ['left', 'left', ...names.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { experiment, system, percentiles } of results)
    if (system !== 'lmax')
      table.push([experiment, system, ...names.map((name) => readable(percentiles![name], 'ns'))]);
  return table.toString();
}

function verdictLines(results: readonly Result[]): string {
  const verdicts = verdictsOf(results);
  if (verdicts.length === 0) return '';
  const table = new Table({
    head: ['scenario', 'what', 'against', 'wanted', 'got', ''],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { scenario, system, rival, moreIsBetter, wanted, got, reached } of verdicts) {
    const sign = moreIsBetter ? 'at least' : 'at most';
    const what = moreIsBetter ? '' : ' its time';
    table.push([
      scenario,
      system,
      rival,
      `${sign} ${wanted}×${what}`,
      `${got.toFixed(2)}×${what}`,
      reached ? 'reached' : 'missed',
    ]);
  }
  return `\n${table.toString()}`;
}
