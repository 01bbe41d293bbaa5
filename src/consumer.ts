/** A consumer's seat. */
import { GONE as NO_SEAT, INSPECT, NOBODY, OPEN, type Turn } from './accessor.js';
import { Batch } from './batch.js';
import { takeConsumerSeat } from './consumer-seat.js';
import { accessorFor, type ConsumerSeat, type Context, endedError, waitOnLoop } from './context.js';
import { ArgumentError, SeatError, TurnError } from './errors.js';
import { describe, type Fields, type Readable } from './event.js';
import { type AsyncWaitOptions, type Presence, WaitLimits, type WaitOptions } from './limits.js';
import { parkingWait } from './parking.js';
import { endedOutcome } from './core/closing.js';
import type { Follower } from './core/follower.js';
import { GroupWorker } from './core/group-worker.js';
import { shared } from './core/layout.js';
import { Pace } from './core/pace.js';
import { platform } from './core/platform.js';
import { CLOSED } from './core/sequence.js';
import { AsyncSleeper, BLOCKED, ENDED, LEFT, type Outcome, READY, waitSpinning } from './core/waiting.js';

/** Handles one event. `endOfBatch` is true for the last one before others may see that these were handled. */
export type Handler<F extends Fields> = (event: Readable<F>, sequence: number, endOfBatch: boolean) => void;

/** As `Handler`, and may return a promise, which is awaited before the next event. */
export type AsyncHandler<F extends Fields> = (
  event: Readable<F>,
  sequence: number,
  endOfBatch: boolean,
) => unknown;

/** How much is handled together. */
export interface BatchOptions {
  /** Most events in one batch. Unless given, an eighth of the capacity (a whole ring of up to 64), so that its producer can go on meanwhile. */
  readonly max?: number;
}

const IDLE = 0;
const RUNNING = 1;
/** An async call is in progress. */
const LOOPING = 2;
const BATCH_OPEN = 3;
const GONE = 4;

/** A ring of so many slots may be taken whole. */
const WHOLE_RING = 64;

/** Longest stretch of handling on an event loop before its timers and messages get a turn. */
const LOOP_SLICE_MS = 8;

/**
 * One of a ring's consumers: sees every event, in order, after the consumers it was declared behind. Or one of the workers of a group: sees
 * the events that it gets, in order, and no other worker sees those. Not to be shared between threads.
 *
 * Disposing it leaves the seat with its position kept: producers wait for it, and the next to open it goes on there. What a worker has
 * in hand then goes to the others of its group. A consumer that joined leaves for good instead, as by `leave`.
 */
export class Consumer<F extends Fields = Fields> implements Iterable<Batch<F>>, AsyncIterable<Batch<F>> {
  /** The name it was declared by. */
  readonly name: string;
  readonly #context: Context<F>;
  readonly #core: Follower | GroupWorker;
  readonly #pace: Pace;
  readonly #presence: Presence = { left: false };
  readonly #limits: WaitLimits;
  readonly #sleeper = new AsyncSleeper();
  readonly #leaveSeat: () => void;
  readonly #exitSeat: () => void;
  readonly #onLeave: () => void;
  /** Released at least this often in a long batch, so that a full ring's producers are not held up to its end. */
  readonly #releaseStep: number;
  /** Most events in a batch that is taken without a bound: a whole full ring in one batch would stop its producer until it is released. */
  readonly #batchBound: number;
  readonly #turn: Turn;
  readonly #event: Readable<F>;
  /** When the event loop, if this consumer keeps it busy, is to get a turn. */
  #sliceEnd = Infinity;
  /** The async call in progress, if any; never rejects. */
  #pending: Promise<unknown> = Promise.resolve();
  /** Events handled in all. */
  #handled = 0;
  #state: typeof IDLE | typeof RUNNING | typeof LOOPING | typeof BATCH_OPEN | typeof GONE = IDLE;

  /** Use `ring.openConsumer`. */
  constructor(
    context: Context<F>,
    mine: ConsumerSeat,
    options: WaitOptions,
    onLeave: () => void,
    joined?: number,
  ) {
    const { capacity } = context;
    this.name = mine.name;
    this.#context = context;
    this.#limits = new WaitLimits(options, context.ringId, this.#presence);
    const { core, leave, exit } = takeConsumerSeat(context, mine, joined);
    this.#core = core;
    this.#leaveSeat = leave;
    this.#exitSeat = exit;
    this.#onLeave = onLeave;
    this.#pace = new Pace(capacity);
    this.#releaseStep = Math.max(1, capacity >> 3);
    this.#batchBound = Math.max(this.#releaseStep, Math.min(capacity, WHOLE_RING));
    const { turn, event } = accessorFor(context, 'read');
    this.#turn = turn;
    this.#event = event;
  }

