/** What single steps cost: of memory, of atomics, of locks, of sleeping. */
import { createMutex } from 'slipring/locks';
import type { Operation } from '../../workers/lab-operations.js';
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, honest, times } from './findings.js';
import { measureInTurn, type Variant } from './turns.js';

const name = 'barrier-or-lock';

const alone: readonly Operation[] = [
  'plain-load',
  'plain-store',
  'atomic-load',
  'atomic-store',
  'exchange',
  'compare-exchange',
  'notify-nobody',
  'mutex',
];
const together: readonly Operation[] = ['add-contended', 'mutex-contended', 'park-and-wake'];

export const barrierOrLock: Experiment = {
  name,
  title: 'A barrier against a lock: what each step costs',
  drawing: `
barrier            fill ▸ store(cursor)                      one operation, and nobody ever waits for it
mutex              lock ▸ count ▸ unlock                     two operations on one word, at best
mutex-contended    lock ▸ taken! ▸ sleep … woken ▸ lock ▸ …  and the other thread, and the kernel
park-and-wake      A wakes B ▸ sleeps ▸ B wakes A ▸ sleeps   a thread put to sleep and woken for each step`,
  expected:
    'Every atomic operation should cost about the same, some ten nanoseconds in JavaScript; a lock that nobody else wants two or three of them; one that ' +
    'somebody else wants several times that; and a sleep and a wake-up some microseconds.',
  run,
  tell,
};

async function run(effort: Effort): Promise<Result[]> {
  return measureInTurn([...alone.map(oneThread), ...together.map(twoThreads)], effort);
}

function tell(results: readonly Result[]): Told {
  const of = (operation: Operation) => find(results, operation);
  const [store, exchange] = [of('atomic-store'), of('exchange')];
  const [mutex, contended, parking] = [of('mutex'), of('mutex-contended'), of('park-and-wake')];
  const dear = better(store, contended) && better(contended, parking);
  return {
    seen:
      `An atomic store takes ${figure(store)} and an exchange ${figure(exchange)}; a lock that nobody else wants ${figure(mutex)}, with a rival ${figure(contended)}; ` +
      `and handing over to a thread that sleeps ${figure(parking)}, ${times(store, parking)} stores. The store is ${comparedWith(store, contended)} the lock with a rival.` +
      honest(better(mutex, contended), 'So this run does not show what a rival costs.'),
    means: dear
      ? 'Leaving a note on the door takes a moment. Waiting until the room is free takes as long as the other one stays, and falling asleep over it takes longest. ' +
        'So the ring leaves notes, and sleeps only when there is nothing to do.'
      : 'The ring leaves notes where others wait for the room to be free. On this machine, in this run, that is not where the time goes.',
  };
}

const oneThread = (operation: Operation): Variant => onThreads(operation, 1);
const twoThreads = (operation: Operation): Variant => onThreads(operation, 2);

function onThreads(role: Operation, threads: number): Variant {
  return {
    experiment: name,
    system: role,
    unit: 'ns',
    file: 'lab-operations',
    multiple: threads,
    threads: () => {
      const data = { role, threads, memory: new SharedArrayBuffer(1024), mutex: createMutex().handle };
      return Array.from({ length: threads }, (_, number) => ({ ...data, number }));
    },
  };
}
