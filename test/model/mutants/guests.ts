/** Recovery of guests, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const recovery = 'core/recovery.js';
const observer = 'guests: an observer dies';
const lossy = 'guests: a lossy consumer that joined dies, hold';
const group = 'guests: the only worker of a group that joined dies, now';
const broken = ['assertion', 'deadlock', 'livelock'] as const;

export const guestMutants: readonly Mutant[] = [
  mutant(
    'a dead observer is held like a lossy consumer',
    observer,
    broken,
    recovery,
    'if (!isIn || kind === OBSERVER || (',
    'if (!isIn || (',
  ),
  mutant(
    'a lossy consumer that is to be detached is held',
    'guests: a lossy consumer that joined dies, detach',
    broken,
    recovery,
    "(group.lossy && fate === 'detach')",
    'false',
  ),
  mutant(
    'who takes a dead observer out keeps its own seat',
    observer,
    broken,
    recovery,
    'if (leaving !== undefined)\n            leaveSeat(words, own + seat.state, leaving);',
    '',
  ),
  mutant(
    'nobody hears of a seat whose group is being brought in, or taken out',
    group,
    broken,
    'seat-list.js',
    'isHeld(group) || (isOrdinary && counts)',
    'isOrdinary && counts',
  ),
  mutant(
    'nobody hears of the worker of a group that is half out',
    group,
    broken,
    'seat-list.js',
    'isHeld(at) || (counts && workers.includes(at))',
    'counts && workers.includes(at)',
  ),
  mutant(
    'a lossy consumer that died half out stays',
    lossy,
    broken,
    recovery,
    'Atomics.load(words, at + seat.member) === MEMBER && Atomics.load(words, at + seat.lossy) === 0',
    'Atomics.load(words, at + seat.member) === MEMBER',
  ),
];
