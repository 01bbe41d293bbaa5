/** Waits that do not look again by themselves where they may miss a wake-up. */
import { type Mutant, mutant } from './mutant.js';

const looks = 'looksAgain = true;';
/** Others, who look again by themselves, may do so for ever meanwhile. */
const asleep = ['deadlock', 'op-cap'] as const;

export const missedMutants: readonly Mutant[] = [
  mutant(
    'a producer sleeps through a close beside one that waits for the same consumer on',
    'missed: a close, by a producer behind a consumer that never moves',
    ['deadlock'],
    'core/single-producer.js',
    looks,
    'looksAgain = false;',
  ),
  mutant(
    'one of several producers sleeps through a close beside one that waits for the same consumer on',
    'missed: a close, by one of 2 producers behind a consumer that never moves',
    ['deadlock'],
    'core/multi-producer.js',
    looks,
    'looksAgain = false;',
  ),
  mutant(
    'who waits until an event is processed sleeps through a close',
    'missed: a close, by who waits until an event is processed that never comes',
    ['deadlock'],
    'milestones.js',
    '/** For a close, beside those who come after a consumer and wait for it on. */\n    looksAgain = true;',
    '',
  ),
  mutant(
    'a worker sleeps through what another leaves in hand',
    'missed: what a worker left in hand, by the other, beside a consumer',
    asleep,
    'core/group-worker.js',
    'return this.group.seats.length > 1;',
    'return false;',
    { depth: 4 },
  ),
  mutant(
    'who waits until a ring is drained sleeps through the failure of a worker',
    'missed: the failure of a worker, by who waits until a closed ring is drained',
    asleep,
    'milestones.js',
    'return this.sleepIndex !== shared.ending;',
    'return false;',
    { depth: 4 },
  ),
  mutant(
    'a consumer behind a group sleeps through the failure of a worker',
    'missed: the failure of a worker, by a consumer behind the group',
    asleep,
    'core/follower.js',
    'return this.barrier.announcements.length > 0;',
    'return false;',
    { depth: 4 },
  ),
  mutant(
    'a wait for consumers that may fail does not look again',
    'missed: a close, by publish() behind a consumer that never moves',
    ['deadlock'],
    'core/failure.js',
    'return this.awaited.looksAgain ?? false;',
    'return false;',
  ),
  mutant(
    'a wait that is watched for a deadlock of its own does not look again',
    'missed: a close, by publish() behind a consumer that never moves, in a thread with a consumer of its own',
    ['deadlock'],
    'own-seats.js',
    'return this.#awaited.looksAgain ?? false;',
    'return false;',
  ),
  mutant(
    'a wait that may miss a wake-up sleeps for as long as it may',
    'missed: a close, by a producer behind a consumer that never moves',
    ['deadlock'],
    'core/waiting.js',
    'return looksAgain ? Math.min(remaining, LOOK_AGAIN_MS) : remaining;',
    'return remaining;',
  ),
];
