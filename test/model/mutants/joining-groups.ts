/** Groups, lossy consumers and observers that join and leave, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const membership = 'core/membership.js';
const worker = 'core/group-worker.js';
const seats = 'worker-seat.js';

const broken = ['race', 'assertion', 'deadlock', 'livelock'] as const;

const holding = 'leaving groups: with an event in hand, another stays';
const another = 'leaving groups: with what another left in hand';
const joinsLossy = 'joining lossy: while 2 events flow, capacity 1';
const atOnce = 'joining faces: a group leaves while another thread opens a worker';

export const joiningGroupMutants: readonly Mutant[] = [
  mutant(
    'a group leaves, and what it has in hand stays announced',
    holding,
    ['deadlock'],
    membership,
    'for (const announcement of announcements)\n        letGo(words, announcement);',
    '',
  ),
  mutant(
    'what a group had in hand is let go of, and nobody is woken',
    another,
    ['deadlock'],
    membership,
    '    notifyAll(words, announcement);\n',
    '',
  ),
  mutant(
    'what a group had in hand is let go of by a store that forgets who sleeps',
    another,
    ['deadlock'],
    membership,
    'while (seen & FLAGS) {\n        const before = Atomics.compareExchange(words, announcement, seen, seen & ~FLAGS);\n        if (before === seen)\n            break;\n        seen = before;\n    }\n    notifyAll(words, announcement);',
    'Atomics.store(words, announcement, seen & ~FLAGS);\n    if (seen & PARKED)\n        notifyAll(words, announcement);',
  ),
  mutant(
    'only the first worker of a group that leaves lets go of what it has in hand',
    another,
    ['deadlock'],
    membership,
    'for (const announcement of announcements)\n        letGo(words, announcement);',
    'letGo(words, announcements[0] ?? shared.nobody);',
  ),
  mutant(
    'a lossy consumer that joins counts as missed what it was moved over',
    joinsLossy,
    ['assertion'],
    membership,
    'Atomics.store(words, announcement, first);',
    'Atomics.store(words, announcement, from);',
  ),
  mutant(
    'producers move the word of a lossy consumer that is leaving',
    'leaving lossy: the last, and producers go on, 2 of them',
    broken,
    membership,
    'if (Atomics.load(words, at + seat.lossy) !== 0)\n            closeWord(words, index);',
    '',
    { maxSchedules: 100_000 },
  ),
  mutant(
    'a consumer joins in the middle of what a worker has in hand, where there is no stamp',
    'joining groups: a consumer joins behind a group that is in the middle of a claim',
    ['deadlock'],
    worker,
    'if (busy && runs !== undefined)\n            stampRest(this.words, runs.stamps, this.next, wordOf(this.available));',
    '',
  ),
  mutant(
    'producers do not know of observers',
    'observing: joins while 2 events flow, 1 producers',
    ['race', 'assertion'],
    membership,
    'seats.filter(({ kind }) => kind !== 0)',
    'seats.filter(({ kind }) => kind === MEMBER)',
  ),
  mutant(
    'an observer stands for a consumer',
    'observing: is nobody, and producers hold',
    ['assertion'],
    membership,
    'seats.some(({ kind }) => kind === MEMBER)',
    'seats.some(({ kind }) => kind !== 0)',
  ),
  mutant(
    'whoever takes a worker does not look whether the group is still there',
    atOnce,
    broken,
    seats,
    'if (isStillThere(context, mine))',
    'if (true)',
  ),
  mutant(
    'whoever takes a worker looks before it takes the seat',
    atOnce,
    broken,
    seats,
    'const taken = takeSeat(words, at + seat.state, attachment);\n        if (taken === undefined)\n            continue;\n        if (isStillThere(context, mine))',
    'const early = isStillThere(context, mine);\n        const taken = takeSeat(words, at + seat.state, attachment);\n        if (taken === undefined)\n            continue;\n        if (early)',
  ),
  mutant(
    'a group leaves without a look at its other workers',
    atOnce,
    broken,
    seats,
    '!others.some(sits)',
    'others.length >= 0',
  ),
  mutant(
    'a group is open to others before it has come in',
    'joining faces: another thread opens a worker of a group that is joining',
    broken,
    seats,
    'if (seatState(state) !== VACANT || !isMember(context, mine.number))',
    'if (!isMember(context, mine.number))',
    { maxSchedules: 100_000 },
  ),
];
