/** Taking the seat of a consumer, or of one of a group's workers. */
import type { ConsumerSeat, Context } from './context.js';
import { SeatError } from './errors.js';
import type { Fields } from './event.js';
import { clearSeat, type Joined } from './members.js';
import { unlessRecovered } from './seat-list.js';
import { readName } from './texts.js';
import { takeWorkerSeat } from './worker-seat.js';
import { recover } from './core/failure.js';
import { Follower } from './core/follower.js';
import type { GroupWorker } from './core/group-worker.js';
import { seat } from './core/layout.js';
import { exit, isMember, upstreamBarrier } from './core/membership.js';
import { RunFollower } from './core/run-follower.js';
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
 * `joined`: for a consumer that has joined.
 * @throws SeatError `ERR_SEAT_TAKEN`, `ERR_CONSUMER_UNKNOWN` when it has left for good.
 */
export function takeConsumerSeat<F extends Fields>(
  context: Context<F>,
  mine: ConsumerSeat,
  joined?: Joined,
): TakenSeat {
  if (mine.workers.length > 0) return takeWorkerSeat(context, mine, joined);
  const { words, stamps, ownSeats } = context;
  const barrier = upstreamBarrier(context, mine.number);
  const taken = joined?.taken ?? takeDeclared(context, mine);
  if (taken === undefined) {
    throw new SeatError(
      'ERR_SEAT_TAKEN',
      `Somebody is the consumer ${JSON.stringify(mine.name)} already: dispose that one first.${unlessRecovered(words, [mine.seat])}`,
    );
  }
  const joiner = mine.number >= context.declared.length;
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
    if (joiner) clearSeat(context, mine.seat);
    leave();
  };
  return { core, note, leave: joiner ? exitSeat : leave, exit: exitSeat };
}

/** Takes a seat that is vacant: that of a joined consumer is so only once its holder died. */
function takeDeclared<F extends Fields>(context: Context<F>, mine: ConsumerSeat): number | undefined {
  const { words, attachment } = context;
  const taken = takeSeat(words, mine.seat + seat.state, attachment);
  // In a spare seat, somebody else may have joined and died since.
  const isMine = mine.number < context.declared.length || readName(words, mine.seat) === mine.name;
  if (taken === undefined || (isMine && isMember(context, mine.number))) return taken;
  leaveSeat(words, mine.seat + seat.state, taken);
  throw new SeatError(
    'ERR_CONSUMER_UNKNOWN',
    `The consumer ${JSON.stringify(mine.name)} has left this ring for good.`,
  );
}
