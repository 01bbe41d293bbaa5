/** The seam to code under check: view factories that record, for its own to be replaced by. */

import type { ElementKind, Views } from '../../../src/core/views.js';
import { active } from './active.js';
import { CheckerError, UNWIND } from './errors.js';
import { ALLOCATE } from './operations.js';
import type { ElementsConstructor } from './views.js';
import { viewOf } from './views.js';

/** Fresh shared memory. A thread that is run again gets the one that it made the first time. */
function allocate(bytes: number): SharedArrayBuffer {
  const thread = active?.current;
  if (thread === undefined) {
    const buffer = new SharedArrayBuffer(bytes);
    active?.memory.region(buffer);
    return buffer;
  }
  const execution = active!;
  if (execution.unwinding) throw UNWIND;
  if (execution.replays(thread, ALLOCATE, undefined))
    return thread.log[thread.position++] as SharedArrayBuffer;
  const buffer = new SharedArrayBuffer(bytes);
  execution.memory.region(buffer);
  execution.append(thread, ALLOCATE, undefined, buffer);
  thread.position++;
  return buffer;
}

const constructors: Record<ElementKind, unknown> = {
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

function viewThrough(make: unknown, buffer: SharedArrayBuffer, byteOffset: number, length: number): unknown {
  const constructor = make as ElementsConstructor;
  if (active === undefined) return new constructor(buffer, byteOffset, length);
  return viewOf(active.memory.region(buffer), constructor, buffer, byteOffset, length);
}

/** A view factory that records while a check is on; for programs that have none of their own. */
export const recordingViews = {
  allocate,
  words: (buffer, byteOffset, length) => viewThrough(Int32Array, buffer, byteOffset, length),
  bytes: (buffer, byteOffset, length) => viewThrough(Uint8Array, buffer, byteOffset, length),
  column: (kind, buffer, byteOffset, length) => viewThrough(constructors[kind], buffer, byteOffset, length),
} as Views;

/** Puts recording factories into the built library's `views`; returns what takes them out again. */
export function instrument(views: Views): () => void {
  const originals = { ...views };
  const missing = Object.keys(views).filter((method) => !(method in recordingViews));
  if (missing.length > 0)
    throw new CheckerError(`The checker has no recording form of views.${missing.join(', views.')}`);
  Object.assign(views, recordingViews);
  return () => Object.assign(views, originals);
}
