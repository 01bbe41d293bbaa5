/**
 * A producer of events with columns of any length. Its fills run on a stage, and its payloads are written into its arena, before any slot
 * is claimed: a producer that waits, for bytes or for slots, holds nothing that others need, and an event that is not published leaves
 * nothing behind.
 */
import { FILLING, GONE, NOBODY } from '../accessor.js';
import type { Claim } from '../claim.js';
import { type Context, failedError, unlessFailed, waitForConsumers, waitOnLoop } from '../context.js';
import type { Fields } from '../event.js';
import { type AsyncWaitOptions, type ProducerOptions, WaitLimits, type WaitOptions } from '../limits.js';
import { type Fill, type FillFrom, fullError, mustBeFunction, OUT_OF_LINE, Producer } from '../producer.js';
import type { UnlessFailed } from '../core/failure.js';
import { ARENA_USED } from '../core/layout.js';
import { MultiProducer } from '../core/multi-producer.js';
import { BLOCKED, FAILED, type Outcome, READY } from '../core/waiting.js';
import { mostOfEvent } from './arena-bytes.js';
import { PayloadReader } from './column.js';
import { Packer } from './packer.js';
import { type Kept, Stage } from './stage.js';
import { FreeSlots, PastGoal } from './waits.js';
import { type InHand, PayloadWriter } from './writer.js';

/** Takes a producer's seat, as `new Producer`. */
export function openPayloadProducer<F extends Fields>(
  context: Context<F>,
  options: ProducerOptions,
  onLeave: () => void,
): Producer<F> {
  const desk = new Desk(context);
  return new PayloadProducer({ ...context, columns: desk.columns as never }, options, onLeave, desk);
}

/** What a producer writes with. */
class Desk<F extends Fields> {
  readonly packer: Packer;
  readonly stage: Stage<F>;
  /** The columns of its claims, and the slots that they may write. */
  readonly columns: Readonly<Record<string, unknown>>;
  readonly writers: readonly PayloadWriter[];
  readonly inClaim: InHand;

  constructor({ handle, layout, event, capacity, columns, producerSeats }: Context<F>) {
    const { buffer } = handle;
    this.packer = new Packer(
      buffer,
      layout.arenas,
      (layout.byteLength - layout.arenas) / producerSeats.length,
    );
    this.inClaim = { first: 0, length: 0, mask: capacity - 1 };
    const own = Object.entries(columns).map(([name, column]) => [name, this.columnOf(column)] as const);
    this.columns = Object.fromEntries(own);
    this.writers = own.map(([, column]) => column).filter((column) => column instanceof PayloadWriter);
    this.stage = new Stage(event, capacity, buffer, layout.columnOffsets, columns, this.packer);
  }

  private columnOf(column: unknown): unknown {
    return column instanceof PayloadReader ? new PayloadWriter(column, this.packer, this.inClaim) : column;
  }
}

class PayloadProducer<F extends Fields> extends Producer<F> {
  private readonly desk: Desk<F>;
  private readonly packer: Packer;
  private readonly stage: Stage<F>;
  /** Most bytes of an event, as far as its columns say; and of a claim. */
  private readonly mostOfEvent: number;
  private readonly past: PastGoal;
  private readonly slots: FreeSlots;
  private readonly pastUnlessFailed: UnlessFailed;
  private readonly slotsUnlessFailed: UnlessFailed;
  /** The core's limit at the last look at what is free again. */
  private freedFor = -1;

  constructor(context: Context<F>, options: ProducerOptions, onLeave: () => void, desk: Desk<F>) {
    super(context, options, onLeave);
    // What those before in this seat have published, or had claimed when they died, lies before the next claim.
    const number = context.producerSeats.indexOf(this.seatWord);
    const { next } = this.core;
    desk.packer.sit(number, next, (bytes) => this.look(bytes) === READY);
    const unused = Atomics.exchange(context.words, this.seatWord + ARENA_USED, 1) === 0;
    if (unused) desk.packer.arena.free(next);
    this.desk = desk;
    this.packer = desk.packer;
    this.stage = desk.stage;
    this.mostOfEvent = mostOfEvent(context.event);
    this.past = new PastGoal(this.core);
    this.slots = new FreeSlots(this.core);
    this.pastUnlessFailed = unlessFailed(context, this.past);
    this.slotsUnlessFailed = unlessFailed(context, this.slots);
  }

