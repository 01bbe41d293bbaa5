/** Diagnoses, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const flowing = 'a diagnosis while 2 threads call and answer through 2 rings';
const stuck = 'a diagnosis while 2 threads get to wait for each other, until it finds that';
const diagnose = 'diagnose.js';
const note = 'core/sleep-note.js';

export const diagnosingMutants: readonly Mutant[] = [
  mutant(
    'a diagnosis looks once',
    flowing,
    ['assertion'],
    diagnose,
    'const before = grounds.map(lookAt);\n    const looks = grounds.map(lookAt);',
    'const looks = grounds.map(lookAt);\n    const before = looks;',
  ),
  mutant(
    'a diagnosis takes those who are being woken for asleep',
    flowing,
    ['assertion'],
    note,
    'const lasts = Atomics.load(words, index) === value && Atomics.load(words, at + seat.parkedOn) === word;',
    'const lasts = true;',
  ),
  mutant(
    'a note lacks the value that is slept on',
    stuck,
    ['op-cap'],
    note,
    'Atomics.store(this.#words, this.#at + seat.parkedAt, value);\n        this.#value = value;\n        this.#put(word);',
    'this.#put(word);',
  ),
];
