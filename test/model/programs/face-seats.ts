/** Rings and seats that are opened, left and opened again while the others are at work. */
import { complete } from './entry.js';
import { publisher, reader } from './face-flow.js';
import {
  allSeen,
  type Consumer,
  endedWith,
  type Env,
  fill,
  open,
  opened,
  type Producer,
  producing,
  Programs,
  seated,
  see,
  TAKEN,
  type TickRing,
  told,
  valueOf,
  whenFree,
} from './face-threads.js';
import * as ways from './face-ways.js';

const programs = new Programs();

function publishOne(env: Env, producer: Producer): void {
  env.observe(producer.publish(fill, valueOf(producer.next)));
}

function takeOne(env: Env, consumer: Consumer): void {
  using batch = consumer.take({ wait: 'park', max: 1 });
  for (const tick of batch!) see(env, batch!.first, tick.n);
}

const openProducer = (ring: TickRing): Producer => ring.openProducer({ wait: 'park' });

programs.add(
  'a ring is opened, and a consumer, while an event is published',
  { bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: (env) => takeOne(env, open(library, env).openConsumer('reader')),
    },
    judge: allSeen,
  }),
);
programs.add(
  'a ring is opened, and its producer, while the consumer waits',
  { bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer(env) {
        const ring = open(library, env);
        using producer = ring.openProducer();
        publishOne(env, producer);
        ring.close();
      },
      reader: reader(library, ways.run),
    },
    judge: endedWith({ reader: ['done'] }, allSeen),
  }),
);
programs.add('2 threads open the ring, and a consumer each, at once', {}, (library) => {
  const opener = (env: Env): void => takeOne(env, open(library, env).openConsumer(env.name));
  return {
    rings: { capacity: 1, consumers: ['reader', 'reader too'] },
    threads: { producer: publisher(library, ways.publish(1)), reader: opener, 'reader too': opener },
    judge: allSeen,
  };
});
programs.add('2 threads open the producer at once', { bounded: complete }, (library) => {
  const racer = (env: Env): void => {
    const ring = opened(library, env);
    told(library, env, () => publishOne(env, openProducer(ring)));
  };
  return {
    rings: { capacity: 1 },
    threads: { producer: racer, 'producer too': racer, reader: reader(library, ways.take(1)) },
    judge: (env) => {
      const [one, other] = [env.observed['producer'].join(), env.observed['producer too'].join()].sort();
      if (one !== '0,done' || other !== TAKEN) throw new Error(`${one} and ${other}`);
      return allSeen(env);
    },
  };
});
programs.add('2 threads open a consumer at once', { quick: true, bounded: complete }, (library) => {
  const racer = (env: Env): void => {
    const ring = opened(library, env);
    told(library, env, () => takeOne(env, ring.openConsumer('reader')));
  };
  return {
    rings: { capacity: 1 },
    threads: { producer: publisher(library, ways.publish(1)), one: racer, other: racer },
    judge: ({ observed }) => {
      const [one, other] = [observed['one'].join(), observed['other'].join()].sort();
      if (one !== '0,done' || other !== TAKEN) throw new Error(`${one} and ${other}`);
    },
  };
});
programs.add('a producer leaves its seat, and another goes on', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer(env) {
      using producer = producing(library, env);
      publishOne(env, producer);
    },
    'producer after it'(env) {
      const ring = opened(library, env);
      publishOne(
        env,
        whenFree(library, () => openProducer(ring)),
      );
    },
    reader: reader(library, ways.take(2)),
  },
  judge: ({ observed }) => {
    const published = [...observed['producer'], ...observed['producer after it']].sort();
    if (published.join() !== '0,1' || observed['reader'].slice(0, 2).join() !== '0,1')
      throw new Error(`published ${published.join()}, seen ${observed['reader'].join()}`);
    return observed['producer'].join();
  },
}));
// The slot was filled by the one who left, and is filled again.
programs.add(
  'a producer leaves a claim open, and another goes on',
  { quick: true, bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer(env) {
        using producer = producing(library, env);
        for (const tick of producer.claim(1)) tick.n = -1;
      },
      'producer after it'(env) {
        const ring = opened(library, env);
        env.join('producer');
        publishOne(env, openProducer(ring));
      },
      reader: reader(library, ways.take(1)),
    },
    judge: allSeen,
  }),
);
programs.add('a consumer leaves its seat, and another goes on', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: publisher(library, ways.publish(2)),
    reader(env) {
      {
        using consumer = seated(library, env);
        takeOne(env, consumer);
      }
      env.join('another');
    },
    another(env) {
      const ring = opened(library, env);
      takeOne(
        env,
        whenFree(library, () => ring.openConsumer('reader')),
      );
    },
  },
  judge: ({ observed }) => {
    const seen = [...observed['reader'], ...observed['another']].sort();
    if (seen.join() !== '0,1') throw new Error(`saw ${seen.join()}`);
    return observed['reader'].join();
  },
}));
programs.add(
  'a consumer leaves with a batch in hand, which comes again',
  { quick: true, bounded: complete },
  (library) => ({
    rings: { capacity: 2 },
    threads: {
      producer: publisher(library, ways.publish(2)),
      'first reader'(env) {
        using ring = opened(library, env);
        const batch = ring.openConsumer('reader', { wait: 'park' }).take()!;
        env.observe(batch.first);
      },
      reader(env) {
        const ring = opened(library, env);
        env.join('first reader');
        using consumer = ring.openConsumer('reader');
        takeOne(env, consumer);
        takeOne(env, consumer);
      },
    },
    judge: (env) => {
      if (env.observed['first reader'].join() !== '0') throw new Error('the first one saw another event');
      return allSeen(env);
    },
  }),
);

export const seatPrograms = programs.list;
