/** The structured clone algorithm, as a codec. */
import { PlatformError } from '../errors.js';
import type { Codec } from '../payload/columns.js';
import { decodeFlat, encodeFlat, isFlat } from './flat-objects.js';

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
  return {
    name: 'structured-clone',
    encodeInto(value, bytes) {
      const flat = encodeFlat(value, bytes);
      if (flat > 0) return flat;
      const encoded = v8.serialize(value);
      if (encoded.length <= bytes.length) bytes.set(encoded);
      return encoded.length;
    },
    // A copy: typed arrays in the value stay views of what they were read from.
    decode: (bytes) => (isFlat(bytes) ? decodeFlat(bytes) : v8.deserialize(bytes.slice())) as T,
  };
}
