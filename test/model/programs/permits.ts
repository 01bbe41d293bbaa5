/** Programs over `Permits`, as users call them: threads that hold, wait, die at any instruction, and take back. */
import type { FinalEnv, Options, Program, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { CancelHandle } from '../../../src/index.js';
import type { Permits, PermitsHandle } from '../../../src/queue/index.js';
import { complete, listOfPrograms, upTo } from './entry.js';
import { codeOf } from './face-threads.js';

const { programs, add } = listOfPrograms();

interface Shared {
  readonly handle: PermitsHandle;
  readonly token: CancelHandle;
  /** Plain: of each permit's holders, one at a time writes; only permits order them. */
  readonly cells: Int32Array;
}

type Env = ThreadEnv<Shared>;
type Final = FinalEnv<Shared>;
type Thread = (env: Env) => unknown;

const parking = { wait: 'park' } as const;
const [HOLDER, SUPERVISOR, ANOTHER] = [1, 3, 4];

function over(
  { queue, face, views, mayPark }: Library,
  count: number,
  threads: Readonly<Record<string, Thread>>,
  judge: (env: Final) => unknown,
  options: Options = {},
): Omit<Program<Shared>, 'name'> {
  return {
    setup({ label }) {
      mayPark();
      const made = queue.createPermits(count);
      const token = face.cancelToken(made);
      const words = views.words(made.handle.buffer, 0, made.bytes / 4);
      label(words, 'given back', 32);
      for (let number = 0; number < count; number++) label(words, `permit ${number}`, 32 * (2 + number));
      const cells = views.column('i32', views.allocate(4), 0, 1);
      label(cells, 'cell');
      return { handle: made.handle, token: token.handle, cells };
    },
    threads,
    finally: judge,
    options,
  };
}

/** Opens them as a thread of this number does. */
function open({ queue, platform }: Library, { shared, prepare }: Env, threadId: number): Permits {
  const own = Object.getOwnPropertyDescriptor(platform, 'threadId')!;
  return prepare(() => {
    Object.defineProperty(platform, 'threadId', { value: threadId, configurable: true });
    try {
      return queue.openPermits(shared.handle);
    } finally {
      Object.defineProperty(platform, 'threadId', own);
    }
  });
}

const nameOf = (threadId: number): string => `t${threadId}`;

/** Has a permit, so many times over, and leaves a mark while it has it. */
const holder =
  (library: Library, threadId: number, times = 1): Thread =>
  (env) => {
    const permits = open(library, env, threadId);
    for (let time = 0; time < times; time++) {
      const permit = permits.acquire(nameOf(threadId), parking);
      env.shared.cells[0] = threadId;
      env.observe('held');
      permit.release();
    }
  };

/** The same, without the mark: where several have permits at once. */
const quietHolder =
  (library: Library, threadId: number): Thread =>
  (env) => {
    const permit = open(library, env, threadId).acquire(nameOf(threadId), parking);
    env.observe('held');
    permit.release();
  };

/** Takes back what that thread had, if it died. */
const supervisor =
  (
    library: Library,
    threadId: number,
    dead: Readonly<Record<string, number>>,
    then: 'ends' | 'holds' = 'ends',
  ): Thread =>
  (env) => {
    const permits = open(library, env, threadId);
    for (const [thread, number] of Object.entries(dead)) {
      if (env.join(thread) !== 'killed') continue;
      for (const { outcome, seat } of permits.declareThreadDead(number)) {
        if (!['', nameOf(number)].includes(seat.name)) throw new Error(`${number} is called ${seat.name}`);
        env.observe(outcome);
      }
    }
    if (then === 'ends') return;
    const permit = permits.acquire(nameOf(threadId), parking);
    env.shared.cells[0] = threadId;
    permit.release();
  };

/** At the end nobody has one, and nothing was taken back twice. */
const allFree =
  ({ seatState, VACANT }: Library) =>
  ({ shared: { handle }, observed }: Final): number => {
    const words = new Int32Array(handle.buffer);
    for (let at = 64; at < words.length; at += 32)
      if (seatState(words[at]) !== VACANT) throw new Error(`permit ${at / 32 - 2} is lost`);
    const recovered = Object.values(observed)
      .flat()
      .filter((value) => value === 'recovered').length;
    if (recovered > words.length / 32 - 2) throw new Error('taken back twice');
    return recovered;
  };

const told =
  (library: Library, body: (env: Env) => void): Thread =>
  (env) => {
    try {
      body(env);
    } catch (error) {
      env.observe(codeOf(library, error));
    }
  };

// --- Holding and waiting.

add('permits: 2 threads, 1 permit', { bounded: complete, quick: true }, (library) =>
  over(library, 1, { a: holder(library, 1), b: holder(library, 2) }, allFree(library)),
);
add('permits: 2 threads have 1 permit, one of them twice', { bounded: upTo(2) }, (library) =>
  over(library, 1, { a: holder(library, 1, 2), b: holder(library, 2) }, allFree(library)),
);
add('permits: 3 threads, 1 permit', {}, (library) =>
  over(library, 1, { a: holder(library, 1), b: holder(library, 2), c: holder(library, 3) }, allFree(library)),
);
add('permits: 3 threads, 2 permits', {}, (library) =>
  over(
    library,
    2,
    { a: quietHolder(library, 1), b: quietHolder(library, 2), c: quietHolder(library, 3) },
    allFree(library),
  ),
);
add('permits: 2 threads, 1 permit, on event loops', { kind: 'asynchronous' }, (library) => {
  const holding =
    (threadId: number): Thread =>
    async (env) => {
      const permit = await open(library, env, threadId).acquireAsync(nameOf(threadId));
      env.shared.cells[0] = threadId;
      permit.release();
    };
  return over(library, 1, { a: holding(1), b: holding(2) }, allFree(library));
});
add('permits: a look at the holders while 2 threads have 1 permit', { bounded: upTo(2) }, (library) =>
  over(
    library,
    1,
    {
      a: holder(library, 1, 2),
      b: holder(library, 2),
      onlooker(env) {
        const holders = open(library, env, 5).holders();
        if (holders.length > 1) throw new Error('2 hold 1 permit');
        for (const { name, thread, count } of holders)
          if (!['', nameOf(thread)].includes(name) || count !== 1)
            throw new Error(`${thread} is called ${name}`);
      },
    },
    allFree(library),
  ),
);

// --- Ending.

const waiting = (library: Library, threadId: number): Thread =>
  told(library, (env) => {
    const permits = open(library, env, threadId);
    permits.acquire(nameOf(threadId), parking).release();
    env.observe('held');
  });

add('permits: closed while one holds and 2 wait', { bounded: upTo(2) }, (library) =>
  over(
    library,
    1,
    {
      a: waiting(library, 1),
      b: waiting(library, 2),
      closer: (env) => open(library, env, 3).close(),
    },
    (env) => {
      for (const thread of ['a', 'b'])
        if (!['held', 'ERR_PERMITS_CLOSED'].includes(String(env.observed[thread])))
          throw new Error('not told');
      return allFree(library)(env);
    },
  ),
);
add('permits: closed by the one that holds them, while others wait', { bounded: upTo(3) }, (library) =>
  over(
    library,
    1,
    {
      a: waiting(library, 2),
      holder(env) {
        const permits = open(library, env, HOLDER);
        // Never released: what ends the wait is the closing alone.
        env.prepare(() => permits.acquire(nameOf(HOLDER)));
        permits.close();
      },
    },
    ({ observed }) => {
      if (String(observed['a']) !== 'ERR_PERMITS_CLOSED') throw new Error(`told ${String(observed['a'])}`);
    },
  ),
);
add('permits: a token ends a wait', { bounded: upTo(3) }, (library) =>
  over(
    library,
    1,
    {
      holder(env) {
        const permits = open(library, env, HOLDER);
        env.prepare(() => permits.acquire(nameOf(HOLDER)));
      },
      a: told(library, (env) => {
        const permits = open(library, env, 2);
        const cancel = env.prepare(() => library.face.openCancelToken(env.shared.token));
        permits.acquire(nameOf(2), { ...parking, cancel });
      }),
      canceller: (env) => env.prepare(() => library.face.openCancelToken(env.shared.token)).cancel(),
    },
    ({ observed }) => {
      if (String(observed['a']) !== 'ERR_CANCELLED') throw new Error(`told ${String(observed['a'])}`);
    },
  ),
);

// --- Deaths. Whoever waits gets what the dead one had; nobody else ever has it meanwhile, since the cell is plain.

add('permits: a holder dies at any step while another waits', { bounded: upTo(3), quick: true }, (library) =>
  over(
    library,
    1,
    {
      holder: holder(library, HOLDER),
      b: holder(library, 2),
      supervisor: supervisor(library, SUPERVISOR, { holder: HOLDER }),
    },
    (env) => {
      if (env.observed['b'].length !== 1) throw new Error('waited for nothing');
      return allFree(library)(env);
    },
    { kill: ['holder'] },
  ),
);
add('permits: one of 2 holders dies at any step while a third waits', {}, (library) =>
  over(
    library,
    2,
    {
      holder: quietHolder(library, HOLDER),
      b: quietHolder(library, 2),
      c: quietHolder(library, 5),
      supervisor: supervisor(library, SUPERVISOR, { holder: HOLDER }),
    },
    allFree(library),
    { kill: ['holder'] },
  ),
);
add('permits: one that waits dies at any step', { bounded: upTo(2) }, (library) =>
  over(
    library,
    1,
    {
      a: holder(library, 2),
      waiter: holder(library, HOLDER),
      c: holder(library, 5),
      supervisor: supervisor(library, SUPERVISOR, { waiter: HOLDER }),
    },
    allFree(library),
    { kill: ['waiter'] },
  ),
);
add('permits: 2 threads take back what one dead had, and use it', { bounded: upTo(2) }, (library) =>
  over(
    library,
    1,
    {
      holder: holder(library, HOLDER),
      supervisor: supervisor(library, SUPERVISOR, { holder: HOLDER }, 'holds'),
      another: supervisor(library, ANOTHER, { holder: HOLDER }, 'holds'),
    },
    allFree(library),
    { kill: ['holder'] },
  ),
);
add('permits: who takes back dies at it, and another does it again', { bounded: upTo(2) }, (library) =>
  over(
    library,
    1,
    {
      holder: holder(library, HOLDER),
      b: holder(library, 2),
      supervisor: supervisor(library, SUPERVISOR, { holder: HOLDER }),
      another: supervisor(library, ANOTHER, { holder: HOLDER, supervisor: SUPERVISOR }),
    },
    allFree(library),
    { kill: ['holder', 'supervisor'], kills: 2 },
  ),
);
add('permits: who closes them dies at it, and is declared dead', { bounded: upTo(2) }, (library) =>
  over(
    library,
    1,
    {
      a: waiting(library, 2),
      closer(env) {
        const permits = open(library, env, HOLDER);
        env.prepare(() => permits.acquire(nameOf(HOLDER)));
        permits.close();
      },
      supervisor: supervisor(library, SUPERVISOR, { closer: HOLDER }),
    },
    ({ observed }) => {
      if (!['held', 'ERR_PERMITS_CLOSED'].includes(String(observed['a']))) throw new Error('not told');
    },
    { kill: ['closer'] },
  ),
);

export const permitPrograms = programs;
