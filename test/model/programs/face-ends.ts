/** A third thread closes or aborts, at every point of what the others do; and those who wait for the end. */
import type { Library } from '../library.js';
import { asyncPublisher, asyncReader, publisher, reader } from './face-flow.js';
import {
  ABORTED,
  aborter,
  allSeen,
  CLOSED,
  closer,
  complete,
  endedWith,
  type Env,
  firstSeen,
  opened,
  Programs,
  type Threads,
  told,
  toldAsync,
} from './face-threads.js';
import * as ways from './face-ways.js';

const programs = new Programs();

/** A publish that returned reaches every consumer, one that threw reaches none. */
const closedRightly = endedWith({ producer: ['done', CLOSED], reader: ['done'] }, allSeen);
/** Whoever is told of the abort is told why. */
const abortedRightly = endedWith({ producer: ['done', ABORTED], reader: [ABORTED] }, firstSeen);

type Way = readonly [string, ...[ways.Publishing, ways.Consuming]];

const flows: readonly Way[] = [
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
function again(library: Library, name: string, end: (library: Library) => (env: Env) => void): Threads {
  return {
    [name]: end(library),
    other: (env) => {
      env.prepare(() => undefined);
      env.join(name);
      end(library)(env);
    },
  };
}

programs.add(
  'ring.close() by one who may die, then by another',
  { options: { kill: ['closer'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: reader(library, ways.run),
      ...again(library, 'closer', closer),
    },
    judge: closedRightly,
  }),
);
// Who dies before the reason stands has said that it aborts, and takes the reason along.
programs.add(
  'ring.abort() by one who may die, then by another',
  { options: { kill: ['aborter'] } },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: reader(library, ways.run),
      ...again(library, 'aborter', aborter),
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

// --- Those who wait for the end, or for an event.

const onlooker =
  (library: Library, wait: (ring: ReturnType<typeof opened>) => void) =>
  (env: Env): void => {
    const ring = opened(library, env);
    told(library, env, () => wait(ring));
    env.observe(ring.snapshot().consumers[0].position);
  };

void complete;
void onlooker;
void toldAsync;
export const endPrograms = programs.list;
