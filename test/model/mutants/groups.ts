/** Work groups, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const worker = 'core/group-worker.js';
const barrier = 'core/barrier.js';

const two = 'group: 2 workers, 2 events, capacity 1';
const before = 'group: 2 workers before a consumer';

export const groupMutants: readonly Mutant[] = [
  mutant(
    'a worker claims without an announcement',
    two,
    ['race', 'assertion'],
    worker,
    'if (!this.announce(first, BUSY))',
    'if (!this.announce(first, 0))',
  ),
  {
    name: 'announcements are read before the claim word',
    program: two,
    kinds: ['race', 'assertion'],
    edits: [
      {
        file: barrier,
        from: 'let lowestIndex = this.indexes[0];',
        to: 'const early = this.announcements.map((index) => Atomics.load(this.words, index));\n        let lowestIndex = this.indexes[0];',
      },
      {
        file: barrier,
        from: 'const index = this.announcements[i];\n            const value = Atomics.load(this.words, index);',
        to: 'const index = this.announcements[i];\n            const value = early[i];',
      },
    ],
  },
  mutant(
    'a worker announces after its claim',
    two,
    ['race', 'assertion'],
    worker,
    'if (!this.moveClaim(count))\n            return BLOCKED;',
    'this.announce(first, 0);\n        if (!this.moveClaim(count))\n            return BLOCKED;\n        this.announce(first, BUSY);',
  ),
  mutant(
    'a claim of a worker drops the parked bit',
    two,
    ['deadlock'],
    worker,
    'if (!advance(this.words, this.group.claim, this.claimed, to))\n            return false;',
    'const seen = Atomics.load(this.words, this.group.claim);\n        if ((seen & ~PARKED) !== this.claimed || Atomics.compareExchange(this.words, this.group.claim, seen, to) !== seen)\n            return false;',
  ),
  mutant(
    'a claim of a worker is a load and a store',
    two,
    ['race', 'assertion', 'deadlock', 'livelock'],
    worker,
    'if (!advance(this.words, this.group.claim, this.claimed, to))\n            return false;',
    'if ((Atomics.load(this.words, this.group.claim) & ~PARKED) !== this.claimed)\n            return false;\n        Atomics.store(this.words, this.group.claim, to);\n        Atomics.notify(this.words, this.group.claim);',
  ),
  mutant(
    'a worker goes idle and wakes nobody',
    two,
    ['deadlock'],
    worker,
    'if (!advance(this.words, this.at + seat.position, this.word, word))\n            return false;',
    'Atomics.store(this.words, this.at + seat.position, word);',
  ),
  mutant(
    'a worker that lost keeps its announcement',
    two,
    ['deadlock'],
    worker,
    'if (this.word & BUSY && !this.announce(this.position, 0))\n            return LEFT;',
    '',
  ),
  mutant(
    'a worker ends while another has events in hand',
    'group: one leaves with an event in hand, the other gets it',
    ['assertion'],
    worker,
    'if (!(value & BUSY))\n                continue;',
    'continue;',
  ),
  mutant(
    'a worker that leaves with events in hand wakes nobody',
    'group: one leaves with an event in hand, the other gets it',
    ['deadlock'],
    worker,
    'for (const at of seats)\n            wake(words, at + seat.position);',
    '',
  ),
  mutant(
    'what a worker left in hand is forgotten',
    'group: one leaves with an event in hand, the other gets it',
    ['deadlock', 'assertion'],
    worker,
    'if (this.adopt())\n            return READY;',
    '',
  ),
  mutant(
    'a worker passes what another has in hand to those behind the group',
    before,
    ['race', 'assertion'],
    barrier,
    'if (!(value & BUSY))\n                continue;',
    'continue;',
  ),
  mutant(
    'a worker that takes part of a run does not stamp the rest',
    'group: 2 workers, claims of 2 of several producers, taken one by one',
    ['deadlock'],
    worker,
    'stampRest(words, runs.stamps, first + count, wordOf(first + found));',
    '',
  ),
  mutant(
    'a worker handles what was given up',
    'group: 2 workers, an event is given up',
    ['race', 'assertion'],
    worker,
    'if (found < 0) {\n                this.moveClaim(-found);\n                continue;\n            }\n            const outcome = this.take(found);',
    'const outcome = this.take(Math.abs(found));',
  ),
];
