/** Declaring threads dead, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const recovering = 'recovering.js';
const closing = 'deaths: a thread without a seat dies while it closes, and its supervisor declares it dead';
const two = 'deaths: two supervisors recover one producer, and one of them has its seat then';
const producer = 'deaths: a producer dies, its supervisor goes on in its seat';
const consumer = 'deaths: a consumer dies, its successor goes on where it stood';

export const deathMutants: readonly Mutant[] = [
  mutant(
    'a thread without a seat is declared dead, and nobody is woken',
    closing,
    ['deadlock'],
    recovering,
    'wakeAll(context);\n    return recoveries;',
    'return recoveries;',
  ),
  mutant(
    'every seat is recovered, whoever has it',
    producer,
    ['assertion'],
    recovering,
    'return seat.owner === owner ? ',
    'return true ? ',
  ),
  mutant(
    'a seat is recovered from whoever has it by now',
    two,
    ['assertion'],
    recovering,
    'recoverProducer(context, at, holder, attachment)',
    'recoverProducer(context, at, Atomics.load(words, at + seat.state), attachment)',
  ),
  mutant(
    'a dead consumer is taken out, whatever was declared',
    consumer,
    ['assertion', 'deadlock'],
    'options.js',
    "POLICIES[word] ?? 'hold'",
    "'detach'",
  ),
];
