/** Waits on an event loop that end before their time, by a time-out or by a signal. The seat can be used again. */
import { complete } from './entry.js';
import type { Library } from '../library.js';
import { lastPublisher, publisher, reader } from './face-flow.js';
import {
  allSeen,
  codeOf,
  type Consumer,
  endedWith,
  type Env,
  fill,
  opened,
  producing,
  Programs,
  seated,
  see,
  toldAsync,
  valueOf,
} from './face-threads.js';
import * as ways from './face-ways.js';
import type { AsyncWaitOptions } from '../../../src/index.js';

const programs = new Programs();

const SIGNALLED = new Error('signalled');

/** Aborted at any time from now on. */
function signal(env: Env): AsyncWaitOptions {
  const controller = new AbortController();
  env.task(() => controller.abort(SIGNALLED));
  return { signal: controller.signal };
}

const timeout = (): AsyncWaitOptions => ({ timeoutMs: 10 });

/** Where its limits end the wait, calls once more without. */
async function andAgain<T>(
  library: Library,
  limits: AsyncWaitOptions,
  act: (limits: AsyncWaitOptions) => Promise<T>,
): Promise<T> {
  try {
    return await act(limits);
  } catch (error) {
    if (error !== SIGNALLED && codeOf(library, error) !== 'ERR_TIMED_OUT') throw error;
    return act({});
  }
}

export async function takeOne(env: Env, consumer: Consumer, limits: AsyncWaitOptions = {}): Promise<void> {
  using batch = await consumer.takeAsync(limits);
  for (const tick of batch!) see(env, batch!.first, tick.n);
}

export const runAll = async (env: Env, consumer: Consumer, limits: AsyncWaitOptions = {}): Promise<void> => {
  await consumer.runAsync((tick, sequence) => see(env, sequence, tick.n), limits);
};

const limitedReader =
  (library: Library, consuming: typeof takeOne, limiting: (env: Env) => AsyncWaitOptions) =>
  (env: Env): Promise<void> => {
    const consumer = seated(library, env);
    return toldAsync(library, env, () =>
      andAgain(library, limiting(env), (limits) => consuming(env, consumer, limits)),
    );
  };

const onLoop = { kind: 'asynchronous' } as const;
const alone = { ...onLoop, bounded: complete } as const;

for (const [what, options, limiting] of [
  ['times out', { timeouts: 1 }, timeout],
  ['a signal ends', {}, signal],
] as const) {
  programs.add(`a takeAsync that ${what}, and another`, { ...alone, options }, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: limitedReader(library, takeOne, limiting),
    },
    judge: endedWith({ reader: ['done'] }, allSeen),
  }));
  programs.add(`a runAsync that ${what}, and another`, { ...onLoop, options }, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: lastPublisher(library, ways.publish(1)),
      reader: limitedReader(library, runAll, limiting),
    },
    judge: endedWith({ reader: ['done'] }, allSeen),
  }));
  programs.add(
    `a publishAsync that ${what} in a full ring, and another`,
    { ...onLoop, options },
    (library) => ({
      rings: { capacity: 1 },
      threads: {
        async producer(env) {
          const producer = producing(library, env);
          env.observe(producer.publish(fill, valueOf(0)));
          env.observe(
            await andAgain(library, limiting(env), (limits) =>
              producer.publishAsync(limits, fill, valueOf(1)),
            ),
          );
        },
        reader: reader(library, ways.take(2)),
      },
      judge: allSeen,
    }),
  );
}

// Nobody else would wake them.
programs.add('a signal ends the wait for what never comes', { ...alone, quick: true }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    async reader(env) {
      const consumer = seated(library, env);
      const limits = signal(env);
      env.observe(await consumer.takeAsync(limits).catch((error: unknown) => error === SIGNALLED));
      env.observe(await consumer.takeAsync(limits).catch((error: unknown) => error === SIGNALLED));
    },
    async onlooker(env) {
      const ring = opened(library, env);
      env.observe(await ring.drainedAsync(signal(env)).catch((error: unknown) => error === SIGNALLED));
    },
  },
  judge: ({ observed }) => {
    if (`${observed['reader'].join()} ${observed['onlooker'].join()}` !== 'true,true true')
      throw new Error('not told');
  },
}));
// The publish has cleared the parked bit and died before its notify: the bit says that nobody sleeps.
programs.add(
  'a signal ends a wait although the one who should have woken it died',
  { ...alone, quick: true, options: { kill: ['producer'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      async reader(env) {
        const consumer = seated(library, env);
        const limits = signal(env);
        env.observe(
          await consumer.takeAsync(limits).then(
            () => 'taken',
            (error: unknown) => error === SIGNALLED,
          ),
        );
      },
    },
    judge: ({ observed }) => {
      const told = observed['reader'].join();
      if (told !== 'true' && told !== 'taken') throw new Error(`was told ${told}`);
    },
  }),
);
// Meanwhile a look of the same seat has named another word than the one that is slept on.
programs.add(
  'a signal ends a publishAsync although its seat looked elsewhere and the one who should have woken it died',
  { ...onLoop, options: { kill: ['reader'] } },
  (library) => ({
    rings: { capacity: 1, consumers: ['reader', 'reader too'] },
    threads: {
      async producer(env) {
        const producer = producing(library, env);
        const controller = new AbortController();
        producer.publish(fill, valueOf(0));
        env.task(() => {
          if (producer.tryPublish(fill, valueOf(1)) === undefined) controller.abort(SIGNALLED);
        });
        await producer
          .publishAsync({ signal: controller.signal }, fill, valueOf(1))
          .catch((error: unknown) => env.observe(error === SIGNALLED));
      },
      reader: reader(library, ways.take(1)),
    },
    judge: ({ observed }) => {
      if (observed['producer'].join() !== 'true') throw new Error('not told');
    },
  }),
);
programs.add('a signal ends a publishAsync that waits for its turn', onLoop, (library) => ({
  rings: { capacity: 1 },
  threads: {
    async producer(env) {
      const producer = producing(library, env);
      env.observe(producer.publish(fill, valueOf(0)));
      const [one, other] = await Promise.allSettled([
        producer.publishAsync(fill, valueOf(1)),
        producer.publishAsync(signal(env), fill, valueOf(2)),
      ]);
      for (const call of [one, other]) {
        if (call.status === 'fulfilled') env.observe(call.value);
        else if (call.reason !== SIGNALLED) throw call.reason;
      }
      // The seat is as usable as before.
      const claim = producer.tryClaim(1);
      claim?.abandon();
    },
    reader: (env) => {
      const consumer = seated(library, env);
      consumer.take()!.release();
      consumer.take()!.release();
    },
  },
  judge: ({ observed }) => {
    const published = observed['producer'].join();
    if (published !== '0,1' && published !== '0,1,2') throw new Error(`published ${published}`);
    return published;
  },
}));

programs.add('a publishAsync that comes later does not pass one that waits', onLoop, (library) => ({
  rings: { capacity: 1 },
  threads: {
    async producer(env) {
      const producer = producing(library, env);
      env.observe(producer.publish(fill, valueOf(0)));
      const one = producer.publishAsync(fill, valueOf(1));
      const other = new Promise<number>((resolve) => {
        env.task(() => resolve(producer.publishAsync(fill, valueOf(2))));
      });
      env.observe(await one);
      env.observe(await other);
    },
    reader: reader(library, ways.take(3)),
  },
  judge: allSeen,
}));

export const signalPrograms = programs.list;
