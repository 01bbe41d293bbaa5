/** What a ring passes to other threads, and what must be right about it there. */
import { HandleError, PlatformError } from './errors.js';
import { describe } from './event.js';
import { useWasm } from './core/atoms.js';
import { BELL_BYTES, bellId, bellWords, hangBell } from './core/doorbell.js';
import {
  type ControlShape,
  controlWords,
  headerByteLength,
  headerFault,
  headerVersion,
  soundShape,
} from './core/header.js';
import { header, LAYOUT_VERSION } from './core/layout.js';
import { platform, type WasmMemory } from './core/platform.js';

/** Opens a doorbell in another thread: plain and cloneable. */
export interface DoorbellHandle {
  readonly slipring: 'doorbell';
  readonly buffer: SharedArrayBuffer;
}

/** Opens a ring in another thread: plain and cloneable, for `workerData` and `postMessage`. */
export interface RingHandle {
  readonly slipring: 'ring';
  readonly buffer: SharedArrayBuffer;
  /** The WebAssembly memory whose buffer that is, if it was made with one. */
  readonly memory?: WasmMemory;
  /** The doorbell that it was made with: whoever opens the ring rings it. */
  readonly doorbell?: DoorbellHandle;
}

/**
 * @throws HandleError `ERR_HANDLE` (no handle), `ERR_HANDLE_FOREIGN` (no ring in the buffer), `ERR_HANDLE_VERSION`,
 * `ERR_HANDLE_TRUNCATED`, `ERR_HANDLE_DOORBELL` (not with the doorbell that the ring was made with). What `wordsOf` and `shapeOf` find of
 * the ring is found by them.
 */
export function mustBeRingHandle(handle: unknown): asserts handle is RingHandle {
  const { slipring, buffer, memory, doorbell } = (handle ?? {}) as Partial<RingHandle>;
  const isMemory = memory === undefined || platform.isWasmMemory(memory);
  if (slipring !== 'ring' || !isSharedMemory(buffer) || !isMemory) {
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
  // Whoever published without its doorbell would leave those who serve the ring asleep.
  const itsDoorbell = doorbellIdOf(controlWords(buffer));
  if (doorbell === undefined ? itsDoorbell !== 0 : itsDoorbell !== doorbellIdIn(doorbell)) {
    throw new HandleError(
      'ERR_HANDLE_DOORBELL',
      'The doorbell in this handle is not the one that the ring was made with: pass on ring.handle as it is.',
    );
  }
}

/** The control words of a ring, with its doorbell, in this thread. */
export function wordsOf({ buffer, memory, doorbell }: RingHandle): Int32Array {
  const words = controlWords(buffer);
  if (memory !== undefined) useWasm(words, memory);
  if (doorbell !== undefined) hangBell(words, bellWords(doorbell.buffer));
  return words;
}

/**
 * The ring's shape.
 * @throws HandleError `ERR_HANDLE_DAMAGED` when somebody wrote into the ring's constants.
 */
export function shapeOf(words: Int32Array): ControlShape {
  const shape = soundShape(words);
  if (shape === undefined) throw damaged();
  return shape;
}

/** What was written once does not hold together any more. */
export function damaged(): HandleError {
  return new HandleError(
    'ERR_HANDLE_DAMAGED',
    'Somebody has written over what this ring was made with, its header or its seats: make a new one.',
  );
}

/** Whether this is a SharedArrayBuffer, and not only something made after one. */
export function isSharedMemory(buffer: unknown): buffer is SharedArrayBuffer {
  if (!(buffer instanceof SharedArrayBuffer)) return false;
  try {
    return buffer.byteLength >= 0;
  } catch {
    return false;
  }
}

/** Tells by which doorbell a ring's servers are woken; 0 for none. */
export function doorbellIdOf(words: Int32Array): number {
  return Atomics.load(words, header.doorbell);
}

/** The same of a doorbell's handle; undefined for what is none. */
export function doorbellIdIn(handle: unknown): number | undefined {
  const { slipring, buffer } = (handle ?? {}) as Partial<DoorbellHandle>;
  if (slipring !== 'doorbell' || !isSharedMemory(buffer)) return undefined;
  return buffer.byteLength === BELL_BYTES ? bellId(bellWords(buffer)) || undefined : undefined;
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
