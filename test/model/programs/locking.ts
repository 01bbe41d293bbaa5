/** What the programs over locks and those over buffers have in common. */
import type { Options, Program, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { ModelProgram } from './entry.js';

/** The safety time-out of the locks' own: where other time-outs pass, it does not, for it would hide a lost wake-up. */
const NAP_MS = 500;

/** With deaths: a notify that the dead swallowed is made good by the nap of another, which must be a time-out then. */
export const dying: Options = {
  kill: ['victim'],
  deaths: 'asleep',
  timeouts: 1,
  napMs: Infinity,
  maxOperations: 200,
};

/** The hints of a mutex are counted: it parks after the last, which it must come to. */
const usual: Options = { pauses: 'step', napMs: NAP_MS };
/** Of a search that comes to its end; the cut is for a change that makes it endless, and fails. */
export const complete: Options = { strategy: 'dpor', maxMs: 60_000 };
/** Of one that does not. */
const spread: Options = { strategy: 'pct', maxSchedules: 1_000_000, maxMs: 200 };
/** For a release. */
const thorough: Options = { strategy: 'dpor', maxMs: 300_000 };

export interface Choices {
  bounded?: Options;
  quick?: true;
  options?: Options;
  kind?: ModelProgram['kind'];
}

export interface ProgramList {
  readonly programs: readonly ModelProgram[];
  readonly add: <Shared>(
    name: string,
    choices: Choices,
    make: (library: Library) => Omit<Program<Shared>, 'name'>,
  ) => void;
}

/** An empty list, and what adds to it. */
export function listOfPrograms(): ProgramList {
  const programs: ModelProgram[] = [];
  return {
    programs,
    add(name, { bounded = spread, quick = false, options = {}, kind = 'synchronous' }, make) {
      programs.push({
        name,
        kind,
        quick,
        bounded: { ...usual, ...options, ...bounded },
        deep: { ...usual, ...options, ...thorough },
        make: (library) => ({ ...make(library), name }) as Program,
      });
    },
  };
}

/** The code of what `action` threw, or undefined. What the checker itself throws, as it is or as the end of a sleep, goes on. */
export function codeOf(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === undefined || code === 'ERR_CANNOT_PARK') throw error;
    return code;
  }
}

export function mustBe(what: string, value: unknown, expected: unknown): void {
  if (value !== expected) throw new Error(`${what}: ${String(value)}, not ${String(expected)}`);
}

/** What a thread that stays behind looks at. */
interface Leaving {
  /** Atomic: how many have left. */
  readonly left: Int32Array;
}

/**
 * Goes about something that it may abort at any time, then stays until the two others have left: a pending `waitAsync` cannot be taken
 * back, so this thread is still among the sleepers.
 */
export function aborting<S extends Leaving>(
  action: (env: ThreadEnv<S>, signal: AbortSignal) => Promise<void>,
): (env: ThreadEnv<S>) => Promise<void> {
  return async (env) => {
    const { left } = env.shared;
    const controller = new AbortController();
    const reason = new Error('aborted');
    env.task(() => controller.abort(reason));
    try {
      await action(env, controller.signal);
    } catch (error) {
      if (error !== reason) throw error;
      env.observe('aborted');
    }
    for (let seen = Atomics.load(left, 0); seen < 2; seen = Atomics.load(left, 0))
      await Atomics.waitAsync(left, 0, seen).value;
  };
}

/** Says when it has ended. */
export function leaving<S extends Leaving>(
  thread: (env: ThreadEnv<S>) => unknown,
): (env: ThreadEnv<S>) => void {
  return (env) => {
    thread(env);
    Atomics.add(env.shared.left, 0, 1);
    Atomics.notify(env.shared.left, 0);
  };
}
