/** Programs over the core whose groups, lossy consumers and observers join and leave while events flow. */
import type { FinalEnv, Program } from '../checker/index.js';
import type { Library } from '../library.js';
import type { Group, GroupWorker } from '../../../src/core/group-worker.js';
import { listOfPrograms, type ModelProgram, upTo } from './entry.js';
import {
  abortMany,
  closeMany,
  followRuns,
  type FollowingRuns,
  type ManyEnv,
  type ManyRing,
  manyProgram,
  type PlannedClaim,
  produceMany,
  readEvent,
  upstreamOf,
} from './many.js';
import { type Env, outcomeName, play, type Ring, type Role } from './ring.js';

const { programs, add } = listOfPrograms();

const single: PlannedClaim = { events: 1 };
const pair: PlannedClaim = { events: 2 };

/** The ordinary consumer, and the group, of these programs. */
const FIRST = 0;
const GROUP = 1;

interface Working {
  /** Brings the group in first, as `ring.join`. */
  readonly joins?: 'now' | 'oldest';
  /** In the seat of one that came and left just before: an ordinary consumer, or one that is lossy too. */
  readonly again?: true;
  /** Comes once this thread is done. */
  readonly afterThread?: string;
  /** Most events at a time. */
  readonly most?: number;
  /** Handles so many events, then does as `then` says; without, it goes on until the ring has ended. */
  readonly events?: number;
  /** `'leaves'`: takes the group out for good; `'hands over'`: leaves its seat only. */
  readonly then?: 'leaves' | 'hands over';
  /** Has the next event in hand when it does so. */
  readonly holding?: true;
  /** As an observer: takes all there is, copies the newest, lets go of it, and only then looks at what it copied. */
  readonly observes?: true;
}

function groupOf(library: Library, ring: ManyRing): Group {
  const { words, positions, capacity, stamps, workerSeats, lossy } = ring;
  return {
    claim: positions[GROUP],
    seats: workerSeats[GROUP],
    barrier: upstreamOf(library, ring, GROUP),
    runs: stamps && new library.Runs(words, stamps),
    capacity,
    lossy: lossy.includes(GROUP),
  };
}

/** As `ring.join`, in a seat that nobody else takes. */
function bringIn(library: Library, ring: ManyRing, start: 'now' | 'oldest', kind: 1 | 2): void {
  const { words, positions, graph, membership } = ring;
  const at = positions[GROUP];
  for (const before of graph[GROUP]) Atomics.or(words, at + library.seat.after, 1 << before);
  library.enter(membership!, at, library.entrance(membership!, GROUP, start === 'oldest'), kind);
}

/** Somebody joins in the group's seat and leaves it for good: an ordinary consumer, unless the seat is for lossy ones. */
function comeAndGo(library: Library, ring: ManyRing): void {
  const { words, positions, lossy, membership, workerSeats } = ring;
  const at = positions[GROUP];
  const workers = lossy.includes(GROUP) ? 1 : 0;
  Atomics.store(words, at + library.seat.workers, workers);
  bringIn(library, ring, 'oldest', library.MEMBER);
  library.exit(membership!, at);
  Atomics.store(words, at + library.seat.workers, workerSeats[GROUP].length);
}

