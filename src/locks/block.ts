/**
 * The place of one lock in shared memory: a cache line that begins with a magic word, and the handle that finds it again.
 *
 *   word    0       1 …                              15
 *         | magic | the lock's own words, unused ones 0 |
 */
import { HandleError } from '../errors.js';
import { views } from '../core/views.js';

/** Words of a block: one cache line of 64 bytes, so that two locks never share one. */
export const BLOCK_WORDS = 16;
/** Bytes of a block. */
export const BLOCK_BYTES: number = BLOCK_WORDS * 4;

/**
 * The first word of each kind of block: 'SL', the layout's version, the kind. Writer: whoever made the block, before anybody else
 * has it. Readers: whoever opens it. Nobody sleeps on it.
 */
const magic = { mutex: 0x534c0101, condition: 0x534c0102, semaphore: 0x534c0103 } as const;

/** The kinds of lock. */
export type LockKind = keyof typeof magic;

/** What a lock passes to other threads, by `workerData` or `postMessage`: plain and cloneable. */
export interface LockHandle<K extends LockKind = LockKind> {
  readonly slipring: K;
  readonly buffer: SharedArrayBuffer;
  /** Where in the buffer the lock's block begins. */
  readonly byteOffset: number;
}

/** The block's words. */
export type BlockWords = Int32Array<SharedArrayBuffer>;

/** Makes the block of a new lock; in a buffer of its own unless one is given, where the block's words must be 0. */
export function makeBlock(kind: LockKind, buffer = views.allocate(BLOCK_BYTES), byteOffset = 0): BlockWords {
  const words = views.words(buffer, byteOffset, BLOCK_WORDS);
  Atomics.store(words, 0, magic[kind]);
  return words;
}

/**
 * Finds a lock's block by its handle.
 * @throws HandleError `ERR_HANDLE` for anything but a handle of this kind, whose block is there.
 */
export function openBlock(kind: LockKind, handle: LockHandle): BlockWords {
  const { slipring, buffer, byteOffset } = handle ?? {};
  if (slipring !== kind || !(buffer instanceof SharedArrayBuffer) || !Number.isInteger(byteOffset)) {
    throw new HandleError(
      'ERR_HANDLE',
      `This is no handle of a ${kind}: pass the one that its maker gave out.`,
    );
  }
  if (byteOffset < 0 || byteOffset % 4 !== 0 || byteOffset + BLOCK_BYTES > buffer.byteLength) {
    throw new HandleError(
      'ERR_HANDLE',
      `A ${kind} takes ${BLOCK_BYTES} bytes, aligned to 4: there are none at ${byteOffset} of ${buffer.byteLength}.`,
    );
  }
  const words = views.words(buffer, byteOffset, BLOCK_WORDS);
  if (Atomics.load(words, 0) !== magic[kind]) {
    throw new HandleError(
      'ERR_HANDLE',
      `There is no ${kind} of this version at byte ${byteOffset} of this buffer.`,
    );
  }
  return words;
}

/** The handle of the lock whose block this is. */
export function handleOf<K extends LockKind>(kind: K, words: BlockWords): LockHandle<K> {
  return { slipring: kind, buffer: words.buffer, byteOffset: words.byteOffset };
}
