/** A consumer's seat. */
import { INSPECT } from './accessor.js';
import type { Batch } from './batch.js';
import type { ConsumerSeat, Context } from './context.js';
import { ArgumentError } from './errors.js';
import { describe, type Fields } from './event.js';
import { type AsyncHandler, type Handler, Handling } from './handling.js';
import type { AsyncWaitOptions, WaitOptions } from './limits.js';
import type { Joined } from './members.js';
import { type ErrorOptions, errorPolicy } from './on-error.js';
import { type BatchOptions, LOOPING, Reading, RUNNING } from './reading.js';
import { LEND, type Lent } from './served.js';
import { GroupWorker } from './core/group-worker.js';
import { ENDED, READY } from './core/waiting.js';

/** Has a group's worker take all it is asked for, and not a fair share of what there is: for a queue, whose callers say how many. */
export const TAKE_ALL: unique symbol = Symbol('take all');
/** Hands out one event: for a queue, a call for each value. */
export const HAND_OUT: unique symbol = Symbol('hand out');

/**
 * One of a ring's consumers: sees every event, in order, after the consumers it was declared behind. Or one of the workers of a group: sees
 * the events that it gets, in order, and no other worker sees those. Not to be shared between threads.
 *
 * Disposing it leaves the seat with its position kept: producers wait for it, and the next to open it goes on there. What a worker has
 * in hand then goes to the others of its group. A consumer that joined leaves for good instead, as by `leave`; a group that joined stays.
 */
export class Consumer<F extends Fields = Fields> implements Iterable<Batch<F>>, AsyncIterable<Batch<F>> {
  /** The name it was declared by. */
  readonly name: string;
  private readonly reading: Reading<F>;
  private readonly handling: Handling<F>;
  private readonly onLeave: () => void;

  /** Use `ring.openConsumer` or `ring.join`. */
  constructor(
    context: Context<F>,
    mine: ConsumerSeat,
    options: WaitOptions,
    onLeave: () => void,
    joined?: Joined,
  ) {
    this.name = mine.name;
    this.reading = new Reading(context, mine, options, joined);
    this.handling = new Handling(this.reading);
    this.onLeave = onLeave;
  }

  /** The sequence of the next event that this consumer will see; for a group's worker, of the next in hand. */
  get next(): number {
    return this.reading.core.next;
  }

  /**
   * For a group's worker: whether the events in hand were in the hand of another before, who left. That one may have handled the first of
   * them.
   */
  get redelivered(): boolean {
    const { core } = this.reading;
    return core instanceof GroupWorker && core.redelivered;
  }

  /** Events that producers dropped before this lossy consumer began them, since it was opened; 0 for any other. */
  get missed(): number {
    const { core } = this.reading;
    return core instanceof GroupWorker ? core.missed : 0;
  }

  /** Events that were passed over because their handler threw (`onError`), since it was opened. */
  get skipped(): number {
    return this.handling.skipped;
  }

  /**
   * True when the ring is closed and this consumer has seen everything: nothing more will come. Never in an aborted ring, where events may
   * be left unseen: there the next call says so, and a loop that goes on until this is true comes to it.
   */
  get ended(): boolean {
    return this.reading.core.over;
  }

  /**
   * Handles every event until the ring is closed and all are handled; returns how many, skipped ones included. Parks while there is none.
   *
   * When the handler throws, `onError` says what follows. To `'stop'`: the events before are released, the one in hand is not, and the error
   * comes out; `run` again starts at that event. Until then the consumer has failed: `ring.snapshot()` says so, and whoever would wait for
   * it gets `ERR_CONSUMER_FAILED` (or waits, if the ring was made so).
   * @throws TurnError `ERR_CONSUMER_BUSY`; ArgumentError `ERR_HANDLER`, `ERR_BATCH_MAX`, `ERR_ON_ERROR`; RingEndedError `ERR_RING_ABORTED`;
   * ConsumerFailedError `ERR_CONSUMER_FAILED` when it would wait for one before it that failed; WaitError `ERR_TIMED_OUT`, `ERR_CANCELLED`, `ERR_SELF_DEADLOCK`;
   * PlatformError `ERR_CANNOT_PARK`; SeatError `ERR_SEAT_LEFT`, `ERR_SEAT_LOST`.
   * @example consumer.run(save, { onError: { retry: 3, pauseMs: 100, then: 'skip' } });
   */
  run(handler: Handler<F>, options?: WaitOptions & BatchOptions & ErrorOptions<F>): number {
    mustBeHandler(handler);
    const { reading, handling } = this;
    const errors = errorPolicy(options, 'may pause');
    const limits = reading.limitsFrom(options);
    const max = reading.begin(RUNNING, options);
    const before = handling.begin();
    const { core } = reading;
    try {
      for (;;) {
        const outcome = reading.await(limits);
        if (outcome === ENDED) return handling.done - before;
        if (outcome !== READY) reading.fail(outcome, limits);
        handling.handle(handler, core.available - core.next, max, errors, limits);
      }
    } finally {
      reading.finish();
    }
  }

