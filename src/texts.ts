/** The few texts in a ring's buffer: its schema, its consumers' names, and why it was aborted. */
import type { Failure } from './core/failure.js';
import { type Layout, LONGEST_NAME, nameOffset, REASON_BYTES, seat, shared } from './core/layout.js';
import { describe } from './event.js';
import { platform } from './core/platform.js';
import { views } from './core/views.js';

/** Writes the event's schema; before any other thread has the buffer. */
export function writeSchema(buffer: SharedArrayBuffer, layout: Layout, schema: Uint8Array): void {
  views.bytes(buffer, layout.schemaOffset, schema.length).set(schema);
}

/** The schema that the ring was made with, as UTF-8. */
export function readSchema(buffer: SharedArrayBuffer, layout: Layout, length: number): Uint8Array {
  return views.bytes(buffer, layout.schemaOffset, length).slice();
}

/** Writes the name of a seat: by whoever makes the ring, or has taken the seat. Others may read it meanwhile, hence by the word. */
export function writeName(words: Int32Array, seatWord: number, name: Uint8Array): void {
  Atomics.store(words, seatWord + seat.nameLength, 0);
  const first = nameOffset(seatWord) / 4;
  for (let at = 0; at < name.length; at += 4) {
    const [a, b = 0, c = 0, d = 0] = name.subarray(at, at + 4);
    Atomics.store(words, first + at / 4, a | (b << 8) | (c << 16) | (d << 24));
  }
  Atomics.store(words, seatWord + seat.nameLength, name.length); // releases: name
}

/** The name of a seat. */
export function readName(words: Int32Array, seatWord: number): string {
  const length = Math.min(Atomics.load(words, seatWord + seat.nameLength), LONGEST_NAME); // acquires: name
  const first = nameOffset(seatWord) / 4;
  const bytes = Uint8Array.from(
    { length },
    (_, at) => Atomics.load(words, first + (at >> 2)) >>> (8 * (at & 3)),
  );
  return platform.decode(bytes);
}

/** Writes why the ring is aborted, as much of it as fits; by the first thread that aborts. */
export function writeReason(words: Int32Array, layout: Layout, reason: string): void {
  const bytes = encodedWithin(reason, REASON_BYTES - 4);
  const [, at] = reasonPlaces(words, layout);
  views.bytes(words.buffer as SharedArrayBuffer, at, bytes.length).set(bytes);
  Atomics.store(words, layout.reasonOffset / 4, bytes.length);
}

/** Why the ring was aborted; '' while that is still being written. */
export function readReason(words: Int32Array, layout: Layout): string {
  if (Atomics.load(words, shared.aborted) !== 2) return ''; // acquires: reason
  const [length, at] = reasonPlaces(words, layout);
  return platform.decode(views.bytes(words.buffer as SharedArrayBuffer, at, length));
}

function reasonPlaces(words: Int32Array, layout: Layout): [length: number, at: number] {
  const length = Atomics.load(words, layout.reasonOffset / 4);
  return [Math.min(Math.max(length, 0), REASON_BYTES - 4), layout.reasonOffset + 4];
}

/** What a thrown value, or a reason, has to say. */
export function messageOf(reason: unknown): string {
  if (reason instanceof Error) return String(reason.message);
  return typeof reason === 'string' ? reason : describe(reason);
}

/** The message of a failure. */
export function failureText({ message }: Failure): string {
  return platform.decode(Uint8Array.from(message));
}

/** UTF-8 of as much of a text as fits. */
export function encodedWithin(text: string, bytes: number): Uint8Array {
  return wholeCharacters(platform.encode(text), bytes);
}

/** The longest beginning of UTF-8 `bytes` that is at most `limit` long and ends with a whole character. */
function wholeCharacters(bytes: Uint8Array, limit: number): Uint8Array {
  let end = Math.min(bytes.length, limit);
  while (end > 0 && end < bytes.length && (bytes[end] & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
