/**
 * A condition variable: sleep until another thread, which changed something under the same mutex, says so.
 *
 * Algorithm: a word that every notify changes is what sleepers sleep on, read before the mutex is let go, so that a notify between
 * the unlock and the sleep is not missed (Bionic's and musl's private condition variables do the same). Semantics: Mesa monitors (Lampson
 * and Redell, 1980): a return means "look again", so the predicate stands in a `while`.
 */
import { type BlockWords, handleOf, type LockHandle, makeBlock, openBlock } from './block.js';
import { ArgumentError } from '../errors.js';
import { LockError } from './errors.js';
import type { Mutex } from './mutex.js';
import { sleep, sleepAsync, type SleepOutcome } from './sleep.js';
import {
  type AsyncLimits,
  deadlineOf,
  limitsOf,
  type LockAsyncWaitOptions,
  type LockWaitOptions,
  throwIfDue,
  unlimited,
} from './wait-options.js';

/** Counts notifies that may have met a sleeper; wraps. Writers: notifiers. Readers: those about to wait. Those waiting sleep on it. */
const NOTIFIES = 1;
/**
 * How many wait. Writers: each waiter, +1 while it holds the mutex, -1 when it woke. Readers: notifiers, who do nothing at 0.
 * Nobody sleeps on it. A waiter that died is counted for ever, which costs needless notifies and nothing else.
 */
const WAITERS = 2;

const AWAITED = 'the condition';

/**
 * A condition that threads share, always used with one and the same mutex:
 *
 *     mutex.lock();                                   mutex.lock();
 *     while (!ready()) condition.wait(mutex);         makeReady();
 *     use();                                          mutex.unlock();
 *     mutex.unlock();                                 condition.notify();
 */
export class Condition {
  readonly #words: BlockWords;

  /** Use `createCondition` or `openCondition`. */
  constructor(words: BlockWords) {
    this.#words = words;
  }

  /** What other threads open it by. */
  get handle(): LockHandle<'condition'> {
    return handleOf('condition', this.#words);
  }

  /**
   * Unlocks the mutex, parks until notified, and locks the mutex again, which it does however it ends and however long that takes.
   * May return by a notify that was for another: look again, in a `while`.
   * @throws WaitError `ERR_TIMED_OUT`: the mutex is held.
   * @throws LockError `ERR_LOCK_NOT_HELD` when this Mutex object does not hold the lock.
   * @throws PlatformError `ERR_CANNOT_PARK`: the mutex is held only if no other thread took it meanwhile, see `mutex.held`.
   */
  wait(mutex: Mutex, options?: LockWaitOptions): void {
    this.waitUntil(mutex, deadlineOf(options));
  }

  /**
   * As `wait`, but never parks.
   * @throws WaitError `ERR_TIMED_OUT`, or the signal's reason: the mutex is held.
   * @throws LockError `ERR_LOCK_NOT_HELD` when this Mutex object does not hold the lock.
   */
  async waitAsync(mutex: Mutex, options?: LockAsyncWaitOptions): Promise<void> {
    const limits = limitsOf(options);
    const seen = this.enrol(mutex);
    mutex.unlock();
    let outcome: SleepOutcome;
    try {
      outcome = await this.sleepWithinAsync(seen, limits);
    } finally {
      await mutex.lockWithinAsync(unlimited);
    }
    if (outcome === 'timed-out') throwIfDue(limits.deadline, AWAITED);
  }

  /**
   * Wakes up to `count` of those who wait. Never parks. What they wait for must have been changed under the mutex; the
   * notify itself may come after the unlock, so that whoever wakes finds the mutex free.
   * @throws ArgumentError `ERR_COUNT` for a count below 1.
   */
  notify(count = 1): void {
    if (!(count >= 1))
      throw new ArgumentError('ERR_COUNT', `notify() wakes 1 or more, not ${String(count)}.`);
    if (Atomics.load(this.#words, WAITERS) === 0) return;
    Atomics.add(this.#words, NOTIFIES, 1);
    Atomics.notify(this.#words, NOTIFIES, count);
  }

  /** Wakes all who wait. Never parks. */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** `wait` up to a moment on `platform.now()`. @internal */
  waitUntil(mutex: Mutex, deadline: number): void {
    const seen = this.enrol(mutex);
    mutex.unlock();
    let outcome: SleepOutcome;
    try {
      outcome = sleep(this.#words, NOTIFIES, seen, deadline);
    } finally {
      Atomics.sub(this.#words, WAITERS, 1);
      mutex.lockUntil(Infinity);
    }
    // A waiter that was notified used up a wake-up, so it looks again, however late it is.
    if (outcome === 'timed-out') throwIfDue(deadline, AWAITED);
  }

  /**
   * Counts the caller among those who wait, while it holds the mutex: whoever changes something under the mutex from then on sees it.
   * Returns what `sleepWithinAsync` needs, which must follow the unlock at once. @internal
   */
  enrol(mutex: Mutex): number {
    if (!mutex.held) {
      throw new LockError(
        'ERR_LOCK_NOT_HELD',
        'Waiting for a condition begins and ends with its mutex held: lock it first.',
      );
    }
    Atomics.add(this.#words, WAITERS, 1);
    return Atomics.load(this.#words, NOTIFIES);
  }

  /** Sleeps on the event loop until a notify that came after `enrol`. @internal */
  async sleepWithinAsync(seen: number, limits: AsyncLimits): Promise<SleepOutcome> {
    try {
      return await sleepAsync(this.#words, NOTIFIES, seen, limits);
    } finally {
      Atomics.sub(this.#words, WAITERS, 1);
    }
  }
}

/** A new condition, in memory of its own. */
export function createCondition(): Condition {
  return new Condition(makeBlock('condition'));
}

/**
 * Opens a condition in another thread, or again in the same one.
 * @throws HandleError `ERR_HANDLE` for anything but a condition's handle.
 */
export function openCondition(handle: LockHandle<'condition'>): Condition {
  return new Condition(openBlock('condition', handle));
}
