/** Permits, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const table = 'core/permits.js';
const face = 'queue/permits.js';

const two = 'permits: 2 threads, 1 permit';
const dies = 'permits: a holder dies at any step while another waits';
const closing = 'permits: closed by the one that holds them, while others wait';

export const permitMutants: readonly Mutant[] = [
  mutant(
    'a released permit wakes nobody',
    two,
    ['deadlock'],
    table,
    'if (Atomics.load(words, GIVEN_BACK) & PARKED)\n        stir(words, 0);',
    '',
  ),
  mutant(
    'a releaser looks for sleepers before it releases',
    two,
    ['deadlock'],
    table,
    'if (!leaveSeat(words, seatOf(number), holder))\n        return false;\n    // The permit first: whoever set the bit after this look finds it free.\n    if (Atomics.load(words, GIVEN_BACK) & PARKED)',
    'const parked = Atomics.load(words, GIVEN_BACK) & PARKED;\n    if (!leaveSeat(words, seatOf(number), holder))\n        return false;\n    if (parked)',
  ),
  mutant(
    'who releases clears the parked bit and notifies nobody',
    two,
    ['deadlock'],
    table,
    'notifyAll(words, GIVEN_BACK);',
    '',
  ),
  mutant(
    'a permit is taken by load and store',
    two,
    ['race', 'assertion'],
    table,
    'const holder = takeSeat(words, seatOf(number), this.#owner);',
    'const holder = seatState(Atomics.load(words, seatOf(number))) === VACANT ? (this.#owner << 4) | 1 : undefined;\n            if (holder !== undefined)\n                Atomics.store(words, seatOf(number), holder);',
  ),
  mutant(
    'what a dead thread had is not taken back',
    dies,
    ['deadlock', 'assertion'],
    table,
    'function takeBack(words, { number, holder }) {\n    return leaveSeat(words, seatOf(number), holder);',
    'function takeBack() {\n    return true;',
  ),
  mutant('who takes permits back wakes nobody', dies, ['deadlock'], face, 'wakeWaiting(this.#words);', ''),
  mutant(
    'a permit is taken back by a plain store',
    'permits: 2 threads take back what one dead had, and use it',
    ['race', 'assertion', 'deadlock'],
    table,
    'function takeBack(words, { number, holder }) {\n    return leaveSeat(words, seatOf(number), holder);',
    'function takeBack(words, { number, holder }) {\n    Atomics.store(words, seatOf(number), 0 * holder);\n    return true;',
  ),
  mutant(
    'a note is believed whoever signed it',
    dies,
    ['assertion'],
    table,
    'if (Atomics.load(words, line + SIGNED) !== holder)\n        return [];',
    '',
  ),
  mutant(
    'closing wakes nobody',
    closing,
    ['deadlock'],
    table,
    'stir(words, CLOSED);',
    'Atomics.or(words, GIVEN_BACK, CLOSED);',
  ),
  mutant(
    'closed permits are waited for',
    closing,
    ['deadlock'],
    table,
    'if (seen & CLOSED)\n            return ENDED;',
    '',
  ),
  mutant(
    'a token does not wake those who wait for permits',
    'permits: a token ends a wait',
    ['deadlock'],
    'cancel.js',
    'wake: () => wakeWaiting(words)',
    'wake: () => undefined',
  ),
];
