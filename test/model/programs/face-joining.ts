/** Groups, lossy consumers and observers that join and leave through the public face, while other threads come to the same seats. */
import type { Library } from '../library.js';
import { lastPublisher, reader } from './face-flow.js';
import {
  allSeen,
  codeOf,
  type Consumer,
  endedWith,
  type Env,
  opened,
  Programs,
  see,
  told,
} from './face-threads.js';
import * as ways from './face-ways.js';

const programs = new Programs();

const rings = { capacity: 1, spareSeats: 1, spareWorkers: 2, spareLossySeats: 1 } as const;
const parking = { wait: 'park' } as const;

/** Handles what it gets until the ring is closed. */
function runAll(env: Env, consumer: Consumer): void {
  consumer.run((tick, sequence) => see(env, sequence, tick.n));
}

/** Opens a worker of the group, if it is there, and works to the end. */
const opener =
  (library: Library) =>
  (env: Env): void => {
    const ring = opened(library, env);
    told(library, env, () => runAll(env, ring.openConsumer('group', parking)));
  };

/** What it has in hand goes to the others, unless it is the last: then the group leaves. */
function leave(library: Library, env: Env, worker: Consumer): void {
  try {
    worker.leave();
    env.observe('left');
  } catch (error) {
    env.observe(codeOf(library, error));
    worker[Symbol.dispose]();
  }
}

programs.add(
  'joining faces: a group leaves while another thread opens a worker',
  { quick: true },
  (library) => ({
    rings,
    threads: {
      producer: lastPublisher(library, ways.publish(1)),
      reader: reader(library, ways.run),
      leaver(env) {
        const ring = opened(library, env);
        const worker = env.prepare(() => ring.join('group', { workers: 2 }));
        leave(library, env, worker);
      },
      opener: opener(library),
    },
    judge: endedWith({ leaver: ['left', 'ERR_LEAVE'], opener: ['done', 'ERR_CONSUMER_UNKNOWN'] }, (env) => {
      const [left, came] = [env.observed['leaver'][0] === 'left', env.observed['opener'].at(-1) === 'done'];
      if (left && came) throw new Error('the group left, and somebody is its worker');
      if (came && env.observed['opener'][0] !== 0) throw new Error('the event was handled by nobody');
      return allSeen(env);
    }),
  }),
);
programs.add('joining faces: a group leaves while both of its workers leave', { quick: true }, (library) => {
  const leaver = (env: Env): void => {
    const ring = opened(library, env);
    const name = env.name;
    const worker = env.prepare(() =>
      name === 'worker0' ? ring.join('group', { workers: 2 }) : ring.openConsumer('group'),
    );
    leave(library, env, worker);
  };
  return {
    rings,
    threads: { worker0: leaver, worker1: leaver },
    judge: ({ observed }) => {
      const left = Object.values(observed).filter(([told]) => told === 'left').length;
      if (left > 1) throw new Error('the group left twice');
      return left;
    },
  };
});
programs.add(
  'joining faces: another thread opens a worker of a group that is joining',
  { quick: true },
  (library) => ({
    rings,
    threads: {
      producer: lastPublisher(library, ways.publish(2)),
      reader: reader(library, ways.run),
      joiner(env) {
        const ring = opened(library, env);
        runAll(env, ring.join('group', { workers: 2, start: 'oldest', ...parking }));
      },
      opener: opener(library),
    },
    judge: endedWith({ opener: ['done', 'ERR_CONSUMER_UNKNOWN'] }, allSeen),
  }),
);
programs.add(
  'joining faces: an observer comes, looks and goes while events flow',
  { quick: true },
  (library) => ({
    rings,
    threads: {
      producer: lastPublisher(library, ways.publish(2)),
      reader: reader(library, ways.run),
      observer(env) {
        const ring = opened(library, env);
        using observer = ring.observe(parking);
        observer.poll((tick, sequence) => see(env, sequence, tick.n));
      },
    },
    judge: allSeen,
  }),
);
programs.add('joining faces: an observer looks on to the end', { quick: true }, (library) => ({
  rings,
  threads: {
    producer: lastPublisher(library, ways.publish(2)),
    reader: reader(library, ways.run),
    observer(env) {
      const ring = opened(library, env);
      const observer = env.prepare(() => ring.observe(parking));
      told(library, env, () => observer.run((tick, sequence) => see(env, sequence, tick.n)));
      env.observe(`missed ${observer.missed}`);
    },
  },
  judge: (env) => {
    const { observed } = env;
    const seen = observed['observer'].filter((value) => typeof value === 'number').length;
    const missed = Number(String(observed['observer'].at(-1)).slice('missed '.length));
    if (seen + missed !== allSeen(env)) throw new Error(`saw ${seen}, missed ${missed}`);
    return seen;
  },
}));
programs.add('joining faces: 2 come for the last spare seat', { quick: true }, (library) => {
  const racer = (env: Env): void => {
    const ring = opened(library, env);
    told(library, env, () => void ring.observe());
  };
  return {
    rings,
    threads: { one: racer, other: racer },
    judge: ({ observed }) => {
      const came = Object.values(observed).filter(([told]) => told === 'done').length;
      if (came !== 1) throw new Error(`${came} have the seat`);
    },
  };
});

export const faceJoiningPrograms = programs.list;
