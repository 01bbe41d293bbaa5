/**
 * Text in shared memory. Node, Deno and Bun encode into it and decode from it without a copy; browsers refuse to, and get a copy. Which
 * it is shows at the first try.
 */
import { views } from '../core/views.js';
import { platform } from '../core/platform.js';

/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
export const MOST_BYTES_A_UNIT = 3;

let encodesShared: boolean | undefined;
let decodesShared: boolean | undefined;

/** Writes UTF-8 at the beginning of `bytes`; returns how many bytes there are, or how many would be needed when they do not fit. */
export function encodeText(text: string, bytes: Uint8Array): number {
  encodesShared ??= works((shared) => platform.encodeInto('a', shared));
  if (encodesShared) {
    const { read, written } = platform.encodeInto(text, bytes);
    return read === text.length ? written : platform.encode(text).length;
  }
  const encoded = platform.encode(text);
  if (encoded.length <= bytes.length) bytes.set(encoded);
  return encoded.length;
}

/** The text of UTF-8 `bytes`. */
export function decodeText(bytes: Uint8Array): string {
  decodesShared ??= works((shared) => platform.decodeShared(shared));
  return decodesShared ? platform.decodeShared(bytes) : platform.decode(bytes);
}

function works(attempt: (shared: Uint8Array) => unknown): boolean {
  try {
    attempt(views.bytes(views.allocate(1), 0, 1));
    return true;
  } catch {
    return false;
  }
}
