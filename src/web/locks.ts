/** Web Locks, as far as they are needed. */
import { PlatformError } from '../errors.js';

/** A `LockManager`, whichever library declares it. */
export interface LockManagerLike {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean },
    callback: (lock: unknown) => unknown,
  ): Promise<unknown>;
}

/** @throws PlatformError `ERR_NO_LOCKS`. */
export function locksOf(given: LockManagerLike | undefined): LockManagerLike {
  const { navigator } = globalThis as { navigator?: { locks?: LockManagerLike } };
  const locks = given ?? navigator?.locks;
  if (typeof locks?.request === 'function') return locks;
  throw new PlatformError(
    'ERR_NO_LOCKS',
    'There are no Web Locks here: they need a secure context (https), or Node 24, where supervise() of slipring/node does it better.',
  );
}
