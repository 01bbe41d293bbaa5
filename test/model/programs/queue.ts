/** Programs over `slipring/queue`, as users call it: numbers, put and got by two threads on each side, and those who join. */
import type { FinalEnv, Program, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { QueueHandle, QueueOptions, SharedQueue } from '../../../src/queue/index.js';
import { complete, listOfPrograms } from './entry.js';
import { codeOf } from './face-threads.js';

const { programs, add } = listOfPrograms();

interface Shared {
  readonly handle: QueueHandle;
  /** Plain: cell `value` is 1 once the task of that value is done. Only `taskDone` and `join` order them. */
  readonly cells: Int32Array;
}

export type Env = ThreadEnv<Shared>;
export type Final = FinalEnv<Shared>;
export type Queue = SharedQueue<number>;
export type Thread = (env: Env) => unknown;

export const CLOSED = 'ERR_QUEUE_CLOSED';
/** Spins are counted, and never end under the checker. */
export const parking = { wait: 'park' } as const;

/** Over a queue that `before` was done with; whoever does it leaves its seats. */
export function over(
  { queue, views, mayPark }: Library,
  capacity: number,
  threads: Readonly<Record<string, Thread>>,
  judge: (env: Final) => unknown,
  before: (made: Queue) => void = () => undefined,
  its: Pick<QueueOptions, 'maxThreads' | 'whenFull'> = {},
): Omit<Program<Shared>, 'name'> {
  return {
    setup({ label }) {
      mayPark();
      const made = queue.createQueue({ capacity, maxThreads: 2, ...its, values: 'number' });
      label(views.words(made.handle.tasks, 0, 1), 'taken', 0);
      const cells = views.column('i32', views.allocate(256), 0, 64);
      label(cells, 'cell');
      before(made);
      made[Symbol.dispose]();
      return { handle: made.handle, cells };
    },
    threads,
    finally: judge,
  };
}

const open = ({ queue }: Library, { shared, prepare }: Env): Queue =>
  prepare(() => queue.openQueue<number>(shared.handle));

/** Runs `body` until it ends, or the queue is closed: then observes that. */
export function untilClosed(library: Library, env: Env, body: () => void): void {
  try {
    body();
  } catch (error) {
    env.observe(codeOf(library, error));
  }
}

/** Puts these values, and observes them. */
export const putter =
  (library: Library, ...values: readonly number[]): Thread =>
  (env) => {
    const queue = open(library, env);
    untilClosed(library, env, () => {
      for (const value of values) {
        queue.put(value, parking);
        env.observe(value);
      }
    });
  };

/** Gets so many values, or all until the queue is closed, and observes them; `most` at a time. Each is done. */
export const getter =
  (library: Library, count = Infinity, most = 1): Thread =>
  (env) => {
    const queue = open(library, env);
    untilClosed(library, env, () => {
      for (let got = 0; got < count;) {
        const values = most === 1 ? [queue.get(parking)] : queue.getMany(most, parking);
        for (const value of values) {
          env.observe(value);
          finish(queue, env, value);
          got++;
        }
      }
    });
  };

export function finish(queue: Queue, { shared }: Env, value: number): void {
  shared.cells[value] = 1;
  queue.taskDone();
}

const closer =
  (library: Library, immediate = false): Thread =>
  (env) =>
    open(library, env).close({ immediate });

/** Joins; then these values are done. */
const joiner =
  (library: Library, ...values: readonly number[]): Thread =>
  (env) => {
    const queue = open(library, env);
    queue.join(parking);
    mustBeDone(env, values);
  };

function mustBeDone({ shared: { cells } }: Env, values: readonly number[]): void {
  for (const value of values) if (cells[value] !== 1) throw new Error(`joined before ${value} was done`);
}

export const numbersOf = ({ observed }: Final, side: string): number[][] =>
  Object.entries(observed)
    .filter(([thread]) => thread.startsWith(side))
    .map(([, values]) => values.filter((value) => typeof value === 'number'));

/** Who put a value: its tens. */
const putterOf = (value: number): number => Math.floor(value / 10);

/** What was got was put, once, and by each getter in the order of its putter. */
export function gotInOrder(env: Final): number {
  const got = numbersOf(env, 'getter');
  for (const values of got) {
    values.forEach((value, i) => {
      if (values.slice(0, i).some((earlier) => putterOf(earlier) === putterOf(value) && earlier >= value))
        throw new Error(`got ${values.join()}`);
    });
  }
  if (new Set(got.flat()).size !== got.flat().length) throw new Error(`got twice: ${got.flat().join()}`);
  const put = numbersOf(env, 'putter').flat();
  const strange = got.flat().filter((value) => !put.includes(value));
  if (strange.length > 0) throw new Error(`got ${strange.join()}, which was not put`);
  return got.flat().length;
}

/** And all of it was got. */
function allGot(env: Final): number {
  const got = gotInOrder(env);
  const put = numbersOf(env, 'putter').flat().length;
  if (got !== put) throw new Error(`got ${got} of ${put}`);
  return got;
}

/** And getters ended because the queue was closed. */
const allGotAndClosed = (env: Final): number => {
  for (const [thread, values] of Object.entries(env.observed))
    if (thread.startsWith('getter') && values.at(-1) !== CLOSED) throw new Error(`${thread} went on`);
  return allGot(env);
};

// --- Putting and getting.

for (const capacity of [1, 2]) {
  const four = (library: Library, count?: number): Record<string, Thread> => ({
    putter1: putter(library, 10, 11),
    putter2: putter(library, 20, 21),
    getter1: getter(library, count),
    getter2: getter(library, count),
  });
  add(`queue: 2 putters and 2 getters, capacity ${capacity}`, {}, (library) =>
    over(library, capacity, four(library, 2), allGot),
  );
  add(`queue: 2 putters and 2 getters, closed, capacity ${capacity}`, {}, (library) =>
    over(library, capacity, { ...four(library), closer: closer(library) }, allGotAndClosed),
  );
  add(`queue: 2 putters and 2 getters, closed at once, capacity ${capacity}`, {}, (library) =>
    over(library, capacity, { ...four(library), closer: closer(library, true) }, gotInOrder),
  );
}

for (const immediate of [false, true]) {
  const how = immediate ? 'closed at once' : 'closed';
  add(`queue: an empty one is ${how} while 2 threads get`, {}, (library) =>
    over(
      library,
      1,
      { getter1: getter(library), getter2: getter(library), closer: closer(library, immediate) },
      allGotAndClosed,
    ),
  );
  add(`queue: a full one is ${how} while 2 threads put`, {}, (library) =>
    over(
      library,
      1,
      { putter1: putter(library, 10), putter2: putter(library, 20), closer: closer(library, immediate) },
      ({ observed }) => {
        for (const [thread, values] of Object.entries(observed))
          if (thread !== 'closer' && values.join() !== CLOSED)
            throw new Error(`${thread} was told ${values.join()}`);
      },
      (made) => made.put(1),
    ),
  );
}

// --- Joining.

/** So many values were put, got, and are not done. */
const taken = (count: number) => (made: Queue) => {
  for (let value = 1; value <= count; value++) {
    made.put(value);
    made.get();
  }
};

/** Finishes this value, which was got before. */
const finisher =
  (library: Library, value: number): Thread =>
  (env) =>
    finish(open(library, env), env, value);

const nothingOpen = ({ shared: { handle } }: Final): void => {
  if (new Int32Array(handle.tasks)[0] >> 2 !== 0) throw new Error('something is left to be done');
};

add('queue: the last taskDone while a thread joins', { bounded: complete, quick: true }, (library) =>
  over(library, 1, { finisher: finisher(library, 1), joiner: joiner(library, 1) }, nothingOpen, taken(1)),
);
add('queue: 2 threads finish 2 tasks while a thread joins', { bounded: complete }, (library) =>
  over(
    library,
    1,
    { finisher1: finisher(library, 1), finisher2: finisher(library, 2), joiner: joiner(library, 1, 2) },
    nothingOpen,
    taken(2),
  ),
);
add('queue: the last taskDone while 2 threads join', {}, (library) =>
  over(
    library,
    1,
    { finisher: finisher(library, 1), joiner1: joiner(library, 1), joiner2: joiner(library, 1) },
    nothingOpen,
    taken(1),
  ),
);
add('queue: 2 threads call taskDone for 1 task', { bounded: complete }, (library) => {
  const once: Thread = (env) => {
    const queue = open(library, env);
    untilClosed(library, env, () => {
      queue.taskDone();
      env.observe('done');
    });
  };
  return over(
    library,
    1,
    { a: once, b: once },
    (env) => {
      const told = [...env.observed['a'], ...env.observed['b']].sort().join();
      if (told !== 'ERR_TASK_DONE,done') throw new Error(told);
      nothingOpen(env);
    },
    taken(1),
  );
});
add('queue: a thread joins while a value is got and done', { quick: true }, (library) =>
  over(library, 1, { getter: getter(library, 1), joiner: joiner(library, 1) }, nothingOpen, (made) =>
    made.put(1),
  ),
);
add('queue: a thread joins while 2 values at most are got, and done', { quick: true }, (library) =>
  over(library, 2, { getter: getter(library, 1, 2), joiner: joiner(library, 1) }, nothingOpen, (made) =>
    made.put(1),
  ),
);
add('queue: the last taskDone, and a new put, while a thread joins', {}, (library) =>
  over(
    library,
    1,
    {
      finisher: finisher(library, 1),
      putter: putter(library, 10),
      getter: getter(library, 1),
      joiner: joiner(library, 1),
    },
    allGot,
    taken(1),
  ),
);
// The first task puts the second before it is done: at no moment is nothing left to be done until both are.
add('queue: a thread joins while a task puts another', {}, (library) =>
  over(
    library,
    1,
    {
      worker: (env) => {
        const queue = open(library, env);
        const value = queue.get(parking);
        queue.put(2, parking);
        finish(queue, env, value);
        finish(queue, env, queue.get(parking));
      },
      joiner: joiner(library, 1, 2),
    },
    nothingOpen,
    (made) => made.put(1),
  ),
);
for (const capacity of [1, 2]) {
  add(`queue: 2 threads put and join, 2 get, capacity ${capacity}`, {}, (library) => {
    const joining =
      (value: number): Thread =>
      (env) => {
        const queue = open(library, env);
        queue.put(value, parking);
        env.observe(value);
        queue.join(parking);
        mustBeDone(env, [value]);
      };
    return over(
      library,
      capacity,
      {
        putter1: joining(10),
        putter2: joining(20),
        getter1: getter(library, 1),
        getter2: getter(library, 1),
      },
      allGot,
    );
  });
}
// What was got before is done by its getter, and counts; what was thrown away does not.
for (const most of [1, 2]) {
  add(`queue: closed at once while ${most} of 2 values are got and a thread joins`, {}, (library) =>
    over(
      library,
      2,
      { getter: getter(library, Infinity, most), closer: closer(library, true), joiner: joiner(library) },
      nothingOpen,
      (made) => made.putMany([1, 2]),
    ),
  );
}

// --- On the event loop.

add('queue: putAsync, getAsync and joinAsync', { kind: 'asynchronous' }, (library) =>
  over(
    library,
    1,
    {
      putter: async (env: Env) => {
        const queue = open(library, env);
        for (const value of [10, 11]) {
          await queue.putAsync(value);
          env.observe(value);
        }
        await queue.joinAsync();
        mustBeDone(env, [10, 11]);
      },
      getter: async (env: Env) => {
        const queue = open(library, env);
        for (let got = 0; got < 2; got++) {
          const value = await queue.getAsync();
          env.observe(value);
          finish(queue, env, value);
        }
      },
    },
    allGot,
  ),
);
add('queue: the last taskDone during joinAsync', { kind: 'asynchronous' }, (library) =>
  over(
    library,
    1,
    {
      finisher: finisher(library, 1),
      joiner: async (env: Env) => {
        const queue = open(library, env);
        await queue.joinAsync();
        mustBeDone(env, [1]);
      },
    },
    nothingOpen,
    taken(1),
  ),
);

export const queuePrograms = programs;
