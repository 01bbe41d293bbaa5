/**
 * Checks the built files: every program and every mutant, a line each. A process for each core takes its share of them.
 *
 *     node .build/test/model/run.js                          what continuous integration affords
 *     node .build/test/model/run.js --deep [--minutes N]     also the searches of a release: N minutes for each program, or 5
 *     node .build/test/model/run.js --program NAME           one program, or one mutant
 *     node .build/test/model/run.js --program NAME --replay SCHEDULE
 *     node .build/test/model/run.js --speed                  only how many schedules a second
 *     node .build/test/model/run.js --json FILE              also as an array of rows
 *
 * Ctrl-C ends a deep search, and then the whole, with the account so far.
 */
import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Controls, describeExtent, formatResult, type Progress, type Result } from './checker/index.js';
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
  /** Whether all interleavings were covered, not only those with few preemptions. */
  readonly complete: boolean;
  /** Where all were covered that have no more preemptions than this. */
  readonly preemptions?: number;
  readonly verdict: Result['verdict'] | 'error';
  readonly ms: number;
}

const { values } = parseArgs({
  options: {
    deep: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '5' },
    program: { type: 'string' },
    replay: { type: 'string' },
    speed: { type: 'boolean', default: false },
    json: { type: 'string' },
    /** Internal: k/n, the share of one process. */
    share: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('--minutes takes a number of minutes');

/** How often a long search says that it is still at work. */
const PROGRESS_MS = 10_000;
/** How long `--speed` measures a search. */
const MEASURED_MS = 2_000;

const rows: Row[] = [];
let passed = 0;
let failed = 0;
let interrupted = false;

await main();

async function main(): Promise<void> {
  const { program: wanted, replay, json } = values;
  if (values.share !== undefined) {
    await searchAll(await loadLibrary(), wanted);
    process.send!({ rows, passed, failed, interrupted } satisfies Account);
    return;
  }
  if (values.speed) await measure(await loadLibrary());
  else if (replay !== undefined) await replayOne(await loadLibrary(), wanted, replay);
  else if (wanted !== undefined) await searchAll(await loadLibrary(), wanted);
  else await searchInShares();
  if (json !== undefined) await writeFile(json, `${JSON.stringify(rows, null, 2)}\n`);
  console.log(`${passed} passed, ${failed} failed${interrupted ? ', interrupted' : ''}`);
  process.exitCode = failed > 0 || interrupted ? 1 : 0;
}

/** What a process says of its share when it is through with it. */
interface Account {
  readonly rows: readonly Row[];
  readonly passed: number;
  readonly failed: number;
  readonly interrupted: boolean;
}

async function searchInShares(): Promise<void> {
  // Ctrl-C reaches the processes too, which then send their accounts.
  process.on('SIGINT', () => (interrupted = true));
  const processes = availableParallelism();
  const limits = values.deep ? ['--deep', '--minutes', values.minutes] : [];
  const share = (number: number): Promise<void> =>
    new Promise((resolve) => {
      const args = [...limits, '--share', `${number}/${processes}`];
      const child = fork(fileURLToPath(import.meta.url), args);
      let account: Account | undefined;
      child.once('message', (message) => (account = message as Account));
      child.once('exit', (code) => {
        if (account === undefined) console.log(`FAIL  share ${number} of ${processes} ended with ${code}`);
        rows.push(...(account?.rows ?? []));
        passed += account?.passed ?? 0;
        failed += account?.failed ?? 1;
        resolve();
      });
    });
  await Promise.all(Array.from({ length: processes }, (_, number) => share(number)));
}

async function searchAll(library: Library, wanted: string | undefined): Promise<void> {
  const [number, processes] = (values.share ?? '0/1').split('/').map(Number);
  const mine = (name: string, place: number): boolean =>
    wanted === undefined ? place % processes === number : name === wanted;
  const chosen = programs.filter(({ name }, place) => mine(name, place));
  const broken = mutants.filter((mutant, place) => mine(nameOfMutant(mutant), place));
  if (chosen.length + broken.length === 0) throw new Error(`There is no program "${wanted}"`);
  if (values.deep) process.once('SIGINT', () => (interrupted = true));
  for (const program of chosen) {
    if (interrupted) return;
    await search(program, library, program.bounded);
    if (program.near !== undefined) await search(program, library, program.near);
    // A long search goes down one branch after another, and so comes after those that are spread over all of it.
    if (values.deep && program.bounded.strategy !== 'dpor')
      await search(program, library, { ...program.deep, maxMs: minutes * 60_000, watch: watching(program) });
  }
  for (const mutant of broken) {
    if (interrupted) return;
    const { result, problem } = await runMutant(mutant);
    line(nameOfMutant(mutant), result, problem);
    if (result?.failure !== undefined && (problem !== undefined || wanted !== undefined))
      console.log(`${formatResult(result)}\n  again: ${command(nameOfMutant(mutant), result)}`);
  }
}

function nameOfMutant(mutant: Mutant): string {
  return `mutant: ${mutant.name}`;
}

async function replayOne(library: Library, wanted: string | undefined, replay: string): Promise<void> {
  const program = programs.find(({ name }) => name === wanted);
  const mutant = mutants.find((one) => nameOfMutant(one) === wanted);
  if (program === undefined && mutant === undefined)
    throw new Error('--replay goes with the --program that it is of');
  const result =
    program === undefined
      ? await replayMutant(mutant!, replay)
      : await runProgram(program, library, { ...program.bounded, replay });
  console.log(formatResult(result));
  note(wanted!, result, result.verdict === 'pass' ? undefined : result.verdict);
}

async function search(program: ModelProgram, library: Library, options: Controls): Promise<void> {
  try {
    const result = await runProgram(program, library, options);
    line(program.name, result, problemOf(result, options));
    if (result.failure !== undefined)
      console.log(`${formatResult(result)}\n  again: ${command(program.name, result)}`);
  } catch (error) {
    line(program.name, undefined, String(error));
  }
}

/** Says now and then how far a long search is, and ends it when the whole was interrupted. */
function watching(program: ModelProgram): (soFar: Progress) => boolean {
  let saidAtMs = 0;
  return ({ schedules, ms }) => {
    if (ms - saidAtMs >= PROGRESS_MS) {
      saidAtMs = ms;
      console.log(`      ${program.name} · ${schedules} schedules so far, ${perSecond(schedules, ms)}`);
    }
    return !interrupted;
  };
}

/** A search that is said to come to its end must: without that it proves less than it says. */
function problemOf(result: Result, { watch }: Controls): string | undefined {
  if (result.verdict !== 'pass') return result.verdict;
  const mayBeCut = watch !== undefined || result.strategy === 'pct';
  return result.complete || mayBeCut ? undefined : 'cut before its end';
}

/** How many schedules a second: whole searches of one producer and one consumer, again and again, from a cold start. */
async function measure(library: Library): Promise<void> {
  for (const capacity of [1, 2]) {
    const program = programs.find(({ name }) => name === `2 events, 1 consumer, capacity ${capacity}`)!;
    for (const strategy of ['dpor', 'dfs'] as const) {
      let schedules = 0;
      let ms = 0;
      let result;
      do {
        result = await runProgram(program, library, { strategy, maxMs: MEASURED_MS });
        schedules += result.schedules;
        ms += result.ms;
      } while (ms < MEASURED_MS && result.verdict === 'pass');
      note(
        program.name,
        { ...result, schedules, ms },
        result.verdict === 'pass' ? undefined : result.verdict,
      );
      console.log(
        `${program.name} · ${strategy} · ${schedules} schedules, ${ms} ms, ${perSecond(schedules, ms)}`,
      );
    }
  }
}

function perSecond(schedules: number, ms: number): string {
  return `${Math.round(schedules / (ms / 1000))}/s`;
}

function line(program: string, result: Result | undefined, problem: string | undefined): void {
  note(program, result, problem);
  const about = result === undefined ? '' : ` · ${result.strategy}, ${extentOf(result)}, ${result.ms} ms`;
  const found = result === undefined || result.verdict === 'pass' ? '' : ` · ${result.verdict}`;
  console.log(
    `${problem === undefined ? 'pass' : 'FAIL'}  ${program}${found}${about}${problem === undefined ? '' : ` · ${problem}`}`,
  );
}

function extentOf(result: Result): string {
  const count = `${result.schedules} ${result.schedules === 1 ? 'schedule' : 'schedules'}`;
  return result.verdict === 'pass' ? `${count}, ${describeExtent(result)}` : count;
}

function note(program: string, result: Result | undefined, problem: string | undefined): void {
  if (problem === undefined) passed++;
  else failed++;
  const {
    strategy = 'dpor',
    preemptions,
    schedules = 0,
    complete = false,
    verdict = 'error',
    ms = 0,
  } = result ?? {};
  rows.push({
    program,
    strategy,
    schedules,
    complete: complete && preemptions === undefined,
    ...(complete && preemptions !== undefined && { preemptions }),
    verdict,
    ms,
  });
}

function command(program: string, { failure }: Result): string {
  return `node .build/test/model/run.js --program '${program}' --replay '${failure!.schedule}'`;
}
