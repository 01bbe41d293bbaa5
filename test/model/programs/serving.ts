/** Programs in which one thread serves several rings, asleep on their doorbell. */
import { complete } from './entry.js';
import type { Options } from '../checker/index.js';
import type { Library } from '../library.js';
import {
  aborter,
  canceller,
  type Consumer,
  type Env,
  endedWith,
  opened,
  openToken,
  Programs,
  seated,
  told,
} from './face-threads.js';
import { asyncServer, belled, ordinaryReader, publishInto, servedAll, server } from './serving-threads.js';
import type { WaitOptions } from '../../../src/index.js';

const programs = new Programs();
const two = [belled, belled] as const;
const shared = two.map((ring) => ({ ...ring, consumers: ['reader', 'other'] }));
const closed = Infinity;
/** Of a search that does not come to its end, but whose schedules with few preemptions do. */
const near: Options = { strategy: 'bounded', preemptions: 2, maxMs: 60_000 };

const closing =
  (library: Library, ...rings: readonly number[]) =>
  (env: Env): void => {
    for (const ring of rings.map((number) => opened(library, env, number))) ring.close();
  };

const byToken =
  (library: Library) =>
  (env: Env): WaitOptions => ({ cancel: openToken(library, env) });

const both = servedAll({ server: [0, 1] });
const bothToTheEnd = endedWith({ server: ['done'] }, both);

// --- Events, each ring's consumer leaves after so many: a close would make the search far longer, and has programs of its own.
programs.add('serving 2 rings, 1 event in each', { quick: true, bounded: complete }, (library) => ({
  rings: two,
  threads: {
    producer0: publishInto(library, [0], 1),
    producer1: publishInto(library, [1], 1),
    server: server(library, { events: [1, 1] }),
  },
  judge: bothToTheEnd,
}));
programs.add('serving 2 rings, 1 event in each by one thread', { bounded: complete }, (library) => ({
  rings: two,
  threads: { producer: publishInto(library, [0, 1], 1), server: server(library, { events: [1, 1] }) },
  judge: bothToTheEnd,
}));
programs.add('serving 2 rings, 2 events in each by one thread, capacity 1', { quick: true }, (library) => ({
  rings: two,
  threads: {
    producer: publishInto(library, [0, 1], 2, true),
    server: server(library, { events: [closed, closed] }),
  },
  judge: bothToTheEnd,
}));

// --- Ends.
programs.add('serving 2 rings, each closed after 1 event', { quick: true }, (library) => ({
  rings: two,
  threads: {
    producer0: publishInto(library, [0], 1, true),
    producer1: publishInto(library, [1], 1, true),
    server: server(library, { events: [closed, closed] }),
  },
  judge: bothToTheEnd,
}));
programs.add('serving 2 silent rings until both are closed', { quick: true, bounded: near }, (library) => ({
  rings: two,
  threads: {
    closer0: closing(library, 0),
    closer1: closing(library, 1),
    server: server(library, { events: [closed, closed] }),
  },
  judge: bothToTheEnd,
}));
programs.add('serving 2 rings, closed at any point', { bounded: near }, (library) => ({
  rings: two,
  threads: {
    producer0: publishInto(library, [0], 1),
    closer: closing(library, 0, 1),
    server: server(library, { events: [closed, closed] }),
  },
  judge: bothToTheEnd,
}));
programs.add('serving 2 rings, closed by 2 threads, 1 event in one', {}, (library) => ({
  rings: two,
  threads: {
    producer0: publishInto(library, [0], 1, true),
    closer: closing(library, 1),
    server: server(library, { events: [closed, closed] }),
  },
  judge: bothToTheEnd,
}));
programs.add(
  'serving 2 rings, one aborted: the other goes on',
  { quick: true, bounded: { ...near, preemptions: 1 } },
  (library) => ({
    rings: two,
    threads: {
      aborter: aborter(library),
      producer1: publishInto(library, [1], 1, true),
      server: server(library, { events: [closed, closed], persistent: true }),
    },
    judge: (env) => {
      if (env.observed['server'].filter((value) => value === 'ERR_RING_ABORTED').length !== 1)
        throw new Error('the abort was not told once');
      return endedWith({ server: ['done'] }, servedAll({ server: [1] }))(env);
    },
  }),
);

