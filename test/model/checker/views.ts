/**
 * Views that record: what threads under check get in place of typed arrays over shared memory.
 *
 * A recording view is an ordinary object, so that `Atomics` calls reach its fields fast; indexed access falls through to a
 * proxy behind its prototype, where it is checked for data races and logged.
 */

import { active } from './active.js';
import { caller } from './describe.js';
import type { Execution } from './execution.js';
import { CheckerError, UNWIND } from './errors.js';
import type { Location, Region } from './memory.js';
import { PLAIN } from './operations.js';
import { plainRead, plainWrite } from './races.js';
import type { Thread } from './thread.js';

/** Any typed array over shared memory. Bigints pass through under the name of numbers: nothing here calculates with them. */
export type Elements = Int32Array<SharedArrayBuffer>;
export type ElementsConstructor = new (
  buffer: SharedArrayBuffer,
  byteOffset: number,
  length: number,
) => Elements;

export class RecordingView {
  readonly real: Elements;
  readonly region: Region;
  readonly length: number;
  /** One private element of the same kind: converts a value as a store to the view would. */
  readonly scratch: Int32Array;
  readonly #locations: (Location | undefined)[];

  constructor(region: Region, real: Elements) {
    this.region = region;
    this.real = real;
    this.length = real.length;
    this.scratch = new (real.constructor as Int32ArrayConstructor)(1);
    this.#locations = new Array<Location | undefined>(real.length).fill(undefined);
  }

  get buffer(): SharedArrayBuffer {
    return this.real.buffer;
  }

  get byteOffset(): number {
    return this.real.byteOffset;
  }

  get byteLength(): number {
    return this.real.byteLength;
  }

  get BYTES_PER_ELEMENT(): number {
    return this.real.BYTES_PER_ELEMENT;
  }

  location(index: number): Location {
    const known = this.#locations[index];
    if (known !== undefined) return known;
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new RangeError('Invalid atomic access index');
    const { BYTES_PER_ELEMENT, byteOffset } = this.real;
    const location = this.region.location(byteOffset + index * BYTES_PER_ELEMENT, BYTES_PER_ELEMENT);
    this.#locations[index] = location;
    return location;
  }

  /** Plain read of one element. */
  get(index: number): number | undefined {
    const thread = active?.current;
    if (thread === undefined) return this.real[index];
    if (index >= this.length) return undefined;
    const location = this.location(index);
    const execution = active!;
    if (execution.unwinding) throw UNWIND;
    if (execution.replays(thread, PLAIN, location)) return thread.log[thread.position++] as number;
    this.#check(execution, thread, index, 1, plainRead);
    const value = this.real[index];
    execution.append(thread, PLAIN, location, value);
    thread.position++;
    if (execution.finding !== undefined) execution.unwind();
    return value;
  }

