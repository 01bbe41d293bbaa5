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
  return program.kind === 'asynchronous' ? checkAsync(made, options) : check(made, options);
}
