/** Slots that were claimed, to be filled and then committed at once, or abandoned. */
import { GONE, INSPECT, OPEN, type Turn } from './accessor.js';
import { SeatError, TurnError } from './errors.js';
import type { ClaimColumns, Fields, Writable } from './event.js';

/** Slots in a row: `from` up to, not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The slots of `length` events from `first` on: one span, or two across the end of the ring. */
export function spansOf(first: number, length: number, capacity: number): readonly Span[] {
  const from = first & (capacity - 1);
  const to = from + length;
  return to <= capacity
    ? [{ from, to }]
    : [
        { from, to: capacity },
        { from: 0, to: to - capacity },
      ];
}

/** What a claim needs from its producer. */
export interface ClaimOwner<F extends Fields> {
  readonly turn: Turn;
  readonly event: Writable<F>;
  readonly columns: ClaimColumns<F>;
  readonly capacity: number;
  commitClaim(length: number): void;
  abandonClaim(length: number): void;
}

/**
 * Slots for `length` events, claimed by `producer.claim`. Fill them through `columns` and `spans`, or one by one by iterating;
 * then `commit()`. Disposing an uncommitted claim abandons it: nothing is published. No sequence is used up, unless there
 * are several producers; consumers pass over those then.
 */
export class Claim<F extends Fields = Fields> implements Iterable<Writable<F>> {
  /** Sequence of the first event. */
  readonly first: number;
  readonly length: number;
  readonly #owner: ClaimOwner<F>;
  #open = true;

  /** Use `producer.claim`. */
  constructor(owner: ClaimOwner<F>, first: number, length: number) {
    this.#owner = owner;
    this.first = first;
    this.length = length;
  }

  /** The columns of the whole ring: fill the slots that `spans` names. */
  get columns(): ClaimColumns<F> {
    return this.#use().columns;
  }

  /** The claimed slots, in order: one span, or two when the claim goes across the end of the ring. */
  get spans(): readonly Span[] {
    return spansOf(this.first, this.length, this.#use().capacity);
  }

  /** The events one after another, each valid until the next is asked for. */
  *[Symbol.iterator](): IterableIterator<Writable<F>> {
    const { turn, event, capacity } = this.#use();
    try {
      for (let offset = 0; offset < this.length; offset++) {
        this.#use();
        turn.slot = (this.first + offset) & (capacity - 1);
        yield event;
      }
    } finally {
      if (this.#open && turn.slot !== GONE) turn.slot = OPEN;
    }
  }

  /**
   * Publishes all events of the claim at once. Never waits. Returns the sequence of the last one.
   * @throws TurnError `ERR_CLAIM_TURN` after the claim was committed or abandoned.
   * @throws RingEndedError `ERR_RING_CLOSED`, `ERR_RING_ABORTED`: nothing was published.
   */
  commit(): number {
    this.#use();
    this.#open = false;
    this.#owner.commitClaim(this.length);
    return this.first + this.length - 1;
  }

  /** Gives the slots back unpublished. Does nothing after `commit` or a second time. */
  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.abandonClaim(this.length);
  }

  /** Abandons the claim unless it was committed. */
  [Symbol.dispose](): void {
    this.abandon();
  }

  [INSPECT](): string {
    return `Claim { first: ${this.first}, length: ${this.length}, open: ${this.#open} }`;
  }

  #use(): ClaimOwner<F> {
    if (!this.#open) {
      throw new TurnError(
        'ERR_CLAIM_TURN',
        'This claim was committed or abandoned: claim again to publish more.',
      );
    }
    if (this.#owner.turn.slot === GONE) {
      throw new SeatError(
        'ERR_SEAT_LEFT',
        'The producer of this claim was disposed: open it again to publish more.',
      );
    }
    return this.#owner;
  }
}