/** A worker of the group: observes the value of each event that it handles, then how it ended. */
function work(library: Library, worker: number, working: Working): (env: Env) => Role {
  const { exit, GroupWorker, leaveSeat, MEMBER, OBSERVER, READY, seat, takeSeat } = library;
  const { joins, again, afterThread, most = 1, events = Infinity, then, holding, observes } = working;
  return function* (anyEnv) {
    const env = anyEnv as unknown as ManyEnv;
    const { words, positions, workerSeats, membership, start } = env.shared;
    const at = workerSeats[GROUP][worker];
    if (afterThread !== undefined) env.join(afterThread);
    const state = takeSeat(words, at + seat.state, worker + 1)!;
    if (again) comeAndGo(library, env.shared);
    if (joins !== undefined) bringIn(library, env.shared, joins, observes ? OBSERVER : MEMBER);
    const core = new GroupWorker(words, groupOf(library, env.shared), at, worker + 1);
    core.most = observes ? Infinity : most;
    if (joins !== undefined) env.observe(`from ${core.next - start}`);
    const told = yield* handle(env, core);
    if (core.missed > 0) env.observe(`missed ${core.missed}`);
    if (told === undefined && then === 'leaves') exit(membership!, positions[GROUP]);
    leaveSeat(words, at + seat.state, state);
    core.handOver();
    env.observe(told ?? 'left');
  };

  /** Until it is to leave: undefined, or the ring has ended. */
  function* handle(env: ManyEnv, core: GroupWorker): Generator<GroupWorker, string | undefined, number> {
    for (let seen = 0; seen < events || holding;) {
      const outcome = yield core;
      if (outcome !== READY) return outcomeName(library, outcome as never);
      if (core.available <= core.next) throw new Error('READY with nothing in hand');
      if (seen >= events) return undefined;
      if (observes) {
        core.missed += core.available - 1 - core.next;
        core.next = core.available - 1;
        if (!core.release()) return 'refused';
        const copy = readEvent(env.shared, GROUP, core.next);
        core.next++;
        if (!core.release()) return 'refused';
        env.observe(copy);
        seen++;
        continue;
      }
      while (core.next < core.available && (seen < events || !holding)) {
        env.observe(readEvent(env.shared, GROUP, core.next));
        core.next++;
        seen++;
        if (!core.release()) return 'refused';
      }
    }
    return undefined;
  }
}

interface Coming {
  readonly capacity: number;
  readonly start?: number;
  readonly claims: readonly (readonly PlannedClaim[])[];
  /** What each consumer must come after by what they made of the events; the last is a consumer beside the group, if there are three. */
  readonly graph?: readonly (readonly number[])[];
  /** What each is told to come after, where that is more: who leaves is come after no longer. */
  readonly links?: readonly (readonly number[])[];
  /** The first consumer, unless the ring begins with the group alone; and the third. */
  readonly first?: FollowingRuns | 'none';
  readonly third?: FollowingRuns;
  readonly workers: readonly Working[];
  readonly lossy?: true;
  readonly discards?: true;
  readonly more?: (library: Library) => Record<string, (env: Env) => unknown>;
}

type Judge = (env: FinalEnv<Ring>) => unknown;

function coming(library: Library, its: Coming, judge: Judge): Program {
  const { capacity, start = 0, claims, graph = [[], []], links, first = {}, third, workers } = its;
  const { lossy, discards, more } = its;
  const joiners = workers.some(({ joins, afterThread }) => joins !== undefined || afterThread === 'joiner');
  const plan = {
    capacity,
    start,
    graph,
    ...(links && { links }),
    producers: claims.length,
    workers: graph.map((_, consumer) => (consumer === GROUP ? workers.length : 0)),
    lossy: lossy ? [GROUP] : [],
    // Those that join are the last of the graph: the group, and a third after it.
    spareSeats: joiners || third?.joins !== undefined ? graph.length - (joiners ? GROUP : 2) : 0,
    ...(discards && { discards }),
  };
  const threads: Record<string, (env: Env) => unknown> = {};
  claims.forEach((one, producer) => {
    threads[`producer${producer}`] = play(library, produceMany(library, producer, one));
  });
  if (first !== 'none') threads['consumer0'] = play(library, followRuns(library, FIRST, first));
  if (third !== undefined) threads['consumer2'] = play(library, followRuns(library, 2, third));
  workers.forEach((working, worker) => {
    threads[`worker${worker}`] = play(library, work(library, worker, working));
  });
  Object.assign(threads, more?.(library) ?? { closer: closeAtEnd(library, claims.length) });
  return manyProgram(library, plan, threads, judge);
}

function closeAtEnd(library: Library, producers: number): (env: Env) => void {
  return (env) => {
    for (let producer = 0; producer < producers; producer++) env.join(`producer${producer}`);
    closeMany(library)(env);
  };
}

// --- What must hold.