  /** The sequence of the next event that this consumer will see; for a group's worker, of the next in hand. */
  get next(): number {
    return this.#core.next;
  }

  /**
   * For a group's worker: whether the events in hand were in the hand of another before, who left. That one may have handled the first of
   * them.
   */
  get redelivered(): boolean {
    return this.#core instanceof GroupWorker && this.#core.redelivered;
  }

  /** Events that producers dropped before this lossy consumer began them, since it was opened; 0 for any other. */
  get missed(): number {
    return this.#core instanceof GroupWorker ? this.#core.missed : 0;
  }

  /** True when the ring is closed and this consumer has seen everything: nothing more will come. */
  get ended(): boolean {
    return this.#core.over;
  }

  /**
   * Handles every event until the ring is closed and all are handled; returns how many. Parks while there is none. When the handler
   * throws, the events before are released, the one in hand is not, and the error comes out: `run` again starts at that event.
   * @throws TurnError `ERR_CONSUMER_BUSY`; RingEndedError `ERR_RING_ABORTED`; WaitError `ERR_TIMED_OUT`, `ERR_CANCELLED`;
   * PlatformError `ERR_CANNOT_PARK`; SeatError `ERR_SEAT_LEFT`, `ERR_SEAT_LOST`.
   */
  run(handler: Handler<F>, options?: WaitOptions & BatchOptions): number {
    mustBeHandler(handler);
    const limits = this.#limitsFrom(options);
    const max = this.#begin(RUNNING, options);
    const core = this.#core;
    const before = this.#handled;
    try {
      for (;;) {
        const outcome = this.#await(limits);
        if (outcome === ENDED) return this.#handled - before;
        if (outcome !== READY) this.#fail(outcome, limits);
        this.#handle(handler, core.available, max);
      }
    } finally {
      this.#finish();
    }
  }

  /**
   * Handles what is there, at most `max` events; returns how many. Never waits. When the handler throws, as `run`.
   */
  poll(handler: Handler<F>, options?: BatchOptions): number {
    mustBeHandler(handler);
    const max = this.#begin(RUNNING, options);
    const core = this.#core;
    const before = this.#handled;
    try {
      const outcome = core.look();
      if (outcome > ENDED) this.#fail(outcome);
      if (outcome === READY) this.#handle(handler, Math.min(core.available, core.next + max), max);
      return this.#handled - before;
    } finally {
      this.#finish();
    }
  }

