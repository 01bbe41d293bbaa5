/** Programs over the core's own classes: the smallest that the built files can be asked for. */
import type { FinalEnv, Program } from '../checker/index.js';
import type { Library } from '../library.js';
import { complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import {
  abortRing,
  awaitDrained,
  awaitProcessed,
  closeRing,
  consume,
  type Consuming,
  type Env,
  epochIsRight,
  type Limiting,
  makeRing,
  nameOf,
  play,
  produce,
  readReason,
  type Ring,
  type RingPlan,
  type Role,
  ringProgram,
  sawAllAndEnded,
  sawAllPublished,
  sawFirstPublished,
  valueOf,
  type WaitForm,
} from './ring.js';

type Threads = Record<string, (env: Env) => unknown>;

const ONE = [[]];
const TWO = [[], []];
const THREE = [[], [], []];
const CHAIN = [[], [0]];
const DIAMOND = [[], [], [0, 1]];

/** Where something in a word comes round. One below the wrap, the position in a word reads -1. */
const borders: Readonly<Record<string, number>> = {
  'the sign change': 2 ** 29,
  'the wrap': 2 ** 30,
  'an epoch': 2 ** 28,
  'the fourth wrap': 2 ** 32,
};

/** First positions from which a border is crossed after one event, or after two. */
const starts: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(borders).flatMap(([what, border]) => [
    [`across ${what}`, border - 1],
    [`from two below ${what}`, border - 2],
  ]),
);

const { programs, add } = listOfPrograms();

interface Flow {
  events: number;
  batch?: number;
  max?: number;
  producing?: WaitForm;
  consuming?: WaitForm;
}

/** One producer, and a thread for each consumer. */
function flow(
  library: Library,
  plan: RingPlan,
  { events, batch = 1, max, producing = 'park', consuming = 'park' }: Flow,
): Program {
  const how: Consuming = { events, ...(max === undefined ? {} : { max }) };
  const threads: Threads = { producer: play(library, produce(library, events, batch), producing) };
  plan.graph.forEach((_, consumer) => {
    threads[nameOf(consumer)] = play(library, consume(library, consumer, how), consuming);
  });
  return ringProgram(library, '', plan, threads, epochIsRight(library)) as Program;
}

// --- Events go through.

