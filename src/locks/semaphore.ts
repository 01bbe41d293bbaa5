/**
 * A counting semaphore: so many permits, taken one at a time.
 *
 * Source of the idea: E. W. Dijkstra, "Cooperating Sequential Processes" (1965), section 4. Algorithm: glibc's semaphore since 2.21
 * (Torvald Riegel, 2014) in two words: a release wakes somebody only when somebody waits.
 */
import { ArgumentError } from '../errors.js';
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

/** Permits that are free. Writers: acquirers (-1) and releasers (+n), by CAS. Readers: acquirers. Those waiting sleep on it while it is 0. */
const PERMITS = 1;
/**
 * How many wait. Writers: each waiter, +1 before its last look at the permits, -1 when it ends. Readers: releasers, after they added
 * their permits: one of the two sees the other (Dekker). Nobody sleeps on it. A waiter that died is counted for ever, which costs
 * needless notifies and nothing else.
 */
const WAITERS = 2;

/** The most permits there can be. */
const MOST_PERMITS = 2 ** 31 - 1;

const AWAITED = 'a permit of the semaphore';

/**
 * A semaphore that threads share. Permits belong to nobody: any thread may release. Not first come, first served.
 */
export class Semaphore {
  readonly #words: BlockWords;

  /** Use `createSemaphore` or `openSemaphore`. */
  constructor(words: BlockWords) {
    this.#words = words;
  }

  /** What other threads open it by. */
  get handle(): LockHandle<'semaphore'> {
    return handleOf('semaphore', this.#words);
  }

  /** The free permits as they were a moment ago: advice, for another thread may take them at any time. */
  get value(): number {
    return Atomics.load(this.#words, PERMITS);
  }

  /**
   * Takes one permit; parks while there is none. What was written before the release of any permit that is gone is visible.
   * @throws WaitError `ERR_TIMED_OUT`: none was taken.
   */
  acquire(options?: LockWaitOptions): void {
    this.acquireUntil(deadlineOf(options));
  }

  /** Takes one permit if there is one; never waits. Returns whether it was taken. */
  tryAcquire(): boolean {
    const words = this.#words;
    for (let free = Atomics.load(words, PERMITS); free > 0;) {
      const seen = Atomics.compareExchange(words, PERMITS, free, free - 1); // acquires: release
      if (seen === free) return true;
      free = seen;
    }
    return false;
  }

  /**
   * Takes one permit; never parks.
   * @throws WaitError `ERR_TIMED_OUT`, or the signal's reason: none was taken.
   */
  async acquireAsync(options?: LockAsyncWaitOptions): Promise<void> {
    await this.acquireWithinAsync(limitsOf(options));
  }

  /**
   * Gives `count` permits, and wakes as many of those who wait. Never parks.
   * @throws ArgumentError `ERR_COUNT` for a count that is not a whole number from 1.
   * @throws LockError `ERR_SEMAPHORE_OVERFLOW` for more than 2^31 - 1 permits in all; none was given.
   */
  release(count = 1): void {
    if (!Number.isInteger(count) || count < 1 || count > MOST_PERMITS) {
      throw new ArgumentError(
        'ERR_COUNT',
        `release() gives 1 to ${MOST_PERMITS} permits, not ${String(count)}.`,
      );
    }
    const words = this.#words;
    for (let free = Atomics.load(words, PERMITS); ;) {
      if (free > MOST_PERMITS - count)
        throw new LockError('ERR_SEMAPHORE_OVERFLOW', `A semaphore has at most ${MOST_PERMITS} permits.`);
      const seen = Atomics.compareExchange(words, PERMITS, free, free + count); // releases: release
      if (seen === free) break;
      free = seen;
    }
    if (Atomics.load(words, WAITERS) > 0) Atomics.notify(words, PERMITS, count);
  }

  /** `acquire` up to a moment on `platform.now()`: several waits of one call share one. @internal */
  acquireUntil(deadline: number): void {
    if (!this.tryAcquire()) this.#contend(deadline);
  }

  /** `acquireAsync` within limits. @internal */
  async acquireWithinAsync(limits: AsyncLimits): Promise<void> {
    if (this.tryAcquire()) return;
    const words = this.#words;
    Atomics.add(words, WAITERS, 1);
    try {
      while (!this.tryAcquire()) {
        throwIfDue(limits.deadline, AWAITED);
        await sleepAsync(words, PERMITS, 0, limits);
      }
    } finally {
      Atomics.sub(words, WAITERS, 1);
    }
  }

  #contend(deadline: number): void {
    const words = this.#words;
    Atomics.add(words, WAITERS, 1);
    try {
      while (!this.tryAcquire()) {
        throwIfDue(deadline, AWAITED);
        sleep(words, PERMITS, 0, deadline);
      }
    } finally {
      Atomics.sub(words, WAITERS, 1);
    }
  }
}

/**
 * A new semaphore, in memory of its own.
 * @throws ArgumentError `ERR_PERMITS` for a number of permits that is not a whole number from 0 to 2^31 - 1.
 */
export function createSemaphore(permits: number): Semaphore {
  if (!Number.isInteger(permits) || permits < 0 || permits > MOST_PERMITS) {
    throw new ArgumentError(
      'ERR_PERMITS',
      `A semaphore starts with 0 to ${MOST_PERMITS} permits, not ${String(permits)}.`,
    );
  }
  return placeSemaphore(permits, makeBlock('semaphore'));
}

/** Makes a fresh block a semaphore of so many permits. @internal */
export function placeSemaphore(permits: number, words: BlockWords): Semaphore {
  Atomics.store(words, PERMITS, permits);
  return new Semaphore(words);
}

/**
 * Opens a semaphore in another thread, or again in the same one.
 * @throws HandleError `ERR_HANDLE` for anything but a semaphore's handle.
 */
export function openSemaphore(handle: LockHandle<'semaphore'>): Semaphore {
  return new Semaphore(openBlock('semaphore', handle));
}