// --- Limits.
programs.add(
  'serving 2 silent rings until it is cancelled',
  { quick: true, bounded: complete },
  (library) => ({
    rings: two,
    threads: {
      canceller: canceller(library),
      server: server(library, { events: [closed, closed] }, byToken(library)),
    },
    judge: endedWith({ server: ['ERR_CANCELLED'] }, both),
  }),
);
programs.add('serving 2 rings, cancelled, and again', {}, (library) => ({
  rings: two,
  threads: {
    canceller: canceller(library),
    producer: publishInto(library, [0, 1], 1, true),
    server: server(library, { events: [closed, closed], persistent: true }, byToken(library)),
  },
  judge: bothToTheEnd,
}));
programs.add('serving 2 rings, timed out, and again', { options: { timeouts: 1 } }, (library) => ({
  rings: two,
  threads: {
    producer: publishInto(library, [0, 1], 1, true),
    server: server(library, { events: [closed, closed], persistent: true }, () => ({ timeoutMs: 10 })),
  },
  judge: bothToTheEnd,
}));
programs.add(
  'serving 2 rings, a stray wake-up',
  { bounded: complete, options: { strayWakeups: 1 } },
  (library) => ({
    rings: two,
    threads: { producer: publishInto(library, [0, 1], 1), server: server(library, { events: [1, 1] }) },
    judge: bothToTheEnd,
  }),
);

// --- Deaths.
programs.add(
  'serving 2 rings, a producer may die, another thread closes',
  { quick: true, bounded: { ...near, preemptions: 1 }, options: { kill: ['producer0'] } },
  (library) => ({
    rings: two,
    threads: {
      producer0: publishInto(library, [0], 1),
      closer: closing(library, 0, 1),
      server: server(library, { events: [closed, closed] }),
    },
    judge: endedWith({ server: ['done'] }, servedAll({ server: [0, 1] }, 'producer0')),
  }),
);
programs.add(
  'serving 2 rings, a closer may die, another closes again',
  { options: { kill: ['mortal'] } },
  (library) => ({
    rings: two,
    threads: {
      mortal: closing(library, 0, 1),
      closer: closing(library, 0, 1),
      server: server(library, { events: [closed, closed] }),
    },
    judge: bothToTheEnd,
  }),
);
programs.add('2 servers with one doorbell, one may die', { options: { kill: ['mortal'] } }, (library) => ({
  rings: shared,
  threads: {
    producer: publishInto(library, [0, 1], 1),
    mortal: server(library, { events: [1, 1], names: ['other', 'other'] }),
    server: server(library, { events: [1, 1] }),
  },
  judge: bothToTheEnd,
}));