for (const capacity of [1, 2]) {
  for (const events of [2, 3]) {
    add(`${events} events, 1 consumer, capacity ${capacity}`, { quick: true, bounded: complete }, (library) =>
      flow(library, { capacity, graph: ONE }, { events }),
    );
  }
  add(
    `3 events, 1 consumer, capacity ${capacity}, a stray wake-up`,
    { options: { strayWakeups: 1 }, bounded: complete },
    (library) => flow(library, { capacity, graph: ONE }, { events: 3 }),
  );
  add(`3 events, 1 consumer, capacity ${capacity}, both spin`, { bounded: complete }, (library) =>
    flow(library, { capacity, graph: ONE }, { events: 3, producing: 'spin', consuming: 'spin' }),
  );
  add(
    `2 events, 1 consumer, capacity ${capacity}, both async`,
    { kind: 'asynchronous', bounded: complete },
    (library) =>
      flow(library, { capacity, graph: ONE }, { events: 2, producing: 'async', consuming: 'async' }),
  );
  add(
    `3 events, 1 consumer, capacity ${capacity}, the producer parks, the consumer spins`,
    { bounded: complete },
    (library) => flow(library, { capacity, graph: ONE }, { events: 3, consuming: 'spin' }),
  );
  add(`2 events, 2 consumers, capacity ${capacity}`, { quick: true, near: upTo(3) }, (library) =>
    flow(library, { capacity, graph: TWO }, { events: 2 }),
  );
  add(
    `2 events, a chain of 2, capacity ${capacity}`,
    capacity === 1 ? { near: upTo(3) } : { bounded: complete },
    (library) => flow(library, { capacity, graph: CHAIN }, { events: 2 }),
  );
}
for (const [what, start] of Object.entries(starts)) {
  for (const capacity of [1, 2]) {
    add(
      `3 events, 1 consumer, capacity ${capacity}, ${what}`,
      { quick: true, bounded: complete },
      (library) => flow(library, { capacity, graph: ONE, start }, { events: 3 }),
    );
  }
  // Capacity 1: the producer laps, so which of the two is behind decides.
  add(`2 events, 2 consumers, capacity 1, ${what}`, { near: upTo(2) }, (library) =>
    flow(library, { capacity: 1, graph: TWO, start }, { events: 2 }),
  );
}
add('1 event, 2 consumers, capacity 1', { quick: true, bounded: complete }, (library) =>
  flow(library, { capacity: 1, graph: TWO }, { events: 1 }),
);
add('1 event, 2 async consumers, capacity 1', { kind: 'asynchronous', bounded: complete }, (library) =>
  flow(library, { capacity: 1, graph: TWO }, { events: 1, consuming: 'async' }),
);
add('1 event, 3 consumers, capacity 1', { bounded: complete }, (library) =>
  flow(library, { capacity: 1, graph: THREE }, { events: 1 }),
);
add('1 event, a diamond, capacity 1', { bounded: complete }, (library) =>
  flow(library, { capacity: 1, graph: DIAMOND }, { events: 1 }),
);
add('2 events, a diamond, capacity 1', { near: upTo(1) }, (library) =>
  flow(library, { capacity: 1, graph: DIAMOND }, { events: 2 }),
);
add('4 events, a diamond, capacity 2, across the wrap', {}, (library) =>
  flow(library, { capacity: 2, graph: DIAMOND, start: borders['the wrap'] - 1 }, { events: 4 }),
);
add('4 events in claims of 2, capacity 2', { quick: true, bounded: complete }, (library) =>
  flow(library, { capacity: 2, graph: ONE }, { events: 4, batch: 2 }),
);
add('4 events in claims of 2, released one by one, capacity 2', { bounded: complete }, (library) =>
  flow(library, { capacity: 2, graph: ONE }, { events: 4, batch: 2, max: 1 }),
);
add('4 events in claims of 2, across an epoch', { bounded: complete }, (library) =>
  flow(library, { capacity: 2, graph: ONE, start: 2 ** 28 - 3 }, { events: 4, batch: 2 }),
);
for (const died of ['producer', 'consumer0'] as const) {
  // The survivor may wait for ever for the dead: only what did happen is judged.
  add(
    `3 events, 2 consumers, capacity 1, ${died} may die`,
    { options: { kill: [died], daemons: others(died) }, near: upTo(1) },
    (library) => ({
      ...flow(library, { capacity: 1, graph: TWO }, { events: 3 }),
      finally: undefined as never,
    }),
  );
}
add(
  '1 event, 2 consumers, one may die: the other gets it',
  { quick: true, bounded: complete, options: { kill: ['consumer0'] } },
  (library) => ({
    ...flow(library, { capacity: 1, graph: TWO }, { events: 1 }),
    finally: ({ observed, ended }) => {
      if (ended['consumer1'] !== 'done' || observed['consumer1'].length !== 1)
        throw new Error('the survivor saw nothing');
    },
  }),
);
// The one who dies may have taken back a parked bit that the other had set, and not woken it.
add(
  '2 events, 2 consumers, capacity 2, one may die: the other gets both',
  { options: { kill: ['consumer0'] } },
  (library) => ({
    ...flow(library, { capacity: 2, graph: TWO }, { events: 2 }),
    finally: ({ observed, ended }) => {
      if (ended['consumer1'] !== 'done' || observed['consumer1'].length !== 2)
        throw new Error('the survivor missed an event');
    },
  }),
);

function others(died: string): string[] {
  return ['producer', 'consumer0', 'consumer1'].filter((name) => name !== died);
}

