/** The seats of a queue: a thread takes one of a side with its first call, and keeps it. */
import { SeatError } from '../errors.js';
import { QueueError } from './errors.js';
import type { Side, Tasks } from './tasks.js';

/** @throws QueueError `ERR_QUEUE_THREADS` when all are taken; and what `open` throws. */
export function sit<S>(tasks: Tasks, side: Side, maxThreads: number, open: () => S): S {
  try {
    const seat = open();
    tasks.come(side);
    return seat;
  } catch (error) {
    if (!(error instanceof SeatError && error.code === 'ERR_SEAT_TAKEN')) throw error;
    throw new QueueError(
      'ERR_QUEUE_THREADS',
      `All ${maxThreads} seats for ${side} are taken: dispose the queue where it is not used any more, or make it with more maxThreads.`,
      { cause: error },
    );
  }
}

export function leave(tasks: Tasks, side: Side, seat: Disposable): void {
  // Before: whoever dies in between has left.
  tasks.leave(side);
  seat[Symbol.dispose]();
}
