/** Programs over `slipring/locks`, as users call it. */
import type { FinalEnv, Options, Program, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { LockHandle } from "./../../../src/locks/index.js";
import type { ModelProgram } from './entry.js';

/** The safety time-out of the locks' own: where other time-outs pass, it does not, for it would hide a lost wake-up. */
const NAP_MS = 500;

/** The hints of a mutex are counted: it parks after the last, which it must come to. */
const usual: Options = { pauses: 'step', napMs: NAP_MS };
/** Of a search that comes to its end; the cut is for a change that makes it endless, and fails. */
const complete: Options = { strategy: 'dpor', maxMs: 60_000 };
/** Of one that does not. */
const spread: Options = { strategy: 'pct', maxSchedules: 1_000_000, maxMs: 400 };
/** For a release. */
const thorough: Options = { strategy: 'dpor', maxMs: 300_000 };

const programs: ModelProgram[] = [];

interface Choices {
  bounded?: Options;
  quick?: true;
  options?: Options;
  kind?: ModelProgram['kind'];
}

function add<Shared>(name: string, choices: Choices, make: (library: Library) => Omit<Program<Shared>, 'name'>): void {
  const { bounded = spread, quick = false, options = {}, kind = 'synchronous' } = choices;
  programs.push({
    name,
    kind,
    quick,
    bounded: { ...usual, ...options, ...bounded },
    deep: { ...usual, ...options, ...thorough },
    make: (library) => ({ ...make(library), name }) as Program,
  });
}

// --- The locks that threads share, beside plain cells that only the locks protect.

interface Shared {
  readonly mutex: LockHandle<'mutex'>;
  readonly condition: LockHandle<'condition'>;
  readonly semaphore: LockHandle<'semaphore'>;
  /** Plain. */
  readonly cells: Int32Array;
  /** Atomic: how many are inside. */
  readonly inside: Int32Array;
}

type Env = ThreadEnv<Shared>;
type Final = FinalEnv<Shared>;
type Thread = (env: Env) => unknown;
type Threads = Record<string, Thread>;

/** In a lock's block: a mutex's state, a semaphore's permits; and the waiters of a condition or semaphore. */
const STATE = 1;
const WAITERS = 2;

/** What threads count, and what they hand over. */
const COUNT = 0;
const TOKENS = 1;

const blockOf = ({ buffer, byteOffset }: LockHandle): Int32Array => new Int32Array(buffer, byteOffset, 16);

/** A program over one of each lock; ends with all of them as they were, whatever else is judged. */
function over(
  { locks, views }: Library,
  threads: Threads,
  judge: (env: Final) => unknown,
  permits = 1,
): Omit<Program<Shared>, 'name'> {
  return {
    setup({ label }) {
      const name = (handle: LockHandle, names: readonly string[]): void => {
        const words = views.words(handle.buffer, handle.byteOffset, 16);
        names.forEach((word, index) => label(words, `${handle.slipring}'s ${word}`, index + 1));
      };
      const mutex = locks.createMutex().handle;
      const condition = locks.createCondition().handle;
      const semaphore = locks.createSemaphore(permits).handle;
      name(mutex, ['state']);
      name(condition, ['notifies', 'waiters']);
      name(semaphore, ['permits', 'waiters']);
      const cells = views.column('i32', views.allocate(64), 0, 16);
      const inside = views.words(views.allocate(4), 0, 1);
      label(cells, 'cell');
      label(inside, 'inside', 0);
      return { mutex, condition, semaphore, cells, inside };
    },
    threads,
    finally(env) {
      const { mutex, condition, semaphore } = env.shared;
      if (blockOf(mutex)[STATE] !== 0) throw new Error('the mutex is held');
      const died = Object.values(env.ended).includes('killed');
      if (!died && blockOf(condition)[WAITERS] + blockOf(semaphore)[WAITERS] !== 0)
        throw new Error('somebody is counted among the waiters');
      return judge(env);
    },
  };
}

/** The code of what `action` threw, or undefined. */
function codeOf(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

function mustBe(what: string, value: unknown, expected: unknown): void {
  if (value !== expected) throw new Error(`${what}: ${String(value)}, not ${String(expected)}`);
}

/** How often the threads say that they did it. */
const saidOf = ({ observed }: Pick<Final, 'observed'>, word: unknown): number =>
  Object.values(observed)
    .flat()
    .filter((value) => value === word).length;

/** Every time that a thread said that it counted, it did. */
const countIsRight = (env: Final): unknown => {
  mustBe('the count', env.shared.cells[COUNT], saidOf(env, 'counted'));
  return env.shared.cells[COUNT];
};

/** As the other, and there were so many. */
const counted =
  (times: number) =>
  (env: Final): void => {
    countIsRight(env);
    mustBe('the count', env.shared.cells[COUNT], times);
  };

const openMutex = ({ locks }: Library, { shared, prepare }: Env) =>
  prepare(() => locks.openMutex(shared.mutex));

/** Plain, so it is a race unless the lock excludes the others. */
function count({ shared: { cells }, observe }: Env): void {
  cells[COUNT]++;
  observe('counted');
}

// --- Mutex.

/** Takes the lock so many times. */
const locking =
  (library: Library, times = 1): Thread =>
  (env) => {
    const mutex = openMutex(library, env);
    for (let time = 0; time < times; time++) {
      mutex.lock();
      count(env);
      mutex.unlock();
    }
  };

/** Takes the lock, or leaves when its time is up. */
const lockingInTime =
  (library: Library, timeoutMs = 10): Thread =>
  (env) => {
    const mutex = openMutex(library, env);
    const code = codeOf(() => mutex.lock({ timeoutMs }));
    mustBe('held', mutex.held, code === undefined);
    if (code === undefined) {
      count(env);
      mutex.unlock();
    } else env.observe(code);
  };

const lockingAsync =
  (library: Library, times = 1): Thread =>
  async (env) => {
    const mutex = openMutex(library, env);
    for (let time = 0; time < times; time++) {
      await mutex.lockAsync();
      count(env);
      mutex.unlock();
    }
  };

add('mutex: 2 threads, twice each', { quick: true, bounded: complete }, (library) =>
  over(library, { a: locking(library, 2), b: locking(library, 2) }, counted(4)),
);
add('mutex: 3 threads', { quick: true }, (library) =>
  over(library, { a: locking(library), b: locking(library), c: locking(library) }, counted(3)),
);
add('mutex: 3 threads, twice each', {}, (library) =>
  over(library, { a: locking(library, 2), b: locking(library, 2), c: locking(library, 2) }, counted(6)),
);
add('mutex: 2 threads, a stray wake-up', { bounded: complete, options: { strayWakeups: 1 } }, (library) =>
  over(library, { a: locking(library, 2), b: locking(library) }, counted(3)),
);

for (const kind of ['condition-buffer', 'semaphore-buffer'] as const) void kind;

export const lockPrograms: readonly ModelProgram[] = programs;
void lockingInTime;
void lockingAsync;