  /** Plain write of one element. */
  put(index: number, value: number): void {
    const thread = active?.current;
    if (thread === undefined) {
      spoil();
      this.real[index] = value;
      return;
    }
    if (index >= this.length) return;
    this.#write(active!, thread, index, 1, () => {
      this.real[index] = value;
    });
  }

  /** Plain reads of elements `from` to `to`: a private copy. */
  slice(from = 0, to = this.length): Elements {
    const thread = active?.current;
    const start = clamp(from, this.length);
    const end = Math.max(start, clamp(to, this.length));
    if (thread === undefined || start === end) return this.real.slice(start, end) as unknown as Elements;
    const execution = active!;
    const first = this.location(start);
    if (execution.unwinding) throw UNWIND;
    if (execution.replays(thread, PLAIN, first))
      return (thread.log[thread.position++] as Elements).slice() as unknown as Elements;
    this.#check(execution, thread, start, end - start, plainRead);
    const copy = this.real.slice(start, end);
    execution.append(thread, PLAIN, first, copy);
    thread.position++;
    if (execution.finding !== undefined) execution.unwind();
    return copy.slice() as unknown as Elements;
  }

  set(source: ArrayLike<number> | RecordingView, offset = 0): void {
    const values: ArrayLike<number> = source instanceof RecordingView ? source.slice() : source;
    if (offset < 0 || offset + values.length > this.length) throw new RangeError('offset is out of bounds');
    const thread = active?.current;
    if (thread === undefined) {
      spoil();
      this.real.set(values, offset);
    } else if (values.length > 0)
      this.#write(active!, thread, offset, values.length, () => this.real.set(values, offset));
  }

  fill(value: number, from = 0, to = this.length): this {
    const start = clamp(from, this.length);
    const end = clamp(to, this.length);
    const thread = active?.current;
    if (thread === undefined) {
      spoil();
      this.real.fill(value, start, end);
    } else if (end > start)
      this.#write(active!, thread, start, end - start, () => this.real.fill(value, start, end));
    return this;
  }

  copyWithin(target: number, from: number, to = this.length): this {
    const copy = this.slice(from, to);
    const at = clamp(target, this.length);
    this.set(copy.subarray(0, this.length - at), at);
    return this;
  }

  subarray(from = 0, to = this.length): RecordingView {
    const start = clamp(from, this.length);
    const end = Math.max(start, clamp(to, this.length));
    const { BYTES_PER_ELEMENT, byteOffset, buffer } = this.real;
    const make = this.real.constructor as ElementsConstructor;
    return viewOf(this.region, make, buffer, byteOffset + start * BYTES_PER_ELEMENT, end - start);
  }

  at(index: number): number | undefined {
    const at = index < 0 ? index + this.length : index;
    return at < 0 ? undefined : this.get(at);
  }

  *[Symbol.iterator](): Generator<number | undefined> {
    for (let index = 0; index < this.length; index++) yield this.get(index);
  }

  #write(execution: Execution, thread: Thread, from: number, count: number, write: () => void): void {
    const first = this.location(from);
    if (execution.unwinding) throw UNWIND;
    if (execution.replays(thread, PLAIN, first)) {
      thread.position++;
      return;
    }
    this.#check(execution, thread, from, count, plainWrite);
    write();
    execution.append(thread, PLAIN, first, undefined);
    thread.position++;
    if (execution.finding !== undefined) execution.unwind();
  }

  /** Compares plain accesses of `count` elements with those of other threads. */
  #check(execution: Execution, thread: Thread, from: number, count: number, note: typeof plainRead): void {
    if (execution.trace !== undefined && !thread.preparing) {
      const verb = note === plainRead ? 'reads' : 'writes';
      const last = count === 1 ? '' : ` to ${this.location(from + count - 1).name}`;
      execution.trace.push(`${thread.name} ${verb} ${this.location(from).name}${last} (plain)${caller()}`);
    }
    for (let index = from; index < from + count; index++) {
      const race = note(thread.clock, thread.id, this.location(index));
      if (race !== undefined) execution.race(race, thread);
    }
  }
}

function spoil(): void {
  if (active !== undefined) active.spoiled = true;
}

/** Methods of typed arrays that only read: done on a copy, whose making is the access. */
const readers = new Set([
  'indexOf',
  'includes',
  'join',
  'map',
  'filter',
  'forEach',
  'reduce',
  'every',
  'some',
  'find',
  'entries',
  'toSorted',
]);

// Behind the prototype: whatever a recording view has no field or method for. Fields are defined, not assigned, so making
// a view does not come here.
Object.setPrototypeOf(
  RecordingView.prototype,
  new Proxy(Object.create(null) as object, {
    get(_target, key, view: RecordingView) {
      if (typeof key !== 'string') return undefined;
      const index = Number(key);
      if (Number.isInteger(index) && index >= 0) return view.get(index);
      if (readers.has(key)) {
        return (...parameters: unknown[]) => {
          const copy = view.slice() as unknown as Record<string, (...parameters: unknown[]) => unknown>;
          return copy[key](...parameters);
        };
      }
      if (key in Int32Array.prototype && key !== 'constructor') {
        throw new CheckerError(`Recording views have no ${key} yet`);
      }
      return undefined;
    },
    set(_target, key, value: number, view: RecordingView) {
      const index = Number(key);
      if (!Number.isInteger(index)) return false;
      if (index >= 0) view.put(index, value);
      return true;
    },
  }),
);

function clamp(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}

/** The view of this kind and place: the same object whenever a re-run asks for it again. */
export function viewOf(
  region: Region,
  make: ElementsConstructor,
  buffer: SharedArrayBuffer,
  byteOffset: number,
  length: number,
): RecordingView {
  let known = region.views.get(make);
  if (known === undefined) region.views.set(make, (known = new Map<number, unknown>()));
  const key = byteOffset * 2 ** 26 + length;
  let view = known.get(key) as RecordingView | undefined;
  if (view === undefined)
    known.set(key, (view = new RecordingView(region, new make(buffer, byteOffset, length))));
  return view;
}

/** The recording view for a genuine one that a program made by itself. */
export function recordingOf(view: Elements): RecordingView {
  const region = active!.memory.region(view.buffer);
  return viewOf(region, view.constructor as ElementsConstructor, view.buffer, view.byteOffset, view.length);
}
