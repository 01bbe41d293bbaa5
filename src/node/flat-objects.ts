/**
 * The short way for what is most often sent: an object of a few numbers, short texts and truth values. The engine's serializer takes
 * microseconds for it, whatever its size. Its bytes begin with 255; these with another.
 *
 *     ┌──────┬──────┬───────────────┬─────────────────────────────┬──────────────────────────
 *     │ FLAT │ keys │ bytes of keys │ each key: length, ASCII     │ each value: kind, contents
 *     └──────┴──────┴───────────────┴─────────────────────────────┴──────────────────────────
 */
import { views } from '../core/views.js';
import { memory } from '../payload/packer.js';
import { decodeText } from '../payload/text.js';

const FLAT = 1;
/** Kinds of values. */
const UNDEFINED = 0;
const NULL = 1;
const TRUE = 2;
const FALSE = 3;
const INT = 4;
const DOUBLE = 5;
const TEXT = 6;
/** More keys, or longer texts, go the long way. */
const MOST_KEYS = 24;
const LONGEST_KEYS = 255;
const LONGEST_TEXT = 255;
/** Texts so short are put together by character: faster than a call of the decoder. */
const SHORT_TEXT = 16;
const MOST_SHAPES = 64;

/** The keys of objects that are alike. */
interface Shape {
  readonly keys: readonly string[];
  /** How they stand in the bytes, their length first. */
  readonly bytes: Uint8Array;
  readonly like: Record<string, unknown>;
}

/** A number as its bytes; memory of this thread alone. */
const own = views.allocate(8);
const double = views.column('f64', own, 0, 1);
const doubleBytes = views.bytes(own, 0, 8);

/** Shapes seen last, the last one first. */
const written: Shape[] = [];
const read: Shape[] = [];

/** Writes `value` if it is a flat object and fits; returns how many bytes, or 0. */
export function encodeFlat(value: unknown, bytes: Uint8Array): number {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return 0;
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object);
  const shape = shapeFor(keys);
  if (shape === undefined) return 0;
  bytes[0] = FLAT;
  bytes[1] = keys.length;
  const { bytes: keyBytes } = shape;
  for (let i = 0; i < keyBytes.length; i++) bytes[2 + i] = keyBytes[i];
  let at = 2 + keyBytes.length;
  for (let i = 0; i < keys.length; i++) {
    at = encodeField(object[keys[i]], bytes, at);
    if (at === 0) return 0;
  }
  // What is written behind the end is nowhere.
  return at <= bytes.length ? at : 0;
}

/** Whether `encodeFlat` wrote these bytes. */
export const isFlat = (bytes: Uint8Array): boolean => bytes[0] === FLAT;

/** What `encodeFlat` wrote. @throws RangeError for bytes that it did not write. */
export function decodeFlat(bytes: Uint8Array): unknown {
  const shape = shapeIn(bytes);
  const { keys } = shape;
  const object = { ...shape.like };
  let at = 2 + shape.bytes.length;
  for (let i = 0; i < keys.length; i++) {
    const kind = bytes[at++];
    let value: unknown;
    if (kind === INT) {
      value = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      at += 4;
    } else if (kind === DOUBLE) {
      for (let b = 0; b < 8; b++) doubleBytes[b] = bytes[at + b];
      value = double[0];
      at += 8;
    } else if (kind === TEXT) {
      const length = bytes[at++];
      value = textAt(bytes, at, length);
      at += length;
    } else if (kind === TRUE || kind === FALSE) value = kind === TRUE;
    else if (kind === NULL) value = null;
    else if (kind !== UNDEFINED) throw damaged();
    object[keys[i]] = value;
  }
  if (at !== bytes.length) throw damaged();
  return object;
}

/** Writes one value at `at`; returns where the next one goes, or 0 for a value of another kind. */
function encodeField(value: unknown, bytes: Uint8Array, at: number): number {
  if (typeof value === 'number') {
    if ((value | 0) === value && !Object.is(value, -0)) {
      bytes[at] = INT;
      bytes[at + 1] = value;
      bytes[at + 2] = value >> 8;
      bytes[at + 3] = value >> 16;
      bytes[at + 4] = value >> 24;
      return at + 5;
    }
    bytes[at] = DOUBLE;
    double[0] = value;
    for (let b = 0; b < 8; b++) bytes[at + 1 + b] = doubleBytes[b];
    return at + 9;
  }
  if (typeof value === 'string') {
    if (value.length > LONGEST_TEXT) return 0;
    bytes[at] = TEXT;
    bytes[at + 1] = value.length;
    return encodeAscii(value, bytes, at + 2);
  }
  if (value === true) bytes[at] = TRUE;
  else if (value === false) bytes[at] = FALSE;
  else if (value === null) bytes[at] = NULL;
  else if (value === undefined) bytes[at] = UNDEFINED;
  else return 0;
  return at + 1;
}

/** Returns where it ends, or 0 when the text is not ASCII. */
function encodeAscii(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return 0;
    bytes[at + i] = code;
  }
  return at + text.length;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  if (at + length > bytes.length) throw damaged();
  if (length > SHORT_TEXT) return decodeText(bytes.subarray(at, at + length));
  let text = '';
  for (let i = at; i < at + length; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

function shapeFor(keys: readonly string[]): Shape | undefined {
  for (let i = 0; i < written.length; i++) if (hasKeys(written[i], keys)) return inFront(written, i);
  const shape = keys.length <= MOST_KEYS ? shapeOf(keys) : undefined;
  if (shape !== undefined) remember(written, shape);
  return shape;
}

function hasKeys(shape: Shape, keys: readonly string[]): boolean {
  if (shape.keys.length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) if (shape.keys[i] !== keys[i]) return false;
  return true;
}

function shapeIn(bytes: Uint8Array): Shape {
  for (let i = 0; i < read.length; i++) if (standsIn(read[i], bytes)) return inFront(read, i);
  const keys: string[] = [];
  let at = 3;
  for (let i = 0; i < bytes[1]; i++) {
    const length = bytes[at++];
    keys.push(textAt(bytes, at, length));
    at += length;
  }
  const shape = shapeOf(keys);
  if (shape === undefined || !standsIn(shape, bytes)) throw damaged();
  remember(read, shape);
  return shape;
}

function standsIn({ keys, bytes: keyBytes }: Shape, bytes: Uint8Array): boolean {
  if (bytes[1] !== keys.length) return false;
  for (let i = 0; i < keyBytes.length; i++) if (bytes[2 + i] !== keyBytes[i]) return false;
  return true;
}

/** The shape with these keys; undefined when they are too long, not ASCII, or mean something else to an object. */
function shapeOf(keys: readonly string[]): Shape | undefined {
  const bytes = memory(1 + LONGEST_KEYS);
  let at = 1;
  for (const key of keys) {
    if (key === '__proto__' || at + 1 + key.length > bytes.length) return undefined;
    bytes[at] = key.length;
    at = encodeAscii(key, bytes, at + 1);
    if (at === 0) return undefined;
  }
  bytes[0] = at - 1;
  return {
    keys: [...keys],
    bytes: bytes.slice(0, at),
    like: Object.fromEntries(keys.map((key) => [key, undefined])),
  };
}

function inFront(shapes: Shape[], i: number): Shape {
  const shape = shapes[i];
  if (i > 0) [shapes[i], shapes[i - 1]] = [shapes[i - 1], shape];
  return shape;
}

function remember(shapes: Shape[], shape: Shape): void {
  if (shapes.length === MOST_SHAPES) shapes.pop();
  shapes.push(shape);
}

const damaged = (): RangeError => new RangeError('these bytes are no flat object');
