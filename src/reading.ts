/** What all calls of one consumer share: its place in the ring, whose turn it is, waiting, releasing, and why a call is refused. */
import { GONE as NO_SEAT, NOBODY, OPEN, type Turn } from './accessor.js';
import { Batch, type BatchOwner } from './batch.js';
import { takeConsumerSeat } from './consumer-seat.js';
import {
  accessorFor,
  type ConsumerSeat,
  type Context,
  endedError,
  failedError,
  unlessFailed,
  waitOnLoop,
} from './context.js';
import { ArgumentError, SeatError, TurnError } from './errors.js';
import { describe, type Fields, type Readable } from './event.js';
import { type AsyncWaitOptions, type Presence, WaitLimits, type WaitOptions } from './limits.js';
import type { Joined } from './members.js';
import { parkingWait } from './parking.js';
import { encodedWithin, messageOf } from './texts.js';
import { endedOutcome } from './core/closing.js';
import { ringBell } from './core/doorbell.js';
import { fail, MESSAGE_BYTES, recover, type UnlessFailed } from './core/failure.js';
import type { Follower } from './core/follower.js';
import { GroupWorker } from './core/group-worker.js';
import { seat, shared } from './core/layout.js';
import { Pace } from './core/pace.js';
import { platform } from './core/platform.js';
import { CLOSED } from './core/sequence.js';
import {
  AsyncSleeper,
  BLOCKED,
  ENDED,
  FAILED,
  LEFT,
  type Outcome,
  READY,
  waitSpinning,
} from './core/waiting.js';

/** How much is handled together. */
export interface BatchOptions {
  /** Most events in one batch. Unless given, an eighth of the capacity (a whole ring of up to 64), so that its producer can go on meanwhile. */
  readonly max?: number;
}

const IDLE = 0;
export const RUNNING = 1;
/** An async call is in progress. */
export const LOOPING = 2;
const BATCH_OPEN = 3;
const GONE = 4;

/** A ring of so many slots may be taken whole. */
const WHOLE_RING = 64;

/** Longest stretch of handling on an event loop before its timers and messages get a turn. */
const LOOP_SLICE_MS = 8;

// Fields without `#`: see Producer.
export class Reading<F extends Fields> {
  readonly context: Context<F>;
  readonly core: Follower | GroupWorker;
  readonly presence: Presence = { left: false };
  readonly sleeper = new AsyncSleeper();
  /** Released at least this often in a long batch, so that a full ring's producers are not held up to its end. */
  readonly releaseStep: number;
  readonly turn: Turn;
  readonly event: Readable<F>;
  readonly mask: number;
  private readonly batchOwner: BatchOwner<F>;
  state: typeof IDLE | typeof RUNNING | typeof LOOPING | typeof BATCH_OPEN | typeof GONE = IDLE;
  /** The async call in progress, if any; never rejects. */
  private pending: Promise<unknown> = Promise.resolve();
  private readonly mine: ConsumerSeat;
  private readonly leaveSeat: () => void;
  private readonly exitSeat: () => void;
  private readonly pace: Pace;
  private readonly limits: WaitLimits;
  /** What there is to read, as it is waited for. */
  private readonly news: UnlessFailed;
  /** Most events in a batch that is taken without a bound: a whole full ring in one batch would stop its producer until it is released. */
  private readonly batchBound: number;
  private failed = false;
  /** When the event loop, if this consumer keeps it busy, is to get a turn. */
  private sliceEnd = Infinity;

  constructor(context: Context<F>, mine: ConsumerSeat, options: WaitOptions, joined?: Joined) {
    const { capacity } = context;
    this.context = context;
    this.mine = mine;
    this.limits = new WaitLimits(options, context.ringId, this.presence);
    const { core, note, leave, exit } = takeConsumerSeat(context, mine, joined);
    this.presence.note = note;
    this.core = core;
    this.leaveSeat = leave;
    this.exitSeat = exit;
    // What a worker of the same group leaves, this one takes over.
    this.news = unlessFailed(context, core, mine.workers);
    this.pace = new Pace(capacity);
    this.releaseStep = Math.max(1, capacity >> 3);
    this.batchBound = Math.max(this.releaseStep, Math.min(capacity, WHOLE_RING));
    this.mask = capacity - 1;
    const { turn, event } = accessorFor(context, 'read');
    this.turn = turn;
    this.event = event;
    this.batchOwner = this.makeBatchOwner();
  }

