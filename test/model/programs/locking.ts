/** What the programs over locks and those over buffers have in common. */
import type { Options, ThreadEnv } from '../checker/index.js';
import { listOfPrograms, type ProgramList } from './entry.js';

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
/** A list for programs over locks. */
export const listOfLockPrograms = (): ProgramList => listOfPrograms(usual);

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
