/** Programs of joining and leaving that are small enough to be searched to their end, or far. */
import type { FinalEnv, Program } from '../checker/index.js';
import type { Library } from '../library.js';
import { type Choices, complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import { sawTheSame } from './joining.js';
import {
  closeMany,
  followRuns,
  type FollowingRuns,
  gateOf,
  join,
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

const single: PlannedClaim = { events: 1 };

interface Visiting {
  readonly start: 'now' | 'oldest';
  /** Leaves again. */
  readonly leaves?: true;
  /** Comes twice, in the same seat. */
  readonly again?: true;
}

/** Joins, handles what is there, and waits for nothing. */
function visit(library: Library, consumer: number, { start, leaves }: Visiting): (env: Env) => void {
  const { Follower, READY, RunFollower } = library;
  return (anyEnv) => {
    const env = anyEnv as unknown as ManyEnv;
    const ring = env.shared;
    const { words, positions, stamps } = ring;
    join(library, ring, consumer, start);
    const barrier = upstreamOf(library, ring, consumer);
    const follower =
      stamps === undefined
        ? new Follower(words, positions[consumer], barrier)
        : new RunFollower(words, positions[consumer], barrier, stamps);
    env.observe(`from ${follower.next - ring.start}`);
    if (follower.look() === READY) {
      for (; follower.next < follower.available; follower.next++)
        env.observe(readEvent(ring, consumer, follower.next));
      if (!follower.release()) throw new Error('its position is not where it left it');
    }
    if (leaves) library.exit(ring.membership!, positions[consumer]);
  };
}

/** Goes on in the seat of the first producer, after that one died or ended; its events have numbers of their own. */
function succeed(library: Library, events: number): (env: Env) => Role {
  const { READY, SingleProducer } = library;
  return function* (anyEnv) {
    const env = anyEnv as unknown as ManyEnv;
    const { words, capacity, payload } = env.shared;
    env.join('producer0');
    const core = new SingleProducer(words, capacity, gateOf(library, env.shared, 0));
    for (let number = 0; number < events; number++) {
      if (core.claim(1) !== READY) {
        const outcome = yield core;
        if (outcome !== READY) return env.observe(outcomeName(library, outcome));
      }
      payload[core.next & (capacity - 1)] = 900 + number;
      if (!core.publish(1)) return env.observe('refused');
      env.observe(900 + number);
    }
  };
}

interface Small extends Omit<Partial<ManyPlan>, 'producers' | 'spareSeats'> {
  /** Events of each producer, one at a time. */
  readonly events: readonly number[];
  /** By the consumer's number: those that do not stand here never move. */
  readonly consumers: Readonly<Record<number, FollowingRuns | Visiting>>;
  /** How many of the consumers are there from the beginning. */
  readonly declared: number;
  /** Events of a producer that comes after the first, in its seat. */
  readonly successor?: number;
  /** Somebody closes the ring: at any moment, or once everything is published. */
  readonly closed?: 'at any moment' | 'at the end';
  readonly form?: WaitForm;
}

function small(
  library: Library,
  its: Small,
  judge: (env: FinalEnv<Ring>) => unknown = sawTheSameEvents,
): Program {
  const { events, consumers, declared, successor, closed, form, ...plan } = its;
  const graph = its.graph ?? Object.keys(consumers).map(() => []);
  const threads: Record<string, (env: Env) => unknown> = {};
  events.forEach((count, producer) => {
    const claims = Array.from({ length: count }, () => single);
    threads[`producer${producer}`] = play(library, produceMany(library, producer, claims), form);
  });
  for (const [number, consumer] of Object.entries(consumers)) {
    const role = Number(number);
    threads[nameOf(role)] =
      'start' in consumer
        ? (env) => {
            visit(library, role, consumer)(env);
            if (consumer.again) visit(library, role, consumer)(env);
          }
        : play(library, followRuns(library, role, consumer), form);
  }
  if (successor !== undefined) threads['producer9'] = play(library, succeed(library, successor));
  if (closed !== undefined) {
    threads['closer'] = (env) => {
      if (closed === 'at the end') for (const producer of events.keys()) env.join(`producer${producer}`);
      closeMany(library)(env);
    };
  }
  return manyProgram(
    library,
    { capacity: 1, ...plan, graph, producers: events.length, spareSeats: graph.length - declared },
    threads,
    judge,
  );
}

/** Everybody saw the same events as the same sequences. */
const sawTheSameEvents = (env: FinalEnv<Ring>): unknown =>
  sawTheSame(env)
    .map(({ first, values }) => `${first}:${values.length}`)
    .join(' ');

/** As the other, and these threads saw so many. */
const sawAsMany =
  (wanted: Readonly<Record<string, number>>) =>
  (env: FinalEnv<Ring>): unknown => {
    for (const { name, values } of sawTheSame(env)) {
      if (name in wanted && values.length !== wanted[name]) throw new Error(`${name} saw ${values.join()}`);
    }
    return sawTheSameEvents(env);
  };

const mayWait = (...daemons: readonly string[]): Choices => ({ options: { daemons } });

// --- Nobody else is there: producers discard, or hold.

for (const start of ['now', 'oldest'] as const) {
  for (const leaves of [false, true]) {
    for (const discards of [false, true]) {
      add(
        `joining, small: ${start}${leaves ? ', and leaving' : ''}, a ring without consumers, 2 events ${discards ? 'discarded' : 'held'}`,
        {
          ...mayWait('producer0'),
          ...(leaves && !discards && start === 'oldest' ? { near: upTo(3) } : { bounded: complete }),
        },
        (library) =>
          small(library, {
            events: [2],
            declared: 0,
            ...(discards && { discards }),
            consumers: { 0: { start, ...(leaves && { leaves }) } },
          }),
      );
    }
  }
}
for (const [what, start] of [
  ['the sign change', 2 ** 29 - 1],
  ['the wrap', 2 ** 30 - 1],
  ['an epoch', 2 ** 28 - 1],
] as const) {
  add(
    `joining, small: a ring without consumers, across ${what}`,
    { ...mayWait('producer0'), bounded: complete },
    (library) =>
      small(library, {
        events: [2],
        declared: 0,
        start,
        discards: true,
        consumers: { 0: { start: 'oldest' } },
      }),
  );
}
add('joining, small: twice in one seat', { ...mayWait('producer0'), near: upTo(3) }, (library) =>
  small(library, {
    events: [2],
    declared: 0,
    discards: true,
    consumers: { 0: { start: 'now', leaves: true, again: true } },
  }),
);
for (const events of [1, 2]) {
  add(
    `joining, small: two at once, ${events} events`,
    { ...mayWait('producer0'), near: upTo(2) },
    (library) =>
      small(library, {
        events: [events],
        declared: 0,
        consumers: { 0: { start: 'oldest' }, 1: { start: 'oldest' } },
      }),
  );
}
add(
  'joining, small: 2 producers that discard',
  { ...mayWait('producer0', 'producer1'), near: upTo(2) },
  (library) =>
    small(library, { events: [1, 1], declared: 0, discards: true, consumers: { 0: { start: 'oldest' } } }),
);
add(
  'joining, small: 2 producers that hold',
  { ...mayWait('producer0', 'producer1'), near: upTo(2) },
  (library) => small(library, { events: [1, 1], declared: 0, consumers: { 0: { start: 'oldest' } } }),
);

// --- Beside others.

for (const start of ['now', 'oldest'] as const) {
  add(
    `joining, small: ${start}, beside a consumer that handles one of 1 events`,
    { ...mayWait('producer0'), bounded: complete },
    (library) => small(library, { events: [1], declared: 1, consumers: { 0: { events: 1 }, 1: { start } } }),
  );
  add(
    `joining, small: ${start}, beside a consumer that handles one of 2 events`,
    { ...mayWait('producer0'), near: upTo(2) },
    (library) => small(library, { events: [2], declared: 1, consumers: { 0: { events: 1 }, 1: { start } } }),
  );
}
add(
  'joining, small: after a consumer that handles one event',
  { ...mayWait('producer0'), near: upTo(2) },
  (library) =>
    small(library, {
      events: [2],
      declared: 1,
      graph: [[], [0]],
      consumers: { 0: { events: 1 }, 1: { start: 'now' } },
    }),
);
add('joining, small: a producer sleeps on a joiner that is raised', {}, (library) =>
  small(library, {
    events: [3],
    declared: 1,
    consumers: { 0: { events: 3 }, 1: { joins: 'oldest' } },
    closed: 'at the end',
  }),
);
add(
  'joining, small: a producer dies at any step, and the next in its seat goes on',
  { options: { kill: ['producer0'], daemons: ['producer0', 'producer9', 'consumer0'] } },
  (library) =>
    small(library, {
      events: [2],
      declared: 1,
      successor: 1,
      consumers: { 0: { events: 1 }, 1: { start: 'oldest' } },
    }),
);
add('joining, small: while the ring is closed', { near: upTo(2) }, (library) =>
  small(library, {
    events: [1],
    declared: 0,
    consumers: { 0: { joins: 'oldest' } },
    closed: 'at any moment',
  }),
);
add('joining, small: all on event loops', { near: upTo(1), kind: 'asynchronous' }, (library) =>
  small(library, {
    events: [2],
    declared: 0,
    consumers: { 0: { joins: 'oldest' } },
    closed: 'at the end',
    form: 'async',
  }),
);

// --- Leaving.

add('leaving, small: the first of a chain, 2 producers, and nobody closes', { near: upTo(1) }, (library) =>
  small(
    library,
    {
      capacity: 2,
      start: 8,
      events: [1, 1],
      declared: 2,
      graph: [[], []],
      links: [[], [0]],
      consumers: { 0: { events: 0, leaves: true }, 1: { events: 2 } },
    },
    sawAsMany({ consumer1: 2 }),
  ),
);
add('leaving, small: the first of a chain, and nobody closes', { near: upTo(2) }, (library) =>
  small(
    library,
    {
      events: [2],
      declared: 2,
      graph: [[], []],
      links: [[], [0]],
      consumers: { 0: { events: 0, leaves: true }, 1: { events: 2 } },
    },
    sawAsMany({ consumer1: 2 }),
  ),
);
add(
  'leaving, small: the last, after an event, and another joins',
  { ...mayWait('producer0'), near: upTo(2) },
  (library) =>
    small(library, {
      events: [2],
      declared: 1,
      graph: [[], []],
      consumers: { 0: { events: 1, leaves: true }, 1: { start: 'oldest' } },
    }),
);
add(
  'leaving, small: 2 at once, and producers hold',
  { ...mayWait('producer0'), bounded: complete },
  (library) =>
    small(library, {
      events: [2],
      declared: 2,
      consumers: { 0: { events: 1, leaves: true }, 1: { events: 0, leaves: true } },
    }),
);

export const smallJoiningPrograms: readonly ModelProgram[] = programs;
