/** Programs over the core whose consumers join and leave while events flow. */
import type { FinalEnv, Program } from '../checker/index.js';
import type { Library } from '../library.js';
import { complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import {
  abortMany,
  closeMany,
  followRuns,
  type FollowingRuns,
  manyProgram,
  type PlannedClaim,
  produceMany,
} from './many.js';
import { type Env, nameOf, play, type Ring } from './ring.js';

const { programs, add } = listOfPrograms();

const single: PlannedClaim = { events: 1 };
const pair: PlannedClaim = { events: 2 };

interface Coming {
  readonly capacity: number;
  readonly start?: number;
  readonly claims: readonly (readonly PlannedClaim[])[];
  /** What each consumer came after, as far as it must have seen what they made of the events. */
  readonly graph: readonly (readonly number[])[];
  readonly links?: readonly (readonly number[])[];
  readonly consumers: readonly FollowingRuns[];
  readonly discards?: true;
  /** Instead of a thread that closes when everything is published. */
  readonly more?: (library: Library) => Record<string, (env: Env) => unknown>;
}

type Judge = (env: FinalEnv<Ring>) => unknown;

function coming(library: Library, its: Coming, judge: Judge = sawAllFromTheFirst): Program {
  const { capacity, start = 0, claims, graph, links, consumers, discards, more } = its;
  const spareSeats = consumers.filter(({ joins }) => joins !== undefined).length;
  const plan = {
    capacity,
    start,
    graph,
    ...(links && { links }),
    producers: claims.length,
    spareSeats,
    ...(discards && { discards }),
  };
  const threads: Record<string, (env: Env) => unknown> = {};
  claims.forEach((one, producer) => {
    threads[`producer${producer}`] = play(library, produceMany(library, producer, one));
  });
  consumers.forEach((following, consumer) => {
    threads[nameOf(consumer)] = play(library, followRuns(library, consumer, following));
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

interface Seen {
  readonly name: string;
  readonly first: number;
  readonly values: readonly number[];
  readonly told: unknown;
}

function seenBy({ observed }: FinalEnv<Ring>): Seen[] {
  return Object.entries(observed)
    .filter(([name]) => name.startsWith('consumer'))
    .map(([name, all]) => ({
      name,
      first: Number(
        all
          .map(String)
          .join()
          .match(/^from (\d+)/)?.[1] ?? 0,
      ),
      values: all.filter((value) => typeof value === 'number'),
      told: all.at(-1),
    }));
}

function publishedBy({ observed }: FinalEnv<Ring>): number[] {
  return Object.entries(observed)
    .filter(([name]) => name.startsWith('producer'))
    .flatMap(([, values]) => values.filter((value) => typeof value === 'number'));
}

/** Everybody saw the same event as each sequence, one after another from its first on; who did not leave saw it to the end. */
export function sawTheSame(env: FinalEnv<Ring>): Seen[] {
  const published = publishedBy(env);
  const events = new Map<number, number>();
  const seen = seenBy(env);
  for (const { name, first, values } of seen) {
    values.forEach((value, i) => {
      if (!published.includes(value) && env.ended['producer0'] === 'done')
        throw new Error(`${name} saw ${value}, which was not published`);
      if ((events.get(first + i) ?? value) !== value)
        throw new Error(`${name} saw ${value} as event ${first + i}, another saw ${events.get(first + i)}`);
      events.set(first + i, value);
    });
  }
  if (new Set(events.values()).size !== events.size) throw new Error('an event was seen as two');
  return seen;
}

export function sawAllFromTheFirst(env: FinalEnv<Ring>): unknown {
  const published = publishedBy(env);
  const seen = sawTheSame(env);
  for (const { name, first, values, told } of seen) {
    if (told === 'ENDED' && first + values.length !== published.length)
      throw new Error(`${name} saw ${values.join()} from ${first} on, of ${published.join()}`);
  }
  return seen.map(({ first, values }) => `${first}:${values.length}`).join(' ');
}

/** As the other, and who joined missed nothing that the first consumer had not handled. */
function sawWhatTheFirstLeft(env: FinalEnv<Ring>): unknown {
  const [one, next] = seenBy(env);
  if (next.first > one.values.length)
    throw new Error(`event ${one.values.length} was seen by nobody, ${next.name} begins at ${next.first}`);
  return sawAllFromTheFirst(env);
}

/** With nobody left, no more was published than there was room for. */
function heldBack(env: FinalEnv<Ring>): unknown {
  const published = publishedBy(env);
  const handled = Math.max(0, ...seenBy(env).map(({ values }) => values.length));
  if (published.length !== handled + env.shared.capacity)
    throw new Error(`${published.length} were published, ${handled} handled`);
  return published.length;
}

// --- Joining.

const stays: FollowingRuns = {};
const joinsNow: FollowingRuns = { joins: 'now' };
const joinsAtOldest: FollowingRuns = { joins: 'oldest' };

for (const capacity of [1, 2]) {
  for (const joins of ['now', 'oldest'] as const) {
    add(
      `joining: ${joins}, while ${capacity + 1} events flow, capacity ${capacity}`,
      { quick: true },
      (library) =>
        coming(library, {
          capacity,
          claims: [Array.from({ length: capacity + 1 }, () => single)],
          graph: [[], []],
          consumers: [stays, { joins }],
        }),
    );
  }
}
add('joining: while 3 events flow, capacity 1', {}, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single, single, single]],
    graph: [[], []],
    consumers: [stays, joinsNow],
  }),
);
for (const joins of ['now', 'oldest'] as const) {
  add(`joining: ${joins}, 2 producers`, { quick: true }, (library) =>
    coming(library, {
      capacity: 1,
      claims: [[single], [single]],
      graph: [[], []],
      consumers: [stays, { joins }],
    }),
  );
}
add('joining: claims of 2 of several producers', {}, (library) =>
  coming(library, {
    capacity: 4,
    start: 8,
    claims: [[pair, pair], [pair]],
    graph: [[], []],
    consumers: [{ max: 1 }, joinsAtOldest],
  }),
);
add('joining: after another', { quick: true }, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single, single]],
    graph: [[], [0]],
    consumers: [stays, joinsNow],
  }),
);
add('joining: after another that stops inside claims of 2', {}, (library) =>
  coming(library, {
    capacity: 4,
    start: 8,
    claims: [[pair, pair], [pair]],
    graph: [[], [0]],
    consumers: [{ max: 1 }, joinsNow],
  }),
);
add('joining: two at once', { quick: true }, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single, single]],
    graph: [[], [], []],
    consumers: [stays, joinsNow, joinsAtOldest],
  }),
);
for (const [what, start] of [
  ['the sign change', 2 ** 29 - 1],
  ['the wrap', 2 ** 30 - 1],
  ['an epoch', 2 ** 28 - 1],
] as const) {
  add(`joining: across ${what}`, {}, (library) =>
    coming(library, {
      capacity: 1,
      start,
      claims: [[single, single]],
      graph: [[], []],
      consumers: [stays, joinsNow],
    }),
  );
}
add('joining: while the ring is closed', { quick: true }, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single]],
    graph: [[], []],
    consumers: [stays, joinsAtOldest],
    more: (its) => ({ closer: closeMany(its) }),
  }),
);
add('joining: while the ring is aborted', { quick: true }, (library) =>
  coming(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      graph: [[], []],
      consumers: [stays, joinsNow],
      more: (its) => ({ closer: abortMany(its) }),
    },
    (env) => {
      for (const { name, told } of sawTheSame(env)) {
        if (told === 'ENDED') throw new Error(`${name} was told of a close, not of an abort`);
      }
    },
  ),
);
add(
  'joining: a joiner dies at any step',
  {
    quick: true,
    options: { kill: ['consumer1'], daemons: ['producer0', 'consumer0', 'closer'] },
  },
  (library) =>
    coming(
      library,
      {
        capacity: 1,
        claims: [[single, single]],
        graph: [[], []],
        consumers: [stays, { ...joinsNow, events: 0 }],
        more: (its) => ({
          closer: (env) => {
            env.join('consumer1');
            closeMany(its)(env);
          },
        }),
      },
      sawTheSame,
    ),
);

