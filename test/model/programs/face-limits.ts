/** Waits that end before their time: by a time-out, by a token that another thread trips. What was waited for is not lost. */
import { complete, upTo } from './entry.js';
import type { Library } from '../library.js';
import { lastPublisher, publisher, reader } from './face-flow.js';
import {
  allSeen,
  canceller,
  type Consumer,
  endedWith,
  type Env,
  fill,
  opened,
  openToken,
  type Producer,
  producing,
  Programs,
  seated,
  see,
  told,
  valueOf,
} from './face-threads.js';
import * as ways from './face-ways.js';
import type { WaitOptions } from '../../../src/index.js';

const programs = new Programs();

const CANCELLED = 'ERR_CANCELLED';

type See = (sequence: number, value: number) => void;
type Limiting = (library: Library, env: Env) => WaitOptions;

const inTime: Limiting = () => ({ timeoutMs: 10, wait: 'park' });
const byToken: Limiting = (library, env) => ({ cancel: openToken(library, env), wait: 'park' });

const run = (consumer: Consumer, limits: WaitOptions, seen: See): void => {
  consumer.run((tick, sequence) => seen(sequence, tick.n), limits);
};

const publish = (producer: Producer, limits: WaitOptions): void => {
  producer.publish(limits, fill, valueOf(producer.next));
};

const publishBatch = (producer: Producer, limits: WaitOptions): void => {
  producer.publishBatch([valueOf(producer.next)], fill, limits);
};

const claim = (producer: Producer, limits: WaitOptions): void => {
  using claim = producer.claim(1, limits);
  for (const tick of claim) tick.n = valueOf(claim.first);
  claim.commit();
};

/** Where its limits end the wait, calls once more without. */
function andAgain(library: Library, limits: WaitOptions, act: (limits: WaitOptions) => void): void {
  try {
    act(limits);
  } catch (error) {
    if (!(error instanceof library.face.WaitError)) throw error;
    act({ wait: 'park' });
  }
}

const limitedReader =
  (library: Library, consuming: typeof run, limiting: Limiting, name = 'reader') =>
  (env: Env): void => {
    const consumer = seated(library, env, name);
    const limits = env.prepare(() => limiting(library, env));
    told(library, env, () =>
      andAgain(library, limits, (these) =>
        consuming(consumer, these, (sequence, value) => see(env, sequence, value)),
      ),
    );
  };

/** Publishes two events, the second into a ring that may be full. */
const limitedPublisher =
  (library: Library, publishing: typeof publish, limiting: Limiting) =>
  (env: Env): void => {
    const producer = producing(library, env);
    const limits = env.prepare(() => limiting(library, env));
    for (let turn = 0; turn < 2; turn++) {
      const { next } = producer;
      andAgain(library, limits, (these) => publishing(producer, these));
      env.observe(next);
    }
  };

// --- Time-outs.

const timing = { options: { timeouts: 1 } } as const;

programs.add('a run that times out, and goes on', timing, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: lastPublisher(library, ways.publish(1)),
    reader: limitedReader(library, run, inTime),
  },
  judge: endedWith({ reader: ['done'] }, allSeen),
}));
for (const [what, publishing] of [
  ['publish', publish],
  ['publishBatch', publishBatch],
  ['claim', claim],
] as const) {
  programs.add(`a ${what} that times out in a full ring, and is called again`, timing, (library) => ({
    rings: { capacity: 1 },
    threads: {
      producer: limitedPublisher(library, publishing, inTime),
      reader: reader(library, ways.take(2)),
    },
    judge: allSeen,
  }));
}

// --- Tokens.

/** Waits until it is told to leave off. */
const waiter =
  (library: Library, wait: (env: Env, limits: WaitOptions) => void) =>
  (env: Env): void => {
    const limits = env.prepare(() => byToken(library, env));
    told(library, env, () => wait(env, limits));
  };

const idleReader = (library: Library, name = 'reader', number = 0): ((env: Env) => void) =>
  waiter(library, (env, limits) => run(seated(library, env, name, number), limits, () => undefined));

