/** Programs over the core with work groups: each event goes to one worker of a group. */
import type { FinalEnv, Program } from '../checker/index.js';
import type { Library } from '../library.js';
import { complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import {
  abortMany,
  closeMany,
  followRuns,
  type ManyEnv,
  type ManyPlan,
  manyProgram,
  type PlannedClaim,
  produceMany,
  readEvent,
  upstreamOf,
} from './many.js';
import { type Env, nameOf, outcomeName, play, type Ring, type Role, type WaitForm } from './ring.js';

const { programs, add } = listOfPrograms();

export interface Working {
  /** Most events at a time. */
  readonly most?: number;
  /** Leaves its seat after it handled so many events, with what else it has in hand; after 0, with the first. */
  readonly leavesAfter?: number;
  /** Fails at its first event, and stays in its seat. */
  readonly fails?: true;
  /** Takes its seat while the others are at work already. */
  readonly late?: true;
}

/** A worker: handles what it gets until the ring has ended; observes the value of each event, then how it ended. */
export function work(
  library: Library,
  consumer: number,
  worker: number,
  working: Working = {},
): (env: Env) => Role {
  const { fail, GroupWorker, leaveSeat, READY, Runs, seat, takeSeat, winsWord } = library;
  const { most = 1, leavesAfter = Infinity, fails, late } = working;
  return function* (anyEnv) {
    const env = anyEnv as unknown as ManyEnv;
    const { words, layout, positions, capacity, stamps, workerSeats, lossy } = env.shared;
    const at = workerSeats[consumer][worker];
    const groupOf = () => ({
      claim: positions[consumer],
      seats: workerSeats[consumer],
      wins: workerSeats[consumer].map((worker) => winsWord(layout, worker)),
      barrier: upstreamOf(library, env.shared, consumer),
      runs: stamps && new Runs(words, stamps),
      capacity,
      lossy: lossy.includes(consumer),
    });
    const open = () => {
      const taken = takeSeat(words, at + seat.state, worker + 1);
      if (taken === undefined) return undefined;
      return { taken, core: new GroupWorker(words, groupOf(), at, worker + 1) };
    };
    const opened = late ? open() : env.prepare(open);
    // Another worker has taken the seat over, with what was left in it.
    if (opened === undefined) return env.observe('taken');
    const { taken, core } = opened;
    core.most = most;
    const leave = (): void => {
      if (core.missed > 0) env.observe(`missed ${core.missed}`);
      leaveSeat(words, at + seat.state, taken);
      core.handOver();
      env.observe('left');
    };
    for (let seen = 0; ;) {
      const outcome = yield core;
      if (outcome !== READY) {
        if (core.missed > 0) env.observe(`missed ${core.missed}`);
        leaveSeat(words, at + seat.state, taken);
        return env.observe(outcomeName(library, outcome));
      }
      if (core.available <= core.next) throw new Error('READY with nothing in hand');
      if (fails) {
        fail(words, { seat: at, sequence: core.next, message: [] });
        return env.observe('failed');
      }
      if (leavesAfter === 0) return leave();
      while (core.next < core.available) {
        const value = readEvent(env.shared, consumer, core.next);
        env.observe(value);
        if (core.redelivered) env.observe(`again ${value}`);
        core.next++;
        seen++;
        if (!core.release()) return env.observe('refused');
        env.observe(`released ${value}`);
        if (seen === leavesAfter) return leave();
      }
    }
  };
}

interface GroupFlow {
  readonly capacity: number;
  readonly start?: number;
  readonly claims: readonly (readonly PlannedClaim[])[];
  readonly graph?: readonly (readonly number[])[];
  /** The workers of consumer `group`. */
  readonly workers: readonly Working[];
  readonly group?: number;
  readonly form?: WaitForm;
  /** Whether the group, of one worker, loses what it has not begun when the ring is full. */
  readonly lossy?: true;
  readonly more?: (library: Library) => Record<string, (env: Env) => unknown>;
}

/** Producers, ordinary consumers, the group's workers, and whoever closes when everything was published. */
function groupProgram(library: Library, flow: GroupFlow, judge: (env: FinalEnv<Ring>) => unknown): Program {
  const { capacity, start = 0, claims, graph = [[]], workers, group = 0, form = 'park', lossy, more } = flow;
  const counts = graph.map((_, consumer) => (consumer === group ? workers.length : 0));
  const plan: ManyPlan = {
    capacity,
    start,
    graph,
    producers: claims.length,
    workers: counts,
    lossy: lossy ? [group] : [],
  };
  const threads: Record<string, (env: Env) => unknown> = {};
  claims.forEach((its, producer) => {
    threads[`producer${producer}`] = play(library, produceMany(library, producer, its), form);
  });
  graph.forEach((_, consumer) => {
    if (consumer !== group) threads[nameOf(consumer)] = play(library, followRuns(library, consumer), form);
  });
  workers.forEach((working, worker) => {
    threads[`worker${worker}`] = play(library, work(library, group, worker, working), form);
  });
  Object.assign(threads, more?.(library) ?? { closer: closeAtEnd(library, claims.length) });
  return manyProgram(library, plan, threads, judge);
}

/** Closes when all producers are done. */
function closeAtEnd(library: Library, producers: number): (env: Env) => void {
  return (env) => {
    for (let producer = 0; producer < producers; producer++) env.join(`producer${producer}`);
    closeMany(library)(env);
  };
}

const valuesOf = (observed: readonly unknown[] = []): number[] =>
  observed.filter((value) => typeof value === 'number');

/** Each event that was published was handled by one worker, and seen by every ordinary consumer. */
function handledOnce({ observed, ended }: FinalEnv<Ring>): unknown {
  const by = (role: string): [string, number[]][] =>
    Object.entries(observed)
      .filter(([name]) => name.startsWith(role))
      .map(([name, values]) => [name, valuesOf(values)]);
  const published = by('producer').flatMap(([, values]) => values);
  const handled = by('worker').flatMap(([, values]) => values);
  if ([...handled].sort().join() !== [...published].sort().join())
    throw new Error(`handled ${handled.join() || 'nothing'} of ${published.join() || 'nothing'}`);
  for (const [name, seen] of by('consumer')) {
    if (ended[name] === 'done' && [...seen].sort().join() !== [...published].sort().join())
      throw new Error(`${name} saw ${seen.join()} of ${published.join()}`);
  }
  return by('worker')
    .map(([, values]) => values.join())
    .join('|');
}

const single: PlannedClaim = { events: 1 };
const pair: PlannedClaim = { events: 2 };
const given: PlannedClaim = { events: 1, abandoned: true };
const plain: Working = {};

const flow = (library: Library, its: GroupFlow): Program => groupProgram(library, its, handledOnce);

add('group: 1 worker, 2 events, capacity 1', { near: upTo(3) }, (library) =>
  flow(library, { capacity: 1, claims: [[single, single]], workers: [plain] }),
);
for (const capacity of [1, 2]) {
  add(`group: 2 workers, 2 events, capacity ${capacity}`, { quick: true, near: upTo(1) }, (library) =>
    flow(library, { capacity, claims: [[single, single]], workers: [plain, plain] }),
  );
  add(`group: 2 workers, 3 events, capacity ${capacity}`, {}, (library) =>
    flow(library, { capacity, claims: [[single, single, single]], workers: [plain, plain] }),
  );
}
add('group: 1 event, 2 workers', { quick: true, near: upTo(2) }, (library) =>
  flow(library, { capacity: 1, claims: [[single]], workers: [plain, plain] }),
);
add('group: 2 workers that take 2 at a time', { near: upTo(1) }, (library) =>
  flow(library, { capacity: 8, claims: [[{ events: 8 }]], workers: [{ most: 2 }, { most: 2 }] }),
);
add('group: 2 workers before a consumer', { quick: true }, (library) =>
  flow(library, { capacity: 1, claims: [[single, single]], graph: [[], [0]], workers: [plain, plain] }),
);
add('group: 2 workers after a consumer', {}, (library) =>
  flow(library, {
    capacity: 1,
    claims: [[single, single]],
    graph: [[], [0]],
    group: 1,
    workers: [plain, plain],
  }),
);
add('group: 2 workers beside a consumer', {}, (library) =>
  flow(library, { capacity: 2, claims: [[single, single]], graph: [[], []], workers: [plain, plain] }),
);
add('group: 2 workers on event loops', { kind: 'asynchronous' }, (library) =>
  flow(library, { capacity: 1, claims: [[single, single]], workers: [plain, plain], form: 'async' }),
);
add('group: 2 workers spin', {}, (library) =>
  flow(library, { capacity: 1, claims: [[single, single]], workers: [plain, plain], form: 'spin' }),
);
add('group: 2 workers, a stray wake-up', { options: { strayWakeups: 1 } }, (library) =>
  flow(library, { capacity: 1, claims: [[single, single]], workers: [plain, plain] }),
);
for (const [what, start] of [
  ['the sign change', 2 ** 29 - 1],
  ['the wrap', 2 ** 30 - 1],
  ['an epoch', 2 ** 28 - 1],
] as const) {
  add(`group: 2 workers, 2 events, across ${what}`, { near: upTo(1) }, (library) =>
    flow(library, { capacity: 1, claims: [[single, single]], workers: [plain, plain], start }),
  );
}
add('group: 2 workers, 2 producers', { quick: true }, (library) =>
  flow(library, { capacity: 2, claims: [[single], [single]], workers: [plain, plain] }),
);
// From 8 on: the first lap renews all stamps.
add('group: 2 workers, claims of 2 of several producers, taken one by one', {}, (library) =>
  flow(library, { capacity: 4, start: 8, claims: [[pair, single], [given]], workers: [plain, plain] }),
);
add('group: 2 workers, an event is given up', {}, (library) =>
  flow(library, { capacity: 2, claims: [[given, single], [single]], workers: [plain, plain] }),
);
add('group: 2 workers before a consumer, 2 producers', {}, (library) =>
  flow(library, {
    capacity: 2,
    claims: [[pair], [single]].map((its) => its),
    graph: [[], [0]],
    workers: [plain, plain],
  }),
);
// A worker that finds its events taken has announced them late: the group seems to be where the consumer was before.
add('group: 2 workers before a consumer, 1 of 2 producers publishes', {}, (library) =>
  flow(library, {
    capacity: 2,
    claims: [[single, single], []],
    graph: [[], [0]],
    workers: [plain, plain],
  }),
);
// From 8 on, as above: the consumer stops where the worker is in the middle of the claim.
add('group: a worker releases a claim of 2 one by one before a consumer, 2 producers', {}, (library) =>
  flow(library, {
    capacity: 4,
    start: 8,
    claims: [[{ events: 2 }], []],
    graph: [[], [0]],
    workers: [{ most: 2 }],
  }),
);
add('group: one leaves, the other does the rest', { quick: true, near: upTo(1) }, (library) =>
  flow(library, { capacity: 2, claims: [[single, single]], workers: [{ leavesAfter: 1 }, plain] }),
);
add('group: one leaves with an event in hand, the other gets it', { quick: true, near: upTo(1) }, (library) =>
  flow(library, {
    capacity: 8,
    claims: [[{ events: 8 }]],
    workers: [{ most: 2, leavesAfter: 1 }, { most: 2 }],
  }),
);
add(
  'group: one leaves with an event in hand, the next in its seat gets it',
  { bounded: complete },
  (library) =>
    flow(library, {
      capacity: 8,
      claims: [[{ events: 4 }]],
      workers: [{ most: 2, leavesAfter: 1 }],
      more: (its) => ({
        worker9: play(its, (env) => {
          env.join('worker0');
          return work(its, 0, 0, { late: true })(env);
        }),
        closer: closeAtEnd(its, 1),
      }),
    }),
);
for (const capacity of [1, 2]) {
  add(
    `group: closed while 2 workers handle 2 events, capacity ${capacity}`,
    { quick: true, near: upTo(1) },
    (library) =>
      flow(library, {
        capacity,
        claims: [[single, single]],
        workers: [plain, plain],
        more: (its) => ({ closer: closeMany(its) }),
      }),
  );
}
add('group: closed while 2 workers before a consumer handle an event', {}, (library) =>
  flow(library, {
    capacity: 1,
    claims: [[single]],
    graph: [[], [0]],
    workers: [plain, plain],
    more: (its) => ({ closer: closeMany(its) }),
  }),
);
add('group: aborted while 2 workers handle 2 events', { near: upTo(1) }, (library) =>
  groupProgram(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      workers: [plain, plain],
      more: (its) => ({ aborter: abortMany(its) }),
    },
    ({ observed }) => {
      for (const [name, values] of Object.entries(observed)) {
        if (values.includes('ENDED')) throw new Error(`${name} was told of a close, not of an abort`);
      }
    },
  ),
);

