/** What a table of permits passes to other threads. */
import { HandleError } from './errors.js';
import { describe } from './event.js';
import { isSharedMemory } from './handle.js';
import { permitsIn, type PermitWords } from './core/permits.js';

/** Opens permits in another thread: plain and cloneable, for `workerData` and `postMessage`. */
export interface PermitsHandle {
  readonly slipring: 'permits';
  readonly buffer: SharedArrayBuffer;
}

/** @throws HandleError `ERR_HANDLE`. */
export function permitWordsOf(handle: unknown): PermitWords {
  const { slipring, buffer } = (handle ?? {}) as Partial<PermitsHandle>;
  const words = slipring === 'permits' && isSharedMemory(buffer) ? permitsIn(buffer) : undefined;
  if (words !== undefined) return words;
  throw new HandleError(
    'ERR_HANDLE',
    `Permits are opened by their handle, as permits.handle gives it, not by ${describe(handle)}.`,
  );
}
