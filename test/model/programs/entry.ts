/** How a program stands in the list of all programs, and the searches that it is given. */
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

/** Of a search that comes to its end, within seconds; the cut is for a change that makes it endless, and fails. */
export const complete: Options = { strategy: 'dpor', maxMs: 60_000 };
/** Every schedule with no more preemptions than this, as far as that takes no more than a few seconds. */
export const upTo = (preemptions: number): Options => ({ strategy: 'bounded', preemptions, maxMs: 60_000 });
/** A reduced search that is cut has seen one corner only, random schedules are spread over all of it. */
export const spread: Options = { strategy: 'pct', maxSchedules: 1_000_000, maxMs: 300 };
/** For a release. */
const thorough: Options = { strategy: 'dpor', maxMs: 300_000 };

/** What a program is searched with; `spread` unless it says otherwise. */
export interface Choices {
  readonly bounded?: Options;
  readonly near?: Options;
  readonly quick?: true;
  /** For every search of it. */
  readonly options?: Options;
  readonly kind?: ModelProgram['kind'];
}

export interface ProgramList {
  readonly programs: readonly ModelProgram[];
  readonly add: <Shared>(
    name: string,
    choices: Choices,
    make: (library: Library) => Omit<Program<Shared>, 'name'>,
  ) => void;
}

/** An empty list, and what adds to it; `usual` are options of all its programs. */
export function listOfPrograms(usual: Options = {}): ProgramList {
  const programs: ModelProgram[] = [];
  return {
    programs,
    add(name, choices, make) {
      const { bounded = spread, near, quick = false, options = {}, kind = 'synchronous' } = choices;
      programs.push({
        name,
        kind,
        quick,
        bounded: { ...usual, ...options, ...bounded },
        ...(near !== undefined && { near: { ...usual, ...options, ...near } }),
        deep: { ...usual, ...options, ...thorough },
        make: (library) => ({ ...make(library), name }) as Program,
      });
    },
  };
}
