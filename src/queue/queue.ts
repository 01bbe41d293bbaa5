/** A bounded queue of values between threads: first in, first out, each value to one taker. */
import { type Consumer, TAKE_ALL } from '../consumer.js';
import { SeatError, TurnError, WaitError } from '../errors.js';
import type { Readable, Writable } from '../event.js';
import { type AsyncWaitOptions, WaitLimits, type WaitOptions } from '../limits.js';
import type { Producer } from '../producer.js';
import type { Ring } from '../ring.js';
import { Turns } from '../turns.js';
import { READY, SIGNALLED } from '../core/waiting.js';
import { closedError, inQueueTerms, QueueError } from './errors.js';
import type { QueueHandle, WhenQueueFull } from './handle.js';
import { joinTasks, joinTasksAsync } from './join.js';
import { Naps } from './naps.js';
import { GONE, Peers } from './peers.js';
import { type Side, Tasks } from './tasks.js';
import { mustBeCount, mustBeNumber, Unreadable, type ValueFields } from './values.js';

const NOTHING: unique symbol = Symbol('nothing');
const ONE = { max: 1 };

/** The group of all takers. */
export const TAKERS = 'takers';

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
  readonly #peers: Peers;
  readonly #whenFull: WhenQueueFull;
  readonly #gets = new Turns();
  readonly #puts = new Turns();
  /** `getAsync` calls that have not ended: what comes is theirs. */
  #getting = 0;
  #producer: Producer<ValueFields> | undefined;
  #consumer: Consumer<ValueFields> | undefined;
  /** Values that were taken with others and could not be read: told by the next calls. */
  readonly #unreadable: Unreadable[] = [];
  #dropped = 0;
  readonly #putNaps: Naps;
  readonly #getNaps: Naps;
  /** What a look found: the only value, and several. */
  #one: unknown = NOTHING;
  #found: unknown[] = [];
  #counted = 0;
  // Made once: a call for each value should allocate nothing.
  readonly #keepOne = ({ value }: Readable<ValueFields>): void => {
    this.#one = value;
    this.#tasks.take(1); // before the release
  };
  readonly #keep = (event: Readable<ValueFields>, _sequence: number, endOfBatch: boolean): void => {
    try {
      this.#found.push(event.value);
    } catch (error) {
      this.#countFound();
      throw error;
    }
    if (endOfBatch) this.#countFound();
  };

  /** Use `createQueue` or `openQueue`. */
  constructor(handle: QueueHandle, ring: Ring<ValueFields>) {
    this.handle = handle;
    this.ring = ring;
    this.#tasks = new Tasks(handle.tasks);
    this.#peers = new Peers(ring, this.#tasks);
    this.#whenFull = handle.whenFull;
    this.#putNaps = new Naps(ring.capacity);
    this.#getNaps = new Naps(ring.capacity);
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
    return this.#dropped;
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
    if (options !== undefined) this.#limits(options);
    if (this.tryPut(value)) return true;
    switch (this.#whenFull) {
      case 'strict':
        throw fullError();
      case 'drop-newest':
        this.#dropped++;
        return false;
      case 'drop-oldest':
        if (this.#makeRoom(value)) return true;
    }
    if (options === undefined && this.#putNaps.instead() && this.tryPut(value)) return true;
    const put = (own: WaitOptions): boolean => this.#asPutter().publish(own, fill, value) !== undefined;
    return this.#blocking('getters', options, put, () => this.tryPut(value) || undefined);
  }

  /**
   * Puts a value if there is room; returns whether it was put. Never waits, and never drops.
   * @throws as `put`, but for what ends a wait.
   */
  tryPut(value: T): boolean {
    if (this.handle.values === 'number') mustBeNumber(value);
    const producer = this.#asPutter();
    try {
      if (producer.tryPublish(fill, value) === undefined) return false;
    } catch (error) {
      throw inQueueTerms(error);
    }
    this.#putNaps.passed++;
    return true;
  }

  /** As `put`, but waits on the event loop: calls that wait are served in their order. Never parks. */
  putAsync(value: T, options: AsyncWaitOptions = {}): Promise<boolean> {
    const put = async (own: () => AsyncWaitOptions): Promise<boolean> => {
      if (this.tryPut(value)) return true;
      if (this.#whenFull === 'strict') throw fullError();
      if (this.#whenFull === 'drop-newest') {
        this.#dropped++;
        return false;
      }
      if (this.#whenFull === 'drop-oldest' && this.#makeRoom(value)) return true;
      await this.#asPutter().publishAsync(own(), fill, value);
      return true;
    };
    return this.#inTurn(this.#puts, 'getters', options, put, () => this.tryPut(value) || undefined);
  }

  /**
   * Puts values one after another; others may put between them. Returns how many were put: the first so many, and they stay put, whatever
   * ended it after them (a time-out, a close, a value that cannot be); putting the next one again says what it was. What `'drop-newest'` dropped
   * does not count. `timeoutMs` is for each wait.
   * @throws as `put`, when not even the first was put; and what iterating over the values throws.
   */
  putMany(values: Iterable<T>, options?: WaitOptions): number {
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
    if (options !== undefined) this.#limits(options);
    if (this.#getting > 0) throw busyError();
    let value = this.#takeOne();
    if (value === NOTHING && options === undefined && this.#getNaps.instead()) value = this.#takeOne();
    return value === NOTHING ? this.#waitFor(1, options)[0] : (value as T);
  }

  /**
   * Takes the oldest value if there is one; undefined otherwise, and while a `getAsync` of this thread waits. Never waits. (Of a queue into which
   * `undefined` is put, `tryGetMany(1)` tells.)
   * @throws QueueError `ERR_QUEUE_CLOSED` when the queue is closed and empty; and as `get`, but for what ends a wait.
   */
  tryGet(): T | undefined {
    const value = this.#getting > 0 ? NOTHING : this.#takeOne();
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
    if (options !== undefined) this.#limits(options);
    if (this.#getting > 0) throw busyError();
    let there = this.#takeNow(most);
    if (there.length === 0 && options === undefined && this.#getNaps.instead()) there = this.#takeNow(most);
    return there.length > 0 ? there : this.#waitFor(most, options);
  }

  /** As `getMany`, but returns no values where it would wait. */
  tryGetMany(most: number): T[] {
    mustBeCount(most);
    return this.#getting > 0 ? [] : this.#takeNow(most);
  }

  /** As `getMany`, on the event loop. Never parks. */
  async getManyAsync(most: number, options: AsyncWaitOptions = {}): Promise<T[]> {
    mustBeCount(most);
    this.#getting++;
    try {
      const take = async (own: () => AsyncWaitOptions): Promise<T[]> => {
        const there = this.#takeNow(most);
        if (there.length > 0) return there;
        return this.#taken(await this.#asGetter().takeAsync({ ...own(), max: most }));
      };
      return await this.#inTurn(this.#gets, 'putters', options, take, () => this.#left(most));
    } finally {
      this.#getting--;
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
    joinTasks(this.ring, this.#tasks, this.#limits(options), options);
  }

  /** As `join`, on the event loop. Never parks. */
  joinAsync(options: AsyncWaitOptions = {}): Promise<void> {
    return joinTasksAsync(this.ring, this.#tasks, this.#limits(options), options);
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
    if (this.#producer !== undefined) this.#leave('putters', this.#producer);
    if (this.#consumer !== undefined) this.#leave('getters', this.#consumer);
    this.#producer = this.#consumer = undefined;
  }

  /** As `Symbol.dispose`, and resolves when its async calls have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await Promise.all([this.#puts.idle(), this.#gets.idle()]);
  }

  // --- Seats.

  #asPutter(): Producer<ValueFields> {
    return (this.#producer ??= this.#sit('putters', () => this.ring.openProducer()));
  }

  #asGetter(): Consumer<ValueFields> {
    return (this.#consumer ??= this.#sit('getters', () => {
      const consumer = this.ring.openConsumer(TAKERS);
      consumer[TAKE_ALL]();
      return consumer;
    }));
  }

  #sit<S>(side: Side, open: () => S): S {
    try {
      const seat = open();
      this.#tasks.come(side);
      return seat;
    } catch (error) {
      if (!(error instanceof SeatError && error.code === 'ERR_SEAT_TAKEN')) throw error;
      throw new QueueError(
        'ERR_QUEUE_THREADS',
        `All ${this.handle.maxThreads} seats for ${side} are taken: dispose the queue where it is not used any more, or make it with more maxThreads.`,
        { cause: error },
      );
    }
  }

  #leave(side: Side, seat: Disposable): void {
    // Before: whoever dies in between has left.
    this.#tasks.leave(side);
    seat[Symbol.dispose]();
  }

  // --- Taking out.

  /** Takes the oldest value if there is one, else NOTHING. */
  #takeOne(): unknown {
    this.#tellUnreadable();
    const consumer = this.#asGetter();
    this.#one = NOTHING;
    try {
      consumer.poll(this.#keepOne, ONE);
    } catch (error) {
      // What was found before it counts as taken, and is handed out: the next call is told.
      if (this.#one === NOTHING) throw inQueueTerms(error);
    }
    const value = this.#one;
    this.#one = NOTHING;
    if (value === NOTHING) {
      if (consumer.ended) throw closedError();
      return NOTHING;
    }
    this.#getNaps.passed++;
    if (value instanceof Unreadable) throw value.error;
    return value;
  }

  #takeNow(most: number): T[] {
    this.#tellUnreadable();
    const consumer = this.#asGetter();
    const values: T[] = [];
    const found: unknown[] = (this.#found = []);
    this.#counted = 0;
    try {
      while (found.length < most) {
        const handled = consumer.poll(this.#keep, { max: most - found.length });
        if (handled === 0) break;
      }
    } catch (error) {
      // As for one.
      if (found.length === 0) throw inQueueTerms(error);
    }
    this.#getNaps.passed += found.length;
    this.#sort(found, values);
    if (values.length === 0 && consumer.ended) throw closedError();
    return values;
  }

  #countFound(): void {
    if (this.#found.length > this.#counted) this.#tasks.take(this.#found.length - this.#counted); // before the release
    this.#counted = this.#found.length;
  }

  /** Parks until there is something. */
  #waitFor(most: number, options: WaitOptions | undefined): T[] {
    const take = (own: WaitOptions): T[] => this.#taken(this.#asGetter().take({ ...own, max: most }));
    return this.#blocking('putters', options, take, () => this.#left(most));
  }

  /** What putters who died put just before; undefined when that is nothing. */
  #left(most: number): T[] | undefined {
    const values = this.#takeNow(most);
    return values.length > 0 ? values : undefined;
  }

  /** Copies a batch out and lets it go. */
  #taken(batch: ReturnType<Consumer<ValueFields>['take']>): T[] {
    if (batch === undefined) throw closedError();
    const found: unknown[] = [];
    for (const event of batch) found.push(event.value);
    this.#tasks.take(found.length);
    batch.release();
    const values: T[] = [];
    this.#sort(found, values);
    return values;
  }

  #sort(found: readonly unknown[], values: T[]): void {
    for (const each of found) {
      if (each instanceof Unreadable) this.#unreadable.push(each);
      else values.push(each as T);
    }
    if (values.length === 0) this.#tellUnreadable();
  }

  #tellUnreadable(): void {
    const first = this.#unreadable.shift();
    if (first !== undefined) throw first.error;
  }

  /** Throws the oldest values away until this one is put; false when those that are left are in others' hands. */
  #makeRoom(value: T): boolean {
    const consumer = this.#asGetter();
    if (this.#getting > 0) return false;
    return this.#inTerms(() => {
      while (consumer.poll(() => void this.#dropped++, { max: 1 }) > 0) if (this.tryPut(value)) return true;
      return this.tryPut(value);
    });
  }

  // --- Waiting.

  #limits(options: WaitOptions & AsyncWaitOptions): WaitLimits {
    return new WaitLimits(options, this.ring.id, { left: false });
  }

  #inTerms<R>(call: () => R): R {
    try {
      return call();
    } catch (error) {
      throw inQueueTerms(error);
    }
  }

  /** A wait that the other side, `side`, would end. `last`: a look at what they left, once all of them are dead. */
  #blocking<R>(
    side: Side,
    options: WaitOptions | undefined,
    call: (own: WaitOptions) => R,
    last: () => R | undefined,
  ): R {
    const cancel = options?.cancel;
    try {
      return call({ ...options, cancel: this.#peers.token(side, cancel) });
    } catch (error) {
      const cancelled = error instanceof WaitError && error.code === 'ERR_CANCELLED';
      if (!cancelled || cancel?.cancelled === true) throw inQueueTerms(error);
      return this.#orGone(side, last);
    }
  }

  #inTurn<R>(
    turns: Turns,
    side: Side,
    options: AsyncWaitOptions,
    task: (own: () => AsyncWaitOptions) => Promise<R>,
    last: () => R | undefined,
  ): Promise<R> {
    const limits = this.#limits(options).start();
    return turns.take(limits, async (before) => {
      if (before === SIGNALLED) throw limits.signal?.reason;
      if (before !== READY) throw new WaitError('ERR_TIMED_OUT', 'The wait took longer than its timeoutMs.');
      try {
        return await task(() => ({
          timeoutMs: limits.remainingMs(),
          signal: this.#peers.signal(side, options.signal),
        }));
      } catch (error) {
        if (error === GONE) return this.#orGone(side, last);
        throw inQueueTerms(error);
      }
    });
  }

  #orGone<R>(side: Side, last: () => R | undefined): R {
    const left = last();
    if (left === undefined) throw this.#peers.goneError(side);
    return left;
  }
}

const fill = (event: Writable<ValueFields>, value: unknown): void => {
  event.value = value;
};

const isClosed = (error: unknown): boolean =>
  error instanceof QueueError && error.code === 'ERR_QUEUE_CLOSED';

const fullError = (): QueueError =>
  new QueueError('ERR_QUEUE_FULL', 'The queue is full, and it was made not to wait for room.');

const busyError = (): TurnError =>
  new TurnError(
    'ERR_QUEUE_BUSY',
    'A getAsync() of this thread waits, and what comes is its: await it first, or use getAsync().',
  );
