/** Programs over the core with several producers. */
import type { Program } from '../checker/index.js';
import type { Library } from '../library.js';
import { complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import {
  abortMany,
  closeMany,
  followRuns,
  type FollowingRuns,
  lossesAreNamed,
  type ManyPlan,
  manyProgram,
  type PlannedClaim,
  produceMany,
  sawAllAndEpochIsRight,
  sawAllInTurn,
  sawAllOfAllAndEnded,
  sawRestAndEnded,
  sawSomeAndAborted,
} from './many.js';
import { type Env, nameOf, play, type WaitForm } from './ring.js';

const ONE = [[]];
const TWO = [[], []];
const CHAIN = [[], [0]];

/** Past the first lap, which renews all stamps and so finds less. */
const ORDINARY = 8;

const { programs, add } = listOfPrograms();

const single: PlannedClaim = { events: 1 };
const pair: PlannedClaim = { events: 2 };
const given: PlannedClaim = { events: 1, abandoned: true };
const givenPair: PlannedClaim = { events: 2, abandoned: true };

export interface Flow {
  readonly capacity: number;
  readonly graph?: readonly (readonly number[])[];
  readonly start?: number;
  /** For each producer, its claims. */
  readonly claims: readonly (readonly PlannedClaim[])[];
  readonly max?: number;
  readonly form?: WaitForm;
}

/** Producers and consumers, until everything was seen, or until the ring ends. */
export function threadsOf(
  library: Library,
  flow: Flow,
  until: 'all' | 'end',
): Record<string, (env: Env) => unknown> {
  const { graph = ONE, claims, max, form = 'park' } = flow;
  const events = claims.flat().reduce((sum, claim) => sum + (claim.abandoned ? 0 : claim.events), 0);
  const following: FollowingRuns = {
    ...(until === 'all' ? { events } : {}),
    ...(max === undefined ? {} : { max }),
  };
  const threads: Record<string, (env: Env) => unknown> = {};
  claims.forEach((its, producer) => {
    threads[`producer${producer}`] = play(library, produceMany(library, producer, its), form);
  });
  graph.forEach((_, consumer) => {
    threads[nameOf(consumer)] = play(library, followRuns(library, consumer, following), form);
  });
  return threads;
}

export const planOf = ({ capacity, graph = ONE, start = ORDINARY, claims }: Flow): ManyPlan => ({
  capacity,
  graph,
  start,
  // Two seats at least: with one, a ring has no stamps.
  producers: Math.max(2, claims.length),
});

export function flow(library: Library, its: Flow): Program {
  return manyProgram(library, planOf(its), threadsOf(library, its, 'all'), sawAllAndEpochIsRight(library));
}

export function closed(library: Library, its: Flow): Program {
  const threads = { ...threadsOf(library, its, 'end'), closer: closeMany(library) };
  return manyProgram(library, planOf(its), threads, sawAllOfAllAndEnded);
}

// --- One of them alone.

for (const capacity of [1, 2]) {
  add(
    `many: 1 producer, 3 events, capacity ${capacity}`,
    { quick: true, bounded: capacity === 1 ? upTo(2) : complete },
    (library) => flow(library, { capacity, claims: [[single, single, single]] }),
  );
}
add('many: 1 producer, claims of 2 released one by one, capacity 4', { bounded: complete }, (library) =>
  flow(library, { capacity: 4, claims: [[pair, pair]], max: 1 }),
);
add('many: 1 producer, a claim of 2 through a chain, released one by one', { bounded: upTo(2) }, (library) =>
  flow(library, { capacity: 4, graph: CHAIN, claims: [[pair, single]], max: 1 }),
);

// --- Two of them.

for (const capacity of [1, 2]) {
  add(
    `many: 2 producers, an event each, capacity ${capacity}`,
    { quick: true, bounded: complete },
    (library) => flow(library, { capacity, claims: [[single], [single]] }),
  );
  add(`many: 2 producers, 2 and 1 events, capacity ${capacity}`, { bounded: upTo(2) }, (library) =>
    flow(library, { capacity, claims: [[single, single], [single]] }),
  );
}
add('many: 2 producers, 2 events each, capacity 2', { bounded: upTo(2) }, (library) =>
  flow(library, {
    capacity: 2,
    claims: [
      [single, single],
      [single, single],
    ],
  }),
);
add('many: 2 producers, an event each, 2 consumers, capacity 1', {}, (library) =>
  flow(library, { capacity: 1, graph: TWO, claims: [[single], [single]] }),
);
add('many: 2 producers, an event each, through a chain', {}, (library) =>
  flow(library, { capacity: 1, graph: CHAIN, claims: [[single], [single]] }),
);
add(
  'many: 2 producers, claims of 2 and 1, released one by one, capacity 4',
  { quick: true, bounded: upTo(2) },
  (library) => flow(library, { capacity: 4, claims: [[pair, pair], [single]], max: 1 }),
);
add('many: 2 producers on event loops', { kind: 'asynchronous', bounded: upTo(2) }, (library) =>
  flow(library, { capacity: 1, claims: [[single], [single]], form: 'async' }),
);
add('many: 2 producers, everybody spins', { bounded: complete }, (library) =>
  flow(library, { capacity: 1, claims: [[single], [single]], form: 'spin' }),
);
for (const [what, start] of [
  ['-1', 2 ** 30 - 1],
  ['the sign change', 2 ** 29 - 2],
  ['the wrap', 2 ** 30 - 2],
  ['an epoch', 2 ** 28 - 2],
  ['a renewal', 2 ** 26 - 2],
] as const) {
  add(
    `many: 2 producers, 2 and 1 events, from two below ${what}`.replace('two below -1', '-1'),
    { bounded: upTo(2) },
    (library) => flow(library, { capacity: 2, claims: [[single, single], [single]], start }),
  );
  add(
    `many: claims of 2 among others, from two below ${what}`.replace('two below -1', '-1'),
    { bounded: upTo(2) },
    (library) => flow(library, { capacity: 4, claims: [[pair, pair], [single]], start, max: 1 }),
  );
}

// --- Given up.

add('many: a claim is given up between events', { quick: true, bounded: complete }, (library) =>
  flow(library, { capacity: 2, claims: [[single, given, single]] }),
);
add('many: a claim is given up at capacity 1', { bounded: complete }, (library) =>
  flow(library, { capacity: 1, claims: [[given, single]] }),
);
add('many: one gives up what the other waits behind', { quick: true, bounded: upTo(2) }, (library) =>
  flow(library, { capacity: 1, claims: [[given, single], [single]] }),
);
add('many: a claim of 2 is given up before a chain', {}, (library) =>
  flow(library, { capacity: 4, graph: CHAIN, claims: [[givenPair, single], [single]] }),
);

// --- Closing, aborting.

for (const capacity of [1, 2]) {
  add(`many: closed while 2 producers publish, capacity ${capacity}`, { quick: true }, (library) =>
    closed(library, { capacity, claims: [[single], [single]] }),
  );
}
add('many: closed while one publishes 2 and one gives up', {}, (library) =>
  closed(library, { capacity: 1, claims: [[single, single], [given]] }),
);
add('many: closed while claims of 2 are released one by one', {}, (library) =>
  closed(library, { capacity: 4, claims: [[pair, pair], [single]], max: 1 }),
);
add('many: closed while 2 producers publish through a chain', {}, (library) =>
  closed(library, { capacity: 1, graph: CHAIN, claims: [[single], [single]] }),
);
add('many: closed by one who may die, then by another', { options: { kill: ['closer'] } }, (library) => {
  const its: Flow = { capacity: 1, claims: [[single], [single]] };
  const threads = {
    ...threadsOf(library, its, 'end'),
    closer: closeMany(library),
    finisher: (env: Env): void => {
      env.join('closer');
      closeMany(library)(env);
    },
  };
  return manyProgram(library, planOf(its), threads, sawAllOfAllAndEnded);
});
add('many: aborted while 2 producers publish', {}, (library) => {
  const its: Flow = { capacity: 1, claims: [[single], [single]] };
  const threads = { ...threadsOf(library, its, 'end'), aborter: abortMany(library) };
  return manyProgram(library, planOf(its), threads, sawSomeAndAborted);
});
add(
  'many: a consumer dies while 2 producers publish',
  { options: { kill: ['consumer0'], daemons: ['producer0', 'producer1', 'consumer1'] } },
  (library) => ({
    ...flow(library, { capacity: 1, graph: TWO, claims: [[single], [single]] }),
    finally: undefined as never,
  }),
);

add('many: closed while nobody publishes', { quick: true, bounded: complete }, (library) =>
  closed(library, { capacity: 1, claims: [] }),
);

// --- Going on in the middle of a run.

for (const [what, claims] of [
  ['a claim of 2', [[pair, single]]],
  ['a claim of 2 of two producers', [[pair], [single]]],
] as const) {
  add(
    `many: a consumer stops inside ${what}, and the next goes on there`,
    { quick: true, bounded: complete },
    (library) => {
      const its: Flow = { capacity: 4, claims };
      const threads = {
        ...threadsOf(library, its, 'all'),
        consumer0: play(library, followRuns(library, 0, { events: 1, max: 1 })),
        heir: (env: Env): unknown => {
          env.join('consumer0');
          return play(library, followRuns(library, 0, { events: 2, successor: true }))(env);
        },
      };
      return manyProgram(library, planOf(its), threads, sawAllInTurn('consumer0', 'heir'));
    },
  );
}

add(
  'many: a consumer dies at any step inside a claim of 2, and the next goes on there',
  { quick: true, bounded: complete, options: { kill: ['consumer0'] } },
  (library) => {
    const its: Flow = { capacity: 4, claims: [[pair]] };
    const threads = {
      producer0: threadsOf(library, its, 'all')['producer0'],
      consumer0: play(library, followRuns(library, 0, { events: 2, max: 1 })),
      heir: (env: Env): unknown => {
        env.join('consumer0');
        return play(library, followRuns(library, 0, { max: 1, successor: true }))(env);
      },
      closer: (env: Env): void => {
        env.join('producer0');
        closeMany(library)(env);
      },
    };
    return manyProgram(library, planOf(its), threads, sawRestAndEnded('consumer0', 'heir'));
  },
);

// --- Dying with a claim (B-29).

for (const [what, its] of [
  ['capacity 1', { capacity: 1, claims: [[single], [single]] }],
  ['capacity 2', { capacity: 2, claims: [[single, single], [single]] }],
  ['claims of 2', { capacity: 4, claims: [[single, pair], [single]] }],
  [
    'after two of the other',
    {
      capacity: 2,
      claims: [[single], [single, single, single, single]],
    },
  ],
  [
    'between given up ones',
    {
      capacity: 2,
      claims: [
        [given, single],
        [given, single],
      ],
    },
  ],
] as const satisfies readonly (readonly [string, Flow])[]) {
  add(
    `many: one of 2 producers dies, and what it had claimed can be told, ${what}`,
    { quick: true, options: { kill: ['producer0'], daemons: ['producer1', 'consumer0'] } },
    (library) => manyProgram(library, planOf(its), threadsOf(library, its, 'all'), lossesAreNamed(library)),
  );
}

export const producerPrograms: readonly ModelProgram[] = programs;
