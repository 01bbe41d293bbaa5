/** A ring, as one thread sees it. */
import { INSPECT } from './accessor.js';
import { Consumer } from './consumer.js';
import {
  type Context,
  endedError,
  failedError,
  unlessFailed,
  waitForConsumers,
  waitOnLoop,
} from './context.js';
import { diagnose } from './diagnose.js';
import type { Diagnosis } from './diagnosing/diagnosis.js';
import { ArgumentError, SeatError } from './errors.js';
import { describe, type EventType, type Fields } from './event.js';
import type { RingHandle } from './handle.js';
import { type AsyncWaitOptions, type ProducerOptions, WaitLimits, type WaitOptions } from './limits.js';
import { joinMembers, type JoinOptions, membersOf } from './members.js';
import { Drained, Processed } from './milestones.js';
import { Observer } from './observer.js';
import { mustKnow } from './options.js';
import type { Goal } from './own-seats.js';
import { openPayloadProducer } from './payload/producer.js';
import { Producer } from './producer.js';
import { type Recovery, recoverSeat, recoverThread } from './recovering.js';
import { listedBy, placesOf, type Seat, seatAt } from './seat-list.js';
import { type RingSnapshot, takeSnapshot } from './snapshot.js';
import { messageOf, writeReason } from './texts.js';
import { abort, close } from './core/closing.js';
import type { UnlessFailed } from './core/failure.js';
import { shared } from './core/layout.js';
import { Onlooker } from './core/membership.js';
import { CLOSED, distance, positionNear } from './core/sequence.js';
import { AsyncSleeper, type Awaited, FAILED, type Outcome, READY } from './core/waiting.js';

/**
 * A ring in shared memory: made by `createRing`, opened in other threads by `openRing`. `N` are the names of its consumers.
 *
 * Disposing it leaves every seat that was opened through it. It closes the ring for nobody.
 */
export class Ring<F extends Fields = Fields, N extends string = string> {
  readonly #context: Context<F>;
  readonly #seats = new Set<Producer<F> | Consumer<F> | Observer<F>>();

  /** Use `createRing` or `openRing`. */
  constructor(context: Context<F>) {
    this.#context = context;
  }

  /** What other threads open the ring by: plain and cloneable, for `workerData` and `postMessage`. */
  get handle(): RingHandle {
    return this.#context.handle;
  }

  /** The kind of event that it carries. */
  get event(): EventType<F> {
    return this.#context.event;
  }

  /** Slots. */
  get capacity(): number {
    return this.#context.capacity;
  }

  /** Bytes of shared memory that it takes. */
  get bytes(): number {
    return this.#context.handle.buffer.byteLength;
  }

