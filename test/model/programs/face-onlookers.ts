/** Those who look on, rings that answer each other, and who must not be woken. */
import { complete } from './entry.js';
import type { Library } from '../library.js';
import { publisher, reader } from './face-flow.js';
import {
  allSeen,
  type Env,
  fill,
  opened,
  producing,
  Programs,
  seated,
  see,
  type TickRing,
  valueOf,
} from './face-threads.js';
import * as ways from './face-ways.js';
import type { RingSnapshot } from '../../../src/index.js';

const programs = new Programs();

// --- Snapshots.

/** Throws unless a snapshot is one that may be seen, and comes after the one before. */
function mustBePlausible(now: RingSnapshot, before: RingSnapshot | undefined): void {
  const { capacity, published, consumers } = now;
  if (before !== undefined && published < before.published) throw new Error('published less than before');
  consumers.forEach(({ name, position, lag }, number) => {
    if (!(lag >= 0 && lag <= capacity)) throw new Error(`${name} lags by ${lag}`);
    if (position + lag !== published)
      throw new Error(`${name} at ${position} lags by ${lag} of ${published}`);
    if (before !== undefined && position < before.consumers[number].position)
      throw new Error(`${name} went back to ${position}`);
  });
}

const watcher =
  (library: Library) =>
  (env: Env): void => {
    const ring = opened(library, env);
    const first = ring.snapshot();
    mustBePlausible(first, undefined);
    const { remaining } = ring;
    if (!(remaining >= 0 && remaining <= ring.capacity)) throw new Error(`${remaining} slots remain`);
    const second = ring.snapshot();
    mustBePlausible(second, first);
  };

for (const [where, firstSequence] of [
  ['', 0],
  [' across an epoch', 2 ** 28 - 1],
] as const) {
  programs.add(`snapshots while 3 events go through${where}`, {}, (library) => ({
    rings: { capacity: 1, firstSequence },
    threads: {
      producer: publisher(library, ways.publish(3)),
      reader: reader(library, ways.take(firstSequence + 3)),
      watcher: watcher(library),
    },
    judge: allSeen,
  }));
}
programs.add('snapshots while a seat is left and the ring aborted', { quick: true }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: publisher(library, ways.publish(1)),
    aborter(env) {
      const ring = opened(library, env);
      const consumer = env.prepare(() => ring.openConsumer('reader'));
      consumer[Symbol.dispose]();
      ring.abort('why');
    },
    watcher(env) {
      const ring = opened(library, env);
      let before: RingSnapshot | undefined;
      for (let turn = 0; turn < 2; turn++) {
        const now: RingSnapshot = ring.snapshot();
        mustBePlausible(now, before);
        if (now.reason !== '' && now.reason !== 'why') throw new Error(`the reason reads ${now.reason}`);
        if (before?.closed === true && !(now.closed && now.aborted && now.reason === 'why'))
          throw new Error('an abort was taken back');
        if (before?.consumers[0].seated === false && now.consumers[0].seated)
          throw new Error('a seat was taken by nobody');
        before = now;
      }
    },
  },
  judge: () => undefined,
}));

// --- Two rings.

/** Calls and takes the answer. */
const caller =
  (library: Library, rounds: number) =>
  (env: Env): void => {
    const calls = producing(library, env, 0);
    const answers = seated(library, env, 'reader', 1);
    for (let round = 0; round < rounds; round++) {
      calls.publish(fill, valueOf(calls.next));
      using batch = answers.take();
      for (const tick of batch!) see(env, batch!.first, tick.n);
    }
  };

/** Takes a call, and answers. */
const answerer =
  (library: Library, rounds: number) =>
  (env: Env): void => {
    const calls = seated(library, env, 'reader', 0);
    const answers = producing(library, env, 1);
    for (let round = 0; round < rounds; round++) {
      using batch = calls.take();
      for (const tick of batch!) {
        see(env, batch!.first, tick.n);
        answers.publish(fill, tick.n);
      }
    }
  };