  override publish(fill: unknown, ...args: unknown[]): number {
    const { turn, core, packer, stage } = this;
    if (turn.slot !== NOBODY || typeof fill !== 'function') return this.publishPayloadsWithin(fill, args);
    if (this.whenFull !== 'block' && this.dropsAtOnce(1)) return -1;
    // As `fillRow`, and `send` where nothing is to be waited for: the engine makes one piece of this, the fill and its setters.
    this.begin();
    stage.enter(0);
    try {
      (fill as Fill<F, unknown[]>)(stage.event, ...args);
    } catch (error) {
      packer.rollBack();
      this.end();
      throw error;
    }
    this.end();
    if (packer.short || (core.next >= this.ready && !core.claimNext()))
      return this.sendOne(this.limits, ...OUT_OF_LINE);
    return this.publishRows(1, ...OUT_OF_LINE);
  }

  override tryPublish<A extends readonly unknown[]>(fill: Fill<F, A>, ...args: A): number | undefined {
    this.mustBeIdle();
    mustBeFunction(fill);
    if (!this.mayHaveRoom(1)) return undefined;
    this.fillRow(fill, args);
    if (this.packer.short) {
      const kept = this.stage.keep(0, 1);
      if (!this.hasBytes(kept.bytes)) return undefined;
      this.stage.restore(kept);
    }
    const { core } = this;
    const claimed =
      !(core instanceof MultiProducer) || core.claimNext() || this.orRollBack(() => this.hasRoom(1));
    return claimed ? this.publishRows(1) : undefined;
  }

  override async publishAsync(first: unknown, ...rest: unknown[]): Promise<number> {
    const [options, fill, args] =
      typeof first === 'function' ? [{}, first, rest] : [first as AsyncWaitOptions, rest[0], rest.slice(1)];
    mustBeFunction(fill);
    const published = await this.inTurn(options, async (limits) => {
      if (this.dropsAtOnce(1)) return undefined;
      this.fillRow(fill as Fill<F, unknown[]>, args);
      return this.sendOnLoop(1, limits);
    });
    return published ?? -1;
  }

  override publishBatch<T>(
    items: ArrayLike<T>,
    fill: FillFrom<F, T>,
    options?: WaitOptions,
  ): number | undefined {
    this.mustBeIdle();
    mustBeFunction(fill);
    const limits = this.limitsFrom(options);
    let last: number | undefined;
    for (let done = 0; done < items.length;) {
      const lot = this.lotOf(items.length - done);
      if (this.dropsAtOnce(lot)) {
        done += lot;
        continue;
      }
      const filled = this.fillRows(items, fill, done, lot);
      const late = this.keepLate(filled);
      last = this.send(late ? filled - 1 : filled, limits) ?? last;
      if (late) last = this.sendKept(late, limits) ?? last;
      done += filled;
    }
    return last;
  }

  override async publishBatchAsync<T>(
    items: ArrayLike<T>,
    fill: FillFrom<F, T>,
    options: AsyncWaitOptions = {},
  ): Promise<number | undefined> {
    mustBeFunction(fill);
    let last: number | undefined;
    for (let done = 0; done < items.length;) {
      const lot = this.lotOf(items.length - done);
      const from = done;
      const sent = await this.inTurn(options, async (limits) => {
        if (this.dropsAtOnce(lot)) return { last: undefined, filled: lot };
        const filled = this.fillRows(items, fill, from, lot);
        const late = this.keepLate(filled);
        const before = await this.sendOnLoop(late ? filled - 1 : filled, limits);
        return { last: late ? ((await this.sendOnLoop(1, limits, late)) ?? before) : before, filled };
      });
      last = sent.last ?? last;
      done += sent.filled;
    }
    return last;
  }

  override claim(length: number, options?: WaitOptions): Claim<F> {
    this.mustBeIdle();
    this.mustFit(length);
    const limits = this.limitsFrom(options);
    const bytes = this.bytesOfClaim(length);
    if (!this.waitForBytes(bytes, length, limits)) throw fullError();
    this.packer.beginReserved(bytes);
    if (!this.orRollBack(() => this.waitForRoom(length, limits))) throw fullError();
    return this.openClaim(length);
  }

  override tryClaim(length: number): Claim<F> | undefined {
    this.mustBeIdle();
    this.mustFit(length);
    const bytes = this.bytesOfClaim(length);
    if (!this.hasBytes(bytes) || !this.hasRoom(length)) return undefined;
    this.packer.beginReserved(bytes);
    return this.openClaim(length);
  }

  override async claimAsync(length: number, options: AsyncWaitOptions = {}): Promise<Claim<F>> {
    this.mustFit(length);
    const bytes = this.bytesOfClaim(length);
    const claim = await this.inTurn(options, async (limits) => {
      for (let waited = false; !this.hasBytes(bytes) || !this.hasRoom(length); waited = true) {
        if (!(await this.waitsOnLoop(bytes, length, limits, waited))) return undefined;
      }
      this.packer.beginReserved(bytes);
      return this.openClaim(length);
    });
    if (claim === undefined) throw fullError();
    return claim;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.desk.inClaim.length = 0;
  }

