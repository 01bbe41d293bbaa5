/** One thread's view of one ring: what producers, consumers and the ring itself share. */
import { createAccessor, NOBODY, type Turn } from './accessor.js';
import { ConsumerFailedError, RingEndedError, SeatError, WaitError } from './errors.js';
import type { Columns, EventType, Fields, Readable, Writable } from './event.js';
import type { RingHandle } from './handle.js';
import type { WaitLimits } from './limits.js';
import { membersOf } from './members.js';
import type { Goal, OwnSeats } from './own-seats.js';
import { parkingWait } from './parking.js';
import { failureText, readReason } from './texts.js';
import { type Failure, type Seats, UnlessFailed } from './core/failure.js';
import { header, type Layout } from './core/layout.js';
import type { Stamps } from './core/stamps.js';
import {
  ABORTED,
  type AsyncSleeper,
  type Awaited,
  BLOCKED,
  CANCELLED,
  DEADLOCKED,
  ENDED,
  LEFT,
  LOST,
  type Outcome,
  SIGNALLED,
  TIMED_OUT,
  waitAsync,
  waitSpinning,
} from './core/waiting.js';

/** A consumer, or a group. */
export interface ConsumerSeat {
  readonly name: string;
  readonly after: readonly string[];
  readonly number: number;
  /** First word of its seat. */
  readonly seat: number;
  /** Its position word; a group's claim word. */
  readonly position: number;
  /** First words of its workers' seats; none for an ordinary consumer. */
  readonly workers: readonly number[];
  /** Whether producers drop what it has not begun instead of waiting for it. */
  readonly lossy: boolean;
}

/** Everything that one thread holds of a ring. */
export interface Context<F extends Fields> {
  readonly handle: RingHandle;
  readonly words: Int32Array;
  readonly layout: Layout;
  readonly capacity: number;
  readonly event: EventType<F>;
  /** What it reads by; a producer of payloads has its own, which it writes by. */
  readonly columns: Columns<F>;
  readonly declared: readonly ConsumerSeat[];
  /** The position words of all consumers' seats, taken or not, and what stands for nobody. */
  readonly positions: readonly number[];
  /** The announcement words of all groups' workers. */
  readonly announcements: readonly number[];
  /** Whether consumers may join. */
  readonly joinable: boolean;
  readonly discards: boolean;
  /** With several producers: what was published. */
  readonly stamps: Stamps | undefined;
  /** First words of the producers' seats. */
  readonly producerSeats: readonly number[];
  readonly ringId: string;
  /** Names this thread as an owner of seats. */
  readonly attachment: number;
  /** With checks: the consumers that this thread holds. */
  readonly ownSeats: OwnSeats | undefined;
}

/** The object through which a seat touches one event at a time, and the turn that says which. */
export function accessorFor<F extends Fields>(
  context: Context<F>,
  mode: 'read' | 'write',
): { readonly turn: Turn; readonly event: Writable<F> & Readable<F> } {
  const turn: Turn = { slot: NOBODY };
  return {
    turn,
    event: createAccessor(context.event, context.columns, turn, mode) as Writable<F> & Readable<F>,
  };
}

/** Waits in this thread: spins as long as the limits say, then parks. Never returns BLOCKED. */
export function waitInThread(awaited: Awaited, limits: WaitLimits): Outcome {
  const spun = limits.spinTurns === 0 ? BLOCKED : waitSpinning(awaited, limits, limits.spinTurns);
  return spun === BLOCKED ? parkingWait(awaited, limits) : spun;
}

/**
 * As `waitInThread`, for what ends only when every consumer is past `goal`.
 * @throws WaitError `ERR_SELF_DEADLOCK` when one of this thread's own would have to move; with checks only.
 */
export function waitForConsumers(
  { ownSeats }: { readonly ownSeats: OwnSeats | undefined },
  awaited: Awaited,
  limits: WaitLimits,
  goal: Goal,
): Outcome {
  if (ownSeats === undefined) return waitInThread(awaited, limits);
  const outcome = waitInThread(ownSeats.watch(awaited, limits, goal), limits);
  if (outcome === DEADLOCKED) throw ownSeats.error(goal);
  return outcome;
}

/** Waits on the event loop. */
export function waitOnLoop(awaited: Awaited, limits: WaitLimits, sleeper: AsyncSleeper): Promise<Outcome> {
  return waitAsync(awaited, limits, sleeper);
}

/**
 * The same wait, but FAILED once a consumer that failed is what blocks it; unless the ring was told that others shall go on waiting.
 * `except`: seats of workers who are waited for all the same.
 */
export function unlessFailed<F extends Fields>(
  { words, layout }: Context<F>,
  awaited: Awaited,
  except: readonly number[] = [],
): UnlessFailed {
  const none = Atomics.load(words, header.waitsForFailed) !== 0;
  const seats: Seats = {
    from: layout.consumerSeats,
    to: none ? layout.consumerSeats : layout.stamps,
    except,
  };
  return new UnlessFailed(awaited, seats);
}

/** The error that FAILED stands for. */
export function failedError<F extends Fields>(context: Context<F>, failure: Failure): ConsumerFailedError {
  const { seat, sequence } = failure;
  const failed = membersOf(context).find(
    (consumer) => consumer.seat === seat || consumer.workers.includes(seat),
  );
  return new ConsumerFailedError(failed?.name ?? '', sequence, failureText(failure));
}

/** The error that an outcome stands for; a signal's own reason is thrown as it is. */
export function endedError(
  outcome: Outcome,
  words: Int32Array,
  layout: Layout,
  limits?: WaitLimits,
): unknown {
  switch (outcome) {
    case ENDED:
      return new RingEndedError(
        'ERR_RING_CLOSED',
        'The ring is closed: nothing more can be published or will come.',
      );
    case ABORTED: {
      const reason = readReason(words, layout);
      return new RingEndedError(
        'ERR_RING_ABORTED',
        `The ring was aborted${reason === '' ? '' : `: ${reason}`}.`,
      );
    }
    case TIMED_OUT:
      return new WaitError('ERR_TIMED_OUT', 'The wait took longer than its timeoutMs.');
    case CANCELLED:
      return new WaitError('ERR_CANCELLED', 'The wait was ended by its cancel token.');
    case SIGNALLED:
      return limits?.signal?.reason;
    case LEFT:
      return new SeatError(
        'ERR_SEAT_LEFT',
        'This seat was disposed while it waited: open it again to go on.',
      );
    case LOST:
      return new SeatError(
        'ERR_SEAT_LOST',
        'Somebody else moved what belongs to this seat: a seat belongs to one thread.',
      );
    default:
      throw new Error(`slipring: outcome ${outcome} is not an end.`);
  }
}
