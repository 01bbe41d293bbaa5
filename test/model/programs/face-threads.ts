/** Rings made and opened through the public face, what threads do with them there, and what must hold at the end. */
import type { FinalEnv, SetupEnv, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import { type Choices, listOfPrograms, type ModelProgram } from './entry.js';
import type * as face from '../../../src/index.js';

/** One element a slot. */
export type Tick = { readonly n: face.Scalar<'i32'> };
export type TickRing = face.Ring<Tick>;
export type Producer = face.Producer<Tick>;
export type Consumer = face.Consumer<Tick>;

export interface RingPlan {
  readonly capacity: number;
  /** The consumer `reader`, unless told otherwise. */
  readonly consumers?: face.ConsumerGraph;
  readonly firstSequence?: number;
  readonly producers?: number;
  readonly spareSeats?: number;
  readonly spareWorkers?: number;
  readonly spareLossySeats?: number;
  readonly whenConsumerFails?: face.WhenConsumerFails;
  /** Whether it shares the doorbell of the rings that have one. */
  readonly belled?: true;
}

/** What the threads share: what a main thread posts to its workers. */
export interface Posted {
  readonly rings: readonly face.RingHandle[];
  /** Made for all of these rings. */
  readonly token: face.CancelHandle;
}

export type Env = ThreadEnv<Posted>;
export type Threads = Record<string, (env: Env) => unknown>;
type Judge = (env: FinalEnv<Posted>) => unknown;

/** Why rings are aborted. */
const REASON = 'why';

/** What is written into the event of this sequence. */
export const valueOf = (sequence: number): number => sequence + 100;

export const fill = (tick: face.Writable<Tick>, value: number): void => {
  tick.n = value;
};

/** The kind of event; each copy of the library has its own. */
const tickOf = ({ face }: Library): face.EventType<Tick> => face.event({ n: face.i32 });

/** Makes rings, and a token for all of them. */
function makeRings(library: Library, plans: readonly RingPlan[], { label }: SetupEnv): Posted {
  const { face, shared, views } = library;
  // Found out once, and kept: here, where it is no step of a thread.
  library.mayPark();
  const doorbell = plans.some(({ belled }) => belled) ? face.createDoorbell() : undefined;
  if (doorbell !== undefined) label(library.bellWords(doorbell.handle.buffer), 'doorbell', library.BELL);
  const rings = plans.map(({ consumers = ['reader'], belled, ...plan }, number) => {
    const ring = face.createRing(tickOf(library), {
      ...plan,
      consumers,
      ...(belled && doorbell && { doorbell }),
    });
    const words = library.controlWords(ring.handle.buffer);
    const name = (what: string): string => (plans.length === 1 ? what : `${what} of ring ${number}`);
    for (const word of ['cursor', 'ending', 'aborted', 'epoch', 'attachments'] as const)
      label(words, name(word), shared[word]);
    library.consumerPositions(words).forEach((index, seat) => {
      label(words, name(`position of ${ring.consumerNames[seat]}`), index);
    });
    return ring;
  });
  const token = face.cancelToken(...rings);
  label(views.words(token.handle.buffer, 0, 1), 'token', 0);
  return { rings: rings.map(({ handle }) => handle), token: token.handle };
}

// --- What a thread has of it.

/** Opens ring `number`. */
export function open(library: Library, { shared }: Env, number = 0): TickRing {
  return library.face.openRing(shared.rings[number], tickOf(library));
}

export const openToken = ({ face }: Library, { shared }: Env): face.CancelToken =>
  face.openCancelToken(shared.token);

/** The ring, opened before the search begins. */
export function opened(library: Library, env: Env, number = 0): TickRing {
  return env.prepare(() => open(library, env, number));
}

/** A seat taken before the search begins; it parks at once where it waits, since spins that are counted never end under the checker. */
export function seated(library: Library, env: Env, name = 'reader', number = 0): Consumer {
  return env.prepare(() => open(library, env, number).openConsumer(name, { wait: 'park' }));
}

export function producing(library: Library, env: Env, number = 0): Producer {
  return env.prepare(() => open(library, env, number).openProducer({ wait: 'park' }));
}

/** What a thread was told: the code of the error, with the reason of an abort. */
export function codeOf({ face }: Library, error: unknown): string {
  if (error instanceof face.SlipringError)
    return error.code === 'ERR_RING_ABORTED' ? `${error.code} ${error.message}` : error.code;
  // Also what the checker throws to leave a thread.
  throw error;
}

/** Tries to take a seat until whoever has it leaves. */
export function whenFree<S>(library: Library, take: () => S): S {
  for (;;) {
    try {
      return take();
    } catch (error) {
      if (codeOf(library, error) !== TAKEN) throw error;
      Atomics.pause?.();
    }
  }
}

/** Runs `body`; observes the code of the error that ended it, or `done`. */
export function told(library: Library, env: Env, body: () => void): void {
  try {
    body();
  } catch (error) {
    env.observe(codeOf(library, error));
    return;
  }
  env.observe('done');
}

export async function toldAsync(library: Library, env: Env, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    env.observe(codeOf(library, error));
    return;
  }
  env.observe('done');
}

