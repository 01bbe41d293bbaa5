/**
 * Where no `exit` tells of a worker's death: its lock comes free when the worker is told to die. That is not yet the fact that it executes
 * nothing any more, so a while is given to it.
 */
import { recoverEverywhere, wardsOf } from '../dead-thread.js';
import { ArgumentError } from '../errors.js';
import { describe } from '../event.js';
import { mustKnow } from '../options.js';
import type { Recovery } from '../recovering.js';
import type { Ring } from '../ring.js';
import { superviseHere } from '../supervising.js';
import { platform } from '../core/platform.js';
import type { LockMark } from './hold-lock.js';
import { type LockManagerLike, locksOf } from './locks.js';

/** How a lock's holder is supervised. */
export interface LockSupervisionOptions {
  /**
   * Milliseconds from the moment that the lock comes free to the recovery: 5,000 unless given. It must be longer than a worker can go on after
   * it was told to die; whoever goes on longer may lose events of its own, and others'.
   */
  readonly graceMs?: number;
  /** Called in this thread for each seat that was recovered. */
  readonly onRecovery?: (recovery: Recovery) => void;
  /** `navigator.locks` unless given. */
  readonly locks?: LockManagerLike;
}

/** A lock's holder that is supervised. Disposing it ends that, unless the recovery has begun. */
export interface LockSupervision extends Disposable {
  /** Resolves once all seats of the dead thread are recovered: to what was found in them. To nothing when it was disposed before. */
  readonly done: Promise<readonly Recovery[]>;
}

const USUAL_GRACE_MS = 5_000;
/** Node 24 and 26 look at requests that wait only when another is made. */
const NUDGE_MS = 1_000;

/**
 * Supervises a thread by the lock that it holds (`holdLock`): when the lock comes free, and the grace is over, every seat that the thread has in
 * this ring is recovered, and whoever sleeps because of it is woken. Meanwhile no call of this thread may park without a time-out
 * (`ERR_SUPERVISOR_WOULD_PARK`). In Node, Bun and Deno use `supervise` instead, which knows for sure.
 * @throws PlatformError `ERR_NO_LOCKS`; ArgumentError `ERR_SUPERVISE` (no mark, or one of another ring), `ERR_GRACE`, `ERR_OPTION`.
 * @example worker.onmessage = ({ data: mark }) => superviseLock(mark, ring, { onRecovery: restart });
 */
export function superviseLock(
  mark: LockMark,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ring: Ring<any, any>,
  options: LockSupervisionOptions = {},
): LockSupervision {
  mustKnow(options, ['graceMs', 'onRecovery', 'locks'], 'superviseLock');
  const { graceMs = USUAL_GRACE_MS, onRecovery } = options;
  const wards = wardsOf([ring]);
  mustBeMark(mark, ring.id);
  if (typeof graceMs !== 'number' || !(graceMs >= 0) || graceMs > 2 ** 31 - 1) {
    throw new ArgumentError(
      'ERR_GRACE',
      `graceMs is a number of milliseconds from 0 to 2^31 - 1, not ${describe(graceMs)}.`,
    );
  }
  const locks = locksOf(options.locks);
  const stopCounting = superviseHere();
  let stop = (): void => {};
  const stopped = new Promise<'stopped'>((resolve) => (stop = () => resolve('stopped')));
  const supervise = async (): Promise<readonly Recovery[]> => {
    try {
      const free = locks.request(mark.name, {}, () => 'free');
      const stopNudging = nudge(locks, mark.name);
      const ended = await Promise.race([free, stopped]).finally(stopNudging);
      if (ended === 'stopped' || (await Promise.race([after(graceMs), stopped])) === 'stopped') return [];
      return await recoverEverywhere(wards, mark.threadNumber, (recovery) => onRecovery?.(recovery));
    } finally {
      stopCounting();
    }
  };
  return {
    done: supervise(),
    [Symbol.dispose]() {
      stop();
    },
  };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => void platform.after(ms, resolve));
}

/** Makes a request for something else now and then. */
function nudge(locks: LockManagerLike, name: string): () => void {
  let forget = (): void => {};
  const again = (): void => {
    forget = platform.after(NUDGE_MS, () => {
      void locks.request(`${name} nudge`, { ifAvailable: true }, () => {}).catch(() => {});
      again();
    });
  };
  again();
  return () => forget();
}

function mustBeMark(mark: unknown, ring: string): asserts mark is LockMark {
  const { slipring, name, ring: its, threadNumber } = (mark ?? {}) as Partial<LockMark>;
  if (slipring !== 'lock' || typeof name !== 'string' || !Number.isInteger(threadNumber)) {
    throw new ArgumentError(
      'ERR_SUPERVISE',
      `superviseLock() takes the mark of a lock that holdLock() gave, not ${describe(mark)}.`,
    );
  }
  if (its !== ring) throw new ArgumentError('ERR_SUPERVISE', 'This lock is held for another ring.');
}
