/** A producer's seat. */
import { FILLING, GONE, INSPECT, NOBODY, OPEN, type Turn } from './accessor.js';
import { Claim } from './claim.js';
import {
  accessorFor,
  type Context,
  endedError,
  failedError,
  unlessFailed,
  waitForConsumers,
  waitOnLoop,
} from './context.js';
import { ArgumentError, SeatError, TurnError, WaitError } from './errors.js';
import { type ClaimColumns, describe, type Fields, type Writable } from './event.js';
import {
  type AsyncWaitOptions,
  type Presence,
  type ProducerOptions,
  WaitLimits,
  type WaitOptions,
  type WhenFull,
} from './limits.js';
import { unlessRecovered } from './seat-list.js';
import type { Goal } from './own-seats.js';
import { Turns } from './turns.js';
import { settleClaim } from './core/claims.js';
import { endedOutcome } from './core/closing.js';
import type { UnlessFailed } from './core/failure.js';
import { Foresight } from './core/foresight.js';
import { seat, shared } from './core/layout.js';
import { producerBarrier, ProducerGate } from './core/membership.js';
import { MultiProducer } from './core/multi-producer.js';
import { leaveSeat, takeSeat } from './core/seats.js';
import { CLOSED, positionNear } from './core/sequence.js';
import { SingleProducer } from './core/single-producer.js';
import { SeatNote } from './core/sleep-note.js';
import type { Stamps } from './core/stamps.js';
import { views } from './core/views.js';
import { AsyncSleeper, BLOCKED, FAILED, LOST, type Outcome, READY } from './core/waiting.js';

/**
 * Spread into a call, it keeps the engine from making the callee one with its caller: the slow path would use up the budget that the
 * fill's setters need.
 */
export const OUT_OF_LINE: readonly [] = Object.freeze([] as const);

/** Fills one event. Gets the arguments that `publish` was given after it, so that it need not capture anything. */
export type Fill<F extends Fields, A extends readonly unknown[]> = (event: Writable<F>, ...args: A) => void;

/** Fills one event of a batch from its item. */
export type FillFrom<F extends Fields, T> = (event: Writable<F>, item: T, index: number) => void;

/**
 * The one who publishes into a ring, or one of several. Not to be shared between threads. Everything is published in the order of the
 * calls, and one claim is open at a time. Several producers' events form one order, the same for every consumer.
 *
 * Disposing it leaves the seat; the next producer goes on at the same sequence.
 */
// Private by the compiler, not by `#`: the engine makes one piece of a publishing loop, its fill and its setters only as long as their
// bytecode stays within a budget, and each `#` takes twice as much of it (34 against 57 M/s when the setters do not fit).
export class Producer<F extends Fields = Fields> {
  protected readonly context: Context<F>;
  protected readonly core: SingleProducer | MultiProducer;
  /** Room, as it is waited for. */
  private readonly room: UnlessFailed;
  protected readonly presence: Presence = { left: false };
  protected readonly limits: WaitLimits;
  protected readonly sleeper = new AsyncSleeper();
  protected readonly asyncTurns = new Turns();
  private readonly note: SeatNote;
  private readonly stateIndex: number;
  private readonly taken: number;
  private readonly onLeave: () => void;
  private readonly mask: number;
  protected readonly turn: Turn;
  private readonly event: Writable<F>;
  private readonly foresight: Foresight;
  /** Longest claim. Long ones would starve among the short ones of other producers. */
  protected readonly mostClaimed: number;
  protected readonly whenFull: WhenFull;
  protected readonly seatWord: number;
  /** The counts of those who had the seat before. */
  private readonly droppedBefore: number;
  private readonly evictedBefore: number;
  private droppedHere = 0;
  private evictedHere = 0;
  /** Events in the open claim. */
  private openLength = 0;
  /** Sequences below it have a free slot whose lines were fetched. */
  protected ready = 0;

