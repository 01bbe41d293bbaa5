/** Patching the built files, and looking whether the checker finds what the patch broke. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Controls, FailureKind, Options, Result } from '../checker/index.js';
import { builtFolder, type Library, loadLibrary } from '../library.js';
import { programs } from '../programs/index.js';
import type { ModelProgram } from '../programs/entry.js';
import { runProgram } from '../run-programs.js';

/** Replaces text that stands in a built file exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The program that must fail over it. */
  readonly program: string;
  /** What that failure may be. */
  readonly kinds: readonly FailureKind[];
  /** On top of the program's own. */
  readonly options?: Options;
}

/**
 * How mutants are searched: by random schedules from a fixed seed, counted and not timed, so that a slow machine finds what a fast
 * one finds.
 */
const searched: Options = { strategy: 'pct', maxSchedules: 20_000 };

/** One that takes a single edit. */
export function mutant(
  name: string,
  program: string,
  kinds: readonly FailureKind[],
  file: string,
  from: string,
  to: string,
  options?: Options,
): Mutant {
  return { name, program, kinds, edits: [{ file, from, to }], ...(options && { options }) };
}

/** What became of a mutant; `problem` says why it counts as a failure. */
export interface Verdict {
  readonly mutant: Mutant;
  readonly result?: Result;
  readonly problem?: string;
}

/** Checks that a mutant is found, as what it must be found, by a schedule that replays. */
export async function runMutant(mutant: Mutant): Promise<Verdict> {
  try {
    return await overMutant(mutant, async (library, program) => {
      const search = { ...program.bounded, ...searched, ...mutant.options };
      delete search.maxMs;
      const result = await runProgram(program, library, search);
      const { failure, verdict } = result;
      if (failure === undefined) return { mutant, result, problem: 'survived' };
      if (!mutant.kinds.includes(failure.kind))
        return { mutant, result, problem: `found as ${verdict}, not as ${mutant.kinds.join(' or ')}` };
      const again = await runProgram(program, library, { ...search, replay: failure.schedule });
      if (again.verdict !== verdict)
        return { mutant, result, problem: `its schedule replays as ${again.verdict}` };
      return { mutant, result };
    });
  } catch (error) {
    return { mutant, problem: String(error) };
  }
}

/** Runs one schedule over a mutant. */
export async function replayMutant(mutant: Mutant, replay: string): Promise<Result> {
  return overMutant(mutant, (library, program) => {
    const controls: Controls = { ...program.bounded, ...mutant.options, replay };
    return runProgram(program, library, controls);
  });
}

function overMutant<T>(
  mutant: Mutant,
  run: (library: Library, program: ModelProgram) => Promise<T>,
): Promise<T> {
  const program = programs.find(({ name }) => name === mutant.program);
  if (program === undefined) throw new Error(`There is no program ${mutant.program}`);
  return overPatched(mutant.edits, (library) => run(library, program));
}

/** Runs something over a changed copy of the built files. */
export async function overPatched<T>(
  edits: readonly Edit[],
  run: (library: Library) => T | Promise<T>,
): Promise<T> {
  // A folder of its own: modules are kept by their address.
  const folder = await mkdtemp(join(tmpdir(), 'slipring-mutant-'));
  try {
    await cp(builtFolder, folder, {
      recursive: true,
      filter: (path) => !/\.(?:d\.ts|tsbuildinfo)$/.test(path),
    });
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
    for (const edit of edits) await apply(folder, edit);
    return await run(await loadLibrary(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function apply(folder: string, { file, from, to }: Edit): Promise<void> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`The patch of ${file} does not apply: ${parts.length - 1} places read ${from}`);
  await writeFile(path, parts.join(to));
}
