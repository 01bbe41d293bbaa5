/** A consumer in the hands of whoever serves it beside others. */
import type { AsyncHandler, Handler } from './handling.js';
import { SeatError } from './errors.js';
import type { Fields } from './event.js';
import type { Presence, WaitLimits } from './limits.js';
import type { SleepNote } from './core/sleep-note.js';
import { type Awaited, BLOCKED, ENDED, LEFT, type Outcome, READY } from './core/waiting.js';

/** The method by which a consumer lends itself. */
export const LEND: unique symbol = Symbol('slipring.lend');

/** What a consumer lends: it is busy until it is given back. */
export interface Lent<F extends Fields> {
  readonly words: Int32Array;
  readonly ringId: string;
  readonly core: Awaited;
  readonly presence: Presence;
  /** Handles what the last look found, as far as the bound on a turn. */
  handle(handler: Handler<F>): void;
  handleAsync(handler: AsyncHandler<F>): Promise<void>;
  /** Events handled so far. */
  handled(): number;
  /** Throws what the outcome of a look stands for. */
  fail(outcome: Outcome, limits?: WaitLimits): never;
  giveBack(): void;
}

/** One of the consumers that are served together. */
export class Served implements Awaited {
  readonly words: Int32Array;
  readonly ringId: string;
  readonly #lent: Lent<Fields>;
  readonly #handler: AsyncHandler<Fields>;
  readonly #handledBefore: number;

  constructor(lent: Lent<Fields>, handler: AsyncHandler<Fields>) {
    this.words = lent.words;
    this.ringId = lent.ringId;
    this.#lent = lent;
    this.#handler = handler;
    this.#handledBefore = lent.handled();
  }

  get sleepIndex(): number {
    return this.#lent.core.sleepIndex;
  }

  get sleepValue(): number {
    return this.#lent.core.sleepValue;
  }

  /** Events handled since it was lent. */
  get handled(): number {
    return this.#lent.handled() - this.#handledBefore;
  }

  look(): Outcome {
    return this.#lent.presence.left ? LEFT : this.#lent.core.look();
  }

  /** Handles what is there. READY: something was; BLOCKED: nothing is; ENDED: nothing will be, or its seat was left. */
  turn(): Outcome {
    const seen = this.#seen();
    if (seen !== READY) return seen;
    try {
      this.#lent.handle(this.#handler);
    } catch (error) {
      this.#mustBeLeft(error);
    }
    return READY;
  }

  /** As `turn`, and awaits what the handler returns. */
  async turnAsync(): Promise<Outcome> {
    const seen = this.#seen();
    if (seen !== READY) return seen;
    try {
      await this.#lent.handleAsync(this.#handler);
    } catch (error) {
      this.#mustBeLeft(error);
    }
    return READY;
  }

  /** Where it writes down its sleeps. */
  get note(): SleepNote | undefined {
    return this.#lent.presence.note;
  }

  /** The same object for the same consumer. */
  get seat(): object {
    return this.#lent.presence;
  }

  /** Throws what an outcome stands for. */
  fail(outcome: Outcome, limits: WaitLimits): never {
    this.#lent.fail(outcome, limits);
  }

  giveBack(): void {
    this.#lent.giveBack();
  }

  #seen(): Outcome {
    const seen = this.look();
    if (seen === READY || seen === BLOCKED || seen === ENDED) return seen;
    // Disposed by a handler, or on the event loop: that is how a ring is taken out while the others go on.
    return this.#lent.presence.left ? ENDED : this.#lent.fail(seen);
  }

  /** A consumer that was disposed by its own handler ends its turn with this error, and it alone is not served any more. */
  #mustBeLeft(error: unknown): void {
    const left = this.#lent.presence.left && error instanceof SeatError && error.code === 'ERR_SEAT_LEFT';
    if (!left) throw error;
  }
}
