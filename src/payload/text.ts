/**
 * Text in shared memory. Node, Deno and Bun encode into it and decode from it without a copy; browsers refuse to, and get a copy. Which
 * it is shows at the first try.
 */
import { views } from '../core/views.js';
import { platform } from '../core/platform.js';

/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
export const MOST_BYTES_A_UNIT = 3;

/** Writes UTF-8 at the beginning of `bytes`; returns how many bytes there are, or how many would be needed when they do not fit. */
export function encodeText(text: string, bytes: Uint8Array): number {
  if (sharedText.encodes) {
    const { read, written } = platform.encodeInto(text, bytes);
    if (read === text.length) return written;
    return platform.encode(text).length;
  }
  const encoded = platform.encode(text);
  if (encoded.length <= bytes.length) bytes.set(encoded);
  return encoded.length;
}

/** The text of UTF-8 `bytes`. */
export function decodeText(bytes: Uint8Array): string {
  return sharedText.decodes ? platform.decodeShared(bytes) : platform.decode(bytes);
}

/** Found out once, when first needed. */
export const sharedText = {
  get encodes(): boolean {
    return constant(this, 'encodes', (bytes) => platform.encodeInto('a', bytes));
  },
  get decodes(): boolean {
    return constant(this, 'decodes', (bytes) => platform.decodeShared(bytes));
  },
};

function constant(on: object, name: string, attempt: (bytes: Uint8Array) => unknown): boolean {
  let works = true;
  try {
    attempt(views.bytes(views.allocate(1), 0, 1));
  } catch {
    works = false;
  }
  Object.defineProperty(on, name, { value: works, configurable: true, writable: true });
  return works;
}