// --- Others on the same rings, or on the same doorbell.
programs.add(
  '2 servers with one doorbell',
  { quick: true, bounded: { ...near, preemptions: 1 } },
  (library) => ({
    rings: shared,
    threads: {
      producer: publishInto(library, [0, 1], 1),
      server: server(library, { events: [1, 1] }),
      server1: server(library, { events: [1, 1], names: ['other', 'other'] }),
    },
    judge: endedWith({ server: ['done'], server1: ['done'] }, servedAll({ server: [0, 1], server1: [0, 1] })),
  }),
);
programs.add('2 servers with one doorbell, of different rings', { bounded: complete }, (library) => ({
  rings: two,
  threads: {
    producer: publishInto(library, [0, 1], 1),
    server: server(library, { events: [1], rings: [0] }),
    server1: server(library, { events: [1], rings: [1] }),
  },
  judge: endedWith({ server: ['done'], server1: ['done'] }, servedAll({ server: [0], server1: [1] })),
}));
programs.add(
  '2 servers with one doorbell, only one has events',
  { bounded: { ...near, preemptions: 1 } },
  (library) => ({
    rings: two,
    threads: {
      producer(env) {
        const silent = opened(library, env, 1);
        publishInto(library, [0], 2)(env);
        silent.close();
      },
      server: server(library, { events: [2], rings: [0] }),
      server1: server(library, { events: [closed], rings: [1] }),
    },
    judge: endedWith({ server: ['done'], server1: ['done'] }, servedAll({ server: [0], server1: [1] })),
  }),
);
programs.add('serving 2 rings, an ordinary consumer in one', { quick: true, bounded: near }, (library) => ({
  rings: shared,
  threads: {
    producer: publishInto(library, [0, 1], 1),
    reader: ordinaryReader(library, 0, 'other', 1),
    server: server(library, { events: [1, 1] }),
  },
  judge: endedWith({ server: ['done'], reader: ['done'] }, servedAll({ server: [0, 1], reader: [0] })),
}));
programs.add('serving a ring from which an ordinary consumer is called off', { quick: true }, (library) => ({
  rings: [{ ...belled, consumers: ['reader', 'other'] }],
  threads: {
    canceller: canceller(library),
    producer: publishInto(library, [0], 1),
    reader: ordinaryReader(library, 0, 'other', 1, byToken(library)),
    server: server(library, { events: [1] }),
  },
  judge: endedWith({ server: ['done'], reader: ['done', 'ERR_CANCELLED'] }, servedAll({ server: [0] })),
}));
programs.add('serving 2 consumers of one ring', { bounded: complete }, (library) => ({
  rings: [{ ...belled, consumers: ['reader', 'other'] }],
  threads: {
    producer: publishInto(library, [0], 1),
    server: server(library, { events: [1, 1], rings: [0, 0], names: ['reader', 'other'] }),
  },
  judge: endedWith({ server: ['done'] }, servedAll({ server: [0] })),
}));
programs.add(
  'closed while a server and an ordinary consumer sleep on the position of a third',
  { quick: true, bounded: near },
  (library) => {
    const after = { after: ['third'] };
    return {
      rings: [{ ...belled, consumers: { third: {}, reader: after, other: after } }],
      threads: {
        closer: closing(library, 0),
        reader: (env) => {
          const consumer = seated(library, env, 'other');
          told(library, env, () => void consumer.run(() => undefined));
        },
        server: server(library, { events: [closed] }),
      },
      judge: endedWith({ server: ['done'], reader: ['done'] }, servedAll({ server: [0] })),
    };
  },
);
programs.add('serving a consumer and the one after it', {}, (library) => ({
  rings: [{ ...belled, consumers: { reader: {}, behind: { after: ['reader'] } } }, belled],
  threads: {
    producer: publishInto(library, [0, 1], 2, true),
    server: server(library, {
      events: [closed, closed, closed],
      rings: [0, 0, 1],
      names: ['behind', 'reader'],
    }),
  },
  judge: bothToTheEnd,
}));
programs.add('serving a consumer that comes after another thread', {}, (library) => ({
  rings: [{ ...belled, consumers: { reader: {}, behind: { after: ['reader'] } } }, belled],
  threads: {
    producer: publishInto(library, [0], 1),
    reader: ordinaryReader(library, 0, 'reader', 1),
    closer: closing(library, 1),
    server: server(library, { events: [1, closed], names: ['behind'] }),
  },
  judge: endedWith({ server: ['done'], reader: ['done'] }, servedAll({ server: [0, 1], reader: [0] })),
}));
programs.add('serving a ring of several producers and a group', { quick: true }, (library) => ({
  rings: [
    { ...belled, producers: 2 },
    { ...belled, consumers: { reader: { workers: 2 } } },
  ],
  threads: {
    producer0: publishInto(library, [0], 1),
    producer1: publishInto(library, [1], 2),
    server: server(library, { events: [1, 2] }),
  },
  judge: bothToTheEnd,
}));

// --- On an event loop.
const onLoop = { kind: 'asynchronous' } as const;
programs.add(
  'serving 2 rings on an event loop',
  { ...onLoop, quick: true, bounded: complete },
  (library) => ({
    rings: two,
    threads: {
      producer: publishInto(library, [0, 1], 1),
      server: asyncServer(library, { events: [1, 1] }),
    },
    judge: bothToTheEnd,
  }),
);
programs.add('serving 2 rings on an event loop, each closed after 1 event', onLoop, (library) => ({
  rings: two,
  threads: {
    producer0: publishInto(library, [0], 1, true),
    producer1: publishInto(library, [1], 1, true),
    server: asyncServer(library, { events: [closed, closed] }),
  },
  judge: bothToTheEnd,
}));
programs.add(
  'serving 2 rings on an event loop, signalled, and again',
  { ...onLoop, quick: true },
  (library) => ({
    rings: two,
    threads: {
      producer: publishInto(library, [0, 1], 1, true),
      server: asyncServer(library, { events: [closed, closed], persistent: true }, (env) => {
        const controller = new AbortController();
        env.task(() => controller.abort(new Error('signalled')));
        return { signal: controller.signal };
      }),
    },
    judge: bothToTheEnd,
  }),
);
for (const [how, leave] of [
  ['disposed', (consumer) => consumer[Symbol.dispose]()],
  ['disposed asynchronously', (consumer) => void consumer[Symbol.asyncDispose]()],
] as const satisfies [string, (consumer: Consumer) => void][]) {
  programs.add(
    `serving 2 rings on an event loop, one ${how} meanwhile`,
    { ...onLoop, quick: true },
    (library) => ({
      rings: two,
      threads: {
        producer1: publishInto(library, [1], 1, true),
        server: asyncServer(library, { events: [closed, closed] }, undefined, (env, [first]) => {
          env.task(() => leave(first));
        }),
      },
      judge: endedWith({ server: ['done'] }, servedAll({ server: [1] })),
    }),
  );
}

export const servingPrograms = programs.list;
