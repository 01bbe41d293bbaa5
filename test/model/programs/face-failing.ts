/** A consumer's handler throws, at every point of what those do who wait for it. */
import { complete } from './entry.js';
import type { Library } from '../library.js';
import { asyncPublisher, lastPublisher, publisher, reader } from './face-flow.js';
import type { open } from './face-threads.js';
import {
  ABORTED,
  aborter,
  allSeen,
  canceller,
  codeOf,
  type Consumer,
  endedWith,
  type Env,
  fill,
  firstSeen,
  opened,
  openToken,
  type Producer,
  producing,
  Programs,
  seated,
  see,
  told,
  valueOf,
  whenFree,
} from './face-threads.js';
import type { ConsumerFailedError } from '../../../src/index.js';
import * as ways from './face-ways.js';

const programs = new Programs();
const FAILED = 'ERR_CONSUMER_FAILED';

/** What a handler throws on purpose. */
class Stumble extends Error {}

/** More than one word, and another one for each sequence. */
const messageFor = (sequence: number): string => `${sequence} again ${sequence}`;

type Handler = Parameters<Consumer['run']>[0];

/** Sees the events that come before the one that it stumbles over each time. */
const stumblingAt =
  (env: Env, wrong: number): Handler =>
  (tick, sequence) => {
    if (sequence >= wrong) throw new Stumble(messageFor(sequence));
    see(env, sequence, tick.n);
  };

/** Runs, and observes that the handler's error came out. */
function stumble(env: Env, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Stumble)) throw error;
    env.observe('stumbled');
    return;
  }
  env.observe('done');
}

/** Handles what comes before event `wrong`, fails there, and stays. */
const failingReader =
  (library: Library, wrong = 0, name = 'reader') =>
  (env: Env): void => {
    const consumer = seated(library, env, name);
    stumble(env, () => consumer.run(stumblingAt(env, wrong)));
  };

/** Fails once at each event, and goes on every time. */
const stumblingReader =
  (library: Library) =>
  (env: Env): void => {
    const ring = opened(library, env);
    const consumer = env.prepare(() => ring.openConsumer('reader', { wait: 'park' }));
    let stumbledAt = -1;
    const handler: Handler = (tick, sequence) => {
      if (ring.snapshot().consumers[0].failed) throw new Error('it has failed although it went on');
      if (sequence > stumbledAt) {
        stumbledAt = sequence;
        throw new Stumble(messageFor(sequence));
      }
      see(env, sequence, tick.n);
    };
    while (!consumer.ended) {
      try {
        consumer.run(handler);
      } catch (error) {
        if (!(error instanceof Stumble)) throw error;
      }
    }
  };

function mustBeOfOneFailure({ sequence, message }: { sequence: number; message: string }): void {
  if (message !== messageFor(sequence)) throw new Error(`at ${sequence} it says ${message}`);
}

/** Publishes until it is taken: tries again whenever the consumer has failed. */
function publishAnyway(library: Library, producer: Producer): number {
  for (;;) {
    try {
      return producer.publish(fill, valueOf(producer.next));
    } catch (error) {
      if (codeOf(library, error) !== FAILED) throw error;
      const { sequence, reason } = error as ConsumerFailedError;
      mustBeOfOneFailure({ sequence, message: reason });
      Atomics.pause?.();
    }
  }
}

const persistentPublisher =
  (library: Library, events: number) =>
  (env: Env): void => {
    const ring = opened(library, env);
    const producer = producing(library, env);
    for (let event = 0; event < events; event++) env.observe(publishAnyway(library, producer));
    ring.close();
  };

// --- Producers that wait for it.

const failedRightly = endedWith({ producer: [FAILED], reader: ['stumbled'] }, ({ observed }) => {
  const [first, second] = observed['producer'];
  if (first !== 0 || second !== FAILED)
    throw new Error('the first event was not published, or the second was');
});

