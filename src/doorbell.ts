/** A doorbell: what rings are made with so that one thread can serve them together. */
import { ArgumentError, HandleError } from './errors.js';
import { describe } from './event.js';
import { type DoorbellHandle, doorbellIdIn, mustHaveSharedMemory } from './handle.js';
import { bellId, bellWords, makeBell } from './core/doorbell.js';

/**
 * Wakes whoever serves the rings that were made with it. Made by `createDoorbell`; needed where rings are made, and carried by their handles
 * to where they are opened. Any number of rings, and of threads that serve them, may share one.
 */
export class Doorbell {
  readonly handle: DoorbellHandle;
  /** Tells doorbells apart in every thread; never 0. */
  readonly id: number;

  /** Use `createDoorbell` or `openDoorbell`. */
  constructor(handle: DoorbellHandle) {
    this.handle = handle;
    this.id = bellId(bellWords(handle.buffer));
  }
}

/**
 * Makes a doorbell, 256 bytes of shared memory. Never parks.
 * @throws PlatformError `ERR_NO_SHARED_MEMORY`.
 * @example const doorbell = createDoorbell(); const ring = createRing(Trade, { capacity: 1024, consumers: ['risk'], doorbell });
 */
export function createDoorbell(): Doorbell {
  mustHaveSharedMemory();
  return new Doorbell({ slipring: 'doorbell', buffer: makeBell() });
}

/**
 * Opens a doorbell in another thread, for rings that are made there. Never parks.
 * @throws HandleError `ERR_HANDLE` for anything but a doorbell's handle; PlatformError `ERR_NO_SHARED_MEMORY`.
 */
export function openDoorbell(handle: DoorbellHandle): Doorbell {
  mustHaveSharedMemory();
  if (doorbellIdIn(handle) === undefined) {
    throw new HandleError('ERR_HANDLE', `openDoorbell() takes a doorbell's handle, not ${describe(handle)}.`);
  }
  return new Doorbell(handle);
}

/** @throws ArgumentError `ERR_DOORBELL`. */
export function mustBeDoorbell(doorbell: unknown): void {
  if (doorbell !== undefined && !(doorbell instanceof Doorbell)) {
    throw new ArgumentError(
      'ERR_DOORBELL',
      `doorbell takes one from createDoorbell() or openDoorbell(), not ${describe(doorbell)}.`,
    );
  }
}
