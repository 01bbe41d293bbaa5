/** What the two bounded buffers have in common: their face, and what a thread does while it is alone at the slots. */
import {
  part,
  type BufferHandle,
  type BufferKind,
  type ColumnArrays,
  type ItemColumns,
} from './buffer-memory.js';
import { openBlock } from './block.js';
import { BufferClosedError } from './errors.js';
import { Mutex } from './mutex.js';
import { Slots } from './slots.js';
import {
  type AsyncLimits,
  deadlineOf,
  limitsOf,
  type LockAsyncWaitOptions,
  type LockWaitOptions,
  unlimited,
} from './wait-options.js';

/** What may be handed through to `fill` and `read`, so that they need not capture anything: three values at most. */
export type Values = readonly [a?: unknown, b?: unknown, c?: unknown];

/** Writes one item into its slot of the columns, or reads it there. */
export type SlotAction<C extends ItemColumns, A extends Values = []> = (
  columns: ColumnArrays<C>,
  slot: number,
  ...values: A
) => void;

/** How a `tryTake` went; 'not-now' when the buffer is empty, or another thread is at it just now. */
export type TryTakeOutcome = 'taken' | 'not-now' | 'ended';

type Action<C extends ItemColumns> = (
  columns: ColumnArrays<C>,
  slot: number,
  a: unknown,
  b: unknown,
  c: unknown,
) => void;

/**
 * A bounded buffer, first in, first out, for any number of threads that put and take. Every item goes to exactly one taker.
 *
 * `fill` and `read` run while the buffer's mutex is held: they should be short, and must not call the buffer (`ERR_LOCK_HELD`).
 * When one throws, nothing was put or taken, and the call throws the same. Options, if any, come first, as in a ring's `publish`.
 * A function that captures nothing, defined once, lets `put` and `take` allocate nothing.
 *
 * A thread that dies inside a call may keep the mutex or a slot for ever.
 */
export abstract class BoundedBuffer<K extends BufferKind, C extends ItemColumns> {
  /** What other threads open it by. */
  readonly handle: BufferHandle<K, C>;
  protected readonly mutex: Mutex;
  protected readonly slots: Slots<C>;

  constructor(handle: BufferHandle<K, C>) {
    this.handle = handle;
    this.mutex = new Mutex(
      openBlock('mutex', { slipring: 'mutex', buffer: handle.buffer, byteOffset: part.mutex }),
    );
    this.slots = new Slots(handle);
  }

  /** How many items it holds at most. */
  get capacity(): number {
    return this.handle.capacity;
  }

  /**
   * Puts one item, written by `fill`; parks while the buffer is full.
   * @throws BufferClosedError `ERR_BUFFER_CLOSED`; WaitError `ERR_TIMED_OUT`: nothing was put.
   * @example buffer.put((columns, slot, id) => { columns.id[slot] = id; }, 7);
   */
  put<A extends Values>(fill: SlotAction<C, A>, ...values: A): void;
  put<A extends Values>(options: LockWaitOptions, fill: SlotAction<C, A>, ...values: A): void;
  put(
    first: Action<C> | LockWaitOptions,
    second?: unknown,
    third?: unknown,
    fourth?: unknown,
    fifth?: unknown,
  ): void {
    // No rest parameter: nothing to allocate.
    if (typeof first === 'function') this.putUntil(Infinity, first, second, third, fourth);
    else this.putUntil(deadlineOf(first), second as Action<C>, third, fourth, fifth);
  }

  /**
   * Puts one item if there is room and no other thread is at the buffer just now; never waits. Returns whether it was put.
   * @throws BufferClosedError `ERR_BUFFER_CLOSED`: nothing was put.
   */
  tryPut<A extends Values>(fill: SlotAction<C, A>, ...values: A): boolean;
  tryPut(fill: Action<C>, a?: unknown, b?: unknown, c?: unknown): boolean {
    return this.putNow(fill, a, b, c);
  }

  /**
   * As `put`, but never parks.
   * @throws BufferClosedError `ERR_BUFFER_CLOSED`; WaitError `ERR_TIMED_OUT`; the signal's reason: nothing was put.
   */
  putAsync<A extends Values>(fill: SlotAction<C, A>, ...values: A): Promise<void>;
  putAsync<A extends Values>(
    options: LockAsyncWaitOptions,
    fill: SlotAction<C, A>,
    ...values: A
  ): Promise<void>;
  async putAsync(first: Action<C> | LockAsyncWaitOptions, ...rest: unknown[]): Promise<void> {
    const [limits, fill, a, b, c] = asyncArguments(first, rest);
    await this.putWithinAsync(limits, (columns, slot) => fill(columns, slot, a, b, c));
  }

