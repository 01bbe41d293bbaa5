/** Groups, lossy consumers and observers whose thread dies at any step of joining, of what they do, or of leaving. */
import type { WhenDead } from '../../../src/index.js';
import type { FinalEnv } from '../checker/index.js';
import type { Library } from '../library.js';
import {
  ANOTHER,
  CLOSER,
  declare,
  inOrder,
  numbersOf,
  openedAs,
  producing,
  reading,
  SUPERVISOR,
} from './face-deaths.js';
import { type Consumer, type Env, type Posted, Programs, see, type TickRing } from './face-threads.js';

const programs = new Programs();

const GUEST = 6;
const parking = { wait: 'park' } as const;
const rings = { capacity: 1, spareSeats: 1, spareWorkers: 2, spareLossySeats: 1 } as const;
const NAME = 'guest';

/** What the guest does, in a ring that it opened before. */
const guest = (library: Library, visit: (ring: TickRing, env: Env) => void) => (env: Env) => {
  const ring = openedAs(library, env, GUEST, (ring) => ring);
  visit(ring, env);
};

function observing(ring: TickRing, env: Env): void {
  using observer = ring.observe(parking);
  observer.poll((tick, sequence) => see(env, sequence, tick.n));
}

const pollOnce = (env: Env, consumer: Consumer): number =>
  consumer.poll((tick, sequence) => {
    // What comes again may have been handled before.
    if (consumer.redelivered) env.observe(`again ${sequence}`);
    else see(env, sequence, tick.n);
  });

/** Everything that the guest had is free; who had not left, or was to be held, is succeeded, and leaves. */
function goOn(ring: TickRing, env: Env, { lossy, detached }: Visit): void {
  if (ring.seats().some(({ owner }) => owner === GUEST)) throw new Error('the dead guest has a seat');
  if (ring.consumerNames.includes(NAME)) {
    if (detached) throw new Error('it was to be detached');
    env.observe('stays');
    const next = ring.openConsumer(NAME, parking);
    pollOnce(env, next);
    next.leave();
  } else if (!lossy) ring.join(NAME, { workers: 1 }).leave();
  // Nothing is left of it: somebody else has room.
  if (lossy) ring.observe(parking)[Symbol.dispose]();
  else ring.join('another').leave();
}

interface Visit {
  readonly visit: (ring: TickRing, env: Env) => void;
  readonly lossy: boolean;
  readonly events: number;
  /** If it dies, nobody succeeds it. */
  readonly detached?: boolean;
  /** Somebody recovers too, and may die as well. */
  readonly twice?: true;
}

/** While a producer publishes to a reader, a guest comes and dies; who declares it dead goes on in its place, and the producer is not held up. */
const visited = (its: Visit) => (library: Library) => {
  const { visit, events, twice } = its;
  return {
    rings,
    threads: {
      producer: producing(library, events),
      closer(env: Env) {
        const ring = openedAs(library, env, CLOSER, (ring) => ring);
        for (const thread of ['producer', 'supervisor']) env.join(thread);
        ring.close();
      },
      reader: reading(library),
      guest: guest(library, visit),
      ...(twice && {
        recoverer(env: Env) {
          const ring = openedAs(library, env, ANOTHER, (ring) => ring);
          declare(env, ring, 'guest', GUEST);
        },
      }),
      supervisor(env: Env) {
        const ring = openedAs(library, env, SUPERVISOR, (ring) => ring);
        if (twice) declare(env, ring, 'recoverer', ANOTHER);
        declare(env, ring, 'guest', GUEST);
        goOn(ring, env, its);
      },
    },
    judge: (env: FinalEnv<Posted>) => {
      const { observed } = env;
      const handled = ['guest', 'supervisor'].flatMap((name) => numbersOf(observed[name]));
      if (new Set(handled).size !== handled.length) throw new Error(`the guest's events: ${handled.join()}`);
      const others = Object.entries(observed).filter(([name]) => name === 'producer' || name === 'reader');
      const seen = inOrder({ ...env, observed: Object.fromEntries(others) }, 'reader');
      if (seen !== events) throw new Error(`${seen} events were seen`);
      return `${env.ended['guest']} ${observed['supervisor'].join()}`;
    },
  };
};

const dies = { kill: ['guest'] };
const bothDie = { kill: ['guest', 'recoverer'], kills: 2 };

const observed: Visit = { visit: observing, lossy: true, events: 2 };
programs.add('guests: an observer dies', { quick: true, options: dies }, visited(observed));
programs.add(
  'guests: an observer dies, and so does who recovers it',
  { options: bothDie },
  visited({ ...observed, events: 1, twice: true }),
);

/** Joins, handles one event if there is one, and leaves for good. */
const joining =
  (options: Parameters<TickRing['join']>[1]) =>
  (ring: TickRing, env: Env): void => {
    const consumer = ring.join(NAME, { ...options, ...parking });
    pollOnce(env, consumer);
    consumer.leave();
  };

for (const whenDead of ['hold', 'detach'] as const satisfies readonly WhenDead[]) {
  const visit = joining({ lossy: true, whenDead });
  programs.add(
    `guests: a lossy consumer that joined dies, ${whenDead}`,
    { quick: true, options: dies },
    visited({ visit, lossy: true, events: 2, detached: whenDead === 'detach' }),
  );
  programs.add(
    `guests: a lossy consumer that joined dies, ${whenDead}, and so does who recovers it`,
    { options: bothDie },
    visited({ visit, lossy: true, events: 1, detached: whenDead === 'detach', twice: true }),
  );
}
for (const start of ['now', 'oldest'] as const) {
  const visit = joining({ workers: 2, start });
  programs.add(
    `guests: the only worker of a group that joined dies, ${start}`,
    { quick: true, options: dies },
    visited({ visit, lossy: false, events: 2 }),
  );
}
programs.add(
  'guests: the only worker of a group that joined dies, and so does who recovers it',
  { options: bothDie },
  visited({ visit: joining({ workers: 2, start: 'oldest' }), lossy: false, events: 1, twice: true }),
);

export const guestPrograms: typeof programs.list = programs.list;
