/** In the worker: a lock that the platform takes from it when it dies. */
import { mustKnow } from '../options.js';
import type { Ring } from '../ring.js';
import { type LockManagerLike, locksOf } from './locks.js';

/** Tells a supervisor for which lock to wait, and who is dead then. Plain and cloneable. */
export interface LockMark {
  readonly slipring: 'lock';
  /** The lock's name. */
  readonly name: string;
  /** The ring's id, and what this thread is called there. */
  readonly ring: string;
  readonly threadNumber: number;
}

/** How a lock is held. */
export interface LockOptions {
  /** `navigator.locks` unless given. */
  readonly locks?: LockManagerLike;
}

/** A lock that is held until it is disposed, or the thread dies. */
export interface HeldLock extends Disposable {
  /** For the thread that supervises: to be posted to it. */
  readonly mark: LockMark;
}

let held = 0;

/**
 * Holds a lock for what this thread has in a ring. Await it before the first seat is opened, and post its `mark` to the thread that
 * supervises; dispose it only after the last seat was left: whoever has a seat and no lock is taken for dead.
 * @throws PlatformError `ERR_NO_LOCKS`; ArgumentError `ERR_OPTION`.
 * @example const lock = await holdLock(ring); postMessage(lock.mark);
 */
export async function holdLock(
  ring: Pick<Ring, 'id' | 'threadNumber'>,
  options: LockOptions = {},
): Promise<HeldLock> {
  mustKnow(options, ['locks'], 'holdLock');
  const { id, threadNumber } = ring;
  const name = `slipring ${id} ${threadNumber} ${held++}`;
  const locks = locksOf(options.locks);
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((resolve, reject) => {
    locks
      .request(name, {}, () => {
        resolve();
        return released;
      })
      .catch(reject);
  });
  return {
    mark: { slipring: 'lock', name, ring: id, threadNumber },
    [Symbol.dispose]: release,
  };
}