  /** Use `ring.openProducer`. */
  constructor(context: Context<F>, { whenFull = 'block', ...options }: ProducerOptions, onLeave: () => void) {
    this.context = context;
    this.limits = new WaitLimits(options, context.ringId, this.presence);
    this.whenFull = mustBePolicy(whenFull);
    const { words, capacity, stamps, producerSeats } = context;
    const { seatWord, taken } = takeAnySeat(words, producerSeats, context.attachment, stamps);
    this.seatWord = seatWord;
    this.stateIndex = seatWord + seat.state;
    this.note = new SeatNote(words, seatWord);
    this.presence.note = this.note;
    this.droppedBefore = Atomics.load(words, seatWord + seat.dropped);
    this.evictedBefore = Atomics.load(words, seatWord + seat.evicted);
    this.taken = taken;
    this.onLeave = onLeave;
    const gate = context.joinable ? new ProducerGate(context, seatWord) : producerBarrier(context);
    this.core =
      stamps === undefined
        ? new SingleProducer(words, capacity, gate)
        : new MultiProducer(words, seatWord, gate, stamps);
    this.room = unlessFailed(context, this.core);
    this.mostClaimed = stamps === undefined ? capacity : Math.max(1, capacity / 2);
    this.mask = capacity - 1;
    const { turn, event } = accessorFor(context, 'write');
    this.turn = turn;
    this.event = event;
    this.foresight = foresightOf(context);
  }

  /** The sequence that the next event will have; with several producers, the least that it may have as far as is known here. */
  get next(): number {
    return this.core.next;
  }

  /** Events that this producer dropped because the ring was full (`whenFull: 'drop-newest'`). */
  get dropped(): number {
    return this.droppedHere;
  }

  /** Events that this producer took from lossy consumers and observers, which had not begun them, because the ring was full. */
  get evicted(): number {
    return this.core.evicted;
  }

  /**
   * Publishes one event: `fill` writes it, `args` are passed on. Returns its sequence. Parks while the ring is full. When
   * `fill` throws, nothing is published; with several producers its sequence is used up, and no consumer sees it.
   * With `whenFull: 'drop-newest'` it returns -1 for an event that was dropped, and `fill` was not called.
   *
   * `fill` should be a function that captures nothing, defined once: then a publish allocates nothing. Options, if any, come first.
   * @throws TurnError `ERR_CLAIM_OPEN` inside another fill or while a claim is open.
   * @throws RingEndedError `ERR_RING_CLOSED`, `ERR_RING_ABORTED`: nothing was published.
   * @throws WaitError `ERR_TIMED_OUT`, `ERR_CANCELLED`, `ERR_RING_FULL`, `ERR_SELF_DEADLOCK` (full, and a consumer of this very thread would
   * have to move; with `checks`); PlatformError `ERR_CANNOT_PARK`; SeatError `ERR_SEAT_LEFT`,
   * `ERR_SEAT_LOST`.
   * @throws ConsumerFailedError `ERR_CONSUMER_FAILED` when it would wait for a consumer whose handler threw: nothing was published.
   * @example producer.publish((trade, id, price) => { trade.id = id; trade.price = price; }, 7, 9.5);
   */
  publish<A extends readonly unknown[]>(fill: Fill<F, A>, ...args: A): number;
  publish<A extends readonly unknown[]>(options: WaitOptions, fill: Fill<F, A>, ...args: A): number;
  publish(fill: Fill<F, unknown[]> | WaitOptions, ...args: unknown[]): number {
    const turn = this.turn;
    if (turn.slot !== NOBODY || typeof fill !== 'function') return this.publishWithin(fill, args);
    const core = this.core;
    if (core.next >= this.ready && !core.claimNext() && !this.prepare(...OUT_OF_LINE)) return -1;
    const sequence = core.next;
    turn.slot = sequence & this.mask;
    // Not finally: the engine has a budget for what it makes one with this loop, and the fill's setters should be in it.
    try {
      fill(this.event, ...args);
    } catch (error) {
      this.giveUp(1);
      throw error;
    }
    turn.slot = NOBODY;
    if (!core.publish(1)) this.failed();
    return sequence;
  }

