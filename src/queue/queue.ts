/** A bounded queue of values between threads: first in, first out, each value to one taker. */
import { TurnError } from '../errors.js';
import type { AsyncWaitOptions, WaitOptions } from '../limits.js';
import type { Ring } from '../ring.js';
import { Turns } from '../turns.js';
import { QueueError } from './errors.js';
import type { QueueHandle } from './handle.js';
import { joinTasks, joinTasksAsync } from './join.js';
import { fill, Putting } from './putting.js';
import { NOTHING, Taking } from './taking.js';
import { Tasks } from './tasks.js';
import { mustBeCount, type ValueFields } from './values.js';
import { Waits } from './waits.js';

/**
 * A bounded queue that threads share: first in, first out, and each value to one taker. Made by `createQueue`, opened in other threads by
 * `openQueue`, once in each. A thread takes a seat of its side with its first `put` or `get`, and keeps it until it disposes the queue.
 *
 * `x` may park its thread, `xAsync` never does, `tryX` never waits.
 */
export class SharedQueue<T> implements Iterable<T>, AsyncIterable<T> {
  /** What other threads open it by: plain and cloneable. */
  readonly handle: QueueHandle;
  /**
   * The ring that it is made of, for `supervise(worker, queue.ring)`, `cancelToken(queue.ring)`, `diagnose`, `snapshot()`. Not to be published
   * into or consumed from.
   */
  readonly ring: Ring<ValueFields>;
  readonly #tasks: Tasks;
  readonly #waits: Waits;
  readonly #putting: Putting<T>;
  readonly #taking: Taking<T>;
  readonly #puts = new Turns();
  readonly #gets = new Turns();

  /** Use `createQueue` or `openQueue`. */
  constructor(handle: QueueHandle, ring: Ring<ValueFields>) {
    this.handle = handle;
    this.ring = ring;
    this.#tasks = new Tasks(handle.tasks);
    this.#waits = new Waits(ring, this.#tasks);
    this.#putting = new Putting(handle, ring, this.#tasks);
    this.#taking = new Taking(handle, ring, this.#tasks);
  }

  /** The most values that it holds. */
  get capacity(): number {
    return this.ring.capacity;
  }

  /** Bytes of shared memory that it takes. */
  get bytes(): number {
    return this.ring.bytes + this.handle.tasks.byteLength;
  }

  /** Values in the queue a moment ago, those included that are being put or taken at that moment. Advice: others go on meanwhile. */
  get size(): number {
    const { aborted, consumers } = this.ring.snapshot();
    return aborted ? 0 : (consumers[0]?.lag ?? 0);
  }

  /** Whether there was nothing a moment ago. */
  get empty(): boolean {
    return this.size === 0;
  }

  /** Whether it held `capacity` values a moment ago. A `put` may have to wait for bytes before that. */
  get full(): boolean {
    return this.size === this.capacity;
  }

  /** Whether it was closed. Stays true. */
  get closed(): boolean {
    return this.ring.closed;
  }

  /** Values that this thread dropped because the queue was full: its own (`'drop-newest'`), or the oldest (`'drop-oldest'`). */
  get dropped(): number {
    return this.#putting.dropped;
  }

  /** Values that were taken, in any thread, and that `taskDone` was not called for. */
  get openTasks(): number {
    return this.#tasks.open;
  }

  // --- Putting.

  /**
   * Puts a value at the end; parks while the queue is full, or this thread's bytes are. The first put of a thread in a seat
   * that another has left, unless of numbers, also waits until what was put before it is taken: that one's bytes may be read still. Returns whether it was put: false only with `whenFull: 'drop-newest'`.
   * @throws QueueError `ERR_QUEUE_CLOSED`, `ERR_PEERS_GONE` (full, and all takers are dead), `ERR_QUEUE_FULL` (with `whenFull: 'strict'`),
   * `ERR_QUEUE_THREADS`; PayloadError `ERR_PAYLOAD_VALUE` (the codec cannot say this value), `ERR_PAYLOAD_TOO_LARGE`, `ERR_CODEC`; WaitError
   * `ERR_TIMED_OUT`, `ERR_CANCELLED`; PlatformError `ERR_CANNOT_PARK`. Nothing was put then.
   */
  put(value: T, options?: WaitOptions): boolean {
    if (options !== undefined) this.#waits.limits(options);
    const putting = this.#putting;
    if (putting.one(value)) return true;
    const decided = this.#whenFull(value);
    if (decided !== undefined) return decided;
    if (options === undefined && putting.naps.instead() && putting.one(value)) return true;
    const put = (own: WaitOptions): boolean => putting.seat().publish(own, fill, value) !== undefined;
    return this.#waits.parked('getters', options, put, () => putting.one(value) || undefined);
  }

  /**
   * Puts a value if there is room; returns whether it was put. Never waits, and never drops.
   * @throws as `put`, but for what ends a wait.
   */
  tryPut(value: T): boolean {
    return this.#putting.one(value);
  }

