/** Taking the seat of one of a group's workers, or of a lossy consumer, and taking the group out of the ring. */
import type { TakenSeat } from './consumer-seat.js';
import type { ConsumerSeat, Context } from './context.js';
import { SeatError } from './errors.js';
import type { Fields } from './event.js';
import { clearSeat, describeSeat, type Joined, type TakenWorker } from './members.js';
import { unlessRecovered } from './seat-list.js';
import { GroupWorker } from './core/group-worker.js';
import { seat, winsWord } from './core/layout.js';
import { exit, isMember, upstreamBarrier } from './core/membership.js';
import { Runs } from './core/runs.js';
import { leaveSeat, seatState, takeSeat, VACANT } from './core/seats.js';
import { SeatNote } from './core/sleep-note.js';

/**
 * `joined`: for whoever brought the group in, and has its first worker's seat.
 * @throws SeatError `ERR_SEAT_TAKEN`, `ERR_CONSUMER_UNKNOWN` when the group has left for good.
 */
export function takeWorkerSeat<F extends Fields>(
  context: Context<F>,
  mine: ConsumerSeat,
  joined?: Joined,
): TakenSeat & { readonly core: GroupWorker } {
  const { words, capacity, stamps, attachment, ownSeats } = context;
  const { at, taken } = joined?.worker ?? takeAnyWorker(context, mine);
  const group = {
    claim: mine.position,
    seats: mine.workers,
    wins: mine.workers.map((at) => winsWord(context.layout, at)),
    barrier: upstreamBarrier(context, mine.number),
    runs: stamps && new Runs(words, stamps),
    capacity,
    lossy: mine.lossy,
  };
  const note = new SeatNote(words, at);
  const core = new GroupWorker(words, group, at, attachment);
  // From here on others may be its workers.
  if (joined !== undefined) leaveSeat(words, mine.seat + seat.state, joined.taken);
  const disown = ownSeats?.add(mine, core);
  const leave = (): void => {
    disown?.();
    note.leave();
    leaveSeat(words, at + seat.state, taken);
    core.handOver();
  };
  const exitGroup = (): void => {
    const leaving = takeGroup(context, mine, [at, core.index - seat.position]);
    exit(context, mine.seat);
    if (mine.number >= context.declared.length) clearSeat(context, mine.seat);
    leave();
    leaveSeat(words, mine.seat + seat.state, leaving);
  };
  return { core, note, leave: joined !== undefined && mine.lossy ? exitGroup : leave, exit: exitGroup };
}

function takeAnyWorker<F extends Fields>(context: Context<F>, mine: ConsumerSeat): TakenWorker {
  const { words, attachment } = context;
  for (const at of mine.workers) {
    const taken = takeSeat(words, at + seat.state, attachment);
    if (taken === undefined) continue;
    if (isStillThere(context, mine)) return { at, taken };
    leaveSeat(words, at + seat.state, taken);
    throw new SeatError(
      'ERR_CONSUMER_UNKNOWN',
      `The consumer ${JSON.stringify(mine.name)} has left this ring for good, or is just joining or leaving it.`,
    );
  }
  const all = mine.lossy
    ? `Somebody is the consumer ${JSON.stringify(mine.name)} already: dispose that one first.`
    : `All ${mine.workers.length} seats of the group ${JSON.stringify(mine.name)} are taken, by workers, or by one that finishes what another left in hand: dispose one, try again, or give the group a seat more.`;
  throw new SeatError('ERR_SEAT_TAKEN', all + unlessRecovered(words, mine.workers));
}

/**
 * Whether the group was in the ring at one moment after the worker's seat was taken: whoever takes it out from then on sees that
 * somebody sits there. Its own seat tells that nobody brought it, or another, in or out meanwhile.
 */
function isStillThere<F extends Fields>(context: Context<F>, mine: ConsumerSeat): boolean {
  const { words, layout } = context;
  const state = Atomics.load(words, mine.seat + seat.state); // acquires: seat left
  if (seatState(state) !== VACANT || !isMember(context, mine.number)) return false;
  const { name, workers } = describeSeat(words, layout, mine.number);
  if (name !== mine.name || workers.length !== mine.workers.length) return false;
  return Atomics.load(words, mine.seat + seat.state) === state;
}

/**
 * Takes the group's own seat, to take it out of the ring, if nobody sits in a worker's seat but for `mine`.
 * @throws SeatError `ERR_LEAVE`.
 */
function takeGroup<F extends Fields>(
  { words, attachment }: Context<F>,
  { seat: at, name, workers }: ConsumerSeat,
  mine: readonly number[],
): number {
  const leaving = takeSeat(words, at + seat.state, attachment);
  const others = workers.filter((other) => !mine.includes(other));
  const sits = (other: number): boolean => seatState(Atomics.load(words, other + seat.state)) !== VACANT;
  if (leaving !== undefined && !others.some(sits)) return leaving;
  if (leaving !== undefined) leaveSeat(words, at + seat.state, leaving);
  throw new SeatError(
    'ERR_LEAVE',
    `Other workers of the group ${JSON.stringify(name)} have their seats: a group leaves for good with the last of them. Dispose them first, or this one.`,
  );
}
