/** Events that were taken together, to be read and then released at once. */
import { GONE, INSPECT, OPEN, type Turn } from './accessor.js';
import { type Span, spansOf } from './claim.js';
import { ArgumentError, SeatError, TurnError } from './errors.js';
import { type Columns, describe, type Fields, type Readable } from './event.js';

/** What a batch needs from its consumer. */
export interface BatchOwner<F extends Fields> {
  readonly turn: Turn;
  readonly event: Readable<F>;
  readonly columns: Columns<F>;
  readonly capacity: number;
  /** Releases the next `count` events; and ends the batch with that. */
  passBatch(count: number): void;
  endBatch(count: number): void;
}

/**
 * `length` events from sequence `first` on. Their slots stay as they are until the batch is released. Read them through `columns` and
 * `spans`, or one by one by iterating.
 */
export class Batch<F extends Fields = Fields> implements Iterable<Readable<F>> {
  /** Sequence of the first event. */
  readonly first: number;
  readonly length: number;
  readonly #owner: BatchOwner<F>;
  #passed = 0;
  /** Events from the first on that were released. */
  #released = 0;
  #open = true;

  /** Use `consumer.take` or iterate over the consumer. */
  constructor(owner: BatchOwner<F>, first: number, length: number) {
    this.#owner = owner;
    this.first = first;
    this.length = length;
  }

  /** The columns of the whole ring: read the slots that `spans` names. Only consumers before this one in the graph may have changed them. */
  get columns(): Columns<F> {
    return this.#use().columns;
  }

  /** The slots that are not released, in order: one span, or two when they go across the end of the ring. */
  get spans(): readonly Span[] {
    return spansOf(this.first + this.#released, this.length - this.#released, this.#use().capacity);
  }

  /** The events that are not released one after another, each valid until the next is asked for. An event is passed when the next is. */
  *[Symbol.iterator](): IterableIterator<Readable<F>> {
    const { turn, event, capacity } = this.#use();
    try {
      for (let offset = this.#released; offset < this.length; offset = Math.max(offset + 1, this.#released)) {
        this.#use();
        turn.slot = (this.first + offset) & (capacity - 1);
        yield event;
        this.#passed = Math.max(this.#passed, offset + 1);
      }
    } finally {
      if (this.#open && turn.slot !== GONE) turn.slot = OPEN;
    }
  }

  /**
   * Releases the events below `sequence` before the rest: their slots may be filled again, and consumers after this one see them. The batch
   * stays open.
   * @throws ArgumentError `ERR_RELEASE` for a sequence before what is released or after the batch; and as `release`.
   */
  releaseUpTo(sequence: number): void {
    const owner = this.#use();
    const count = sequence - this.first;
    if (!Number.isInteger(count) || count < this.#released || count > this.length) {
      throw new ArgumentError(
        'ERR_RELEASE',
        `This batch can be released up to a sequence from ${this.first + this.#released} to ${this.first + this.length}, not ${describe(sequence)}.`,
      );
    }
    const more = count - this.#released;
    this.#released = count;
    owner.passBatch(more);
  }

  /**
   * Releases the whole batch: its slots may be filled again. Does nothing the second time.
   * @throws RingEndedError `ERR_RING_ABORTED`; SeatError `ERR_SEAT_LOST`.
   */
  release(): void {
    this.#end(this.length);
  }

  /** Releases the events that were passed by iterating, or released before, no others: those come again. Does nothing after `release`. */
  [Symbol.dispose](): void {
    this.#end(this.#passed);
  }

  #end(count: number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.endBatch(Math.max(0, count - this.#released));
  }

  [INSPECT](): string {
    return `Batch { first: ${this.first}, length: ${this.length}, open: ${this.#open} }`;
  }

  #use(): BatchOwner<F> {
    if (!this.#open) {
      throw new TurnError(
        'ERR_BATCH_TURN',
        'This batch was released: its slots may hold other events by now. Copy what you keep.',
      );
    }
    if (this.#owner.turn.slot === GONE) {
      throw new SeatError(
        'ERR_SEAT_LEFT',
        'The consumer of this batch was disposed: its events come again for the next.',
      );
    }
    return this.#owner;
  }
}