/** Observes a sequence, for the event that was published or seen. */
export function see(env: Env, sequence: number, value: number): void {
  if (value !== valueOf(sequence)) throw new Error(`read ${value} as the event of sequence ${sequence}`);
  env.observe(sequence);
}

export const close = (ring: TickRing): void => ring.close();
export const abort = (ring: TickRing): void => ring.abort(new Error(REASON));

export const closer =
  (library: Library) =>
  (env: Env): void =>
    close(opened(library, env));

export const aborter =
  (library: Library) =>
  (env: Env): void =>
    abort(opened(library, env));

/** Trips the token that all threads share. */
export const canceller =
  (library: Library) =>
  (env: Env): void =>
    env.prepare(() => openToken(library, env)).cancel();

// --- What must hold at the end of a run. Sequences are observed as numbers, ends as texts.

export const TAKEN = 'ERR_SEAT_TAKEN';
export const CLOSED = 'ERR_RING_CLOSED';
export const ABORTED = `ERR_RING_ABORTED The ring was aborted: ${REASON}.`;

const sequencesOf = (observed: readonly unknown[] = []): number[] =>
  observed.filter((value) => typeof value === 'number');

/** The sequences that were published: each producing thread goes on where one before it ended. */
function publishedIn({ observed }: FinalEnv<Posted>): number[] {
  const published = Object.entries(observed)
    .filter(([thread]) => thread.startsWith('producer'))
    .flatMap(([, values]) => sequencesOf(values))
    .sort((a, b) => a - b);
  if (published.some((sequence, index) => sequence !== published[0] + index))
    throw new Error(`published ${published.join()}`);
  return published;
}

function consumersIn({ observed }: FinalEnv<Posted>): [string, readonly unknown[]][] {
  return Object.entries(observed).filter(([thread]) => thread.startsWith('reader'));
}

/** Every consumer saw each event that was published once, in order, and none that was refused. */
export const allSeen: Judge = (env) => {
  const published = publishedIn(env);
  for (const [thread, values] of consumersIn(env)) {
    const seen = sequencesOf(values);
    if (seen.join() !== published.join())
      throw new Error(`${thread} saw ${seen.join() || 'nothing'} of ${published.join() || 'nothing'}`);
  }
  return published.length;
};

/** Every consumer saw the first of the events that were published, in order. */
export const firstSeen: Judge = (env) => {
  const published = publishedIn(env);
  for (const [thread, values] of consumersIn(env)) {
    const seen = sequencesOf(values);
    if (seen.length > published.length || seen.some((sequence, index) => sequence !== published[index]))
      throw new Error(`${thread} saw ${seen.join()} of ${published.join()}`);
  }
  return published.length;
};

/** What each thread was told in the end must be one of these. */
export function endedWith(ends: Readonly<Record<string, readonly string[]>>, judge: Judge): Judge {
  return (env) => {
    for (const [thread, allowed] of Object.entries(ends)) {
      const last = String(env.observed[thread].at(-1));
      if (env.ended[thread] === 'done' && !allowed.includes(last))
        throw new Error(`${thread} ended with ${last}, not with ${allowed.join(' or ')}`);
    }
    const outcome = judge(env);
    const told = Object.keys(ends).map((thread) => String(env.observed[thread].at(-1)));
    return `${String(outcome)} ${told.join()}`;
  };
}

// --- Programs.

export interface Plan {
  /** One ring or several. */
  readonly rings: RingPlan | readonly RingPlan[];
  readonly threads: Threads;
  readonly judge: Judge;
}

/** A list of programs to add to. */
export class Programs {
  readonly #list = listOfPrograms();

  get list(): readonly ModelProgram[] {
    return this.#list.programs;
  }

  add(name: string, choices: Choices, plan: (library: Library) => Plan): void {
    this.#list.add<Posted>(name, choices, (library) => {
      const { rings, threads, judge } = plan(library);
      const plans = Array.isArray(rings) ? (rings as readonly RingPlan[]) : [rings as RingPlan];
      return { setup: (env) => makeRings(library, plans, env), threads, finally: judge };
    });
  }
}