  /** As `publish`, but returns undefined instead of waiting when the ring is full. Never parks. */
  tryPublish<A extends readonly unknown[]>(fill: Fill<F, A>, ...args: A): number | undefined {
    this.mustBeIdle();
    mustBeFunction(fill);
    const core = this.core;
    if (core.next >= this.ready && !core.claimNext() && !this.hasRoom(1)) return undefined;
    return this.publishClaimed(fill, args);
  }

  /**
   * As `publish`, but waits on the event loop. Calls that wait are served in their order. Rejects with the signal's reason when it
   * is aborted. Never parks.
   */
  publishAsync<A extends readonly unknown[]>(fill: Fill<F, A>, ...args: A): Promise<number>;
  publishAsync<A extends readonly unknown[]>(
    options: AsyncWaitOptions,
    fill: Fill<F, A>,
    ...args: A
  ): Promise<number>;
  async publishAsync(first: Fill<F, unknown[]> | AsyncWaitOptions, ...rest: unknown[]): Promise<number> {
    if (typeof first === 'function') {
      return (await this.withRoomAsync(1, {}, () => this.publishClaimed(first, rest))) ?? -1;
    }
    const [fill, ...args] = rest as [Fill<F, unknown[]>, ...unknown[]];
    mustBeFunction(fill);
    return (await this.withRoomAsync(1, first, () => this.publishClaimed(fill, args))) ?? -1;
  }

  /**
   * Publishes one event for each item, as many at a time as a claim can hold, each lot at once. Returns the sequence of the last, or
   * undefined when there are no items. Parks while the ring is full. When `fill` throws, the lot in hand is not published.
   * @throws as `publish`.
   */
  publishBatch<T>(items: ArrayLike<T>, fill: FillFrom<F, T>, options?: WaitOptions): number | undefined {
    this.mustBeIdle();
    mustBeFunction(fill);
    const limits = this.limitsFrom(options);
    let last: number | undefined;
    for (let done = 0; done < items.length;) {
      const lot = Math.min(items.length - done, this.mostClaimed);
      const length = this.whenFull === 'drop-newest' ? this.fitting(lot) : lot;
      if (this.waitForRoom(length, limits)) last = this.publishLot(items, fill, done, length);
      done += length;
    }
    return last;
  }

  /** As `publishBatch`, but waits on the event loop. Never parks. */
  async publishBatchAsync<T>(
    items: ArrayLike<T>,
    fill: FillFrom<F, T>,
    options: AsyncWaitOptions = {},
  ): Promise<number | undefined> {
    mustBeFunction(fill);
    let last: number | undefined;
    for (let done = 0; done < items.length;) {
      const lot = Math.min(items.length - done, this.mostClaimed);
      const from = done;
      const length = this.whenFull === 'drop-newest' ? this.fitting(lot) : lot;
      last =
        (await this.withRoomAsync(length, options, () => this.publishLot(items, fill, from, length))) ?? last;
      done += length;
    }
    return last;
  }

  /**
   * Claims `length` slots, to be filled in your own time and committed at once. Parks until there is room for all of them.
   * @throws ArgumentError `ERR_CLAIM_LENGTH` for a length that is not 1 … capacity, or half of it with several producers;
   * WaitError `ERR_RING_FULL` also with `whenFull: 'drop-newest'`; and as `publish`.
   */
  claim(length: number, options?: WaitOptions): Claim<F> {
    this.mustBeIdle();
    this.mustFit(length);
    if (!this.waitForRoom(length, this.limitsFrom(options))) throw fullError();
    return this.openClaim(length);
  }

  /** As `claim`, but returns undefined instead of waiting. Never parks. */
  tryClaim(length: number): Claim<F> | undefined {
    this.mustBeIdle();
    this.mustFit(length);
    return this.hasRoom(length) ? this.openClaim(length) : undefined;
  }

  /** As `claim`, but waits on the event loop. Never parks. */
  async claimAsync(length: number, options: AsyncWaitOptions = {}): Promise<Claim<F>> {
    this.mustFit(length);
    const claim = await this.withRoomAsync(length, options, () => this.openClaim(length));
    if (claim === undefined) throw fullError();
    return claim;
  }

