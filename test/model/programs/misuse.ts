/** What must not be done with a ring, done at any point: it is refused, and nobody else suffers from it. */
import type { Program } from '../checker/index.js';
import type { Library } from '../library.js';
import type * as face from '../../../src/index.js';
import { complete, type ModelProgram } from './entry.js';
import { close, codeOf, type Env, fill, Programs, type Tick, told, valueOf } from './face-threads.js';
import { closeMany, followRuns, gateOf, manyProgram, type ManyRing, sawAllOfAllAndEnded } from './many.js';
import { type Env as CoreEnv, play } from './ring.js';

const programs = new Programs();

const openRing = (library: Library, { shared }: Env, checks: boolean, number = 0): face.Ring<Tick> =>
  library.face.openRing(shared.rings[number], library.face.event({ n: library.face.i32 }), { checks });

/** A producer and the consumer `mine`, of one thread. */
function both(library: Library, env: Env) {
  return env.prepare(() => {
    const ring = openRing(library, env, true);
    return {
      ring,
      producer: ring.openProducer({ wait: 'park' }),
      mine: ring.openConsumer('mine', { wait: 'park' }),
    };
  });
}

const others =
  (library: Library) =>
  (env: Env): void => {
    const reader = env.prepare(() => openRing(library, env, true).openConsumer('other', { wait: 'park' }));
    told(library, env, () => void reader.run((tick, sequence) => env.observe(`saw ${sequence}: ${tick.n}`)));
  };

/** Publishes, and observes the sequence or what it was told. */
function tryOnce(library: Library, env: Env, producer: face.Producer<Tick>): void {
  try {
    const sequence = producer.publish((tick) => fill(tick, valueOf(0)));
    env.observe(`published ${sequence}`);
  } catch (error) {
    env.observe(codeOf(library, error));
  }
}

programs.add(
  'misuse (B-47): a thread that would wait for room behind its own consumer is told so, whoever else holds the ring up',
  { bounded: complete, quick: true },
  (library) => ({
    rings: { capacity: 1, consumers: ['mine', 'other'] },
    threads: {
      both(env) {
        const { ring, producer, mine } = both(library, env);
        tryOnce(library, env, producer);
        tryOnce(library, env, producer);
        mine.poll((tick, sequence) => env.observe(`saw ${sequence}: ${tick.n}`));
        tryOnce(library, env, producer);
        close(ring);
      },
      other: others(library),
    },
    judge: ({ observed }) => {
      const expected = ['published 0', 'ERR_SELF_DEADLOCK', 'saw 0: 100', 'published 1'].join();
      if (observed['both'].join() !== expected) throw new Error(observed['both'].join());
      if (observed['other'].join() !== 'saw 0: 100,saw 1: 100,done')
        throw new Error(observed['other'].join());
    },
  }),
);
programs.add(
  'misuse (B-47): the same when another producer took the room for which the thread was waiting',
  { quick: true },
  (library) => ({
    rings: { capacity: 1, producers: 2, consumers: ['mine', 'other'] },
    threads: {
      both(env) {
        const { ring, producer, mine } = both(library, env);
        const handle = (tick: { readonly n: number }, sequence: number): void =>
          env.observe(`saw ${sequence}: ${tick.n}`);
        using batch = mine.take({ max: 1 })!;
        for (const tick of batch) handle(tick, batch.first);
        batch.release();
        // Full because of the other consumer at first, then perhaps because of its own.
        tryOnce(library, env, producer);
        close(ring);
        told(library, env, () => void mine.run(handle));
      },
      another(env) {
        const producer = env.prepare(() => openRing(library, env, true).openProducer({ wait: 'park' }));
        tryOnce(library, env, producer);
        tryOnce(library, env, producer);
      },
      other: others(library),
    },
    judge: ({ observed }) => {
      const texts = (thread: string): string[] => observed[thread].map(String);
      const starting = (thread: string, what: string): string[] =>
        texts(thread).filter((text) => text.startsWith(what));
      const published = [...starting('both', 'published'), ...starting('another', 'published')];
      const seen = published.map((_, sequence) => `saw ${sequence}: 100`).join();
      if (starting('both', 'saw').join() !== seen || starting('other', 'saw').join() !== seen)
        throw new Error(JSON.stringify(observed));
      const outcome = `${texts('both')[1]} and ${texts('another')[1]}`;
      const right = ['ERR_SELF_DEADLOCK and published 1', 'published 1 and ERR_RING_CLOSED'];
      if (!right.includes(outcome)) throw new Error(outcome);
      return outcome;
    },
  }),
);
programs.add(
  'misuse: a thread that waits for what its own consumer has to do is told so',
  { bounded: complete, quick: true },
  (library) => ({
    rings: { capacity: 1, consumers: { mine: {}, other: {}, last: { after: ['mine', 'other'] } } },
    threads: {
      both(env) {
        const { ring, producer, mine } = both(library, env);
        const last = env.prepare(() => ring.openConsumer('last', { wait: 'park' }));
        tryOnce(library, env, producer);
        told(library, env, () => ring.processed(0));
        told(library, env, () => void last.take());
        close(ring);
        told(library, env, () => ring.drained());
        mine.run(() => {});
        last.run((tick, sequence) => env.observe(`saw ${sequence}: ${tick.n}`));
        ring.drained();
      },
      other: others(library),
    },
    judge: ({ observed }) => {
      const no = 'ERR_SELF_DEADLOCK';
      if (observed['both'].join() !== ['published 0', no, no, no, 'saw 0: 100'].join())
        throw new Error(observed['both'].join());
    },
  }),
);