// --- Leaving.

const leavesAfter = (events: number): FollowingRuns => ({ events, leaves: true });

for (const events of [0, 1]) {
  add(
    `leaving: after ${events} of 3 events, another stays, capacity 1`,
    { quick: true, near: upTo(1) },
    (library) =>
      coming(library, {
        capacity: 1,
        claims: [[single, single, single]],
        graph: [[], []],
        consumers: [leavesAfter(events), stays],
      }),
  );
  add(`leaving: the middle of a chain, after ${events} events`, { quick: true }, (library) =>
    coming(library, {
      capacity: 1,
      claims: [[single, single]],
      graph: [[], [0], [0]],
      links: [[], [0], [1]],
      consumers: [stays, leavesAfter(events), stays],
    }),
  );
  add(
    `leaving: the first of a chain, after ${events} events, 2 producers`,
    { quick: true, near: upTo(1) },
    (library) =>
      coming(library, {
        capacity: 2,
        claims: [[single], [single]],
        graph: [[], []],
        links: [[], [0]],
        consumers: [leavesAfter(events), stays],
      }),
  );
}
add('leaving: two neighbours of a chain', { near: upTo(1) }, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single]],
    graph: [[], [], []],
    links: [[], [0], [1]],
    consumers: [leavesAfter(0), leavesAfter(0), stays],
  }),
);
add('leaving: while another joins', { quick: true }, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single, single]],
    graph: [[], [], []],
    consumers: [leavesAfter(1), stays, joinsNow],
  }),
);
add('leaving: while the ring is closed', { near: upTo(1) }, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single, single]],
    graph: [[], []],
    consumers: [leavesAfter(1), stays],
    more: (its) => ({ closer: closeMany(its) }),
  }),
);