  /**
   * Leaves the seat: an open claim is abandoned, async waits end with `ERR_SEAT_LEFT`. Closes the ring for nobody.
   * @throws TurnError `ERR_CLAIM_OPEN` inside a fill.
   */
  [Symbol.dispose](): void {
    if (this.turn.slot === GONE) return;
    if (this.turn.slot >= 0 || this.turn.slot === FILLING) this.refuse();
    if (this.turn.slot === OPEN) this.giveUp(this.openLength);
    this.turn.slot = GONE;
    this.core.withdraw();
    this.presence.left = true;
    this.sleeper.rouse();
    this.note.leave();
    leaveSeat(this.context.words, this.stateIndex, this.taken);
    this.onLeave();
  }

  /** As `Symbol.dispose`, and resolves when its async waits have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.asyncTurns.idle();
  }

  [INSPECT](): string {
    return `Producer { next: ${this.next} }`;
  }

  /** Claims a slot, waiting for it; false when the event is to be dropped. */
  private prepare(): boolean {
    if (!this.waitForRoom(1, this.limits)) return false;
    this.foresee();
    return true;
  }

  /** Fetches the lines of the next slots that are free. Among several producers, they may be another's by now. */
  protected foresee(): void {
    const core = this.core;
    if (core instanceof SingleProducer && core.next >= this.ready)
      this.ready = this.foresight.fetch(core.next, core.limit);
  }

  private publishClaimed<A extends readonly unknown[]>(fill: Fill<F, A>, args: A): number {
    this.foresee();
    const sequence = this.core.next;
    this.turn.slot = sequence & this.mask;
    try {
      fill(this.event, ...args);
    } catch (error) {
      this.giveUp(1);
      throw error;
    }
    this.turn.slot = NOBODY;
    if (!this.core.publish(1)) this.failed();
    return sequence;
  }

  /** Publishes what is claimed. */
  protected commit(length: number): void {
    this.turn.slot = NOBODY;
    if (!this.core.publish(length)) this.failed();
  }

  /** Publishes nothing of what is claimed. */
  protected giveUp(length: number): void {
    this.turn.slot = NOBODY;
    this.core.abandon(length);
  }

  /** The call of `publish` with options, or out of turn. */
  private publishWithin(options: Fill<F, unknown[]> | WaitOptions, args: unknown[]): number {
    this.mustBeIdle();
    const [fill, ...rest] = args as [Fill<F, unknown[]>, ...unknown[]];
    mustBeFunction(fill);
    if (!this.waitForRoom(1, this.limitsFrom(options as WaitOptions))) return -1;
    return this.publishClaimed(fill, rest);
  }

  private publishLot<T>(items: ArrayLike<T>, fill: FillFrom<F, T>, from: number, length: number): number {
    this.fetch(length);
    const first = this.core.next;
    try {
      for (let offset = 0; offset < length; offset++) {
        this.turn.slot = (first + offset) & this.mask;
        fill(this.event, items[from + offset], from + offset);
      }
    } catch (error) {
      this.giveUp(length);
      throw error;
    }
    this.turn.slot = NOBODY;
    if (!this.core.publish(length)) this.failed();
    return first + length - 1;
  }

  /** Fetches the lines of the next `length` slots, which are free. */
  private fetch(length: number): void {
    const end = this.core.next + length;
    for (let next = this.core.next; next < end;) next = this.foresight.fetch(next, end);
  }

  protected openClaim(length: number): Claim<F> {
    this.fetch(length);
    this.turn.slot = OPEN;
    this.openLength = length;
    return new Claim(this.claimOwner, this.core.next, length);
  }

  private get claimOwner(): ConstructorParameters<typeof Claim<F>>[0] {
    return {
      turn: this.turn,
      event: this.event,
      columns: this.context.columns as unknown as ClaimColumns<F>,
      capacity: this.context.capacity,
      commitClaim: (length) => this.commit(length),
      abandonClaim: (length) => {
        if (this.turn.slot !== GONE) this.giveUp(length);
      },
    };
  }

