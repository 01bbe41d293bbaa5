/** Serving several rings in one thread. */
import { Consumer } from './consumer.js';
import type { AsyncHandler, Handler } from './handling.js';
import type { BatchOptions } from './reading.js';
import { ArgumentError } from './errors.js';
import { describe, type Fields } from './event.js';
import { type AsyncWaitOptions, type Presence, WaitLimits, type WaitOptions } from './limits.js';
import { parkingWait } from './parking.js';
import { Rota } from './rota.js';
import { LEND, Served } from './served.js';
import { platform } from './core/platform.js';
import { stepAll } from './core/vigil.js';
import { AsyncSleeper, BLOCKED, waitAsync, waitSpinning } from './core/waiting.js';

/** A consumer, what handles its events, and how many of them at most in one turn. */
export type Serving<F extends Fields> = readonly [
  consumer: Consumer<F>,
  handler: Handler<F>,
  options?: BatchOptions,
];

/** As `Serving`; the handler may return a promise, which is awaited before anything else is handled. */
export type AsyncServing<F extends Fields> = readonly [
  consumer: Consumer<F>,
  handler: AsyncHandler<F>,
  options?: BatchOptions,
];

/** For each kind of event in `E`, what serves it. */
export type Servings<E extends readonly Fields[]> = { readonly [I in keyof E]: Serving<E[I]> };
export type AsyncServings<E extends readonly Fields[]> = { readonly [I in keyof E]: AsyncServing<E[I]> };

/** Longest stretch of handling on an event loop before its timers and messages get a turn. */
const LOOP_SLICE_MS = 8;

/**
 * Handles the events of several consumers in this thread until all of their rings are closed and everything is handled; returns how many. The
 * consumers take turns: each handles what is there, at most `max` events, then the next does; so none waits for more than one turn of
 * each other. Parks while none has anything, and is woken by any: for that, their rings were made with one doorbell.
 *
 * A consumer whose ring has ended, or that is disposed meanwhile, takes no more turns; the others go on. When a handler throws, it is as for
 * `run`, and every consumer can be used again: what was handled is released, the event in hand is not. The next `serve` starts with
 * whichever had no turn for longest.
 *
 * A handler that publishes to a ring that is served here must not wait for room: nobody else would make it.
 * @throws ArgumentError `ERR_SERVE` (no consumers, or not `[consumer, handler, options]`), `ERR_CONSUMER_DUPLICATE`, `ERR_DOORBELL` (a ring without, or
 * with another one), `ERR_HANDLER`, `ERR_BATCH_MAX`, and as for any wait; TurnError `ERR_CONSUMER_BUSY`; SeatError `ERR_SEAT_LEFT`: all before anything
 * is handled.
 * @throws RingEndedError `ERR_RING_ABORTED` (`snapshot().aborted` tells of which ring); WaitError `ERR_TIMED_OUT`, `ERR_CANCELLED`; PlatformError
 * `ERR_CANNOT_PARK`; SeatError `ERR_SEAT_LOST`.
 * @example serve([[orders, bookOrder, { max: 64 }], [cancels, cancelOrder]], { timeoutMs: 1_000 });
 */
export function serve<E extends readonly Fields[]>(servings: Servings<E>, options: WaitOptions = {}): number {
  const { rota, limits } = begin(servings, options);
  try {
    for (let served = rota.next(); served !== undefined; served = rota.next()) {
      rota.check(limits.interrupted());
      rota.note(served.turn());
      if (!rota.mayWait()) continue;
      const spun = waitSpinning(rota.vigil, limits.start(), limits.spinTurns);
      rota.check(spun === BLOCKED ? parkingWait(rota.vigil, limits, stepAll) : spun);
    }
    return rota.handled;
  } finally {
    rota.end();
  }
}

/**
 * As `serve`, on the event loop: the thread stays free for its timers and messages. Handlers may return promises, awaited one after another.
 * Never parks.
 */
export async function serveAsync<E extends readonly Fields[]>(
  servings: AsyncServings<E>,
  options: AsyncWaitOptions = {},
): Promise<number> {
  const { rota, limits } = begin(servings, options);
  const sleeper = new AsyncSleeper();
  let sliceEnd = platform.now() + LOOP_SLICE_MS;
  try {
    for (let served = rota.next(); served !== undefined; served = rota.next()) {
      rota.check(limits.interrupted());
      rota.note(await served.turnAsync());
      if (rota.mayWait()) {
        rota.check(await waitAsync(rota.vigil, limits.start(), sleeper, stepAll));
      } else if (platform.now() < sliceEnd) {
        continue;
      } else {
        await platform.eventLoopTurn();
      }
      sliceEnd = platform.now() + LOOP_SLICE_MS;
    }
    return rota.handled;
  } finally {
    rota.end();
  }
}

/** Checks everything and takes the consumers; when anything is wrong, none is taken. */
function begin(
  servings: unknown,
  options: WaitOptions & AsyncWaitOptions,
): { rota: Rota; limits: WaitLimits } {
  const checked = mustBeServings(servings);
  const taken: Served[] = [];
  try {
    for (const [consumer, handler, batch] of checked)
      taken.push(new Served(consumer[LEND](handler, batch), handler));
    const presence: Presence = { left: false };
    const [limits] = taken.map(({ ringId }) => new WaitLimits(options, ringId, presence));
    const rota = new Rota(taken, limits);
    presence.note = rota;
    return { rota, limits };
  } catch (error) {
    for (const served of taken) served.giveBack();
    throw error;
  }
}

function mustBeServings(servings: unknown): AsyncServing<Fields>[] {
  if (!Array.isArray(servings) || servings.length === 0 || !servings.every(isServing)) {
    throw new ArgumentError(
      'ERR_SERVE',
      `Serving takes a list of consumers, each with its handler, like [[consumer, handler, { max: 64 }]], not ${describe(servings)}.`,
    );
  }
  const list = servings as AsyncServing<Fields>[];
  const twice = list.find(([consumer], i) => list.findIndex(([other]) => other === consumer) < i);
  if (twice !== undefined) {
    throw new ArgumentError(
      'ERR_CONSUMER_DUPLICATE',
      `The consumer ${JSON.stringify(twice[0].name)} is in the list twice: each has one handler.`,
    );
  }
  return list;
}

function isServing(serving: unknown): boolean {
  if (!Array.isArray(serving)) return false;
  const [consumer, , batch] = serving as unknown[];
  return (
    consumer instanceof Consumer && (batch === undefined || (typeof batch === 'object' && batch !== null))
  );
}