  /** The consumers now: those declared that have not left, then those that joined. */
  get consumerNames(): readonly N[] {
    return membersOf(this.#context).map(({ name }) => name as N);
  }

  /** True once it was closed or aborted. Stays true. */
  get closed(): boolean {
    return (Atomics.load(this.#context.words, shared.cursor) & CLOSED) !== 0;
  }

  /** Free slots. By the time you read it, it may be less (the producer) or more (the consumers). */
  get remaining(): number {
    const { capacity, consumers } = this.snapshot();
    const { words, discards } = this.#context;
    const lags = consumers.map(({ lag }) => lag);
    if (lags.length === 0 && !discards)
      lags.push(distance(Atomics.load(words, shared.cursor) >> 2, Atomics.load(words, shared.nobody) >> 2));
    return capacity - Math.min(Math.max(0, ...lags), capacity);
  }

  /**
   * Takes the producer's seat, or any free one of several. Each of the wait options holds for every call that may park and is not given
   * that option itself; calls on the event loop take only their own. `whenFull` holds for all.
   * @throws SeatError `ERR_SEAT_TAKEN`; ArgumentError `ERR_WHEN_FULL`, and as for any wait.
   */
  openProducer(options: ProducerOptions = {}): Producer<F> {
    mustKnow(options, ['timeoutMs', 'cancel', 'wait', 'whenFull'], 'openProducer');
    const onLeave = (): unknown => this.#seats.delete(producer);
    const producer: Producer<F> = this.event.hasPayloads
      ? openPayloadProducer(this.#context, options, onLeave)
      : new Producer(this.#context, options, onLeave);
    this.#seats.add(producer);
    return producer;
  }

  /**
   * Takes a consumer's seat, or any free one of a group's workers. It goes on where the last one in this seat ended: at first, with the ring's first event. Each of the
   * options holds for every call that may park and is not given that option itself; calls on the event loop take only their own.
   * @throws SeatError `ERR_SEAT_TAKEN`, `ERR_CONSUMER_UNKNOWN`; ArgumentError `ERR_CONSUMER_LATE` (`after` belongs to `createRing`), and as
   * for any wait.
   */
  openConsumer(name: N, options: WaitOptions = {}): Consumer<F> {
    if (typeof options === 'object' && options !== null && 'after' in options) {
      throw new ArgumentError(
        'ERR_CONSUMER_LATE',
        'What a consumer comes after is declared in createRing(), or given to join().',
      );
    }
    mustKnow(options, ['timeoutMs', 'cancel', 'wait'], 'openConsumer');
    const consumers = membersOf(this.#context);
    const mine = consumers.find((consumer) => consumer.name === name);
    if (mine === undefined) {
      throw new SeatError(
        'ERR_CONSUMER_UNKNOWN',
        `This ring has no consumer ${describe(name)}; there are ${consumers.map((consumer) => consumer.name).join(', ') || 'none'}.`,
      );
    }
    const consumer: Consumer<F> = new Consumer(this.#context, mine, options, () =>
      this.#seats.delete(consumer),
    );
    this.#seats.add(consumer);
    return consumer;
  }

  /**
   * Joins the ring as a new consumer, while events flow: it sees every event from its first on, and producers wait for it. Takes one of the
   * ring's `spareSeats`, until it leaves. The wait options are as for `openConsumer`.
   *
   * With `workers` it brings in a group, as the first of its workers; other threads open theirs by name. The group stays in the ring until one
   * calls `leave`. With `lossy` it comes as a lossy consumer, in one of the `spareLossySeats`.
   * @throws SeatError `ERR_NO_SPARE_SEAT`; ArgumentError `ERR_CONSUMER_NAME`, `ERR_CONSUMER_DUPLICATE`, `ERR_CONSUMER_UNKNOWN` (in
   * `after`), `ERR_LOSSY`, `ERR_WORKERS`, `ERR_START`, `ERR_WHEN_DEAD`, and as for any wait.
   * @example using audit = ring.join('audit', { after: ['journal'] });
   */
  join(name: string, options: JoinOptions & WaitOptions = {}): Consumer<F> {
    const own = ['after', 'start', 'workers', 'lossy', 'whenDead'];
    mustKnow(options, [...own, 'timeoutMs', 'cancel', 'wait'], 'join');
    const {
      after: _after,
      start: _start,
      workers: _workers,
      lossy: _lossy,
      whenDead: _whenDead,
      ...waits
    } = options;
    this.#limits(waits);
    const joined = joinMembers(this.#context, name, options);
    const onLeave = (): unknown => this.#seats.delete(consumer);
    const consumer: Consumer<F> = new Consumer(this.#context, joined.mine, waits, onLeave, joined);
    this.#seats.add(consumer);
    return consumer;
  }

  /**
   * Looks on from now on: an observer sees the newest events, as copies, and nobody waits for it. Takes one of the ring's `spareLossySeats`,
   * until it is disposed. The options hold for all of its waits, unless a call is given its own.
   * @throws SeatError `ERR_NO_SPARE_SEAT`; ArgumentError as for any wait.
   * @example using observer = ring.observe();
   */
  observe(options: WaitOptions = {}): Observer<F> {
    mustKnow(options, ['timeoutMs', 'cancel', 'wait'], 'observe');
    const observer: Observer<F> = new Observer(this.#context, options, () => this.#seats.delete(observer));
    this.#seats.add(observer);
    return observer;
  }

  /**
   * Ends publishing, for every thread. What was published reaches every consumer, then their runs and iterations end; a producer that
   * waits gets `ERR_RING_CLOSED`. From any thread, any number of times. Never waits.
   */
  close(): void {
    const { words, positions } = this.#context;
    close(words, positions, this.#context);
  }

  /**
   * Ends everybody at once with `ERR_RING_ABORTED`: producers at their next publish, consumers at their next release (within an eighth
   * of the capacity) or wait. `reason` is passed on in the message, as far as 250 bytes hold it. From any thread; the first reason
   * stays. Never waits.
   */
  abort(reason: unknown = ''): void {
    const { words, layout, positions } = this.#context;
    abort(words, positions, () => writeReason(words, layout, messageOf(reason)), this.#context);
  }

  /**
   * Parks until the ring is closed and every consumer is done with everything.
   * @throws RingEndedError `ERR_RING_ABORTED`; ConsumerFailedError `ERR_CONSUMER_FAILED`, once closed; WaitError `ERR_TIMED_OUT`,
   * `ERR_CANCELLED`, `ERR_SELF_DEADLOCK` (a consumer of this very thread is not done; with `checks`); PlatformError `ERR_CANNOT_PARK`.
   */
  drained(options: WaitOptions = {}): void {
    const { words } = this.#context;
    this.#wait(this.#drained(), options, (near) => positionNear(Atomics.load(words, shared.cursor), near));
  }

  /** As `drained`, on the event loop. Never parks. */
  async drainedAsync(options: AsyncWaitOptions = {}): Promise<void> {
    await this.#waitOnLoop(this.#drained(), options);
  }

  /**
   * Parks until every consumer is done with the event of this sequence.
   * @throws RingEndedError `ERR_RING_CLOSED` when the ring was closed before that event was published; and as `drained`.
   */
  processed(sequence: number, options: WaitOptions = {}): void {
    this.#wait(this.#processed(sequence), options, () => sequence + 1);
  }

  /** As `processed`, on the event loop. Never parks. */
  async processedAsync(sequence: number, options: AsyncWaitOptions = {}): Promise<void> {
    await this.#waitOnLoop(this.#processed(sequence), options);
  }

  /** How everybody stands. Each lag is between 0 and the capacity. Reads only. */
  snapshot(): RingSnapshot {
    return takeSnapshot(this.#context);
  }

  /** What this thread is called as the owner of seats: its `threadId` where the platform has one (Node, Bun, Deno), a number of the ring's else. */
  get threadNumber(): number {
    return this.#context.attachment;
  }

  /** Every seat, and who has it. Reads only. */
  seats(): Seat[] {
    return placesOf(this.#context).map((place) => listedBy(this, seatAt(this.#context, place)));
  }

  /**
   * Recovers the seat of a thread that died. You vouch for it: that thread executes no instruction any more, as after the `exit` of a worker.
   * Never on a guess: if it lives, events may be lost. Of its events nothing that was published is lost; whoever waits because of it goes
   * on. A holder that has left, or was recovered before, is left alone: `outcome` is `'gone'`. From any thread. Never waits.
   * @throws SeatError `ERR_SEAT_ALIVE` for a seat of this very thread; ArgumentError `ERR_SEAT`.
   * @example for (const seat of ring.seats()) if (seat.owner === deadThread) ring.declareDead(seat);
   */
  declareDead(seat: Seat): Recovery {
    return recoverSeat(this.#context, seat);
  }

  /**
   * Recovers every seat of a thread that died, by its number, or those of `among` that it has; and wakes whoever may sleep because of it,
   * also when it had no seat. As `declareDead` otherwise.
   */
  declareThreadDead(threadNumber: number, among?: readonly Seat[]): Recovery[] {
    return recoverThread(this.#context, threadNumber, among);
  }

  /**
   * Who waits for whom on this ring, since when and on which word, who is behind, who failed and who is dead; a circle of waiting threads
   * is named as a deadlock. Of several rings together: `diagnose`. Reads only, never waits; from any thread.
   */
  diagnose(): Diagnosis {
    return diagnose({ ring: this });
  }

  /** Leaves every seat that was opened through this ring. */
  [Symbol.dispose](): void {
    for (const seat of [...this.#seats]) seat[Symbol.dispose]();
  }

  /** As `Symbol.dispose`, and resolves when the async waits of those seats have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#seats].map((seat) => seat[Symbol.asyncDispose]()));
  }

  [INSPECT](): object {
    return { ring: this.event.schema, bytes: this.bytes, ...this.snapshot() };
  }

  #drained(): Drained {
    return new Drained(new Onlooker(this.#context));
  }

  #processed(sequence: number): Processed {
    return new Processed(new Onlooker(this.#context), mustBeSequence(sequence));
  }

  #wait(awaited: Awaited, options: WaitOptions, goal: Goal): void {
    const limits = this.#limits(options);
    const wait = unlessFailed(this.#context, awaited);
    this.#end(waitForConsumers(this.#context, wait, limits, goal), wait, limits);
  }

  async #waitOnLoop(awaited: Awaited, options: AsyncWaitOptions): Promise<void> {
    const limits = this.#limits(options);
    const wait = unlessFailed(this.#context, awaited);
    this.#end(await waitOnLoop(wait, limits, new AsyncSleeper()), wait, limits);
  }

  #end(outcome: Outcome, { failure }: UnlessFailed, limits: WaitLimits): void {
    if (outcome === FAILED) throw failedError(this.#context, failure!);
    if (outcome !== READY) throw endedError(outcome, this.#context.words, this.#context.layout, limits);
  }

  #limits(options: WaitOptions & AsyncWaitOptions): WaitLimits {
    return new WaitLimits(options, this.#context.ringId, { left: false }).start();
  }
}

function mustBeSequence(sequence: number): number {
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new ArgumentError(
      'ERR_SEQUENCE',
      `A sequence is a whole number, 0 or more, not ${describe(sequence)}.`,
    );
  }
  return sequence;
}
