/** Work groups, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const worker = 'core/group-worker.js';
const barrier = 'core/barrier.js';

const two = 'group: 2 workers, 2 events, capacity 1';
const before = 'group: 2 workers before a consumer';

const eviction = 'core/eviction.js';
const losing = 'lossy: 3 events, capacity 1';

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
        from: 'const index = this.announcements[i];\n            const value = this.atoms.load(index);',
        to: 'const index = this.announcements[i];\n            const value = early[i];',
      },
    ],
  },
  mutant(
    'a worker releases in the middle of a run, and leaves no stamp there',
    'group: a worker releases a claim of 2 one by one before a consumer, 2 producers',
    ['deadlock'],
    worker,
    'if (busy && runs !== undefined)\n            stampRest(',
    'if (busy && runs !== undefined && false)\n            stampRest(',
  ),
  mutant(
    'a consumer after a group goes by what a worker announces late',
    'group: 2 workers before a consumer, 1 of 2 producers publishes',
    ['assertion'],
    'core/run-follower.js',
    'reach > 0 ? this.runs.scan(this.next, reach) : 0',
    'this.runs.scan(this.next, reach)',
    // Two preemptions at two places: random schedules hardly ever have both.
    { strategy: 'bounded', preemptions: 2, maxSchedules: 60_000 },
  ),
  mutant(
    'a worker announces after its claim',
    two,
    ['race', 'assertion'],
    worker,
    'const won = this.moveClaim(count);',
    'this.announce(first, 0);\n        const won = this.moveClaim(count);\n        if (won)\n            this.announce(first, BUSY);',
  ),
  mutant(
    'a claim of a worker drops the parked bit',
    two,
    ['deadlock'],
    worker,
    'if (!advance(this.atoms, this.group.claim, this.claimed, to))\n            return false;',
    'const seen = Atomics.load(this.words, this.group.claim);\n        if ((seen & ~PARKED) !== this.claimed || Atomics.compareExchange(this.words, this.group.claim, seen, to) !== seen)\n            return false;',
  ),
  mutant(
    'a claim of a worker is a load and a store',
    two,
    ['race', 'assertion', 'deadlock', 'livelock'],
    worker,
    'if (!advance(this.atoms, this.group.claim, this.claimed, to))\n            return false;',
    'if ((Atomics.load(this.words, this.group.claim) & ~PARKED) !== this.claimed)\n            return false;\n        Atomics.store(this.words, this.group.claim, to);\n        Atomics.notify(this.words, this.group.claim);',
  ),
  mutant(
    'a worker goes idle and wakes nobody',
    two,
    ['deadlock'],
    worker,
    'if (!advance(this.atoms, this.at + seat.position, this.word, word))\n            return false;',
    'Atomics.store(this.words, this.at + seat.position, word);',
  ),
  mutant(
    'a worker that lost keeps its announcement',
    two,
    ['deadlock'],
    worker,
    'if (!this.retract())\n            return LOST;',
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
    'if (found < 0) {\n                if (this.moveClaim(-found))\n                    this.expected = this.position;\n                continue;\n            }\n            const outcome = this.take(found);',
    'const outcome = this.take(Math.abs(found));',
  ),

  // --- Lossy consumers.
  mutant(
    'what is in hand is evicted: taken without an announcement',
    losing,
    ['race', 'assertion'],
    worker,
    'if (!this.announce(first, BUSY))',
    'if (!this.announce(first, 0))',
  ),
  mutant(
    'an eviction does not look whether the consumer was faster',
    losing,
    ['assertion', 'race', 'deadlock'],
    eviction,
    'return advance(gate.atoms, lowestIndex, claimed, wordOf(end)) ? end - from : 0;',
    'Atomics.store(words, lowestIndex, wordOf(end));\n    Atomics.notify(words, lowestIndex);\n    return end - from;',
  ),
  mutant(
    'what another producer has not published is evicted',
    'lossy: 2 producers, 2 events each, capacity 1',
    ['race', 'assertion', 'deadlock'],
    eviction,
    'runs === undefined ? to : passable(gate, from, to, runs)',
    'to',
  ),
  mutant(
    'a producer that may not evict yet sleeps on the consumer',
    'lossy: nobody sits there',
    ['deadlock'],
    'core/multi-producer.js',
    'this.sleepValue = evicted === UNPUBLISHED ? runs.value : gate.lowestValue;',
    'this.sleepIndex = gate.lowestIndex;\n                this.sleepValue = gate.lowestValue;',
  ),
  mutant(
    'an eviction inside a run does not stamp the rest',
    'lossy: claims of 2, dropped one by one',
    ['deadlock', 'assertion'],
    eviction,
    'const before = Atomics.compareExchange(words, index, seen, wordOf(end) | skipped);',
    'const before = seen;',
  ),
  mutant(
    'the rest of a run is stamped by whoever looked long ago',
    'lossy: a claim of 2 is lapped while another producer drops the first of it',
    ['assertion', 'race', 'deadlock'],
    eviction,
    'const before = Atomics.compareExchange(words, index, seen, wordOf(end) | skipped);',
    'const before = seen;\n    Atomics.store(words, index, wordOf(end) | skipped);',
    { depth: 5 },
  ),
  mutant('a gap is not counted', losing, ['assertion'], worker, 'this.missed += missed;', ''),
];
