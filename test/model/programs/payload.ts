/**
 * Programs over the public face with columns of bytes: they are written before their event is published, read after, and their place in
 * the arena is used again only once every consumer has passed it. A payload that is overwritten while it is read shows as a race.
 */
import type { FinalEnv, ThreadEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import { type Choices, complete, listOfPrograms, type ModelProgram, upTo } from './entry.js';
import type * as face from '../../../src/index.js';

type Fields = { readonly n: face.Scalar<'i32'>; readonly body: face.BytesColumn };
type Env = ThreadEnv<face.RingHandle>;
type Producer = face.Producer<Fields>;

const messageOf = ({ face }: Library): face.EventType<Fields> =>
  face.event({ n: face.i32, body: face.bytes() });

/** The smallest arena: an event of 64 bytes takes half of it. */
const ARENA = 128;
const HALF = 64;
/** Two fit, and what is left is of no use to a third. */
const ODD = 48;

interface Plan {
  readonly capacity: number;
  readonly producers?: number;
  readonly consumers?: face.ConsumerGraph;
  readonly firstSequence?: number;
}

/** In place, and only the ends of it: each byte is a step to the checker's race detector. */
function fill(message: face.Writable<Fields>, n: number, bytes: number): void {
  const body = message.reserve('body', bytes);
  message.n = n;
  body[0] = n;
  body[bytes - 1] = n;
}

function fillAndThrow(message: face.Writable<Fields>, n: number, bytes: number): void {
  fill(message, n, bytes);
  throw new Stumble();
}

class Stumble extends Error {}

const open = (library: Library, env: Env): face.Ring<Fields> =>
  library.face.openRing(env.shared, messageOf(library));

type Act = (producer: Producer, env: Env, base: number) => void;

/** Publishes events of these sizes, one by one; observes their numbers. */
const publish =
  (...sizes: number[]): Act =>
  (producer, env, base) => {
    sizes.forEach((bytes, i) => {
      producer.publish(fill, base + i, bytes);
      env.observe(base + i);
    });
  };

/** Between two events, what publishes nothing. */
const publishAndStumble: Act = (producer, env, base) => {
  publish(HALF)(producer, env, base);
  for (let turn = 0; turn < 2; turn++) {
    try {
      producer.publish(fillAndThrow, -1, HALF);
    } catch (error) {
      if (!(error instanceof Stumble)) throw error;
    }
  }
  publish(HALF, HALF)(producer, env, base + 1);
};

/** A claim that is given up, between events. */
const publishAndAbandon: Act = (producer, env, base) => {
  publish(HALF)(producer, env, base);
  {
    using claim = producer.claim(1);
    for (const message of claim) fill(message, -1, HALF);
  }
  publish(HALF)(producer, env, base + 1);
};

const publishLot: Act = (producer, env, base) => {
  producer.publishBatch([0, 1, 2], (message, i) => fill(message, base + i, ODD));
  for (let i = 0; i < 3; i++) env.observe(base + i);
};

const publishClaim: Act = (producer, env, base) => {
  for (let i = 0; i < 2; i++) {
    const claim = producer.claim(2);
    let n = base + 2 * i;
    for (const message of claim) fill(message, n++, HALF / 2);
    claim.commit();
    env.observe(base + 2 * i);
    env.observe(base + 2 * i + 1);
  }
};

const producing =
  (library: Library, act: Act, base = 0) =>
  (env: Env): void => {
    const producer = env.prepare(() => open(library, env).openProducer({ wait: 'park' }));
    told(library, env, () => act(producer, env, base));
  };

/** What a thread was told in the end, if not what it wanted. */
function told(library: Library, env: Env, body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof library.face.SlipringError)) throw error;
    env.observe(error.code);
  }
}

/** Takes `events` events, or all until the ring is closed; observes their numbers. */
const reading =
  (library: Library, events = Infinity, name = 'reader') =>
  (env: Env): void => {
    const consumer = env.prepare(() => open(library, env).openConsumer(name, { wait: 'park' }));
    told(library, env, () => {
      for (let seen = 0; seen < events;) {
        using batch = consumer.take({ wait: 'park', max: 1 });
        if (batch === undefined) return;
        for (const { n, body } of batch) {
          if (body[0] !== (n & 255) || body[body.length - 1] !== (n & 255))
            throw new Error(`event ${n} holds ${body[0]} and ${body[body.length - 1]}`);
          env.observe(n);
          seen++;
        }
      }
    });
  };

