/**
 * The end of a pipeline: how it goes from a stage to its output, the last of a group's threads closing it, also when one of them dies; and how a
 * cycle is found to be done. The rings are used as users do, the hand-over is that of the built files.
 */
import type { FinalEnv, Program, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import type { EventType, Ring, RingHandle, Scalar } from '../../../src/index.js';
import { type Choices, listOfPrograms, upTo } from './entry.js';
import { whenFree } from './face-threads.js';

const { programs, add } = listOfPrograms();

type Tick = { readonly n: Scalar<'i32'> };
type Env = ThreadEnv<Shared>;
type Final = FinalEnv<Shared>;
type Thread = (env: Env) => void;

interface Shared {
  readonly rings: readonly RingHandle[];
  /** A word for each of the stage's threads. */
  readonly finishing: SharedArrayBuffer;
}

interface RingPlan {
  readonly capacity: number;
  /** So many workers share its events; one consumer unless given. */
  readonly workers?: number;
  readonly producers?: number;
  /** Published before the search begins; the ring is closed then, unless told otherwise. */
  readonly holds?: readonly number[];
  readonly staysOpen?: true;
}

/** Spins are counted, and never end under the checker. */
const parking = { wait: 'park' } as const;
/** What the platform calls the supervisor: as the owner of a seat, no other has its number. */
const SUPERVISOR = 9;

const fill = (tick: { n: number }, n: number): void => {
  tick.n = n;
};

const tickOf = ({ face }: Library): EventType<Tick> => face.event({ n: face.i32 });

function addOver(
  name: string,
  choices: Choices,
  rings: readonly RingPlan[],
  threadsOf: (library: Library) => Readonly<Record<string, Thread>>,
  judge: (env: Final) => unknown,
  threads = 2,
): void {
  add<Shared>(name, choices, (library): Omit<Program<Shared>, 'name'> => ({
    setup({ label }) {
      library.mayPark();
      const finishing = library.makeFinishing(threads);
      label(library.finishingWords(finishing), 'finished');
      return { rings: rings.map((plan) => ringOf(library, plan)), finishing };
    },
    threads: threadsOf(library),
    finally: judge,
  }));
}

function ringOf(
  library: Library,
  { capacity, workers, producers = 1, holds, staysOpen }: RingPlan,
): RingHandle {
  const ring = library.face.createRing(tickOf(library), {
    capacity,
    producers,
    consumers: { reader: workers === undefined ? {} : { workers } },
    whenConsumerFails: 'wait',
  });
  if (holds !== undefined) {
    const producer = ring.openProducer();
    for (const n of holds) producer.publish(fill, n);
    producer[Symbol.dispose]();
    if (!staysOpen) ring.close();
  }
  return ring.handle;
}

/** Opens a ring as the thread of this number does. */
function openAs(library: Library, { shared }: Env, number: number, threadId: number): Ring<Tick> {
  const { platform } = library;
  const own = Object.getOwnPropertyDescriptor(platform, 'threadId')!;
  Object.defineProperty(platform, 'threadId', { value: threadId, configurable: true });
  try {
    return library.face.openRing(shared.rings[number], tickOf(library));
  } finally {
    Object.defineProperty(platform, 'threadId', own);
  }
}

// --- The end goes on.

/** One thread of the stage: hands on what it gets from the first ring, and finishes. Sees and says what it handed on. */
function work(library: Library, env: Env, thread: number, threadId: number): void {
  const [input, output] = [0, 1].map((number) => openAs(library, env, number, threadId));
  const consumer = whenFree(library, () => input.openConsumer('reader', parking));
  const out = whenFree(library, () => output.openProducer(parking));
  consumer.run(({ n }) => {
    out.publish(fill, n);
  });
  out.publish(fill, 100 + thread); // at its end, as a stage may
  consumer[Symbol.dispose]();
  out[Symbol.dispose]();
  library.finish(library.finishingWords(env.shared.finishing), thread, () => output.close());
}

const stage =
  (library: Library, thread: number): Thread =>
  (env) => {
    // What a thread opens is no part of the search; who comes later waits for its seats.
    work(library, env, thread, thread + 1);
  };

/** A thread that has handled all: publishes one, and finishes. */
const last =
  (library: Library, thread: number): Thread =>
  (env) => {
    const { output, out } = env.prepare(() => {
      const output = openAs(library, env, 0, thread + 1);
      return { output, out: output.openProducer(parking) };
    });
    out.publish(fill, 100 + thread);
    out[Symbol.dispose]();
    library.finish(library.finishingWords(env.shared.finishing), thread, () => output.close());
  };

/** Sees everything in a ring until it is closed. */
const sink =
  (library: Library, number: number): Thread =>
  (env) => {
    const consumer = env.prepare(() => openAs(library, env, number, 8).openConsumer('reader', parking));
    consumer.run(({ n }) => env.observe(n));
    env.observe('ended');
  };

/** Hears of the death of a thread of the stage: it had finished, or another takes its place. */
const supervisor =
  (library: Library, name: string, thread: number, rings: number): Thread =>
  (env) => {
    const opened = env.prepare(() =>
      Array.from({ length: rings }, (_, number) => openAs(library, env, number, SUPERVISOR)),
    );
    if (env.join(name) !== 'killed') return;
    for (const ring of opened) ring.declareThreadDead(thread + 1);
    const output = opened.at(-1)!;
    const words = library.finishingWords(env.shared.finishing);
    if (library.hadFinished(words, thread, () => output.close())) return;
    if (rings > 1) return work(library, env, thread, SUPERVISOR);
    const out = output.openProducer(parking);
    out.publish(fill, 100 + thread);
    out[Symbol.dispose]();
    library.finish(words, thread, () => output.close());
  };

/** The sink saw all of these, and that it was the end; with deaths, some twice. */
const sawAll =
  (expected: readonly number[], again: 'once' | 'again' = 'once') =>
  ({ observed }: Final): number => {
    const seen = observed['sink'];
    const ticks = seen.slice(0, -1) as number[];
    if (seen.at(-1) !== 'ended') throw new Error('the end did not come');
    if (expected.some((n) => !ticks.includes(n))) throw new Error(`saw ${ticks.join()}`);
    if (ticks.some((n) => !expected.includes(n))) throw new Error(`saw ${ticks.join()}`);
    if (again === 'once' && ticks.length > expected.length) throw new Error(`twice: ${ticks.join()}`);
    return ticks.length;
  };

addOver(
  'pipeline: the last of 2 threads closes their output',
  { bounded: upTo(2), quick: true },
  [{ capacity: 2, producers: 2 }],
  (library) => ({ last1: last(library, 0), last2: last(library, 1), sink: sink(library, 0) }),
  sawAll([100, 101]),
);

for (const capacity of [1, 2]) {
  addOver(
    `pipeline: a stage of 1 thread hands on what it gets, and the end, capacity ${capacity}`,
    { bounded: upTo(2) },
    [{ capacity }, { capacity }],
    (library) => ({
      source(env) {
        const { ring, out } = env.prepare(() => {
          const ring = openAs(library, env, 0, 7);
          return { ring, out: ring.openProducer(parking) };
        });
        for (const n of [1, 2]) out.publish(fill, n);
        library.finish(library.finishingWords(library.makeFinishing(1)), 0, () => ring.close());
      },
      stage: stage(library, 0),
      sink: sink(library, 1),
    }),
    sawAll([1, 2, 100]),
    1,
  );
  addOver(
    `pipeline: a stage of 2 threads hands on what it gets, and the end, capacity ${capacity}`,
    { near: upTo(1) },
    [
      { capacity: 2, workers: 2, holds: [1, 2] },
      { capacity, producers: 2 },
    ],
    (library) => ({ stage1: stage(library, 0), stage2: stage(library, 1), sink: sink(library, 1) }),
    sawAll([1, 2, 100, 101]),
  );
}

// --- Deaths.

addOver(
  'pipeline: one of 2 threads dies at its end',
  { near: upTo(1), options: { kill: ['last1'] } },
  [{ capacity: 4, producers: 2 }],
  (library) => ({
    last1: last(library, 0),
    last2: last(library, 1),
    sink: sink(library, 0),
    supervisor: supervisor(library, 'last1', 0, 1),
  }),
  sawAll([100, 101], 'again'),
);
addOver(
  'pipeline: the thread of a stage dies, and another takes its place',
  { near: upTo(1), options: { kill: ['stage1'] } },
  [{ capacity: 2, holds: [1, 2] }, { capacity: 1 }],
  (library) => ({
    stage1: stage(library, 0),
    sink: sink(library, 1),
    supervisor: supervisor(library, 'stage1', 0, 2),
  }),
  sawAll([1, 2, 100], 'again'),
  1,
);
addOver(
  'pipeline: one of 2 threads of a stage dies, and another takes its place',
  { near: upTo(0), options: { kill: ['stage1'] } },
  [
    { capacity: 2, workers: 3, holds: [1, 2] },
    { capacity: 1, producers: 2 },
  ],
  (library) => ({
    stage1: stage(library, 0),
    stage2: stage(library, 1),
    sink: sink(library, 1),
    supervisor: supervisor(library, 'stage1', 0, 2),
  }),
  sawAll([1, 2, 100, 101], 'again'),
);

// --- Cycles.

/** Takes numbers from one ring and publishes those one less into another, until they come to 0. */
const round =
  (library: Library, from: number, to: number): Thread =>
  (env) => {
    const { consumer, out } = env.prepare(() => ({
      consumer: openAs(library, env, from, from + 1).openConsumer('reader', parking),
      out: openAs(library, env, to, from + 1).openProducer(parking),
    }));
    consumer.run(({ n }) => {
      env.observe(n);
      if (n > 0) out.publish(fill, n - 1);
    });
    env.observe('ended');
  };

/** Looks whether nothing goes round any more, and closes the rings then. */
const watcher =
  (library: Library): Thread =>
  (env) => {
    const rings = env.prepare(() => [0, 1].map((number) => openAs(library, env, number, SUPERVISOR)));
    const its = rings.map((ring) => ({ ring, readers: ['reader'], outside: false }));
    while (!library.hasSettled(its)) Atomics.pause?.();
    for (const ring of rings) ring.close();
  };

for (const n of [0, 1, 2]) {
  addOver(
    `pipeline: a number goes round ${n + 1} times in a cycle, which then ends`,
    { ...(n < 2 ? { bounded: upTo(2) } : { near: upTo(1) }), ...(n === 0 && { quick: true }) },
    [{ capacity: 1, holds: [n], staysOpen: true }, { capacity: 1 }],
    (library) => ({
      there: round(library, 0, 1),
      back: round(library, 1, 0),
      watcher: watcher(library),
    }),
    ({ observed }) => {
      const seen = [...observed['there'], ...observed['back']];
      const numbers = seen.filter((value) => typeof value === 'number').sort((a, b) => b - a);
      if (seen.filter((value) => value === 'ended').length !== 2) throw new Error('a stage did not end');
      if (numbers.join() !== Array.from({ length: n + 1 }, (_, i) => n - i).join())
        throw new Error(`saw ${numbers.join()}`);
    },
  );
}
addOver(
  'pipeline: a cycle into which something comes from outside ends after that',
  { bounded: upTo(1) },
  [{ capacity: 1, staysOpen: true }],
  (library) => ({
    source(env) {
      const { ring, out } = env.prepare(() => {
        const ring = openAs(library, env, 0, 7);
        return { ring, out: ring.openProducer(parking) };
      });
      out.publish(fill, 1);
      env.observe('published');
      ring.close();
    },
    sink: sink(library, 0),
    watcher(env) {
      const ring = env.prepare(() => openAs(library, env, 0, SUPERVISOR));
      const its = [{ ring, readers: ['reader'], outside: true }];
      while (!library.hasSettled(its)) Atomics.pause?.();
      const { published, consumers } = ring.snapshot();
      env.observe([published, consumers[0].lag].join());
    },
  }),
  ({ observed }) => {
    if (observed['watcher'].join() !== '1,0')
      throw new Error(`found the end at ${observed['watcher'].join()}`);
  },
);

export const pipelinePrograms = programs;