  protected override openClaim(length: number): Claim<F> {
    const { inClaim, writers } = this.desk;
    const claim = super.openClaim(length);
    inClaim.first = claim.first & inClaim.mask;
    inClaim.length = length;
    for (const writer of writers)
      for (let i = 0; i < length; i++) writer.forget((claim.first + i) & inClaim.mask);
    return claim;
  }

  protected override commit(length: number): void {
    const end = this.core.next + length;
    this.desk.inClaim.length = 0;
    this.packer.commit(end);
    super.commit(length);
  }

  /** With several producers its sequences are used up, and the bytes stay until consumers have passed over them. */
  protected override giveUp(length: number): void {
    this.desk.inClaim.length = 0;
    if (this.context.stamps === undefined) this.packer.rollBack();
    else this.packer.commit(this.core.next + length);
    super.giveUp(length);
  }

  // --- Filling.

  /** The call of `publish` with options, or out of turn. */
  private publishPayloadsWithin(options: unknown, args: unknown[]): number {
    this.mustBeIdle();
    const [fill, ...rest] = args as [Fill<F, unknown[]>, ...unknown[]];
    mustBeFunction(fill);
    const limits = this.limitsFrom(options as WaitOptions);
    if (this.dropsAtOnce(1)) return -1;
    this.fillRow(fill, rest);
    return this.sendOne(limits);
  }

  private sendOne(limits: WaitLimits): number {
    return this.send(1, limits) ?? -1;
  }

  private fillRow<A extends readonly unknown[]>(fill: Fill<F, A>, args: A): void {
    const { stage } = this;
    this.begin();
    try {
      stage.enter(0);
      fill(stage.event, ...args);
    } catch (error) {
      this.packer.rollBack();
      throw error;
    } finally {
      this.end();
    }
  }

  /** Fills rows from items, until one is short of bytes; returns how many, with that one. */
  private fillRows<T>(items: ArrayLike<T>, fill: FillFrom<F, T>, from: number, lot: number): number {
    const { stage, packer } = this;
    this.begin();
    try {
      for (let row = 0; row < lot; row++) {
        stage.enter(row);
        fill(stage.event, items[from + row], from + row);
        if (packer.short) return row + 1;
      }
      return lot;
    } catch (error) {
      packer.rollBack();
      throw error;
    } finally {
      this.end();
    }
  }

  private begin(): void {
    this.turn.slot = FILLING;
    if (this.core.limit !== this.freedFor) this.free(...OUT_OF_LINE);
    this.packer.begin();
  }

  private end(): void {
    this.stage.leave();
    if (this.turn.slot !== GONE) this.turn.slot = NOBODY;
  }

  /** Of rows that were filled, takes out the last if it is short of bytes and not the only one. */
  private keepLate(filled: number): Kept | undefined {
    return this.packer.short && filled > 1 ? this.stage.keep(filled - 1, 1) : undefined;
  }

  // --- Sending.

  /** Publishes rows, waiting for their bytes and slots; undefined when they are dropped. */
  private send(rows: number, limits: WaitLimits): number | undefined {
    if (this.packer.short) return this.sendKept(this.stage.keep(0, rows), limits);
    let claimed = false;
    try {
      claimed = this.waitForRoom(rows, limits);
    } finally {
      if (!claimed) this.packer.rollBack();
    }
    if (!claimed) return undefined;
    this.foresee();
    return this.publishRows(rows);
  }

  private sendKept(kept: Kept, limits: WaitLimits): number | undefined {
    if (!this.waitForBytes(kept.bytes, kept.rows, limits)) return undefined;
    this.stage.restore(kept);
    return this.send(kept.rows, limits);
  }

  /** As `send`, on the event loop: while it waits, others may use the stage and the arena. */
  private async sendOnLoop(rows: number, limits: WaitLimits, late?: Kept): Promise<number | undefined> {
    let kept = late ?? (this.packer.short ? this.stage.keep(0, rows) : undefined);
    for (let waited = false; ; waited = true) {
      if (kept !== undefined && this.hasBytes(kept.bytes)) {
        this.stage.restore(kept);
        kept = undefined;
      }
      if (kept === undefined) {
        if (this.orRollBack(() => this.hasRoom(rows))) return this.publishRows(rows);
        kept = this.stage.keep(0, rows);
      }
      if (!(await this.waitsOnLoop(kept.bytes, rows, limits, waited))) return undefined;
    }
  }

  private publishRows(rows: number): number {
    const first = this.core.next;
    this.stage.copy(first, rows);
    this.packer.commit(first + rows);
    if (!this.core.publish(rows)) this.failed();
    return first + rows - 1;
  }

