/** The core with several producers, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const producer = 'core/multi-producer.js';
const follower = 'core/run-follower.js';
const runs = 'core/runs.js';
const stamps = 'core/stamps.js';
const closing = 'core/closing.js';

const one = 'many: 1 producer, 3 events, capacity 1';
const each = 'many: 2 producers, an event each, capacity 2';
const lapping = 'many: 2 producers, 2 and 1 events, capacity 1';
const twoConsumers = 'many: 2 producers, an event each, 2 consumers, capacity 1';
const chain = 'many: 1 producer, a claim of 2 through a chain, released one by one';
const heir = 'many: a consumer stops inside a claim of 2, and the next goes on there';
const given = 'many: a claim is given up between events';
const givenPair = 'many: a claim of 2 is given up before a chain';
const dying = 'many: one of 2 producers dies, and what it had claimed can be told, capacity 1';
const dyingWithPair = 'many: one of 2 producers dies, and what it had claimed can be told, claims of 2';
const closed = 'many: closed while 2 producers publish, capacity 1';
const closedIdle = 'many: closed while nobody publishes';
const aborted = 'many: aborted while 2 producers publish';

const exchange = 'const before = atoms.compareExchange(shared.cursor, this.word, word);';
const room = 'if (this.end + count <= this.limit || this.hasRoom(count))\n                return READY;';
const stamping = 'const before = atoms.compareExchange(index, seen, word); // releases: published\n';
const notifying = '    if (seen & PARKED)\n        notifyAll(words, index);\n';
const wakesStamps = '\n    wakeMore(words, positions, more);';
const closes =
  'closeWord(words, shared.cursor);\n    closeWord(words, shared.ending);\n    for (const index of positions)\n        wake(';

export const producerMutants: readonly Mutant[] = [
  // --- The claim.
  mutant(
    'a claim is a load and a store',
    each,
    ['race', 'assertion', 'deadlock'],
    producer,
    exchange,
    'const before = atoms.load(shared.cursor);\n        Atomics.store(atoms.words, shared.cursor, word);',
  ),
  mutant('a claim does not look for room', lapping, ['race', 'assertion'], producer, room, 'return READY;'),
  {
    name: 'a claim looks for room once it is made',
    program: lapping,
    kinds: ['deadlock'],
    edits: [
      { file: producer, from: room, to: 'return READY;' },
      {
        file: producer,
        from: 'if (this.tryClaim(count, intended))\n',
        to: 'if (this.tryClaim(count, intended) && this.end > this.limit && !this.hasRoom(0))\n                return BLOCKED;\n            if (this.next < this.end)\n',
      },
    ],
  },
  mutant(
    'a claim finds one slot too many',
    lapping,
    ['race', 'assertion'],
    producer,
    'this.limit = end + gate.ahead(end) + this.capacity;',
    'this.limit = end + gate.ahead(end) + this.capacity + 1;',
  ),
  mutant(
    'the room for claims is looked for once and kept',
    lapping,
    ['race', 'assertion'],
    producer,
    'this.limit = end + gate.ahead(end) + this.capacity;',
    'this.limit = end + (this.kept ??= gate.ahead(end)) + this.capacity;',
  ),
  {
    name: 'a claim goes by the position that it had before it looked anew',
    program: lapping,
    kinds: ['race', 'assertion', 'deadlock'],
    edits: [
      {
        file: producer,
        from: 'const outcome = this.mayClaim(count);',
        to: 'const first = this.end;\n            const outcome = this.mayClaim(count);',
      },
      {
        file: producer,
        from: 'if (this.tryClaim(count, intended))',
        to: 'if (this.tryClaim(count, intended, first))',
      },
      {
        file: producer,
        from: 'tryClaim(count, lost) {\n        const { atoms } = this;\n        const first = this.end;',
        to: 'tryClaim(count, lost, first = this.end) {\n        const { atoms } = this;',
      },
    ],
  },
  mutant(
    'a claim passes over the closed bit',
    closed,
    ['assertion', 'deadlock'],
    producer,
    'if (this.word & CLOSED)\n                return endedOutcome(this.words);\n',
    '',
  ),
  mutant(
    'a claim that crosses an epoch leaves it where it is',
    'many: 2 producers, 2 and 1 events, from two below an epoch',
    ['assertion'],
    producer,
    'if (end >= this.epochEnd)\n            this.crossEpochs();\n',
    '',
  ),

  // --- What is intended.
  mutant(
    'who lost a claim keeps its intent',
    dying,
    ['assertion'],
    producer,
    'if (intended)\n                    this.withdraw();\n',
    '',
  ),
  mutant(
    'a claim without a look finds no end of room',
    'many: 2 producers, 2 and 1 events, capacity 1',
    ['race', 'assertion'],
    producer,
    '!this.alone || this.end >= this.limit',
    '!this.alone',
  ),
  {
    name: 'an intent is written once the claim is made',
    program: dying,
    kinds: ['assertion'],
    edits: [
      {
        file: producer,
        from: 'const outdated = this.intend(first, count);\n',
        to: 'const outdated = false;\n',
      },
      {
        file: producer,
        from: 'this.next = first;\n',
        to: 'this.intend(first, count);\n        this.next = first;\n',
      },
    ],
  },
  mutant(
    'an intent has the length of the first claim',
    dyingWithPair,
    ['assertion'],
    producer,
    'if (count !== this.intendedLength)',
    'if (this.intendedLength === 0)',
  ),

  // --- The stamp.
  mutant(
    'a stamp is a plain store',
    one,
    ['race'],
    stamps,
    stamping,
    'const before = (seen = words[index]);\n        words[index] = word;\n',
  ),
  mutant(
    'a stamp is a store that does not look who sleeps',
    one,
    ['deadlock'],
    stamps,
    stamping,
    'Atomics.store(words, index, word);\n        const before = (seen = position << 2);\n',
  ),
  mutant(
    'who sleeps is looked up before the stamp is made',
    one,
    ['deadlock'],
    stamps,
    stamping,
    'const before = (seen = Atomics.load(words, index));\n        Atomics.store(words, index, word);\n',
  ),
  mutant('a stamp does not notify', one, ['deadlock'], stamps, notifying, ''),
  mutant(
    'a stamp notifies one of two',
    twoConsumers,
    ['deadlock'],
    stamps,
    notifying,
    notifying.replace('notifyAll(words, index)', 'Atomics.notify(words, index, 1)'),
  ),
  {
    name: 'a claim is stamped before it is filled',
    program: each,
    kinds: ['race'],
    edits: [
      {
        file: producer,
        from: 'this.next = first;\n',
        to: 'this.next = first;\n        this.stamp(count, 0);\n',
      },
      { file: producer, from: 'return this.stamp(count, 0);', to: 'return true;' },
    ],
  },
  mutant(
    'a claim of two is stamped up to its first',
    'many: 1 producer, claims of 2 released one by one, capacity 4',
    ['deadlock', 'assertion'],
    producer,
    'const word = wordOf(end) | flag;',
    'const word = wordOf(next + 1) | flag;',
  ),
  mutant(
    'a stamp of the lap before counts',
    'many: 2 producers, 2 events each, capacity 2',
    ['race', 'assertion', 'deadlock'],
    stamps,
    'return length > 0 && length <= capacity ? length : 0;',
    'return length > -capacity ? Math.max(1, length) : 0;',
  ),
  mutant(
    'stamps are compared as numbers',
    'many: 2 producers, 2 and 1 events, from two below the wrap',
    ['race', 'assertion', 'deadlock'],
    stamps,
    'const length = distance(stamp >> 2, position);',
    'const length = (stamp >> 2) - position;',
  ),

  // --- Reading runs.
  mutant(
    'a stamp is read plainly',
    one,
    ['race'],
    runs,
    'const stamp = atoms.load(index);',
    'const stamp = atoms.words[index];',
  ),
  mutant(
    'what is claimed counts as published, with its holes',
    each,
    ['race', 'assertion'],
    follower,
    'const found = reach > 0 ? this.runs.scan(this.next, reach) : 0;',
    'const found = (reach > 0 ? this.runs.scan(this.next, reach) : 0) || distance(Atomics.load(this.words, shared.cursor) >> 2, this.next);',
  ),
  mutant(
    'who idles sleeps on the cursor',
    one,
    ['deadlock', 'assertion'],
    follower,
    'const cursor = Atomics.load(this.words, shared.cursor);\n',
    'const cursor = Atomics.load(this.words, shared.cursor);\n        this.sleepIndex = shared.cursor;\n        this.sleepValue = cursor;\n',
  ),
  mutant(
    'a stage behind another sleeps on a stamp',
    'many: 2 producers, an event each, through a chain',
    ['deadlock'],
    follower,
    'this.sleepIndex = this.afterCursor ? runs.index : barrier.lowestIndex;\n        this.sleepValue = this.afterCursor ? runs.value : barrier.lowestValue;',
    'this.sleepIndex = this.stamps.first + (this.next & (this.stamps.capacity - 1));\n        this.sleepValue = Atomics.load(this.words, this.sleepIndex);',
  ),
  mutant(
    'a stage behind another reads to the end of the run',
    chain,
    ['race', 'assertion'],
    runs,
    'return Math.min(ahead, reach);',
    'return ahead;',
  ),
  mutant(
    'who stops inside a run does not stamp the rest',
    heir,
    ['deadlock'],
    follower,
    'if (this.next < this.available && this.next > this.released)',
    'if (this.next < this.released)',
  ),
  mutant(
    'the rest of a run is stamped once it is released',
    'many: a consumer dies at any step inside a claim of 2, and the next goes on there',
    ['deadlock'],
    follower,
    'if (this.next < this.available && this.next > this.released)\n            stampRest(this.words, this.stamps, this.next, wordOf(this.available));\n        return super.release();',
    'const inside = this.next < this.available && this.next > this.released;\n        const released = super.release();\n        if (inside)\n            stampRest(this.words, this.stamps, this.next, wordOf(this.available));\n        return released;',
  ),
  mutant(
    'the rest of a run is stamped one too long',
    heir,
    ['race', 'assertion', 'deadlock'],
    follower,
    'this.next, wordOf(this.available)',
    'this.next, wordOf(this.available + 1)',
  ),

  // --- What was given up.
  mutant(
    'a claim that is given up is not stamped',
    given,
    ['deadlock'],
    producer,
    'this.stamp(count, SKIPPED);',
    '',
  ),
  mutant(
    'what was given up is read',
    given,
    ['race', 'assertion'],
    runs,
    'if (stamp & SKIPPED)\n                return ahead > 0 ? ahead : -length;\n',
    '',
  ),
  mutant(
    'what was given up is passed over one by one',
    givenPair,
    ['deadlock'],
    runs,
    'ahead : -length',
    'ahead : -1',
  ),
  mutant(
    'what was given up is passed over and not released',
    'many: one gives up what the other waits behind',
    ['deadlock'],
    follower,
    'if (!this.left && !this.release()) {',
    'if (this.left) {',
  ),

  // --- Closing and aborting.
  mutant(
    'a consumer ends with the close, though a claim is in flight',
    closed,
    ['assertion'],
    follower,
    'ended === ENDED && distance(cursor >> 2, this.next) > 0 ? BLOCKED : ended',
    'ended',
  ),
  mutant(
    'a close wakes nobody at the stamps',
    closedIdle,
    ['deadlock'],
    closing,
    `wake(words, index);${wakesStamps}`,
    'wake(words, index);',
  ),
  {
    name: 'a close wakes who sleeps on the stamps before it closes',
    program: closedIdle,
    kinds: ['deadlock'],
    edits: [
      { file: closing, from: `wake(words, index);${wakesStamps}`, to: 'wake(words, index);' },
      { file: closing, from: closes, to: `${wakesStamps.trim()}\n    ${closes}` },
    ],
  },
  mutant(
    'an abort wakes nobody at the stamps',
    aborted,
    ['deadlock'],
    closing,
    `closeWord(words, index);${wakesStamps}`,
    'closeWord(words, index);',
  ),
];
