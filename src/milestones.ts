/** What anybody may wait for without a seat: that a ring is drained, that an event is processed. */
import { endedOutcome } from './core/closing.js';
import { shared } from './core/layout.js';
import { CLOSED, distance, positionInEpoch, positionNear } from './core/sequence.js';
import { type Awaited, BLOCKED, ENDED, type Outcome, READY } from './core/waiting.js';

/** The ring is closed and every consumer is done with everything. */
export class Drained implements Awaited {
  readonly words: Int32Array;
  readonly #positions: readonly number[];
  sleepIndex = 0;
  sleepValue = 0;

  constructor(words: Int32Array, positions: readonly number[]) {
    this.words = words;
    this.#positions = positions;
  }

  look(): Outcome {
    const cursor = Atomics.load(this.words, shared.cursor);
    if (!(cursor & CLOSED)) return this.#blockedOn(shared.ending, Atomics.load(this.words, shared.ending));
    const ended = endedOutcome(this.words);
    if (ended !== ENDED) return ended;
    for (const index of this.#positions) {
      const value = Atomics.load(this.words, index);
      if (distance(cursor >> 2, value >> 2) > 0) return this.#blockedOn(index, value);
    }
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
  readonly #positions: readonly number[];
  readonly #sequence: number;
  sleepIndex = 0;
  sleepValue = 0;

  constructor(words: Int32Array, positions: readonly number[], sequence: number) {
    this.words = words;
    this.#positions = positions;
    this.#sequence = sequence;
  }

  look(): Outcome {
    const cursor = Atomics.load(this.words, shared.cursor);
    const published = positionInEpoch(cursor, Atomics.load(this.words, shared.epoch));
    if (cursor & CLOSED) {
      const ended = endedOutcome(this.words);
      if (ended !== ENDED || published <= this.#sequence) return ended;
    }
    for (const index of this.#positions) {
      const value = Atomics.load(this.words, index);
      if (positionNear(value, published) <= this.#sequence) {
        this.sleepIndex = index;
        this.sleepValue = value;
        return BLOCKED;
      }
    }
    return READY;
  }
}
