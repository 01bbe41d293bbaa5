/**
 * Waiting, as one step that decides and three drivers that sleep.
 *
 * `look` reads the shared words and says whether the wait is over; `step` adds the decision to sleep, with everything that a
 * sleeper owes to the others. The drivers only carry out what the step says: by parking the thread, or by a promise. Spinning
 * looks and never sleeps, so it owes nothing.
 */
import { PARKED, unpark, wake } from './sequence.js';
import { platform } from './platform.js';
import { AWHILE, ON_LOOP, type SleepNote } from './sleep-note.js';

/** What a look at the shared words can say. */
export const READY = 0;
/** Not yet: the wait may sleep on the word that the look named. */
export const BLOCKED = 1;
/** Never: the ring was closed. */
export const ENDED = 2;
/** Never: the ring was aborted. */
export const ABORTED = 3;
/** The wait's own limits ended it. */
export const TIMED_OUT = 4;
export const CANCELLED = 5;
export const SIGNALLED = 6;
/** The waiter's own seat was left while it waited. */
export const LEFT = 7;
/** Only from `step`: sleep while the named word keeps the named value. */
export const SLEEP = 8;
/** Somebody else moved what only the waiter's seat may move. */
export const LOST = 9;
/** Never: the waiting thread is the one that would have to end the wait. */
export const DEADLOCKED = 10;

/** Whoever is waited for has failed. */
export const FAILED = 11;

export type Outcome = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;

/** Something that can be waited for. */
export interface Awaited {
  readonly words: Int32Array;
  /**
   * Looks at every fact that could end this wait: READY, ENDED or ABORTED, or BLOCKED after naming in `sleepIndex` and
   * `sleepValue` the word whose change must come first, and the value in which it was seen.
   */
  look(): Outcome;
  sleepIndex: number;
  sleepValue: number;
  /** Whether it looks again every `LOOK_AGAIN_MS`, since it may miss a wake-up. */
  readonly looksAgain?: boolean;
}

/**
 * A wake-up by a change of the word itself is never missed. One for another fact may be: between the decision to sleep and the sleep it can
 * come and clear the parked bit, and somebody whom that fact does not release sets the bit again on the same value. Waits that such a
 * fact may end, and that others may share a word with, therefore look again now and then.
 */
const LOOK_AGAIN_MS = 100;

/** What may end a wait before its time. */
export interface Limits {
  /** The time is up, or it was interrupted: TIMED_OUT, CANCELLED or SIGNALLED; else READY. */
  due(): Outcome;
  /** As `due`, but for the interruptions alone. */
  interrupted(): Outcome;
  /** Longest sleep before the limits are looked at again: the milliseconds that are left, at most, or Infinity. */
  remainingMs(): number;
  /** Calls back when an interruption comes from this thread's own event loop, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Told of the sleeps. */
  readonly note?: SleepNote | undefined;
}

/**
 * Decides what the waiter does next: SLEEP on `awaited.sleepIndex` while it holds `awaited.sleepValue`, or leave with
 * any other outcome. After SLEEP the waiter sleeps at once; only a return from that sleep may leave the parked bit set.
 */
export function step(awaited: Awaited, limits: Limits): Outcome {
  const { words } = awaited;
  for (;;) {
    const seen = awaited.look();
    if (seen !== BLOCKED) return seen;
    // Before the bit is set, so that whoever leaves owes nobody anything.
    const due = limits.due();
    if (due !== READY) return due;

    const index = awaited.sleepIndex;
    const value = awaited.sleepValue;
    const parked = value | PARKED;
    if (value !== parked && Atomics.compareExchange(words, index, value, parked) !== value) continue;

    // The bit is set, so whoever stores a fact from here on wakes us. What was stored before is seen by this second look.
    const again = awaited.look();
    const interrupted = limits.interrupted();
    if (
      again === BLOCKED &&
      interrupted === READY &&
      awaited.sleepIndex === index &&
      awaited.sleepValue === parked
    ) {
      return SLEEP;
    }
    // Not sleeping after all: the bit must not stay behind for another, who was released already and would sleep on it.
    unpark(words, index, parked);
    if (again !== BLOCKED) return again;
    if (interrupted !== READY) return interrupted;
  }
}

