/**
 * A consumer's failure stands in its seat, so that whoever is blocked by it learns why instead of waiting in silence.
 *
 * The failure word is odd while it holds. Its details are written before it turns odd; whoever reads them looks at the word before and
 * after, since the consumer may have gone on, and failed again, meanwhile.
 */
import { FAILURE_BYTES, failureWord, seat } from './layout.js';
import { wake } from './sequence.js';
import { type Awaited, BLOCKED, FAILED, type Outcome } from './waiting.js';

/** What is known of a failure. */
export interface Failure {
  /** First word of the seat that failed. */
  readonly seat: number;
  /** The event in hand. */
  readonly sequence: number;
  /** UTF-8. */
  readonly message: ArrayLike<number>;
}

/** Before the message: its bytes, and the two halves of the sequence. */
const HEAD_WORDS = 3;
/** Longest message of a failure, in bytes. */
export const MESSAGE_BYTES: number = FAILURE_BYTES - HEAD_WORDS * 4;

/** Says that the consumer in this seat failed, and wakes whoever sleeps because of it. By the seat's holder. */
export function fail(words: Int32Array, { seat: at, sequence, message }: Failure): void {
  recover(words, at);
  const first = failureWord(at);
  Atomics.store(words, first, message.length);
  Atomics.store(words, first + 1, sequence | 0);
  Atomics.store(words, first + 2, Math.floor(sequence / 2 ** 32));
  for (let byte = 0; byte < message.length; byte += 4) {
    const word =
      message[byte] | (message[byte + 1] << 8) | (message[byte + 2] << 16) | (message[byte + 3] << 24);
    Atomics.store(words, first + HEAD_WORDS + (byte >> 2), word);
  }
  const before = Atomics.load(words, at + seat.failure);
  Atomics.store(words, at + seat.failure, before + 1); // releases: failure
  wake(words, at + seat.position);
}

/** The consumer in this seat goes on. By the seat's holder; does nothing when it has not failed. */
export function recover(words: Int32Array, at: number): void {
  const failure = Atomics.load(words, at + seat.failure);
  if (failure & 1) Atomics.store(words, at + seat.failure, failure + 1);
}

/** The failure that stands in this seat. */
export function failureOf(words: Int32Array, at: number): Failure | undefined {
  const index = at + seat.failure;
  for (;;) {
    const failure = Atomics.load(words, index); // acquires: failure
    if (!(failure & 1)) return undefined;
    const first = failureWord(at);
    const length = Math.min(Atomics.load(words, first) >>> 0, MESSAGE_BYTES);
    const low = Atomics.load(words, first + 1) >>> 0;
    const sequence = Atomics.load(words, first + 2) * 2 ** 32 + low;
    const message: number[] = [];
    while (message.length < length) {
      const word = Atomics.load(words, first + HEAD_WORDS + (message.length >> 2));
      message.push(word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24);
    }
    message.length = length;
    if (Atomics.load(words, index) === failure) return { seat: at, sequence, message };
  }
}

/** Seats of consumers and of workers: words from one up to another. */
export interface Seats {
  readonly from: number;
  readonly to: number;
  /** Seats among them that are waited for all the same. */
  readonly except: readonly number[];
}

/** As the wait that it is made of, but FAILED where a consumer that has failed is what blocks it. */
export class UnlessFailed implements Awaited {
  readonly words: Int32Array;
  private readonly awaited: Awaited;
  private readonly seats: Seats;
  sleepIndex = 0;
  sleepValue = 0;
  /** After FAILED: why. */
  failure: Failure | undefined;

  constructor(awaited: Awaited, seats: Seats) {
    this.words = awaited.words;
    this.awaited = awaited;
    this.seats = seats;
  }

  get looksAgain(): boolean {
    return this.awaited.looksAgain ?? false;
  }

  look(): Outcome {
    const { words, awaited } = this;
    // What it released before it failed may have come after the look: so twice, with one and the same failure.
    for (let at = -1, seen = 0; ;) {
      const outcome = awaited.look();
      const index = awaited.sleepIndex;
      this.sleepIndex = index;
      this.sleepValue = awaited.sleepValue;
      if (outcome !== BLOCKED || !this.isSeat(index)) return outcome;
      const failure = Atomics.load(words, index + seat.failure);
      if (!(failure & 1)) return BLOCKED;
      if (index === at && failure === seen) {
        this.failure = failureOf(words, index);
        if (this.failure !== undefined) return FAILED;
      }
      at = index;
      seen = failure;
    }
  }

  /** The words slept on in a seat are its first. */
  private isSeat(index: number): boolean {
    const { from, to, except } = this.seats;
    return index >= from && index < to && !except.includes(index);
  }
}