// One was given up for dead and lives, another sits on its seat: each position is published by one of them, and the other learns it.
add('two producers who do not know of each other', { quick: true, bounded: complete }, (library) => {
  const publishing = (env: Env): void => {
    const { words, capacity, positions } = env.shared;
    const producer = env.prepare(
      () => new library.SingleProducer(words, capacity, new library.Barrier(words, positions)),
    );
    for (let event = 0; event < 2 && producer.publish(1); event++) env.observe(producer.next);
  };
  const judge = ({ observed, shared: { words } }: FinalEnv<Ring>): void => {
    const published = [...observed['producer'], ...observed['zombie']];
    const cursor = library.distance(Atomics.load(words, library.shared.cursor) >> 2, 0);
    if (published.length !== cursor || new Set(published).size !== cursor)
      throw new Error(`published ${published.join()} and the cursor is at ${cursor}`);
  };
  const threads = { producer: publishing, zombie: publishing };
  return ringProgram(library, '', { capacity: 4, graph: ONE }, threads, judge) as Program;
});

// --- Closing, at every point.

/** A producer, consumers until the end of the ring, and whoever else. */
function ending(
  library: Library,
  plan: RingPlan,
  more: Threads,
  { events = 2, batch = 1, producing = 'park', consuming = 'park' }: Partial<Flow> = {},
): Program {
  const threads: Threads = {};
  if (events > 0) threads['producer'] = play(library, produce(library, events, batch), producing);
  plan.graph.forEach((_, consumer) => {
    threads[nameOf(consumer)] = play(library, consume(library, consumer), consuming);
  });
  return ringProgram(library, '', plan, { ...threads, ...more }, sawAllAndEnded) as Program;
}

