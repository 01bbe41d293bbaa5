/** A diagnosis at any moment: no alarm is false, and a deadlock is found once it is there. */
import { type ModelProgram, upTo } from './entry.js';
import type { Library } from '../library.js';
import { codeOf, type Env, fill, open, Programs, see, type TickRing, valueOf } from './face-threads.js';
import type { Diagnosis } from '../../../src/index.js';

const programs = new Programs();

const WAITS = { wait: 'park' } as const;

/** Opens both rings as a thread of this number, by which their seats know it: to the platform, all threads under check are one. */
function bothRings<T>(
  library: Library,
  env: Env,
  number: number,
  then: (there: TickRing, back: TickRing) => T,
): T {
  const { platform } = library;
  return env.prepare(() => {
    const genuine = Object.getOwnPropertyDescriptor(platform, 'threadId');
    Object.defineProperty(platform, 'threadId', { value: number, configurable: true });
    try {
      return then(open(library, env, 0), open(library, env, 1));
    } finally {
      if (genuine === undefined) Reflect.deleteProperty(platform, 'threadId');
      else Object.defineProperty(platform, 'threadId', genuine);
    }
  });
}

function diagnosed(library: Library, env: Env): Diagnosis {
  const [there, back] = env.shared.rings;
  return library.face.diagnose({ there: { handle: there }, back: { handle: back } });
}

/** Throws unless a diagnosis is one of threads that will all go on. */
function mustBeFlowing({ deadlocks, dead, failed, waits, behind }: Diagnosis): void {
  if (deadlocks.length > 0) throw new Error('a deadlock was found where there is none');
  if (dead.length + failed.length > 0) throw new Error('somebody died or failed, it says');
  for (const { waitsFor, sinceMs, parked } of waits)
    if (waitsFor.length !== 1 || sinceMs !== 0 || !parked) throw new Error('a wait is not what it is');
  for (const { lag, full } of behind) if (lag !== 1 || !full) throw new Error(`behind by ${lag}`);
}

// --- Threads that go on.

const ROUNDS = 2;

programs.add(
  'a diagnosis while 2 threads call and answer through 2 rings',
  { bounded: upTo(1), quick: true },
  (library) => ({
    rings: [{ capacity: 1 }, { capacity: 1 }],
    threads: {
      caller(env) {
        const [calls, answers] = bothRings(
          library,
          env,
          1,
          (there, back) => [there.openProducer(WAITS), back.openConsumer('reader', WAITS)] as const,
        );
        for (let round = 0; round < ROUNDS; round++) {
          calls.publish(fill, valueOf(round));
          using batch = answers.take();
          for (const tick of batch!) see(env, batch!.first, tick.n);
        }
      },
      answerer(env) {
        const [calls, answers] = bothRings(
          library,
          env,
          2,
          (there, back) => [there.openConsumer('reader', WAITS), back.openProducer(WAITS)] as const,
        );
        for (let round = 0; round < ROUNDS; round++) {
          using batch = calls.take();
          for (const tick of batch!) answers.publish(fill, tick.n);
        }
      },
      doctor: (env) => mustBeFlowing(diagnosed(library, env)),
    },
    judge: ({ observed }) => {
      if (observed['caller'].join() !== '0,1') throw new Error(observed['caller'].join());
    },
  }),
);

// --- Threads that do not.

/** Publishes two events into one ring of one slot, and has the consumer of the other. */
const stuck =
  (library: Library, number: number) =>
  (env: Env): void => {
    const producer = bothRings(library, env, 1 + number, (there, back) => {
      (number === 0 ? back : there).openConsumer('reader', WAITS);
      return (number === 0 ? there : back).openProducer(WAITS);
    });
    try {
      producer.publish(fill, 0);
      producer.publish(fill, 1);
    } catch (error) {
      env.observe(codeOf(library, error));
    }
  };

programs.add(
  'a diagnosis while 2 threads get to wait for each other, until it finds that',
  { bounded: upTo(1), quick: true },
  (library) => ({
    rings: [{ capacity: 1 }, { capacity: 1 }],
    threads: {
      one: stuck(library, 0),
      other: stuck(library, 1),
      doctor(env) {
        const [there, back] = bothRings(library, env, 3, (...rings) => rings);
        for (;;) {
          const { deadlocks, waits } = diagnosed(library, env);
          if (deadlocks.length > 0 && (waits.length !== 2 || deadlocks[0].path.length !== 2))
            throw new Error('what was found is not the deadlock');
          if (deadlocks.length > 0) break;
          Atomics.pause?.();
        }
        there.close();
        back.close();
      },
    },
    judge: ({ observed }) => {
      if (`${observed['one'].join()} ${observed['other'].join()}` !== 'ERR_RING_CLOSED ERR_RING_CLOSED')
        throw new Error('one of them was not stuck');
    },
  }),
);

export const diagnosingPrograms: readonly ModelProgram[] = programs.list;
