/** Events go through: every way to publish, and every way to consume. */
import { complete } from './entry.js';
import type { Library } from '../library.js';
import {
  allSeen,
  type Env,
  opened,
  producing,
  Programs,
  seated,
  see,
  told,
  toldAsync,
} from './face-threads.js';
import * as ways from './face-ways.js';

const programs = new Programs();

export const publisher =
  (library: Library, publishing: ways.Publishing) =>
  (env: Env): void => {
    const producer = producing(library, env);
    told(library, env, () => publishing(producer, env.observe));
  };

/** Closes the ring after it. */
export const lastPublisher =
  (library: Library, publishing: ways.Publishing) =>
  (env: Env): void => {
    const ring = opened(library, env);
    publisher(library, publishing)(env);
    ring.close();
  };

export const asyncPublisher =
  (library: Library, publishing: ways.PublishingAsync) =>
  async (env: Env): Promise<void> => {
    const producer = producing(library, env);
    await toldAsync(library, env, () => publishing(producer, env.observe));
  };

const lastAsyncPublisher =
  (library: Library, publishing: ways.PublishingAsync) =>
  async (env: Env): Promise<void> => {
    const ring = opened(library, env);
    await asyncPublisher(library, publishing)(env);
    ring.close();
  };

export const reader =
  (library: Library, consuming: ways.Consuming, name = 'reader') =>
  (env: Env): void => {
    const consumer = seated(library, env, name);
    told(library, env, () => consuming(consumer, (sequence, value) => see(env, sequence, value)));
  };

export const asyncReader =
  (library: Library, consuming: ways.ConsumingAsync, name = 'reader') =>
  (env: Env): Promise<void> => {
    const consumer = seated(library, env, name);
    return toldAsync(library, env, () => consuming(consumer, (sequence, value) => see(env, sequence, value)));
  };

// The reader stops after so many events: a close would make the search far longer, and has programs of its own.
const waysToPublish: readonly [string, number, number, ways.Publishing][] = [
  ['2 events, one by one', 1, 2, ways.publish(2)],
  ['2 events in lots of 1', 1, 2, ways.publishBatch(2)],
  ['3 events in lots of 2', 2, 3, ways.publishBatch(3)],
  ['a claim of 2 and one of 1', 2, 3, ways.publishClaims],
  ['2 events with claims abandoned and fills that throw in between', 1, 2, ways.publishAndAbandon],
];
for (const [what, capacity, events, publishing] of waysToPublish) {
  programs.add(`publishing ${what}, capacity ${capacity}`, { bounded: complete }, (library) => ({
    rings: { capacity },
    threads: { producer: publisher(library, publishing), reader: reader(library, ways.take(events)) },
    judge: allSeen,
  }));
}
programs.add('publishing where there is room, capacity 1', { bounded: complete, quick: true }, (library) => ({
  rings: { capacity: 1 },
  threads: { producer: lastPublisher(library, ways.tryPublish(2)), reader: reader(library, ways.run) },
  judge: allSeen,
}));

const waysToConsume: readonly [string, number, ways.Consuming][] = [
  ['by run', 2, ways.run],
  ['by poll', 1, ways.poll],
  ['by iterating over batches of 1', 2, ways.iterate],
  ['by iterations that are left early', 2, ways.leaveAndComeAgain],
  ['by a handler that throws', 2, ways.stumbleAndRunAgain],
  ['spinning', 1, ways.spin],
];
for (const [how, capacity, consuming] of waysToConsume) {
  programs.add(`consuming 2 events ${how}, capacity ${capacity}`, { bounded: complete }, (library) => ({
    rings: { capacity },
    threads: { producer: lastPublisher(library, ways.publish(2)), reader: reader(library, consuming) },
    judge: allSeen,
  }));
}

const waysOnALoop: readonly [string, ways.PublishingAsync, ways.ConsumingAsync][] = [
  ['publishAsync and takeAsync', ways.publishAsync(2), ways.takeAsync(2)],
  ['two calls of publishAsync at a time and for await', ways.publishAsyncTwice, ways.iterateAsync(2)],
];
for (const [how, publishing, consuming] of waysOnALoop) {
  programs.add(
    `2 events through ${how}, capacity 1`,
    { kind: 'asynchronous', bounded: complete },
    (library) => ({
      rings: { capacity: 1 },
      threads: { producer: asyncPublisher(library, publishing), reader: asyncReader(library, consuming) },
      judge: allSeen,
    }),
  );
}
programs.add(
  '1 event through claimAsync and runAsync',
  { kind: 'asynchronous', bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: lastAsyncPublisher(library, ways.claimAsync),
      reader: asyncReader(library, ways.runAsync),
    },
    judge: allSeen,
  }),
);

export const flowPrograms = programs.list;
