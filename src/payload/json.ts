/** JSON, as a codec. */
import type { Codec } from './columns.js';
import { decodeText, encodeText } from './text.js';

/**
 * Values as JSON: what `JSON.stringify` takes and `JSON.parse` gives back. What it cannot say (`undefined`, a function, a bigint, a
 * circle) is refused with `ERR_PAYLOAD_VALUE`.
 * @example const Job = event({ order: value(json<Order>()) });
 */
export function json<T = unknown>(): Codec<T> {
  return {
    name: 'json',
    encodeInto(value, bytes) {
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`);
      return encodeText(text, bytes);
    },
    decode: (bytes) => JSON.parse(decodeText(bytes)) as T,
  };
}