/** Parks the thread until the wait ends. `decide` is `step`, or what stands for it where a wait is for many words. */
export function waitParked<A extends Awaited>(
  awaited: A,
  limits: Limits,
  decide: (awaited: A, limits: Limits) => Outcome = step,
): Outcome {
  for (;;) {
    const outcome = decide(awaited, limits);
    if (outcome !== SLEEP) return awake(limits, outcome);
    const longestMs = longestSleep(awaited, limits);
    limits.note?.asleep(
      awaited.sleepIndex,
      awaited.sleepValue,
      limits.remainingMs() === Infinity ? 0 : AWHILE,
    );
    Atomics.wait(awaited.words, awaited.sleepIndex, awaited.sleepValue, longestMs);
  }
}

function awake(limits: Limits, outcome: Outcome): Outcome {
  limits.note?.awake();
  return outcome;
}

function longestSleep({ looksAgain }: Awaited, limits: Limits): number {
  const remaining = limits.remainingMs();
  return looksAgain ? Math.min(remaining, LOOK_AGAIN_MS) : remaining;
}

/** Looks at the clock and the limits once in so many turns: a look costs a few nanoseconds, the clock more. */
const TURNS_BETWEEN_LIMITS = 64;

/** Spins until the wait ends, or BLOCKED after `turns` looks. */
export function waitSpinning(awaited: Awaited, limits: Limits, turns: number): Outcome {
  for (let turn = 1; turn <= turns; turn++) {
    const outcome = awaited.look();
    if (outcome !== BLOCKED) return outcome;
    if (turn % TURNS_BETWEEN_LIMITS === 0) {
      const due = limits.due();
      if (due !== READY) return due;
    }
    Atomics.pause?.();
  }
  return BLOCKED;
}

/** An unanswered `waitAsync` is kept by the engine for ever: this bounds it if its thread's loop is gone. */
const ASYNC_SLICE_MS = 60_000;

/** Waits on the event loop until the wait ends; the thread stays free. At most one wait at a time for each `sleeper`. */
export async function waitAsync<A extends Awaited>(
  awaited: A,
  limits: Limits,
  sleeper: AsyncSleeper,
  decide: (awaited: A, limits: Limits) => Outcome = step,
): Promise<Outcome> {
  for (;;) {
    const outcome = decide(awaited, limits);
    if (outcome !== SLEEP) return awake(limits, outcome);
    const remainingMs = limits.remainingMs();
    const how = remainingMs === Infinity ? ON_LOOP : ON_LOOP | AWHILE;
    limits.note?.asleep(awaited.sleepIndex, awaited.sleepValue, how);
    const forget = limits.onInterrupt(() => sleeper.rouse());
    await sleeper.sleep(awaited, Math.min(longestSleep(awaited, limits), ASYNC_SLICE_MS));
    forget();
  }
}

/** The one outstanding `Atomics.waitAsync` of a seat. */
export class AsyncSleeper {
  /** Set while it sleeps. */
  #words: Int32Array | undefined;
  /** The word it sleeps on: what the wait names moves on when somebody else in this thread looks meanwhile. */
  #index = 0;

  /** Sleeps as `step` said, for at most `timeoutMs`. */
  async sleep({ words, sleepIndex, sleepValue }: Awaited, timeoutMs: number): Promise<void> {
    const sleep = Atomics.waitAsync(words, sleepIndex, sleepValue, timeoutMs);
    if (!sleep.async) return;
    this.#words = words;
    this.#index = sleepIndex;
    // A pending waitAsync does not keep an event loop alive: without this, the process ends in silence.
    const release = platform.keepAlive();
    await sleep.value;
    release();
    this.#words = undefined;
  }

  /**
   * Ends the sleep, if there is one, so that the waiter looks at its limits again: a signal fired, or the seat is being left. Also when
   * the parked bit is gone: whoever cleared it may have died before its notify.
   */
  rouse(): void {
    if (this.#words !== undefined) wake(this.#words, this.#index);
  }
}
