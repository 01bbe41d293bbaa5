/**
 * Checks the built files: every program, then every mutant, a line each.
 *
 *     node .build/test/model/run.js                          what continuous integration affords
 *     node .build/test/model/run.js --deep                   the searches of a release: hours
 *     node .build/test/model/run.js --program NAME           one program, or one mutant
 *     node .build/test/model/run.js --program NAME --replay SCHEDULE
 *     node .build/test/model/run.js --json FILE              also as an array of rows
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatResult, type Options, type Result } from './checker/index.js';
import { type Library, loadLibrary } from './library.js';
import { mutants } from './mutants/index.js';
import { type Mutant, replayMutant, runMutant } from './mutants/mutant.js';
import type { ModelProgram } from './programs/entry.js';
import { programs } from './programs/index.js';
import { runProgram } from './run-programs.js';

interface Row {
  readonly program: string;
  readonly strategy: Result['strategy'];
  readonly schedules: number;
  readonly complete: boolean;
  readonly verdict: Result['verdict'] | 'error';
  readonly ms: number;
}

const { values } = parseArgs({
  options: {
    deep: { type: 'boolean' },
    program: { type: 'string' },
    replay: { type: 'string' },
    json: { type: 'string' },
  },
});
const form = values.deep === true ? 'deep' : 'bounded';
const rows: Row[] = [];
let passed = 0;
let failed = 0;

await main();

async function main(): Promise<void> {
  const { program: wanted, replay, json } = values;
  const mutantName = (mutant: Mutant): string => `mutant: ${mutant.name}`;
  const chosen = programs.filter(({ name }) => wanted === undefined || name === wanted);
  const broken = mutants.filter((mutant) => wanted === undefined || mutantName(mutant) === wanted);
  if (chosen.length + broken.length === 0) throw new Error(`There is no program "${wanted}"`);
  const library = await loadLibrary();

  if (replay !== undefined) {
    if (wanted === undefined) throw new Error('--replay goes with --program');
    const result =
      chosen.length > 0
        ? await runProgram(chosen[0], library, { ...chosen[0].bounded, replay })
        : await replayMutant(broken[0], replay);
    console.log(formatResult(result));
    note(wanted, result, result.verdict === 'pass' ? undefined : result.verdict);
  } else {
    for (const program of chosen) {
      await search(program, library, 'bounded');
      // The deep search of a cut program goes down one branch after another: the other first, which is spread over all of it.
      if (form === 'deep' && program.bounded.strategy !== 'dpor') await search(program, library, 'deep');
    }
    for (const mutant of broken) {
      const { result, problem } = await runMutant(mutant);
      line(mutantName(mutant), result, problem);
      if (result?.failure !== undefined && (problem !== undefined || wanted !== undefined))
        console.log(`${formatResult(result)}\n  again: ${command(mutantName(mutant), result)}`);
    }
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify(rows, null, 2)}\n`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function search(program: ModelProgram, library: Library, extent: 'bounded' | 'deep'): Promise<void> {
  const options: Options = program[extent];
  try {
    const result = await runProgram(program, library, options);
    line(program.name, result, problemOf(result, extent));
    if (result.failure !== undefined)
      console.log(`${formatResult(result)}\n  again: ${command(program.name, result)}`);
  } catch (error) {
    line(program.name, undefined, String(error));
  }
}

/** A search that is said to come to its end must: without that it proves less than it says. */
function problemOf(result: Result, extent: 'bounded' | 'deep'): string | undefined {
  if (result.verdict !== 'pass') return result.verdict;
  const mayBeCut = extent === 'deep' || result.strategy === 'pct';
  return result.complete || mayBeCut ? undefined : 'cut before its end';
}

function line(program: string, result: Result | undefined, problem: string | undefined): void {
  note(program, result, problem);
  const about = result === undefined ? '' : ` · ${result.strategy}, ${extentOf(result)}, ${result.ms} ms`;
  const found = result === undefined || result.verdict === 'pass' ? '' : ` · ${result.verdict}`;
  console.log(
    `${problem === undefined ? 'pass' : 'FAIL'}  ${program}${found}${about}${problem === undefined ? '' : ` · ${problem}`}`,
  );
}

function extentOf({ schedules, complete, verdict, strategy }: Result): string {
  const count = `${schedules} ${schedules === 1 ? 'schedule' : 'schedules'}`;
  if (verdict !== 'pass') return count;
  return `${count}, ${complete ? 'complete' : strategy === 'pct' ? 'random' : 'cut'}`;
}

function note(program: string, result: Result | undefined, problem: string | undefined): void {
  if (problem === undefined) passed++;
  else failed++;
  const { strategy = 'dpor', schedules = 0, complete = false, verdict = 'error', ms = 0 } = result ?? {};
  rows.push({ program, strategy, schedules, complete, verdict, ms });
}

function command(program: string, { failure }: Result): string {
  return `node .build/test/model/run.js --program '${program}' --replay '${failure!.schedule}'`;
}
