/** Serving several rings, broken on purpose. */
import type { Options } from '../checker/index.js';
import { type Mutant, mutant } from './mutant.js';

const doorbell = 'core/doorbell.js';
const sequence = 'core/sequence.js';
const vigil = 'core/vigil.js';
const reading = 'reading.js';

const oneEach = 'serving 2 rings, 1 event in each';
const byOne = 'serving 2 rings, 1 event in each by one thread';
const bothClosed = 'serving 2 silent rings until both are closed';
const behindThird = 'closed while a server and an ordinary consumer sleep on the position of a third';
const disposed = 'serving 2 rings on an event loop, one disposed meanwhile';

/** For what takes several changes of threads at one place each. */
const closely: Options = { strategy: 'bounded', preemptions: 3 };

export const servingMutants: readonly Mutant[] = [
  // --- Ringing.
  mutant(
    'a publish does not ring',
    oneEach,
    ['deadlock'],
    sequence,
    'if (seen & PARKED)\n                notifyAll(words, index);',
    'if (seen & PARKED)\n                Atomics.notify(words, index);',
  ),
  {
    name: 'a publish rings before it is made',
    program: oneEach,
    kinds: ['deadlock'],
    edits: [
      {
        file: sequence,
        from: 'if (seen & PARKED)\n                notifyAll(words, index);',
        to: 'if (seen & PARKED)\n                Atomics.notify(words, index);',
      },
      {
        file: sequence,
        from: 'while ((seen & ~PARKED) === from) {',
        to: 'while ((seen & ~PARKED) === from) {\n        if (seen & PARKED)\n            notifyAll(words, index);',
      },
    ],
  },
  mutant(
    'an abort does not ring',
    'serving 2 rings, one aborted: the other goes on',
    ['deadlock'],
    sequence,
    '    }\n    notifyAll(words, index);\n}',
    '    }\n    Atomics.notify(words, index);\n}',
  ),
  mutant(
    'a close rings only where somebody seems to sleep',
    'serving 2 rings, a producer may die, another thread closes',
    ['deadlock'],
    sequence,
    '    }\n    notifyAll(words, index);\n}',
    '        if (!(seen & PARKED))\n            return void Atomics.notify(words, index);\n    }\n    notifyAll(words, index);\n}',
  ),
  mutant(
    'whoever wakes from outside does not ring',
    'serving 2 silent rings until it is cancelled',
    ['deadlock'],
    sequence,
    'clearParked(words, index);\n    notifyAll(words, index);',
    'clearParked(words, index);\n    Atomics.notify(words, index);',
  ),
  mutant(
    'a waiter that does not sleep takes back the bit and does not ring',
    'serving a ring from which an ordinary consumer is called off',
    ['deadlock'],
    sequence,
    '=== parked)\n        notifyAll(words, index);',
    '=== parked)\n        Atomics.notify(words, index);',
  ),
  mutant(
    'a stamp does not ring',
    'serving a ring of several producers and a group',
    ['deadlock'],
    'core/stamps.js',
    'if (seen & PARKED)\n        notifyAll(words, index);',
    'if (seen & PARKED)\n        Atomics.notify(words, index);',
  ),
  mutant(
    'a ring of the doorbell is not counted',
    byOne,
    ['deadlock'],
    doorbell,
    'Atomics.add(bell, BELL, STEP);',
    '',
  ),
  mutant(
    'a ring of the doorbell is counted after it',
    byOne,
    ['deadlock'],
    doorbell,
    'Atomics.add(bell, BELL, STEP);\n    Atomics.notify(bell, BELL);',
    'Atomics.notify(bell, BELL);\n    Atomics.add(bell, BELL, STEP);',
    { strategy: 'dpor' },
  ),
  mutant(
    'a ring of the doorbell wakes nobody',
    byOne,
    ['deadlock'],
    doorbell,
    'Atomics.notify(bell, BELL);',
    '',
  ),
  mutant(
    'a ring of the doorbell wakes one of two',
    '2 servers with one doorbell, only one has events',
    ['deadlock'],
    doorbell,
    'Atomics.notify(bell, BELL);',
    'Atomics.notify(bell, BELL, 1);',
  ),
  mutant(
    'the doorbell is counted plainly',
    byOne,
    ['race'],
    doorbell,
    'Atomics.add(bell, BELL, STEP);',
    'bell[BELL] += STEP;',
  ),
  mutant(
    'a ring is opened without its doorbell',
    byOne,
    ['assertion', 'deadlock'],
    'handle.js',
    'if (doorbell !== undefined)\n        hangBell',
    'if (doorbell === null)\n        hangBell',
  ),

  // --- Waiting.
  mutant(
    'the doorbell is read after the second look',
    byOne,
    ['deadlock'],
    vigil,
    'this.sleepValue = heard;',
    'this.sleepValue = Atomics.load(this.words, BELL);',
  ),
  {
    name: 'a server sets no bit',
    program: byOne,
    kinds: ['deadlock'],
    edits: [
      {
        file: vigil,
        from: 'const before = Atomics.compareExchange(words, sleepIndex, sleepValue, this.parked);',
        to: 'const before = sleepValue;',
      },
      { file: vigil, from: ' && awaited.sleepValue === this.parked', to: '' },
    ],
  },
  mutant(
    'a server looks into its first ring only',
    oneEach,
    ['deadlock', 'livelock', 'op-cap'],
    vigil,
    'for (const { awaited } of this.watched)',
    'for (const { awaited } of this.watched.slice(0, 1))',
  ),
  mutant(
    'a server does not look again after it set the bits',
    behindThird,
    ['deadlock'],
    vigil,
    'watched.every((each) => each.stillBlocked())',
    'watched.length > 0',
    closely,
  ),
  mutant(
    'a server that does not sleep keeps the bits',
    behindThird,
    ['deadlock'],
    vigil,
    'each.unpark();',
    '',
    closely,
  ),
  mutant(
    'a server that finds its own bit set starts anew',
    'serving 2 consumers of one ring',
    ['livelock', 'op-cap'],
    vigil,
    'before === sleepValue || before === this.parked',
    'before === sleepValue',
  ),
  mutant(
    'a server does not ask again whether it was cancelled, nor heard the doorbell',
    'serving 2 silent rings until it is cancelled',
    ['deadlock'],
    vigil,
    'const interrupted = limits.interrupted();',
    'const interrupted = READY;\n            this.sleepValue = Atomics.load(this.words, BELL);\n            if (asleep)\n                return SLEEP;',
  ),
  mutant(
    'a server waits on for what has ended',
    bothClosed,
    ['livelock', 'op-cap'],
    vigil,
    'this.watched = this.watched.filter(({ awaited }) => awaited !== gone);',
    '',
  ),

  // --- Leaving.
  mutant(
    'a consumer that is disposed does not ring',
    disposed,
    ['deadlock'],
    reading,
    '// Whoever serves it beside others sleeps on the doorbell.\n        ringBell(this.context.words);',
    '',
  ),
  mutant(
    'a consumer that is disposed asynchronously does not ring',
    'serving 2 rings on an event loop, one disposed asynchronously meanwhile',
    ['deadlock'],
    reading,
    'ringBell(this.context.words);\n        this.sleeper.rouse();',
    'this.sleeper.rouse();',
  ),
  mutant(
    'a server does not see that a consumer was disposed',
    disposed,
    ['deadlock', 'assertion', 'livelock', 'op-cap'],
    'served.js',
    'return this.#lent.presence.left ? LEFT : this.#lent.core.look();',
    'return this.#lent.core.look();',
  ),
];