// --- Nobody left.

add(
  'leaving: the last, and producers hold',
  { quick: true, bounded: complete, options: { daemons: ['producer0'] } },
  (library) =>
    coming(
      library,
      {
        capacity: 1,
        claims: [[single, single, single]],
        graph: [[]],
        consumers: [leavesAfter(1)],
        more: () => ({}),
      },
      heldBack,
    ),
);
for (const producers of [1, 2]) {
  add(
    `leaving: the last, producers hold until another joins, ${producers} of them`,
    { quick: true },
    (library) =>
      coming(
        library,
        {
          capacity: 1,
          claims: [producers === 1 ? [single, single, single] : [single, single], [single]].slice(
            0,
            producers,
          ),
          graph: [[], []],
          consumers: [leavesAfter(1), joinsAtOldest],
        },
        sawWhatTheFirstLeft,
      ),
  );
  add(
    `leaving: the last, and producers go on, ${producers} of them`,
    { quick: true, near: upTo(1) },
    (library) =>
      coming(library, {
        capacity: 1,
        claims: [[single, single], [single]].slice(0, producers),
        graph: [[]],
        consumers: [leavesAfter(1)],
        discards: true,
      }),
  );
  add(`leaving: the last, producers go on, another joins, ${producers} of them`, { quick: true }, (library) =>
    coming(library, {
      capacity: 1,
      claims: [[single, single, single], [single]].slice(0, producers),
      graph: [[], []],
      consumers: [leavesAfter(1), joinsAtOldest],
      discards: true,
    }),
  );
}
add('leaving: the last, held producers are closed', { quick: true, near: upTo(1) }, (library) =>
  coming(library, {
    capacity: 1,
    claims: [[single, single, single]],
    graph: [[]],
    consumers: [leavesAfter(1)],
    more: (its) => ({ closer: closeMany(its) }),
  }),
);

export const joiningPrograms: readonly ModelProgram[] = programs;