for (const [how, publishing] of [
  ['publishes', ways.publish(2)],
  ['publishes a batch', ways.publishBatch(2)],
] as const) {
  programs.add(
    `a consumer fails while its producer ${how}`,
    { bounded: complete, quick: true },
    (library) => ({
      rings: { capacity: 1 },
      threads: { producer: publisher(library, publishing), reader: failingReader(library) },
      judge: failedRightly,
    }),
  );
}
programs.add(
  'a consumer fails while its producer publishes asynchronously',
  { kind: 'asynchronous', bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: asyncPublisher(library, ways.publishAsync(2)),
      async reader(env) {
        const consumer = seated(library, env);
        await consumer.runAsync(stumblingAt(env, 0)).catch((error: unknown) => {
          if (!(error instanceof Stumble)) throw error;
          env.observe('stumbled');
        });
      },
    },
    judge: failedRightly,
  }),
);
programs.add('a consumer fails, and there is room for its producer', { bounded: complete }, (library) => ({
  rings: { capacity: 2 },
  threads: { producer: publisher(library, ways.publish(3)), reader: failingReader(library, 1) },
  judge: endedWith({ producer: ['done'], reader: ['stumbled'] }, () => undefined),
}));
programs.add('a consumer fails, and others are told to wait', {}, (library) => ({
  rings: { capacity: 1, whenConsumerFails: 'wait' },
  threads: { producer: lastPublisher(library, ways.publish(2)), reader: stumblingReader(library) },
  judge: endedWith({ producer: ['done'] }, allSeen),
}));
programs.add('a consumer fails at each event and goes on', {}, (library) => ({
  rings: { capacity: 1 },
  threads: { producer: persistentPublisher(library, 2), reader: stumblingReader(library) },
  judge: allSeen,
}));
programs.add('a consumer fails and leaves, and another goes on in its seat', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: persistentPublisher(library, 2),
    first(env) {
      const consumer = seated(library, env);
      stumble(env, () => consumer.run(stumblingAt(env, 0)));
      consumer[Symbol.dispose]();
    },
    reader(env) {
      const ring = opened(library, env);
      const consumer = whenFree(library, () => ring.openConsumer('reader', { wait: 'park' }));
      consumer.run((tick, sequence) => {
        if (ring.snapshot().consumers[0].failed)
          throw new Error('the one before it has failed, not this one');
        see(env, sequence, tick.n);
      });
    },
  },
  judge: allSeen,
}));
programs.add('one of two producers waits while a consumer fails', {}, (library) => ({
  rings: { capacity: 2, producers: 2 },
  threads: {
    one: publisher(library, ways.publish(2)),
    other: publisher(library, ways.publish(1)),
    reader: failingReader(library),
  },
  judge: ({ observed }) => {
    const told = [observed['one'].at(-1), observed['other'].at(-1)];
    if (told.filter((end) => end === FAILED).length !== 1) throw new Error(`they were told ${told.join()}`);
  },
}));

// --- Others that wait for it.

programs.add('a consumer fails while another waits behind it', { bounded: complete }, (library) => ({
  rings: { capacity: 1, consumers: { reader: {}, behind: { after: ['reader'] } } },
  threads: {
    producer: publisher(library, ways.publish(1)),
    reader: failingReader(library),
    behind: reader(library, ways.run, 'behind'),
  },
  judge: endedWith({ producer: ['done'], reader: ['stumbled'], behind: [FAILED] }, () => undefined),
}));
for (const [what, wait] of [
  ['drained()', (ring) => ring.drained({ wait: 'park' })],
  ['processed()', (ring) => ring.processed(0, { wait: 'park' })],
] as readonly [string, (ring: ReturnType<typeof open>) => void][]) {
  programs.add(`a consumer fails, closed at any point, while somebody waits for ${what}`, {}, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: lastPublisher(library, ways.publish(1)),
      reader: failingReader(library),
      onlooker(env) {
        const ring = opened(library, env);
        told(library, env, () => wait(ring));
      },
    },
    judge: endedWith({ producer: ['done'], reader: ['stumbled'], onlooker: [FAILED] }, () => undefined),
  }));
}
programs.add('snapshots while a consumer fails at each event and goes on', {}, (library) => ({
  rings: { capacity: 2 },
  threads: {
    producer: lastPublisher(library, ways.publish(2)),
    reader: stumblingReader(library),
    onlooker(env) {
      const ring = opened(library, env);
      for (let look = 0; look < 2; look++) {
        const { failed } = ring.snapshot().consumers[0];
        if (failed) mustBeOfOneFailure(failed);
      }
    },
  },
  judge: allSeen,
}));