for (const capacity of [1, 2]) {
  add(
    `closed while 2 events go to 1 consumer, capacity ${capacity}`,
    { quick: true, bounded: complete },
    (library) => ending(library, { capacity, graph: ONE }, { closer: closeRing(library) }),
  );
}
for (const [what, start] of Object.entries(starts)) {
  add(
    `closed while 2 events go through a chain, ${what}`,
    { near: upTo(what === 'across the wrap' ? 2 : 1) },
    (library) => ending(library, { capacity: 2, graph: CHAIN, start }, { closer: closeRing(library) }),
  );
}
add('closed while 1 event goes to 2 consumers', { quick: true, near: upTo(2) }, (library) =>
  ending(library, { capacity: 1, graph: TWO }, { closer: closeRing(library) }, { events: 1 }),
);
add('closed while 1 event goes through a chain', { quick: true, near: upTo(2) }, (library) =>
  ending(library, { capacity: 1, graph: CHAIN }, { closer: closeRing(library) }, { events: 1 }),
);
add('closed while 1 event goes through a diamond', { near: upTo(1) }, (library) =>
  ending(library, { capacity: 1, graph: DIAMOND }, { closer: closeRing(library) }, { events: 1 }),
);
add('closed while a claim of 2 is published', { bounded: complete }, (library) =>
  ending(library, { capacity: 2, graph: ONE }, { closer: closeRing(library) }, { events: 4, batch: 2 }),
);
add('closed while everybody spins', { bounded: complete }, (library) =>
  ending(
    library,
    { capacity: 1, graph: ONE },
    { closer: closeRing(library) },
    { producing: 'spin', consuming: 'spin' },
  ),
);
add('closed while everybody waits on an event loop', { kind: 'asynchronous', near: upTo(2) }, (library) =>
  ending(
    library,
    { capacity: 1, graph: ONE },
    { closer: closeRing(library) },
    { producing: 'async', consuming: 'async' },
  ),
);
add('closed by two at once', { quick: true, near: upTo(2) }, (library) =>
  ending(
    library,
    { capacity: 1, graph: ONE },
    { closer: closeRing(library), other: closeRing(library) },
    { events: 1 },
  ),
);
add(
  'closed by one who may die, then by another',
  { options: { kill: ['closer'] }, quick: true, near: upTo(1) },
  (library) =>
    ending(
      library,
      { capacity: 1, graph: CHAIN },
      {
        closer: closeRing(library),
        finisher: (env) => {
          env.join('closer');
          closeRing(library)(env);
        },
      },
      { events: 1 },
    ),
);
add(
  'closed after the producer died',
  { options: { kill: ['producer'] }, quick: true, bounded: complete },
  (library) => {
    const program = ending(
      library,
      { capacity: 1, graph: ONE },
      {
        closer: (env) => {
          env.join('producer');
          closeRing(library)(env);
        },
      },
      { events: 1 },
    );
    return { ...program, finally: mustHaveEnded };
  },
);
add(
  'a successor goes on where the producer died',
  { options: { kill: ['producer'] }, quick: true, bounded: complete },
  (library) => {
    const program = ending(
      library,
      { capacity: 1, graph: ONE },
      {
        successor: play(library, (env) => {
          env.join('producer');
          return succeed(library, env);
        }),
      },
      { events: 1 },
    );
    return { ...program, finally: mustHaveEnded };
  },
);
// The one who died may have released and not woken the producer: its successor does.
add(
  'a successor goes on where the consumer died',
  { options: { kill: ['consumer0'] }, quick: true, bounded: complete },
  (library) =>
    ringProgram(
      library,
      '',
      { capacity: 1, graph: ONE },
      {
        producer: play(library, produce(library, 2)),
        consumer0: play(library, consume(library, 0, { events: 2 })),
        successor: play(library, (env) => {
          env.join('consumer0');
          return consume(library, 0, { events: 2, successor: true })(env);
        }),
      },
      ({ observed }) => {
        if (observed['producer'].join() !== '0,1') throw new Error('not all was published');
      },
    ) as Program,
);
add(
  'cancelled by one who may die, then by another',
  { options: { kill: ['canceller'] }, quick: true, bounded: complete },
  (library) =>
    ringProgram(
      library,
      '',
      { capacity: 1, graph: ONE },
      {
        consumer0: play(library, consume(library, 0), 'park', { cancellable: true }),
        canceller: cancel(library),
        other: (env) => {
          env.join('canceller');
          cancel(library)(env);
        },
      },
      () => undefined,
    ) as Program,
);
// Two that sleep behind a third who is not there: they share one word, and the close is the only one to wake them.
add(
  'closed while 2 consumers sleep on the position of a third',
  { quick: true, bounded: complete },
  (library) =>
    ringProgram(
      library,
      '',
      { capacity: 1, graph: [[], [0], [0]] },
      {
        consumer1: play(library, consume(library, 1)),
        consumer2: play(library, consume(library, 2)),
        closer: closeRing(library),
      },
      sawAllAndEnded,
    ) as Program,
);
// The producer sleeps on a full ring whose consumer is not there.
add(
  'closed while the producer sleeps on a full ring',
  { quick: true, bounded: complete },
  (library) =>
    ringProgram(
      library,
      '',
      { capacity: 1, graph: ONE },
      { producer: play(library, produce(library, 2)), closer: closeRing(library) },
      ({ observed }) => {
        const [last] = observed['producer'].slice(-1);
        if (last !== 'ENDED' && last !== 'refused')
          throw new Error(`the producer ended with ${String(last)}`);
      },
    ) as Program,
);

/** Consumers came to the end of the ring, whatever was published before. */
function mustHaveEnded({ observed }: { observed: Readonly<Record<string, readonly unknown[]>> }): void {
  const [last] = observed['consumer0'].slice(-1);
  if (last !== 'ENDED') throw new Error(`the consumer ended with ${String(last)}`);
}

/** Goes on at the cursor with one event more, then closes. */
function* succeed(library: Library, env: Env): Role {
  const { words, capacity, positions, payload, start } = env.shared;
  const producer = new library.SingleProducer(words, capacity, new library.Barrier(words, positions));
  const outcome = yield producer;
  if (outcome !== library.READY) throw new Error('the ring ended');
  payload[producer.next & (capacity - 1)] = valueOf(producer.next - start);
  if (!producer.publish(1)) throw new Error('refused');
  closeRing(library)(env);
}

