/**
 * The short way for what is most often sent: an object of a few numbers, short texts and truth values. The engine's serializer takes
 * microseconds for it, whatever its size. Its bytes begin with 255; these with another.
 *
 *     ┌─────────────────────┬─────────────────────────────┬──────────────────────────────────────────
 *     │ FLAT, keys, their   │ each key: length, ASCII;    │ each value: kind, with a small number or a
 *     │ words: 1 word       │ then up to a whole word     │ length; contents in whole words
 *     └─────────────────────┴─────────────────────────────┴──────────────────────────────────────────
 */
import { views } from '../core/views.js';
import type { InPlace } from '../payload/in-place.js';
import { decodeText } from '../payload/text.js';

const FLAT = 1;
/** What the first word of these bytes has besides counts, in either order of bytes; the serializer's first byte is 255. */
const FLAT_MASK = 0xff_00_00_ff | 0;

/** Kinds of values, in the lowest bits of a word. A small number, or the length of a text, is in the other bits. */
const UNDEFINED = 0;
const NULL = 1;
const TRUE = 2;
const FALSE = 3;
const SMALL = 4;
const INT = 5;
const DOUBLE = 6;
const TEXT = 7;
const KIND_BITS = 3;
const KIND_MASK = 7;
/** Words of a number, its kind included. */
const MOST_NUMBER_WORDS = 3;

/** More keys, or longer texts, go the long way. */
const MOST_KEYS = 24;
const LONGEST_KEYS = 255;
const LONGEST_TEXT = 255;
/** Texts so short are put together by character, and kept: faster than a call of the decoder. */
const SHORT_TEXT = 16;
const MOST_SHAPES = 64;

/** The keys of objects that are alike. */
interface Shape {
  readonly keys: readonly string[];
  /** How the objects begin: their first word, and the keys. */
  readonly words: readonly number[];
  readonly like: Record<string, unknown>;
}

/** A number as its words; memory of this thread alone. */
const own = views.allocate(8);
const double = views.column('f64', own, 0, 1);
const doubleWords = views.column('i32', own, 0, 2);

/** Shapes seen last, the last one first. */
const written: Shape[] = [];
const read: Shape[] = [];

/** Short texts that were read, by their first word and length: they come again. */
const texts: string[] = Array<string>(64).fill('');

/** Flat objects, in words that are theirs. */
export const flatObjects: InPlace = {
  encode(value, words, at, end) {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return 0;
    const object = value as Record<string, unknown>;
    if (written.length > 0) {
      const after = encodeAs(written[0], object, words, at, end);
      if (after >= 0) return 4 * (after === 0 ? 0 : after - at);
    }
    const shape = shapeFor(Object.keys(object));
    const after = shape === undefined ? 0 : encodeAs(shape, object, words, at, end);
    return after > 0 ? 4 * (after - at) : 0;
  },

  wrote: (words, at) => (words[at] & FLAT_MASK) === FLAT,

  decode(words, at, bytes) {
    const end = at + bytes / 4;
    const shape = shapeAt(words, at, end);
    const { keys } = shape;
    const object = { ...shape.like };
    let next = at + shape.words.length;
    for (let i = 0; i < keys.length; i++) {
      const word = words[next++];
      let value: unknown;
      switch (word & KIND_MASK) {
        case SMALL:
          value = word >> KIND_BITS;
          break;
        case INT:
          value = words[next++];
          break;
        case DOUBLE:
          doubleWords[0] = words[next++];
          doubleWords[1] = words[next++];
          value = double[0];
          break;
        case TEXT: {
          const length = word >> KIND_BITS;
          const after = next + wordsOf(length);
          if (length < 0 || after > end) throw damaged();
          value = textAt(words, next, length);
          next = after;
          break;
        }
        case TRUE:
          value = true;
          break;
        case FALSE:
          value = false;
          break;
        case NULL:
          value = null;
      }
      setField(object, i, keys[i], value);
    }
    if (next !== end) throw damaged();
    return object;
  },
};

/** Writes an object of this shape; returns where it ends, 0 if it does not fit or has a value of another kind, -1 if it has other keys. */
function encodeAs(
  { keys, words: beginning }: Shape,
  object: Record<string, unknown>,
  words: Int32Array,
  at: number,
  end: number,
): number {
  let next = at;
  if (next + beginning.length > end) return 0;
  for (let i = 0; i < beginning.length; i++) words[next++] = beginning[i];
  let i = 0;
  // The keys are compared as they come: a list of them would be made for each object.
  for (const key in object) {
    if (i === keys.length || key !== keys[i++]) return -1;
    const value = object[key];
    if (next + MOST_NUMBER_WORDS > end) return 0;
    if (typeof value === 'number') {
      const int = value | 0;
      if (int !== value || Object.is(value, -0)) {
        double[0] = value;
        words[next] = DOUBLE;
        words[next + 1] = doubleWords[0];
        words[next + 2] = doubleWords[1];
        next += 3;
      } else if ((int << KIND_BITS) >> KIND_BITS === int) words[next++] = (int << KIND_BITS) | SMALL;
      else {
        words[next] = INT;
        words[next + 1] = int;
        next += 2;
      }
    } else if (typeof value === 'string') {
      const { length } = value;
      if (length > LONGEST_TEXT || next + 1 + wordsOf(length) > end) return 0;
      words[next] = (length << KIND_BITS) | TEXT;
      next = encodeAscii(value, words, next + 1);
      if (next === 0) return 0;
    } else if (value === true) words[next++] = TRUE;
    else if (value === false) words[next++] = FALSE;
    else if (value === null) words[next++] = NULL;
    else if (value === undefined) words[next++] = UNDEFINED;
    else return 0;
  }
  return i === keys.length ? next : -1;
}