const valuesOf = (observed: readonly unknown[] = []): number[] =>
  observed.filter((value) => typeof value === 'number');

const countOf = (observed: readonly unknown[] = [], what: string): number =>
  observed
    .filter((value): value is string => typeof value === 'string' && value.startsWith(what))
    .reduce((sum, value) => sum + Number(value.slice(what.length)), 0);

const namesOf = ({ observed }: FinalEnv<Ring>, role: string): string[] =>
  Object.keys(observed).filter((name) => name.startsWith(role));

const publishedBy = (env: FinalEnv<Ring>): number[] =>
  namesOf(env, 'producer').flatMap((name) => valuesOf(env.observed[name]));

/** The group's events are among those published and none was handled twice; the consumers saw all from their first on. */
function sawWhatWasPublished(env: FinalEnv<Ring>): { published: number[]; handled: number[] } {
  const published = publishedBy(env);
  for (const name of namesOf(env, 'consumer')) {
    const seen = valuesOf(env.observed[name]);
    const from = countOf(env.observed[name], 'from ');
    const ended = env.observed[name].at(-1) === 'ENDED';
    if (ended && seen.length !== published.length - from)
      throw new Error(`${name} saw ${seen.join()} from ${from} on, of ${published.join()}`);
  }
  const handled = namesOf(env, 'worker').flatMap((name) => valuesOf(env.observed[name]));
  if (handled.some((value, i) => !published.includes(value) || handled.indexOf(value) !== i))
    throw new Error(`handled ${handled.join()} of ${published.join()}`);
  return { published, handled };
}

/** As the other; and from the group's first event on, each was handled, unless the group left. */
const handledOnce: Judge = (env) => {
  const { published, handled } = sawWhatWasPublished(env);
  const workers = namesOf(env, 'worker');
  const from = workers.reduce((sum, name) => sum + countOf(env.observed[name], 'from '), 0);
  const ended = workers.some((name) => env.observed[name].at(-1) === 'ENDED');
  if (ended && handled.length !== published.length - from)
    throw new Error(`handled ${handled.join()} from ${from} on, of ${published.join()}`);
  return `${from}: ${handled.length}`;
};

/** What it got and what it missed is what was published from its first event on. */
const gotOrMissed: Judge = (env) => {
  const { published, handled } = sawWhatWasPublished(env);
  const observed = env.observed['worker0'];
  const [from, missed] = [countOf(observed, 'from '), countOf(observed, 'missed ')];
  if (from < 0) throw new Error(`begins at ${from}, before the first event`);
  const evicted = namesOf(env, 'producer').reduce(
    (sum, name) => sum + countOf(env.observed[name], 'evicted '),
    0,
  );
  if (observed.at(-1) === 'ENDED' && handled.length + missed !== published.length - from)
    throw new Error(`got ${handled.length}, missed ${missed} from ${from} on, of ${published.join()}`);
  return `${from}: ${handled.length} missed ${missed} evicted ${evicted > 0}`;
};

/** The producers published all that they wanted. */
const notHeldBack =
  (events: number, judge: Judge): Judge =>
  (env) => {
    const published = publishedBy(env);
    if (published.length !== events) throw new Error(`${published.length} were published`);
    return judge(env);
  };

const notAborted: Judge = (env) => {
  for (const [name, values] of Object.entries(env.observed))
    if (values.includes('ENDED')) throw new Error(`${name} was told of a close, not of an abort`);
};

// --- Groups.

const joinsNow: Working = { joins: 'now' };
const joinsAtOldest: Working = { joins: 'oldest' };
/** The second worker comes when the group is there. */
const later: Working = { afterThread: 'joiner' };