/** Trips the token, as `CancelToken.cancel` does. */
function cancel(library: Library): (env: Env) => void {
  return ({ shared: { words, token, positions } }) => {
    Atomics.store(token, 0, 1);
    for (const index of [library.shared.cursor, library.shared.ending, ...positions])
      library.wake(words, index);
  };
}

// --- Aborting, at every point.

function aborted(library: Library, plan: RingPlan, flow: Partial<Flow>): Program {
  const program = ending(library, plan, { aborter: abortRing(library) }, flow);
  const threads = Object.entries(program.threads as Threads).map(([name, thread]) => [
    name,
    (env: Env): unknown => {
      const done = thread(env);
      if (done instanceof Promise) return done.then(() => readReason(library, env.shared));
      return name === 'aborter' ? undefined : readReason(library, env.shared);
    },
  ]);
  return {
    ...program,
    threads: Object.fromEntries(threads) as Program['threads'],
    finally: sawFirstPublished,
  };
}

add('aborted while 2 events go to 1 consumer', { quick: true, bounded: complete }, (library) =>
  aborted(library, { capacity: 1, graph: ONE }, {}),
);
add('aborted while 1 event goes through a chain', { quick: true, near: upTo(2) }, (library) =>
  aborted(library, { capacity: 1, graph: CHAIN }, { events: 1 }),
);
add('aborted while 1 event goes to 2 consumers', { near: upTo(2) }, (library) =>
  aborted(library, { capacity: 1, graph: TWO }, { events: 1 }),
);
add('aborted while 2 events go through a diamond', {}, (library) =>
  aborted(library, { capacity: 2, graph: DIAMOND }, { events: 2 }),
);
add('aborted while everybody waits on an event loop', { kind: 'asynchronous', near: upTo(2) }, (library) =>
  aborted(library, { capacity: 1, graph: ONE }, { events: 2, producing: 'async', consuming: 'async' }),
);
add('closed by one and aborted by another', { near: upTo(1) }, (library) => {
  const program = ending(
    library,
    { capacity: 1, graph: CHAIN },
    { closer: closeRing(library), aborter: abortRing(library) },
    { events: 1 },
  );
  // Either may come first: only that everybody ends, and that nobody reads what is not there.
  return { ...program, finally: () => undefined };
});

// --- Limits.

/** One wait with limits beside others without: the end of one strands nobody. */
function limited(library: Library, events: number, limiting: Limiting, more: Threads = {}): Program {
  return ringProgram(
    library,
    '',
    { capacity: 1, graph: TWO },
    {
      producer: play(library, produce(library, events)),
      consumer0: play(library, consume(library, 0, { events }), 'park'),
      consumer1: play(library, consume(library, 1, { events, persistent: true }), 'park', limiting),
      ...more,
    },
    sawAllPublished,
  ) as Program;
}