  /** Claims `needed` slots if they are free. */
  protected hasRoom(needed: number): boolean {
    const outcome = this.core.claim(needed);
    if (this.core.evicted !== this.evictedHere) this.countEvicted();
    if (outcome > BLOCKED) this.fail(outcome);
    return outcome === READY;
  }

  protected countEvicted(): void {
    if (this.core.evicted === this.evictedHere) return;
    this.evictedHere = this.core.evicted;
    Atomics.store(
      this.context.words,
      this.seatWord + seat.evicted,
      (this.evictedBefore + this.evictedHere) | 0,
    );
  }

  /** What does not fit and is not waited for: false when it is dropped. */
  protected turnAway(length: number): false {
    if (this.whenFull === 'strict') throw fullError();
    this.droppedHere += length;
    Atomics.store(
      this.context.words,
      this.seatWord + seat.dropped,
      (this.droppedBefore + this.droppedHere) | 0,
    );
    return false;
  }

  /** The most that may fit now, of `length` or half of it and so on; 1 when nothing does. */
  protected fitting(length: number): number {
    let fits = length;
    while (fits > 1 && !this.fits(fits)) fits = Math.ceil(fits / 2);
    return fits;
  }

  protected fits(length: number): boolean {
    this.core.needed = length;
    return this.core.look() === READY;
  }

  /**
   * Claims `needed` slots, waiting for them; again after each wait, since other producers may have taken the room. False when what was to
   * be published is dropped.
   */
  protected waitForRoom(needed: number, limits: WaitLimits): boolean {
    this.makeWay(limits);
    if (this.hasRoom(needed)) return true;
    if (this.whenFull !== 'block') return this.turnAway(needed);
    limits.start();
    for (;;) {
      this.core.needed = needed;
      this.mustStillSit();
      const outcome = waitForConsumers(this.context, this.room, limits, this.roomFor(needed));
      if (outcome !== READY) this.fail(outcome, limits);
      if (this.hasRoom(needed)) return true;
      // There was room, and others were faster: that may go on for ever, and no wait of it looked at the limits.
      const due = limits.due();
      if (due !== READY) this.fail(due, limits);
    }
  }

  /** Naps where several producers keep each other from claiming. Who does not wait for room does not wait for this either. */
  private makeWay({ mayNap }: WaitLimits): void {
    const { core } = this;
    if (core instanceof MultiProducer && core.crowd.isDense && mayNap && this.whenFull === 'block')
      core.crowd.nap();
  }

  /** Where every consumer must be for so many slots to be free. */
  private roomFor(needed: number): Goal {
    const { words, capacity } = this.context;
    return (near) => positionNear(Atomics.load(words, shared.cursor), near) + needed - capacity;
  }

  private withRoomAsync<T>(needed: number, options: AsyncWaitOptions, then: () => T): Promise<T | undefined> {
    this.mustBeIdle();
    const limits = new WaitLimits(options, this.context.ringId, this.presence).start();
    const interrupted = limits.interrupted();
    if (interrupted !== READY) this.fail(interrupted, limits);
    return this.asyncTurns.take(limits, async (outcomeBefore) => {
      if (outcomeBefore !== READY) this.fail(outcomeBefore, limits);
      this.mustBeIdle();
      // Again after each wait: somebody else may have used the room before we came to run.
      for (let waited = false; !this.hasRoom(needed); waited = true) {
        // As in `waitForRoom`.
        const due = waited ? limits.due() : READY;
        if (due !== READY) this.fail(due, limits);
        if (this.whenFull !== 'block') {
          this.turnAway(needed);
          return undefined;
        }
        this.core.needed = needed;
        this.mustStillSit();
        const outcome = await waitOnLoop(this.room, limits, this.sleeper);
        if (outcome !== READY) this.fail(outcome, limits);
        this.mustBeIdle();
      }
      return then();
    });
  }