  /**
   * Handles what is there, at most `max` events; returns how many. Never waits, so `onError` takes no `pauseMs`. When the handler throws, as
   * `run`. Of a consumer before it that failed, `ring.snapshot()` tells.
   * @throws as `run`, but for what ends a wait.
   */
  poll(handler: Handler<F>, options?: BatchOptions & ErrorOptions<F>): number {
    mustBeHandler(handler);
    const { reading, handling } = this;
    const errors = errorPolicy(options, 'never waits');
    const max = reading.begin(RUNNING, options);
    const before = handling.begin();
    const { core } = reading;
    try {
      const outcome = core.look();
      if (outcome > ENDED) reading.fail(outcome);
      if (outcome === READY) {
        const count = Math.min(core.available - core.next, max);
        handling.handle(handler, count, max, errors, reading.limitsFrom(undefined));
      }
      return handling.done - before;
    } finally {
      reading.finish();
    }
  }

  /** As `run`, on the event loop: the thread stays free for its timers and messages. A handler may return a promise. Never parks. */
  async runAsync(
    handler: AsyncHandler<F>,
    options: AsyncWaitOptions & BatchOptions & ErrorOptions<F> = {},
  ): Promise<number> {
    mustBeHandler(handler);
    const { reading, handling } = this;
    const errors = errorPolicy(options, 'may pause');
    const limits = reading.asyncLimits(options);
    const length = Math.min(reading.begin(LOOPING, options), reading.releaseStep);
    const before = handling.begin();
    const { core } = reading;
    return reading.onLoop(async () => {
      for (;;) {
        const outcome = await reading.awaitOnLoop(limits);
        if (outcome === ENDED) return handling.done - before;
        if (outcome !== READY) reading.fail(outcome, limits);
        await handling.handleOnLoop(handler, Math.min(core.available, core.next + length), errors, limits);
      }
    });
  }

  /**
   * Inside a handler of a long batch: lets others pass the events below `sequence`, which is that of the event in hand at most. They do not
   * come again, whatever becomes of the rest.
   * @throws TurnError `ERR_EVENT_TURN` outside a handler; ArgumentError `ERR_RELEASE`; RingEndedError `ERR_RING_ABORTED`; SeatError
   * `ERR_SEAT_LEFT`, `ERR_SEAT_LOST`.
   */
  releaseUpTo(sequence: number): void {
    this.handling.releaseUpTo(sequence);
  }

  /**
   * Takes what is there, at most `max` events, as one batch; undefined when the ring is closed and all was taken. Parks while there is
   * nothing. The batch must be released, or disposed, before the next is taken.
   * @throws TurnError `ERR_CONSUMER_BUSY`; and as `run`.
   */
  take(options?: WaitOptions & BatchOptions): Batch<F> | undefined {
    const { reading } = this;
    const limits = reading.limitsFrom(options);
    const max = reading.begin(RUNNING, options);
    try {
      return reading.openBatch(reading.await(limits), max, limits);
    } finally {
      reading.finish();
    }
  }

  /** As `take`, on the event loop. Never parks. */
  async takeAsync(options: AsyncWaitOptions & BatchOptions = {}): Promise<Batch<F> | undefined> {
    const { reading } = this;
    const limits = reading.asyncLimits(options);
    const max = reading.begin(LOOPING, options);
    return reading.onLoop(async () => reading.openBatch(await reading.awaitOnLoop(limits), max, limits));
  }