  /** As `put`, but waits on the event loop: calls that wait are served in their order. Never parks. */
  putAsync(value: T, options: AsyncWaitOptions = {}): Promise<boolean> {
    const putting = this.#putting;
    const put = async (own: () => AsyncWaitOptions): Promise<boolean> => {
      if (putting.one(value)) return true;
      const decided = this.#whenFull(value);
      if (decided !== undefined) return decided;
      await putting.seat().publishAsync(own(), fill, value);
      return true;
    };
    return this.#waits.inTurn(this.#puts, 'getters', options, put, () => putting.one(value) || undefined);
  }

  /**
   * Puts values one after another; others may put between them. Returns how many were put: the first so many, and they stay put, whatever
   * ended it after them (a time-out, a close, a value that cannot be); putting the next one again says what it was. What `'drop-newest'` dropped
   * does not count. `timeoutMs` is for each wait.
   * @throws as `put`, when not even the first was put; and what iterating over the values throws.
   */
  putMany(values: Iterable<T>, options?: WaitOptions): number {
    if (this.#putting.areNumbers(values)) return this.#putNumbers(values, options);
    let put = 0;
    for (const value of values) {
      try {
        if (this.put(value, options)) put++;
      } catch (error) {
        if (put === 0) throw error;
        break;
      }
    }
    return put;
  }

  /** Puts the first of these values for which there is room; returns how many. */
  tryPutMany(values: Iterable<T>): number {
    let put = 0;
    for (const value of values) {
      try {
        if (!this.tryPut(value)) break;
        put++;
      } catch (error) {
        if (put === 0) throw error;
        break;
      }
    }
    return put;
  }

  /** As `putMany`, on the event loop. Never parks. */
  async putManyAsync(values: Iterable<T>, options: AsyncWaitOptions = {}): Promise<number> {
    let put = 0;
    for (const value of values) {
      try {
        if (await this.putAsync(value, options)) put++;
      } catch (error) {
        if (put === 0) throw error;
        break;
      }
    }
    return put;
  }

  // --- Taking.

  /**
   * Takes the oldest value; parks while there is none. Once it has returned, nobody else gets that value, whatever becomes of this thread.
   * @throws QueueError `ERR_QUEUE_CLOSED` when the queue is closed and empty, `ERR_PEERS_GONE` (empty, and all putters are dead),
   * `ERR_QUEUE_THREADS`; UnreadableValueError `ERR_CODEC`: the value is taken, and the error has its bytes; WaitError `ERR_TIMED_OUT`,
   * `ERR_CANCELLED`; TurnError `ERR_QUEUE_BUSY` while a `getAsync` of this thread waits; PlatformError `ERR_CANNOT_PARK`.
   */
  get(options?: WaitOptions): T {
    if (options !== undefined) this.#waits.limits(options);
    const taking = this.#taking;
    if (taking.promised > 0) throw busyError();
    let value = taking.next();
    if (value === NOTHING && options === undefined && taking.naps.instead()) value = taking.next();
    return value === NOTHING ? this.#waitFor(1, options)[0] : (value as T);
  }

  /**
   * Takes the oldest value if there is one; undefined otherwise, and while a `getAsync` of this thread waits. Never waits. (Of a queue into which
   * `undefined` is put, `tryGetMany(1)` tells.)
   * @throws QueueError `ERR_QUEUE_CLOSED` when the queue is closed and empty; and as `get`, but for what ends a wait.
   */
  tryGet(): T | undefined {
    const taking = this.#taking;
    const value = taking.promised > 0 ? NOTHING : taking.next();
    return value === NOTHING ? undefined : (value as T);
  }

  /** As `get`, but waits on the event loop: calls that wait are served in their order. Never parks. */
  async getAsync(options: AsyncWaitOptions = {}): Promise<T> {
    return (await this.getManyAsync(1, options))[0];
  }

  /**
   * Takes what is there, `most` values at most, and waits, as `get`, only for the first.
   * @throws ArgumentError `ERR_COUNT`; and as `get`.
   */
  getMany(most: number, options?: WaitOptions): T[] {
    mustBeCount(most);
    if (options !== undefined) this.#waits.limits(options);
    const taking = this.#taking;
    if (taking.promised > 0) throw busyError();
    let there = taking.now(most);
    if (there.length === 0 && options === undefined && taking.naps.instead()) there = taking.now(most);
    return there.length > 0 ? there : this.#waitFor(most, options);
  }

  /** As `getMany`, but returns no values where it would wait. */
  tryGetMany(most: number): T[] {
    mustBeCount(most);
    return this.#taking.promised > 0 ? [] : this.#taking.now(most);
  }

  /** As `getMany`, on the event loop. Never parks. */
  async getManyAsync(most: number, options: AsyncWaitOptions = {}): Promise<T[]> {
    mustBeCount(most);
    const taking = this.#taking;
    taking.promised++;
    try {
      const take = async (own: () => AsyncWaitOptions): Promise<T[]> => {
        const there = taking.now(most);
        if (there.length > 0) return there;
        return taking.taken(await taking.seat().takeAsync({ ...own(), max: most }));
      };
      return await this.#waits.inTurn(this.#gets, 'putters', options, take, () => taking.left(most));
    } finally {
      taking.promised--;
    }
  }

  /** Value after value until the queue is closed and empty, as `for (const value of queue)`, with options. Parks. */
  *values(options?: WaitOptions): IterableIterator<T> {
    for (;;) {
      let value: T;
      try {
        value = this.get(options);
      } catch (error) {
        if (isClosed(error)) return;
        throw error;
      }
      yield value;
    }
  }

  /** Value after value until the queue is closed and empty, as `for await (const value of queue)`, with options. Never parks. */
  async *valuesAsync(options?: AsyncWaitOptions): AsyncIterableIterator<T> {
    for (;;) {
      let value: T;
      try {
        value = await this.getAsync(options);
      } catch (error) {
        if (isClosed(error)) return;
        throw error;
      }
      yield value;
    }
  }

  /** Leaving the loop early loses nothing: a value is taken only when it is asked for. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.values();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.valuesAsync();
  }

  // --- Tasks.

  /**
   * Says that a value which was taken is done with. From any thread. Never waits.
   * @throws QueueError `ERR_TASK_DONE` when it was called for all that were taken.
   */
  taskDone(): void {
    if (this.#tasks.done()) return;
    throw new QueueError('ERR_TASK_DONE', 'taskDone() was called more often than values were taken.');
  }

  /**
   * Parks until every value that was put has been taken and `taskDone` called for it. What `close({ immediate: true })` took out counts as done.
   * @throws WaitError `ERR_TIMED_OUT`, `ERR_CANCELLED`; PlatformError `ERR_CANNOT_PARK`.
   */
  join(options: WaitOptions = {}): void {
    joinTasks(this.ring, this.#tasks, this.#waits.limits(options), options);
  }

  /** As `join`, on the event loop. Never parks. */
  joinAsync(options: AsyncWaitOptions = {}): Promise<void> {
    return joinTasksAsync(this.ring, this.#tasks, this.#waits.limits(options), options);
  }

  // --- Ending.

  /**
   * Ends putting, in all threads: whoever waits to put gets `ERR_QUEUE_CLOSED`; takers finish what is there, and then get it too, and
   * iterations end. With `immediate`, what is there is thrown away, and takers end at once. From any thread, any number of times. Never waits.
   */
  close({ immediate = false }: { readonly immediate?: boolean } = {}): void {
    if (immediate) this.ring.abort('the queue was closed at once');
    else this.ring.close();
  }

  /** Leaves this thread's seats, for other threads to have; its waits end with `ERR_SEAT_LEFT`. Closes the queue for nobody. */
  [Symbol.dispose](): void {
    this.#putting.leave();
    this.#taking.leave();
  }

  /** As `Symbol.dispose`, and resolves when its async calls have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await Promise.all([this.#puts.idle(), this.#gets.idle()]);
  }

  // --- What is common.

  /** What becomes of a value for which there is no room: whether it was put; undefined when it is waited for. */
  #whenFull(value: T): boolean | undefined {
    switch (this.handle.whenFull) {
      case 'strict':
        throw fullError();
      case 'drop-newest':
        this.#putting.dropped++;
        return false;
      case 'drop-oldest':
        return this.#putting.byDropping(value, this.#taking) || undefined;
      case 'block':
        return undefined;
    }
  }

  /** Together as long as there is room; who has to wait does so for one. */
  #putNumbers(all: readonly number[], options: WaitOptions | undefined): number {
    let put = 0;
    try {
      for (let next = 0; next < all.length;) {
        const together = this.#putting.someNumbers(all, next);
        if (together > 0 || this.put(all[next] as T, options)) put += Math.max(1, together);
        next += Math.max(1, together);
      }
    } catch (error) {
      if (put === 0) throw error;
    }
    return put;
  }

  /** Parks until there is something. */
  #waitFor(most: number, options: WaitOptions | undefined): T[] {
    const taking = this.#taking;
    const take = (own: WaitOptions): T[] => taking.taken(taking.seat().take({ ...own, max: most }));
    return this.#waits.parked('putters', options, take, () => taking.left(most));
  }
}

const isClosed = (error: unknown): boolean =>
  error instanceof QueueError && error.code === 'ERR_QUEUE_CLOSED';

const fullError = (): QueueError =>
  new QueueError('ERR_QUEUE_FULL', 'The queue is full, and it was made not to wait for room.');

const busyError = (): TurnError =>
  new TurnError(
    'ERR_QUEUE_BUSY',
    'A getAsync() of this thread waits, and what comes is its: await it first, or use getAsync().',
  );