  // --- Room.

  /** What fits together on the stage and in a claim, or, where events are dropped, in the ring. */
  private lotOf(items: number): number {
    const lot = Math.min(items, this.mostClaimed, this.stage.rows);
    return this.whenFull === 'drop-newest' ? this.fitting(lot) : lot;
  }

  /** Whether there are no slots, and nothing waits for them: then no fill has to run. */
  private dropsAtOnce(length: number): boolean {
    return this.whenFull !== 'block' && !this.mayHaveRoom(length) && !this.turnAway(length);
  }

  /** Whether slots are free now; among several producers, others may take them. Holds nothing. */
  private mayHaveRoom(length: number): boolean {
    if (!(this.core instanceof MultiProducer)) return this.hasRoom(length);
    if (this.core.mayClaimNow(length)) return true;
    this.core.needed = length;
    const outcome = this.core.look();
    this.countEvicted();
    if (outcome > BLOCKED) this.fail(outcome);
    return outcome === READY;
  }

  /** The bytes that a claim reserves: what its columns say at most, or half of the arena. */
  private bytesOfClaim(length: number): number {
    return Math.min(this.packer.arena.most, length * this.mostOfEvent);
  }

  private free(): void {
    this.freedFor = this.core.limit;
    this.packer.arena.free(this.core.limit - this.core.capacity);
  }

  /** READY when so many bytes are free, perhaps after a look at the consumers; never waits. */
  private look(bytes: number): Outcome {
    const { arena } = this.packer;
    const goal = arena.goalFor(bytes);
    if (goal < 0) return BLOCKED;
    const outcome = this.core.lookPast(goal);
    this.countEvicted();
    this.free();
    return outcome > BLOCKED || arena.fits(bytes) ? outcome : BLOCKED;
  }

  private hasBytes(bytes: number): boolean {
    this.free();
    if (this.packer.arena.fits(bytes)) return true;
    const outcome = this.look(bytes);
    if (outcome > BLOCKED) this.fail(outcome);
    return outcome === READY;
  }

  /** As `waitForRoom`, for bytes. */
  private waitForBytes(bytes: number, events: number, limits: WaitLimits): boolean {
    if (this.hasBytes(bytes)) return true;
    if (this.whenFull !== 'block') return this.turnAway(events);
    limits.start();
    do {
      const goal = this.packer.arena.goalFor(bytes);
      this.past.goal = goal;
      this.mustStillSit();
      const outcome = waitForConsumers(this.context, this.pastUnlessFailed, limits, () => goal);
      if (outcome !== READY) this.giveUpWait(outcome, this.pastUnlessFailed, limits);
    } while (!this.hasBytes(bytes));
    return true;
  }

  /** Waits for what is missing, bytes or slots; false when it is not waited for. */
  private async waitsOnLoop(
    bytes: number,
    slots: number,
    limits: WaitLimits,
    waited: boolean,
  ): Promise<boolean> {
    if (this.whenFull !== 'block') return this.turnAway(slots);
    // There was room, and others were faster: that may go on for ever, and no wait of it looked at the limits.
    const due = waited ? limits.due() : READY;
    if (due !== READY) this.fail(due, limits);
    const { arena } = this.packer;
    const forBytes = !arena.fits(bytes);
    if (forBytes) this.past.goal = arena.goalFor(bytes);
    this.slots.needed = slots;
    this.mustStillSit();
    const wait = forBytes ? this.pastUnlessFailed : this.slotsUnlessFailed;
    const outcome = await waitOnLoop(wait, limits, this.sleeper);
    if (outcome !== READY) this.giveUpWait(outcome, wait, limits);
    this.mustBeIdle();
    return true;
  }

  private inTurn<T>(options: AsyncWaitOptions, task: (limits: WaitLimits) => Promise<T>): Promise<T> {
    this.mustBeIdle();
    const limits = new WaitLimits(options, this.context.ringId, this.presence).start();
    const interrupted = limits.interrupted();
    if (interrupted !== READY) this.fail(interrupted, limits);
    return this.asyncTurns.take(limits, async (before) => {
      if (before !== READY) this.fail(before, limits);
      this.mustBeIdle();
      return task(limits);
    });
  }

  private giveUpWait(outcome: Outcome, { failure }: UnlessFailed, limits: WaitLimits): never {
    if (outcome === FAILED) throw failedError(this.context, failure!);
    this.fail(outcome, limits);
  }

  /** What was filled is given up unless the slots for it were claimed. */
  private orRollBack(claim: () => boolean): boolean {
    let claimed = false;
    try {
      claimed = claim();
    } finally {
      if (!claimed) this.packer.rollBack();
    }
    return claimed;
  }
}
