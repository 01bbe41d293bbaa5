/**
 * The slots of a bounded buffer, first in, first out, without any protection of their own: every call is made by the thread that holds
 * the buffer's mutex.
 */
import { views } from '../core/views.js';
import {
  type BufferHandle,
  type BufferKind,
  type ColumnArrays,
  columnArrays,
  type ItemColumns,
  part,
} from './buffer-memory.js';

/** Slot of the oldest item. Like the next two, plain: written and read by the mutex's holder alone. Nobody sleeps on it. */
const HEAD = 0;
/** Items in the buffer. */
const COUNT = 1;
/** 1 once the buffer was closed. */
const CLOSED = 2;

export class Slots<C extends ItemColumns> {
  readonly columns: ColumnArrays<C>;
  readonly #capacity: number;
  readonly #guarded: Int32Array<SharedArrayBuffer>;

  constructor(handle: BufferHandle<BufferKind, C>) {
    this.columns = columnArrays(handle);
    this.#capacity = handle.capacity;
    this.#guarded = views.column('i32', handle.buffer, part.guarded, 3);
  }

  get empty(): boolean {
    return this.#guarded[COUNT] === 0;
  }

  get full(): boolean {
    return this.#guarded[COUNT] === this.#capacity;
  }

  get closed(): boolean {
    return this.#guarded[CLOSED] === 1;
  }

  /** The slot of the oldest item; there is one. */
  get oldest(): number {
    return this.#guarded[HEAD];
  }

  /** The slot that the next item goes to; there is room. */
  get next(): number {
    const slot = this.#guarded[HEAD] + this.#guarded[COUNT];
    return slot < this.#capacity ? slot : slot - this.#capacity;
  }

  /** The item in slot `next` is whole. */
  added(): void {
    this.#guarded[COUNT]++;
  }

  /** The oldest item was taken. */
  removed(): void {
    const next = this.#guarded[HEAD] + 1;
    this.#guarded[HEAD] = next === this.#capacity ? 0 : next;
    this.#guarded[COUNT]--;
  }

  close(): void {
    this.#guarded[CLOSED] = 1;
  }
}
