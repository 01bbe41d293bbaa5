/** An observer: sees the newest events as copies of its own, and holds nobody up. */
import { INSPECT, NOBODY, type Turn } from './accessor.js';
import { accessorFor, type Context, endedError, waitInThread, waitOnLoop } from './context.js';
import { ArgumentError, SeatError, TurnError } from './errors.js';
import { describe, type Fields, type Plain, type Readable } from './event.js';
import { type AsyncWaitOptions, type Presence, WaitLimits, type WaitOptions } from './limits.js';
import { type Joined, joinObserver } from './members.js';
import { mustKnow } from './options.js';
import { takeWorkerSeat } from './worker-seat.js';
import { endedOutcome } from './core/closing.js';
import type { GroupWorker } from './core/group-worker.js';
import { platform } from './core/platform.js';
import { AsyncSleeper, BLOCKED, ENDED, LEFT, LOST, type Outcome, READY } from './core/waiting.js';

/** Gets a copy of an event, to keep if it likes, and its sequence. */
export type Look<F extends Fields> = (event: Plain<F>, sequence: number) => void;

/** As `Look`; what it returns is awaited. */
export type AsyncLook<F extends Fields> = (event: Plain<F>, sequence: number) => unknown;

/** How much an observer sees at a time. */
export interface LookOptions {
  /** Most events that are copied in one look, the newest there are; it misses those before them. 64 unless given. */
  readonly max?: number;
}

const NEWEST = 64;

/**
 * Looks on while events flow. No producer, no consumer and nobody who waits for the ring to be drained waits for it: each look takes all
 * that was published since the last one, copies the newest and lets go of them before it handles any. Only while it copies, an event that
 * it has begun is not overwritten. What it does not get is told by the gaps in the sequences, and counted in `missed`.
 *
 * It has no name, comes after nobody, and does not count as a consumer: with no other, a ring has nobody left. Not to be shared between threads.
 */
export class Observer<F extends Fields = Fields> {
  readonly #context: Context<F>;
  readonly #core: GroupWorker;
  readonly #exit: () => void;
  readonly #limits: WaitLimits;
  readonly #presence: Presence = { left: false };
  readonly #sleeper = new AsyncSleeper();
  readonly #turn: Turn;
  readonly #event: Readable<F>;
  readonly #onLeave: () => void;
  /** What was copied and is still to be handled: the last events before the core's next. */
  #copies: Plain<F>[] = [];
  #busy = false;
  /** Settles when its async calls have. */
  #pending: Promise<unknown> = Promise.resolve();

  /** Use `ring.observe`. */
  constructor(context: Context<F>, options: WaitOptions, onLeave: () => void) {
    this.#context = context;
    this.#limits = new WaitLimits(options, context.ringId, this.#presence);
    const joined: Joined = joinObserver(context);
    // It has nothing in hand while this thread does anything else: nobody waits for it in vain.
    const { core, exit } = takeWorkerSeat({ ...context, ownSeats: undefined }, joined.mine, joined);
    core.most = Infinity;
    this.#core = core;
    this.#exit = exit;
    const { turn, event } = accessorFor(context, 'read');
    this.#turn = turn;
    this.#event = event;
    this.#onLeave = onLeave;
  }

  /** The sequence that it sees next, unless it misses that. */
  get next(): number {
    return this.#core.next - this.#copies.length;
  }

  /** Events that it did not see, from its first on. */
  get missed(): number {
    return this.#core.missed;
  }

  /** True when the ring is closed and nothing is left to see. */
  get ended(): boolean {
    return this.#copies.length === 0 && this.#core.over;
  }