  /** Whether its seat was left. */
  get gone(): boolean {
    return this.state === GONE;
  }

  /** Starts a call that reads events; returns its bound on a batch. */
  begin(state: typeof RUNNING | typeof LOOPING, options: BatchOptions = {}): number {
    const { max = Infinity } = options;
    if (max !== Infinity && (!Number.isInteger(max) || max < 1)) {
      throw new ArgumentError(
        'ERR_BATCH_MAX',
        `max is a whole number of events, 1 or more, not ${describe(max)}.`,
      );
    }
    if (this.state !== IDLE) this.refuse();
    this.state = state;
    if (this.failed) this.goOn();
    if (this.core instanceof GroupWorker) this.core.takeAtMost(max, this.releaseStep);
    return max;
  }

  /** As `begin`, for one event of those that are in hand, or are taken in hand together. */
  beginOne(handful: number): void {
    if (this.state !== IDLE) this.refuse();
    this.state = RUNNING;
    if (this.failed) this.goOn();
    if (this.core instanceof GroupWorker) this.core.takeAtMost(handful, handful);
  }

  finish(): void {
    if (this.state === RUNNING || this.state === LOOPING) this.state = IDLE;
  }

  /** The limits of a call that may park. */
  limitsFrom(options: WaitOptions | undefined): WaitLimits {
    return options === undefined ? this.limits : this.limits.forCall(options);
  }

  /** The limits of a call on the event loop, which has only its own. */
  asyncLimits(options: AsyncWaitOptions): WaitLimits {
    return new WaitLimits(options, this.context.ringId, this.presence);
  }

  /** Begins a call that lasts until `giveBack`; `bound`: most events in one turn of it. */
  lend(options?: BatchOptions): { readonly bound: number; readonly giveBack: () => void } {
    const max = this.begin(LOOPING, options);
    let settle = (): void => {};
    this.pending = new Promise<void>((resolve) => (settle = resolve));
    return {
      bound: max === Infinity ? this.batchBound : max,
      giveBack: () => {
        this.finish();
        settle();
      },
    };
  }

  /** Waits in this thread until something can be read. */
  await(limits: WaitLimits): Outcome {
    const { core, news, pace } = this;
    const interrupted = limits.interrupted();
    if (interrupted !== READY) return interrupted;
    // What the last look found and a bounded batch left is at hand: no reason to leave the ring alone.
    const rests = core.next === core.available;
    if (rests) pace.rest(limits.mayNap);
    let outcome = core.look();
    if (outcome === BLOCKED) {
      pace.foundNothing();
      this.context.ownSeats?.mustNotWaitFor(this.mine, core.next, limits);
      outcome = waitSpinning(news, limits.start(), limits.spinTurns);
    }
    if (outcome === BLOCKED && limits.mayNap && pace.napInstead()) {
      outcome = core.look();
      if (outcome === BLOCKED) pace.foundNothing();
    }
    if (outcome === BLOCKED) outcome = parkingWait(news, limits);
    if (outcome === READY && rests) pace.found(core.available - core.next);
    return outcome;
  }

  /** Waits on the event loop until something can be read; gives the loop a turn when a busy ring has kept it waiting. */
  async awaitOnLoop(limits: WaitLimits): Promise<Outcome> {
    const interrupted = limits.interrupted();
    if (interrupted !== READY) return interrupted;
    const outcome = this.core.look();
    if (outcome === BLOCKED) {
      this.sliceEnd = Infinity;
      return waitOnLoop(this.news, limits.start(), this.sleeper);
    }
    if (this.sliceEnd === Infinity) this.sliceEnd = platform.now() + LOOP_SLICE_MS;
    if (platform.now() < this.sliceEnd) return outcome;
    this.sliceEnd = Infinity;
    await platform.eventLoopTurn();
    const meanwhile = limits.interrupted();
    return meanwhile === READY ? outcome : meanwhile;
  }

