/** Threads that die at any step, and others who are told and declare them dead, through the public face. */
import type { FinalEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import { upTo } from './entry.js';
import {
  type Env,
  fill,
  open,
  type Posted,
  Programs,
  see,
  told,
  type TickRing,
  valueOf,
  whenFree,
} from './face-threads.js';

const programs = new Programs();

/** What the platform calls the threads. */
const [PRODUCER, READER] = [1, 2];
export const [CLOSER, SUPERVISOR, ANOTHER] = [3, 4, 5];

/** Opens the ring as a thread of this number does, and what else it opens before the search begins. */
export function openedAs<T>(library: Library, env: Env, threadId: number, then: (ring: TickRing) => T): T {
  const { platform } = library;
  const own = Object.getOwnPropertyDescriptor(platform, 'threadId')!;
  return env.prepare(() => {
    Object.defineProperty(platform, 'threadId', { value: threadId, configurable: true });
    try {
      return then(open(library, env));
    } finally {
      Object.defineProperty(platform, 'threadId', own);
    }
  });
}

export const producing = (library: Library, count: number) => (env: Env) => {
  const producer = openedAs(library, env, PRODUCER, (ring) => ring.openProducer({ wait: 'park' }));
  told(library, env, () => {
    for (let n = 0; n < count; n++) env.observe(producer.publish(fill, valueOf(producer.next)));
    producer[Symbol.dispose]();
  });
};

export const reading = (library: Library) => (env: Env) => {
  const consumer = openedAs(library, env, READER, (ring) => ring.openConsumer('reader', { wait: 'park' }));
  told(library, env, () => {
    consumer.run((tick, sequence) => see(env, sequence, tick.n));
    consumer[Symbol.dispose]();
  });
};

/** Publishes one event in the seat of a producer that died, or has left. */
function publishOne(env: Env, library: Library, ring: TickRing): void {
  using producer = whenFree(library, () => ring.openProducer({ wait: 'park' }));
  env.observe(producer.publish(fill, valueOf(producer.next)));
}

/** Declares a thread dead if it is; observes what that found. */
export function declare(env: Env, ring: TickRing, thread: string, threadNumber: number): void {
  if (env.join(thread) !== 'killed') return;
  env.observe(
    ring
      .declareThreadDead(threadNumber)
      .map(({ outcome, seat }) => `${seat.kind} ${outcome}`)
      .join(),
  );
}

export const numbersOf = (values: readonly unknown[] = []): number[] =>
  values.filter((value) => typeof value === 'number');

/** The readers saw each event from the first to the last; one that was in hand at a death may have come twice. */
export function inOrder({ observed, ended }: FinalEnv<Posted>, thread: string, next?: string): number {
  const first = numbersOf(observed[thread]);
  const second = numbersOf(next === undefined ? [] : observed[next]);
  const again = second.length > 0 && second[0] === first.at(-1) ? 1 : 0;
  const seen = [...first, ...second.slice(again)];
  if (seen.some((sequence, index) => sequence !== index))
    throw new Error(`saw ${first.join()}, ${second.join()}`);
  const published = Object.keys(observed)
    .filter((name) => name !== thread && name !== next)
    .flatMap((name) => numbersOf(observed[name]));
  const lost = published.filter((sequence) => sequence >= seen.length);
  if (lost.length > 0) throw new Error(`nobody saw ${lost.join()}`);
  if (next === undefined && ended[thread] !== 'done') throw new Error(`${thread} did not end`);
  return seen.length;
}

/** Only the seats of the dead were recovered, each once. */
function recoveredOnce({ observed }: FinalEnv<Posted>, kind: string, threads: readonly string[]): void {
  const found = threads
    .flatMap((thread) => observed[thread] ?? [])
    .filter((value) => String(value).includes(' '));
  const allowed = [`${kind} recovered`, `${kind} gone`];
  if (found.some((value) => !allowed.includes(String(value)))) throw new Error(`found ${found.join('; ')}`);
  if (found.filter((value) => value === allowed[0]).length > 1) throw new Error('recovered twice');
}

programs.add(
  'deaths: a producer dies, its supervisor goes on in its seat',
  { near: upTo(1), options: { kill: ['producer'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: producing(library, 1),
      reader: reading(library),
      supervisor(env) {
        const ring = openedAs(library, env, SUPERVISOR, (ring) => ring);
        declare(env, ring, 'producer', PRODUCER);
        publishOne(env, library, ring);
        ring.close();
      },
    },
    judge: (env) => {
      recoveredOnce(env, 'producer', ['supervisor']);
      return inOrder(env, 'reader');
    },
  }),
);

programs.add(
  'deaths: a consumer dies, its successor goes on where it stood',
  { options: { kill: ['reader'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer(env) {
        producing(library, 2)(env);
        open(library, env).close();
      },
      reader: reading(library),
      successor(env) {
        const ring = openedAs(library, env, SUPERVISOR, (ring) => ring);
        declare(env, ring, 'reader', READER);
        using consumer = ring.openConsumer('reader', { wait: 'park' });
        consumer.run((tick, sequence) => see(env, sequence, tick.n));
      },
    },
    judge: (env) => {
      recoveredOnce(env, 'consumer', ['successor']);
      return inOrder(env, 'reader', 'successor');
    },
  }),
);

programs.add(
  'deaths: two supervisors recover one producer, and one of them has its seat then',
  { near: upTo(1), options: { kill: ['producer'] } },
  (library) => {
    const supervisor = (threadId: number) => (env: Env) => {
      const ring = openedAs(library, env, threadId, (ring) => ring);
      declare(env, ring, 'producer', PRODUCER);
      publishOne(env, library, ring);
    };
    return {
      rings: { capacity: 4 },
      threads: {
        producer: producing(library, 1),
        supervisor: supervisor(SUPERVISOR),
        'another supervisor': supervisor(ANOTHER),
      },
      judge: (env) => {
        recoveredOnce(env, 'producer', ['supervisor', 'another supervisor']);
        const published = Object.values(env.observed).flatMap(numbersOf);
        if (new Set(published).size !== published.length) throw new Error(`published ${published.join()}`);
        return published.length;
      },
    };
  },
);

programs.add(
  'deaths: a thread without a seat dies while it closes, and its supervisor declares it dead',
  { near: upTo(1), options: { kill: ['closer'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      reader: reading(library),
      'reader of the end': (env: Env) => {
        const ring = openedAs(library, env, ANOTHER, (ring) => ring);
        told(library, env, () => ring.drained({ wait: 'park' }));
      },
      closer(env) {
        openedAs(library, env, CLOSER, (ring) => ring).close();
      },
      supervisor(env) {
        const ring = openedAs(library, env, SUPERVISOR, (ring) => ring);
        declare(env, ring, 'closer', CLOSER);
        // It may have died before it had begun.
        if (!ring.closed) ring.close();
      },
    },
    judge: ({ observed }) => {
      for (const thread of ['reader', 'reader of the end'])
        if (observed[thread].join() !== 'done') throw new Error(`${thread}: ${observed[thread].join()}`);
    },
  }),
);

export const deathPrograms: typeof programs.list = programs.list;
