/**
 * The textbook bounded buffer with a mutex and two condition variables.
 *
 * Source: C. A. R. Hoare, "Monitors: An Operating System Structuring Concept" (1974), the bounded buffer, with Mesa's `while`.
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
import { Condition } from './condition.js';
import { type AsyncLimits, throwIfDue } from './wait-options.js';

/** What a `ConditionBuffer` passes to other threads. */
export type ConditionBufferHandle<C extends ItemColumns = ItemColumns> = BufferHandle<'condition-buffer', C>;

/** A bounded buffer: mutex, "not full", "not empty". See `BoundedBuffer`. */
export class ConditionBuffer<C extends ItemColumns> extends BoundedBuffer<'condition-buffer', C> {
  readonly #notEmpty: Condition;
  readonly #notFull: Condition;

  /** Use `createConditionBuffer` or `openConditionBuffer`. */
  constructor(handle: ConditionBufferHandle<C>) {
    super(handle);
    const at = (byteOffset: number): Condition =>
      new Condition(openBlock('condition', { slipring: 'condition', buffer: handle.buffer, byteOffset }));
    this.#notEmpty = at(part.takers);
    this.#notFull = at(part.putters);
  }

  // Everywhere below: whoever leaves without having put or taken may have used up a wake-up, and so wakes the next of its own kind.
  // A thread that may not park can come back from a wait without the mutex: `ERR_CANNOT_PARK` is what its caller is to see.

  protected override putUntil(deadline: number, fill: Action<C>, a: unknown, b: unknown, c: unknown): void {
    const { mutex, slots } = this;
    let put = false;
    mutex.lockUntil(deadline);
    try {
      while (slots.full && !slots.closed) this.#notFull.waitUntil(mutex, deadline);
      this.add(fill, a, b, c);
      put = true;
    } finally {
      if (mutex.held) mutex.unlock();
      (put ? this.#notEmpty : this.#notFull).notify();
    }
  }

  protected override takeUntil(
    deadline: number,
    read: Action<C>,
    a: unknown,
    b: unknown,
    c: unknown,
  ): boolean {
    const { mutex, slots } = this;
    let taken = false;
    mutex.lockUntil(deadline);
    try {
      while (slots.empty && !slots.closed) this.#notEmpty.waitUntil(mutex, deadline);
      if (slots.empty) return false;
      this.remove(read, a, b, c);
      taken = true;
      return true;
    } finally {
      if (mutex.held) mutex.unlock();
      (taken ? this.#notFull : this.#notEmpty).notify();
    }
  }

  protected override putNow(fill: Action<C>, a: unknown, b: unknown, c: unknown): boolean {
    const { mutex, slots } = this;
    if (!mutex.tryLock()) return false;
    try {
      if (slots.full && !slots.closed) return false;
      this.add(fill, a, b, c);
    } finally {
      mutex.unlock();
    }
    this.#notEmpty.notify();
    return true;
  }

  protected override takeNow(read: Action<C>, a: unknown, b: unknown, c: unknown): TryTakeOutcome {
    const { mutex, slots } = this;
    if (!mutex.tryLock()) return 'not-now';
    try {
      if (slots.empty) return slots.closed ? 'ended' : 'not-now';
      this.remove(read, a, b, c);
    } finally {
      mutex.unlock();
    }
    this.#notFull.notify();
    return 'taken';
  }

  protected override async putWithinAsync(limits: AsyncLimits, fill: Action<C>): Promise<void> {
    const { mutex, slots } = this;
    const attempt = (): number | undefined => {
      if (slots.full && !slots.closed) return this.#notFull.enrol(mutex);
      this.add(fill, undefined, undefined, undefined);
      return undefined;
    };
    let put = false;
    try {
      await this.#attemptAsync(this.#notFull, attempt, limits);
      put = true;
    } finally {
      (put ? this.#notEmpty : this.#notFull).notify();
    }
  }

  protected override async takeWithinAsync(limits: AsyncLimits, read: Action<C>): Promise<boolean> {
    const { mutex, slots } = this;
    let taken = false;
    const attempt = (): number | undefined => {
      if (slots.empty && !slots.closed) return this.#notEmpty.enrol(mutex);
      if (slots.empty) return undefined;
      this.remove(read, undefined, undefined, undefined);
      taken = true;
      return undefined;
    };
    try {
      await this.#attemptAsync(this.#notEmpty, attempt, limits);
      return taken;
    } finally {
      (taken ? this.#notFull : this.#notEmpty).notify();
    }
  }

  protected override wakeAll(): void {
    this.#notEmpty.notifyAll();
    this.#notFull.notifyAll();
  }

  /**
   * Runs `attempt` under the mutex until it does not enrol in the condition. Not by `waitAsync`: there the mutex would be held
   * for a turn of the event loop, in which another task of this thread could meet it.
   */
  async #attemptAsync(
    condition: Condition,
    attempt: () => number | undefined,
    limits: AsyncLimits,
  ): Promise<void> {
    for (;;) {
      const seen = await this.mutex.withLockWithinAsync(attempt, limits);
      if (seen === undefined) return;
      if ((await condition.sleepWithinAsync(seen, limits)) === 'timed-out')
        throwIfDue(limits.deadline, 'the buffer');
    }
  }
}

/**
 * A new, empty buffer, in memory of its own.
 * @throws ArgumentError `ERR_CAPACITY`, `ERR_COLUMNS`, `ERR_COLUMN_TYPE`.
 * @example createConditionBuffer({ id: 'u32', price: 'f64' }, { capacity: 1000 });
 */
export function createConditionBuffer<const C extends ItemColumns>(
  columns: C,
  { capacity }: BufferOptions,
): ConditionBuffer<C> {
  const handle = makeBufferMemory('condition-buffer', columns, capacity);
  makeBlock('mutex', handle.buffer, part.mutex);
  makeBlock('condition', handle.buffer, part.takers);
  makeBlock('condition', handle.buffer, part.putters);
  return new ConditionBuffer(handle);
}

/**
 * Opens a buffer in another thread.
 * @throws HandleError `ERR_HANDLE` for anything but the handle of such a buffer.
 */
export function openConditionBuffer<C extends ItemColumns>(
  handle: ConditionBufferHandle<C>,
): ConditionBuffer<C> {
  checkBufferHandle('condition-buffer', handle);
  return new ConditionBuffer(handle);
}
