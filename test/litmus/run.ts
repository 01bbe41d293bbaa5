/**
 * Runs the litmus programs on real threads, in each tier of each engine. It tests engines, not the library.
 *
 *     node .build/test/litmus/run.js                  this Node, all tiers: about half a minute
 *     node .build/test/litmus/run.js --quick          the engine's own choice, and no JIT: ten seconds
 *     node .build/test/litmus/run.js --all            this Node, 22, 24 and 26, which are fetched
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Line } from './engine.js';
import { nodes } from './nodes.js';
import { programNamed, programs } from './programs/index.js';
import { type Played, rowsOf, tableOf, weakOutcomes } from './report.js';
import { start } from './start.js';
import { type Engine, flagsFor, inspect, type Tier, tiers } from './tiers.js';
import { hardlyMet, problemsOf } from './verdicts.js';

const help = `npm run litmus -- [options]

  --program NAME     one program
  --tier NAME        one tier: ${tiers.map(({ name }) => name).join(', ')}
  --node 22,24,26    these versions of Node, fetched from npm once, in place of the one that runs this
  --all              the one that runs this, and 22, 24, 26
  --rounds N         so many rounds a program and tier, in place of 200 ms
  --quick            tiers default and jitless, 50 ms each
  --json FILE        also as an array of { program, engine, tier, outcome, count, verdict }
  --list             the programs, and what each asks
  --help`;

const { values } = parseArgs({
  options: {
    program: { type: 'string' },
    tier: { type: 'string' },
    node: { type: 'string' },
    all: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const assignment = {
  programs: (values.program === undefined ? programs : [programNamed(values.program)]).map(
    ({ name }) => name,
  ),
  ...limits(),
};
let passed = 0;
let failed = 0;
let aloof = 0;

if (values.help) console.log(help);
else if (values.list) for (const { name, about } of programs) console.log(`${name}: ${about}`);
else await main();

async function main(): Promise<void> {
  const all: Played[] = [];
  const chosen = chosenTiers();
  for (const engine of engines()) {
    const played: Played[] = [];
    for (const tier of chosen) played.push(await play(engine, tier));
    console.log(tableOf(played));
    all.push(...played);
  }
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify(all.flatMap(rowsOf), null, 2)}\n`);
  const weak = weakOutcomes(all);
  console.log(
    weak === '' ? 'No weak outcome of plain accesses was seen.' : `Weak outcomes of plain accesses:\n${weak}`,
  );
  if (aloof > 0)
    console.log(
      `${aloof} trials say little, for their threads hardly met: other work keeps the processors busy.`,
    );
  console.log(`${passed} passed, ${failed} failed`);
  console.log(
    failed === 0
      ? 'No forbidden outcome: these engines kept what JavaScript promises, as far as these rounds can show.'
      : 'Something failed: see the lines that begin with FAIL, each with the version of its engine.',
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

function engines(): Engine[] {
  const own = values.node === undefined ? [process.execPath] : [];
  const others = values.node?.split(',') ?? (values.all ? ['22', '24', '26'] : []);
  return [...own, ...(others.length > 0 ? nodes(others) : [])].map(inspect);
}

function chosenTiers(): Tier[] {
  const usual = values.quick ? ['default', 'jitless'] : tiers.map(({ name }) => name);
  const wanted = values.tier === undefined ? usual : [values.tier];
  const chosen = tiers.filter(({ name }) => wanted.includes(name));
  if (chosen.length === 0) throw new Error(`There is no tier "${values.tier}"`);
  return chosen;
}

function limits(): { rounds: number; limitMs: number } {
  if (values.rounds === undefined)
    return { rounds: Number.MAX_SAFE_INTEGER, limitMs: values.quick ? 50 : 200 };
  const rounds = Number(values.rounds);
  if (!(Number.isSafeInteger(rounds) && rounds > 0)) throw new Error(`--rounds ${values.rounds} is no count`);
  return { rounds, limitMs: 600_000 };
}

async function play(engine: Engine, tier: Tier): Promise<Played> {
  const flags = flagsFor(engine, tier);
  if ('skipped' in flags) {
    console.log(`skip  ${engine.name}, ${tier.name}: ${flags.skipped}`);
    return { engine: engine.name, tier, skipped: flags.skipped, lines: [] };
  }
  const lines: Line[] = [];
  await start(engine, tier, flags.flags, assignment, (line) => {
    lines.push(line);
    say(engine, tier, line);
  });
  return { engine: engine.name, tier, lines };
}

function say(engine: Engine, tier: Tier, line: Line): void {
  const program = programNamed(line.program);
  const problems = problemsOf(program, tier, line);
  if (hardlyMet(program, line, availableParallelism())) aloof++;
  if (problems.length > 0) failed++;
  else passed++;
  const rounds =
    'rounds' in line
      ? ` · ${line.rounds.toLocaleString('en')} rounds, ${line.inStep.toLocaleString('en')} in step`
      : '';
  const about = `${engine.name}, ${tier.name} · ${line.program}${rounds}`;
  console.log(problems.length > 0 ? `FAIL  ${about} · ${problems.join(' · ')}` : `pass  ${about}`);
}
