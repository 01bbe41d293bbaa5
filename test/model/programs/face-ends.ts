/** A third thread closes or aborts, at every point of what the others do; and those who wait for the end. */
import { complete } from './entry.js';
import type { Library } from '../library.js';
import { asyncPublisher, asyncReader, lastPublisher, publisher, reader } from './face-flow.js';
import {
  abort,
  ABORTED,
  aborter,
  allSeen,
  close,
  CLOSED,
  closer,
  endedWith,
  type Env,
  firstSeen,
  open,
  opened,
  Programs,
  type Threads,
  type TickRing,
  told,
  toldAsync,
} from './face-threads.js';
import * as ways from './face-ways.js';

const programs = new Programs();

/** A publish that returned reaches every consumer, one that threw reaches none. */
const closedRightly = endedWith({ producer: ['done', CLOSED], reader: ['done'] }, allSeen);
/** Whoever is told of the abort is told why. */
const abortedRightly = endedWith({ producer: ['done', ABORTED], reader: [ABORTED] }, firstSeen);

const flows: readonly [string, ways.Publishing, ways.Consuming][] = [
  ['an event is published and run', ways.publish(1), ways.run],
  ['two events are published and taken', ways.publish(2), ways.take()],
  ['a batch is published in lots and iterated over', ways.publishBatch(2), ways.iterate],
  ['an event is published where there is room, and polled', ways.tryPublish(1), ways.poll],
];
for (const [what, publishing, consuming] of flows) {
  programs.add(`closed while ${what}`, {}, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, publishing),
      reader: reader(library, consuming),
      closer: closer(library),
    },
    judge: closedRightly,
  }));
  programs.add(`aborted while ${what}`, {}, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, publishing),
      reader: reader(library, consuming),
      aborter: aborter(library),
    },
    judge: abortedRightly,
  }));
}

programs.add('closed while claims are filled, abandoned and committed', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: publisher(library, ways.publishAndAbandon),
    reader: reader(library, ways.run),
    closer: closer(library),
  },
  judge: closedRightly,
}));

const loops: readonly [string, ways.PublishingAsync, ways.ConsumingAsync][] = [
  ['publishAsync and runAsync', ways.publishAsync(1), ways.runAsync],
  ['two calls of publishAsync at a time and takeAsync', ways.publishAsyncTwice, ways.takeAsync()],
  ['claimAsync and for await', ways.claimAsync, ways.iterateAsync()],
];
for (const [what, publishing, consuming] of loops) {
  const choices = { kind: 'asynchronous' } as const;
  programs.add(`closed during ${what}`, choices, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: asyncPublisher(library, publishing),
      reader: asyncReader(library, consuming),
      closer: closer(library),
    },
    judge: closedRightly,
  }));
  programs.add(`aborted during ${what}`, choices, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: asyncPublisher(library, publishing),
      reader: asyncReader(library, consuming),
      aborter: aborter(library),
    },
    judge: abortedRightly,
  }));
}

/** One ends the ring and may die on the way; another does it again when that one is over. */
const again = (library: Library, end: (ring: TickRing) => void): Threads => ({
  mortal: (env) => end(opened(library, env)),
  other: (env) => {
    const ring = opened(library, env);
    env.join('mortal');
    end(ring);
  },
});

programs.add(
  'ring.close() by one who may die, then by another',
  { options: { kill: ['mortal'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: reader(library, ways.run),
      ...again(library, close),
    },
    judge: closedRightly,
  }),
);
// Who dies before the reason stands takes it along.
programs.add(
  'ring.abort() by one who may die, then by another',
  { options: { kill: ['mortal'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: reader(library, ways.run),
      ...again(library, abort),
    },
    judge: endedWith({ reader: [ABORTED, 'ERR_RING_ABORTED The ring was aborted.'] }, firstSeen),
  }),
);

