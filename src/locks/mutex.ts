/**
 * Mutual exclusion between threads: one word, three states.
 *
 * Algorithm: Ulrich Drepper, "Futexes Are Tricky" (2011), section 6, the third mutex: the word says whether anybody may be asleep,
 * so that locking and unlocking without contention cost one atomic operation each and wake nobody.
 */
import { type BlockWords, handleOf, type LockHandle, makeBlock, openBlock } from './block.js';
import { LockError } from './errors.js';
import { sleep, sleepAsync } from './sleep.js';
import {
  type AsyncLimits,
  deadlineOf,
  limitsOf,
  type LockAsyncWaitOptions,
  type LockWaitOptions,
  throwIfDue,
} from './wait-options.js';

/**
 * FREE, LOCKED or CONTENDED. Writers: whoever takes the lock (FREE → LOCKED or CONTENDED), whoever waits for it (any → CONTENDED,
 * which takes it if it was FREE), its holder (any → FREE). Readers: those waiting. Those waiting sleep on it while it is CONTENDED.
 */
const STATE = 1;

const FREE = 0;
const LOCKED = 1;
/** Locked, and somebody may be asleep: the holder wakes one when it unlocks. */
const CONTENDED = 2;

/**
 * Looks at a held lock before sleeping on it. Enough for a holder that is about to unlock; more are no gain, and 40 cost a bounded
 * buffer a fifth of its throughput (docs/locks.md).
 */
const SPIN_TURNS = 4;

/** Idle iterations between two looks: a tighter spin takes the word's cache line from the holder, who needs it to unlock. */
const IDLE_ITERATIONS = 20;

const AWAITED = 'the mutex';

/**
 * A mutex that threads share. Each thread opens its own `Mutex` on the handle; the lock belongs to the object that took it.
 *
 * Not recursive, and not first come, first served: a running thread may take the lock before one that was just woken. A holder
 * that dies keeps the lock for ever.
 */
export class Mutex {
  readonly #words: BlockWords;
  /** Whether this object holds the lock: this thread's own knowledge, which makes misuse cheap to find. */
  #held = false;

  /** Use `createMutex` or `openMutex`. */
  constructor(words: BlockWords) {
    this.#words = words;
  }

  /** What other threads open it by. */
  get handle(): LockHandle<'mutex'> {
    return handleOf('mutex', this.#words);
  }

  /** Whether this object holds the lock now. */
  get held(): boolean {
    return this.#held;
  }

  /**
   * Takes the lock; spins briefly, then parks. Everything that earlier holders wrote is visible after it returns.
   * @throws WaitError `ERR_TIMED_OUT`: not taken.
   * @throws LockError `ERR_LOCK_HELD` when this object holds it already, so that waiting would never end.
   */
  lock(options?: LockWaitOptions): void {
    this.lockUntil(deadlineOf(options));
  }

  /** Takes the lock if it is free; never waits. Returns whether it was taken. */
  tryLock(): boolean {
    if (Atomics.compareExchange(this.#words, STATE, FREE, LOCKED) !== FREE) return false; // acquires: unlock
    this.#held = true;
    return true;
  }

  /**
   * Takes the lock; never parks. An async task that waits for a lock which another task of the same thread holds gets it when that
   * one unlocks.
   * @throws WaitError `ERR_TIMED_OUT`, or the signal's reason: not taken.
   */
  async lockAsync(options?: LockAsyncWaitOptions): Promise<void> {
    await this.lockWithinAsync(limitsOf(options));
  }

  /**
   * Gives the lock back, and wakes one who waits for it. Never parks.
   * @throws LockError `ERR_LOCK_NOT_HELD` when this object does not hold it; nothing was changed.
   */
  unlock(): void {
    if (!this.#held) {
      throw new LockError('ERR_LOCK_NOT_HELD', 'Only the Mutex object that took the lock can give it back.');
    }
    this.#held = false;
    if (Atomics.exchange(this.#words, STATE, FREE) === CONTENDED) Atomics.notify(this.#words, STATE, 1); // releases: unlock
  }

  /** Runs `action` while holding the lock; may park as `lock` does. Returns what it returned, throws what it threw. */
  withLock<T>(action: () => T, options?: LockWaitOptions): T {
    this.lock(options);
    try {
      return action();
    } finally {
      this.unlock();
    }
  }

  /** As `withLock`, but waits as `lockAsync` does; `action` itself runs in one go. */
  async withLockAsync<T>(action: () => T, options?: LockAsyncWaitOptions): Promise<T> {
    return this.withLockWithinAsync(action, limitsOf(options));
  }

  /** `lock` up to a moment on `platform.now()`: several waits of one call share one. @internal */
  lockUntil(deadline: number): void {
    if (this.#held) {
      throw new LockError(
        'ERR_LOCK_HELD',
        'This Mutex object holds the lock already: waiting for it would never end.',
      );
    }
    if (Atomics.compareExchange(this.#words, STATE, FREE, LOCKED) !== FREE) this.#contend(deadline); // acquires: unlock
    this.#held = true;
  }

  /** `lockAsync` within limits. @internal */
  async lockWithinAsync(limits: AsyncLimits): Promise<void> {
    while (!this.#seize()) await this.#queueAsync(limits);
  }

  /** `withLockAsync` within limits. No other task of this thread ever runs while the lock is held. @internal */
  async withLockWithinAsync<T>(action: () => T, limits: AsyncLimits): Promise<T> {
    while (!this.#seize()) await this.#queueAsync(limits);
    try {
      return action();
    } finally {
      this.unlock();
    }
  }

  #contend(deadline: number): void {
    const words = this.#words;
    for (let turn = 0; turn < SPIN_TURNS; turn++) {
      Atomics.pause?.();
      for (let i = 0; i < IDLE_ITERATIONS; i++);
      if (Atomics.load(words, STATE) === FREE && Atomics.compareExchange(words, STATE, FREE, LOCKED) === FREE)
        return;
    }
    // Whoever was woken may not be the only one who slept, so from here on the lock is taken as CONTENDED.
    while (Atomics.exchange(words, STATE, CONTENDED) !== FREE) {
      throwIfDue(deadline, AWAITED);
      sleep(words, STATE, CONTENDED, deadline);
    }
  }

  #seize(): boolean {
    if (Atomics.exchange(this.#words, STATE, CONTENDED) !== FREE) return false; // acquires: unlock
    this.#held = true;
    return true;
  }

  async #queueAsync(limits: AsyncLimits): Promise<void> {
    throwIfDue(limits.deadline, AWAITED);
    await sleepAsync(this.#words, STATE, CONTENDED, limits);
  }
}

/** A new mutex, free, in memory of its own. */
export function createMutex(): Mutex {
  return new Mutex(makeBlock('mutex'));
}

/**
 * Opens a mutex in another thread, or again in the same one.
 * @throws HandleError `ERR_HANDLE` for anything but a mutex's handle.
 */
export function openMutex(handle: LockHandle<'mutex'>): Mutex {
  return new Mutex(openBlock('mutex', handle));
}