add(
  '1 event, 2 consumers, a wait of one times out',
  { options: { timeouts: 1 }, quick: true, bounded: complete },
  (library) => limited(library, 1, { timeoutMs: 10 }),
);
add(
  '2 events, 1 consumer, waits of both time out',
  { options: { timeouts: 2 }, bounded: complete },
  (library) =>
    ({
      ...ringProgram(
        library,
        '',
        { capacity: 1, graph: ONE },
        {
          producer: play(library, produce(library, 2), 'park', { timeoutMs: 10 }),
          consumer0: play(library, consume(library, 0, { events: 2 }), 'park', { timeoutMs: 10 }),
        },
        ({ observed }) => observed,
      ),
      finally: undefined as never,
    }) as Program,
);
add(
  'closed while 2 consumers sleep on the position of a third, and one has no time',
  { quick: true, bounded: complete },
  (library) =>
    ringProgram(
      library,
      '',
      { capacity: 1, graph: [[], [0], [0]] },
      {
        consumer1: play(library, consume(library, 1)),
        consumer2: play(library, consume(library, 2), 'park', { timeoutMs: 0 }),
        closer: closeRing(library),
      },
      ({ observed }) => {
        if (observed['consumer1'].join() !== 'ENDED') throw new Error('the other was not told');
      },
    ) as Program,
);
add('1 event, 2 consumers, one cancelled by a third thread', { quick: true, near: upTo(2) }, (library) => {
  const program = limited(
    library,
    1,
    { cancellable: true },
    {
      canceller: cancel(library),
    },
  );
  return {
    ...program,
    finally: ({ observed }) => {
      if (observed['consumer0'].join() !== '0') throw new Error('the other missed the event');
    },
  };
});
add(
  'no event, a consumer cancelled by another thread',
  { quick: true, bounded: complete },
  (library) =>
    ringProgram(
      library,
      '',
      { capacity: 1, graph: ONE },
      {
        consumer0: play(library, consume(library, 0), 'park', { cancellable: true }),
        canceller: cancel(library),
      },
      ({ observed }) => {
        if (observed['consumer0'].join() !== 'CANCELLED') throw new Error('not cancelled');
      },
    ) as Program,
);

// --- Those without a seat.

for (const form of ['park', 'async'] as const) {
  const kind = form === 'async' ? 'asynchronous' : 'synchronous';
  const how = form === 'async' ? ', on an event loop' : '';
  add(
    `drained while 1 event goes to 1 consumer and the ring is closed${how}`,
    { quick: true, kind, near: upTo(2) },
    (library) =>
      ending(
        library,
        { capacity: 1, graph: ONE },
        { closer: closeRing(library), onlooker: play(library, awaitDrained(library), form) },
        { events: 1 },
      ),
  );
  // With one event all of it; the second adds a lap, and 40 times as many schedules.
  for (const events of [1, 2]) {
    add(
      `processed while ${events} event${events === 1 ? ' goes' : 's go'} to 1 consumer${how}`,
      form === 'park' && events === 1 ? { bounded: complete } : { kind, near: upTo(form === 'park' ? 3 : 2) },
      (library) => {
        const program = flow(library, { capacity: 1, graph: ONE, start: 2 ** 28 - 1 }, { events });
        const threads = { ...program.threads, onlooker: play(library, awaitProcessed(library, 0), form) };
        return { ...program, threads: threads as Program['threads'] };
      },
    );
  }
}
add('drained while 1 event goes to 2 consumers and the ring is closed', { near: upTo(1) }, (library) =>
  ending(
    library,
    { capacity: 1, graph: TWO },
    { closer: closeRing(library), onlooker: play(library, awaitDrained(library)) },
    { events: 1 },
  ),
);
add('drained while the ring is aborted', { bounded: complete }, (library) => {
  const program = aborted(library, { capacity: 1, graph: ONE }, { events: 1 });
  const threads = { ...program.threads, onlooker: play(library, awaitDrained(library)) as never };
  return { ...program, threads };
});
add('processed while 1 event goes to 2 consumers and the ring is closed', { near: upTo(1) }, (library) =>
  ending(
    library,
    { capacity: 1, graph: TWO },
    { closer: closeRing(library), onlooker: play(library, awaitProcessed(library, 0)) },
    { events: 1 },
  ),
);
add(
  'nobody leaves a parked bit behind that costs more than one wake-up',
  { bounded: complete },
  (library) => {
    // A setup of its own: the bit stands already, as a waiter that died left it.
    const program = flow(library, { capacity: 1, graph: TWO }, { events: 1 });
    return {
      ...program,
      setup: (env) => {
        const ring = makeRing(library, { capacity: 1, graph: TWO }, env);
        for (const index of [library.shared.cursor, ...ring.positions])
          Atomics.or(ring.words, index, library.PARKED);
        return ring;
      },
    };
  },
);

export const corePrograms: readonly ModelProgram[] = programs;