// --- Lossy consumers: a group of one, from whom producers take what it has not begun.

/** What it got and what it missed is what was published; what producers dropped is what it missed. */
function gotOrMissed({ observed }: FinalEnv<Ring>): unknown {
  const counted = (role: string, what: string): number =>
    Object.entries(observed)
      .filter(([name]) => name.startsWith(role))
      .flatMap(([, values]) => values)
      .filter((value): value is string => typeof value === 'string' && value.startsWith(what))
      .reduce((sum, value) => sum + Number(value.slice(what.length)), 0);
  const published = Object.entries(observed)
    .filter(([name]) => name.startsWith('producer'))
    .flatMap(([, values]) => valuesOf(values));
  const got = Object.entries(observed)
    .filter(([name]) => name.startsWith('worker'))
    .flatMap(([, values]) => valuesOf(values));
  const [missed, evicted] = [counted('worker', 'missed '), counted('producer', 'evicted ')];
  if (got.some((value, i) => !published.includes(value) || got.indexOf(value) !== i))
    throw new Error(`got ${got.join()} of ${published.join()}`);
  // What was given up and then dropped counts as missed: nobody looked whether it was anything.
  if (got.length + missed < published.length || missed !== evicted)
    throw new Error(`got ${got.length}, missed ${missed} of ${published.length}, ${evicted} were dropped`);
  for (const [name, values] of Object.entries(observed)) {
    const own = valuesOf(values);
    if (name.startsWith('consumer') && own.length !== published.length)
      throw new Error(`${name} saw ${own.join()} of ${published.join()}`);
  }
  return `${got.join()} missed ${missed}`;
}

