/** The loop over events, for handlers: batch by batch, and what follows when one throws. */
import { GONE as NO_SEAT, NOBODY } from './accessor.js';
import { ArgumentError, TurnError } from './errors.js';
import { describe, type Fields, type Readable } from './event.js';
import type { WaitLimits } from './limits.js';
import { type ErrorDecision, type ErrorPolicy, STOP } from './on-error.js';
import { parkingWait } from './parking.js';
import { Pause } from './pause.js';
import { LOOPING, type Reading, RUNNING } from './reading.js';
import { platform } from './core/platform.js';
import { type Outcome, READY, waitAsync } from './core/waiting.js';

/**
 * Handles one event. `endOfBatch` is true for the last one before others may see that these were handled, whenever it is tried; not before
 * a release that the handler asks for, or an error that stops the consumer.
 */
export type Handler<F extends Fields> = (event: Readable<F>, sequence: number, endOfBatch: boolean) => void;

/** As `Handler`, and may return a promise, which is awaited before the next event. */
export type AsyncHandler<F extends Fields> = (
  event: Readable<F>,
  sequence: number,
  endOfBatch: boolean,
) => unknown;

/**
 * Spread into a call, it keeps the engine from making the callee one with its caller. The innermost loop is compiled by itself, so that the
 * handler and the getters that it calls have its whole budget of bytecode, and become one piece with it.
 */
const OUT_OF_LINE: readonly [] = Object.freeze([] as const);

export class Handling<F extends Fields> {
  private readonly reading: Reading<F>;
  /** Events handled or skipped in all. */
  done = 0;
  /** Events passed over because their handler threw. */
  skipped = 0;
  /** Where the last error was, and how often in a row. */
  private failedAt = -1;
  private attempts = 0;

  constructor(reading: Reading<F>) {
    this.reading = reading;
  }

  /** Handles the next `count` events, in batches of at most `max`. */
  // A count, not an end: passed on, a number beyond 2^31 would be an object.
  handle(handler: Handler<F>, count: number, max: number, errors: ErrorPolicy<F>, limits: WaitLimits): void {
    const { reading } = this;
    const { core, releaseStep } = reading;
    const batchLength = Math.min(max, releaseStep);
    // Never more than a lap, whatever stands in the word of whoever is waited for.
    const end = core.next + Math.min(count, reading.mask + 1);
    while (core.next < end) {
      const first = core.next;
      const batchEnd = Math.min(end, first + batchLength);
      while (core.next < batchEnd) {
        try {
          handleRow(reading, handler, batchEnd - core.next, ...OUT_OF_LINE);
          if (reading.gone) break;
        } catch (error) {
          if (this.again(error, first, batchEnd, errors)) this.pause(errors, limits);
        }
      }
      if (reading.gone) reading.refuse();
      this.done += batchEnd - first;
      // Not after every batch of one: each release of a full ring costs its producer a wake-up.
      if (batchEnd === end || core.unreleased >= releaseStep) reading.release();
    }
  }

  /** Handles the next event, and lets others pass it. An error of the handler stops the consumer. */
  handleOne(handler: Handler<F>): void {
    const { reading } = this;
    const { core, turn, event, mask } = reading;
    const sequence = core.next;
    turn.slot = sequence & mask;
    try {
      handler(event, sequence, true);
    } catch (error) {
      this.again(error, sequence, sequence + 1, STOP);
    }
    if (turn.slot === NO_SEAT) reading.refuse();
    turn.slot = NOBODY;
    core.next = sequence + 1;
    this.done++;
    reading.release();
  }

  /** Handles the events below `end` as one batch, on the event loop. */
  async handleOnLoop(
    handler: AsyncHandler<F>,
    end: number,
    errors: ErrorPolicy<F>,
    limits: WaitLimits,
  ): Promise<void> {
    const { reading } = this;
    const { core, turn, event, mask, presence } = reading;
    const first = core.next;
    let sequence = first;
    while (sequence < end && !presence.left) {
      turn.slot = sequence & mask;
      try {
        const result = handler(event, sequence, sequence === end - 1);
        if (isThenable(result)) await result;
        sequence++;
      } catch (error) {
        core.next = sequence;
        const pauses = this.again(error, first, end, errors);
        sequence = core.next;
        if (pauses) await this.pauseOnLoop(errors, limits);
      }
    }
    if (!reading.gone) turn.slot = NOBODY;
    core.next = sequence;
    this.done += sequence - first;
    reading.release();
  }

  /** A call begins: what failed before is tried anew. Returns what is done so far. */
  begin(): number {
    this.attempts = 0;
    return this.done;
  }

