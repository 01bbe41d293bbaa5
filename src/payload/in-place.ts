/** Codecs of our own that write most values where they stay, word by word: neither side makes a view then. */
import type { Codec } from './columns.js';

/** Of a codec: its way in place. */
export const IN_PLACE: unique symbol = Symbol('in place');

export interface InPlace {
  /**
   * Writes `value` from word `at` on, up to word `end`; returns how many bytes, a multiple of 4. 0 for a value that does not fit there or goes
   * another way: `encodeInto` is for all.
   */
  encode(value: unknown, words: Int32Array, at: number, end: number): number;
  /** Whether `encode` wrote what stands at word `at`. */
  wrote(words: Int32Array, at: number): boolean;
  /** What `encode` wrote in so many bytes. @throws RangeError for what it did not write. */
  decode(words: Int32Array, at: number, bytes: number): unknown;
}

/** The way in place of a codec that has one. */
export function inPlaceOf(codec: Codec<unknown>): InPlace | undefined {
  return (codec as { readonly [IN_PLACE]?: InPlace })[IN_PLACE];
}