  /** As `run`, on the event loop: the thread stays free for its timers and messages. A handler may return a promise. Never parks. */
  async runAsync(handler: AsyncHandler<F>, options: AsyncWaitOptions & BatchOptions = {}): Promise<number> {
    mustBeHandler(handler);
    const limits = this.#limitsFrom(options);
    const length = Math.min(this.#begin(LOOPING, options), this.#releaseStep);
    const core = this.#core;
    const before = this.#handled;
    return this.#onLoop(async () => {
      for (;;) {
        const outcome = await this.#awaitOnLoop(limits);
        if (outcome === ENDED) return this.#handled - before;
        if (outcome !== READY) this.#fail(outcome, limits);
        await this.#handleAsync(handler, Math.min(core.available, core.next + length));
      }
    });
  }

  /**
   * Takes what is there, at most `max` events, as one batch; undefined when the ring is closed and all was taken. Parks while there is
   * nothing. The batch must be released, or disposed, before the next is taken.
   * @throws TurnError `ERR_CONSUMER_BUSY`; and as `run`.
   */
  take(options?: WaitOptions & BatchOptions): Batch<F> | undefined {
    const limits = this.#limitsFrom(options);
    const max = this.#begin(RUNNING, options);
    try {
      return this.#openBatch(this.#await(limits), max, limits);
    } finally {
      this.#finish();
    }
  }

  /** As `take`, on the event loop. Never parks. */
  async takeAsync(options: AsyncWaitOptions & BatchOptions = {}): Promise<Batch<F> | undefined> {
    const limits = this.#limitsFrom(options);
    const max = this.#begin(LOOPING, options);
    return this.#onLoop(async () => this.#openBatch(await this.#awaitOnLoop(limits), max, limits));
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

  /**
   * Leaves the seat at once. What was not released comes again for the next to open it; async waits end with `ERR_SEAT_LEFT`.
   */
  [Symbol.dispose](): void {
    this.#go(this.#leaveSeat);
  }

  /**
   * Leaves the ring for good: producers wait for this consumer no longer, and consumers after it come after those that it came after.
   * What was not released it never handles. A declared consumer cannot be opened again; its name is free for somebody to join by.
   * @throws SeatError `ERR_LEAVE` for a group's worker and for a lossy consumer.
   */
  leave(): void {
    this.#go(this.#exitSeat);
  }

  #go(leaveSeat: () => void): void {
    if (this.#state === GONE) return;
    leaveSeat();
    this.#state = GONE;
    this.#presence.left = true;
    this.#turn.slot = NO_SEAT;
    this.#sleeper.rouse();
    this.#onLeave();
  }

  /**
   * Leaves the seat once the event that an async handler has in hand is done; async calls end with `ERR_SEAT_LEFT`. Not to be awaited
   * inside that handler, which it would wait for.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#presence.left = true;
    this.#sleeper.rouse();
    await this.#pending;
    this[Symbol.dispose]();
  }

  [INSPECT](): string {
    return `Consumer { name: '${this.name}', next: ${this.next} }`;
  }

  /** Waits in this thread until something can be read. */
  #await(limits: WaitLimits): Outcome {
    const core = this.#core;
    const interrupted = limits.interrupted();
    if (interrupted !== READY) return interrupted;
    const pace = this.#pace;
    pace.rest(limits.mayNap);
    let outcome = core.look();
    if (outcome === BLOCKED) {
      pace.foundNothing();
      outcome = waitSpinning(core, limits.start(), limits.spinTurns);
    }
    if (outcome === BLOCKED && limits.mayNap && pace.napInstead()) {
      outcome = core.look();
      if (outcome === BLOCKED) pace.foundNothing();
    }
    if (outcome === BLOCKED) outcome = parkingWait(core, limits);
    if (outcome === READY) pace.found(core.available - core.next);
    return outcome;
  }

  /** Waits on the event loop until something can be read; gives the loop a turn when a busy ring has kept it waiting. */
  async #awaitOnLoop(limits: WaitLimits): Promise<Outcome> {
    const core = this.#core;
    const interrupted = limits.interrupted();
    if (interrupted !== READY) return interrupted;
    const outcome = core.look();
    if (outcome === BLOCKED) {
      this.#sliceEnd = Infinity;
      return waitOnLoop(core, limits.start(), this.#sleeper);
    }
    if (this.#sliceEnd === Infinity) this.#sliceEnd = platform.now() + LOOP_SLICE_MS;
    if (platform.now() < this.#sliceEnd) return outcome;
    this.#sliceEnd = Infinity;
    await platform.eventLoopTurn();
    const meanwhile = limits.interrupted();
    return meanwhile === READY ? outcome : meanwhile;
  }

  /** Runs an async call of this seat, which began, to its end. */
  #onLoop<T>(task: () => Promise<T>): Promise<T> {
    const call = async (): Promise<T> => {
      try {
        return await task();
      } finally {
        this.#finish();
      }
    };
    const result = call();
    this.#pending = result.catch(() => {});
    return result;
  }

  /** Handles the events below `end`, in batches of at most `max`. */
  #handle(handler: Handler<F>, end: number, max: number): void {
    const core = this.#core;
    const step = this.#releaseStep;
    const mask = this.#context.capacity - 1;
    const turn = this.#turn;
    const event = this.#event;
    const batchLength = Math.min(max, step);
    while (core.next < end) {
      let sequence = core.next;
      const batchEnd = Math.min(end, sequence + batchLength);
      try {
        for (; sequence < batchEnd; sequence++) {
          turn.slot = sequence & mask;
          handler(event, sequence, sequence === batchEnd - 1);
          if (turn.slot === NO_SEAT) break; // the handler disposed its own consumer: the event in hand stays unhandled
        }
      } finally {
        if (this.#state !== GONE) turn.slot = NOBODY;
        this.#handled += sequence - core.next;
        core.next = sequence;
        // An error is on its way out: what came before it is released, and a ring aborted meanwhile must not hide it.
        if (sequence < batchEnd && this.#state !== GONE) core.release();
      }
      if (this.#state === GONE) this.#refuse();
      // Not after every batch of one: each release of a full ring costs its producer a wake-up.
      if (batchEnd === end || core.unreleased >= step) this.#release();
    }
  }

  async #handleAsync(handler: AsyncHandler<F>, end: number): Promise<void> {
    const core = this.#core;
    const mask = this.#context.capacity - 1;
    let sequence = core.next;
    try {
      while (sequence < end && !this.#presence.left) {
        this.#turn.slot = sequence & mask;
        const result = handler(this.#event, sequence, sequence === end - 1);
        if (isThenable(result)) await result;
        sequence++;
      }
    } finally {
      if (this.#state !== GONE) this.#turn.slot = NOBODY;
      this.#handled += sequence - core.next;
      core.next = sequence;
      if (sequence < end && this.#state !== GONE) core.release();
    }
    this.#release();
  }

  /** Lets others see how far this consumer is; not after its seat was left, when the position is somebody else's. */
  #release(): void {
    if (this.#state === GONE) this.#refuse();
    if (!this.#core.release()) this.#failed();
  }

  #openBatch(outcome: Outcome, max: number, limits: WaitLimits): Batch<F> | undefined {
    // An async call learns a moment later what it waited for: by then the seat may be somebody else's.
    if (this.#presence.left) this.#fail(LEFT);
    if (outcome === ENDED) return undefined;
    if (outcome !== READY) this.#fail(outcome, limits);
    const { next, available } = this.#core;
    this.#state = BATCH_OPEN;
    this.#turn.slot = OPEN;
    const bound = max === Infinity ? this.#batchBound : max;
    return new Batch(this.#batchOwner, next, Math.min(available - next, bound));
  }

  get #batchOwner(): ConstructorParameters<typeof Batch<F>>[0] {
    return {
      turn: this.#turn,
      event: this.#event,
      columns: this.#context.columns,
      capacity: this.#context.capacity,
      releaseBatch: (count) => {
        if (this.#state !== BATCH_OPEN) return;
        this.#state = IDLE;
        this.#turn.slot = NOBODY;
        this.#core.next += count;
        this.#release();
      },
    };
  }

  /** Starts a call that reads events; returns its bound on a batch. */
  #begin(state: typeof RUNNING | typeof LOOPING, options: BatchOptions = {}): number {
    const { max = Infinity } = options;
    if (max !== Infinity && (!Number.isInteger(max) || max < 1)) {
      throw new ArgumentError(
        'ERR_BATCH_MAX',
        `max is a whole number of events, 1 or more, not ${describe(max)}.`,
      );
    }
    if (this.#state !== IDLE) this.#refuse();
    this.#state = state;
    if (this.#core instanceof GroupWorker) this.#core.most = Math.min(max, this.#releaseStep);
    return max;
  }

  #finish(): void {
    if (this.#state === RUNNING || this.#state === LOOPING) this.#state = IDLE;
  }

  #limitsFrom(options: (WaitOptions & AsyncWaitOptions) | undefined): WaitLimits {
    return options === undefined
      ? this.#limits
      : new WaitLimits(options, this.#context.ringId, this.#presence);
  }

  #refuse(): never {
    if (this.#state === GONE) {
      throw new SeatError('ERR_SEAT_LEFT', 'This consumer was disposed: open it again to go on.');
    }
    throw new TurnError(
      'ERR_CONSUMER_BUSY',
      this.#state === BATCH_OPEN
        ? 'A batch is open: release or dispose it before taking more.'
        : 'This consumer is handling events already: one call at a time.',
    );
  }

  /** Why a release was refused. */
  #failed(): never {
    const { words } = this.#context;
    if (Atomics.load(words, shared.cursor) & CLOSED) {
      const outcome = endedOutcome(words);
      if (outcome !== ENDED) this.#fail(outcome);
    }
    throw new SeatError(
      'ERR_SEAT_LOST',
      'Somebody else moved this consumer: a consumer belongs to one thread.',
    );
  }

  #fail(outcome: Outcome, limits?: WaitLimits): never {
    throw endedError(outcome, this.#context.words, this.#context.layout, limits);
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

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
