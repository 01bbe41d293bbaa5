/**
 * The only place that makes memory or a view over it.
 *
 * Everything goes through the `views` object, and is looked up on it at use time, so that a model checker can put
 * recording views in place of the real ones and run the very files that ship.
 */

/** The typed array that holds each kind of element in shared memory; a `bool` is a byte, 0 or 1. */
export interface ElementArrays {
  i8: Int8Array<SharedArrayBuffer>;
  u8: Uint8Array<SharedArrayBuffer>;
  i16: Int16Array<SharedArrayBuffer>;
  u16: Uint16Array<SharedArrayBuffer>;
  i32: Int32Array<SharedArrayBuffer>;
  u32: Uint32Array<SharedArrayBuffer>;
  f32: Float32Array<SharedArrayBuffer>;
  f64: Float64Array<SharedArrayBuffer>;
  i64: BigInt64Array<SharedArrayBuffer>;
  u64: BigUint64Array<SharedArrayBuffer>;
  bool: Uint8Array<SharedArrayBuffer>;
}

/** Names of the element types that a column may have. */
export type ElementKind = keyof ElementArrays;

type ElementConstructor<K extends ElementKind> = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): ElementArrays[K];
};

const constructors: { readonly [K in ElementKind]: ElementConstructor<K> } = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  bool: Uint8Array,
};

/** The kinds by name, in the order the documentation lists them. */
export const elementKinds: readonly ElementKind[] = Object.keys(constructors) as ElementKind[];

/** Bytes that one element of `kind` takes. */
export function elementBytes(kind: ElementKind): number {
  return constructors[kind].BYTES_PER_ELEMENT;
}

/** What makes memory and views. */
export interface Views {
  /** Fresh zeroed shared memory of a fixed length in bytes; a growable one makes every access slower. */
  allocate(bytes: number): SharedArrayBuffer;
  /** The 32-bit words of a buffer: every word that threads synchronise on is touched through these, with `Atomics`. */
  words(buffer: SharedArrayBuffer, byteOffset: number, length: number): Int32Array<SharedArrayBuffer>;
  /** Plain bytes, for texts that are written before the word that licences reading them. */
  bytes(buffer: SharedArrayBuffer, byteOffset: number, length: number): Uint8Array<SharedArrayBuffer>;
  /** One column of events: plain elements, indexed by slot. */
  column<K extends ElementKind>(
    kind: K,
    buffer: SharedArrayBuffer,
    byteOffset: number,
    length: number,
  ): ElementArrays[K];
}

export const views: Views = {
  allocate: (bytes) => new SharedArrayBuffer(bytes),
  words: (buffer, byteOffset, length) => new Int32Array(buffer, byteOffset, length),
  bytes: (buffer, byteOffset, length) => new Uint8Array(buffer, byteOffset, length),
  column: (kind, buffer, byteOffset, length) => new constructors[kind](buffer, byteOffset, length),
};
