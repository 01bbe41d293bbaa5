/** Taking the seat of a consumer, or of one of a group's workers. */
import type { ConsumerSeat, Context } from './context.js';
import { SeatError } from './errors.js';
import type { Fields } from './event.js';
import { clearSeat } from './members.js';
import { recover } from './core/failure.js';
import { Follower } from './core/follower.js';
import { GroupWorker } from './core/group-worker.js';
import { seat } from './core/layout.js';
import { exit, isMember, upstreamBarrier } from './core/membership.js';
import { RunFollower } from './core/run-follower.js';
import { Runs } from './core/runs.js';
import { leaveSeat, takeSeat } from './core/seats.js';
import { SeatNote } from './core/sleep-note.js';

/** A seat that was taken. */
export interface TakenSeat {
  readonly core: Follower | GroupWorker;
  readonly note: SeatNote;
  /** Leaves it again. What a worker still has in hand goes to the others of its group. */
  readonly leave: () => void;
  /** Leaves it for good. */
  readonly exit: () => void;
}

/**
 * `joined`: what `takeSeat` gave, for a consumer that has joined.
 * @throws SeatError `ERR_SEAT_TAKEN`, `ERR_CONSUMER_UNKNOWN` when it has left for good.
 */
export function takeConsumerSeat<F extends Fields>(
  context: Context<F>,
  mine: ConsumerSeat,
  joined?: number,
): TakenSeat {
  const { words, capacity, stamps, attachment, ownSeats } = context;
  const barrier = upstreamBarrier(context, mine.number);
  if (mine.workers.length === 0) {
    const taken = joined ?? takeDeclared(context, mine);
    if (taken === undefined) {
      throw new SeatError(
        'ERR_SEAT_TAKEN',
        `Somebody is the consumer ${JSON.stringify(mine.name)} already: dispose that one first.`,
      );
    }
    recover(words, mine.seat);
    const note = new SeatNote(words, mine.seat);
    const core =
      stamps === undefined
        ? new Follower(words, mine.position, barrier)
        : new RunFollower(words, mine.position, barrier, stamps);
    const disown = ownSeats?.add(mine, core);
    const leave = (): void => {
      disown?.();
      if (core instanceof RunFollower) core.left = true;
      note.leave();
      leaveSeat(words, mine.seat + seat.state, taken);
    };
    const exitSeat = (): void => {
      exit(context, mine.seat);
      if (joined !== undefined) clearSeat(context, mine.seat);
      leave();
    };
    return { core, note, leave: joined === undefined ? leave : exitSeat, exit: exitSeat };
  }
  const runs = stamps && new Runs(words, stamps);
  const group = { claim: mine.position, seats: mine.workers, barrier, runs, capacity, lossy: mine.lossy };
  for (const at of mine.workers) {
    const taken = takeSeat(words, at + seat.state, attachment);
    if (taken === undefined) continue;
    const note = new SeatNote(words, at);
    const core = new GroupWorker(words, group, at, attachment);
    const disown = ownSeats?.add(mine, core);
    const leave = (): void => {
      disown?.();
      note.leave();
      leaveSeat(words, at + seat.state, taken);
      core.handOver();
    };
    return { core, note, leave, exit: refuseExit };
  }
  throw new SeatError(
    'ERR_SEAT_TAKEN',
    mine.lossy
      ? `Somebody is the consumer ${JSON.stringify(mine.name)} already: dispose that one first.`
      : `All ${mine.workers.length} workers of the group ${JSON.stringify(mine.name)} have their seats: dispose one first.`,
  );
}

/** A joined consumer's seat is its joiner's from the beginning to the end. */
function takeDeclared<F extends Fields>(context: Context<F>, mine: ConsumerSeat): number | undefined {
  if (mine.number >= context.declared.length) return undefined;
  const { words, attachment } = context;
  const taken = takeSeat(words, mine.seat + seat.state, attachment);
  if (taken === undefined || isMember(context, mine.number)) return taken;
  leaveSeat(words, mine.seat + seat.state, taken);
  throw new SeatError(
    'ERR_CONSUMER_UNKNOWN',
    `The consumer ${JSON.stringify(mine.name)} has left this ring for good.`,
  );
}

function refuseExit(): never {
  throw new SeatError(
    'ERR_LEAVE',
    'Groups and lossy consumers cannot leave for good: dispose the worker, and the others of its group do its work.',
  );
}
