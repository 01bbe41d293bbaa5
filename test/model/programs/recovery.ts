/** Programs over the core in which threads die at any step, and others recover what they had. */
import type { FinalEnv, Options, Program, SetupEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { Fate, Found } from '../../../src/core/recovery.js';
import { complete, listOfPrograms, type ModelProgram } from './entry.js';
import { work, type Working } from './groups.js';
import {
  abortMany,
  closeMany,
  followRuns,
  gateOf,
  type FollowingRuns,
  type ManyPlan,
  manyProgram,
  type ManyRing,
  type PlannedClaim,
  produceMany,
  recoverable,
} from './many.js';
import { awaitProcessed, type Env, nameOf, play, type Ring } from './ring.js';

const { programs, add } = listOfPrograms();

type Thread = (env: Env) => unknown;

const single: PlannedClaim = { events: 1 };
const pair: PlannedClaim = { events: 2 };

/** What seats call the threads. Workers are called by their number, from 1 on. */
const producerOwner = (producer: number): number => 11 + producer;
const consumerOwner = (consumer: number): number => 21 + consumer;
const RECOVERER = 41;

interface Dying {
  readonly capacity: number;
  readonly start?: number;
  /** For each producer's seat, the claims of who sits there first; nobody does where there are none. */
  readonly claims: readonly (readonly PlannedClaim[])[];
  readonly graph?: readonly (readonly number[])[];
  readonly consumers?: readonly FollowingRuns[];
  /** The workers of the first consumer. */
  readonly workers?: readonly Working[];
  readonly lossy?: true;
  readonly discards?: true;
  readonly spareSeats?: number;
  /** Besides the producers, consumers and workers. */
  readonly more: (library: Library) => Record<string, Thread>;
}

/** Producers, consumers and workers, each with a seat that says so, and the others. */
function dying(library: Library, its: Dying, judge: (env: FinalEnv<Ring>) => unknown): Program {
  const { capacity, start = 8, claims, graph = [[]], workers = [], lossy, discards, spareSeats = 0 } = its;
  const consumers = its.consumers ?? graph.map((): FollowingRuns => ({}));
  const hasThread = (consumer: number): boolean =>
    consumers[consumer] !== undefined && (workers.length === 0 || consumer > 0);
  const plan: ManyPlan = {
    capacity,
    start,
    graph,
    producers: claims.length,
    workers: graph.map((_, number) => (number === 0 ? workers.length : 0)),
    lossy: lossy ? [0] : [],
    spareSeats,
    ...(discards && { discards }),
  };
  const threads: Record<string, Thread> = {};
  claims.forEach((ones, producer) => {
    if (ones.length > 0)
      threads[`producer${producer}`] = leaving(
        library,
        producer,
        play(library, produceMany(library, producer, ones)),
      );
  });
  graph.forEach((_, consumer) => {
    if (hasThread(consumer))
      threads[nameOf(consumer)] = play(library, followRuns(library, consumer, consumers[consumer]));
  });
  workers.forEach((working, worker) => {
    threads[`worker${worker}`] = play(library, work(library, 0, worker, working));
  });
  Object.assign(threads, its.more(library));
  const program = manyProgram(library, plan, threads, judge);
  return {
    ...program,
    setup: (env: SetupEnv) => {
      const ring = program.setup!(env) as ManyRing;
      takeSeats(library, ring, its);
      return ring;
    },
  };
}

function takeSeats(library: Library, ring: ManyRing, { claims, graph = [[]] }: Dying): void {
  const { seat, takeSeat } = library;
  const { words, producerSeats, positions, workerSeats } = ring;
  claims.forEach((ones, producer) => {
    if (ones.length > 0) takeSeat(words, producerSeats[producer] + seat.state, producerOwner(producer));
  });
  graph.forEach((_, consumer) => {
    // The own seat of a group is nobody's.
    if (workerSeats[consumer].length === 0)
      takeSeat(words, positions[consumer] + seat.state, consumerOwner(consumer));
  });
}

/** A producer that leaves its seat when it is done. */
function leaving(library: Library, producer: number, role: Thread): Thread {
  const { leaveSeat, seat } = library;
  return (env) => {
    const { words, producerSeats, stamps } = env.shared as ManyRing;
    const state = producerSeats[producer] + seat.state;
    const taken = env.prepare(() => Atomics.load(words, state));
    role(env);
    if (stamps !== undefined) Atomics.store(words, producerSeats[producer] + seat.position, 0);
    leaveSeat(words, state, taken);
  };
}

/** Recovers every seat of a thread, as whoever is told of its death does. */
function recoverAll(library: Library, env: Env, owner: number, mine: number, fate: Fate): void {
  const { seat, seatOwner, seatState, VACANT } = library;
  const shared = env.shared as ManyRing;
  const ring = recoverable(library, shared);
  const { words, producerSeats, positions, workerSeats } = shared;
  const recover = (at: number, one: (seen: number) => Found): void => {
    const seen = Atomics.load(words, at + seat.state);
    if (seatState(seen) === VACANT || seatOwner(seen) !== owner) return;
    const { found, ...rest } = one(seen);
    env.observe([found, ...Object.values(rest)].join(' '));
  };
  for (const at of producerSeats) recover(at, (seen) => library.recoverProducer(ring, at, seen, mine));
  positions.forEach((at, consumer) => {
    if (workerSeats[consumer].length === 0)
      recover(at, (seen) => library.recoverConsumer(ring, at, seen, mine, fate));
  });
  workerSeats.forEach((its, consumer) => {
    for (const at of its)
      recover(at, (seen) => library.recoverWorker(ring, positions[consumer], at, seen, mine, fate));
  });
  library.wakeAll(ring);
}

interface Recovering {
  readonly of: string;
  readonly owner: number;
  readonly mine?: number;
  readonly fate?: Fate;
}

/** Recovers a thread once it is dead. */
function recoverer(library: Library, { of, owner, mine = RECOVERER, fate = 'hold' }: Recovering): Thread {
  return (env) => {
    if (env.join(of) === 'killed') recoverAll(library, env, owner, mine, fate);
  };
}

/** Joins some threads, then closes. */
function closerAfter(library: Library, threads: readonly string[]): Thread {
  return (env) => {
    for (const thread of threads) env.join(thread);
    closeMany(library)(env);
  };
}

/** Takes a producer's seat and publishes; `values`: of which producer the values are, that no other makes. */
function nextProducer(
  library: Library,
  seatNumber: number,
  values: number,
  claims: readonly PlannedClaim[],
): Thread {
  const { seat, takeSeat } = library;
  return (env) => {
    const { words, producerSeats } = env.shared as ManyRing;
    const taken = takeSeat(words, producerSeats[seatNumber] + seat.state, 31);
    if (taken === undefined) throw new Error('its seat is not vacant');
    // In place of the values: the seat of the dead one.
    const shared = { ...env.shared, producerSeats: Array(values + 1).fill(producerSeats[seatNumber]) };
    return play(library, produceMany(library, values, claims, true))({ ...env, shared });
  };
}

// --- What must hold.

const valuesOf = (observed: readonly unknown[] = []): number[] =>
  observed.filter((value) => typeof value === 'number');

const threadsOf = (env: FinalEnv<Ring>, role: string): [string, readonly unknown[]][] =>
  Object.entries(env.observed).filter(([name]) => name.startsWith(role));

/** What was published for sure, and what may have been: the claim that a producer died with, which may be published as a whole. */
function publishedIn(env: FinalEnv<Ring>): { readonly sure: number[]; readonly dead: readonly string[] } {
  return {
    sure: [...threadsOf(env, 'producer'), ...threadsOf(env, 'recoverer')].flatMap(([, observed]) =>
      valuesOf(observed),
    ),
    dead: threadsOf(env, 'producer').flatMap(([name]) => (env.ended[name] === 'killed' ? [name] : [])),
  };
}

/** An event that is not known to be published is of a producer that died, and the next of its own. */
function mustBeOfTheDead(env: FinalEnv<Ring>, name: string, seen: readonly number[]): void {
  const { sure, dead } = publishedIn(env);
  for (const value of seen) {
    if (sure.includes(value)) continue;
    const producer = `producer${Math.floor(value / 100) - 1}`;
    const done = valuesOf(env.observed[producer]).length;
    if (!dead.includes(producer) || (value % 100) - done > 1 || value % 100 < done)
      throw new Error(`${name} saw ${value}, which nobody published`);
  }
}

function mustBeOnce(name: string, seen: readonly number[]): void {
  if (new Set(seen).size !== seen.length) throw new Error(`${name} saw ${seen.join()}`);
}

/**
 * Every consumer that lives saw everything that was published, once, all in the same order, and was told of the end. `seats`: threads that
 * sat in one seat, one after another; what the first saw and did not release, the next sees again. `leaving`: those that do not wait for the end.
 */
function livingSawAll(
  library: Library,
  seats: readonly (readonly string[])[] = [],
  leaving: readonly string[] = [],
): (env: FinalEnv<Ring>) => unknown {
  return (env) => {
    epochIsRight(library, env);
    const { sure } = publishedIn(env);
    const names = threadsOf(env, 'consumer').map(([name]) => name);
    const others = names.filter((name) => !seats.flat().includes(name)).map((name) => [name]);
    const seen = [...seats, ...others].map((threads) => ({ threads, values: seenInSeat(env, threads) }));
    for (const { threads, values } of seen) {
      const name = threads.at(-1)!;
      mustBeOnce(name, values);
      mustBeOfTheDead(env, name, values);
      if (env.ended[name] !== 'done' || leaving.includes(name)) continue;
      const missing = sure.filter((value) => !values.includes(value));
      if (missing.length > 0) throw new Error(`${name} did not see ${missing.join()}, but ${values.join()}`);
      if (env.observed[name]?.at(-1) !== 'ENDED') throw new Error(`${name} was not told of the end`);
    }
    const [whole] = seen.filter(({ threads: [one] }) => env.ended[one] === 'done' && !leaving.includes(one));
    for (const { threads, values } of whole === undefined ? [] : seen) {
      if (values.some((value, i) => value !== whole.values[i]))
        throw new Error(`${threads.join()} saw ${values.join()}, others ${whole.values.join()}`);
    }
    return [
      ...threadsOf(env, 'recoverer').flatMap(([, found]) => found.filter((one) => typeof one === 'string')),
      seen[0]?.values.length,
    ].join();
  };
}

/** What a seat's holders saw, one after another: the last event that one which died saw may come again. */
function seenInSeat(env: FinalEnv<Ring>, threads: readonly string[]): number[] {
  return threads.reduce<number[]>((before, name) => {
    const values = valuesOf(env.observed[name]);
    const again = before.at(-1) !== undefined && values[0] === before.at(-1);
    return [...before.slice(0, again ? -1 : undefined), ...values];
  }, []);
}

function epochIsRight(library: Library, { shared }: FinalEnv<Ring>): void {
  const { words, start } = shared;
  const cursor = library.positionNear(Atomics.load(words, library.shared.cursor), start);
  const epoch = Atomics.load(words, library.shared.epoch);
  if (epoch !== Math.floor(cursor / library.EPOCH_POSITIONS)) throw new Error(`epoch ${epoch}`);
}

// --- One producer, one consumer. With a second seat for producers, the ring is one for several.

for (const [what, seats] of [
  ['one seat', []],
  ['seats for two', [[]]],
] as const) {
  const one = { claims: [[single], ...seats], capacity: 1 };
  const two = { ...one, claims: [[single, single], ...seats] };
  const dies = { kill: ['producer0'] };
  add(
    `recovery: a producer dies, then the ring is closed, ${what}`,
    { ...(seats.length === 0 && { bounded: complete }), options: dies },
    (library) =>
      dying(
        library,
        {
          ...one,
          more: (its) => ({
            recoverer: inTurn(recoverer(its, { of: 'producer0', owner: producerOwner(0) }), closeMany(its)),
          }),
        },
        livingSawAll(library),
      ),
  );
  for (const [events, its] of [
    ['1 event', one],
    ['2 events', two],
  ] as const)
    add(`recovery: a producer dies, the next goes on, ${events}, ${what}`, { options: dies }, (library) =>
      dying(
        library,
        {
          ...its,
          more: (its) => ({
            recoverer: inTurn(
              recoverer(its, { of: 'producer0', owner: producerOwner(0) }),
              nextProducer(its, 0, 2, [single]),
              closeMany(its),
            ),
          }),
        },
        livingSawAll(library),
      ),
    );
  for (const [events, its] of [
    [1, one],
    [2, two],
  ] as const)
    add(
      `recovery: a consumer dies, its seat is held and the next goes on, ${events} events, ${what}`,
      { ...(events === 1 && { quick: true, bounded: complete }), options: { kill: ['consumer0'] } },
      (library) =>
        dying(
          library,
          {
            ...its,
            consumers: [{ events }],
            more: (its) => ({
              consumer9: inTurn(
                recoverer(its, { of: 'consumer0', owner: consumerOwner(0) }),
                // So it can be searched to its end.
                ...(events === 1 ? [closerAfter(its, ['producer0'])] : []),
                nextConsumer(its, 0),
              ),
              ...(events === 2 && { closer: closerAfter(its, ['producer0']) }),
            }),
          },
          livingSawAll(library, [['consumer0', 'consumer9']]),
        ),
    );
  for (const fate of ['detach', 'close'] as const) {
    add(
      `recovery: a consumer dies, ${fate}, ${what}`,
      { ...(seats.length === 0 && { bounded: complete }), options: { kill: ['consumer0'] } },
      (library) =>
        dying(
          library,
          {
            ...two,
            discards: true,
            consumers: [{ events: 2 }],
            more: (its) => ({
              recoverer: recoverer(its, { of: 'consumer0', owner: consumerOwner(0), fate }),
            }),
          },
          livingSawAll(library, [], ['consumer0']),
        ),
    );
  }
}

/** One after another, in one thread. */
function inTurn(...parts: readonly Thread[]): Thread {
  return (env) => {
    for (const part of parts) part(env);
  };
}

/** Takes a consumer's seat, and goes on to the end. */
function nextConsumer(library: Library, consumer: number): Thread {
  const { seat, takeSeat } = library;
  return (env) => {
    const { words, positions } = env.shared;
    // Whoever was not killed has left its position, not its seat.
    takeSeat(words, positions[consumer] + seat.state, 32);
    return play(library, followRuns(library, consumer, { successor: true }))(env);
  };
}

// --- A sleeper whom the dead one should have woken.

for (const [what, seats] of [
  ['one seat', []],
  ['seats for two', [[]]],
] as const) {
  add(
    `recovery: a producer dies after its publish, and its sleeper is woken, ${what}`,
    { quick: true, options: { kill: ['producer0'] } },
    (library) =>
      dying(
        library,
        {
          capacity: 1,
          claims: [[single], ...seats],
          consumers: [{ events: 1 }],
          more: (its) => ({
            recoverer: inTurn(recoverer(its, { of: 'producer0', owner: producerOwner(0) }), (env) => {
              const { words, start, stamps } = env.shared as ManyRing;
              const cursor = Atomics.load(words, its.shared.cursor) >> 2;
              const skipped = stamps !== undefined && Atomics.load(words, stamps.first) & its.SKIPPED;
              if (its.distance(cursor, start) === 0 || skipped) closeMany(its)(env);
            }),
          }),
        },
        livingSawAll(library, [], ['consumer0']),
      ),
  );
}
add(
  'recovery: one who waits for an event to be processed dies, and who sleeps beside it is woken',
  { quick: true, options: { kill: ['onlooker'] } },
  (library) =>
    dying(
      library,
      {
        capacity: 1,
        claims: [[single, single]],
        consumers: [{ events: 2 }],
        more: (its) => ({
          onlooker: play(its, awaitProcessed(its, 0), 'park', { cancellable: true }),
          canceller: ({ shared: { token } }: Env): void => void Atomics.store(token, 0, 1),
          recoverer: (env: Env): void => {
            if (env.join('onlooker') === 'killed') its.wakeAll(recoverable(its, env.shared as ManyRing));
          },
        }),
      },
      livingSawAll(library, [], ['consumer0']),
    ),
);

// --- Two producers: who won what both intended?

const whoDied: Record<string, Options> = {
  'one dies': { kill: ['producer0'] },
  'both die': { kill: ['producer0', 'producer1'], kills: 2 },
};

/** Recovers each producer in a thread of its own, then closes. */
function afterProducers(library: Library): Record<string, Thread> {
  return {
    recoverer0: recoverer(library, { of: 'producer0', owner: producerOwner(0), mine: 41 }),
    recoverer1: recoverer(library, { of: 'producer1', owner: producerOwner(1), mine: 42 }),
    closer: closerAfter(library, ['producer0', 'producer1', 'recoverer0', 'recoverer1']),
  };
}

/** Once nobody is about to claim, nothing that the dead claimed is left open, and their seats are free. */
function mustBeSettled(library: Library): Thread {
  return ({ shared }) => {
    const { words, stamps } = shared as ManyRing;
    if (!library.settleClaims(words, stamps!)) throw new Error('a claim of the dead is left');
    for (const at of stamps!.seats) {
      if (library.seatState(Atomics.load(words, at + library.seat.state)) !== library.VACANT)
        throw new Error('a seat is not vacant');
    }
  };
}

const isSmall = (who: string, what: string): boolean =>
  !what.includes('renewal') && (who === 'one dies' || what !== 'claims of 2 and 1');

/** Nobody sleeps, and the events are read at the end: small enough for all interleavings of the claims, the deaths and a recovery; where two die, of some of them in moments. */
for (const [who, options] of Object.entries(whoDied)) {
  for (const [what, its] of [
    ['an event each', { capacity: 4, claims: [[single], [single]] }],
    ['claims of 1 and 2', { capacity: 4, claims: [[single], [pair]] }],
    ['claims of 2 and 1', { capacity: 4, claims: [[pair], [single]] }],
    ['claims of 2 and 1 across a renewal', { capacity: 4, start: 2 ** 26, claims: [[pair], [single]] }],
  ] as const) {
    add(
      `recovery: only 2 producers, ${who}, ${what}`,
      { ...(isSmall(who, what) && { bounded: complete }), options },
      (library) =>
        dying(
          library,
          {
            ...its,
            consumers: [],
            more: (its) => ({
              recoverer: inTurn(
                recoverer(its, { of: 'producer0', owner: producerOwner(0) }),
                recoverer(its, { of: 'producer1', owner: producerOwner(1) }),
                mustBeSettled(its),
                nextProducer(its, 0, 2, [single]),
                closeMany(its),
              ),
              consumer0: (env: Env): unknown => {
                env.join('recoverer');
                return play(its, followRuns(its, 0, { successor: true }))(env);
              },
            }),
          },
          livingSawAll(library),
        ),
    );
  }
}

for (const [who, options] of Object.entries(whoDied)) {
  for (const [what, its] of [
    ['an event each, capacity 1', { capacity: 1, claims: [[single], [single]] }],
    ['an event each, capacity 2', { capacity: 2, claims: [[single], [single]] }],
    ['2 and 1 events, capacity 1', { capacity: 1, claims: [[single, single], [single]] }],
    ['claims of 1 and 2', { capacity: 4, claims: [[single], [pair]] }],
    ['claims of 2 and 1', { capacity: 4, claims: [[pair], [single]] }],
    ['claims of 2 and 1, then 1', { capacity: 4, claims: [[pair], [single, single]] }],
    ['claims of 2 each across a renewal', { capacity: 4, start: 2 ** 26 - 1, claims: [[pair], [pair]] }],
    [
      'claims of 1 and 2 across a renewal',
      { capacity: 4, start: 2 ** 26, claims: [[pair], [single, single]] },
    ],
    ['an event each across the wrap', { capacity: 2, start: 2 ** 30 - 1, claims: [[single], [single]] }],
    ['an event each across an epoch', { capacity: 2, start: 2 ** 28 - 1, claims: [[single], [single]] }],
  ] as const) {
    add(`recovery: 2 producers, ${who}, ${what}`, { options }, (library) =>
      dying(library, { ...its, more: afterProducers }, livingSawAll(library)),
    );
  }
}

// --- Those who recover die too.

for (const [what, claims] of [
  ['a producer', [[single], [single]]],
  ['a consumer', [[single, single]]],
] as const) {
  const producing = what === 'a producer';
  const of = producing ? 'producer0' : 'consumer0';
  const owner = producing ? producerOwner(0) : consumerOwner(0);
  const fate = producing ? 'hold' : 'detach';
  add(
    `recovery: 2 recover ${what} at once, one of them dies`,
    { quick: true, options: { kill: [of, 'recoverer0'], kills: 2 } },
    (library) =>
      dying(
        library,
        {
          capacity: 1,
          claims,
          graph: producing ? [[]] : [[], []],
          consumers: producing ? [{}] : [{ events: 2 }, {}],
          more: (its) => ({
            recoverer0: recoverer(its, { of, owner, mine: 41, fate }),
            recoverer1: inTurn(
              recoverer(its, { of, owner, mine: 42, fate }),
              recoverer(its, { of: 'recoverer0', owner: 41, mine: 42, fate }),
            ),
            closer: inTurn(
              closerAfter(its, [
                'producer0',
                ...(producing ? ['producer1'] : []),
                'recoverer0',
                'recoverer1',
              ]),
              ...(producing ? [mustBeSettled(its)] : []),
            ),
          }),
        },
        livingSawAll(library, [], producing ? [] : ['consumer0']),
      ),
  );
}

// --- Threads without a seat, joiners and leavers.

/** Once it has ended, wakes everybody, and ends the ring if that one did not begin to. */
function finisher(library: Library, of: string, end: Thread): Thread {
  return (env) => {
    if (env.join(of) === 'killed') library.wakeAll(recoverable(library, env.shared as ManyRing));
    const { words } = env.shared;
    if (!(Atomics.load(words, library.shared.cursor) & library.CLOSED)) end(env);
  };
}

for (const [what, claims] of [
  ['a closer', [[single, single]]],
  ['a closer among several producers', [[single], [single]]],
] as const) {
  add(`recovery: ${what} dies`, { quick: true, options: { kill: ['closer'] } }, (library) =>
    dying(
      library,
      {
        capacity: 1,
        claims,
        more: (its) => ({ closer: closeMany(its), finisher: finisher(its, 'closer', closeMany(its)) }),
      },
      livingSawAll(library),
    ),
  );
}
add('recovery: an aborter dies', { quick: true, options: { kill: ['closer'] } }, (library) =>
  dying(
    library,
    {
      capacity: 1,
      claims: [[single, single]],
      graph: [[], [0]],
      more: (its) => ({ closer: abortMany(its), finisher: finisher(its, 'closer', abortMany(its)) }),
    },
    ({ observed }) => {
      for (const [name, values] of Object.entries(observed)) {
        if (values.includes('ENDED')) throw new Error(`${name} was told of a close, not of an abort`);
      }
    },
  ),
);

/** Nobody waits for it, and what it had not handled nobody has. */
function gotOnce(env: FinalEnv<Ring>): unknown {
  const { sure } = publishedIn(env);
  const dead = valuesOf(env.observed['worker0']);
  mustBeOnce('worker0', dead);
  if (sure.length !== 3) throw new Error(`${sure.length} events were published`);
  return env.ended['worker0'] === 'done' ? lostOrGot(env) : `${dead.length} detached`;
}

for (const fate of ['hold', 'detach'] as const) {
  for (const producers of [1, 2]) {
    add(
      `recovery: a joiner dies, ${fate}, ${producers} producers`,
      { quick: true, options: { kill: ['consumer1'] } },
      (library) =>
        dying(
          library,
          {
            capacity: 1,
            claims: [producers === 1 ? [single, single] : [single], [single]].slice(0, producers),
            graph: [[], []],
            spareSeats: 1,
            consumers: [{}, { joins: 'now' }],
            more: (its) => ({
              consumer9: inTurn(
                recoverer(its, { of: 'consumer1', owner: consumerOwner(1), fate }),
                nextMember(its, 1),
              ),
              closer: closerAfter(its, ['producer0', ...(producers === 1 ? [] : ['producer1'])]),
            }),
          },
          sawFromTheFirst,
        ),
    );
  }
}
add('recovery: a consumer dies as it leaves', { quick: true, options: { kill: ['consumer0'] } }, (library) =>
  dying(
    library,
    {
      capacity: 1,
      claims: [[single, single, single]],
      graph: [[], []],
      consumers: [{ events: 1, leaves: true }, {}],
      more: (its) => ({
        recoverer: recoverer(its, { of: 'consumer0', owner: consumerOwner(0), fate: 'detach' }),
        closer: closerAfter(its, ['producer0']),
      }),
    },
    livingSawAll(library, [], ['consumer0']),
  ),
);

/** As `nextConsumer`, where somebody is still a member. */
function nextMember(library: Library, consumer: number): Thread {
  return (env) => {
    const { membership, words, positions } = env.shared as ManyRing;
    const { seat, seatState, VACANT } = library;
    if (seatState(Atomics.load(words, positions[consumer] + seat.state)) !== VACANT) return;
    if (library.isMember(membership!, consumer)) nextConsumer(library, consumer)(env);
  };
}

/** Who goes on for one that joined begins with an event that was its next, or the one in hand, and sees every one from there to the end. */
function sawFromTheFirst(env: FinalEnv<Ring>): void {
  const whole = valuesOf(env.observed['consumer0']);
  for (const name of ['consumer1', 'consumer9']) {
    const values = valuesOf(env.observed[name]);
    if (values.join() !== whole.slice(whole.length - values.length).join() && env.ended[name] === 'done')
      throw new Error(`${name} saw ${values.join()} of ${whole.join()}`);
  }
  const before = valuesOf(env.observed['consumer1']).at(-1);
  const [next] = valuesOf(env.observed['consumer9']);
  if (before !== undefined && next !== undefined && whole.indexOf(next) > whole.indexOf(before) + 1)
    throw new Error(`after ${before} came ${next}`);
}

// --- Workers.

/**
 * Each event was handled by one worker that lives, or by those that died. What one had handled and not released when it died comes once
 * more, and is marked.
 */
function handledByTheLiving(env: FinalEnv<Ring>): unknown {
  const workers = threadsOf(env, 'worker');
  const died = workers.filter(([name]) => env.ended[name] === 'killed');
  const lived = workers.filter(([name]) => env.ended[name] !== 'killed');
  const handled = workers.flatMap(([, observed]) => valuesOf(observed));
  for (const value of new Set([...publishedIn(env).sure, ...handled])) {
    const has = (said: unknown): boolean => died.some(([, observed]) => observed.includes(said));
    const times = lived.flatMap(([, observed]) => valuesOf(observed)).filter((one) => one === value).length;
    const again = lived.some(([, observed]) => observed.includes(`again ${value}`));
    if (!handled.includes(value)) throw new Error(`${value} was not handled`);
    if (times > 1) throw new Error(`${value} was handled ${times} times`);
    if (times === 1 && has(value) && (!again || has(`released ${value}`)))
      throw new Error(`${value} was handled by one that died, and came again`);
  }
  return handled.join();
}

/** Has published so many events, and closed the ring, before anybody else begins. */
function published(library: Library, events: number): Thread {
  return (env) => {
    const ring = env.shared as ManyRing;
    const { words, capacity, payload } = ring;
    env.prepare(() => {
      const producer = new library.SingleProducer(words, capacity, gateOf(library, ring, 0));
      producer.claim(events);
      for (let number = 0; number < events; number++)
        payload[(producer.next + number) & (capacity - 1)] = 100 + number;
      producer.publish(events);
      closeMany(library)(env);
    });
    for (let number = 0; number < events; number++) env.observe(100 + number);
  };
}

interface GroupDying {
  readonly capacity: number;
  readonly claims: readonly (readonly PlannedClaim[])[];
  readonly workers: readonly Working[];
  readonly kill: readonly string[];
  /** Events that are there at the beginning, instead of claims. */
  readonly ready?: number;
  /** Workers that come when the others have ended. */
  readonly late?: number;
}

function group(library: Library, { capacity, claims, workers, kill, ready, late = 0 }: GroupDying): Program {
  const names = kill.map((of) => `recoverer${of.slice(-1)}`);
  return dying(
    library,
    {
      capacity,
      claims,
      workers,
      more: (its) => ({
        ...Object.fromEntries(
          kill.map((of, i) => [
            names[i],
            recoverer(its, { of, owner: Number(of.slice(-1)) + 1, mine: 41 + i }),
          ]),
        ),
        ...Object.fromEntries(
          Array.from({ length: late }, (_, i) => [
            `worker${9 - i}`,
            (env: Env): unknown => {
              for (const name of names) env.join(name);
              return play(its, work(its, 0, i, { late: true }))(env);
            },
          ]),
        ),
        ...(ready === undefined
          ? {
              closer: closerAfter(
                its,
                claims.map((_, producer) => `producer${producer}`),
              ),
            }
          : { producer0: published(its, ready) }),
      }),
    },
    handledByTheLiving,
  );
}

for (const capacity of [1, 2]) {
  add(
    `recovery: one of 2 workers dies, 2 events, capacity ${capacity}`,
    { quick: true, options: { kill: ['worker0'] } },
    (library) =>
      group(library, { capacity, claims: [[single, single]], workers: [{}, {}], kill: ['worker0'] }),
  );
}
add('recovery: one of 2 workers dies, 1 event', { quick: true, options: { kill: ['worker0'] } }, (library) =>
  group(library, { capacity: 1, claims: [[single]], workers: [{}, {}], kill: ['worker0'] }),
);
add(
  'recovery: only 2 workers, one dies, 1 event',
  { bounded: complete, options: { kill: ['worker0'] } },
  (library) => group(library, { capacity: 1, claims: [[]], ready: 1, workers: [{}, {}], kill: ['worker0'] }),
);
add(
  'recovery: only 2 workers, both die, 1 event',
  { options: { kill: ['worker0', 'worker1'], kills: 2 } },
  (library) =>
    group(library, {
      capacity: 1,
      claims: [[]],
      ready: 1,
      workers: [{}, {}],
      kill: ['worker0', 'worker1'],
      late: 2,
    }),
);
add(
  'recovery: 2 workers die, another comes, 2 events',
  { quick: true, options: { kill: ['worker0', 'worker1'], kills: 2 } },
  (library) =>
    group(library, {
      capacity: 2,
      claims: [[single, single]],
      workers: [{}, {}],
      kill: ['worker0', 'worker1'],
      late: 2,
    }),
);
add(
  'recovery: 2 of 3 workers die, 2 events',
  { quick: true, options: { kill: ['worker0', 'worker1'], kills: 2 } },
  (library) =>
    group(library, {
      capacity: 2,
      claims: [[single, single]],
      workers: [{}, {}, {}],
      kill: ['worker0', 'worker1'],
    }),
);
add('recovery: one of 2 workers that take 2 at a time dies', { options: { kill: ['worker0'] } }, (library) =>
  group(library, {
    capacity: 8,
    claims: [[{ events: 8 }]],
    workers: [{ most: 2 }, { most: 2 }],
    kill: ['worker0'],
  }),
);
add('recovery: one of 2 workers dies behind 2 producers', { options: { kill: ['worker0'] } }, (library) =>
  group(library, { capacity: 2, claims: [[single], [single]], workers: [{}, {}], kill: ['worker0'] }),
);

// --- A lossy consumer.

/** Nobody waits for it for ever; what it got and what it missed is at least what was published, and nothing came twice but what was in hand. */
function lostOrGot(env: FinalEnv<Ring>): unknown {
  const { sure } = publishedIn(env);
  const dead = valuesOf(env.observed['worker0']);
  const next = valuesOf(env.observed['worker9']);
  mustBeOnce('worker0', dead);
  mustBeOnce('worker9', next);
  const twice = next.filter((value) => dead.includes(value));
  if (twice.length > 1 || (twice.length === 1 && !env.observed['worker9'].includes(`again ${twice[0]}`)))
    throw new Error(`${twice.join()} came twice`);
  const counted = (role: string, what: string): number =>
    threadsOf(env, role)
      .flatMap(([, observed]) => observed.map(String))
      .filter((one) => one.startsWith(what))
      .reduce((sum, one) => sum + Number(one.slice(what.length)), 0);
  const [missed, evicted] = [counted('worker', 'missed '), counted('producer', 'evicted ')];
  const got = new Set([...dead, ...next]).size;
  if (env.ended['worker0'] === 'done' && (got + missed !== sure.length || missed !== evicted))
    throw new Error(`got ${got}, missed ${missed} of ${sure.length}, ${evicted} were dropped`);
  // What it died with, and what it alone knew that it missed.
  if (got + evicted < sure.length - 1 || missed > evicted + 1)
    throw new Error(`got ${got}, missed ${missed} of ${sure.length}, ${evicted} were dropped`);
  return `${dead.length} ${next.length} ${missed}`;
}

for (const fate of ['hold', 'detach'] as const) {
  for (const producers of [1, 2]) {
    add(
      `recovery: a lossy consumer dies, ${fate}, ${producers} producers`,
      { quick: true, options: { kill: ['worker0'] } },
      (library) =>
        dying(
          library,
          {
            capacity: 1,
            claims: [producers === 1 ? [single, single, single] : [single, single], [single]].slice(
              0,
              producers,
            ),
            workers: [{}],
            lossy: true,
            ...(fate === 'detach' && { discards: true }),
            more: (its) => ({
              [fate === 'hold' ? 'worker9' : 'recoverer']: inTurn(
                recoverer(its, { of: 'worker0', owner: 1, fate }),
                // One that was detached nobody waits for.
                ...(fate === 'hold'
                  ? [(env: Env): unknown => play(its, work(its, 0, 0, { late: true }))(env)]
                  : []),
              ),
              closer: closerAfter(its, producers === 1 ? ['producer0'] : ['producer0', 'producer1']),
            }),
          },
          fate === 'hold' ? lostOrGot : gotOnce,
        ),
    );
  }
}

export const recoveryPrograms: readonly ModelProgram[] = programs;
