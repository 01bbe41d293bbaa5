/** Started by the runner with an engine's flags: runs programs, and prints a trial a line as JSON. */
import { programNamed } from './programs/index.js';
import { type Limits, Threads, type Trial } from './trial.js';

/** What an engine is started with. */
export interface Assignment extends Limits {
  readonly programs: readonly string[];
}

/** What a line says: how a trial went, or that it could not be ended. */
export type Line = Trial | { readonly program: string; readonly fault: string };

const { programs, ...limits } = JSON.parse(process.argv[2]) as Assignment;
const worker = new URL('../../workers/litmus.js', import.meta.url);
let threads = new Threads(worker);
for (const name of programs) {
  let line: Line;
  try {
    line = await threads.run(programNamed(name), limits);
  } catch (error) {
    line = { program: name, fault: String(error) };
    await threads[Symbol.asyncDispose]();
    threads = new Threads(worker);
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
await threads[Symbol.asyncDispose]();