programs.add('an event through a chain of 2, closed at any point', {}, (library) => ({
  rings: { capacity: 1, consumers: { reader: {}, 'reader behind': { after: ['reader'] } } },
  threads: {
    producer: publisher(library, ways.publish(1)),
    reader: reader(library, ways.run),
    'reader behind': reader(library, ways.run, 'reader behind'),
    closer: closer(library),
  },
  judge: endedWith({ producer: ['done', CLOSED], reader: ['done'], 'reader behind': ['done'] }, allSeen),
}));

// --- Those who wait for the end, or for an event, without a seat.

const drained = (ring: TickRing): void => ring.drained({ wait: 'park' });
const processed = (ring: TickRing): void => ring.processed(0, { wait: 'park' });

/** Waits; then observes how far the consumer is. */
const onlooker =
  (library: Library, wait: (ring: TickRing) => void) =>
  (env: Env): void => {
    const ring = opened(library, env);
    told(library, env, () => {
      wait(ring);
      env.observe(ring.snapshot().consumers[0].position);
    });
  };

const onlookerOnLoop =
  (library: Library, wait: (ring: TickRing) => Promise<void>) =>
  (env: Env): Promise<void> => {
    const ring = opened(library, env);
    return toldAsync(library, env, async () => {
      await wait(ring);
      env.observe(ring.snapshot().consumers[0].position);
    });
  };

/** Whoever waited for the end found the consumer at it; everybody else is judged as before. */
function waitedRightly(ends: readonly string[], judge: typeof allSeen): typeof allSeen {
  return endedWith({ onlooker: ends }, (env) => {
    const [position, told] = env.observed['onlooker'];
    if (told === 'done' && position !== env.observed['reader'].length - 1)
      throw new Error(`the consumer was at ${String(position)}`);
    return judge(env);
  });
}

const flow = (library: Library): Threads => ({
  producer: publisher(library, ways.publish(1)),
  reader: reader(library, ways.run),
});

programs.add('drained(), closed at any point', {}, (library) => ({
  rings: { capacity: 1 },
  threads: { ...flow(library), closer: closer(library), onlooker: onlooker(library, drained) },
  judge: waitedRightly(['done'], closedRightly),
}));
programs.add('drained(), aborted at any point', {}, (library) => ({
  rings: { capacity: 1 },
  threads: { ...flow(library), aborter: aborter(library), onlooker: onlooker(library, drained) },
  judge: waitedRightly([ABORTED], abortedRightly),
}));
programs.add('processed(), closed at any point', {}, (library) => ({
  rings: { capacity: 1 },
  threads: { ...flow(library), closer: closer(library), onlooker: onlooker(library, processed) },
  judge: waitedRightly(['done', CLOSED], closedRightly),
}));
programs.add('drainedAsync(), closed at any point', { kind: 'asynchronous' }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    ...flow(library),
    closer: closer(library),
    onlooker: onlookerOnLoop(library, (ring) => ring.drainedAsync()),
  },
  judge: waitedRightly(['done'], closedRightly),
}));
programs.add('processedAsync(), aborted at any point', { kind: 'asynchronous' }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    ...flow(library),
    aborter: aborter(library),
    onlooker: onlookerOnLoop(library, (ring) => ring.processedAsync(0)),
  },
  judge: waitedRightly(['done', ABORTED], abortedRightly),
}));
// As a main thread does at its end: publish, close, wait for the others.
for (const [what, wait] of [
  ['drained()', drained],
  ['processed()', processed],
] as const) {
  programs.add(`${what} by the one who published an event and closed`, { bounded: complete }, (library) => ({
    rings: { capacity: 1 },
    threads: {
      'producer and onlooker': (env) => {
        lastPublisher(library, ways.publish(1))(env);
        const ring = open(library, env);
        wait(ring);
        if (ring.snapshot().consumers[0].position !== 1) throw new Error('the consumer is not done');
      },
      reader: reader(library, ways.take(1)),
    },
    judge: allSeen,
  }));
}

export const endPrograms = programs.list;
