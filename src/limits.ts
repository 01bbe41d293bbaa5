/** What may end a wait before its time: a time-out, a token, a signal, or the waiter's own seat being left. */
import { ArgumentError } from './errors.js';
import { CancelToken } from './cancel.js';
import { platform } from './core/platform.js';
import type { SleepNote } from './core/sleep-note.js';
import { CANCELLED, LEFT, type Limits, type Outcome, READY, SIGNALLED, TIMED_OUT } from './core/waiting.js';
import { describe } from './event.js';
import { mayPark } from './parking.js';
import { supervising } from './supervising.js';

/** How a waiting thread passes its time: spin for ever, spin briefly and then park, or park at once. */
export type WaitMode = 'spin' | 'spin-park' | 'park';

/** Options of every call that may park its thread. */
export interface WaitOptions {
  /** Longest single wait in milliseconds; then `ERR_TIMED_OUT`. None unless given to the call, or to the seat when it was opened. */
  readonly timeoutMs?: number;
  /** Any thread may trip it; then `ERR_CANCELLED`. */
  readonly cancel?: CancelToken;
  /** `'spin-park'` unless given. `'spin'` never parks: shortest reaction, one core busy. `'park'` at once. */
  readonly wait?: WaitMode;
}

/** What a producer does when the ring is full: wait, throw `ERR_RING_FULL`, or drop what it was about to publish. */
export type WhenFull = 'block' | 'strict' | 'drop-newest';

/** Options of a producer. */
export interface ProducerOptions extends WaitOptions {
  /** `'block'` unless given. Lossy consumers never make a ring full, but for what they have begun, nor observers, but for what they copy. */
  readonly whenFull?: WhenFull;
}

/** Options of every call that waits on the event loop. */
export interface AsyncWaitOptions {
  /** Longest single wait in milliseconds; then `ERR_TIMED_OUT`. None unless given to the call: the options of its seat are of calls that may park. */
  readonly timeoutMs?: number;
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignalLike;
}

/** An `AbortSignal`, whichever library declares it. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A thread that may be cancelled looks at its token this often. The token wakes it at once, but for one case: between the moment in which it
 * decided to sleep and the sleep itself, the token may have cleared its parked bit, and another thread set that bit again on the same value.
 */
const CANCEL_SLICE_MS = 100;

/** What a seat tells the waits of its holder: whether it was left meanwhile, and where to write down their sleeps. */
export interface Presence {
  left: boolean;
  note?: SleepNote;
}

/** Looks before parking. Few enough to cost nothing beside a park, enough to meet a peer that is about to publish. */
export const SPIN_TURNS = 300;

const spinTurns: Readonly<Record<WaitMode, number>> = { spin: Infinity, 'spin-park': SPIN_TURNS, park: 0 };

/** The limits of one wait after another: the clock starts anew with each `start`. */
export class WaitLimits implements Limits {
  /** Whether the thread may sleep a little where it would otherwise spin. */
  readonly mayNap: boolean;
  readonly signal: AbortSignalLike | undefined;
  readonly #spinTurns: number;
  readonly #timeoutMs: number;
  readonly #cancel: CancelToken | undefined;
  readonly #presence: Presence;
  readonly #wait: WaitMode;
  readonly #ringId: string;
  #deadline = Infinity;

  /**
   * @throws ArgumentError `ERR_OPTION`, `ERR_TIMEOUT`, `ERR_WAIT_MODE`, `ERR_CANCEL_TOKEN`, `ERR_CANCEL_FOREIGN` (the token was made for other
   * rings), `ERR_SIGNAL`.
   */
  constructor(options: WaitOptions & AsyncWaitOptions, ringId: string, presence: Presence) {
    mustBeOptions(options);
    const { timeoutMs = Infinity, cancel, signal, wait = 'spin-park' } = options;
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
      throw new ArgumentError(
        'ERR_TIMEOUT',
        `timeoutMs is a number of milliseconds, 0 or more, not ${describe(timeoutMs)}.`,
      );
    }
    if (!Object.hasOwn(spinTurns, wait)) {
      throw new ArgumentError(
        'ERR_WAIT_MODE',
        `wait is 'spin', 'spin-park' or 'park', not ${describe(wait)}.`,
      );
    }
    if (cancel !== undefined && !(cancel instanceof CancelToken)) {
      throw new ArgumentError(
        'ERR_CANCEL_TOKEN',
        'cancel takes a token from cancelToken() or openCancelToken(); an AbortSignal cannot fire in a parked thread.',
      );
    }
    if (cancel !== undefined && !cancel.covers(ringId)) {
      throw new ArgumentError(
        'ERR_CANCEL_FOREIGN',
        'This token was made for other rings: pass this one to cancelToken() too.',
      );
    }
    if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
      throw new ArgumentError('ERR_SIGNAL', `signal takes an AbortSignal, not ${describe(signal)}.`);
    }
    this.#spinTurns = spinTurns[wait];
    this.mayNap = wait === 'spin-park' && mayPark();
    this.signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#cancel = cancel;
    this.#presence = presence;
    this.#wait = wait;
    this.#ringId = ringId;
  }

  /** The limits of one call that may park, of a seat whose limits these are: what it was not given is as for the seat. */
  forCall(options: WaitOptions): WaitLimits {
    mustBeOptions(options);
    const { timeoutMs = this.#timeoutMs, cancel = this.#cancel, wait = this.#wait } = options;
    const its = { timeoutMs, wait, ...(cancel !== undefined && { cancel }) };
    return new WaitLimits(its, this.#ringId, this.#presence);
  }

  /** Whether a time-out ends the wait. */
  get timed(): boolean {
    return this.#timeoutMs !== Infinity;
  }

  /** Looks before parking. A thread that may not park for ever may not spin for ever either. */
  get spinTurns(): number {
    return this.#spinTurns === Infinity && !this.timed && supervising() ? SPIN_TURNS : this.#spinTurns;
  }

  /** Whether nothing but what is waited for, or the ring's end, ends a wait in this thread. */
  get endless(): boolean {
    return this.#timeoutMs === Infinity && this.#cancel === undefined;
  }

  /** Starts the clock of a new wait. */
  start(): this {
    if (this.#timeoutMs !== Infinity) this.#deadline = platform.now() + this.#timeoutMs;
    return this;
  }

  /** Told of the sleeps. */
  get note(): SleepNote | undefined {
    return this.#presence.note;
  }

  due(): Outcome {
    const interrupted = this.interrupted();
    if (interrupted !== READY) return interrupted;
    return this.#deadline !== Infinity && platform.now() >= this.#deadline ? TIMED_OUT : READY;
  }

  interrupted(): Outcome {
    if (this.#presence.left) return LEFT;
    if (this.#cancel?.cancelled) return CANCELLED;
    return this.signal?.aborted ? SIGNALLED : READY;
  }

  remainingMs(): number {
    const remaining = this.#deadline === Infinity ? Infinity : Math.max(0, this.#deadline - platform.now());
    return this.#cancel === undefined ? remaining : Math.min(remaining, CANCEL_SLICE_MS);
  }

  onInterrupt(listener: () => void): () => void {
    const { signal } = this;
    signal?.addEventListener('abort', listener);
    return () => signal?.removeEventListener('abort', listener);
  }
}

function mustBeOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new ArgumentError(
    'ERR_OPTION',
    `A wait takes options like { timeoutMs: 100 }, not ${describe(options)}.`,
  );
}
