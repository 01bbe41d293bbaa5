/** How a program stands in the list of all programs. */
import type { Options, Program } from '../checker/index.js';
import type { Library } from '../library.js';

export interface ModelProgram {
  readonly name: string;
  /** Whether its threads are asynchronous functions. */
  readonly kind: 'synchronous' | 'asynchronous';
  /** The search that fits into continuous integration. */
  readonly bounded: Options;
  /** Where that is a random one: a search of the schedules with few preemptions, to its end. */
  readonly near?: Options;
  /** The search for a release. */
  readonly deep: Options;
  /** Part of the subset that every test run affords. */
  readonly quick: boolean;
  make(library: Library): Program;
}