const losing = (library: Library, its: Omit<GroupFlow, 'lossy'>): Program =>
  groupProgram(library, { ...its, lossy: true }, gotOrMissed);

for (const capacity of [1, 2]) {
  add(`lossy: 3 events, capacity ${capacity}`, { quick: true, near: upTo(3) }, (library) =>
    losing(library, { capacity, claims: [[single, single, single]], workers: [plain] }),
  );
  add(`lossy: 2 producers, 2 events each, capacity ${capacity}`, { quick: true, near: upTo(1) }, (library) =>
    losing(library, {
      capacity,
      claims: [
        [single, single],
        [single, single],
      ],
      workers: [plain],
    }),
  );
}
add('lossy: beside a consumer that loses nothing', { near: upTo(1) }, (library) =>
  losing(library, { capacity: 1, claims: [[single, single]], graph: [[], []], workers: [plain] }),
);
add('lossy: claims of 2, dropped one by one', { near: upTo(1) }, (library) =>
  losing(library, { capacity: 4, start: 8, claims: [[pair, pair, pair], [single]], workers: [plain] }),
);
add(
  'lossy: a claim of 2 is lapped while another producer drops the first of it',
  { near: upTo(1) },
  (library) =>
    losing(library, { capacity: 2, start: 8, claims: [[pair, single, single], [single]], workers: [plain] }),
);
add('lossy: claims of 2 behind single ones, the consumer leaves', { near: upTo(1) }, (library) =>
  losing(library, {
    capacity: 4,
    start: 8,
    claims: [[pair, single, pair], [given]],
    workers: [{ leavesAfter: 1 }],
    more: (its) => ({
      worker9: play(its, (env) => {
        env.join('worker0');
        return work(its, 0, 0, { late: true })(env);
      }),
      closer: closeAtEnd(its, 2),
    }),
  }),
);
add('lossy: nobody sits there', { quick: true, bounded: complete }, (library) =>
  losing(library, {
    capacity: 1,
    claims: [[single, single], [single]],
    workers: [plain],
    more: (its) => ({
      worker0: play(its, (env) => {
        env.join('closer');
        return work(its, 0, 0, { late: true })(env);
      }),
      closer: closeAtEnd(its, 2),
    }),
  }),
);
for (const [what, start] of [
  ['the sign change', 2 ** 29 - 1],
  ['the wrap', 2 ** 30 - 1],
] as const) {
  add(`lossy: 3 events, across ${what}`, { near: upTo(3) }, (library) =>
    losing(library, { capacity: 1, claims: [[single, single, single]], workers: [plain], start }),
  );
}
add('lossy: closed while 2 events are published', { near: upTo(3) }, (library) =>
  losing(library, {
    capacity: 1,
    claims: [[single, single]],
    workers: [plain],
    more: (its) => ({ closer: closeMany(its) }),
  }),
);

export const groupPrograms: readonly ModelProgram[] = programs;
