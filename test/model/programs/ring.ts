/** A ring built from the core's own classes, and the roles that threads play on it. */
import type { FinalEnv, Program, SetupEnv, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { Awaited, Limits, Outcome } from '../../../src/core/waiting.js';

/** A ring with everybody at the same position. */
export interface RingPlan {
  readonly capacity: number;
  /** The first sequence. */
  readonly start?: number;
  /** For each consumer, the numbers of those it comes after. */
  readonly graph: readonly (readonly number[])[];
}

/** What the threads share. */
export interface Ring extends Required<RingPlan> {
  readonly words: Int32Array;
  /** Index of the cursor. */
  readonly cursor: number;
  /** Index of each consumer's position word. */
  readonly positions: readonly number[];
  /** Plain: one element a slot. */
  readonly payload: Int32Array;
  /** Plain: for each consumer, what it makes of each event, by the event's number. */
  readonly notes: readonly Int32Array[];
  /** Plain: why it was aborted. */
  readonly reason: Int32Array;
  /** A word that says that waits are cancelled. */
  readonly token: Int32Array;
}

export type Env = ThreadEnv<Ring>;

/** How a thread passes its waits. */
export type WaitForm = 'park' | 'spin' | 'async';

/** A role waits by yielding what it waits for; whoever runs it answers with the outcome. */
export type Role = Generator<Awaited, void, Outcome>;

/** Events that one program publishes at most. */
const MOST_EVENTS = 8;

const REASON = 77;

/** What the producer writes into the event of this number. */
export const valueOf = (number: number): number => 100 + number;
/** What a consumer makes of that event. */
const noteOf = (number: number, consumer: number): number => 1_000 * (consumer + 1) + valueOf(number);

/** Makes the ring; for a program's `setup`. */
export function makeRing(library: Library, plan: RingPlan, { label }: SetupEnv): Ring {
  const { shared, seat, views, wordOf } = library;
  const { capacity, start = 0, graph } = plan;
  const shape = {
    capacity,
    producers: 1,
    consumers: graph.length,
    spareSeats: 0,
    workers: 0,
    nameBytes: 0,
    schemaBytes: 0,
    columns: [{ bytes: 4, length: 1 }, ...graph.map(() => ({ bytes: 4, length: MOST_EVENTS }))],
  };
  const layout = library.planLayout(shape);
  const buffer = views.allocate(layout.byteLength);
  const words = views.words(buffer, 0, layout.controlWords);
  library.writeHeader(words, shape, layout, [1, 2], 3);
  const positions = graph.map((_, number) => library.consumerSeat(layout, number) + seat.position);
  Atomics.store(words, shared.epoch, Math.floor(start / library.EPOCH_POSITIONS));
  for (const index of [shared.cursor, ...positions]) Atomics.store(words, index, wordOf(start));
  const payload = views.column('i32', buffer, layout.columnOffsets[0], capacity);
  const notes = graph.map((_, number) =>
    views.column('i32', buffer, layout.columnOffsets[number + 1], MOST_EVENTS),
  );
  const token = views.words(views.allocate(4), 0, 1);
  const reason = views.words(buffer, layout.reasonOffset, 1);
  for (const name of ['cursor', 'ending', 'aborted', 'epoch'] as const) label(words, name, shared[name]);
  positions.forEach((index, number) => label(words, `position of ${nameOf(number)}`, index));
  notes.forEach((column, number) => label(column, `note of ${nameOf(number)}`));
  label(payload, 'payload');
  label(token, 'token', 0);
  label(reason, 'reason', 0);
  const { cursor } = shared;
  return { capacity, start, graph, words, cursor, positions, payload, notes, reason, token };
}

/** The thread of a consumer. */
export const nameOf = (consumer: number): string => `consumer${consumer}`;

export interface Limiting {
  readonly timeoutMs?: number;
  /** Whether the ring's token ends the wait. */
  readonly cancellable?: true;
}

/** Limits made of the same facts as the library's own. */
export function limitsOf(library: Library, { token }: Ring, limiting: Limiting = {}): Limits {
  const { platform, READY, TIMED_OUT, CANCELLED } = library;
  const { timeoutMs = Infinity, cancellable } = limiting;
  const deadline = timeoutMs === Infinity ? Infinity : platform.now() + timeoutMs;
  const interrupted = (): Outcome => (cancellable && Atomics.load(token, 0) !== 0 ? CANCELLED : READY);
  return {
    interrupted,
    due: () => {
      const outcome = interrupted();
      if (outcome !== READY) return outcome;
      return deadline !== Infinity && platform.now() >= deadline ? TIMED_OUT : READY;
    },
    remainingMs: () => (deadline === Infinity ? Infinity : Math.max(0, deadline - platform.now())),
    onInterrupt: () => () => {},
  };
}

/** Plays a role with waits of one form. */
export function play(
  library: Library,
  role: (env: Env) => Role,
  form: WaitForm = 'park',
  limiting: Limiting = {},
): (env: Env) => unknown {
  const { waitAsync, waitParked, waitSpinning } = library;
  if (form === 'async') {
    return async (env) => {
      const sleeper = new library.AsyncSleeper();
      const playing = role(env);
      for (let turn = playing.next(); !turn.done;) {
        const outcome = await waitAsync(turn.value, limitsOf(library, env.shared, limiting), sleeper);
        turn = playing.next(outcome);
      }
    };
  }
  return (env) => {
    const playing = role(env);
    for (let turn = playing.next(); !turn.done;) {
      const limits = limitsOf(library, env.shared, limiting);
      const outcome =
        form === 'park' ? waitParked(turn.value, limits) : waitSpinning(turn.value, limits, Infinity);
      turn = playing.next(outcome);
    }
  };
}

/** Publishes so many events, `batch` at a time; observes the number of each that was published, then how it was refused. */
export function produce(library: Library, events: number, batch = 1): (env: Env) => Role {
  const { Barrier, READY, SingleProducer } = library;
  return function* (env) {
    const { words, capacity, positions, payload } = env.shared;
    const producer = env.prepare(() => new SingleProducer(words, capacity, new Barrier(words, positions)));
    for (let number = 0; number < events; number += batch) {
      if (producer.next + batch > producer.limit) {
        producer.needed = batch;
        const outcome = yield producer;
        if (outcome !== READY) return env.observe(outcomeName(library, outcome));
        if (producer.next + batch > producer.limit) throw new Error('READY without room');
      }
      for (let offset = 0; offset < batch; offset++)
        payload[(producer.next + offset) & (capacity - 1)] = valueOf(number + offset);
      if (!producer.publish(batch)) return env.observe('refused');
      for (let offset = 0; offset < batch; offset++) env.observe(number + offset);
    }
  };
}

export interface Consuming {
  /** Ends after so many events; without, when the ring has ended. */
  readonly events?: number;
  /** Most events that are released together. */
  readonly max?: number;
  /** Goes on after its wait timed out or was cancelled. */
  readonly persistent?: true;
  /** Takes the seat while the others are at work already, so that taking it is searched too. */
  readonly successor?: true;
}

/** Reads what comes, checks it, and observes the number of each event, then how it ended. */
export function consume(library: Library, consumer: number, consuming: Consuming = {}): (env: Env) => Role {
  const { Barrier, Follower, READY, shared, TIMED_OUT } = library;
  const { events = Infinity, max = Infinity, persistent, successor } = consuming;
  return function* (env) {
    const { words, positions, graph, start } = env.shared;
    const upstream = graph[consumer].map((before) => positions[before]);
    const open = () =>
      new Follower(
        words,
        positions[consumer],
        new Barrier(words, upstream.length > 0 ? upstream : [shared.cursor]),
      );
    const follower = successor ? open() : env.prepare(open);
    while (follower.next - start < events) {
      const outcome = yield follower;
      if (outcome === TIMED_OUT && persistent) continue;
      if (outcome !== READY) return env.observe(outcomeName(library, outcome));
      if (follower.available <= follower.next) throw new Error('READY with nothing to read');
      for (const end = Math.min(follower.available, follower.next + max); follower.next < end;) {
        read(env.shared, consumer, follower.next);
        env.observe(follower.next - start);
        follower.next++;
      }
      if (!follower.release()) return env.observe('refused');
    }
  };
}

function read({ capacity, payload, notes, graph, start }: Ring, consumer: number, sequence: number): void {
  const number = sequence - start;
  const value = payload[sequence & (capacity - 1)];
  if (value !== valueOf(number)) throw new Error(`${nameOf(consumer)} read ${value} as event ${number}`);
  for (const before of graph[consumer]) {
    if (notes[before][number] !== noteOf(number, before))
      throw new Error(`${nameOf(consumer)} came before ${nameOf(before)} to event ${number}`);
  }
  notes[consumer][number] = noteOf(number, consumer);
}

/** Closes the ring. */
export function closeRing(library: Library): (env: Env) => void {
  return ({ shared: { words, positions } }) => library.close(words, positions);
}

/** Aborts the ring, with a reason. */
export function abortRing(library: Library): (env: Env) => void {
  return ({ shared: { words, positions, reason } }) =>
    library.abort(words, positions, () => {
      reason[0] = REASON;
    });
}

/** Reads the reason of an abort, where it stands already. */
export function readReason({ shared }: Library, { words, reason }: Ring): void {
  if (Atomics.load(words, shared.aborted) === 2 && reason[0] !== REASON) throw new Error('another reason');
}

/** Waits until the ring is drained, then looks at what the consumers made of the events. */
export function awaitDrained(library: Library): (env: Env) => Role {
  return function* (env) {
    const { words, positions, notes } = env.shared;
    const outcome = yield new library.Drained(new library.Barrier(words, positions));
    env.observe(outcomeName(library, outcome));
    if (outcome !== library.READY) return;
    const { cursor } = library.shared;
    const published = library.distance(Atomics.load(words, cursor) >> 2, env.shared.start);
    for (let number = 0; number < published; number++) mustBeNoted(notes, number);
  };
}

/** Waits until the event of this number is processed, then looks at what the consumers made of it. */
export function awaitProcessed(library: Library, number: number): (env: Env) => Role {
  return function* (env) {
    const { words, positions, notes, start } = env.shared;
    const outcome = yield new library.Processed(new library.Barrier(words, positions), start + number);
    env.observe(outcomeName(library, outcome));
    if (outcome === library.READY) mustBeNoted(notes, number);
  };
}

function mustBeNoted(notes: readonly Int32Array[], number: number): void {
  notes.forEach((column, consumer) => {
    if (column[number] !== noteOf(number, consumer))
      throw new Error(`${nameOf(consumer)} is not done with event ${number}`);
  });
}

export function outcomeName(library: Library, outcome: Outcome): string {
  const names = ['READY', 'BLOCKED', 'ENDED', 'ABORTED', 'TIMED_OUT', 'CANCELLED'] as const;
  return names.find((name) => library[name] === outcome) ?? String(outcome);
}

// --- What must hold at the end of a run.

type Judge = (env: FinalEnv<Ring>) => unknown;

const numbersOf = (observed: readonly unknown[] = []): number[] =>
  observed.filter((value) => typeof value === 'number');
const endOf = (observed: readonly unknown[] = []): unknown =>
  observed.find((value) => typeof value === 'string');

/** The consumers that had a thread, each with what it observed. */
function consumersOf({ observed }: FinalEnv<Ring>): [string, readonly unknown[]][] {
  return Object.entries(observed).filter(([name]) => name.startsWith('consumer'));
}

/** The words of the cursor and of the consumers that had a thread say what was done, and nothing else. */
function wordsAreRight(env: FinalEnv<Ring>): void {
  const { words, start, positions, cursor } = env.shared;
  const mustBeAt = (index: number, done: number, name: string): void => {
    if (words[index] >> 2 !== ((start + done) << 2) >> 2) throw new Error(`${name} is not at ${done}`);
  };
  mustBeAt(cursor, numbersOf(env.observed['producer']).length, 'the cursor');
  for (const [name, observed] of consumersOf(env))
    mustBeAt(positions[Number(name.slice('consumer'.length))], numbersOf(observed).length, name);
}

/** Each consumer saw each event that was published once, in order, and no other. */
export const sawAllPublished: Judge = (env) => {
  wordsAreRight(env);
  const published = numbersOf(env.observed['producer']);
  if (published.some((number, index) => number !== index)) throw new Error(`published ${published.join()}`);
  for (const [name, observed] of consumersOf(env)) {
    const seen = numbersOf(observed);
    if (seen.join() !== published.join())
      throw new Error(`${name} saw ${seen.join() || 'nothing'} of ${published.join() || 'nothing'}`);
  }
  return published.length;
};

/** As the other, and each consumer was told that the ring ended. */
export const sawAllAndEnded: Judge = (env) => {
  for (const [name, observed] of consumersOf(env)) {
    if (env.ended[name] === 'done' && endOf(observed) !== 'ENDED')
      throw new Error(`${name} ended with ${String(endOf(observed))}`);
  }
  return sawAllPublished(env);
};

/** Each consumer saw the first of the events that were published, in order, and nobody was told that the ring was only closed. */
export const sawFirstPublished: Judge = (env) => {
  const published = numbersOf(env.observed['producer']);
  for (const [name, observed] of consumersOf(env)) {
    const seen = numbersOf(observed);
    if (seen.some((number, index) => number !== index) || seen.length > published.length)
      throw new Error(`${name} saw ${seen.join()} of ${published.join()}`);
    if (endOf(observed) === 'ENDED') throw new Error(`${name} was told of a close, not of an abort`);
  }
  return `${published.length}:${consumersOf(env)
    .map(([, observed]) => numbersOf(observed).length)
    .join(',')}`;
};

/** The epoch counts what was published. */
export function epochIsRight(library: Library): Judge {
  return (env) => {
    const published = sawAllPublished(env) as number;
    const { words, start } = env.shared;
    const epoch = Atomics.load(words, library.shared.epoch);
    if (epoch !== Math.floor((start + published) / library.EPOCH_POSITIONS))
      throw new Error(`epoch ${epoch}`);
    return published;
  };
}

/** A program on such a ring. */
export function ringProgram(
  library: Library,
  name: string,
  plan: RingPlan,
  threads: Record<string, (env: Env) => unknown>,
  judge: Judge,
): Program<Ring> {
  return { name, setup: (env) => makeRing(library, plan, env), threads, finally: judge };
}