// --- Groups.

programs.add('a worker fails while its producer publishes', { bounded: complete }, (library) => ({
  rings: { capacity: 1, consumers: { reader: { workers: 1 } } },
  threads: { producer: publisher(library, ways.publish(2)), reader: failingReader(library) },
  judge: failedRightly,
}));
programs.add('a worker fails and leaves, and another takes over what it had in hand', {}, (library) => ({
  rings: { capacity: 2, consumers: { group: { workers: 2 } } },
  threads: {
    producer: lastPublisher(library, ways.publish(1)),
    failing(env) {
      const consumer = seated(library, env, 'group');
      stumble(env, () => consumer.run(stumblingAt(env, 0)));
      consumer[Symbol.dispose]();
    },
    worker(env) {
      const ring = opened(library, env);
      const consumer = env.prepare(() => ring.openConsumer('group', { wait: 'park' }));
      consumer.run((tick, sequence) => {
        if (ring.snapshot().consumers[0].failed) throw new Error('what it took over has failed');
        see(env, sequence, tick.n);
      });
    },
  },
  judge: ({ observed }) => {
    const seen = observed['worker'].join();
    if (seen !== '0') throw new Error(`the other worker saw ${seen}`);
  },
}));

// --- Passing over, and trying again.

const thrownOnce = (env: Env): Handler => {
  let thrown = false;
  return (tick, sequence) => {
    if (!thrown) {
      thrown = true;
      throw new Stumble(messageFor(sequence));
    }
    see(env, sequence, tick.n);
  };
};

programs.add('an event is skipped', { bounded: complete }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: lastPublisher(library, ways.publish(2)),
    reader(env) {
      const consumer = seated(library, env);
      consumer.run(thrownOnce(env), { onError: 'skip' });
      env.observe(`skipped ${consumer.skipped}`);
    },
  },
  judge: ({ observed }) => {
    const seen = observed['reader'].join();
    if (seen !== '1,skipped 1') throw new Error(`the reader saw ${seen}`);
  },
}));
programs.add('an event is tried again', { bounded: complete }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: lastPublisher(library, ways.publish(2)),
    reader(env) {
      seated(library, env).run(thrownOnce(env), { onError: { retry: 1 } });
    },
  },
  judge: allSeen,
}));

/** Pauses for ever, unless something ends the pause. */
const pausing =
  (library: Library) =>
  (env: Env): void => {
    const ring = opened(library, env);
    const cancel = env.prepare(() => openToken(library, env));
    const consumer = env.prepare(() => ring.openConsumer('reader', { wait: 'park' }));
    told(library, env, () =>
      consumer.run(thrownOnce(env), { cancel, wait: 'park', onError: { retry: 1, pauseMs: Infinity } }),
    );
  };
programs.add('a pause is ended by a close', { bounded: complete }, (library) => ({
  rings: { capacity: 1 },
  threads: { producer: lastPublisher(library, ways.publish(1)), reader: pausing(library) },
  judge: endedWith({ reader: ['done'] }, allSeen),
}));
programs.add('a pause is ended by an abort', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: publisher(library, ways.publish(1)),
    reader: pausing(library),
    aborter: aborter(library),
  },
  judge: endedWith({ reader: [ABORTED] }, firstSeen),
}));
programs.add('a pause is ended by a token', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: publisher(library, ways.publish(1)),
    reader: pausing(library),
    canceller: canceller(library),
  },
  judge: endedWith({ reader: ['ERR_CANCELLED'] }, firstSeen),
}));

export const failingPrograms = programs.list;