const numbersIn = (observed: readonly unknown[] = []): number[] =>
  observed.filter((value) => typeof value === 'number');

const sorted = (numbers: readonly number[]): string => [...numbers].sort((a, b) => a - b).join();

/** Each reader saw all that was published, each producer's in its order; workers did so together. */
function allSeen({ observed }: FinalEnv<face.RingHandle>): unknown {
  const all = Object.entries(observed);
  const published = all.filter(([name]) => name.startsWith('producer')).flatMap(([, its]) => numbersIn(its));
  const together = all.filter(([name]) => name.startsWith('worker'));
  const readers = [
    ...all.filter(([name]) => name.startsWith('reader')).map(([, its]) => numbersIn(its)),
    ...(together.length > 0 ? [together.flatMap(([, its]) => numbersIn(its))] : []),
  ];
  for (const seen of readers)
    if (sorted(seen) !== sorted(published)) throw new Error(`saw ${seen.join()} of ${published.join()}`);
  return published.length;
}

/** What came was published, in order; the end may be missing. */
function inOrder({ observed }: FinalEnv<face.RingHandle>): unknown {
  const seen = numbersIn(observed['reader']);
  if (seen.some((n, i) => i > 0 && n <= seen[i - 1])) throw new Error(`saw ${seen.join()}`);
  return seen.length;
}

const { programs, add } = listOfPrograms();

function addProgram(
  name: string,
  choices: Choices,
  plan: Plan,
  threads: (library: Library) => Record<string, (env: Env) => unknown>,
  judge: (env: FinalEnv<face.RingHandle>) => unknown = allSeen,
): void {
  add<face.RingHandle>(`payloads: ${name}`, choices, (library) => ({
    setup: () => {
      // Found out once, and kept: here, where it is no step of a thread.
      library.mayPark();
      const { consumers = ['reader'], ...rest } = plan;
      return library.face.createRing(messageOf(library), {
        ...rest,
        arenaBytes: ARENA,
        consumers: consumers as Record<string, object>,
      }).handle;
    },
    threads: threads(library),
    finally: judge,
  }));
}

// --- One producer.

addProgram(
  '1 producer, 3 events of half an arena',
  { quick: true, bounded: complete },
  { capacity: 4 },
  (library) => ({
    producer: producing(library, publish(HALF, HALF, HALF)),
    reader: reading(library, 3),
  }),
);
addProgram(
  '1 producer, events that leave the end of the arena empty, across the wrap',
  { quick: true, bounded: upTo(1) },
  { capacity: 8, firstSequence: 2 ** 30 - 2 },
  (library) => ({
    // The third does not fit behind the second; the last, not before the second is passed.
    producer: producing(library, publish(HALF, 40, 32, 32, 16)),
    reader: reading(library, 5),
  }),
);
addProgram(
  '1 producer, an event that needs the room of two, and what is left behind them',
  { bounded: upTo(1) },
  { capacity: 4 },
  (library) => ({
    producer: producing(library, publish(ODD, ODD, HALF)),
    reader: reading(library, 3),
  }),
);
addProgram(
  '1 producer, fills that throw between events',
  { bounded: complete },
  { capacity: 4 },
  (library) => ({
    producer: producing(library, publishAndStumble),
    reader: reading(library, 3),
  }),
);
addProgram('1 producer, a batch that does not fit', { bounded: upTo(2) }, { capacity: 4 }, (library) => ({
  producer: producing(library, publishLot),
  reader: reading(library, 3),
}));
addProgram('1 producer, claims of 2', { bounded: complete }, { capacity: 4 }, (library) => ({
  producer: producing(library, publishClaim),
  reader: reading(library, 4),
}));
addProgram(
  '1 producer, through a chain',
  { bounded: upTo(1) },
  { capacity: 4, consumers: { reader: {}, 'reader too': { after: ['reader'] } } },
  (library) => ({
    producer: producing(library, publish(HALF, HALF, HALF)),
    reader: reading(library, 3),
    'reader too': reading(library, 3, 'reader too'),
  }),
);
addProgram(
  '1 producer, a group of 2',
  {},
  { capacity: 4, consumers: { work: { workers: 2 } } },
  (library) => ({
    producer: producing(library, publish(HALF, HALF, HALF)),
    worker: reading(library, Infinity, 'work'),
    'worker too': reading(library, Infinity, 'work'),
    closer: closingAfter(library, 'producer'),
  }),
);
addProgram(
  '1 producer, a lossy consumer',
  { bounded: upTo(1) },
  { capacity: 4, consumers: { reader: { lossy: true } } },
  (library) => ({
    producer: producing(library, publish(HALF, HALF, HALF)),
    reader: reading(library),
    closer: closingAfter(library, 'producer'),
  }),
  inOrder,
);
addProgram(
  '1 producer, on an event loop',
  { kind: 'asynchronous', bounded: upTo(1) },
  { capacity: 4 },
  (library) => ({
    async producer(env) {
      const producer = env.prepare(() => open(library, env).openProducer());
      for (let n = 0; n < 3; n++) {
        await producer.publishAsync(fill, n, HALF);
        env.observe(n);
      }
    },
    reader: reading(library, 3),
  }),
);
addProgram('closed while the producer waits for bytes', { bounded: upTo(1) }, { capacity: 4 }, (library) => ({
  producer: producing(library, publish(HALF, HALF, HALF)),
  reader: reading(library),
  closer: (env) => env.prepare(() => open(library, env)).close(),
}));