  /** Runs an async call, which began, to its end. */
  onLoop<T>(task: () => Promise<T>): Promise<T> {
    const call = async (): Promise<T> => {
      try {
        return await task();
      } finally {
        this.finish();
      }
    };
    const result = call();
    this.pending = result.catch(() => {});
    return result;
  }

  openBatch(outcome: Outcome, max: number, limits: WaitLimits): Batch<F> | undefined {
    // An async call learns a moment later what it waited for: by then the seat may be somebody else's.
    if (this.presence.left) this.fail(LEFT);
    if (outcome === ENDED) return undefined;
    if (outcome !== READY) this.fail(outcome, limits);
    const { next, available } = this.core;
    this.state = BATCH_OPEN;
    this.turn.slot = OPEN;
    const bound = max === Infinity ? this.batchBound : max;
    return new Batch(this.batchOwner, next, Math.min(available - next, bound));
  }

  /** Lets others see how far this consumer is; not after its seat was left, when the position is somebody else's. */
  release(): void {
    if (this.state === GONE) this.refuse();
    if (!this.core.release()) this.lost();
  }

  /** What was not done is released no more, and others learn why. */
  stop(error: unknown, sequence: number): void {
    this.failed = true;
    fail(this.context.words, {
      seat: this.core.index - seat.position,
      sequence,
      message: encodedWithin(messageOf(error), MESSAGE_BYTES),
    });
  }

  /** Ends the async call in progress, once its handler is done with the event in hand. */
  async idle(): Promise<void> {
    this.presence.left = true;
    ringBell(this.context.words);
    this.sleeper.rouse();
    await this.pending;
  }

  leave(): void {
    this.go(this.leaveSeat);
  }

  /** Leaves the ring for good. */
  leaveForGood(): void {
    this.go(this.exitSeat);
  }

  private go(leaveSeat: () => void): void {
    // First: what cannot leave for good says so, and stays as it is.
    leaveSeat();
    this.state = GONE;
    this.presence.left = true;
    this.turn.slot = NO_SEAT;
    this.sleeper.rouse();
    // Whoever serves it beside others sleeps on the doorbell.
    ringBell(this.context.words);
  }

  refuse(): never {
    if (this.state === GONE) {
      throw new SeatError('ERR_SEAT_LEFT', 'This consumer was disposed: open it again to go on.');
    }
    throw new TurnError(
      'ERR_CONSUMER_BUSY',
      this.state === BATCH_OPEN
        ? 'A batch is open: release or dispose it before taking more.'
        : 'This consumer is handling events already: one call at a time.',
    );
  }

  /** Ends a call because of what its wait came to. */
  fail(outcome: Outcome, limits?: WaitLimits): never {
    if (outcome === FAILED) throw failedError(this.context, this.news.failure!);
    throw endedError(outcome, this.context.words, this.context.layout, limits);
  }

  private makeBatchOwner(): BatchOwner<F> {
    return {
      turn: this.turn,
      event: this.event,
      columns: this.context.columns,
      capacity: this.context.capacity,
      passBatch: (count) => {
        this.core.next += count;
        this.release();
      },
      endBatch: (count) => {
        if (this.state !== BATCH_OPEN) return;
        this.state = IDLE;
        this.turn.slot = NOBODY;
        this.core.next += count;
        this.release();
      },
    };
  }

  private goOn(): void {
    this.failed = false;
    recover(this.context.words, this.core.index - seat.position);
  }

  /** Why a release was refused. */
  private lost(): never {
    const { words } = this.context;
    if (Atomics.load(words, shared.cursor) & CLOSED) {
      const outcome = endedOutcome(words);
      if (outcome !== ENDED) this.fail(outcome);
    }
    throw new SeatError(
      'ERR_SEAT_LOST',
      'Somebody else moved this consumer: a consumer belongs to one thread.',
    );
  }
}