  /** Batch after batch until the ring is closed, as `for (const batch of consumer)`, with options. Parks. */
  *batches(options?: WaitOptions & BatchOptions): IterableIterator<Batch<F>> {
    for (let batch = this.take(options); batch !== undefined; batch = this.take(options)) {
      try {
        yield batch;
        batch.release();
      } finally {
        batch[Symbol.dispose]();
      }
    }
  }

  /** Batch after batch until the ring is closed, as `for await (const batch of consumer)`, with options. Never parks. */
  async *batchesAsync(options?: AsyncWaitOptions & BatchOptions): AsyncIterableIterator<Batch<F>> {
    for (
      let batch = await this.takeAsync(options);
      batch !== undefined;
      batch = await this.takeAsync(options)
    ) {
      try {
        yield batch;
        batch.release();
      } finally {
        batch[Symbol.dispose]();
      }
    }
  }

  /**
   * Batches until the ring is closed. Going on to the next releases a batch; leaving early releases only what was passed of it. Parks.
   */
  [Symbol.iterator](): IterableIterator<Batch<F>> {
    return this.batches();
  }

  /** As the other, on the event loop. Never parks. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Batch<F>> {
    return this.batchesAsync();
  }

  [TAKE_ALL](): void {
    const { core } = this.reading;
    if (core instanceof GroupWorker) core.parts = 1;
  }

  /**
   * As `poll` of one event, of a group's worker: hands the next one to the handler, and lets it go. What is taken in hand with it, up to `handful` events,
   * is handed out by the next calls. Whether there was one.
   */
  [HAND_OUT](handler: Handler<F>, handful: number): boolean {
    const { reading, handling } = this;
    reading.beginOne(handful);
    try {
      const outcome = reading.core.look();
      if (outcome > ENDED) reading.fail(outcome);
      if (outcome !== READY) return false;
      handling.handleOne(handler);
      return true;
    } finally {
      reading.finish();
    }
  }

  /** Lends this consumer to `serve`, which gives it back: busy until then. At most `max` events a turn. An error of the handler stops it. */
  [LEND](handler: AsyncHandler<F>, options?: BatchOptions): Lent<F> {
    mustBeHandler(handler);
    const { reading, handling } = this;
    const errors = errorPolicy<F>(undefined, 'may pause');
    const limits = reading.limitsFrom(undefined);
    const { bound, giveBack } = reading.lend(options);
    handling.begin();
    const { core } = reading;
    const count = (): number => Math.min(core.available - core.next, bound);
    return {
      words: reading.context.words,
      ringId: reading.context.ringId,
      core,
      presence: reading.presence,
      handle: (handler) => handling.handle(handler, count(), bound, errors, limits),
      handleAsync: (handler) => handling.handleOnLoop(handler, core.next + count(), errors, limits),
      handled: () => handling.done,
      fail: (outcome, limits) => reading.fail(outcome, limits),
      giveBack,
    };
  }

  /**
   * Leaves the seat at once. What was not released comes again for the next to open it; async waits end with `ERR_SEAT_LEFT`.
   */
  [Symbol.dispose](): void {
    if (this.reading.gone) return;
    this.reading.leave();
    this.onLeave();
  }

  /**
   * Leaves the ring for good: producers wait for this consumer no longer, and consumers after it come after those that it came after.
   * What was not released it never handles. A declared consumer cannot be opened again; its name is free for somebody to join by.
   *
   * A worker takes its whole group out, if it is the last that sits there: what the group has not released, also what others left in
   * hand, it never handles.
   * @throws SeatError `ERR_LEAVE` while other workers of the group have their seats; nothing has changed then.
   */
  leave(): void {
    if (this.reading.gone) return;
    this.reading.leaveForGood();
    this.onLeave();
  }

  /**
   * Leaves the seat once the event that an async handler has in hand is done; async calls end with `ERR_SEAT_LEFT`. Not to be awaited
   * inside that handler, which it would wait for.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.reading.idle();
    this[Symbol.dispose]();
  }

  [INSPECT](): string {
    return `Consumer { name: '${this.name}', next: ${this.next} }`;
  }
}

function mustBeHandler(handler: unknown): void {
  if (typeof handler !== 'function') {
    throw new ArgumentError(
      'ERR_HANDLER',
      `Consuming takes a function that handles an event, not ${describe(handler)}.`,
    );
  }
}
