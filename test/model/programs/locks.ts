/** Programs over `slipring/locks`, as users call it. */
import type { FinalEnv, Program, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { LockHandle, LockWaitOptions, Mutex } from '../../../src/locks/index.js';
import { bufferPrograms } from './buffers.js';
import type { ModelProgram } from './entry.js';
import { complete } from './entry.js';
import { aborting, codeOf, dying, leaving, listOfLockPrograms, mustBe } from './locking.js';

const { programs, add } = listOfLockPrograms();

// --- The locks that threads share, beside plain cells that only the locks protect.

interface Shared {
  readonly mutex: LockHandle<'mutex'>;
  readonly condition: LockHandle<'condition'>;
  readonly semaphore: LockHandle<'semaphore'>;
  /** Plain. */
  readonly cells: Int32Array;
  /** Atomic: how many are inside. */
  readonly inside: Int32Array;
  /** Atomic: how many have left. */
  readonly left: Int32Array;
}

type Env = ThreadEnv<Shared>;
type Final = FinalEnv<Shared>;
type Thread = (env: Env) => unknown;
type Threads = Record<string, Thread>;

/** In a lock's block: a mutex's state, a semaphore's permits; and the waiters of a condition or semaphore. */
const STATE = 1;
const PERMITS = 1;
const WAITERS = 2;

/** The most permits that a semaphore has. */
const MOST_PERMITS = 2 ** 31 - 1;

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
      const left = views.words(views.allocate(4), 0, 1);
      label(cells, 'cell');
      label(left, 'left', 0);
      label(inside, 'inside', 0);
      return { mutex, condition, semaphore, cells, inside, left };
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

add('mutex: 2 threads, twice each', { bounded: complete }, (library) =>
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

for (const timeoutMs of [10, 0]) {
  add(
    `mutex: 2 threads, one waits for ${timeoutMs} ms`,
    { bounded: complete, options: { timeouts: 1 } },
    (library) =>
      over(library, { a: locking(library, 2), b: lockingInTime(library, timeoutMs) }, countIsRight),
  );
}
// Whoever leaves was perhaps the one that was woken: the other must not sleep on.
add('mutex: 3 threads, one waits for 10 ms', { quick: true, options: { timeouts: 1 } }, (library) =>
  over(library, { a: locking(library), b: lockingInTime(library), c: locking(library) }, countIsRight),
);
add(
  'mutex: 3 threads, one waits for 10 ms, and time passes while it spins',
  {
    bounded: complete,
    options: { timeouts: 1, pauses: 'park' },
  },
  (library) =>
    over(library, { a: locking(library), b: lockingInTime(library), c: locking(library) }, countIsRight),
);
add('mutex: 2 threads, and one that only tries', {}, (library) =>
  over(
    library,
    {
      a: locking(library),
      b: locking(library),
      c: (env) => {
        const mutex = openMutex(library, env);
        for (let time = 0; time < 2; time++) {
          const taken = mutex.tryLock();
          mustBe('held', mutex.held, taken);
          if (!taken) continue;
          count(env);
          mutex.unlock();
        }
      },
    },
    countIsRight,
  ),
);
add('mutex: misuse changes nothing', { bounded: complete }, (library) =>
  over(
    library,
    {
      a: locking(library),
      b: (env) => {
        const mutex = openMutex(library, env);
        mustBe(
          'unlocked too soon',
          codeOf(() => mutex.unlock()),
          'ERR_LOCK_NOT_HELD',
        );
        mutex.lock();
        mustBe(
          'locked twice',
          codeOf(() => mutex.lock()),
          'ERR_LOCK_HELD',
        );
        mustBe('tried twice', mutex.tryLock(), false);
        count(env);
        mutex.unlock();
        mustBe(
          'unlocked twice',
          codeOf(() => mutex.unlock()),
          'ERR_LOCK_NOT_HELD',
        );
      },
    },
    counted(2),
  ),
);
add('mutex: an action that throws gives it back', { bounded: complete }, (library) =>
  over(
    library,
    {
      a: locking(library),
      b: (env) => {
        const mutex = openMutex(library, env);
        const fails = (): void => {
          count(env);
          throw Object.assign(new Error('wanted'), { code: 'WANTED' });
        };
        mustBe(
          'thrown',
          codeOf(() => mutex.withLock(fails)),
          'WANTED',
        );
        mustBe(
          'returned',
          mutex.withLock(() => 7),
          7,
        );
      },
    },
    counted(2),
  ),
);
add('mutex: 3 threads, one dies while it waits', { quick: true, options: dying }, (library) =>
  over(library, { victim: locking(library), b: locking(library), c: locking(library) }, countIsRight),
);
add('mutex: 2 threads on event loops', { kind: 'asynchronous', bounded: complete }, (library) =>
  over(library, { a: lockingAsync(library), b: lockingAsync(library) }, counted(2)),
);
add('mutex: 2 threads on event loops, one that parks', { kind: 'asynchronous' }, (library) =>
  over(library, { a: lockingAsync(library), b: lockingAsync(library), c: locking(library) }, counted(3)),
);
add(
  'mutex: 2 tasks of one thread, and another thread',
  { kind: 'asynchronous', bounded: complete },
  (library) =>
    over(
      library,
      {
        a: async (env) => {
          const mutex = openMutex(library, env);
          await Promise.all([mutex.withLockAsync(() => count(env)), mutex.withLockAsync(() => count(env))]);
        },
        b: locking(library),
      },
      counted(3),
    ),
);
// Who aborts has an entry among the sleepers still: a wake-up that comes to it must go on to the next.
add('mutex: 3 threads, a wait of one is aborted', { kind: 'asynchronous' }, (library) =>
  over(
    library,
    {
      a: leaving(locking(library)),
      b: aborting(async (env, signal) => {
        const mutex = openMutex(library, env);
        await mutex.lockAsync({ signal });
        count(env);
        mutex.unlock();
      }),
      c: leaving(locking(library)),
    },
    countIsRight,
  ),
);

// --- Condition.

const openCondition = ({ locks }: Library, { shared, prepare }: Env) =>
  prepare(() => locks.openCondition(shared.condition));

interface Waiting {
  readonly options?: LockWaitOptions;
  /** What is done with the token: it is kept, or put back for another. */
  readonly then?: 'keep' | 'pass on';
  /** Whether time passes before it has the mutex again. */
  readonly when?: 'at once' | 'late';
}

/** From now on, 20 ms pass before it is locked. */
function delay(mutex: Mutex, { shared: { inside } }: Env): void {
  const lockUntil = mutex.lockUntil.bind(mutex);
  mutex.lockUntil = (deadline) => {
    Atomics.wait(inside, 0, 0, 20);
    lockUntil(deadline);
  };
}

/** Waits for a token, and takes it. */
const waiting =
  (library: Library, { options, then = 'keep', when = 'at once' }: Waiting = {}): Thread =>
  (env) => {
    const { cells } = env.shared;
    const mutex = openMutex(library, env);
    const condition = openCondition(library, env);
    mutex.lock();
    if (when === 'late') delay(mutex, env);
    const code = codeOf(() => {
      while (cells[TOKENS] === 0) condition.wait(mutex, options);
    });
    mustBe('held', mutex.held, true);
    if (code === undefined && then === 'keep') {
      cells[TOKENS]--;
      count(env);
    } else if (code !== undefined) env.observe(code);
    mutex.unlock();
    if (code === undefined && then === 'pass on') condition.notify();
  };

interface Giving {
  readonly tokens?: number;
  /** How many are woken. */
  readonly wakes?: number;
  /** Before or after the unlock. */
  readonly when?: 'before' | 'after';
  readonly times?: number;
}

/** Gives tokens, and wakes some of those who wait. */
const giving =
  (library: Library, { tokens = 1, wakes = 1, when = 'after', times = 1 }: Giving = {}): Thread =>
  (env) => {
    const mutex = openMutex(library, env);
    const condition = openCondition(library, env);
    for (let time = 0; time < times; time++) {
      mutex.lock();
      env.shared.cells[TOKENS] += tokens;
      if (when === 'before') condition.notify(wakes);
      mutex.unlock();
      if (when === 'after') condition.notify(wakes);
    }
  };

const waitingAsync =
  (library: Library): Thread =>
  async (env) => {
    const { cells } = env.shared;
    const mutex = openMutex(library, env);
    const condition = openCondition(library, env);
    await mutex.lockAsync();
    while (cells[TOKENS] === 0) await condition.waitAsync(mutex);
    cells[TOKENS]--;
    count(env);
    mutex.unlock();
  };

for (const when of ['after', 'before'] as const) {
  add(`condition: 1 waits, 1 notifies ${when} the unlock`, { bounded: complete }, (library) =>
    over(library, { a: waiting(library), b: giving(library, { when }) }, counted(1)),
  );
}
add('condition: 1 waits, a stray wake-up', { bounded: complete, options: { strayWakeups: 1 } }, (library) =>
  over(library, { a: waiting(library), b: giving(library) }, counted(1)),
);
add('condition: 2 wait, both are notified', { quick: true }, (library) =>
  over(
    library,
    { a: waiting(library), b: waiting(library), c: giving(library, { tokens: 2, wakes: Infinity }) },
    counted(2),
  ),
);
add('condition: 2 wait, 1 notifies one after the other', {}, (library) =>
  over(
    library,
    {
      a: waiting(library),
      b: waiting(library),
      c: giving(library, { times: 2 }),
    },
    counted(2),
  ),
);
add('condition: 2 wait, 2 notify one each', {}, (library) =>
  over(
    library,
    { a: waiting(library), b: waiting(library), c: giving(library), d: giving(library) },
    counted(2),
  ),
);
add(
  'condition: 1 waits for 10 ms, 1 notifies',
  {
    bounded: complete,
    options: { timeouts: 1 },
  },
  (library) =>
    over(library, { a: waiting(library, { options: { timeoutMs: 10 } }), b: giving(library) }, countIsRight),
);
// One token, one notify. Who runs out of time either was not notified, or looks again and passes the token on: the other gets it.
for (const [how, when] of [
  ['', 'at once'],
  [' and is held up when it wakes', 'late'],
] as const) {
  add(
    `condition: 2 wait, one of them for 10 ms${how}, 1 is notified`,
    { quick: true, options: { timeouts: 1 } },
    (library) =>
      over(
        library,
        {
          a: waiting(library, { options: { timeoutMs: 10 }, then: 'pass on', when }),
          b: waiting(library),
          c: giving(library),
        },
        counted(1),
      ),
  );
}
add('condition: misuse changes nothing', { bounded: complete }, (library) =>
  over(
    library,
    {
      a: (env) => {
        const mutex = openMutex(library, env);
        const condition = openCondition(library, env);
        mustBe(
          'waited',
          codeOf(() => condition.wait(mutex)),
          'ERR_LOCK_NOT_HELD',
        );
        mustBe(
          'notified',
          codeOf(() => condition.notify(0)),
          'ERR_COUNT',
        );
        waiting(library)(env);
      },
      b: giving(library),
    },
    counted(1),
  ),
);
add('condition: 2 wait, one dies while it does', { options: dying }, (library) =>
  over(
    library,
    {
      victim: waiting(library, { then: 'pass on' }),
      b: waiting(library, { then: 'pass on' }),
      c: giving(library),
    },
    counted(0),
  ),
);
add('condition: 1 waits on an event loop', { kind: 'asynchronous', bounded: complete }, (library) =>
  over(library, { a: waitingAsync(library), b: giving(library) }, counted(1)),
);
add('condition: 1 waits on an event loop, 1 parks', { kind: 'asynchronous' }, (library) =>
  over(
    library,
    { a: waitingAsync(library), b: waiting(library), c: giving(library, { tokens: 2, wakes: Infinity }) },
    counted(2),
  ),
);
// One token, one notify: who aborts has not taken it, so the other gets it.
add('condition: 2 wait, a wait of one is aborted', { kind: 'asynchronous' }, (library) =>
  over(
    library,
    {
      a: leaving(giving(library)),
      b: aborting(async (env, signal) => {
        const { cells } = env.shared;
        const mutex = openMutex(library, env);
        const condition = openCondition(library, env);
        await mutex.lockAsync();
        try {
          while (cells[TOKENS] === 0) await condition.waitAsync(mutex, { signal });
        } finally {
          mutex.unlock();
        }
        condition.notify();
      }),
      c: leaving(waiting(library)),
    },
    counted(1),
  ),
);

// --- Semaphore.

const openSemaphore = ({ locks }: Library, { shared, prepare }: Env) =>
  prepare(() => locks.openSemaphore(shared.semaphore));

/** Takes a permit so many times, and gives it back: with one permit, that is a lock. */
const passing =
  (library: Library, times = 1, inside: (env: Env) => void = count): Thread =>
  (env) => {
    const semaphore = openSemaphore(library, env);
    for (let time = 0; time < times; time++) {
      semaphore.acquire();
      inside(env);
      semaphore.release();
    }
  };

/** No more than so many at once. */
const atMost =
  (most: number) =>
  ({ shared: { inside } }: Env): void => {
    if (Atomics.add(inside, 0, 1) >= most) throw new Error(`more than ${most} inside`);
    Atomics.sub(inside, 0, 1);
  };

const passingAsync =
  (library: Library): Thread =>
  async (env) => {
    const semaphore = openSemaphore(library, env);
    await semaphore.acquireAsync();
    count(env);
    semaphore.release();
  };

/** At the end, so many permits are free. */
const free =
  (permits: number, judge: (env: Final) => unknown = countIsRight) =>
  (env: Final): unknown => {
    mustBe('permits', blockOf(env.shared.semaphore)[PERMITS], permits);
    return judge(env);
  };

add('semaphore: 1 permit, 2 threads, one of them twice', { bounded: complete }, (library) =>
  over(library, { a: passing(library, 2), b: passing(library) }, free(1, counted(3))),
);
add('semaphore: 1 permit, 3 threads', { quick: true }, (library) =>
  over(library, { a: passing(library), b: passing(library), c: passing(library) }, free(1, counted(3))),
);
add(
  'semaphore: 1 permit, 2 threads, a stray wake-up',
  { bounded: complete, options: { strayWakeups: 1 } },
  (library) => over(library, { a: passing(library), b: passing(library) }, free(1, counted(2))),
);
add('semaphore: 2 permits, 3 threads', {}, (library) =>
  over(
    library,
    {
      a: passing(library, 1, atMost(2)),
      b: passing(library, 1, atMost(2)),
      c: passing(library, 1, atMost(2)),
    },
    free(2),
    2,
  ),
);
add('semaphore: 2 threads wait for 2 permits that come together', { bounded: complete }, (library) =>
  over(
    library,
    {
      a: (env) => openSemaphore(library, env).acquire(),
      b: (env) => openSemaphore(library, env).acquire(),
      c: (env) => openSemaphore(library, env).release(2),
    },
    free(0),
    0,
  ),
);
add(
  'semaphore: what was written before a release is seen after the acquire',
  { bounded: complete },
  (library) =>
    over(
      library,
      {
        a: (env) => {
          openSemaphore(library, env).acquire();
          mustBe('the cell', env.shared.cells[TOKENS], 7);
        },
        b: (env) => {
          const semaphore = openSemaphore(library, env);
          env.shared.cells[TOKENS] = 7;
          semaphore.release();
        },
      },
      free(0),
      0,
    ),
);
for (const timeoutMs of [10, 0]) {
  add(
    `semaphore: 1 permit, 3 threads, one waits for ${timeoutMs} ms`,
    {
      quick: true,
      options: { timeouts: 1 },
    },
    (library) =>
      over(
        library,
        {
          a: passing(library),
          b: (env) => {
            const semaphore = openSemaphore(library, env);
            const code = codeOf(() => semaphore.acquire({ timeoutMs }));
            if (code !== undefined) return env.observe(code);
            count(env);
            semaphore.release();
          },
          c: passing(library),
        },
        free(1),
      ),
  );
}
add('semaphore: 1 permit, 2 threads, and one that only tries', {}, (library) =>
  over(
    library,
    {
      a: passing(library),
      b: passing(library),
      c: (env) => {
        const semaphore = openSemaphore(library, env);
        for (let time = 0; time < 2; time++) {
          if (!semaphore.tryAcquire()) continue;
          count(env);
          semaphore.release();
        }
      },
    },
    free(1),
  ),
);
// One permit below the most there can be: of two that are given, one is refused, whoever takes one meanwhile.
add('semaphore: 2 give one too many', { quick: true, bounded: complete }, (library) => {
  const gives: Thread = (env) => {
    const semaphore = openSemaphore(library, env);
    env.observe(codeOf(() => semaphore.release()) ?? 'given');
  };
  return over(
    library,
    { a: gives, b: gives, c: gives },
    free(MOST_PERMITS, (env) => {
      mustBe('given', saidOf(env, 'given'), 1);
      mustBe('refused', saidOf(env, 'ERR_SEMAPHORE_OVERFLOW'), 2);
    }),
    MOST_PERMITS - 1,
  );
});
add('semaphore: one gives too many while others go through', { bounded: complete }, (library) =>
  over(
    library,
    {
      a: passing(library, 1, () => undefined),
      b: (env) => {
        const semaphore = openSemaphore(library, env);
        mustBe(
          'given',
          codeOf(() => semaphore.release(3)),
          'ERR_SEMAPHORE_OVERFLOW',
        );
        mustBe(
          'given',
          codeOf(() => semaphore.release(0)),
          'ERR_COUNT',
        );
      },
      c: (env) => mustBe('a permit', openSemaphore(library, env).tryAcquire(), true),
    },
    free(MOST_PERMITS - 1),
    MOST_PERMITS,
  ),
);
add('semaphore: 1 permit, 3 threads, one dies while it waits', { options: dying }, (library) =>
  over(library, { victim: passing(library), b: passing(library), c: passing(library) }, free(1)),
);
add('semaphore: 1 permit, 2 threads on event loops', { kind: 'asynchronous', bounded: complete }, (library) =>
  over(library, { a: passingAsync(library), b: passingAsync(library) }, free(1, counted(2))),
);
add('semaphore: 1 permit, 2 threads on event loops, one that parks', { kind: 'asynchronous' }, (library) =>
  over(
    library,
    { a: passingAsync(library), b: passingAsync(library), c: passing(library) },
    free(1, counted(3)),
  ),
);
add('semaphore: 1 permit, 3 threads, a wait of one is aborted', { kind: 'asynchronous' }, (library) =>
  over(
    library,
    {
      a: leaving(passing(library)),
      b: aborting(async (env, signal) => {
        const semaphore = openSemaphore(library, env);
        await semaphore.acquireAsync({ signal });
        count(env);
        semaphore.release();
      }),
      c: leaving(passing(library)),
    },
    free(1),
  ),
);

export const lockPrograms: readonly ModelProgram[] = [...programs, ...bufferPrograms];
