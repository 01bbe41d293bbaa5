/** A ring with several producers, built from the core's own classes, and the roles on it. */
import type { FinalEnv, Program, SetupEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { Barrier } from '../../../src/core/barrier.js';
import type { MoreSleepers } from '../../../src/core/closing.js';
import type { Membership } from '../../../src/core/membership.js';
import type { Stamps } from '../../../src/core/stamps.js';
import { type Env, nameOf, outcomeName, type Ring, type RingPlan, type Role } from './ring.js';

export interface ManyPlan extends RingPlan {
  readonly producers: number;
  /** For each consumer, how many workers it has as a group; 0 or nothing for an ordinary one. */
  readonly workers?: readonly number[];
  /** The consumers, groups of one, that lose what they have not begun when the ring is full. */
  readonly lossy?: readonly number[];
  /** Consumers come and go: the last so many of the graph join later, in spare seats. */
  readonly spareSeats?: number;
  /** What consumers come after at first, where that is not what the graph checks. */
  readonly links?: readonly (readonly number[])[];
  readonly discards?: true;
}

/** What the threads share, besides what they share with one producer. */
export interface ManyRing extends Ring {
  readonly stamps: Stamps | undefined;
  /** For each consumer, the first words of its workers' seats. */
  readonly workerSeats: readonly (readonly number[])[];
  readonly lossy: readonly number[];
  /** First word of each producer's seat. */
  readonly producerSeats: readonly number[];
  /** Where consumers come and go. */
  readonly membership: Membership | undefined;
  readonly spareSeats: number;
}

export type ManyEnv = Omit<Env, 'shared'> & { readonly shared: ManyRing };

const MOST_EVENTS = 8;
/** What producer `producer` writes into its event `number`. */
const valueOf = (producer: number, number: number): number => 100 * (producer + 1) + number;
const noteOf = (value: number, consumer: number): number => 1_000 * (consumer + 1) + value;

function makeManyRing(library: Library, plan: ManyPlan, { label }: SetupEnv): ManyRing {
  const { shared, seat, views, wordOf } = library;
  const { capacity, start = 0, graph, producers, workers = [], lossy = [], spareSeats = 0 } = plan;
  const shape = {
    capacity,
    producers,
    consumers: graph.length - spareSeats,
    spareSeats,
    workers: workers.reduce((sum, count) => sum + count, 0),
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
  const stamps = library.stampsOf(layout, shape);
  let seats = 0;
  const workerSeats = graph.map((_, number) =>
    Array.from({ length: workers[number] ?? 0 }, () => library.workerSeat(layout, seats++)),
  );
  Atomics.store(words, shared.epoch, Math.floor(start / library.EPOCH_POSITIONS));
  for (const index of [shared.cursor, ...positions]) Atomics.store(words, index, wordOf(start));
  for (const at of workerSeats.flat()) Atomics.store(words, at + seat.position, wordOf(start));
  for (let slot = 0; stamps && slot < capacity; slot++)
    Atomics.store(words, stamps.first + slot, wordOf(start));
  if (plan.spareSeats !== undefined) {
    const links = plan.links ?? graph;
    for (let number = 0; number < shape.consumers; number++) {
      const at = library.consumerSeat(layout, number);
      Atomics.store(words, at + seat.member, library.MEMBER);
      for (const before of links[number]) Atomics.or(words, at + seat.after, 1 << before);
    }
    graph.forEach((_, number) => {
      const at = library.consumerSeat(layout, number);
      Atomics.store(
        words,
        at + seat.firstWorker,
        workers.slice(0, number).reduce((sum, its) => sum + its, 0),
      );
      Atomics.store(words, at + seat.workers, workers[number] ?? 0);
      Atomics.store(words, at + seat.lossy, lossy.includes(number) ? 1 : 0);
    });
    for (const at of producerSeats) Atomics.store(words, at + seat.gate, wordOf(start));
    Atomics.store(words, shared.nobody, wordOf(start));
  }
  const membership: Membership | undefined =
    plan.spareSeats === undefined
      ? undefined
      : { words, layout, capacity, producerSeats, discards: plan.discards ?? false };
  const payload = views.column('i32', buffer, layout.columnOffsets[0], capacity);
  const notes = graph.map((_, number) =>
    views.column('i32', buffer, layout.columnOffsets[number + 1], MOST_EVENTS),
  );
  const token = views.words(views.allocate(4), 0, 1);
  const reason = views.words(buffer, layout.reasonOffset, 1);
  for (const name of ['cursor', 'ending', 'aborted', 'epoch', 'membership', 'nobody'] as const)
    label(words, name, shared[name]);
  for (let slot = 0; stamps && slot < capacity; slot++) label(words, `stamp ${slot}`, stamps.first + slot);
  workerSeats.forEach((its, number) =>
    its.forEach((at, worker) => label(words, `worker ${worker} of ${nameOf(number)}`, at + seat.position)),
  );
  positions.forEach((index, number) => label(words, `position of ${nameOf(number)}`, index));
  producerSeats.forEach((at, number) => {
    label(words, `intent of producer${number}`, at + seat.position);
    label(words, `gate of producer${number}`, at + seat.gate);
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
    cursor: shared.cursor,
    workerSeats,
    lossy,
    producerSeats,
    membership,
    spareSeats,
  };
}

/** What producers must not lap. */
export function gateOf(
  library: Library,
  { words, positions, workerSeats, lossy, membership, spareSeats, producerSeats }: ManyRing,
  producer: number,
): Barrier {
  const { Barrier, ProducerGate, producerBarrier, seat } = library;
  if (membership !== undefined)
    return spareSeats > 0
      ? new ProducerGate(membership, producerSeats[producer])
      : producerBarrier(membership);
  return new Barrier(
    words,
    positions,
    workerSeats.flat().map((at) => at + seat.position),
    lossy.map((consumer) => positions[consumer]),
  );
}

/** What a consumer reads up to. */
export function upstreamOf(library: Library, ring: ManyRing, consumer: number): Barrier {
  const { Barrier, seat, shared } = library;
  if (ring.membership !== undefined) return library.upstreamBarrier(ring.membership, consumer);
  const before = ring.graph[consumer];
  return before.length === 0
    ? new Barrier(ring.words, [shared.cursor])
    : new Barrier(
        ring.words,
        before.map((one) => ring.positions[one]),
        before.flatMap((one) => ring.workerSeats[one]).map((at) => at + seat.position),
      );
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
  const { BLOCKED, READY, MultiProducer, SingleProducer } = library;
  return function* (anyEnv) {
    const env = anyEnv as unknown as ManyEnv;
    const { words, payload, stamps, producerSeats, capacity } = env.shared;
    const open = () => {
      const gate = gateOf(library, env.shared, producer);
      return stamps === undefined
        ? new SingleProducer(words, capacity, gate)
        : new MultiProducer(words, producerSeats[producer], gate, stamps);
    };
    const core = env.prepare(open);
    try {
      let number = 0;
      for (const { events, abandoned } of claims) {
        // As `publish` does it for a single event.
        let outcome = events === 1 && core.claimNext() ? READY : core.claim(events);
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
        if (!core.publish(events)) {
          if (stamps !== undefined) throw new Error('its claim was published by somebody else');
          return env.observe('refused');
        }
        for (let offset = 0; offset < events; offset++) env.observe(valueOf(producer, number++));
      }
    } finally {
      if (core.evicted > 0) env.observe(`evicted ${core.evicted}`);
    }
  };
}

export interface FollowingRuns {
  /** Ends after so many events; without, when the ring has ended. */
  readonly events?: number;
  /** Most events that are released together. */
  readonly max?: number;
  /** Takes the seat while the others are at work already, so that taking it is searched too. */
  readonly successor?: true;
  /** Joins the ring first, in a spare seat. */
  readonly joins?: 'now' | 'oldest';
  /** Leaves it for good after its events. */
  readonly leaves?: true;
}

/** Reads what comes, checks it, and observes the value of each event, then how it ended. */
export function followRuns(
  library: Library,
  consumer: number,
  following: FollowingRuns = {},
): (env: Env) => Role {
  const { Follower, READY, RunFollower } = library;
  const { events = Infinity, max = Infinity, successor, joins, leaves } = following;
  return function* (anyEnv) {
    const env = anyEnv as unknown as ManyEnv;
    const { words, positions, stamps } = env.shared;
    if (joins !== undefined) join(library, env.shared, consumer, joins);
    const open = () => {
      const upstream = upstreamOf(library, env.shared, consumer);
      return stamps === undefined
        ? new Follower(words, positions[consumer], upstream)
        : new RunFollower(words, positions[consumer], upstream, stamps);
    };
    const follower = (successor ?? joins) ? open() : env.prepare(open);
    if (joins !== undefined) env.observe(`from ${follower.next - env.shared.start}`);
    for (let seen = 0; seen < events;) {
      const outcome = yield follower;
      if (outcome !== READY) return env.observe(outcomeName(library, outcome));
      if (follower.available <= follower.next) throw new Error('READY with nothing to read');
      for (const end = Math.min(follower.available, follower.next + max); follower.next < end; seen++) {
        env.observe(readEvent(env.shared, consumer, follower.next));
        follower.next++;
      }
      if (!follower.release()) return env.observe('refused');
    }
    if (leaves) library.exit(env.shared.membership!, positions[consumer]);
  };
}

/** As `ring.join`, in a seat that nobody else takes. */
export function join(library: Library, ring: ManyRing, consumer: number, start: 'now' | 'oldest'): void {
  const { words, positions, graph } = ring;
  const membership = ring.membership!;
  for (const before of graph[consumer])
    Atomics.or(words, positions[consumer] + library.seat.after, 1 << before);
  library.enter(membership, positions[consumer], library.entrance(membership, consumer, start === 'oldest'));
}

export function readEvent(
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
    const { words } = shared as ManyRing;
    library.close(words, sleepersOf(library, shared as ManyRing), moreSleepers(library, shared as ManyRing));
  };
}

/** Aborts it. */
export function abortMany(library: Library): (env: Env) => void {
  return ({ shared }) => {
    const { words, reason } = shared as ManyRing;
    library.abort(
      words,
      sleepersOf(library, shared as ManyRing),
      () => {
        reason[0] = 1;
      },
      moreSleepers(library, shared as ManyRing),
    );
  };
}

function sleepersOf({ shared }: Library, { positions, membership }: ManyRing): readonly number[] {
  return membership === undefined ? positions : [...positions, shared.nobody];
}

function moreSleepers({ seat }: Library, { workerSeats, stamps }: ManyRing): MoreSleepers {
  return { announcements: workerSeats.flat().map((at) => at + seat.position), stamps };
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

/** As the other, and the epoch counts what was claimed. */
export function sawAllAndEpochIsRight(library: Library): Judge {
  return (env) => {
    const { words, start } = env.shared;
    const claimed = library.positionNear(Atomics.load(words, library.shared.cursor), start);
    const epoch = Atomics.load(words, library.shared.epoch);
    if (epoch !== Math.floor(claimed / library.EPOCH_POSITIONS)) throw new Error(`epoch ${epoch}`);
    return sawAllOfAll(env);
  };
}

/** What was seen of the first consumer's seat, by whoever sat in it, one after another, is all that was published. */
export function sawAllInTurn(...threads: readonly string[]): Judge {
  return (env) => {
    const seen = threads.flatMap((name) => env.observed[name] ?? []);
    const others = Object.entries(env.observed).filter(([name]) => !threads.includes(name));
    return sawAllOfAll({ ...env, observed: { ...Object.fromEntries(others), consumer0: seen } });
  };
}

/** What one consumer left, the next in its seat saw: the last of the events, in order, up to the end of the ring. */
export function sawRestAndEnded(first: string, next: string): Judge {
  return (env) => {
    const published = observedBy(env, 'producer').flatMap(([, values]) => values);
    const before = valuesOf(env.observed[first]);
    const rest = valuesOf(env.observed[next]);
    if (rest.join() !== published.slice(published.length - rest.length).join())
      throw new Error(`${next} saw ${rest.join()} of ${published.join()}`);
    if (before.length + rest.length < published.length)
      throw new Error(`nobody saw all of ${published.join()}: ${before.join()}, then ${rest.join()}`);
    if (env.observed[next]?.at(-1) !== 'ENDED') throw new Error(`${next} was not told of the end`);
    return rest.length;
  };
}

/**
 * Whatever is claimed and not published was claimed by one that died, and its seat says what it was: so it can be found. No other seat
 * claims to hold it.
 */
export function lossesAreNamed(library: Library): Judge {
  const { distance, runLength, seat, shared, stampIndex, wordOf, INTENDED, OUTDATED } = library;
  return (env) => {
    const { words, positions, producerSeats, start } = env.shared as ManyRing;
    const stamps = (env.shared as ManyRing).stamps!;
    const claimed = library.positionNear(Atomics.load(words, shared.cursor), start);
    const consumers = positions.map((index) => library.positionNear(Atomics.load(words, index), start));
    let lost = 0;
    for (let position = Math.min(...consumers); distance(claimed, position) > 0;) {
      const stamp = Atomics.load(words, stampIndex(stamps, position));
      const length = runLength(stamp, position, stamps.capacity);
      if (length > 0) {
        position += length;
        continue;
      }
      const named = producerSeats.flatMap((at, number) =>
        (Atomics.load(words, at + seat.position) & ~OUTDATED) === (wordOf(position) | INTENDED)
          ? [number]
          : [],
      );
      if (named.length !== 1)
        throw new Error(`position ${position} is lost, and ${named.length} seats name it`);
      if (env.ended[`producer${named[0]}`] !== 'killed')
        throw new Error(`position ${position} is named by producer${named[0]}, which lives`);
      const intended = Atomics.load(words, producerSeats[named[0]] + seat.intent);
      if (intended < 1 || position + intended > claimed)
        throw new Error(`lost are ${intended} from ${position}`);
      position += intended;
      lost++;
    }
    if (lost > 1) throw new Error(`one producer lost ${lost} claims`);
    return lost;
  };
}

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