for (const joins of ['now', 'oldest'] as const) {
  add(`joining groups: ${joins}, while 2 events flow, capacity 1`, { quick: true }, (library) =>
    coming(
      library,
      { capacity: 1, claims: [[single, single]], workers: [{ joins }] },
      notHeldBack(2, handledOnce),
    ),
  );
  add(`joining groups: ${joins}, 2 producers`, {}, (library) =>
    coming(
      library,
      { capacity: 1, claims: [[single], [single]], workers: [{ joins }] },
      notHeldBack(2, handledOnce),
    ),
  );
}
add('joining groups: 2 workers, while 2 events flow', { quick: true }, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      graph: [[], []],
      workers: [later, later],
      more: (its) => ({
        joiner: (env) => bringIn(its, env.shared as ManyRing, 'oldest', 1),
        closer: closeAtEnd(its, 1),
      }),
    },
    notHeldBack(2, sawWhatWasPublished),
  ),
);
add('joining groups: in the seat of a consumer that left', { quick: true }, (library) =>
  coming(
    library,
    { capacity: 1, claims: [[single, single]], workers: [{ joins: 'oldest', again: true }] },
    notHeldBack(2, handledOnce),
  ),
);
add('joining groups: after another', {}, (library) =>
  coming(
    library,
    { capacity: 1, claims: [[single, single]], graph: [[], [0]], workers: [joinsAtOldest] },
    notHeldBack(2, handledOnce),
  ),
);
add('joining groups: a consumer joins behind a group that is in the middle of a claim', {}, (library) =>
  coming(
    library,
    {
      capacity: 4,
      start: 8,
      claims: [[pair, pair], [pair]],
      graph: [[], [], [1]],
      workers: [{ most: 2 }],
      third: { joins: 'now' },
    },
    handledOnce,
  ),
);
add('joining groups: a group joins beside one in the middle of a claim', {}, (library) =>
  coming(
    library,
    {
      capacity: 4,
      start: 8,
      claims: [[pair, pair], [pair]],
      graph: [[], [], []],
      first: 'none',
      workers: [{ most: 2 }],
      third: { joins: 'oldest' },
      more: (its) => ({ consumer0: play(its, followRuns(its, FIRST)), closer: closeAtEnd(its, 2) }),
    },
    handledOnce,
  ),
);
for (const holding of [false, true]) {
  const leaves: Working = { events: 0, then: 'leaves', ...(holding && { holding }) };
  const hand = holding ? 'an event' : 'nothing';
  add(`leaving groups: with ${hand} in hand, another stays`, { quick: true, near: upTo(1) }, (library) =>
    coming(
      library,
      { capacity: 1, claims: [[single, single]], workers: [leaves] },
      notHeldBack(2, handledOnce),
    ),
  );
  add(`leaving groups: with ${hand} in hand, in the middle of a chain`, { quick: true }, (library) =>
    coming(
      library,
      {
        capacity: 1,
        claims: [[single, single]],
        graph: [[], [], [0]],
        links: [[], [0], [1]],
        workers: [leaves],
        third: {},
      },
      notHeldBack(2, handledOnce),
    ),
  );
  add(`leaving groups: with ${hand} in hand, 2 producers`, {}, (library) =>
    coming(
      library,
      { capacity: 2, claims: [[single, single], [single]], workers: [leaves] },
      notHeldBack(3, handledOnce),
    ),
  );
}
add('leaving groups: with what another left in hand', { quick: true }, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      workers: [
        { events: 0, then: 'leaves', afterThread: 'worker1' },
        { events: 0, then: 'hands over', holding: true },
      ],
    },
    notHeldBack(2, handledOnce),
  ),
);
for (const producers of [1, 2]) {
  add(`leaving groups: the last, and producers go on, ${producers} of them`, { near: upTo(1) }, (library) =>
    coming(
      library,
      {
        capacity: 2,
        claims: [[single, single, single], [single]].slice(0, producers),
        graph: [[], []],
        first: { events: 0, leaves: true },
        workers: [{ events: 1, then: 'leaves', most: 2 }],
        discards: true,
      },
      notHeldBack(producers === 1 ? 3 : 4, sawWhatWasPublished),
    ),
  );
}
add('joining groups: and leaving at once, while 2 events flow', { quick: true }, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      workers: [{ joins: 'oldest', events: 0, then: 'leaves' }],
    },
    notHeldBack(2, handledOnce),
  ),
);
add('joining groups: while the ring is closed', {}, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single]],
      workers: [joinsNow],
      more: (its) => ({ closer: closeMany(its) }),
    },
    handledOnce,
  ),
);
add('joining groups: while the ring is aborted', {}, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      workers: [joinsNow],
      more: (its) => ({ closer: abortMany(its) }),
    },
    notAborted,
  ),
);

