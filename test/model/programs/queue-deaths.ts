/** Programs over `slipring/queue` in which putters and getters die at any instruction, and those in which a full queue drops. */
import type { Options } from '../checker/index.js';
import type { Library } from '../library.js';
import type { WhenQueueFull } from '../../../src/queue/index.js';
import { listOfPrograms } from './entry.js';
import {
  CLOSED,
  type Env,
  type Final,
  finish,
  getter,
  gotInOrder,
  numbersOf,
  over,
  parking,
  putter,
  type Queue,
  type Thread,
  untilClosed,
} from './queue.js';

const { programs, add } = listOfPrograms();

const DOOMED = 1;
const SUPERVISOR = 2;
const GONE = 'ERR_PEERS_GONE';

/** Opens the queue as a thread of this number does, and does with it what is no step of the program. */
function openAs(
  { queue, platform }: Library,
  { shared, prepare }: Env,
  threadId: number,
  first = (_: Queue): unknown => 0,
): Queue {
  const own = Object.getOwnPropertyDescriptor(platform, 'threadId')!;
  return prepare(() => {
    Object.defineProperty(platform, 'threadId', { value: threadId, configurable: true });
    try {
      const its = queue.openQueue<number>(shared.handle);
      first(its);
      return its;
    } finally {
      Object.defineProperty(platform, 'threadId', own);
    }
  });
}

/** Hears of the end of the one that may die, declares it dead if it did; then closes once these have ended too. */
const supervisor =
  (
    library: Library,
    doomed: string,
    before: readonly string[] = [],
    last: (queue: Queue, env: Env) => void = () => undefined,
  ): Thread =>
  (env) => {
    const queue = openAs(library, env, SUPERVISOR);
    if (env.join(doomed) === 'killed') queue.ring.declareThreadDead(DOOMED);
    for (const thread of before) env.join(thread);
    queue.close();
    last(queue, env);
  };

/** Has put the first of these before the search begins, so it has come; and the others then. */
const livingPutter =
  (library: Library, first: number, ...values: readonly number[]): Thread =>
  (env) => {
    const queue = openAs(library, env, 0, (its) => its.put(first));
    env.observe(first);
    for (const value of values) {
      queue.put(value, parking);
      env.observe(value);
    }
  };

const doomedPutter =
  (library: Library, ...values: readonly number[]): Thread =>
  (env) => {
    const queue = openAs(library, env, DOOMED);
    for (const value of values) {
      queue.put(value, parking);
      env.observe(value);
    }
    queue[Symbol.dispose]();
  };

/** Hears of the end of the one that may die, and declares it dead if it did. */
const declarer =
  (library: Library, doomed: string): Thread =>
  (env) => {
    const queue = openAs(library, env, SUPERVISOR);
    if (env.join(doomed) === 'killed') queue.ring.declareThreadDead(DOOMED);
  };

const closing =
  (library: Library, ...threads: readonly string[]): Thread =>
  (env) => {
    const queue = openAs(library, env, 0);
    for (const thread of threads) env.join(thread);
    queue.close();
  };

/** Observes each value once it is its own, and has done it then. */
const doomedGetter =
  (library: Library, count: number): Thread =>
  (env) => {
    const queue = openAs(library, env, DOOMED, (its) => its.empty && its.tryGet());
    untilClosed(library, env, () => {
      for (let got = 0; got < count; got++) {
        const value = queue.get(parking);
        env.observe(value);
        finish(queue, env, value);
      }
    });
    queue[Symbol.dispose]();
  };

/**
 * What was put was got once, and in order unless a getter died: what it had in hand goes to another, late. Besides that it may have taken one
 * value along. Of a putter that died, one value may be there that it had not observed.
 */
function nothingLost(env: Final): number {
  const put = numbersOf(env, 'putter').flat();
  const all = numbersOf(env, 'getter').flat();
  if (new Set(all).size !== all.length) throw new Error(`got twice: ${all.join()}`);
  const died = Object.entries(env.ended).find(([, how]) => how === 'killed')?.[0] ?? '';
  const lost = put.filter((value) => !all.includes(value));
  if (lost.length > (died.startsWith('getter') ? 1 : 0)) throw new Error(`lost ${lost.join()}`);
  const strange = all.filter((value) => !put.includes(value));
  if (strange.length > (died.startsWith('putter') ? 1 : 0))
    throw new Error(`got ${strange.join()}, which was not put`);
  if (died === '') gotInOrder(env);
  return all.length;
}

const killing = (thread: string, more: Options = {}): { readonly options: Options } => ({
  options: { kill: [thread], ...more },
});

// --- Deaths.

