/** The queue, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const join = 'queue/join.js';
const peers = 'queue/peers.js';
const putting = 'queue/putting.js';
const taking = 'queue/taking.js';
const waits = 'queue/waits.js';
const worker = 'core/group-worker.js';
const tasks = 'queue/tasks.js';

const lastTask = 'queue: the last taskDone while a thread joins';
const twoTasks = 'queue: 2 threads finish 2 tasks while a thread joins';
const manyTaken = 'queue: a thread joins while 2 values at most are got, and done';
const oneTaken = 'queue: a thread joins while a value is got and done';

const onlyPutter = 'queue: the only putter dies while a getter waits for a value';

export const queueMutants: readonly Mutant[] = [
  mutant(
    'the last taskDone wakes nobody who joins',
    lastTask,
    ['deadlock'],
    tasks,
    'if ((seen - ONE) >> 2 === 0 && seen & PARKED)\n                    wake(words, TAKEN);',
    '',
  ),
  mutant(
    'a taskDone that is not the last clears the parked bit',
    twoTasks,
    ['deadlock'],
    tasks,
    'Atomics.compareExchange(words, TAKEN, seen, (seen - ONE) | 0)',
    'Atomics.compareExchange(words, TAKEN, seen, (seen - ONE) & ~PARKED)',
  ),
  mutant(
    'taskDone loads and stores',
    twoTasks,
    ['deadlock', 'assertion'],
    tasks,
    'const before = Atomics.compareExchange(words, TAKEN, seen, (seen - ONE) | 0);',
    'const before = Atomics.load(words, TAKEN);\n            if (before === seen)\n                Atomics.store(words, TAKEN, (seen - ONE) | 0);',
  ),
  {
    name: 'a value that is there is counted as taken after its release',
    program: oneTaken,
    kinds: ['race', 'assertion'],
    edits: [
      { file: taking, from: 'this.tasks.take(1); // before the release', to: '' },
      {
        file: taking,
        from: 'const value = this.one;',
        to: 'this.tasks.take(1);\n        const value = this.one;',
      },
    ],
  },
  {
    name: 'values that are there are counted as taken after their release',
    program: manyTaken,
    kinds: ['race', 'assertion'],
    edits: [
      { file: taking, from: 'if (endOfBatch)\n            this.countFound();', to: '' },
      {
        file: taking,
        from: 'if (handled === 0)\n                    break;',
        to: 'this.countFound();\n                if (handled === 0)\n                    break;',
      },
    ],
  },
  mutant(
    'a value that was waited for is counted as taken after its release',
    'queue: 2 threads put and join, 2 get, capacity 1',
    ['race', 'assertion'],
    taking,
    'this.tasks.take(found.length);\n        batch.release();',
    'batch.release();\n        this.tasks.take(found.length);',
  ),
  mutant(
    'join does not wait for what is in the queue',
    oneTaken,
    ['race', 'assertion'],
    join,
    'if (published > 0)\n                ring.processed',
    'if (published < 0)\n                ring.processed',
  ),
  mutant(
    'join does not look again for what was put meanwhile',
    'queue: a thread joins while a task puts another',
    ['race', 'assertion'],
    join,
    'waitInThread(done, limits);\n        if (outcome !== READY)\n            throw endOf(outcome, limits);\n        if (inRing(ring) === published || inRing(ring) === 0)',
    'waitInThread(done, limits);\n        if (outcome !== READY)\n            throw endOf(outcome, limits);\n        if (published >= 0)',
  ),
  mutant(
    'what was taken before the queue was closed at once is lost',
    'queue: closed at once while 2 of 2 values are got and a thread joins',
    ['deadlock'],
    taking,
    'if (found.length === 0)\n                throw inQueueTerms(error);',
    'throw inQueueTerms(error);',
  ),
  mutant(
    'one who left between two looks is taken for a dead one',
    'queue: the only putter leaves, and another comes, while a getter waits',
    ['assertion'],
    peers,
    'if (before === undefined || this.#tasks.present(side) <= 0)',
    'if (before !== undefined)\n            return true;\n        if (before === undefined || this.#tasks.present(side) <= 0)',
  ),
  mutant(
    'what the dead put just before is not looked for',
    onlyPutter,
    ['assertion'],
    waits,
    'const left = last();',
    'const left = undefined;',
  ),
  mutant(
    'dropping the oldest is not counted',
    'queue: 2 putters that drop the oldest and 1 getter, capacity 1',
    ['assertion'],
    putting,
    '() => void this.dropped++',
    '() => void 0',
  ),
  mutant(
    'a value is released before it is copied',
    'queue: one of 2 getters dies at any step, capacity 1',
    ['race', 'assertion', 'deadlock'],
    taking,
    'for (const event of batch)\n            found.push(event.value);\n        this.tasks.take(found.length);\n        batch.release();',
    'const { columns, spans } = batch;\n        batch.release();\n        for (const { from, to } of spans)\n            for (let i = from; i < to; i++)\n                found.push(columns.value[i]);\n        this.tasks.take(found.length);',
  ),
  mutant(
    'what the only getter has in hand is handed out after a close at once',
    'queue: closed at once while the only getter has a value in hand',
    ['assertion'],
    worker,
    'return this.atoms.load(this.group.claim) & CLOSED ? this.closedOutcome() : READY;',
    'return READY;',
  ),
  mutant(
    'what the only getter has handed out is let go with the last of its handful',
    'queue: the only getter dies with values in hand, and another comes',
    ['assertion'],
    'handling.js',
    'this.done++;\n        reading.release();',
    'this.done++;\n        if (core.next === core.available)\n            reading.release();',
  ),
  mutant(
    'one of several getters takes a handful',
    'queue: one of 2 getters gets 1 of 2 values, and the other the other',
    ['deadlock'],
    taking,
    'maxThreads === 1 ? HANDFUL : 1',
    'HANDFUL',
  ),
];
