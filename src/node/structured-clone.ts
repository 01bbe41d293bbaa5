/** The structured clone algorithm, as a codec. */
import { PlatformError } from '../errors.js';
import type { Codec } from '../payload/columns.js';
import { views } from '../core/views.js';
import { IN_PLACE, type InPlace } from '../payload/in-place.js';
import { flatObjects } from './flat-objects.js';

/** Of `node:v8`, what is needed; Bun and Deno have it too. */
interface V8 {
  serialize(value: unknown): Uint8Array;
  deserialize(bytes: Uint8Array): unknown;
}

interface Process {
  getBuiltinModule?(id: string): V8 | undefined;
}

/**
 * Values as `postMessage` would take them, transfers and shared memory apart: maps, sets, dates, bigints, typed arrays, errors, circles.
 * Written in the engine's own format, so by one version of it on all sides. What it cannot clone (a function, a symbol) is refused with
 * `ERR_PAYLOAD_VALUE`.
 * @throws PlatformError `ERR_NO_STRUCTURED_CLONE` where there is no `node:v8`.
 * @example const Job = event({ order: value(structuredCloneCodec<Order>()) });
 */
export function structuredCloneCodec<T = unknown>(): Codec<T> {
  const { process } = globalThis as { process?: Process };
  const v8 = process?.getBuiltinModule?.('node:v8');
  if (v8 === undefined) {
    throw new PlatformError(
      'ERR_NO_STRUCTURED_CLONE',
      'There is no node:v8 here, which writes structured clones as bytes: use json(), or a codec of your own.',
    );
  }
  const codec: Codec<T> & { readonly [IN_PLACE]: InPlace } = {
    name: 'structured-clone',
    encodeInto(value, bytes) {
      const words = wordsOver(bytes);
      const flat = words === undefined ? 0 : flatObjects.encode(value, words, 0, words.length);
      if (flat > 0) return flat;
      const encoded = v8.serialize(value);
      if (encoded.length <= bytes.length) bytes.set(encoded);
      return encoded.length;
    },
    decode(bytes) {
      const words = wordsOver(bytes) ?? wordsOver(copyOf(bytes))!;
      if (words.length > 0 && flatObjects.wrote(words, 0))
        return flatObjects.decode(words, 0, bytes.length) as T;
      // A copy: typed arrays in the value stay views of what they were read from.
      return v8.deserialize(copyOf(bytes)) as T;
    },
    [IN_PLACE]: flatObjects,
  };
  return codec;
}

/** Also of a `Buffer`, whose own `slice` makes none. */
const copyOf = (bytes: Uint8Array): Uint8Array => Uint8Array.prototype.slice.call(bytes);

/** The same memory in words; undefined where it does not begin with one. In a ring every payload does. */
function wordsOver({ buffer, byteOffset, length }: Uint8Array): Int32Array | undefined {
  return byteOffset % 4 === 0
    ? views.column('i32', buffer as SharedArrayBuffer, byteOffset, length >> 2)
    : undefined;
}
