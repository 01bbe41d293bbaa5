/** Running programs over a copy of the library. */
import { check, checkAsync, type Controls, type Result } from './checker/index.js';
import type { Library } from './library.js';
import type { ModelProgram } from './programs/entry.js';

/** Checks one program over one copy of the library. */
export async function runProgram(
  program: ModelProgram,
  library: Library,
  options: Controls = program.bounded,
): Promise<Result> {
  const made = program.make(library);
  const patient = program.kind === 'asynchronous' || options.watch !== undefined;
  return patient ? checkAsync(made, options, program.kind) : check(made, options);
}