const allCancelled = (...threads: string[]): typeof allSeen =>
  endedWith(Object.fromEntries(threads.map((thread) => [thread, [CANCELLED]])), allSeen);

programs.add('a token ends the waits of 2 consumers of a ring', { bounded: complete }, (library) => ({
  rings: { capacity: 1, consumers: ['reader', 'reader too'] },
  threads: {
    reader: idleReader(library),
    'reader too': idleReader(library, 'reader too'),
    canceller: canceller(library),
  },
  judge: allCancelled('reader', 'reader too'),
}));
// The other sets the parked bit again after the token cleared it: the first may then fall asleep on the value that it expects.
programs.add(
  'a token ends the wait of one of 2 consumers, the other sleeps on',
  { ...timing, near: upTo(1) },
  (library) => ({
    rings: { capacity: 1, consumers: ['left', 'right'] },
    threads: {
      left: idleReader(library, 'left'),
      right: (env) => {
        const consumer = seated(library, env, 'right');
        told(library, env, () => run(consumer, { wait: 'park' }, () => undefined));
      },
      canceller: canceller(library),
      closer(env) {
        const ring = opened(library, env);
        env.join('left');
        ring.close();
      },
    },
    judge: allCancelled('left'),
  }),
);
programs.add('a token ends the waits in 2 rings', { quick: true, bounded: complete }, (library) => ({
  rings: [{ capacity: 1 }, { capacity: 1 }],
  threads: {
    reader: idleReader(library),
    'reader of another': idleReader(library, 'reader', 1),
    canceller: canceller(library),
  },
  judge: allCancelled('reader', 'reader of another'),
}));
programs.add('a token ends the waits of a producer and of drained()', { bounded: complete }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: waiter(library, (env, limits) => {
      const producer = producing(library, env);
      producer.publishBatch([0, 0], fill, limits);
    }),
    onlooker: waiter(library, (env, limits) => opened(library, env).drained(limits)),
    canceller: canceller(library),
  },
  judge: ({ observed }) => {
    if (`${observed['producer'].join()} ${observed['onlooker'].join()}` !== `${CANCELLED} ${CANCELLED}`)
      throw new Error('not cancelled');
  },
}));
programs.add('a token ends the wait of processed()', { bounded: complete }, (library) => ({
  rings: { capacity: 1 },
  threads: {
    onlooker: waiter(library, (env, limits) => opened(library, env).processed(0, limits)),
    canceller: canceller(library),
  },
  judge: allCancelled('onlooker'),
}));
programs.add(
  'a token tripped by one who may die, then by another',
  { options: { kill: ['canceller'] }, bounded: complete },
  (library) => ({
    rings: { capacity: 1 },
    threads: {
      reader: idleReader(library),
      canceller: canceller(library),
      other: (env) => {
        const token = env.prepare(() => openToken(library, env));
        env.join('canceller');
        token.cancel();
      },
    },
    judge: allCancelled('reader'),
  }),
);
programs.add('a run that is cancelled while an event comes, and goes on', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: lastPublisher(library, ways.publish(1)),
    reader: limitedReader(library, run, byToken),
    canceller: canceller(library),
  },
  judge: endedWith({ reader: ['done'] }, allSeen),
}));
programs.add('a publish that is cancelled in a full ring, and is called again', {}, (library) => ({
  rings: { capacity: 1 },
  threads: {
    producer: limitedPublisher(library, publish, byToken),
    reader: reader(library, ways.take(2)),
    canceller: canceller(library),
  },
  judge: allSeen,
}));
programs.add('one of 2 consumers is cancelled while an event comes', {}, (library) => ({
  rings: { capacity: 1, consumers: ['reader', 'reader too'] },
  threads: {
    producer: publisher(library, ways.publish(1)),
    reader: limitedReader(
      library,
      (consumer, limits, seen) => {
        using batch = consumer.take(limits);
        for (const tick of batch!) seen(batch!.first, tick.n);
      },
      byToken,
    ),
    'reader too': reader(library, ways.take(1), 'reader too'),
    canceller: canceller(library),
  },
  judge: endedWith({ reader: ['done'], 'reader too': ['done'] }, allSeen),
}));

export const limitPrograms = programs.list;
