/**
 * The textbook bounded buffer with two counting semaphores, one for the free slots and one for the filled ones, and a mutex inside.
 *
 * Source: E. W. Dijkstra, "Cooperating Sequential Processes" (1965), section 4.3, the bounded buffer. A semaphore is acquired before
 * the mutex is locked, never while it is held: a thread that sleeps with the mutex would keep out the one that should wake it.
 */
import { makeBlock, openBlock } from './block.js';
import { type Action, BoundedBuffer, type TryTakeOutcome } from './bounded-buffer.js';
import {
  type BufferHandle,
  type BufferOptions,
  checkBufferHandle,
  type ItemColumns,
  makeBufferMemory,
  part,
} from './buffer-memory.js';
import { LockError } from './errors.js';
import { placeSemaphore, Semaphore } from './semaphore.js';
import type { AsyncLimits } from './wait-options.js';

/** What a `SemaphoreBuffer` passes to other threads. */
export type SemaphoreBufferHandle<C extends ItemColumns = ItemColumns> = BufferHandle<'semaphore-buffer', C>;

/**
 * A bounded buffer: "filled slots", "free slots", mutex. See `BoundedBuffer`.
 *
 * Closing gives each semaphore one permit that stands for no slot. Whoever meets the end by it gives it back, so it releases all who
 * wait, one after the other.
 */
export class SemaphoreBuffer<C extends ItemColumns> extends BoundedBuffer<'semaphore-buffer', C> {
  readonly #filled: Semaphore;
  readonly #free: Semaphore;

  /** Use `createSemaphoreBuffer` or `openSemaphoreBuffer`. */
  constructor(handle: SemaphoreBufferHandle<C>) {
    super(handle);
    const at = (byteOffset: number): Semaphore =>
      new Semaphore(openBlock('semaphore', { slipring: 'semaphore', buffer: handle.buffer, byteOffset }));
    this.#filled = at(part.takers);
    this.#free = at(part.putters);
  }

  // Everywhere below: whoever leaves without having put or taken gives back the permit that it acquired.

  protected override putUntil(deadline: number, fill: Action<C>, a: unknown, b: unknown, c: unknown): void {
    this.#refuseWithin();
    const { mutex } = this;
    let put = false;
    this.#free.acquireUntil(deadline);
    try {
      mutex.lockUntil(deadline);
      try {
        this.add(fill, a, b, c);
      } finally {
        mutex.unlock();
      }
      put = true;
    } finally {
      (put ? this.#filled : this.#free).release();
    }
  }

  protected override takeUntil(
    deadline: number,
    read: Action<C>,
    a: unknown,
    b: unknown,
    c: unknown,
  ): boolean {
    this.#refuseWithin();
    const { mutex, slots } = this;
    let taken = false;
    this.#filled.acquireUntil(deadline);
    try {
      mutex.lockUntil(deadline);
      try {
        if (slots.empty) return false; // the permit was that of closing
        this.remove(read, a, b, c);
      } finally {
        mutex.unlock();
      }
      taken = true;
      return true;
    } finally {
      (taken ? this.#free : this.#filled).release();
    }
  }

  protected override putNow(fill: Action<C>, a: unknown, b: unknown, c: unknown): boolean {
    const { mutex } = this;
    let put = false;
    if (!this.#free.tryAcquire()) return false;
    try {
      if (!mutex.tryLock()) return false;
      try {
        this.add(fill, a, b, c);
      } finally {
        mutex.unlock();
      }
      put = true;
      return true;
    } finally {
      (put ? this.#filled : this.#free).release();
    }
  }

  protected override takeNow(read: Action<C>, a: unknown, b: unknown, c: unknown): TryTakeOutcome {
    const { mutex, slots } = this;
    let taken = false;
    if (!this.#filled.tryAcquire()) return 'not-now';
    try {
      if (!mutex.tryLock()) return 'not-now';
      try {
        if (slots.empty) return 'ended';
        this.remove(read, a, b, c);
      } finally {
        mutex.unlock();
      }
      taken = true;
      return 'taken';
    } finally {
      (taken ? this.#free : this.#filled).release();
    }
  }

  protected override async putWithinAsync(limits: AsyncLimits, fill: Action<C>): Promise<void> {
    let put = false;
    await this.#free.acquireWithinAsync(limits);
    try {
      await this.mutex.withLockWithinAsync(() => this.add(fill, undefined, undefined, undefined), limits);
      put = true;
    } finally {
      (put ? this.#filled : this.#free).release();
    }
  }

  protected override async takeWithinAsync(limits: AsyncLimits, read: Action<C>): Promise<boolean> {
    const { slots } = this;
    let taken = false;
    await this.#filled.acquireWithinAsync(limits);
    try {
      taken = await this.mutex.withLockWithinAsync(() => {
        if (slots.empty) return false;
        this.remove(read, undefined, undefined, undefined);
        return true;
      }, limits);
      return taken;
    } finally {
      (taken ? this.#free : this.#filled).release();
    }
  }

  protected override wakeAll(): void {
    this.#filled.release();
    this.#free.release();
  }

  /** A call from inside `fill` or `read` could sleep on a semaphore before it met the mutex. */
  #refuseWithin(): void {
    if (this.mutex.held) {
      throw new LockError(
        'ERR_LOCK_HELD',
        'fill and read run with the mutex held, and must not call the buffer.',
      );
    }
  }
}

/**
 * A new, empty buffer, in memory of its own.
 * @throws ArgumentError `ERR_CAPACITY`, `ERR_COLUMNS`, `ERR_COLUMN_TYPE`.
 * @example createSemaphoreBuffer({ id: 'u32', price: 'f64' }, { capacity: 1000 });
 */
export function createSemaphoreBuffer<const C extends ItemColumns>(
  columns: C,
  { capacity }: BufferOptions,
): SemaphoreBuffer<C> {
  const handle = makeBufferMemory('semaphore-buffer', columns, capacity);
  makeBlock('mutex', handle.buffer, part.mutex);
  placeSemaphore(0, makeBlock('semaphore', handle.buffer, part.takers));
  placeSemaphore(capacity, makeBlock('semaphore', handle.buffer, part.putters));
  return new SemaphoreBuffer(handle);
}

/**
 * Opens a buffer in another thread.
 * @throws HandleError `ERR_HANDLE` for anything but the handle of such a buffer.
 */
export function openSemaphoreBuffer<C extends ItemColumns>(
  handle: SemaphoreBufferHandle<C>,
): SemaphoreBuffer<C> {
  checkBufferHandle('semaphore-buffer', handle);
  return new SemaphoreBuffer(handle);
}
