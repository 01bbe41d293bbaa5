/** What finds misuse, broken. */
import { type Mutant, mutant } from './mutant.js';

const seats = 'own-seats.js';
const alone =
  'misuse (B-47): a thread that would wait for room behind its own consumer is told so, whoever else holds the ring up';
const overtaken =
  'misuse (B-47): the same when another producer took the room for which the thread was waiting';
const onlooker = 'misuse: a thread that waits for what its own consumer has to do is told so';
const givenUp = 'misuse (B-27): a claim that another gave up meanwhile is refused, or every consumer sees it';

export const misuseMutants: readonly Mutant[] = [
  mutant(
    'a thread that waits for its own consumer is not told',
    alone,
    ['deadlock'],
    seats,
    'return new Watched(awaited, () => this.#holding(goal) !== undefined);',
    'return awaited;',
  ),
  mutant(
    'whether a thread waits for its own consumer is looked at once',
    overtaken,
    ['deadlock'],
    seats,
    'this.#deadlocked() ? DEADLOCKED',
    '(this.once ??= this.#deadlocked()) ? DEADLOCKED',
  ),
  mutant(
    'a consumer that is where it has to be counts as waited for',
    overtaken,
    ['assertion'],
    seats,
    'if (position < goal(core.next))',
    'if (position <= goal(core.next))',
  ),
  mutant(
    'a consumer waits for one of its own thread before it',
    onlooker,
    ['deadlock'],
    seats,
    'cursor > wanted ?',
    'cursor < wanted ?',
  ),
  mutant(
    'a publish takes back what was given up for it',
    givenUp,
    ['assertion'],
    'core/stamps.js',
    'if (isStamped(before, position))\n            return false;\n',
    '',
  ),
];
