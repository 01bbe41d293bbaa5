/** Programs over the core in which threads die at any step, and others recover what they had. */
import type { FinalEnv, Program, SetupEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { Fate, Found } from '../../../src/core/recovery.js';
import { complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import { work, type Working } from './groups.js';
import {
  closeMany,
  followRuns,
  type FollowingRuns,
  type ManyPlan,
  manyProgram,
  type ManyRing,
  type PlannedClaim,
  produceMany,
  recoverable,
} from './many.js';
import { type Env, nameOf, play, type Ring } from './ring.js';

const { programs, add } = listOfPrograms();

type Thread = (env: Env) => unknown;

const single: PlannedClaim = { events: 1 };

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
    if (workers.length === 0 || consumer > 0)
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

function takeSeats(library: Library, ring: ManyRing, { claims, graph = [[]], spareSeats = 0 }: Dying): void {
  const { seat, takeSeat } = library;
  const { words, producerSeats, positions } = ring;
  claims.forEach((ones, producer) => {
    if (ones.length > 0) takeSeat(words, producerSeats[producer] + seat.state, producerOwner(producer));
  });
  graph.forEach((_, consumer) => {
    if (consumer < graph.length - spareSeats)
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
  for (const at of workerSeats.flat())
    recover(at, (seen) => library.recoverWorker(ring, at, seen, mine, fate));
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
    return play(library, produceMany(library, values, claims, true))({ ...env, shared } as unknown as Env);
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
      if (env.ended[name] !== 'done') continue;
      const missing = sure.filter((value) => !values.includes(value));
      if (missing.length > 0) throw new Error(`${name} did not see ${missing.join()}, but ${values.join()}`);
      if (!leaving.includes(name) && env.observed[name]?.at(-1) !== 'ENDED')
        throw new Error(`${name} was not told of the end`);
    }
    const [whole] = seen.filter(({ threads }) => env.ended[threads.at(-1)!] === 'done');
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
    { quick: true, bounded: complete, options: dies },
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
    add(
      `recovery: a producer dies, the next goes on, ${events}, ${what}`,
      { near: upTo(2), options: dies },
      (library) =>
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
      { quick: true, bounded: complete, options: { kill: ['consumer0'] } },
      (library) =>
        dying(
          library,
          {
            ...its,
            consumers: [{ events }],
            more: (its) => ({
              consumer9: inTurn(
                recoverer(its, { of: 'consumer0', owner: consumerOwner(0) }),
                nextConsumer(its, 0),
              ),
              closer: closerAfter(its, ['producer0']),
            }),
          },
          livingSawAll(library, [['consumer0', 'consumer9']]),
        ),
    );
  for (const fate of ['detach', 'close'] as const) {
    add(
      `recovery: a consumer dies, ${fate}, ${what}`,
      { quick: true, bounded: complete, options: { kill: ['consumer0'] } },
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

export const recoveryPrograms: readonly ModelProgram[] = programs;
