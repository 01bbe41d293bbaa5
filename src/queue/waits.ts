/** The waits of a queue's calls: what ends them, and that they end also when whoever could end them has died. */
import { WaitError } from '../errors.js';
import { type AsyncWaitOptions, WaitLimits, type WaitOptions } from '../limits.js';
import type { Ring } from '../ring.js';
import type { Turns } from '../turns.js';
import { READY, SIGNALLED } from '../core/waiting.js';
import { inQueueTerms } from './errors.js';
import { GONE, Peers } from './peers.js';
import type { Side, Tasks } from './tasks.js';
import type { ValueFields } from './values.js';

export class Waits {
  private readonly ringId: string;
  private readonly peers: Peers;

  constructor(ring: Ring<ValueFields>, tasks: Tasks) {
    this.ringId = ring.id;
    this.peers = new Peers(ring, tasks);
  }

  /** @throws ArgumentError, as `WaitLimits`. */
  limits(options: WaitOptions & AsyncWaitOptions): WaitLimits {
    return new WaitLimits(options, this.ringId, { left: false });
  }

  /** Parks, in a wait that the other side, `side`, would end. `last`: a look at what they left, once all of them are dead. */
  parked<R>(
    side: Side,
    options: WaitOptions | undefined,
    call: (own: WaitOptions) => R,
    last: () => R | undefined,
  ): R {
    const cancel = options?.cancel;
    try {
      return call({ ...options, cancel: this.peers.token(side, cancel) });
    } catch (error) {
      const cancelled = error instanceof WaitError && error.code === 'ERR_CANCELLED';
      if (!cancelled || cancel?.cancelled === true) throw inQueueTerms(error);
      return this.orGone(side, last);
    }
  }

  /** The same on the event loop, in its turn among the calls of this thread. */
  inTurn<R>(
    turns: Turns,
    side: Side,
    options: AsyncWaitOptions,
    task: (own: () => AsyncWaitOptions) => Promise<R>,
    last: () => R | undefined,
  ): Promise<R> {
    const limits = this.limits(options).start();
    return turns.take(limits, async (before) => {
      if (before === SIGNALLED) throw limits.signal?.reason;
      if (before !== READY) throw new WaitError('ERR_TIMED_OUT', 'The wait took longer than its timeoutMs.');
      try {
        return await task(() => ({
          timeoutMs: limits.remainingMs(),
          signal: this.peers.signal(side, options.signal),
        }));
      } catch (error) {
        if (error === GONE) return this.orGone(side, last);
        throw inQueueTerms(error);
      }
    });
  }

  private orGone<R>(side: Side, last: () => R | undefined): R {
    const left = last();
    if (left === undefined) throw this.peers.goneError(side);
    return left;
  }
}
