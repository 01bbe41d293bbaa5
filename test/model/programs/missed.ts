/**
 * Programs whose waits could be missed by a wake-up: one has decided to sleep, a fact is stored and its parked bit cleared, and another,
 * whom that fact does not release, sets the bit again on the same value before the first one sleeps.
 */
import type { Awaited } from '../../../src/core/waiting.js';
import type { FinalEnv, Program } from '../checker/index.js';
import type { Library } from '../library.js';
import { type Choices, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import { CLOSED, closer, fill, opened, Programs, seated, told } from './face-threads.js';
import { work } from './groups.js';
import {
  closeMany,
  followRuns,
  gateOf,
  manyProgram,
  type ManyRing,
  type PlannedClaim,
  produceMany,
  upstreamOf,
} from './many.js';
import {
  closeRing,
  consume,
  type Env,
  outcomeName,
  play,
  produce,
  type Ring,
  ringProgram,
  type Role,
} from './ring.js';

const { programs, add } = listOfPrograms();

const single: PlannedClaim = { events: 1 };

/** Time passes once, when nothing else can happen: that is when a wait looks again by itself. */
const timing = (...daemons: readonly string[]): Choices => ({ options: { timeouts: 1, daemons } });

/** This thread was told, at last, what it must be told. */
function wasTold(
  thread: string,
  ...ends: readonly string[]
): (env: Pick<FinalEnv<Ring>, 'observed' | 'ended'>) => unknown {
  return ({ observed, ended }) => {
    const last = String(observed[thread]?.at(-1));
    if (ended[thread] !== 'done' || !ends.includes(last)) throw new Error(`${thread} was told ${last}`);
    return last;
  };
}

// --- A close, by who waits for a consumer that never moves, beside one that comes after that consumer and goes on waiting for it.

const behind = { capacity: 1, graph: [[], [0]] };

add(
  'missed: a close, by a producer behind a consumer that never moves',
  { ...timing('consumer1'), quick: true, near: upTo(2) },
  (library) =>
    ringProgram(
      library,
      '',
      behind,
      {
        producer: play(library, produce(library, 2)),
        consumer1: play(library, consume(library, 1)),
        closer: closeRing(library),
      },
      wasTold('producer', 'ENDED', 'refused'),
    ),
);
add(
  'missed: a close, by one of 2 producers behind a consumer that never moves',
  { ...timing('consumer1'), near: upTo(1) },
  (library) =>
    manyProgram(
      library,
      { ...behind, producers: 2 },
      {
        producer0: play(library, produceMany(library, 0, [single, single])),
        consumer1: play(library, followRuns(library, 1)),
        closer: closeMany(library),
      },
      wasTold('producer0', 'ENDED'),
    ),
);
add(
  'missed: a close, by who waits until an event is processed that never comes',
  { ...timing('consumer1'), near: upTo(2) },
  (library) =>
    ringProgram(
      library,
      '',
      behind,
      {
        producer: play(library, produce(library, 1)),
        onlooker: play(library, function* (env): Role {
          const { words, positions } = env.shared;
          const processed = new library.Processed(new library.Barrier(words, positions), 1);
          env.observe(outcomeName(library, yield processed));
        }),
        consumer1: play(library, consume(library, 1)),
        closer: closeRing(library),
      },
      wasTold('onlooker', 'ENDED'),
    ),
);

// --- What a worker of a group left in hand, by the one who would have to take it over.

add(
  'missed: what a worker left in hand, by the other, beside a consumer',
  { ...timing(), quick: true },
  (library) =>
    manyProgram(
      library,
      { capacity: 1, graph: [[], []], producers: 1, workers: [2, 0] },
      {
        producer0: play(library, produceMany(library, 0, [single, single])),
        worker0: play(library, work(library, 0, 0, { leavesAfter: 0 })),
        worker1: play(library, work(library, 0, 1)),
        consumer1: play(library, followRuns(library, 1)),
        closer(env: Env) {
          env.join('producer0');
          closeMany(library)(env);
        },
      },
      ({ observed }) => {
        const handled = [...(observed['worker0'] ?? []), ...(observed['worker1'] ?? [])]
          .filter((value) => typeof value === 'number')
          .sort();
        if (handled.join() !== observed['producer0'].join())
          throw new Error(`handled ${handled.join()} of ${observed['producer0'].join()}`);
        return handled.join();
      },
    ),
);

// --- A worker's failure, by who waits for the group beside its other worker, which waits for what the first has in hand.

/** The ring is closed with its only event in hand of a worker that fails, or of the other. */
function failing(library: Library, graph: readonly (readonly number[])[], told: (env: Env) => Role): Program {
  return manyProgram(
    library,
    { capacity: 1, graph, producers: 1, workers: [2] },
    {
      producer0: play(library, produceMany(library, 0, [single])),
      closer(env: Env) {
        env.join('producer0');
        closeMany(library)(env);
      },
      worker0: play(library, work(library, 0, 0, { fails: true })),
      worker1: play(library, work(library, 0, 1)),
      told: play(library, told),
    },
    (env) => wasTold('told', env.observed['worker0'].includes('failed') ? 'FAILED' : 'ENDED')(env),
  );
}

/** Waits for this until it has ended, or until it is told of a failure. */
function untilFailed(library: Library, open: (ring: ManyRing) => Awaited): (env: Env) => Role {
  const { FAILED, READY, UnlessFailed } = library;
  return function* (env) {
    const { words, positions } = env.shared;
    const awaited = open(env.shared as ManyRing);
    const unless = new UnlessFailed(awaited, { from: positions[0], to: words.length, except: [] });
    let outcome = yield unless;
    while (outcome === READY && awaited instanceof library.Follower) {
      awaited.next = awaited.available;
      if (!awaited.release()) throw new Error('refused');
      outcome = yield unless;
    }
    env.observe(outcome === FAILED ? 'FAILED' : 'ENDED');
  };
}

add(
  'missed: the failure of a worker, by who waits until a closed ring is drained',
  timing('worker1'),
  (library) =>
    failing(
      library,
      [[]],
      untilFailed(library, (ring) => new library.Drained(gateOf(library, ring, 0))),
    ),
);
add('missed: the failure of a worker, by a consumer behind the group', timing('worker1'), (library) =>
  failing(
    library,
    [[], [0]],
    untilFailed(
      library,
      (ring) => new library.Follower(ring.words, ring.positions[1], upstreamOf(library, ring, 1)),
    ),
  ),
);

// --- As users call it.

const faces = new Programs();

for (const own of [false, true]) {
  faces.add(
    `missed: a close, by publish() behind a consumer that never moves${own ? ', in a thread with a consumer of its own' : ''}`,
    timing('reader of b'),
    (library) => ({
      rings: { capacity: 1, consumers: { a: {}, b: { after: ['a'] }, ...(own && { own: {} }) } },
      threads: {
        producer(env) {
          const ring = opened(library, env);
          const producer = env.prepare(() => ring.openProducer({ wait: 'park' }));
          const consumer = own ? env.prepare(() => ring.openConsumer('own')) : undefined;
          told(library, env, () => {
            for (;;) {
              producer.publish(fill, 0);
              consumer?.poll(() => {});
            }
          });
        },
        'reader of b': (env) => {
          seated(library, env, 'b').run(() => {
            throw new Error('a has not seen it');
          });
        },
        closer: closer(library),
      },
      judge: ({ observed, ended }) => {
        if (ended['producer'] !== 'done' || observed['producer'].join() !== CLOSED)
          throw new Error(`the producer was told ${observed['producer']?.join() ?? 'nothing'}`);
      },
    }),
  );
}

export const missedPrograms: readonly ModelProgram[] = [...programs, ...faces.list];