for (const [how, rounds, choices] of [
  ['once', 1, { quick: true, bounded: complete }],
  ['twice', 2, {}],
] as const) {
  programs.add(`2 threads call and answer through 2 rings, ${how}`, choices, (library) => ({
    rings: [{ capacity: 1 }, { capacity: 1 }],
    threads: { caller: caller(library, rounds), answerer: answerer(library, rounds) },
    judge: ({ observed }) => {
      const all = Array.from({ length: rounds }, (_, round) => round).join();
      if (observed['caller'].join() !== all || observed['answerer'].join() !== all)
        throw new Error(`${observed['caller'].join()} and ${observed['answerer'].join()}`);
    },
  }));
}

// --- Nobody is notified where nobody parks.

const quiet =
  (...threads: string[]) =>
  (env: Parameters<typeof allSeen>[0]): unknown => {
    for (const thread of threads) {
      const notifies = env.performed(thread, 'notify');
      if (notifies > 0) throw new Error(`${thread} notified ${notifies} times`);
    }
    return allSeen(env);
  };

/** Publishes two events in four ways, as soon as there is room. */
const spinningPublisher =
  (library: Library) =>
  (env: Env): void => {
    const producer = producing(library, env);
    const spin = { wait: 'spin' } as const;
    env.observe(producer.publish(spin, fill, valueOf(producer.next)));
    using claim = producer.claim(1, spin);
    for (const tick of claim) tick.n = valueOf(claim.first);
    env.observe(claim.commit());
    env.observe(producer.publishBatch([valueOf(producer.next)], fill, spin));
  };

programs.add('no notify while everybody spins', { quick: true, bounded: complete }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: spinningPublisher(library),
    reader(env) {
      const consumer = seated(library, env);
      while (consumer.next < 3) {
        using batch = consumer.take({ wait: 'spin' });
        for (const tick of batch!) see(env, batch!.first, tick.n);
      }
    },
  },
  judge: quiet('producer', 'reader'),
}));
programs.add('no notify while everybody tries and polls', { bounded: complete }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: publisher(library, (producer, published) => {
      while (producer.next < 2) {
        const sequence = producer.tryPublish(fill, valueOf(producer.next));
        if (sequence === undefined) Atomics.pause?.();
        else published(sequence);
      }
    }),
    reader(env) {
      const consumer = seated(library, env);
      while (consumer.next < 2)
        if (consumer.poll((tick, sequence) => see(env, sequence, tick.n)) === 0) Atomics.pause?.();
    },
  },
  judge: quiet('producer', 'reader'),
}));
programs.add('no notify by a thread that is alone', { bounded: complete }, (library) => ({
  rings: { capacity: 2 },
  threads: {
    'producer and reader'(env) {
      const ring: TickRing = opened(library, env);
      const producer = env.prepare(() => ring.openProducer());
      const consumer = env.prepare(() => ring.openConsumer('reader'));
      const handle = (tick: { readonly n: number }, sequence: number): void => see(env, sequence, tick.n);
      producer.publish(fill, valueOf(0));
      producer.claim(1).abandon();
      producer.publishBatch([valueOf(1)], fill);
      using batch = consumer.take();
      let sequence = 0;
      for (const tick of batch!) handle(tick, sequence++);
      batch!.release();
      producer.publish(fill, valueOf(2));
      consumer.poll(handle);
      if (ring.remaining !== 2) throw new Error('slots are missing');
      producer[Symbol.dispose]();
      consumer[Symbol.dispose]();
    },
  },
  judge: (env) => {
    const seen = env.observed['producer and reader'].join();
    if (seen !== '0,1,2' || env.performed('producer and reader', 'notify') > 0)
      throw new Error(`saw ${seen}, notified ${env.performed('producer and reader', 'notify')} times`);
  },
}));

export const onlookerPrograms = programs.list;