for (const capacity of [1, 2]) {
  add(`queue: one of 2 putters dies at any step, capacity ${capacity}`, killing('putter1'), (library) =>
    over(
      library,
      capacity,
      {
        putter1: doomedPutter(library, 10, 11),
        putter2: livingPutter(library, 20, 21),
        getter: getter(library),
        supervisor: supervisor(library, 'putter1', ['putter2']),
      },
      nothingLost,
    ),
  );
  add(`queue: one of 2 getters dies at any step, capacity ${capacity}`, killing('getter1'), (library) =>
    over(
      library,
      capacity,
      {
        putter: putter(library, 10, 11, 12),
        getter1: doomedGetter(library, 2),
        getter2: getter(library),
        supervisor: declarer(library, 'getter1'),
        closer: closing(library, 'putter'),
      },
      nothingLost,
    ),
  );
}
// Nobody puts meanwhile: so whatever is open after the others are done is what the dead one had in hand.
add(
  'queue: join after the death of a getter, once its tasks are done in its place',
  killing('getter1'),
  (library) =>
    over(
      library,
      2,
      {
        getter1: doomedGetter(library, 1),
        getter2: getter(library),
        supervisor: supervisor(library, 'getter1', ['getter2'], (queue, env) => {
          for (let left = queue.openTasks; left > 0; left--) {
            env.observe('in its place');
            queue.taskDone();
          }
          queue.join(parking);
        }),
      },
      (env) => {
        const inPlace = env.observed['supervisor'].length;
        // Counted by the dead, and again by the next, or taken along.
        if (inPlace > (env.ended['getter1'] === 'killed' ? 1 : 0)) throw new Error(`${inPlace} were open`);
        const all = numbersOf(env, 'getter').flat();
        if (
          new Set(all).size !== all.length ||
          all.length < (inPlace > 0 ? 1 : 2) - (env.ended['getter1'] === 'killed' ? 1 : 0)
        )
          throw new Error(`got ${all.join()}`);
        return `${inPlace} of ${all.length}`;
      },
      (made) => {
        made.putMany([10, 11]);
        made.close();
      },
    ),
);
add(
  'queue: the only getter dies while a putter waits for room',
  killing('getter', { timeouts: 1 }),
  (library) =>
    over(
      library,
      1,
      {
        putter: putter(library, 10, 11, 12),
        getter: doomedGetter(library, 3),
        supervisor: declarer(library, 'getter'),
      },
      (env) => {
        const told = env.observed['putter'].at(-1);
        if (told !== GONE && told !== 12) throw new Error(`told ${String(told)}`);
        return gotInOrder(env);
      },
    ),
);
add(
  'queue: the only putter dies while a getter waits for a value',
  killing('putter', { timeouts: 1 }),
  (library) =>
    over(
      library,
      1,
      {
        putter(env) {
          // It has come.
          const queue = openAs(library, env, DOOMED, (its) => its.put(9));
          env.observe(9);
          queue.put(10, parking);
          env.observe(10);
          queue.close();
          queue[Symbol.dispose]();
        },
        getter: getter(library),
        supervisor: declarer(library, 'putter'),
      },
      (env) => {
        const told = String(env.observed['getter'].at(-1));
        if (told !== GONE && told !== CLOSED) throw new Error(`told ${told}`);
        return nothingLost(env);
      },
    ),
);

// Who leaves is not dead, though nobody sits there then.
add('queue: the only putter leaves, and another comes, while a getter waits', {}, (library) =>
  over(
    library,
    1,
    {
      putter1(env) {
        const queue = openAs(library, env, DOOMED, (its) => its.put(9));
        env.observe(9);
        queue[Symbol.dispose]();
      },
      putter2(env) {
        const queue = openAs(library, env, SUPERVISOR);
        env.join('putter1');
        queue.put(20, parking);
        env.observe(20);
        queue.close();
      },
      getter: getter(library),
    },
    (env) => {
      const told = String(env.observed['getter'].at(-1));
      if (told !== CLOSED) throw new Error(`told ${told}`);
      return nothingLost(env);
    },
  ),
);

// --- The only getter, which takes a handful and hands it out one by one.

const alone = { maxThreads: 1 } as const;

/** Gets what there is until nothing is left, in the seat that another had. */
function getTheRest(queue: Queue, env: Env): void {
  for (let value = queue.tryGet(); value !== undefined; value = queue.tryGet()) env.observe(value);
  queue[Symbol.dispose]();
}

/** Each value was got once, in order, but for one that a getter which died took along. */
function gotOnce(env: Final, values: readonly number[]): string {
  const all = numbersOf(env, '').flat();
  const lost = values.filter((value) => !all.includes(value));
  const died = Object.values(env.ended).includes('killed');
  const inOrder = all.every((value, i) => i === 0 || all[i - 1] < value);
  if (!inOrder || lost.length > (died ? 1 : 0)) throw new Error(`got ${all.join()}`);
  return all.join();
}

