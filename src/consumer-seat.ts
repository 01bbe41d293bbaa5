/** Taking the seat of a consumer, or of one of a group's workers. */
import type { ConsumerSeat, Context } from './context.js';
import { SeatError } from './errors.js';
import type { Fields } from './event.js';
import { Barrier } from './core/barrier.js';
import { recover } from './core/failure.js';
import { Follower } from './core/follower.js';
import { GroupWorker } from './core/group-worker.js';
import { seat, shared } from './core/layout.js';
import { RunFollower } from './core/run-follower.js';
import { Runs } from './core/runs.js';
import { leaveSeat, takeSeat } from './core/seats.js';

/** A seat that was taken. */
export interface TakenSeat {
  readonly core: Follower | GroupWorker;
  /** Leaves it again. What a worker still has in hand goes to the others of its group. */
  readonly leave: () => void;
}

/** @throws SeatError `ERR_SEAT_TAKEN`. */
export function takeConsumerSeat<F extends Fields>(context: Context<F>, mine: ConsumerSeat): TakenSeat {
  const { words, capacity, stamps, attachment, ownSeats } = context;
  const barrier = upstreamOf(context, mine);
  if (mine.workers.length === 0) {
    const taken = takeSeat(words, mine.seat + seat.state, attachment);
    if (taken === undefined) {
      throw new SeatError(
        'ERR_SEAT_TAKEN',
        `Somebody is the consumer ${JSON.stringify(mine.name)} already: dispose that one first.`,
      );
    }
    recover(words, mine.seat);
    const core =
      stamps === undefined
        ? new Follower(words, mine.position, barrier)
        : new RunFollower(words, mine.position, barrier, stamps);
    const disown = ownSeats?.add(mine, core);
    const leave = (): void => {
      disown?.();
      if (core instanceof RunFollower) core.left = true;
      leaveSeat(words, mine.seat + seat.state, taken);
    };
    return { core, leave };
  }
  const runs = stamps && new Runs(words, stamps);
  const group = { claim: mine.position, seats: mine.workers, barrier, runs, capacity, lossy: mine.lossy };
  for (const at of mine.workers) {
    const taken = takeSeat(words, at + seat.state, attachment);
    if (taken === undefined) continue;
    const core = new GroupWorker(words, group, at, attachment);
    const disown = ownSeats?.add(mine, core);
    const leave = (): void => {
      disown?.();
      leaveSeat(words, at + seat.state, taken);
      core.handOver();
    };
    return { core, leave };
  }
  throw new SeatError(
    'ERR_SEAT_TAKEN',
    mine.lossy
      ? `Somebody is the consumer ${JSON.stringify(mine.name)} already: dispose that one first.`
      : `All ${mine.workers.length} workers of the group ${JSON.stringify(mine.name)} have their seats: dispose one first.`,
  );
}

/** What a consumer reads up to: the cursor, or the consumers before it. */
function upstreamOf<F extends Fields>({ words, consumers }: Context<F>, mine: ConsumerSeat): Barrier {
  const before = consumers.filter(({ name }) => mine.after.includes(name));
  if (before.length === 0) return new Barrier(words, [shared.cursor]);
  return new Barrier(
    words,
    before.map(({ position }) => position),
    before.flatMap(({ workers }) => workers).map((at) => at + seat.position),
  );
}
