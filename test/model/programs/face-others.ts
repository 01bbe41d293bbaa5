/**
 * Programs in which the bugs of other rings would show (docs/decisions.md): wake-ups that are lost between a look and a sleep. No time-out
 * comes to the rescue here, unlike in a test with threads.
 */
import { complete } from './entry.js';
import { asyncReader, publisher, reader } from './face-flow.js';
import { allSeen, Programs } from './face-threads.js';
import * as ways from './face-ways.js';

const programs = new Programs();

programs.add(
  'B-01, B-03, B-05: the only event there will ever be reaches a consumer that is about to sleep',
  { quick: true, bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: { producer: publisher(library, ways.publish(1)), reader: reader(library, ways.take(1)) },
    judge: allSeen,
  }),
);
programs.add(
  'B-04: so it does one that would wake by itself, but late',
  { bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: reader(library, (consumer) => {
        const batch = consumer.take({ timeoutMs: 10_000, wait: 'park' })!;
        for (const tick of batch) if (tick.n !== 100) throw new Error('another event');
        batch.release();
      }),
    },
    judge: ({ observed }) => {
      if (observed['reader'].join() !== 'done') throw new Error(observed['reader'].join());
    },
  }),
);
programs.add(
  'B-06: a ring that is exactly full gets going again, when producer and consumer are about to sleep',
  { bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: { producer: publisher(library, ways.publish(3)), reader: reader(library, ways.take(3)) },
    judge: allSeen,
  }),
);
programs.add(
  'B-08: a thread that opened the ring for itself wakes one that did the same, and waits on its event loop',
  { bounded: complete, kind: 'asynchronous' },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: publisher(library, ways.publish(1)),
      reader: asyncReader(library, ways.takeAsync(1)),
    },
    judge: allSeen,
  }),
);

export const otherPrograms = programs.list;