// --- Lossy consumers.

for (const [what, start] of [
  ['', 0],
  [', across the wrap', 2 ** 30 - 1],
] as const) {
  add(`joining lossy: while 2 events flow, capacity 1${what}`, { quick: true }, (library) =>
    coming(
      library,
      { capacity: 1, start, claims: [[single, single]], workers: [joinsAtOldest], lossy: true },
      notHeldBack(2, gotOrMissed),
    ),
  );
}
for (const producers of [1, 2]) {
  add(`joining lossy: in the seat of another that left, ${producers} producers`, {}, (library) =>
    coming(
      library,
      {
        capacity: 1,
        claims: producers === 1 ? [[single, single]] : [[single], [single]],
        workers: [{ joins: 'oldest', again: true }],
        lossy: true,
      },
      notHeldBack(2, gotOrMissed),
    ),
  );
}
add('joining lossy: claims of 2 of several producers', {}, (library) =>
  coming(
    library,
    {
      capacity: 4,
      start: 8,
      claims: [[pair, pair], [pair]],
      first: { max: 1 },
      workers: [joinsAtOldest],
      lossy: true,
    },
    notHeldBack(6, gotOrMissed),
  ),
);
for (const events of [0, 1]) {
  add(`leaving lossy: after ${events} of 2 events`, { quick: true, near: upTo(1) }, (library) =>
    coming(
      library,
      { capacity: 1, claims: [[single, single]], workers: [{ events, then: 'leaves' }], lossy: true },
      notHeldBack(2, gotOrMissed),
    ),
  );
}
for (const producers of [1, 2]) {
  add(`leaving lossy: the last, and producers go on, ${producers} of them`, { near: upTo(1) }, (library) =>
    coming(
      library,
      {
        capacity: 1,
        claims: [[single, single], [single]].slice(0, producers),
        first: { events: 0, leaves: true },
        workers: [{ events: 0, then: 'leaves' }],
        lossy: true,
        discards: true,
      },
      notHeldBack(producers + 1, gotOrMissed),
    ),
  );
}

// --- Observers.

const observes: Working = { joins: 'now', observes: true };

for (const producers of [1, 2]) {
  add(`observing: joins while 2 events flow, ${producers} producers`, { quick: true }, (library) =>
    coming(
      library,
      {
        capacity: 1,
        claims: producers === 1 ? [[single, single]] : [[single], [single]],
        workers: [observes],
        lossy: true,
      },
      notHeldBack(2, gotOrMissed),
    ),
  );
}
add('observing: joins and leaves while 2 events flow', { quick: true }, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      workers: [{ ...observes, events: 0, then: 'leaves' }],
      lossy: true,
    },
    notHeldBack(2, gotOrMissed),
  ),
);
add('observing: claims of 2 of several producers', {}, (library) =>
  coming(
    library,
    {
      capacity: 4,
      start: 8,
      claims: [[pair, pair], [pair]],
      first: { max: 1 },
      workers: [observes],
      lossy: true,
    },
    notHeldBack(6, gotOrMissed),
  ),
);
add(
  'observing: is nobody, and producers hold',
  { quick: true, near: upTo(1), options: { daemons: ['producer0', 'worker0'] } },
  (library) =>
    coming(
      library,
      {
        capacity: 1,
        claims: [[single, single]],
        first: { events: 0, leaves: true },
        workers: [observes],
        lossy: true,
        more: () => ({}),
      },
      (env) => {
        const published = publishedBy(env).length;
        if (published !== 1) throw new Error(`${published} were published`);
      },
    ),
);
add('observing: while the ring is aborted', {}, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      workers: [observes],
      lossy: true,
      more: (its) => ({ closer: abortMany(its) }),
    },
    notAborted,
  ),
);
export const joiningGroupPrograms: readonly ModelProgram[] = programs;
