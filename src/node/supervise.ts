/**
 * Recovery after the death of a worker. The one fact that no instruction of a worker follows is its `exit` event, which comes to the thread
 * that started it: so that thread supervises it, and stays free to hear the event.
 */
import { isPermits, type RecoverablePermits, recoverEverywhere, wardsOf } from '../dead-thread.js';
import { ArgumentError, SeatError } from '../errors.js';
import { describe } from '../event.js';
import { mustKnow } from '../options.js';
import type { Recovery } from '../recovering.js';
import { Ring } from '../ring.js';
import type { Seat } from '../seat-list.js';
import { superviseHere } from '../supervising.js';
import { ownerOf } from '../core/seats.js';
import { publishRecovery } from './channel.js';

/** A `Worker` of `node:worker_threads`, as far as it is needed. */
export interface SupervisableWorker {
  readonly threadId: number;
  prependOnceListener(event: 'exit', listener: () => void): unknown;
  off(event: 'exit', listener: () => void): unknown;
}

/** How a worker is supervised. */
export interface SupervisionOptions {
  /** Called in the supervising thread for each seat that was recovered. */
  readonly onRecovery?: (recovery: Recovery) => void;
}

/** A worker that is supervised. Disposing it ends that, unless the worker has exited. */
export interface Supervision extends Disposable {
  /** The worker's, as it was while it lived. */
  readonly threadId: number;
  /**
   * Resolves after the worker's exit, once all of its seats are recovered: to what was found in them. To nothing when it was disposed before.
   * Rejects with what `onRecovery` threw. Where another thread recovers them too, that one may still be at it.
   */
  readonly done: Promise<readonly Recovery[]>;
}

/**
 * Supervises a worker that this thread started: when it exits, in whatever way, every seat that it has in these rings (or, of the given
 * seats, those that it has) is recovered, and every permit that it has of these `Permits`, and whoever sleeps because of it is woken; all that before other listeners hear of the exit. Call
 * it in the same turn in which the worker is made.
 *
 * Until then no call of this thread may park without a time-out (`ERR_SUPERVISOR_WOULD_PARK`): the exit could never be heard. Each
 * recovery goes to `onRecovery` and to the diagnostics channel `slipring:recovery`.
 * @throws SeatError `ERR_WORKER_EXITED` when the worker exited before; ArgumentError `ERR_SUPERVISE`, `ERR_OPTION`.
 * @example const { done } = supervise(worker, orders, trades, { onRecovery: ({ seat }) => console.warn(seat) });
 */
export function supervise(
  worker: SupervisableWorker,
  ...targets: readonly (Ring<any, any> | RecoverablePermits | Seat | SupervisionOptions)[] // eslint-disable-line @typescript-eslint/no-explicit-any
): Supervision {
  mustBeWorker(worker);
  const last = targets.at(-1);
  const options = isOptions(last) ? last : {};
  mustKnow(options, ['onRecovery'], 'supervise');
  const wards = wardsOf(isOptions(last) ? targets.slice(0, -1) : targets);
  const { threadId } = worker;
  if (threadId < 0) {
    throw new SeatError(
      'ERR_WORKER_EXITED',
      'This worker has exited, and no longer tells which thread it was: supervise it as soon as it is made.',
    );
  }
  const stopCounting = superviseHere();
  let settle = (_: readonly Recovery[] | Promise<readonly Recovery[]>): void => {};
  const done = new Promise<readonly Recovery[]>((resolve) => (settle = resolve));
  const report = (recovery: Recovery): void => {
    publishRecovery(recovery);
    options.onRecovery?.(recovery);
  };
  let exited = false;
  const onExit = (): void => {
    exited = true;
    settle(recoverEverywhere(wards, ownerOf(threadId, 0), report).finally(stopCounting));
  };
  worker.prependOnceListener('exit', onExit);
  return {
    threadId,
    done,
    [Symbol.dispose]() {
      worker.off('exit', onExit);
      // After the exit it is counted until everything is recovered.
      if (exited) return;
      stopCounting();
      settle([]);
    },
  };
}

function isOptions(target: unknown): target is SupervisionOptions {
  return (
    typeof target === 'object' &&
    target !== null &&
    !(target instanceof Ring) &&
    !isPermits(target) &&
    !('holder' in target)
  );
}

function mustBeWorker(worker: unknown): asserts worker is SupervisableWorker {
  const { threadId, prependOnceListener } = (worker ?? {}) as Partial<SupervisableWorker>;
  if (typeof threadId === 'number' && typeof prependOnceListener === 'function') return;
  throw new ArgumentError(
    'ERR_SUPERVISE',
    `supervise() takes a Worker of node:worker_threads first, not ${describe(worker)}.`,
  );
}
