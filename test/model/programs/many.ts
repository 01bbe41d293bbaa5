/** A ring with several producers, built from the core's own classes, and the roles on it. */
import type { FinalEnv, Program, SetupEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { Stamps } from '../../../src/core/stamps.js';
import { type Env, nameOf, outcomeName, type Ring, type RingPlan, type Role } from './ring.js';

export interface ManyPlan extends RingPlan {
  readonly producers: number;
}

/** What the threads share, besides what they share with one producer. */
interface ManyRing extends Ring {
  readonly stamps: Stamps;
  /** First word of each producer's seat. */
  readonly producerSeats: readonly number[];
}

type ManyEnv = Omit<Env, 'shared'> & { readonly shared: ManyRing };

const MOST_EVENTS = 8;
/** What producer `producer` writes into its event `number`. */
const valueOf = (producer: number, number: number): number => 100 * (producer + 1) + number;
const noteOf = (value: number, consumer: number): number => 1_000 * (consumer + 1) + value;

function makeManyRing(library: Library, plan: ManyPlan, { label }: SetupEnv): ManyRing {
  const { shared, seat, views, wordOf } = library;
  const { capacity, start = 0, graph, producers } = plan;
  const shape = {
    capacity,
    producers,
    consumers: graph.length,
    spareSeats: 0,
    nameBytes: 0,
    schemaBytes: 0,
    columns: [{ bytes: 4, length: 1 }, ...graph.map(() => ({ bytes: 4, length: MOST_EVENTS }))],
  };
  const layout = library.planLayout(shape);
  const buffer = views.allocate(layout.byteLength);
  const words = views.words(buffer, 0, layout.controlWords);
  library.writeHeader(words, shape, layout, [1, 2], 3);
  const positions = graph.map((_, number) => library.consumerSeat(layout, number) + seat.position);
  const producerSeats = Array.from({ length: producers }, (_, number) =>
    library.producerSeat(layout, number),
  );
  const stamps = { first: layout.stamps, capacity };
  Atomics.store(words, shared.epoch, Math.floor(start / library.EPOCH_POSITIONS));
  for (const index of [shared.cursor, ...positions]) Atomics.store(words, index, wordOf(start));
  for (let slot = 0; slot < capacity; slot++) Atomics.store(words, stamps.first + slot, wordOf(start));
  const payload = views.column('i32', buffer, layout.columnOffsets[0], capacity);
  const notes = graph.map((_, number) =>
    views.column('i32', buffer, layout.columnOffsets[number + 1], MOST_EVENTS),
  );
  const token = views.words(views.allocate(4), 0, 1);
  const reason = views.words(buffer, layout.reasonOffset, 1);
  for (const name of ['cursor', 'ending', 'aborted', 'epoch'] as const) label(words, name, shared[name]);
  for (let slot = 0; slot < capacity; slot++) label(words, `stamp ${slot}`, stamps.first + slot);
  positions.forEach((index, number) => label(words, `position of ${nameOf(number)}`, index));
  producerSeats.forEach((at, number) => {
    label(words, `intent of producer${number}`, at + seat.position);
    label(words, `intended length of producer${number}`, at + seat.intent);
  });
  label(payload, 'payload');
  return {
    capacity,
    start,
    graph,
    words,
    positions,
    payload,
    notes,
    reason,
    token,
    stamps,
    producerSeats,
  };
}

/** A claim that a producer makes: so many events, published unless it is given up. */
export interface PlannedClaim {
  readonly events: number;
  readonly abandoned?: true;
}

/** Makes one claim after another; observes the value of each event that was published, then how it was refused. */
export function produceMany(
  library: Library,
  producer: number,
  claims: readonly PlannedClaim[],
): (env: Env) => Role {
  const { Barrier, BLOCKED, READY, MultiProducer } = library;
  return function* (anyEnv) {
    const env = anyEnv as unknown as ManyEnv;
    const { words, positions, payload, stamps, producerSeats, capacity } = env.shared;
    const open = () =>
      new MultiProducer(words, producerSeats[producer], new Barrier(words, positions), stamps);
    const core = env.prepare(open);
    let number = 0;
    for (const { events, abandoned } of claims) {
      let outcome = core.claim(events);
      while (outcome === BLOCKED) {
        core.needed = events;
        const waited = yield core;
        if (waited !== READY) return env.observe(outcomeName(library, waited));
        outcome = core.claim(events);
      }
      if (outcome !== READY) return env.observe(outcomeName(library, outcome));
      if (abandoned) {
        core.abandon(events);
        continue;
      }
      for (let offset = 0; offset < events; offset++)
        payload[(core.next + offset) & (capacity - 1)] = valueOf(producer, number + offset);
      if (!core.publish(events)) throw new Error('its claim was published by somebody else');
      for (let offset = 0; offset < events; offset++) env.observe(valueOf(producer, number++));
    }
  };
}

export interface FollowingRuns {
  /** Ends after so many events; without, when the ring has ended. */
  readonly events?: number;
  /** Most events that are released together. */
  readonly max?: number;
}

/** Reads what comes, checks it, and observes the value of each event, then how it ended. */
export function followRuns(
  library: Library,
  consumer: number,
  following: FollowingRuns = {},
): (env: Env) => Role {
  const { Barrier, READY, RunFollower, shared } = library;
  const { events = Infinity, max = Infinity } = following;
  return function* (anyEnv) {
    const env = anyEnv as unknown as ManyEnv;
    const { words, positions, graph, stamps } = env.shared;
    const upstream = graph[consumer].map((before) => positions[before]);
    const follower = env.prepare(
      () =>
        new RunFollower(
          words,
          positions[consumer],
          new Barrier(words, upstream.length > 0 ? upstream : [shared.cursor]),
          stamps,
        ),
    );
    for (let seen = 0; seen < events;) {
      const outcome = yield follower;
      if (outcome !== READY) return env.observe(outcomeName(library, outcome));
      if (follower.available <= follower.next) throw new Error('READY with nothing to read');
      for (const end = Math.min(follower.available, follower.next + max); follower.next < end; seen++) {
        env.observe(read(env.shared, consumer, follower.next));
        follower.next++;
      }
      if (!follower.release()) return env.observe('refused');
    }
  };
}

function read(
  { capacity, payload, notes, graph, start }: ManyRing,
  consumer: number,
  sequence: number,
): number {
  const value = payload[sequence & (capacity - 1)];
  const at = sequence - start;
  for (const before of graph[consumer]) {
    if (notes[before][at] !== noteOf(value, before))
      throw new Error(
        `${nameOf(consumer)} came before ${nameOf(before)} to sequence ${at}, or reads another event`,
      );
  }
  notes[consumer][at] = noteOf(value, consumer);
  return value;
}

/** Closes a ring of several producers. */
export function closeMany(library: Library): (env: Env) => void {
  return ({ shared }) => {
    const { words, positions, stamps } = shared as ManyRing;
    library.close(words, positions, stamps);
  };
}

/** Aborts it. */
export function abortMany(library: Library): (env: Env) => void {
  return ({ shared }) => {
    const { words, positions, stamps, reason } = shared as ManyRing;
    library.abort(
      words,
      positions,
      () => {
        reason[0] = 1;
      },
      stamps,
    );
  };
}

// --- What must hold at the end of a run.

type Judge = (env: FinalEnv<Ring>) => unknown;

const valuesOf = (observed: readonly unknown[] = []): number[] =>
  observed.filter((value) => typeof value === 'number');

const observedBy = ({ observed }: FinalEnv<Ring>, role: string): [string, number[]][] =>
  Object.entries(observed)
    .filter(([name]) => name.startsWith(role))
    .map(([name, values]) => [name, valuesOf(values)]);

/** Every consumer saw every event that was published, once, all in the same order, and each producer's in the order it published them. */
export const sawAllOfAll: Judge = (env) => {
  const published = observedBy(env, 'producer').flatMap(([, values]) => values);
  const consumers = observedBy(env, 'consumer');
  for (const [name, seen] of consumers) {
    if ([...seen].sort().join() !== [...published].sort().join())
      throw new Error(`${name} saw ${seen.join() || 'nothing'} of ${published.join() || 'nothing'}`);
    if (seen.join() !== consumers[0][1].join())
      throw new Error(`${name} saw ${seen.join()}, ${consumers[0][0]} saw ${consumers[0][1].join()}`);
    mustBeInOrder(name, seen);
  }
  return consumers[0][1].join();
};

/** As the other, and each consumer was told that the ring ended. */
export const sawAllOfAllAndEnded: Judge = (env) => {
  for (const [name, observed] of Object.entries(env.observed)) {
    if (name.startsWith('consumer') && observed.at(-1) !== 'ENDED')
      throw new Error(`${name} ended with ${String(observed.at(-1))}`);
  }
  return sawAllOfAll(env);
};

/** Each consumer saw events that were published, in order, and nobody was told that the ring was only closed. */
export const sawSomeAndAborted: Judge = (env) => {
  for (const [name, seen] of observedBy(env, 'consumer')) {
    mustBeInOrder(name, seen);
    if (env.observed[name].includes('ENDED')) throw new Error(`${name} was told of a close, not of an abort`);
  }
  return true;
};

function mustBeInOrder(name: string, seen: readonly number[]): void {
  for (let i = 0; i < seen.length; i++) {
    const sameProducer = seen
      .slice(0, i)
      .filter((value) => Math.floor(value / 100) === Math.floor(seen[i] / 100));
    if (sameProducer.some((value) => value >= seen[i]))
      throw new Error(`${name} saw ${seen.join()}: not in the order of its producer`);
  }
}

/** A program on such a ring. */
export function manyProgram(
  library: Library,
  plan: ManyPlan,
  threads: Record<string, (env: Env) => unknown>,
  judge: Judge,
): Program {
  return {
    name: '',
    setup: (env: SetupEnv) => makeManyRing(library, plan, env),
    threads,
    finally: judge,
  } as Program<Ring> as Program;
}