// --- Two producers, each with its arena.

addProgram(
  '2 producers, 3 and 2 events of half an arena',
  { quick: true, bounded: upTo(1) },
  { capacity: 4, producers: 2 },
  (library) => ({
    producer: producing(library, publish(HALF, HALF, HALF)),
    'producer too': producing(library, publish(ODD, HALF), 10),
    reader: reading(library, 5),
  }),
);
addProgram(
  '2 producers, one gives up claims',
  { bounded: upTo(1) },
  { capacity: 4, producers: 2 },
  (library) => ({
    producer: producing(library, publishAndAbandon),
    'producer too': producing(library, publish(HALF), 10),
    reader: reading(library, 3),
  }),
);

// --- The next in a seat.

addProgram('a producer leaves, and the next goes on', { bounded: upTo(2) }, { capacity: 4 }, (library) => ({
  producer(env) {
    const producer = env.prepare(() => open(library, env).openProducer({ wait: 'park' }));
    publish(HALF, HALF)(producer, env, 0);
    producer[Symbol.dispose]();
  },
  'producer after it'(env) {
    env.join('producer');
    publish(HALF)(open(library, env).openProducer({ wait: 'park' }), env, 2);
  },
  reader: reading(library, 3),
}));
addProgram(
  'a producer dies at any step, and the next goes on',
  { quick: true, bounded: upTo(1), options: { kill: ['producer'] } },
  { capacity: 4 },
  (library) => ({
    producer: producing(library, publish(HALF, HALF, HALF)),
    heir(env) {
      const ring = env.prepare(() => open(library, env));
      env.join('producer');
      clearSeat(library, env);
      publish(HALF, HALF)(ring.openProducer({ wait: 'park' }), env, 10);
      ring.close();
    },
    reader: reading(library),
  }),
  (env) => {
    const seen = numbersIn(env.observed['reader']);
    if (seen.slice(-2).join() !== '10,11') throw new Error(`saw ${seen.join()}`);
    return inOrder(env);
  },
);

/** What recovery does for the only producer of a ring: nothing but its seat is left behind. */
function clearSeat(library: Library, env: Env): void {
  const words = library.controlWords(env.shared.buffer);
  const layout = library.planLayout({ ...library.readShape(words), columns: [] });
  const state = library.producerSeat(layout, 0) + library.seat.state;
  library.leaveSeat(words, state, Atomics.load(words, state));
}

function closingAfter(library: Library, producer: string): (env: Env) => void {
  return (env) => {
    const ring = env.prepare(() => open(library, env));
    env.join(producer);
    ring.close();
  };
}

export const payloadPrograms: readonly ModelProgram[] = programs;