  /**
   * Takes the oldest item, read by `read`; parks while the buffer is empty. Returns false, without calling `read`, once
   * the buffer is closed and empty.
   * @throws WaitError `ERR_TIMED_OUT`: nothing was taken.
   * @example while (buffer.take(readTrade, totals));
   */
  take<A extends Values>(read: SlotAction<C, A>, ...values: A): boolean;
  take<A extends Values>(options: LockWaitOptions, read: SlotAction<C, A>, ...values: A): boolean;
  take(
    first: Action<C> | LockWaitOptions,
    second?: unknown,
    third?: unknown,
    fourth?: unknown,
    fifth?: unknown,
  ): boolean {
    if (typeof first === 'function') return this.takeUntil(Infinity, first, second, third, fourth);
    return this.takeUntil(deadlineOf(first), second as Action<C>, third, fourth, fifth);
  }

  /** Takes the oldest item if there is one and no other thread is at the buffer just now; never waits. */
  tryTake<A extends Values>(read: SlotAction<C, A>, ...values: A): TryTakeOutcome;
  tryTake(read: Action<C>, a?: unknown, b?: unknown, c?: unknown): TryTakeOutcome {
    return this.takeNow(read, a, b, c);
  }

  /**
   * As `take`, but never parks.
   * @throws WaitError `ERR_TIMED_OUT`; the signal's reason: nothing was taken.
   */
  takeAsync<A extends Values>(read: SlotAction<C, A>, ...values: A): Promise<boolean>;
  takeAsync<A extends Values>(
    options: LockAsyncWaitOptions,
    read: SlotAction<C, A>,
    ...values: A
  ): Promise<boolean>;
  async takeAsync(first: Action<C> | LockAsyncWaitOptions, ...rest: unknown[]): Promise<boolean> {
    const [limits, read, a, b, c] = asyncArguments(first, rest);
    return this.takeWithinAsync(limits, (columns, slot) => read(columns, slot, a, b, c));
  }

  /**
   * Closes the buffer for all threads: puts throw from now on, takers finish what is there, and all who wait are woken. May
   * park for the mutex. Closing twice changes nothing.
   */
  close(): void {
    this.mutex.lock();
    const first = this.#closeSlots();
    this.mutex.unlock();
    if (first) this.wakeAll();
  }

  /** As `close`, but never parks. */
  async closeAsync(): Promise<void> {
    if (await this.mutex.withLockWithinAsync(() => this.#closeSlots(), unlimited)) this.wakeAll();
  }

  #closeSlots(): boolean {
    const first = !this.slots.closed;
    this.slots.close();
    return first;
  }

  /** Writes the next item; the caller holds the mutex, and there is room. */
  protected add(fill: Action<C>, a: unknown, b: unknown, c: unknown): void {
    const { slots } = this;
    if (slots.closed) throw new BufferClosedError();
    fill(slots.columns, slots.next, a, b, c);
    slots.added();
  }

  /** Reads the oldest item; the caller holds the mutex, and there is one. */
  protected remove(read: Action<C>, a: unknown, b: unknown, c: unknown): void {
    const { slots } = this;
    read(slots.columns, slots.oldest, a, b, c);
    slots.removed();
  }

  protected abstract putUntil(deadline: number, fill: Action<C>, a: unknown, b: unknown, c: unknown): void;
  protected abstract putNow(fill: Action<C>, a: unknown, b: unknown, c: unknown): boolean;
  protected abstract putWithinAsync(limits: AsyncLimits, fill: Action<C>): Promise<void>;
  protected abstract takeUntil(
    deadline: number,
    read: Action<C>,
    a: unknown,
    b: unknown,
    c: unknown,
  ): boolean;
  protected abstract takeNow(read: Action<C>, a: unknown, b: unknown, c: unknown): TryTakeOutcome;
  protected abstract takeWithinAsync(limits: AsyncLimits, read: Action<C>): Promise<boolean>;
  /** Releases everybody who waits; once, after the buffer was closed. */
  protected abstract wakeAll(): void;
}

function asyncArguments<C extends ItemColumns>(
  first: Action<C> | LockAsyncWaitOptions,
  rest: unknown[],
): [AsyncLimits, Action<C>, ...unknown[]] {
  if (typeof first === 'function') return [unlimited, first, ...rest];
  const [action, ...values] = rest;
  return [limitsOf(first), action as Action<C>, ...values];
}

export type { Action };
