/** The core, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const sequence = 'core/sequence.js';
const closing = 'core/closing.js';
const waiting = 'core/waiting.js';
const barrier = 'core/barrier.js';
const follower = 'core/follower.js';
const producer = 'core/single-producer.js';
const milestones = 'milestones.js';

const oneToOne = '2 events, 1 consumer, capacity 1';
const oneToTwo = '1 event, 2 consumers, capacity 1';
const behindThird = 'closed while 2 consumers sleep on the position of a third';

export const coreMutants: readonly Mutant[] = [
  // --- The word.
  mutant(
    'a publish is a plain store',
    oneToOne,
    ['race'],
    sequence,
    'const seen = Atomics.compareExchange(words, index, from, to);\n',
    'words[index] = to;\n    const seen = from;\n',
  ),
  mutant(
    'a publish is a store that does not look who sleeps',
    oneToOne,
    ['deadlock'],
    sequence,
    'const seen = Atomics.compareExchange(words, index, from, to);\n',
    'Atomics.store(words, index, to);\n    const seen = from;\n',
  ),
  mutant(
    'a publish does not notify',
    oneToOne,
    ['deadlock'],
    sequence,
    '            if (seen & PARKED)\n                Atomics.notify(words, index);\n',
    '',
  ),
  mutant(
    'a publish notifies one of two',
    oneToTwo,
    ['deadlock'],
    sequence,
    '            if (seen & PARKED)\n                Atomics.notify(words, index);\n',
    '            if (seen & PARKED)\n                Atomics.notify(words, index, 1);\n',
  ),
  mutant(
    'a publish notifies before it is made',
    oneToOne,
    ['deadlock'],
    sequence,
    'const before = Atomics.compareExchange(words, index, seen, to);\n        if (before === seen) {\n            // All of them, never one: a notify of one is lost when its receiver is being terminated.\n            if (seen & PARKED)\n                Atomics.notify(words, index);\n',
    'if (seen & PARKED)\n            Atomics.notify(words, index);\n        const before = Atomics.compareExchange(words, index, seen, to);\n        if (before === seen) {\n',
  ),
  mutant(
    'a publish that loses to a sleeper is tried once more, not until it is decided: if for while',
    '1 event, 2 consumers, one cancelled by a third thread',
    ['deadlock', 'assertion'],
    sequence,
    'while ((seen & ~PARKED) === from) {',
    'if ((seen & ~PARKED) === from) {',
  ),
  mutant(
    'a publish passes over the closed bit',
    'closed while 2 events go to 1 consumer, capacity 1',
    ['assertion', 'deadlock'],
    sequence,
    'while ((seen & ~PARKED) === from) {',
    'while ((seen & ~FLAGS) === from) {',
  ),
  mutant(
    'positions are compared as numbers',
    '3 events, 1 consumer, capacity 2, across the wrap',
    ['assertion', 'deadlock', 'race', 'livelock'],
    sequence,
    'return ((a - b) << 2) >> 2;',
    'return a - b;',
  ),
  mutant(
    'the barrier takes the raw minimum',
    '2 events, 2 consumers, capacity 1, across the sign change',
    ['race', 'assertion'],
    barrier,
    'if (ahead < least) {',
    'if (value >> 2 < lowestValue >> 2) {',
  ),
  mutant(
    'the barrier reads plainly',
    '2 events, 2 consumers, capacity 1',
    ['race'],
    barrier,
    'const value = Atomics.load(this.words, index);',
    'const value = this.words[index];',
  ),
  mutant(
    'what was published is read plainly',
    oneToOne,
    ['race'],
    barrier,
    'let lowestValue = Atomics.load(this.words, lowestIndex);',
    'let lowestValue = this.words[lowestIndex];',
  ),
  mutant(
    'the barrier looks at the first word only',
    '2 events, 2 consumers, capacity 1',
    ['race', 'assertion', 'deadlock'],
    barrier,
    'i < this.indexes.length',
    'i < 1',
  ),

  // --- Producing and consuming.
  {
    name: 'an event is published before it is filled',
    program: oneToOne,
    kinds: ['race'],
    edits: [
      {
        file: producer,
        from: 'if (this.limit - this.next >= this.needed)\n            return READY;',
        to: 'if (this.limit - this.next >= this.needed) {\n            advance(this.words, shared.cursor, this.word, wordOf(this.next + this.needed));\n            return READY;\n        }',
      },
      {
        file: producer,
        from: 'if (!advance(this.words, shared.cursor, this.word, word))\n            return false;',
        to: '',
      },
    ],
  },
  {
    name: 'an event is released before it is read',
    program: oneToOne,
    kinds: ['race'],
    edits: [
      {
        file: follower,
        from: 'this.available = this.next + ahead;\n            return READY;',
        to: 'this.available = this.next + ahead;\n            advance(this.words, this.index, this.word, wordOf(this.available));\n            return READY;',
      },
      {
        file: follower,
        from: 'if (!advance(this.words, this.index, this.word, word))\n            return false;',
        to: '',
      },
    ],
  },
  mutant(
    'a release passes over what is still being read',
    '4 events in claims of 2, released one by one, capacity 2',
    ['race', 'assertion'],
    follower,
    'const word = wordOf(this.next);\n        if (!advance(',
    'const word = wordOf(this.available);\n        if (!advance(',
  ),
  mutant(
    'the gate is off by one',
    oneToOne,
    ['race', 'assertion'],
    producer,
    'if (this.limit - this.next >= this.needed)',
    'this.limit++;\n        if (this.limit - this.next >= this.needed)',
  ),
  mutant(
    'the gate is looked at once and kept',
    oneToOne,
    ['race', 'assertion'],
    producer,
    'this.limit = this.next + gate.ahead(this.next) + this.capacity;',
    'this.limit = this.next + (this.kept ??= gate.ahead(this.next)) + this.capacity;',
  ),
  mutant(
    'a claim of two is published up to its first',
    '4 events in claims of 2, capacity 2',
    ['assertion', 'deadlock'],
    producer,
    'const word = wordOf(next);',
    'const word = wordOf(this.next + 1);',
  ),
  mutant(
    'the epoch stays',
    '3 events, 1 consumer, capacity 2, across an epoch',
    ['assertion'],
    producer,
    '        if (next >= this.epochEnd)\n            this.#crossEpochs();\n',
    '',
  ),
  mutant(
    'a successor of a producer wakes nobody',
    'a successor goes on where the producer died',
    ['deadlock'],
    producer,
    'Atomics.notify(words, shared.cursor);',
    '',
  ),
  mutant(
    'a successor of a consumer wakes nobody',
    'a successor goes on where the consumer died',
    ['deadlock'],
    follower,
    'Atomics.notify(words, index);',
    '',
  ),

  // --- Waiting.
  mutant(
    'a waiter does not look again after it set the bit',
    'closed while the producer sleeps on a full ring',
    ['deadlock'],
    waiting,
    'const again = awaited.look();',
    'const again = BLOCKED;\n        awaited.sleepValue = parked;',
  ),
  mutant(
    'a waiter does not ask again whether it was cancelled',
    'no event, a consumer cancelled by another thread',
    ['deadlock'],
    waiting,
    'const interrupted = limits.interrupted();',
    'const interrupted = READY;',
  ),
  mutant(
    'a waiter that does not sleep keeps the bit',
    behindThird,
    ['deadlock'],
    waiting,
    'unpark(words, index, parked);\n        if (again',
    'if (again',
  ),
  mutant(
    'a waiter that does not sleep clears the bit and wakes nobody',
    '1 event, 2 consumers, one cancelled by a third thread',
    ['deadlock'],
    sequence,
    'if (Atomics.compareExchange(words, index, parked, parked & ~PARKED) === parked)\n        Atomics.notify(words, index);',
    'Atomics.compareExchange(words, index, parked, parked & ~PARKED);',
  ),
  mutant(
    'a waiter that does not sleep takes back the bit of others',
    '2 events, 2 consumers, capacity 2, one may die: the other gets both',
    ['deadlock'],
    waiting,
    'unpark(words, index, parked);',
    'unpark(words, index, Atomics.load(words, index) | PARKED);',
  ),
  {
    name: 'a waiter without time leaves after it set the bit',
    program: 'closed while 2 consumers sleep on the position of a third, and one has no time',
    kinds: ['deadlock'],
    edits: [
      {
        file: waiting,
        from: 'const due = limits.due();\n        if (due !== READY)\n            return due;\n        const index',
        to: 'const index',
      },
      {
        file: waiting,
        from: 'const again = awaited.look();',
        to: 'const due = limits.due();\n        if (due !== READY)\n            return due;\n        const again = awaited.look();',
      },
    ],
  },
  mutant(
    'a wait is over when its sleep is: if for while',
    '3 events, 1 consumer, capacity 2, a stray wake-up',
    ['assertion', 'race'],
    waiting,
    'Atomics.wait(awaited.words, awaited.sleepIndex, awaited.sleepValue, limits.remainingMs());',
    'Atomics.wait(awaited.words, awaited.sleepIndex, awaited.sleepValue, limits.remainingMs());\n        return READY;',
  ),
  mutant(
    'a wait on an event loop is over when its sleep is',
    '2 events, 1 consumer, capacity 1, both async',
    ['assertion', 'race'],
    waiting,
    'forget();\n',
    'forget();\n        return READY;\n',
    { strayWakeups: 1 },
  ),
  mutant(
    'a close is seen after the sleep only',
    behindThird,
    ['deadlock'],
    waiting,
    'const again = awaited.look();',
    'const again = awaited.look() === READY ? READY : BLOCKED;',
  ),

  // --- Closing and aborting.
  mutant(
    'a close does not notify',
    'closed while 2 events go to 1 consumer, capacity 1',
    ['deadlock'],
    sequence,
    '    }\n    Atomics.notify(words, index);\n}',
    '    }\n}',
  ),
  mutant(
    'a close that loses to a publish is not tried again: if for while',
    'closed while 2 events go to 1 consumer, capacity 1',
    ['deadlock', 'assertion'],
    sequence,
    'while ((seen & FLAGS) !== CLOSED) {',
    'for (let turn = 0; turn < 1 && (seen & FLAGS) !== CLOSED; turn++) {',
  ),
  mutant(
    'a close wakes nobody at the positions',
    behindThird,
    ['deadlock'],
    closing,
    'wake(words, index);',
    ';',
  ),
  mutant(
    'a close notifies the positions and leaves their bits',
    behindThird,
    ['deadlock'],
    closing,
    'wake(words, index);',
    'Atomics.notify(words, index);',
  ),
  mutant(
    'a close notifies one of two',
    behindThird,
    ['deadlock'],
    sequence,
    'clearParked(words, index);\n    Atomics.notify(words, index);',
    'clearParked(words, index);\n    Atomics.notify(words, index, 1);',
  ),
  {
    name: 'a close wakes before it closes',
    program: behindThird,
    kinds: ['deadlock'],
    edits: [
      {
        file: closing,
        from: 'closeWord(words, shared.cursor);\n    closeWord(words, shared.ending);\n    for (const index of positions)\n        wake(words, index);',
        to: 'for (const index of positions)\n        wake(words, index);\n    closeWord(words, shared.cursor);\n    closeWord(words, shared.ending);',
      },
    ],
  },
  {
    name: 'an abort wakes before it closes',
    program: 'aborted while 1 event goes through a chain',
    kinds: ['deadlock'],
    edits: [
      {
        file: closing,
        from: 'closeWord(words, shared.cursor);\n    closeWord(words, shared.ending);\n    for (const index of positions)\n        closeWord(words, index);',
        to: 'for (const index of positions)\n        closeWord(words, index);\n    closeWord(words, shared.cursor);\n    closeWord(words, shared.ending);',
      },
    ],
  },
  {
    name: 'an abort closes before it says that it is one',
    program: 'aborted while 2 events go to 1 consumer',
    kinds: ['assertion'],
    edits: [
      {
        file: closing,
        from: 'if (Atomics.compareExchange(words, shared.aborted, 0, 1) === 0)',
        to: 'closeWord(words, shared.cursor);\n    if (Atomics.compareExchange(words, shared.aborted, 0, 1) === 0)',
      },
    ],
  },
  mutant(
    'an abort is looked for plainly',
    'closed by one and aborted by another',
    ['race'],
    closing,
    'Atomics.load(words, shared.aborted)',
    'words[shared.aborted]',
  ),
  mutant(
    'the reason of an abort is written after it is announced',
    'aborted while 2 events go to 1 consumer',
    ['race', 'assertion'],
    closing,
    'writeReason();\n        Atomics.store(words, shared.aborted, 2);',
    'Atomics.store(words, shared.aborted, 2);\n        writeReason();',
  ),
  mutant(
    'a second close does not finish for one that died',
    'closed by one who may die, then by another',
    ['deadlock'],
    sequence,
    '    }\n    Atomics.notify(words, index);\n}',
    '    }\n    if (seen !== (seen | CLOSED))\n        Atomics.notify(words, index);\n}',
  ),
  mutant(
    'whoever wakes notifies only where it cleared the bit',
    'cancelled by one who may die, then by another',
    ['deadlock'],
    sequence,
    'clearParked(words, index);\n    Atomics.notify(words, index);',
    'const parked = Atomics.load(words, index) & PARKED;\n    clearParked(words, index);\n    if (parked)\n        Atomics.notify(words, index);',
  ),
  mutant(
    'a consumer behind another ends with the close, not with the events',
    'closed while 1 event goes through a chain',
    ['assertion'],
    follower,
    'ended === ENDED && distance(cursor >> 2, this.next) > 0 ? BLOCKED : ended',
    'ended',
  ),
  {
    name: 'closing is a word of its own',
    program: 'closed while 2 events go to 1 consumer, capacity 1',
    kinds: ['assertion'],
    edits: [
      {
        file: closing,
        from: 'closeWord(words, shared.cursor);\n    closeWord(words, shared.ending);\n    for (const index of positions)\n        wake',
        to: 'closeWord(words, shared.ending);\n    wake(words, shared.cursor);\n    for (const index of positions)\n        wake',
      },
      {
        file: follower,
        from: 'const cursor = this.afterCursor ? barrier.lowestValue : Atomics.load(this.words, shared.cursor);\n        if (!(cursor & CLOSED))\n            return BLOCKED;',
        to: 'if (!(Atomics.load(this.words, shared.ending) & CLOSED))\n            return BLOCKED;\n        const cursor = Atomics.load(this.words, shared.cursor);',
      },
      {
        file: producer,
        from: 'return Atomics.load(this.words, shared.cursor) & CLOSED ?',
        to: 'return Atomics.load(this.words, shared.ending) & CLOSED ?',
      },
      {
        file: producer,
        from: 'const word = wordOf(next);',
        to: 'const word = wordOf(next);\n        if (Atomics.load(this.words, shared.ending) & CLOSED)\n            return false;',
      },
    ],
  },

  // --- Those without a seat.
  mutant(
    'drained once it is closed',
    'drained while 1 event goes to 1 consumer and the ring is closed',
    ['race', 'assertion'],
    milestones,
    'if (distance(cursor >> 2, value >> 2) > 0)',
    'if (distance(cursor >> 2, value >> 2) > 1)',
  ),
  mutant(
    'processed once it is published',
    'processed while 2 events go to 1 consumer',
    ['race', 'assertion'],
    milestones,
    'if (positionNear(value, published) <= this.#sequence) {',
    'if (published <= this.#sequence) {',
  ),
];
