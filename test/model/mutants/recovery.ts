/** Recovery, broken on purpose. */
import type { Options } from '../checker/index.js';
import { type Mutant, mutant } from './mutant.js';

const recovery = 'core/recovery.js';
const claims = 'core/claims.js';
const inHand = 'core/in-hand.js';
const producer = 'core/multi-producer.js';
const worker = 'core/group-worker.js';

const oneOfTwo = 'recovery: only 2 producers, one dies, an event each';
const bothEqual = 'recovery: only 2 producers, both die, an event each';
const bothShortFirst = 'recovery: only 2 producers, both die, claims of 1 and 2';
const woken = 'recovery: a producer dies after its publish, and its sleeper is woken, seats for two';
const oneWorker = 'recovery: one of 2 workers dies, 1 event';
/** For programs that can be searched to their end. */
const all: Options = { strategy: 'dpor', maxSchedules: 100_000 };
const overwritten = ['race', 'assertion', 'deadlock', 'livelock'] as const;

export const recoveryMutants: readonly Mutant[] = [
  mutant(
    'nobody is woken after the death of a producer',
    woken,
    ['deadlock'],
    recovery,
    'wakeMore(words, positions, ring);',
    '',
  ),
  mutant(
    'nobody is woken after the death of a thread without a seat',
    'recovery: one who waits for an event to be processed dies, and who sleeps beside it is woken',
    ['deadlock'],
    recovery,
    'for (const index of [shared.cursor, shared.ending, ...positions])\n        wake(words, index);',
    '',
  ),
  mutant(
    'a dead claim is left as it is',
    oneOfTwo,
    ['assertion', 'deadlock'],
    claims,
    'return skip(words, stamps, position, length)',
    'return false',
    all,
  ),
  mutant(
    'a dead producer that lost its claim has the claim of another given up',
    oneOfTwo,
    ['assertion'],
    claims,
    'if (living !== undefined)',
    'if (false)',
    all,
  ),
  {
    name: 'a dead claim is given up without a second look whether it is published',
    program: oneOfTwo,
    kinds: ['assertion', 'deadlock'],
    edits: [
      {
        file: claims,
        from: "if (wasStamped(words, stamps, first))\n        return { found: 'published' };",
        to: '',
      },
      {
        file: claims,
        from: 'return stampRun(atomsOf(words), stamps, first, wordOf(end) | SKIPPED);',
        to: 'Atomics.store(words, stamps.first + (first & (stamps.capacity - 1)), wordOf(end) | SKIPPED);\n    return true;',
      },
    ],
    options: all,
  },
  mutant(
    'what was not claimed is given up',
    oneOfTwo,
    ['assertion'],
    claims,
    'return past > 0 && past <= stamps.capacity;',
    'return past <= stamps.capacity;',
    all,
  ),
  mutant(
    'a loser keeps its intent',
    'recovery: 2 producers, one dies, 2 and 1 events, capacity 1',
    ['deadlock', 'assertion'],
    producer,
    'if (intended)\n                    this.withdraw();',
    '',
  ),
  mutant(
    'a loser does not look whether a dead one won',
    'recovery: 2 producers, one dies, an event each, capacity 2',
    ['assertion', 'deadlock'],
    producer,
    'if (lost)\n            this.settle();',
    '',
    { maxSchedules: 60_000 },
  ),
  mutant(
    'a loser that gives up does not look whether a dead one won',
    'recovery: 2 producers, one dies, an event each, capacity 1',
    ['assertion', 'deadlock'],
    producer,
    'Atomics.store(this.words, this.intentIndex, 0);\n        this.settle();',
    'Atomics.store(this.words, this.intentIndex, 0);',
  ),
  mutant(
    'a death is not counted',
    'recovery: 2 producers, one dies, an event each, capacity 2',
    ['assertion', 'deadlock'],
    recovery,
    'Atomics.add(words, shared.deaths, 1);\n    const found',
    'const found',
    { maxSchedules: 60_000 },
  ),
  mutant(
    'of two dead with one claim the longer is taken to have won',
    bothShortFirst,
    overwritten,
    claims,
    'ascending.find((length) => wasCursor(words, stamps, first + length)) ?? ascending.at(-1)',
    'ascending.at(-1)',
    all,
  ),
  mutant(
    'of two dead with one claim the shorter is taken to have won',
    bothShortFirst,
    overwritten,
    claims,
    'ascending.find((length) => wasCursor(words, stamps, first + length)) ?? ascending.at(-1)',
    'ascending[0]',
    all,
  ),
  mutant(
    'the middle of a run is renewed as if it were published',
    'recovery: only 2 producers, both die, claims of 2 and 1 across a renewal',
    overwritten,
    'core/stamps.js',
    'stampRest(words, stamps, position, wordOf(position));',
    'stampRest(words, stamps, position, wordOf(position + 1));',
    all,
  ),
  mutant(
    'two dead wait for each other',
    bothEqual,
    ['assertion', 'deadlock'],
    claims,
    'seatState(other.state) !== DEAD)',
    'seatState(other.state) !== VACANT)',
    all,
  ),
  mutant(
    'an epoch stays uncrossed when its producer dies',
    'recovery: 2 producers, both die, an event each across an epoch',
    ['assertion'],
    recovery,
    'crossEpochs(words, stamps);\n    wakeAll(ring);',
    'wakeAll(ring);',
  ),
  mutant(
    'a dead consumer that is detached still counts',
    'recovery: a consumer dies, detach, one seat',
    ['deadlock'],
    recovery,
    "if (member && fate !== 'hold')\n        exit(ring, at);",
    '',
  ),
  mutant(
    'who died as it left still holds up others',
    'recovery: a consumer dies as it leaves',
    ['deadlock'],
    recovery,
    'if (!member)\n        closeWord(words, index);',
    'if (!member)\n        ;',
  ),
  mutant(
    'who goes on for a joiner that died may start where it is overwritten',
    'recovery: a joiner dies, hold, 1 producers',
    overwritten,
    recovery,
    'isSpare(ring, at))\n        goPastGates(ring, at);',
    'isSpare(ring, at))\n        ;',
  ),
  mutant(
    'what a dead worker announced counts as won',
    oneWorker,
    overwritten,
    inHand,
    'if (past <= 0 || past > group.capacity)\n        return false;',
    'if (true) return true;',
  ),
  mutant(
    'what a dead worker announced counts as won when somebody won it',
    oneWorker,
    overwritten,
    inHand,
    'if (others.some((other) => hasWon(words, group, other, first)))\n        return false;',
    '',
  ),
  mutant(
    'a worker does not write down what it won',
    oneWorker,
    overwritten,
    worker,
    'if (won)\n            noteWin(this.atoms, this.group, this.at, first, first + count);',
    '',
  ),
  mutant(
    'a worker that announces the same and lives is taken to have lost',
    'recovery: only 2 workers, one dies, 1 event',
    overwritten,
    inHand,
    'if (living)\n        return undefined;',
    '',
    all,
  ),
  mutant(
    'what a dead worker did not win is lost with it',
    oneWorker,
    ['assertion'],
    inHand,
    'return isWinner(words, group, at, rivals, first);',
    'return false;',
  ),
  mutant(
    'what a dead lossy consumer announced counts as won',
    'recovery: a lossy consumer dies, hold, 1 producers',
    overwritten,
    inHand,
    'return Atomics.load(words, at + seat.gate) === Atomics.load(words, at + seat.intent);',
    'return true;',
  ),
];
