/** What anybody may wait for without a seat: that a ring is drained, that an event is processed. */
import type { Barrier } from './core/barrier.js';
import { endedOutcome } from './core/closing.js';
import { shared } from './core/layout.js';
import { CLOSED, positionInEpoch } from './core/sequence.js';
import { type Awaited, BLOCKED, ENDED, type Outcome, READY } from './core/waiting.js';

/** The ring is closed and every consumer is done with everything. */
export class Drained implements Awaited {
  readonly words: Int32Array;
  readonly #gate: Barrier;
  sleepIndex = 0;
  sleepValue = 0;

  /** `gate`: all consumers. */
  constructor(gate: Barrier) {
    this.words = gate.words;
    this.#gate = gate;
  }

  /** Once it waits for consumers: for a worker's failure, beside the other workers. */
  get looksAgain(): boolean {
    return this.sleepIndex !== shared.ending;
  }

  look(): Outcome {
    const cursor = Atomics.load(this.words, shared.cursor);
    if (!(cursor & CLOSED)) return this.#blockedOn(shared.ending, Atomics.load(this.words, shared.ending));
    const ended = endedOutcome(this.words);
    if (ended !== ENDED) return ended;
    const gate = this.#gate;
    if (gate.ahead(cursor >> 2) < 0) return this.#blockedOn(gate.lowestIndex, gate.lowestValue);
    return READY;
  }

  #blockedOn(index: number, value: number): Outcome {
    this.sleepIndex = index;
    this.sleepValue = value;
    return BLOCKED;
  }
}

/** Every consumer is done with the event of a sequence. */
export class Processed implements Awaited {
  readonly words: Int32Array;
  readonly #gate: Barrier;
  readonly #sequence: number;
  sleepIndex = 0;
  sleepValue = 0;
  /** For a close, beside those who come after a consumer and wait for it on. */
  readonly looksAgain = true;

  /** `gate`: all consumers. */
  constructor(gate: Barrier, sequence: number) {
    this.words = gate.words;
    this.#gate = gate;
    this.#sequence = sequence;
  }

  look(): Outcome {
    const cursor = Atomics.load(this.words, shared.cursor);
    const published = positionInEpoch(cursor, Atomics.load(this.words, shared.epoch));
    if (cursor & CLOSED) {
      const ended = endedOutcome(this.words);
      if (ended !== ENDED || published <= this.#sequence) return ended;
    }
    const gate = this.#gate;
    if (published + gate.ahead(published) > this.#sequence) return READY;
    this.sleepIndex = gate.lowestIndex;
    this.sleepValue = gate.lowestValue;
    return BLOCKED;
  }
}
