/** Mutants of `slipring/locks`. */
import { mutant, type Mutant } from './mutant.js';

const mutex = 'locks/mutex.js';
const condition = 'locks/condition.js';
const semaphore = 'locks/semaphore.js';
const buffer = 'locks/bounded-buffer.js';
const conditionBuffer = 'locks/condition-buffer.js';
const semaphoreBuffer = 'locks/semaphore-buffer.js';
const slots = 'locks/slots.js';
const sleep = 'locks/sleep.js';

const three = 'mutex: 3 threads';
const oneWaits = 'condition: 1 waits, 1 notifies after the unlock';

export const lockMutants: readonly Mutant[] = [
  // --- Mutex.
  mutant(
    'mutex: an unlock does not notify',
    three,
    ['deadlock'],
    mutex,
    'Atomics.notify(this.#words, STATE, 1);',
    ';',
  ),
  mutant(
    'mutex: an unlock is a plain store',
    three,
    ['race'],
    mutex,
    'Atomics.exchange(this.#words, STATE, FREE) === CONTENDED',
    '((seen) => ((this.#words[STATE] = FREE), seen))(Atomics.load(this.#words, STATE)) === CONTENDED',
  ),
  mutant(
    'mutex: an unlock looks, then stores',
    three,
    ['deadlock'],
    mutex,
    'Atomics.exchange(this.#words, STATE, FREE) === CONTENDED',
    '((seen) => (Atomics.store(this.#words, STATE, FREE), seen))(Atomics.load(this.#words, STATE)) === CONTENDED',
  ),
  mutant(
    'mutex: a lock looks, then stores',
    three,
    ['race'],
    mutex,
    'if (Atomics.compareExchange(this.#words, STATE, FREE, LOCKED) !== FREE)\n            this.#contend',
    'if (Atomics.load(this.#words, STATE) !== FREE || Atomics.store(this.#words, STATE, LOCKED) !== LOCKED)\n            this.#contend',
  ),
  mutant(
    'mutex: whoever slept takes it as if nobody else did',
    three,
    ['deadlock'],
    mutex,
    'while (Atomics.exchange(words, STATE, CONTENDED) !== FREE) {',
    'while (Atomics.compareExchange(words, STATE, FREE, LOCKED) !== FREE) {\n            Atomics.compareExchange(words, STATE, LOCKED, CONTENDED);',
  ),
  mutant(
    'mutex: whoever slept has it: if for while',
    three,
    ['race', 'deadlock'],
    mutex,
    'while (Atomics.exchange(words, STATE, CONTENDED) !== FREE) {',
    'if (Atomics.exchange(words, STATE, CONTENDED) !== FREE) {',
  ),
  mutant(
    'mutex: whoever runs out of time says that nobody sleeps',
    'mutex: 3 threads, one waits for 10 ms',
    ['deadlock'],
    mutex,
    'throwIfDue(deadline, AWAITED);',
    'try {\n                throwIfDue(deadline, AWAITED);\n            }\n            catch (late) {\n                Atomics.compareExchange(words, STATE, CONTENDED, LOCKED);\n                throw late;\n            }',
  ),
  mutant(
    'mutex: anybody may unlock it',
    'mutex: misuse changes nothing',
    ['assertion', 'race'],
    mutex,
    'if (!this.#held) {',
    'if (this.#held === undefined) {',
  ),
  mutant(
    'mutex: an action that throws keeps it',
    'mutex: an action that throws gives it back',
    ['assertion', 'deadlock'],
    mutex,
    'this.lock(options);\n        try {\n            return action();\n        }\n        finally {\n            this.unlock();\n        }',
    'this.lock(options);\n        const result = action();\n        this.unlock();\n        return result;',
  ),
  mutant(
    'mutex: an aborted wait keeps the wake-up that comes to it',
    'mutex: 3 threads, a wait of one is aborted',
    ['deadlock'],
    sleep,
    "void Promise.resolve(nap.value).then((late) => late === 'ok' && Atomics.notify(words, index, 1));",
    '',
  ),
  mutant(
    'mutex: nobody naps, so a wake-up that the dead swallowed is lost',
    'mutex: 3 threads, one dies while it waits',
    ['deadlock'],
    sleep,
    'deadline === Infinity ? NAP_MS',
    'deadline === Infinity ? Infinity',
  ),

  // --- Condition.
  mutant(
    'condition: a waiter unlocks before it is counted',
    oneWaits,
    ['deadlock'],
    condition,
    'const seen = this.enrol(mutex);\n        mutex.unlock();\n        let outcome;\n        try {\n            outcome = sleep(',
    'mutex.unlock();\n        Atomics.add(this.#words, WAITERS, 1);\n        const seen = Atomics.load(this.#words, NOTIFIES);\n        let outcome;\n        try {\n            outcome = sleep(',
  ),
  mutant(
    'condition: a waiter reads the count of notifies after the unlock',
    oneWaits,
    ['deadlock'],
    condition,
    'const seen = this.enrol(mutex);\n        mutex.unlock();\n        let outcome;\n        try {\n            outcome = sleep(',
    'this.enrol(mutex);\n        mutex.unlock();\n        const seen = Atomics.load(this.#words, NOTIFIES);\n        let outcome;\n        try {\n            outcome = sleep(',
  ),
  mutant(
    'condition: a notify leaves the word',
    oneWaits,
    ['deadlock'],
    condition,
    'Atomics.add(this.#words, NOTIFIES, 1);',
    '',
  ),
  mutant(
    'condition: one is notified where all are',
    'condition: 2 wait, both are notified',
    ['deadlock'],
    condition,
    'Atomics.notify(this.#words, NOTIFIES, count);',
    'Atomics.notify(this.#words, NOTIFIES, 1);',
  ),
  mutant(
    'condition: a wait ends without the mutex',
    oneWaits,
    ['assertion', 'race'],
    condition,
    'mutex.lockUntil(Infinity);',
    '',
  ),
  mutant(
    'condition: whoever wakes is still counted',
    oneWaits,
    ['assertion'],
    condition,
    'Atomics.sub(this.#words, WAITERS, 1);\n            mutex.lockUntil',
    'mutex.lockUntil',
  ),
  mutant(
    'condition: whoever ends an async wait is still counted',
    'condition: 2 wait, a wait of one is aborted',
    ['assertion'],
    condition,
    'Atomics.sub(this.#words, WAITERS, 1);\n        }\n    }\n}',
    '}\n    }\n}',
  ),
  mutant(
    'condition: whoever was notified and is late keeps the wake-up to itself',
    'condition: 2 wait, one of them for 10 ms and is held up when it wakes, 1 is notified',
    ['deadlock'],
    condition,
    "if (outcome === 'timed-out')\n            throwIfDue(deadline",
    'throwIfDue(deadline',
  ),

  // --- Semaphore.
  mutant(
    'semaphore: a release does not notify',
    'semaphore: 1 permit, 3 threads',
    ['deadlock'],
    semaphore,
    'Atomics.notify(words, PERMITS, count);',
    ';',
  ),
  mutant(
    'semaphore: a release of two notifies one',
    'semaphore: 2 threads wait for 2 permits that come together',
    ['deadlock'],
    semaphore,
    'Atomics.notify(words, PERMITS, count);',
    'Atomics.notify(words, PERMITS, 1);',
  ),
  {
    name: 'semaphore: a release looks for waiters before it gives',
    program: 'semaphore: 1 permit, 3 threads',
    kinds: ['deadlock'],
    edits: [
      {
        file: semaphore,
        from: 'for (let free = Atomics.load(words, PERMITS);;) {',
        to: 'const waiters = Atomics.load(words, WAITERS);\n        for (let free = Atomics.load(words, PERMITS);;) {',
      },
      { file: semaphore, from: 'if (Atomics.load(words, WAITERS) > 0)', to: 'if (waiters > 0)' },
    ],
  },
  mutant(
    'semaphore: an acquire looks, then stores',
    'semaphore: 1 permit, 3 threads',
    ['race', 'assertion'],
    semaphore,
    'const seen = Atomics.compareExchange(words, PERMITS, free, free - 1);',
    'const seen = free;\n            Atomics.store(words, PERMITS, free - 1);',
  ),
  mutant(
    'semaphore: whoever slept has a permit: if for while',
    'semaphore: 1 permit, 3 threads',
    ['race', 'assertion'],
    semaphore,
    'while (!this.tryAcquire()) {\n                throwIfDue(deadline',
    'if (!this.tryAcquire()) {\n                throwIfDue(deadline',
  ),
  mutant(
    'semaphore: whoever runs out of time is still counted',
    'semaphore: 1 permit, 3 threads, one waits for 10 ms',
    ['assertion'],
    semaphore,
    'sleep(words, PERMITS, 0, deadline);\n            }\n        }\n        finally {\n            Atomics.sub(words, WAITERS, 1);\n        }',
    'sleep(words, PERMITS, 0, deadline);\n            }\n            Atomics.sub(words, WAITERS, 1);\n        }\n        finally {\n        }',
  ),
  mutant(
    'semaphore: a release gives, then looks whether that was too many',
    'semaphore: 2 give one too many',
    ['assertion'],
    semaphore,
    'for (let free = Atomics.load(words, PERMITS);;) {',
    "if (Atomics.add(words, PERMITS, count) > MOST_PERMITS - count) {\n            Atomics.sub(words, PERMITS, count);\n            throw new LockError('ERR_SEMAPHORE_OVERFLOW', 'too many');\n        }\n        for (let free = 0; free > 0;) {",
  ),

  // --- Both buffers.
  mutant(
    'buffer: an item is written outside the mutex',
    'condition-buffer: 1 puts 2, 1 takes, capacity 1',
    ['race'],
    buffer,
    'fill(slots.columns, slots.next, a, b, c);\n        slots.added();',
    'const { next } = slots;\n        slots.added();\n        this.mutex.unlock();\n        fill(slots.columns, next, a, b, c);\n        this.mutex.lock();',
  ),
  mutant(
    'buffer: a slot is given back before it is read',
    'condition-buffer: 1 puts 2, 1 takes, capacity 1',
    ['race'],
    buffer,
    'read(slots.columns, slots.oldest, a, b, c);\n        slots.removed();',
    'const { oldest } = slots;\n        slots.removed();\n        this.mutex.unlock();\n        read(slots.columns, oldest, a, b, c);\n        this.mutex.lock();',
  ),
  mutant(
    'buffer: a close does not take the mutex',
    'condition-buffer: closed while 1 puts 2 and 1 takes',
    ['race'],
    buffer,
    'this.mutex.lock();\n        const first = this.#closeSlots();\n        this.mutex.unlock();',
    'const first = this.#closeSlots();',
  ),
  mutant(
    'buffer: a close wakes nobody',
    'condition-buffer: closed while 2 take from an empty one',
    ['deadlock'],
    buffer,
    'if (first)\n            this.wakeAll();',
    '',
  ),
  mutant(
    'buffer: a close wakes before it closes',
    'condition-buffer: closed while 2 take from an empty one',
    ['deadlock'],
    buffer,
    'this.mutex.lock();\n        const first = this.#closeSlots();\n        this.mutex.unlock();\n        if (first)\n            this.wakeAll();',
    'this.wakeAll();\n        this.mutex.lock();\n        this.#closeSlots();\n        this.mutex.unlock();',
  ),
  mutant(
    'buffer: every close gives a permit',
    'semaphore-buffer: closed by two while 1 puts and 1 takes',
    ['assertion'],
    buffer,
    'if (first)\n            this.wakeAll();',
    'this.wakeAll();',
  ),
  mutant(
    'buffer: the next slot does not wrap',
    'semaphore-buffer: 1 puts 3, 1 takes, capacity 2',
    ['assertion', 'race'],
    slots,
    'slot < this.#capacity ? slot : slot - this.#capacity',
    'slot < this.#capacity ? slot : 0 * slot + this.#capacity - 1',
  ),

  // --- The buffer with conditions.
  mutant(
    'condition-buffer: whoever was woken takes: if for while',
    'condition-buffer: 1 puts 2, 2 take 1 each, capacity 1',
    ['assertion', 'deadlock'],
    conditionBuffer,
    'while (slots.empty && !slots.closed)',
    'if (slots.empty && !slots.closed)',
  ),
  mutant(
    'condition-buffer: whoever was woken puts: if for while',
    'condition-buffer: 2 put 2 each, 2 take 2 each, capacity 1',
    ['assertion', 'deadlock'],
    conditionBuffer,
    'while (slots.full && !slots.closed)',
    'if (slots.full && !slots.closed)',
  ),
  {
    name: 'condition-buffer: a put notifies before the item is written',
    program: 'condition-buffer: 1 puts 1, 1 takes, capacity 1',
    kinds: ['deadlock'],
    edits: [
      {
        file: conditionBuffer,
        from: 'mutex.lockUntil(deadline);\n        try {\n            while (slots.full',
        to: 'this.#notEmpty.notify();\n        mutex.lockUntil(deadline);\n        try {\n            while (slots.full',
      },
      {
        file: conditionBuffer,
        from: '(put ? this.#notEmpty : this.#notFull).notify();\n        }\n    }\n    takeUntil',
        to: 'if (!put)\n                this.#notFull.notify();\n        }\n    }\n    takeUntil',
      },
    ],
  },
  mutant(
    'condition-buffer: whoever leaves without having put wakes nobody',
    'condition-buffer: what throws in fill or read puts and takes nothing',
    ['deadlock'],
    conditionBuffer,
    '(put ? this.#notEmpty : this.#notFull).notify();\n        }\n    }\n    takeUntil',
    'if (put)\n                this.#notEmpty.notify();\n        }\n    }\n    takeUntil',
  ),
  mutant(
    'condition-buffer: a close notifies the putters alone',
    'condition-buffer: closed while 2 take from an empty one',
    ['deadlock'],
    conditionBuffer,
    'this.#notEmpty.notifyAll();',
    '',
  ),
  mutant(
    'condition-buffer: an aborted take keeps the wake-up to itself',
    'condition-buffer: 2 take, a wait of one is aborted, 1 puts',
    ['deadlock'],
    sleep,
    "void Promise.resolve(nap.value).then((late) => late === 'ok' && Atomics.notify(words, index, 1));",
    '',
  ),

  // --- The buffer with semaphores.
  mutant(
    'semaphore-buffer: the permit is acquired inside the mutex',
    'semaphore-buffer: 1 puts 2, 1 takes, capacity 1',
    ['deadlock'],
    semaphoreBuffer,
    'this.#free.acquireUntil(deadline);\n        try {\n            mutex.lockUntil(deadline);',
    'mutex.lockUntil(deadline);\n        try {\n            this.#free.acquireUntil(deadline);',
  ),
  {
    name: 'semaphore-buffer: a put releases before the item is written',
    program: 'semaphore-buffer: 1 puts 1, 1 takes, capacity 1',
    kinds: ['assertion'],
    edits: [
      {
        file: semaphoreBuffer,
        from: 'mutex.lockUntil(deadline);\n            try {\n                this.add(',
        to: 'this.#filled.release();\n            mutex.lockUntil(deadline);\n            try {\n                this.add(',
      },
      {
        file: semaphoreBuffer,
        from: 'mutex.unlock();\n            }\n            put = true;\n        }\n        finally {\n            (put ? this.#filled : this.#free).release();',
        to: 'mutex.unlock();\n            }\n            put = true;\n        }\n        finally {\n            if (!put)\n                this.#free.release();',
      },
    ],
  },
  mutant(
    'semaphore-buffer: whoever leaves without having put keeps the permit',
    'semaphore-buffer: what throws in fill or read puts and takes nothing',
    ['deadlock', 'assertion'],
    semaphoreBuffer,
    'mutex.unlock();\n            }\n            put = true;\n        }\n        finally {\n            (put ? this.#filled : this.#free).release();',
    'mutex.unlock();\n            }\n            put = true;\n        }\n        finally {\n            if (put)\n                this.#filled.release();',
  ),
  mutant(
    'semaphore-buffer: whoever meets the end keeps the permit of closing',
    'semaphore-buffer: closed while 2 take from an empty one',
    ['deadlock', 'assertion'],
    semaphoreBuffer,
    'taken = true;\n            return true;\n        }\n        finally {\n            (taken ? this.#free : this.#filled).release();',
    'taken = true;\n            return true;\n        }\n        finally {\n            if (taken)\n                this.#free.release();',
  ),
  mutant(
    'semaphore-buffer: a try that meets the mutex keeps the permit',
    'semaphore-buffer: 1 puts 2, 1 takes, another tries to take',
    ['deadlock', 'assertion'],
    semaphoreBuffer,
    "return 'taken';\n        }\n        finally {\n            (taken ? this.#free : this.#filled).release();",
    "return 'taken';\n        }\n        finally {\n            if (taken)\n                this.#free.release();",
  ),
];
