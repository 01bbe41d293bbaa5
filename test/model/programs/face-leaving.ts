/** Seats that are left while somebody waits in them on an event loop. */
import { complete } from './entry.js';
import { lastPublisher, publisher, reader } from './face-flow.js';
import { runAll, takeOne } from './face-signals.js';
import {
  allSeen,
  codeOf,
  type Consumer,
  type Env,
  fill,
  opened,
  producing,
  Programs,
  seated,
  see,
  toldAsync,
  valueOf,
  whenFree,
} from './face-threads.js';
import * as ways from './face-ways.js';

const programs = new Programs();

const onLoop = { kind: 'asynchronous' } as const;
const alone = { ...onLoop, bounded: complete } as const;

/** Whoever waits in a seat that is left is told so. */
const allLeft: typeof allSeen = ({ observed }) => {
  for (const [thread, [told]] of Object.entries(observed))
    if (told !== 'ERR_SEAT_LEFT') throw new Error(`${thread} was told ${String(told)}`);
};

for (const [how, leave] of [
  ['disposed', (consumer: Consumer) => consumer[Symbol.dispose]()],
  ['disposed asynchronously', (consumer: Consumer) => void consumer[Symbol.asyncDispose]()],
] as const) {
  programs.add(`a consumer is ${how} while it awaits what never comes`, alone, (library) => ({
    rings: { capacity: 1 },
    threads: {
      async reader(env) {
        const consumer = seated(library, env);
        env.task(() => leave(consumer));
        await toldAsync(library, env, () => runAll(env, consumer));
      },
    },
    judge: allLeft,
  }));
}
programs.add('a producer is disposed while it awaits what never comes', alone, (library) => ({
  rings: { capacity: 1 },
  threads: {
    async producer(env) {
      const producer = producing(library, env);
      producer.publish(fill, valueOf(0));
      env.task(() => producer[Symbol.dispose]());
      await toldAsync(library, env, async () => void (await producer.claimAsync(1)));
    },
  },
  judge: allLeft,
}));

programs.add('a consumer is disposed while it awaits an event, and opened again', alone, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: publisher(library, ways.publish(1)),
    async reader(env) {
      const ring = opened(library, env);
      const consumer = env.prepare(() => ring.openConsumer('reader'));
      env.task(() => consumer[Symbol.dispose]());
      const left = await takeOne(env, consumer).then(
        () => false,
        (error: unknown) => codeOf(library, error) === 'ERR_SEAT_LEFT',
      );
      if (left) await takeOne(env, ring.openConsumer('reader'));
    },
  },
  judge: allSeen,
}));
// What it was about to be given is for the next one.
for (const [when, leave] of [
  ['while it awaits an event', (env, consumer) => env.task(() => consumer[Symbol.dispose]())],
  ['right after it asked for an event', (_, consumer) => consumer[Symbol.dispose]()],
] as readonly [string, (env: Env, consumer: Consumer) => void][]) {
  programs.add(`a consumer is disposed ${when}, and another thread goes on`, onLoop, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      async reader(env) {
        const ring = opened(library, env);
        const consumer = env.prepare(() => ring.openConsumer('reader'));
        const taking = consumer.takeAsync();
        // The checker may leave this thread before it awaits the promise, which then rejects all the same.
        taking.catch(() => undefined);
        leave(env, consumer);
        try {
          const batch = await taking;
          for (const tick of batch!) see(env, batch!.first, tick.n);
          batch!.release();
        } catch (error) {
          if (codeOf(library, error) !== 'ERR_SEAT_LEFT') throw error;
        }
        consumer[Symbol.dispose]();
      },
      async another(env) {
        const ring = opened(library, env);
        const consumer = whenFree(library, () => ring.openConsumer('reader'));
        if (consumer.next === 0) await takeOne(env, consumer);
      },
    },
    judge: ({ observed }) => {
      const seen = [...observed['reader'], ...observed['another']].join();
      if (seen !== '0') throw new Error(`saw ${seen || 'nothing'}`);
      return observed['reader'].length;
    },
  }));
}
programs.add(
  'a consumer is disposed asynchronously while a handler has an event in hand',
  onLoop,
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: lastPublisher(library, ways.publish(1)),
      async reader(env) {
        const ring = opened(library, env);
        const consumer = env.prepare(() => ring.openConsumer('reader'));
        let done: () => void = () => undefined;
        const asked = new Promise<void>((resolve) => (done = resolve));
        env.task(done);
        const left = asked.then(() => consumer[Symbol.asyncDispose]());
        await consumer
          .runAsync(async (tick, sequence) => {
            await new Promise<void>((resolve) => env.task(resolve));
            see(env, sequence, tick.n);
          })
          .catch((error: unknown) => codeOf(library, error));
        await left;
        await runAll(env, ring.openConsumer('reader'));
      },
    },
    judge: allSeen,
  }),
);
programs.add('a producer is disposed while it awaits room, and opened again', onLoop, (library) => ({
  rings: { capacity: 1 },
  threads: {
    async producer(env) {
      const ring = opened(library, env);
      const producer = env.prepare(() => ring.openProducer({ wait: 'park' }));
      env.observe(producer.publish(fill, valueOf(0)));
      env.task(() => producer[Symbol.dispose]());
      try {
        env.observe(await producer.publishAsync(fill, valueOf(1)));
      } catch (error) {
        if (codeOf(library, error) !== 'ERR_SEAT_LEFT') throw error;
        env.observe(await ring.openProducer().publishAsync(fill, valueOf(1)));
      }
    },
    reader: reader(library, ways.take(2)),
  },
  judge: allSeen,
}));

export const leavingPrograms = programs.list;