add(
  'queue: the only getter dies with values in hand, and another comes',
  killing('1st', { timeouts: 1 }),
  (library) =>
    over(
      library,
      4,
      {
        '1st': doomedGetter(library, 2),
        '2nd'(env) {
          const queue = openAs(library, env, SUPERVISOR);
          if (env.join('1st') === 'killed') queue.ring.declareThreadDead(DOOMED);
          getTheRest(queue, env);
        },
      },
      (env) => gotOnce(env, [10, 11, 12]),
      (made) => made.putMany([10, 11, 12]),
      alone,
    ),
);
add('queue: the only getter leaves with values in hand, and another comes', {}, (library) =>
  over(
    library,
    2,
    {
      '0th'(env) {
        const queue = openAs(library, env, 0);
        for (const value of [12, 13]) queue.put(value, parking);
      },
      '1st'(env) {
        const queue = openAs(library, env, 0);
        env.observe(queue.get(parking));
        queue[Symbol.dispose]();
      },
      '2nd'(env) {
        const queue = openAs(library, env, 0);
        env.join('1st');
        for (let got = 0; got < 3; got++) env.observe(queue.get(parking));
      },
    },
    (env) => gotOnce(env, [10, 11, 12, 13]),
    (made) => made.putMany([10, 11]),
    alone,
  ),
);
for (const immediate of [false, true]) {
  add(
    `queue: closed${immediate ? ' at once' : ''} while the only getter has a value in hand`,
    { quick: true },
    (library) =>
      over(
        library,
        2,
        {
          closer: (env) => openAs(library, env, 0).close({ immediate }),
          getter(env) {
            const queue = openAs(library, env, 0);
            untilClosed(library, env, () => env.observe(queue.get(parking)));
            env.join('closer');
            untilClosed(library, env, () => env.observe(queue.get(parking)));
          },
        },
        ({ observed: { getter } }) => {
          const last = immediate ? CLOSED : 11;
          if (getter.at(-1) !== last || getter.length !== 2) throw new Error(`was told ${getter.join()}`);
        },
        (made) => made.putMany([10, 11]),
        alone,
      ),
  );
}
add('queue: 1 putter and 1 getter, the only ones, and 1 that joins', {}, (library) =>
  over(
    library,
    2,
    {
      putter: putter(library, 10, 11, 12),
      getter: getter(library, 3),
      joiner(env) {
        const queue = openAs(library, env, 0);
        env.join('putter');
        queue.join(parking);
        if (queue.size > 0 || queue.openTasks > 0) throw new Error('joined before all was done');
      },
    },
    gotInOrder,
    undefined,
    alone,
  ),
);
add('queue: one of 2 getters gets 1 of 2 values, and the other the other', {}, (library) =>
  over(
    library,
    2,
    {
      getter1(env) {
        const queue = openAs(library, env, 0);
        env.observe(queue.get(parking));
        env.join('getter2');
        queue[Symbol.dispose]();
      },
      getter2: getter(library, 1),
    },
    (env) => {
      const all = numbersOf(env, 'getter').flat().sort().join();
      if (all !== '10,11') throw new Error(`got ${all}`);
    },
    (made) => made.putMany([10, 11]),
  ),
);

// --- A full queue that drops.

/** Puts these, and observes those that it put, and how many it dropped. */
const dropper =
  (library: Library, ...values: readonly number[]): Thread =>
  (env) => {
    const queue = openAs(library, env, 0);
    for (const value of values) if (queue.put(value, parking)) env.observe(value);
    env.observe(`dropped ${queue.dropped}`);
  };

/** Every value was got, or dropped and counted; whoever drops its own says so by `put`. */
function accounted(env: Final, whenFull: WhenQueueFull, put: number): string {
  const got = gotInOrder(env);
  const dropped = Object.values(env.observed)
    .flat()
    .map((value) => /^dropped (\d+)$/.exec(String(value)))
    .reduce((sum, match) => sum + Number(match?.[1] ?? 0), 0);
  if (got + dropped !== put) throw new Error(`of ${put}, ${got} were got and ${dropped} dropped`);
  const taken = numbersOf(env, 'putter').flat().length;
  if (taken !== (whenFull === 'drop-newest' ? got : put))
    throw new Error(`${taken} were put, and ${got} got`);
  return `${got} and ${dropped}`;
}

for (const whenFull of ['drop-newest', 'drop-oldest'] as const) {
  for (const capacity of [1, 2]) {
    add(
      `queue: 2 putters that ${whenFull.replace('-', ' the ')} and 1 getter, capacity ${capacity}`,
      {},
      (library) =>
        over(
          library,
          capacity,
          {
            putter1: dropper(library, 10, 11),
            putter2: dropper(library, 20, 21),
            getter: getter(library),
            closer: closing(library, 'putter1', 'putter2'),
          },
          (env) => accounted(env, whenFull, 4),
          undefined,
          { maxThreads: 3, whenFull },
        ),
    );
  }
}

export const queueDeathPrograms = programs;