  protected limitsFrom(options: WaitOptions | undefined): WaitLimits {
    return options === undefined ? this.limits : this.limits.forCall(options);
  }

  /** Before a wait, with checks: whether nobody else took this seat meanwhile. */
  protected mustStillSit(): void {
    const { ownSeats, words } = this.context;
    if (ownSeats !== undefined && Atomics.load(words, this.stateIndex) !== this.taken) this.fail(LOST);
  }

  protected mustBeIdle(): void {
    if (this.turn.slot !== NOBODY) this.refuse();
  }

  protected mustFit(length: number): void {
    if (!Number.isInteger(length) || length < 1 || length > this.mostClaimed) {
      throw new ArgumentError(
        'ERR_CLAIM_LENGTH',
        `A claim in this ring has 1 to ${this.mostClaimed} events, not ${describe(length)}; publishBatch() splits what is longer.`,
      );
    }
  }

  private refuse(): never {
    if (this.turn.slot === GONE) {
      throw new SeatError('ERR_SEAT_LEFT', 'This producer was disposed: open it again to publish more.');
    }
    throw new TurnError(
      'ERR_CLAIM_OPEN',
      this.turn.slot !== OPEN
        ? 'Publishing inside a fill: let the fill return first.'
        : 'A claim is open: commit or abandon it before the next one.',
    );
  }

  /** Why a publish was refused. */
  protected failed(): never {
    const { words, stamps } = this.context;
    // With several producers the close stops the next claim, and what is claimed is published.
    if (stamps === undefined && Atomics.load(words, shared.cursor) & CLOSED) this.fail(endedOutcome(words));
    throw new SeatError(
      'ERR_SEAT_LOST',
      'Somebody else published through this seat: a producer belongs to one thread.',
    );
  }

  protected fail(outcome: Outcome, limits?: WaitLimits): never {
    if (outcome === FAILED) throw failedError(this.context, this.room.failure!);
    throw endedError(outcome, this.context.words, this.context.layout, limits);
  }
}

export function fullError(): WaitError {
  return new WaitError('ERR_RING_FULL', 'The ring is full, and this producer does not wait.');
}

function mustBePolicy(whenFull: WhenFull): WhenFull {
  if (!['block', 'strict', 'drop-newest'].includes(whenFull)) {
    throw new ArgumentError(
      'ERR_WHEN_FULL',
      `whenFull is 'block', 'strict' or 'drop-newest', not ${describe(whenFull)}; to drop the oldest, declare a consumer as lossy.`,
    );
  }
  return whenFull;
}

/** Takes the first free one of the producers' seats. */
function takeAnySeat(
  words: Int32Array,
  seats: readonly number[],
  attachment: number,
  stamps: Stamps | undefined,
): { readonly seatWord: number; readonly taken: number } {
  for (const seatWord of seats) {
    // One whose last claim nobody could tell of when its holder died may be free by now.
    if (stamps !== undefined) settleClaim(words, stamps, seatWord);
    const taken = takeSeat(words, seatWord + seat.state, attachment);
    if (taken !== undefined) return { seatWord, taken };
  }
  const all =
    seats.length === 1
      ? 'The ring has one producer, and somebody is it already: dispose that one first.'
      : `All of the ring's ${seats.length} producers' seats are taken: dispose one, or make the ring with more producers.`;
  throw new SeatError('ERR_SEAT_TAKEN', all + unlessRecovered(words, seats));
}

function foresightOf<F extends Fields>({ handle, event, layout, capacity }: Context<F>): Foresight {
  return new Foresight(
    views.bytes(handle.buffer, 0, handle.buffer.byteLength),
    capacity,
    event.fields.map(({ elementBytes, type }, i) => ({
      offset: layout.columnOffsets[i],
      slotBytes: elementBytes * type.length,
    })),
  );
}

export function mustBeFunction(fill: unknown): void {
  if (typeof fill !== 'function') {
    throw new ArgumentError(
      'ERR_FILL',
      `Publishing takes a function that fills the event, not ${describe(fill)}.`,
    );
  }
}
