/** Columns of any length, as they are declared: `bytes()`, `text()` and `value(codec)`. */
import { ArgumentError } from '../errors.js';
import { describe } from '../event.js';

/**
 * Turns values into bytes and back. What it is given are bytes of the ring: to be used during the call only, and copied where a value
 * would keep them.
 */
export interface Codec<T> {
  /** Becomes part of the ring's schema, so that two sides with different codecs are told: letters, digits and `._-`. */
  readonly name?: string;
  /**
   * Writes `value` at the beginning of `bytes`, and returns how many bytes it takes. `bytes` is as long as the value may be: where it does
   * not fit, write what you like and return how many would be needed.
   */
  encodeInto(value: T, bytes: Uint8Array): number;
  /** The value in `bytes`, which are exactly those that were written. */
  decode(bytes: Uint8Array): T;
}

/** Options of a column of any length. */
export interface PayloadOptions {
  /** Most bytes of one value. Unless given, half of the producer's arena. */
  readonly max?: number;
}

/** What stands in a slot: where the bytes are, and how many. */
interface Place {
  readonly kind: 'u32';
  readonly length: 2;
  readonly isArray: false;
  /** Infinity unless given. */
  readonly max: number;
}

/** A column of bytes. */
export interface BytesColumn extends Place {
  readonly payload: 'bytes';
}

/** A column of texts, as UTF-8. */
export interface TextColumn extends Place {
  readonly payload: 'text';
}

/** A column of whatever its codec makes of bytes. */
export interface ValueColumn<T = unknown> extends Place {
  readonly payload: 'value';
  readonly codec: Codec<T>;
}

/** A column of any length. */
export type PayloadType = BytesColumn | TextColumn | ValueColumn;

/** Longest payload: half of the largest arena. */
const LONGEST = 2 ** 29;

/**
 * Bytes of any length: for the producer what is assigned is copied, or written in place by `reserve`; a consumer gets a view of them.
 * @throws ArgumentError `ERR_COLUMN_LENGTH` for a `max` that is not 1 … 2^29.
 * @example const Message = event({ id: u32, body: bytes({ max: 65_536 }) });
 */
export function bytes(options?: PayloadOptions): BytesColumn {
  return Object.freeze({ ...place(options), payload: 'bytes' });
}

/**
 * Texts of any length, as UTF-8. `max` counts bytes. A lone surrogate becomes U+FFFD.
 * @throws ArgumentError `ERR_COLUMN_LENGTH` for a `max` that is not 1 … 2^29.
 */
export function text(options?: PayloadOptions): TextColumn {
  return Object.freeze({ ...place(options), payload: 'text' });
}

/**
 * Values of any kind, through a codec: `json()`, `structuredCloneCodec()` of `slipring/node`, or your own.
 * @throws ArgumentError `ERR_COLUMN_TYPE` for what is no codec; `ERR_COLUMN_LENGTH` for a `max` that is not 1 … 2^29.
 * @example const Job = event({ order: value(json<Order>()) });
 */
export function value<T>(codec: Codec<T>, options?: PayloadOptions): ValueColumn<T> {
  const { name = '', encodeInto, decode } = (codec ?? {}) as Partial<Codec<T>>;
  if (typeof encodeInto !== 'function' || typeof decode !== 'function' || !/^[\w.-]*$/.test(name)) {
    throw new ArgumentError(
      'ERR_COLUMN_TYPE',
      `value() takes a codec like json(): an object with encodeInto(value, bytes) and decode(bytes), and perhaps a name of letters, digits and "._-"; not ${describe(codec)}.`,
    );
  }
  return Object.freeze({ ...place(options), payload: 'value', codec });
}

function place(options: PayloadOptions = {}): Place {
  const { max = Infinity } = options ?? {};
  if (max !== Infinity && (!Number.isInteger(max) || max < 1 || max > LONGEST)) {
    throw new ArgumentError(
      'ERR_COLUMN_LENGTH',
      `max is a number of bytes from 1 to 2^29, not ${describe(max)}.`,
    );
  }
  return { kind: 'u32', length: 2, isArray: false, max };
}

/** Whether a column is of any length. */
export function isPayload(type: { readonly kind: string }): type is PayloadType {
  return (type as Partial<PayloadType>).payload !== undefined;
}

/** A column of any length in the schema. */
export function payloadText(type: PayloadType): string {
  const kind = type.payload === 'value' ? `value(${type.codec.name ?? ''})` : type.payload;
  return type.max === Infinity ? kind : `${kind}<${type.max}>`;
}
