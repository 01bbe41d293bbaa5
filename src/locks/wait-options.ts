/** What may end a wait on a lock before its time. */
import { platform } from '../core/platform.js';
import { ArgumentError, WaitError } from '../errors.js';
import type { AbortSignalLike } from '../limits.js';

/** Options of the calls that may park their thread. */
export interface LockWaitOptions {
  /** Longest wait in milliseconds, then `ERR_TIMED_OUT`; 0 tries once. None unless given. */
  readonly timeoutMs?: number;
}

/** Options of the calls that wait on the event loop. */
export interface LockAsyncWaitOptions extends LockWaitOptions {
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignalLike;
}

/** When a wait is over and what else ends it: made once a call, kept through all sleeps of that call. */
export interface AsyncLimits {
  /** On `platform.now()`, or Infinity. */
  readonly deadline: number;
  readonly signal: AbortSignalLike | undefined;
}

/** Of an async wait that nothing ends. */
export const unlimited: AsyncLimits = { deadline: Infinity, signal: undefined };

/**
 * The moment, on `platform.now()`, at which the wait is over; Infinity without a time-out.
 * @throws ArgumentError `ERR_TIMEOUT` for anything but a number of milliseconds, 0 or more.
 */
export function deadlineOf(options: LockWaitOptions | undefined): number {
  const timeoutMs = options?.timeoutMs;
  if (timeoutMs === undefined) return Infinity;
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
    throw new ArgumentError(
      'ERR_TIMEOUT',
      `timeoutMs is a number of milliseconds, 0 or more, not ${String(timeoutMs)}.`,
    );
  }
  return timeoutMs === Infinity ? Infinity : platform.now() + timeoutMs;
}

/**
 * The limits of an async call.
 * @throws ArgumentError `ERR_TIMEOUT`, `ERR_SIGNAL`; the signal's reason if it was aborted before.
 */
export function limitsOf(options: LockAsyncWaitOptions | undefined): AsyncLimits {
  const signal = options?.signal;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new ArgumentError('ERR_SIGNAL', `signal takes an AbortSignal, not ${typeof signal}.`);
  }
  const deadline = deadlineOf(options);
  if (signal?.aborted) throw signal.reason;
  return { deadline, signal };
}

/** Whether the time is up. */
export function isDue(deadline: number): boolean {
  return deadline !== Infinity && platform.now() >= deadline;
}

/**
 * Ends a wait whose time is up.
 * @throws WaitError `ERR_TIMED_OUT`.
 */
export function throwIfDue(deadline: number, awaited: string): void {
  if (isDue(deadline)) {
    throw new WaitError('ERR_TIMED_OUT', `The time-out passed while waiting for ${awaited}.`);
  }
}
