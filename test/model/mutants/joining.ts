/** Joining and leaving, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const membership = 'core/membership.js';
const barrier = 'core/barrier.js';
const follower = 'core/follower.js';

const joins = 'joining: while 3 events flow, capacity 1';
const middle = 'leaving: the middle of a chain, after 0 events';

const overwritten = ['race', 'assertion', 'deadlock', 'livelock'] as const;

export const joiningMutants: readonly Mutant[] = [
  mutant(
    "a joiner does not read the producers' gates",
    joins,
    overwritten,
    membership,
    'for (const gate of gates) {',
    'for (const gate of []) {',
  ),
  mutant(
    'a producer does not write its gate down',
    joins,
    overwritten,
    membership,
    'Atomics.store(words, this.#gateIndex, wordOf(gate)); // releases: gate',
    '',
  ),
  mutant(
    'a producer does not look at the joins again',
    joins,
    overwritten,
    membership,
    'if (Atomics.load(words, shared.membership) !== joins)\n                continue;',
    '',
  ),
  mutant(
    'a producer writes its gate down after it looked at the joins again',
    joins,
    overwritten,
    membership,
    'Atomics.store(words, this.#gateIndex, wordOf(gate)); // releases: gate\n            if (Atomics.load(words, shared.membership) !== joins)\n                continue;',
    'if (Atomics.load(words, shared.membership) !== joins)\n                continue;\n            Atomics.store(words, this.#gateIndex, wordOf(gate));',
  ),
  mutant(
    'a join is counted before the joiner is a member',
    joins,
    overwritten,
    membership,
    'Atomics.store(words, at + seat.member, kind); // releases: joined\n    Atomics.add(words, shared.membership, 1); // releases: joined',
    'Atomics.add(words, shared.membership, 1);\n    Atomics.store(words, at + seat.member, kind);',
  ),
  mutant(
    'a join is not counted',
    joins,
    overwritten,
    membership,
    'Atomics.add(words, shared.membership, 1); // releases: joined',
    '',
  ),
  mutant(
    'a joiner that an abort met stays where it may be overwritten',
    'joining: while the ring is aborted',
    overwritten,
    membership,
    'while (wanted(seen >> 2)) {',
    'while (!(seen & CLOSED) && wanted(seen >> 2)) {',
  ),
  mutant(
    'a joiner wakes nobody who waits for one',
    'leaving: the last, producers hold until another joins, 1 of them',
    ['deadlock'],
    membership,
    'wake(words, shared.nobody);',
    '',
  ),
  mutant(
    'a consumer leaves and wakes nobody',
    'leaving: after 1 of 3 events, another stays, capacity 1',
    ['deadlock'],
    membership,
    'closeWord(words, index); // releases: left',
    'Atomics.or(words, index, CLOSED);',
  ),
  mutant(
    'a consumer leaves and its position does not say so',
    'leaving: after 1 of 3 events, another stays, capacity 1',
    ['deadlock'],
    membership,
    'closeWord(words, index); // releases: left',
    'wake(words, index);',
  ),
  mutant(
    'a consumer that leaves closes its position while it still counts',
    'leaving: after 1 of 3 events, another stays, capacity 1',
    ['deadlock', 'livelock'],
    membership,
    'Atomics.store(words, at + seat.member, 0); // releases: left\n    closeWord(words, index); // releases: left',
    'closeWord(words, index);\n    Atomics.store(words, at + seat.member, 0);',
  ),
  mutant(
    'a producer goes on waiting for whoever left',
    'leaving: after 1 of 3 events, another stays, capacity 1',
    ['deadlock'],
    barrier,
    'if (this.find === undefined || !(this.lowestValue & CLOSED))',
    'if (this.indexes.length > 1 || this.find === undefined || !(this.lowestValue & CLOSED))',
  ),
  mutant(
    'a consumer goes on waiting for whoever left before it',
    middle,
    ['deadlock'],
    follower,
    'if (barrier.lowestValue & CLOSED && this.renew())\n            return this.look();',
    '',
  ),
  mutant(
    'whoever came after one that left comes after nobody',
    middle,
    ['race', 'assertion'],
    membership,
    'else\n                visit(other);',
    '',
  ),
  mutant(
    'several producers: a consumer goes on waiting for whoever left before it',
    'leaving: the first of a chain, after 1 events, 2 producers',
    ['deadlock'],
    'core/run-follower.js',
    'if (!this.afterCursor && reach <= 0 && this.renew())\n                    continue;',
    '',
  ),
  mutant(
    'with nobody left nothing holds the producers',
    'leaving: the last, and producers hold',
    ['assertion'],
    membership,
    'lossy: discards ? [...nobody, ...there.lossy] : there.lossy',
    'lossy: nobody',
  ),
  mutant(
    'producers that nobody listens to drop what others have not published',
    'leaving: the last, and producers go on, 2 of them',
    ['race', 'assertion', 'deadlock', 'livelock'],
    'core/eviction.js',
    'runs === undefined ? to : passable(gate, from, to, runs)',
    'to',
  ),
];