  /** Lets others pass what is below `sequence`, while the handler has a later event in hand, or that one. */
  releaseUpTo(sequence: number): void {
    const { reading } = this;
    const { core, turn, mask } = reading;
    if (reading.gone) reading.refuse();
    if ((reading.state !== RUNNING && reading.state !== LOOPING) || turn.slot < 0) {
      throw new TurnError(
        'ERR_EVENT_TURN',
        'Only a handler that has an event in hand can release those before it.',
      );
    }
    const released = core.next - core.unreleased;
    const inHand = core.next + ((turn.slot - core.next) & mask);
    if (!Number.isInteger(sequence) || sequence < released || sequence > inHand) {
      throw new ArgumentError(
        'ERR_RELEASE',
        `With event ${inHand} in hand, a handler can release up to a sequence from ${released} to ${inHand}, not ${describe(sequence)}.`,
      );
    }
    const { next } = core;
    core.next = sequence;
    reading.release();
    if (sequence < next) core.next = next;
  }

  /**
   * The handler threw at `core.next`: moves that to where its batch goes on, and says whether that is another attempt. Throws the error
   * when the consumer stops: what was handled is released then, and the event in hand is not.
   */
  private again(error: unknown, first: number, end: number, errors: ErrorPolicy<F>): boolean {
    const { reading } = this;
    const { core } = reading;
    if (reading.gone) throw error;
    const sequence = core.next;
    const { decision, cause } = this.decision(error, errors.wholeBatch ? first : sequence, errors);
    if (reading.gone) throw cause;
    reading.turn.slot = NOBODY;
    // Whatever was released does not come again.
    const from = errors.wholeBatch ? Math.max(first, sequence - core.unreleased) : sequence;
    if (decision === 'skip') {
      core.next = errors.wholeBatch ? end : sequence + 1;
      this.skipped += core.next - from;
      return false;
    }
    core.next = from;
    if (decision === 'retry') return true;
    // A ring aborted meanwhile must not hide the error, and the seat of another is not to say that it failed.
    if (core.release()) reading.stop(cause, sequence);
    throw cause;
  }

  private decision(
    error: unknown,
    at: number,
    errors: ErrorPolicy<F>,
  ): { readonly decision: ErrorDecision; readonly cause: unknown } {
    this.attempts = at === this.failedAt ? this.attempts + 1 : 1;
    this.failedAt = at;
    const { reading } = this;
    try {
      const decision = errors.decide(error, reading.event, reading.core.next, this.attempts);
      return { decision, cause: error };
    } catch (another) {
      return { decision: 'stop', cause: another };
    }
  }

  /** Before another attempt. What was handled is released when there is none, since the ring or the call's limits end the call. */
  private pause(errors: ErrorPolicy<F>, limits: WaitLimits): void {
    const pause = this.pauseOf(errors, limits);
    const interrupted = limits.interrupted();
    if (interrupted !== READY) this.giveUp(interrupted, limits);
    const outcome = errors.pauseMs === 0 ? pause.look() : parkingWait(pause, pause);
    if (outcome !== READY) this.giveUp(outcome, limits);
  }

  private async pauseOnLoop(errors: ErrorPolicy<F>, limits: WaitLimits): Promise<void> {
    const pause = this.pauseOf(errors, limits);
    // A handler that always throws must not keep the event loop from whatever would end this.
    if (errors.pauseMs === 0) await platform.eventLoopTurn();
    const interrupted = limits.interrupted();
    if (interrupted !== READY) this.giveUp(interrupted, limits);
    const outcome = await waitAsync(pause, pause, this.reading.sleeper);
    if (outcome !== READY) this.giveUp(outcome, limits);
  }

  private pauseOf(errors: ErrorPolicy<F>, limits: WaitLimits): Pause {
    return new Pause(this.reading.context.words, errors.pauseMs, limits.start());
  }

  private giveUp(outcome: Outcome, limits: WaitLimits): never {
    if (!this.reading.gone) this.reading.core.release();
    this.reading.fail(outcome, limits);
  }
}

/** Handles the next `count` events, and moves `core.next` past those that were; not past one whose handler disposed its own consumer. */
function handleRow<F extends Fields>(reading: Reading<F>, handler: Handler<F>, count: number): void {
  const { core, turn, event, mask } = reading;
  const first = core.next;
  let passed = 0;
  try {
    for (; passed < count; passed++) {
      const sequence = first + passed;
      turn.slot = sequence & mask;
      handler(event, sequence, passed === count - 1);
      if (turn.slot === NO_SEAT) break;
    }
  } catch (error) {
    core.next = first + passed;
    throw error;
  }
  core.next = first + passed;
  if (turn.slot !== NO_SEAT) turn.slot = NOBODY;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