// --- What checks cost: nothing, where nobody waits.

const OPERATIONS = ['load', 'store', 'add', 'exchange', 'compareExchange', 'notify', 'wait'];

/** Publishes and consumes in each way, alone. */
function everyWay(library: Library, env: Env, checks: boolean, number: number): void {
  const ring = env.prepare(() => openRing(library, env, checks, number));
  const producer = env.prepare(() => ring.openProducer());
  const consumer = env.prepare(() => ring.openConsumer('reader'));
  const handled = (): void => {
    while (consumer.poll(() => {}) > 0);
  };
  for (let n = 0; n < 3; n++) {
    producer.publish(fill, n);
    handled();
    producer.publishBatch([n, n], fill);
    handled();
    const claim = producer.claim(2);
    claim.commit();
    using batch = consumer.take({ max: 1 });
    batch!.release();
    handled();
    producer.claim(1).abandon();
    if (producer.tryPublish(fill, n) === undefined) throw new Error('no room');
    handled();
  }
  ring.close();
  consumer.run(() => {});
  env.observe('done');
}

for (const [what, plan] of [
  ['one producer', {}],
  ['several producers', { producers: 2 }],
  ['a group', { consumers: { reader: { workers: 2 } } }],
] as const) {
  programs.add(
    `checks: ${what}: publishing and consuming make as many calls of Atomics as without`,
    { bounded: complete, quick: true },
    (library) => ({
      rings: [
        { capacity: 4, ...plan },
        { capacity: 4, ...plan },
      ],
      threads: {
        checked: (env) => everyWay(library, env, true, 0),
        unchecked: (env) => everyWay(library, env, false, 1),
      },
      judge: (env) => {
        const counts = (thread: string): string =>
          OPERATIONS.map((operation) => `${operation} ${env.performed(thread, operation)}`).join();
        if (counts('checked') !== counts('unchecked'))
          throw new Error(`${counts('checked')}; without checks ${counts('unchecked')}`);
        if (env.performed('checked', 'compareExchange') === 0) throw new Error('nothing was counted');
      },
    }),
  );
}

// --- One seat, two who act for it.

const START = 8;
const VALUE = 100;

function forestalled(library: Library): Program {
  const { MultiProducer, READY, SKIPPED, shared, stampRest, wordOf } = library;
  const threads: Record<string, (env: CoreEnv) => unknown> = {
    producer(env) {
      const ring = env.shared as ManyRing;
      const { words, payload, stamps, producerSeats, capacity } = ring;
      const open = () =>
        new MultiProducer(words, producerSeats[0], gateOf(library, ring, 0), stamps!, producerSeats);
      const core = env.prepare(open);
      if (core.claim(1) !== READY) throw new Error('no room');
      payload[core.next & (capacity - 1)] = VALUE;
      env.observe(core.publish(1) ? VALUE : 'refused');
    },
    // Takes the producer for dead, and gives up what it had claimed.
    repairer(env) {
      const { words, stamps } = env.shared as ManyRing;
      while (Atomics.load(words, shared.cursor) !== wordOf(START + 1)) Atomics.pause?.();
      stampRest(words, stamps!, START, wordOf(START + 1) | SKIPPED);
    },
    consumer0: play(library, followRuns(library, 0), 'park'),
    consumer1: play(library, followRuns(library, 1), 'park'),
    closer(env) {
      env.join('producer');
      env.join('repairer');
      closeMany(library)(env);
    },
  };
  const plan = { capacity: 2, graph: [[], []], start: START, producers: 2 };
  return manyProgram(library, plan, threads, sawAllOfAllAndEnded);
}

const givenUp: ModelProgram = {
  name: 'misuse (B-27): a claim that another gave up meanwhile is refused, or every consumer sees it',
  kind: 'synchronous',
  quick: true,
  bounded: { strategy: 'bounded', preemptions: 2, maxMs: 60_000 },
  deep: { strategy: 'dpor', maxMs: 300_000 },
  make: (library) => ({ ...forestalled(library), name: givenUp.name }),
};

export const misusePrograms: readonly ModelProgram[] = [...programs.list, givenUp];