const wordsOf = (bytes: number): number => (bytes + 3) >> 2;

/** Returns where it ends, or 0 when the text is not ASCII. */
function encodeAscii(text: string, words: Int32Array, at: number): number {
  const { length } = text;
  let next = at;
  let all = 0;
  for (let first = 0; first < length; first += 4) {
    const count = Math.min(4, length - first);
    let word = 0;
    for (let i = 0; i < count; i++) {
      const code = text.charCodeAt(first + i);
      all |= code;
      word |= code << (8 * i);
    }
    words[next++] = word;
  }
  return all > 127 ? 0 : next;
}

function textAt(words: Int32Array, at: number, length: number): string {
  if (length > SHORT_TEXT) {
    const { buffer, byteOffset } = words as Int32Array<SharedArrayBuffer>;
    return decodeText(views.bytes(buffer, byteOffset + 4 * at, length));
  }
  if (length === 0) return '';
  const first = words[at];
  const place = (first ^ (first >> 7) ^ (first >> 13) ^ length) & (texts.length - 1);
  const known = texts[place];
  if (known.length === length && standsAt(known, words, at)) return known;
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(codeAt(words, at, i));
  texts[place] = text;
  return text;
}

const codeAt = (words: Int32Array, at: number, i: number): number =>
  (words[at + (i >> 2)] >> (8 * (i & 3))) & 127;

function standsAt(text: string, words: Int32Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== codeAt(words, at, i)) return false;
  return true;
}

/** A place in the code for each of the first fields: the engine remembers one key for each, where objects are alike (101 ns an object without, 78 with). */
function setField(object: Record<string, unknown>, i: number, key: string, value: unknown): void {
  switch (i) {
    case 0:
      object[key] = value;
      return;
    case 1:
      object[key] = value;
      return;
    case 2:
      object[key] = value;
      return;
    case 3:
      object[key] = value;
      return;
    case 4:
      object[key] = value;
      return;
    case 5:
      object[key] = value;
      return;
    case 6:
      object[key] = value;
      return;
    case 7:
      object[key] = value;
      return;
    default:
      object[key] = value;
  }
}

/** The shape with these keys, in front of the others. */
function shapeFor(keys: readonly string[]): Shape | undefined {
  const known = written.findIndex((shape) => hasKeys(shape, keys));
  if (known >= 0) return inFront(written, known);
  const shape = shapeOf(keys);
  if (shape !== undefined) remember(written, shape);
  return shape;
}

function hasKeys(shape: Shape, keys: readonly string[]): boolean {
  return shape.keys.length === keys.length && shape.keys.every((key, i) => key === keys[i]);
}

function shapeAt(words: Int32Array, at: number, end: number): Shape {
  for (let i = 0; i < read.length; i++) if (beginsAt(read[i], words, at, end)) return inFront(read, i);
  const keys: string[] = [];
  const count = (words[at] >> 8) & 255;
  const most = 4 * (end - at - 1);
  let next = 0;
  for (let i = 0; i < count; i++) {
    if (next >= most) throw damaged();
    const length = byteAt(words, at + 1, next++);
    if (next + length > most) throw damaged();
    const codes = Array.from({ length }, () => byteAt(words, at + 1, next++));
    keys.push(String.fromCharCode(...codes));
  }
  const shape = shapeOf(keys);
  if (shape === undefined || !beginsAt(shape, words, at, end)) throw damaged();
  remember(read, shape);
  return shape;
}

const byteAt = (words: Int32Array, at: number, i: number): number =>
  (words[at + (i >> 2)] >> (8 * (i & 3))) & 255;

function beginsAt({ words: beginning }: Shape, words: Int32Array, at: number, end: number): boolean {
  if (at + beginning.length > end) return false;
  for (let i = 0; i < beginning.length; i++) if (words[at + i] !== beginning[i]) return false;
  return true;
}

/** The shape with these keys; undefined when they are too many, too long, not ASCII, or mean something else to an object. */
function shapeOf(keys: readonly string[]): Shape | undefined {
  const bytes: number[] = [];
  for (const key of keys) {
    if (key === '__proto__' || key.length > LONGEST_KEYS) return undefined;
    bytes.push(key.length);
    for (let i = 0; i < key.length; i++) bytes.push(key.charCodeAt(i));
  }
  if (keys.length > MOST_KEYS || bytes.length > LONGEST_KEYS || bytes.some((code) => code > 127))
    return undefined;
  const words = Array.from({ length: wordsOf(bytes.length) }, (_, word) =>
    [0, 1, 2, 3].reduce((sum, i) => sum | ((bytes[4 * word + i] ?? 0) << (8 * i)), 0),
  );
  return {
    keys: [...keys],
    words: [FLAT | (keys.length << 8) | (words.length << 16), ...words],
    like: Object.fromEntries(keys.map((key) => [key, undefined])),
  };
}

function inFront(shapes: Shape[], i: number): Shape {
  const shape = shapes[i];
  if (i > 0) [shapes[0], shapes[i]] = [shape, shapes[0]];
  return shape;
}

function remember(shapes: Shape[], shape: Shape): void {
  if (shapes.length === MOST_SHAPES) shapes.pop();
  shapes.unshift(shape);
}

const damaged = (): RangeError => new RangeError('these bytes are no flat object');