  /**
   * Handles the newest of what was published since the last look; returns how many. Never waits. When the handler throws, the error comes
   * out, and what was copied with that event comes at the next call.
   * @throws TurnError `ERR_CONSUMER_BUSY` inside a handler; ArgumentError `ERR_HANDLER`, `ERR_BATCH_MAX`; RingEndedError `ERR_RING_ABORTED`;
   * SeatError `ERR_SEAT_LEFT`, `ERR_SEAT_LOST`.
   */
  poll(handler: Look<F>, options: LookOptions = {}): number {
    const max = this.#begin(handler, options, ['max']);
    try {
      if (this.#copies.length > 0) return this.#handle(handler);
      const outcome = this.#core.look();
      if (outcome === READY) this.#copy(max);
      else if (outcome !== BLOCKED && outcome !== ENDED) this.#fail(outcome);
      return this.#handle(handler);
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Handles what it sees until the ring is closed; returns how many events it saw. Parks while nothing is published.
   * @throws as `poll`; WaitError `ERR_TIMED_OUT`, `ERR_CANCELLED`; PlatformError `ERR_CANNOT_PARK`.
   */
  run(handler: Look<F>, options: LookOptions & WaitOptions = {}): number {
    const max = this.#begin(handler, options, ['max', 'timeoutMs', 'cancel', 'wait']);
    try {
      const limits = this.#limitsFrom(options);
      for (let seen = 0; ;) {
        seen += this.#handle(handler);
        const interrupted = limits.interrupted();
        const outcome = interrupted === READY ? waitInThread(this.#core, limits.start()) : interrupted;
        if (outcome === ENDED) return seen;
        if (outcome !== READY) this.#fail(outcome, limits);
        this.#copy(max);
      }
    } finally {
      this.#busy = false;
    }
  }

  /** As `run`, on the event loop, which gets a turn between looks. A handler may return a promise. Never parks. */
  runAsync(handler: AsyncLook<F>, options: LookOptions & AsyncWaitOptions = {}): Promise<number> {
    const call = this.#runOnLoop(handler, options);
    this.#pending = Promise.allSettled([this.#pending, call]);
    return call;
  }

  async #runOnLoop(handler: AsyncLook<F>, options: LookOptions & AsyncWaitOptions): Promise<number> {
    const max = this.#begin(handler, options, ['max', 'timeoutMs', 'signal']);
    try {
      const limits = this.#limitsFrom(options);
      for (let seen = 0; ;) {
        for (; this.#copies.length > 0; seen++) {
          const sequence = this.next;
          await handler(this.#copies.shift()!, sequence);
          if (this.#presence.left) break;
        }
        await platform.eventLoopTurn();
        const interrupted = limits.interrupted();
        const outcome =
          interrupted === READY ? await waitOnLoop(this.#core, limits.start(), this.#sleeper) : interrupted;
        // It learns a moment later what it waited for: by then its seat may be somebody else's.
        if (this.#presence.left) this.#fail(LEFT);
        if (outcome === ENDED) return seen;
        if (outcome !== READY) this.#fail(outcome, limits);
        this.#copy(max);
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Leaves the ring for good, at once; its seat is free for another. Calls in progress end with `ERR_SEAT_LEFT`. */
  [Symbol.dispose](): void {
    if (this.#presence.left) return;
    this.#exit();
    this.#presence.left = true;
    this.#copies = [];
    this.#sleeper.rouse();
    this.#onLeave();
  }

  /** As `Symbol.dispose`, and resolves when its async call has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#pending;
  }

  [INSPECT](): string {
    return `Observer { next: ${this.next}, missed: ${this.missed} }`;
  }

  #begin(handler: unknown, options: LookOptions, known: readonly string[]): number {
    if (typeof handler !== 'function') {
      throw new ArgumentError(
        'ERR_HANDLER',
        `Observing takes a function that gets an event, not ${describe(handler)}.`,
      );
    }
    mustKnow(options, known, 'an observer');
    const { max = NEWEST } = options;
    if (!Number.isInteger(max) || max < 1) {
      throw new ArgumentError(
        'ERR_BATCH_MAX',
        `max is a whole number of events, 1 or more, not ${describe(max)}.`,
      );
    }
    if (this.#presence.left) throw new SeatError('ERR_SEAT_LEFT', 'This observer was disposed.');
    if (this.#busy) {
      throw new TurnError(
        'ERR_CONSUMER_BUSY',
        'This observer is handling events already: one call at a time.',
      );
    }
    this.#busy = true;
    return max;
  }

  /** Copies the newest events in hand, and lets go of all. */
  #copy(max: number): void {
    const core = this.#core;
    const found = core.available - core.next;
    const newest = Math.min(found, max);
    core.missed += found - newest;
    core.next = core.available - newest;
    // What it will not copy is free at once.
    let held = found === newest || core.release();
    for (; held && core.next < core.available; core.next++) {
      this.#turn.slot = core.next & (this.#context.capacity - 1);
      try {
        this.#copies.push(this.#event.toObject());
      } catch (error) {
        this.#letGo();
        throw error;
      }
    }
    this.#turn.slot = NOBODY;
    held &&= core.release();
    if (held) return;
    this.#copies = [];
    const ended = endedOutcome(this.#context.words);
    this.#fail(ended === ENDED ? LOST : ended);
  }

  /** A codec cannot read a payload: nobody shall wait because of that. */
  #letGo(): void {
    const core = this.#core;
    core.missed += this.#copies.length + core.available - core.next;
    core.next = core.available;
    this.#copies = [];
    this.#turn.slot = NOBODY;
    core.release();
  }

  #handle(handler: Look<F>): number {
    let handled = 0;
    for (; this.#copies.length > 0; handled++) {
      const sequence = this.next;
      handler(this.#copies.shift()!, sequence);
    }
    return handled;
  }

  #limitsFrom(options: WaitOptions & AsyncWaitOptions): WaitLimits {
    const { ringId } = this.#context;
    const given = Object.keys(options).some((name) => name !== 'max');
    return given ? new WaitLimits(options, ringId, this.#presence) : this.#limits;
  }

  #fail(outcome: Outcome, limits?: WaitLimits): never {
    throw endedError(outcome, this.#context.words, this.#context.layout, limits);
  }
}
