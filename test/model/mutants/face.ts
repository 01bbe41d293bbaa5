/** The public face, broken on purpose. */
import { type Mutant, mutant } from './mutant.js';

const batch = 'batch.js';
const cancel = 'cancel.js';
const claim = 'claim.js';
const failure = 'core/failure.js';
const handling = 'handling.js';
const limits = 'limits.js';
const producer = 'producer.js';
const reading = 'reading.js';
const seats = 'core/seats.js';
const sequence = 'core/sequence.js';
const snapshot = 'snapshot.js';
const texts = 'texts.js';
const waiting = 'core/waiting.js';

const abandoning = 'publishing 2 events with claims abandoned and fills that throw in between, capacity 1';
const failing = 'a consumer fails while its producer publishes';
const leavingEarly = 'consuming 2 events by iterations that are left early, capacity 2';
const polling = 'consuming 2 events by poll, capacity 1';
const spinning = 'no notify while everybody spins';
const neverComes = 'a signal ends the wait for what never comes';
const closing = 'closed while an event is published and run';
const watching = 'snapshots while 3 events go through';

export const faceMutants: readonly Mutant[] = [
  // --- Publishing.
  mutant(
    'a claim that is abandoned is published',
    abandoning,
    ['assertion'],
    claim,
    'this.#owner.abandonClaim(this.length);',
    'this.#owner.commitClaim(this.length);',
  ),
  mutant(
    'a claim that goes out of scope is published',
    abandoning,
    ['assertion'],
    claim,
    'this.abandon();',
    'if (this.#open)\n            this.commit();',
  ),
  mutant(
    'a claim publishes its first event only',
    'publishing a claim of 2 and one of 1, capacity 2',
    ['assertion', 'deadlock'],
    claim,
    'this.#owner.commitClaim(this.length);',
    'this.#owner.commitClaim(1);',
  ),
  {
    name: 'a claim is committed before it is filled',
    program: 'publishing a claim of 2 and one of 1, capacity 2',
    kinds: ['race'],
    edits: [
      {
        file: producer,
        from: 'return new Claim(this.claimOwner, this.core.next, length);',
        to: 'this.core.publish(length);\n        return new Claim(this.claimOwner, this.core.next - length, length);',
      },
      {
        file: producer,
        from: 'this.turn.slot = NOBODY;\n        if (!this.core.publish(length))\n            this.failed();\n    }\n    /** Publishes nothing',
        to: 'this.turn.slot = NOBODY;\n    }\n    /** Publishes nothing',
      },
    ],
  },
  mutant(
    'an event whose fill throws is published',
    abandoning,
    ['assertion'],
    producer,
    'this.giveUp(1);\n            throw error;\n        }\n        turn.slot',
    'this.giveUp(1);\n            core.publish(1);\n            throw error;\n        }\n        turn.slot',
  ),
  mutant(
    'a batch whose fill throws is published',
    abandoning,
    ['assertion'],
    producer,
    'this.giveUp(length);\n            throw error;',
    'this.core.publish(length);\n            this.turn.slot = NOBODY;\n            throw error;',
  ),
  mutant(
    'a publish that meets a close returns',
    closing,
    ['assertion'],
    producer,
    'if (!core.publish(1))\n            this.failed();\n        return sequence;',
    'core.publish(1);\n        return sequence;',
  ),
  mutant(
    'a commit that meets a close returns',
    'closed during claimAsync and for await',
    ['assertion'],
    producer,
    'if (!this.core.publish(length))\n            this.failed();\n    }\n    /** Publishes nothing',
    'this.core.publish(length);\n    }\n    /** Publishes nothing',
  ),
  mutant(
    'a batch that meets a close returns',
    'closed while a batch is published in lots and iterated over',
    ['assertion'],
    producer,
    'if (!this.core.publish(length))\n            this.failed();\n        return first',
    'this.core.publish(length);\n        return first',
  ),
  mutant(
    'tryPublish waits',
    'no notify while everybody tries and polls',
    ['assertion'],
    producer,
    '!this.hasRoom(1))\n            return undefined;\n        return this.publishClaimed(fill, args);',
    '!this.hasRoom(1))\n            return this.publish(fill, ...args);\n        return this.publishClaimed(fill, args);',
  ),
  mutant(
    'async calls do not take turns',
    'a publishAsync that comes later does not pass one that waits',
    ['assertion'],
    'turns.js',
    'this.#waiting === 0 ? task(READY) : this.#queue(limits, task)',
    'task(READY)',
  ),

  // --- Consuming.
  mutant(
    'a batch that is left early releases the event in hand',
    leavingEarly,
    ['assertion', 'deadlock'],
    batch,
    'yield event;\n                this.#passed = Math.max(this.#passed, offset + 1);',
    'this.#passed = Math.max(this.#passed, offset + 1);\n                yield event;',
  ),
  mutant(
    'a batch that is left early is released whole',
    leavingEarly,
    ['assertion', 'deadlock'],
    batch,
    'this.#end(this.#passed);',
    'this.#end(this.length);',
  ),
  mutant(
    'a batch is released when it is taken',
    'publishing 2 events, one by one, capacity 1',
    ['race', 'assertion'],
    reading,
    'this.turn.slot = OPEN;\n',
    'this.turn.slot = OPEN;\n        this.core.next = available;\n        this.core.release();\n        this.core.next = next;\n',
  ),
  mutant(
    'an event is released before its handler ran',
    polling,
    ['race'],
    handling,
    'turn.slot = sequence & mask;\n            handler(',
    'turn.slot = sequence & mask;\n            core.next = sequence + 1;\n            core.release();\n            handler(',
  ),
  mutant(
    'a handler that throws has its event released',
    'consuming 2 events by a handler that throws, capacity 2',
    ['assertion'],
    handling,
    'if (core.release())\n            reading.stop',
    'core.next = sequence + 1;\n        if (core.release())\n            reading.stop',
  ),
  mutant(
    'a disposed consumer is given what it waited for',
    'a consumer is disposed while it awaits an event, and another thread goes on',
    ['assertion', 'race'],
    reading,
    'if (this.presence.left)\n            this.fail(LEFT);\n',
    '',
  ),

  // --- Consumers that fail.
  mutant(
    'a failure is stored after the wake',
    failing,
    ['deadlock'],
    failure,
    'Atomics.store(words, at + seat.failure, before + 1); // releases: failure\n    wake(words, at + seat.position);',
    'wake(words, at + seat.position);\n    Atomics.store(words, at + seat.failure, before + 1);',
  ),
  mutant('a failure wakes nobody', failing, ['deadlock'], failure, 'wake(words, at + seat.position);', ''),
  mutant(
    'a failure wakes nobody behind the consumer',
    'a consumer fails while another waits behind it',
    ['deadlock'],
    failure,
    'wake(words, at + seat.position);',
    '',
  ),
  mutant(
    'a failure is not looked at once the parked bit is set',
    failing,
    ['deadlock'],
    failure,
    'if (!(failure & 1))\n                return BLOCKED;',
    'if (!(failure & 1) || awaited.sleepValue & 1)\n                return BLOCKED;',
  ),
  mutant(
    'a failure is not looked at by who comes to sleep on an announcement',
    'a worker fails while its producer publishes',
    ['deadlock'],
    'reading.js',
    'seat: this.core.index - seat.position,',
    'seat: this.context.declared[0].seat,',
  ),
  mutant(
    'a failure counts although there is room by now',
    'a consumer fails, and there is room for its producer',
    ['assertion'],
    failure,
    'if (index === at && failure === seen) {',
    'if (true) {',
  ),
  mutant(
    'a failure stays when its consumer goes on',
    'a consumer fails at each event and goes on',
    ['assertion', 'deadlock'],
    reading,
    'this.state = state;\n        if (this.failed)\n            this.goOn();',
    'this.state = state;',
  ),
  mutant(
    'a failure stays when another goes on in the seat',
    'a consumer fails and leaves, and another goes on in its seat',
    ['assertion', 'deadlock'],
    'consumer-seat.js',
    'recover(words, mine.seat);',
    '',
  ),
  mutant(
    'a failure stays when another worker takes over',
    'a worker fails and leaves, and another takes over what it had in hand',
    ['assertion', 'deadlock'],
    'core/group-worker.js',
    'recover(words, at);',
    '',
  ),
  mutant(
    'a worker is told of the failure of one whose events it takes over',
    'a worker fails and leaves, and another takes over what it had in hand',
    ['assertion'],
    reading,
    'unlessFailed(context, core, mine.workers)',
    'unlessFailed(context, core)',
  ),
  mutant(
    'a failure is stored before its message',
    'snapshots while a consumer fails at each event and goes on',
    ['assertion'],
    failure,
    'recover(words, at);\n    const first',
    'recover(words, at);\n    Atomics.store(words, at + seat.failure, Atomics.load(words, at + seat.failure) + 1);\n    const first',
  ),
  mutant(
    'the message of a failure is read while the next is written',
    'snapshots while a consumer fails at each event and goes on',
    ['assertion'],
    failure,
    'if (Atomics.load(words, index) === failure)\n',
    '',
  ),
  mutant(
    'the message of a failure is written plainly',
    'snapshots while a consumer fails at each event and goes on',
    ['race'],
    failure,
    'Atomics.store(words, first + HEAD_WORDS + (byte >> 2), word);',
    'words[first + HEAD_WORDS + (byte >> 2)] = word;',
  ),
  mutant(
    'who was told to wait for a failed consumer does not',
    'a consumer fails, and others are told to wait',
    ['assertion', 'deadlock'],
    'context.js',
    'to: none ? layout.consumerSeats : layout.stamps',
    'to: layout.stamps',
  ),
  mutant(
    'an event that is skipped comes again',
    'an event is skipped',
    ['assertion'],
    handling,
    'core.next = errors.wholeBatch ? end : sequence + 1;',
    'core.next = errors.wholeBatch ? end : sequence;',
  ),
  mutant(
    'an event that is to be tried again is passed over',
    'an event is tried again',
    ['assertion'],
    handling,
    "if (decision === 'retry')\n",
    "if (decision === 'retry')\n            core.next = sequence + 1;\n        if (decision === 'retry')\n",
  ),
  mutant(
    'a pause is not ended by a close',
    'a pause is ended by a close',
    ['deadlock'],
    'pause.js',
    'return READY;\n        }',
    '}',
  ),

  // --- Tokens, signals, and a seat that is left.
  mutant(
    'a token wakes before it is tripped',
    'a token ends the waits of 2 consumers of a ring',
    ['deadlock'],
    cancel,
    'Atomics.store(this.#word, 0, 1);\n',
    'for (const { wake } of this.#places)\n            wake();\n        Atomics.store(this.#word, 0, 1);\n        if (this.#places.length > 0)\n            return;\n',
  ),
  mutant(
    'a token wakes nobody',
    'a token ends the waits in 2 rings',
    ['deadlock'],
    cancel,
    'for (const { wake } of this.#places)\n',
    'for (const { wake } of [])\n',
  ),
  mutant(
    'a thread that may be cancelled relies on being woken',
    'a token ends the wait of one of 2 consumers, the other sleeps on',
    ['deadlock'],
    'limits.js',
    'return this.#cancel === undefined ? remaining : Math.min(remaining, CANCEL_SLICE_MS);',
    'return remaining;',
    { depth: 5 },
  ),
  mutant(
    'a token wakes in its first ring only',
    'a token ends the waits in 2 rings',
    ['deadlock'],
    cancel,
    'for (const { wake } of this.#places)\n',
    'for (const { wake } of this.#places.slice(0, 1))\n',
  ),
  mutant(
    'a token wakes nobody at the positions',
    'a token ends the waits of a producer and of drained()',
    ['deadlock'],
    cancel,
    'wake(words, index);',
    ';',
  ),
  mutant(
    'a token wakes nobody who waits for the end',
    'a token ends the waits of a producer and of drained()',
    ['deadlock'],
    cancel,
    'wake(words, shared.ending);',
    '',
  ),
  mutant(
    'a token is read plainly',
    'a token ends the waits in 2 rings',
    ['race'],
    cancel,
    'Atomics.load(this.#word, 0) !== 0',
    'this.#word[0] !== 0',
  ),
  mutant(
    'a signal is looked at before the wait only',
    neverComes,
    ['deadlock'],
    limits,
    "signal?.addEventListener('abort', listener);",
    '',
  ),
  mutant(
    'a signal wakes its waiter only where the parked bit stands',
    'a signal ends a wait although the one who should have woken it died',
    ['deadlock'],
    waiting,
    'wake(this.#words, this.#index);',
    'if (Atomics.load(this.#words, this.#index) & PARKED)\n                wake(this.#words, this.#index);',
  ),
  {
    name: 'a signal wakes where its seat looked last',
    program:
      'a signal ends a publishAsync although its seat looked elsewhere and the one who should have woken it died',
    kinds: ['deadlock'],
    edits: [
      {
        file: waiting,
        from: 'async sleep({ words, sleepIndex, sleepValue }, timeoutMs) {',
        to: 'async sleep(awaited, timeoutMs) {\n        const { words, sleepIndex, sleepValue } = awaited;',
      },
      { file: waiting, from: 'this.#index = sleepIndex;', to: 'this.#index = awaited;' },
      {
        file: waiting,
        from: 'wake(this.#words, this.#index);',
        to: 'wake(this.#words, this.#index.awaited.sleepIndex);',
      },
    ],
    // Random schedules find it too, after some thousand.
    options: { strategy: 'dpor' },
  },
  mutant(
    'a consumer leaves its seat and wakes nobody who waits in it',
    'a consumer is disposed while it awaits what never comes',
    ['deadlock'],
    reading,
    'this.turn.slot = NO_SEAT;\n        this.sleeper.rouse();',
    'this.turn.slot = NO_SEAT;',
  ),
  mutant(
    'a consumer that is to leave wakes nobody who waits in it',
    'a consumer is disposed asynchronously while it awaits what never comes',
    ['deadlock'],
    reading,
    'this.sleeper.rouse();\n        await',
    'await',
  ),
  mutant(
    'a producer leaves its seat and wakes nobody who waits in it',
    'a producer is disposed while it awaits what never comes',
    ['deadlock'],
    producer,
    'this.sleeper.rouse();',
    '',
  ),

  // --- Seats.
  mutant(
    'a seat is taken by a load and a store',
    '2 threads open the producer at once',
    ['assertion', 'race'],
    seats,
    'Atomics.compareExchange(words, index, seen, mine);',
    '(Atomics.store(words, index, mine), seen);',
  ),
  mutant(
    'a seat is left by a plain store',
    'a producer leaves its seat, and another goes on',
    ['race'],
    seats,
    'return Atomics.compareExchange(words, index, mine, mine & ~STATE_MASK) === mine;',
    'words[index] = mine & ~STATE_MASK;\n    return true;',
  ),
  mutant(
    'a producer that is disposed keeps its seat',
    'a producer leaves a claim open, and another goes on',
    ['assertion'],
    producer,
    'leaveSeat(this.context.words, this.stateIndex, this.taken);',
    '',
  ),
  mutant(
    'a consumer that is disposed releases what it has in hand',
    'a consumer leaves with a batch in hand, which comes again',
    ['assertion', 'deadlock'],
    reading,
    'this.go(this.leaveSeat);',
    'this.core.next = this.core.available;\n        this.core.release();\n        this.go(this.leaveSeat);',
  ),

  // --- Those who look on.
  {
    name: 'a snapshot reads the cursor before the positions',
    program: watching,
    kinds: ['assertion'],
    edits: [
      {
        file: snapshot,
        from: 'const seen = membersOf(context).map(',
        to: 'const epoch = Atomics.load(words, shared.epoch);\n    const cursor = Atomics.load(words, shared.cursor);\n    const seen = membersOf(context).map(',
      },
      {
        file: snapshot,
        from: '    const epoch = Atomics.load(words, shared.epoch);\n    const cursor = Atomics.load(words, shared.cursor);\n    const published',
        to: '    const published',
      },
      {
        file: snapshot,
        from: 'Math.min(Math.max(published - lowest, 0), capacity)',
        to: 'Math.min(published - lowest, capacity)',
      },
    ],
  },
  mutant(
    'a snapshot takes positions for older than they can be',
    watching,
    ['assertion'],
    snapshot,
    'Math.min(Math.max(published - lowest, 0), capacity)',
    'published - lowest',
  ),
  {
    name: 'the reason of an abort is read while it is written',
    program: 'snapshots while a seat is left and the ring aborted',
    kinds: ['race', 'assertion'],
    edits: [
      {
        file: texts,
        from: 'Atomics.load(words, shared.aborted) !== 2',
        to: 'Atomics.load(words, shared.aborted) === 0',
      },
      {
        file: texts,
        from: 'views.bytes(words.buffer, at, bytes.length).set(bytes);\n    Atomics.store(words, layout.reasonOffset / 4, bytes.length);',
        to: 'Atomics.store(words, layout.reasonOffset / 4, bytes.length);\n    views.bytes(words.buffer, at, bytes.length).set(bytes);',
      },
    ],
  },
  mutant(
    'the reason of an abort is not passed on',
    'aborted while an event is published and run',
    ['assertion'],
    'ring.js',
    'writeReason(words, layout, messageOf(reason))',
    'undefined',
  ),

  // --- Nobody is notified where nobody parks.
  mutant(
    'a publish notifies always',
    spinning,
    ['assertion'],
    sequence,
    'return seen === from ||',
    'if (seen === from)\n        Atomics.notify(words, index);\n    return seen === from ||',
  ),
  mutant('a wait that should spin parks', spinning, ['assertion'], limits, 'spin: Infinity', 'spin: 0'),
];
