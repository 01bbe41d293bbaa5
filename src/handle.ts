/** What a ring passes to other threads, and what must be right about it there. */
import { HandleError, PlatformError } from './errors.js';
import { describe } from './event.js';
import { headerByteLength, headerFault, headerVersion } from './core/header.js';
import { LAYOUT_VERSION } from './core/layout.js';
import { platform } from './core/platform.js';

/** Opens a ring in another thread: plain and cloneable, for `workerData` and `postMessage`. */
export interface RingHandle {
  readonly slipring: 'ring';
  readonly buffer: SharedArrayBuffer;
}

/**
 * @throws HandleError `ERR_HANDLE` (no handle), `ERR_HANDLE_FOREIGN` (no ring in the buffer), `ERR_HANDLE_VERSION`,
 * `ERR_HANDLE_TRUNCATED`.
 */
export function mustBeRingHandle(handle: unknown): asserts handle is RingHandle {
  const { slipring, buffer } = (handle ?? {}) as Partial<RingHandle>;
  if (slipring !== 'ring' || !(buffer instanceof SharedArrayBuffer)) {
    throw new HandleError(
      'ERR_HANDLE',
      `A ring is opened by its handle, as ring.handle gives it, not by ${describe(handle)}.`,
    );
  }
  switch (headerFault(buffer)) {
    case 'foreign':
      throw new HandleError(
        'ERR_HANDLE_FOREIGN',
        'There is no slipring in this buffer: pass on ring.handle as it is.',
      );
    case 'version':
      throw new HandleError(
        'ERR_HANDLE_VERSION',
        `This ring has memory map version ${headerVersion(buffer)}, this slipring reads version ${LAYOUT_VERSION}: use one version in all threads.`,
      );
    case 'length':
      throw new HandleError(
        'ERR_HANDLE_TRUNCATED',
        `This buffer has ${buffer.byteLength} bytes, the ring in it was made with ${headerByteLength(buffer)}: pass on the whole buffer.`,
      );
  }
}

/** @throws PlatformError `ERR_NO_SHARED_MEMORY`. */
export function mustHaveSharedMemory(): void {
  if (!platform.hasSharedMemory) {
    throw new PlatformError(
      'ERR_NO_SHARED_MEMORY',
      'There is no SharedArrayBuffer here. A browser needs the page (and its worker scripts) served with the headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp".',
    );
  }
}
