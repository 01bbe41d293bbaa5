/** Whether a wait can still end: whoever put or took on the other side may have died. */
import { CancelToken } from '../cancel.js';
import type { AbortSignalLike } from '../limits.js';
import type { Ring } from '../ring.js';
import type { ValueFields } from './values.js';
import { views } from '../core/views.js';
import { QueueError } from './errors.js';
import type { Side, Tasks } from './tasks.js';

/** What a wait on the event loop ends with because of that. */
export const GONE: unique symbol = Symbol('gone');

export class Peers {
  readonly #ring: Ring<ValueFields>;
  readonly #tasks: Tasks;
  /** One for each side, made when first needed: a thread parks in one call at a time. */
  readonly #tokens = new Map<Side, PeerToken>();

  constructor(ring: Ring<ValueFields>, tasks: Tasks) {
    this.#ring = ring;
    this.#tasks = tasks;
  }

  /**
   * Whether somebody of this side came and did not leave, and yet nobody had a seat when that was looked at: they died, and their deaths were
   * declared. What they put before is there by then.
   */
  gone(side: Side): boolean {
    if (this.#tasks.present(side) <= 0) return false;
    const before = this.#holders(side);
    // Between two looks at the seats that find the same: one who left, or came, meanwhile is not taken for a dead one.
    if (before === undefined || this.#tasks.present(side) <= 0) return false;
    const after = this.#holders(side);
    return after !== undefined && before.every((holder, number) => holder === after[number]);
  }

  /** Who had the seats of this side last; undefined when somebody has one. */
  #holders(side: Side): number[] | undefined {
    const kind = side === 'putters' ? 'producer' : 'worker';
    const seats = this.#ring.seats().filter((seat) => seat.kind === kind);
    return seats.some(({ state }) => state === 'taken') ? undefined : seats.map(({ holder }) => holder);
  }

  goneError(side: Side): QueueError {
    return new QueueError(
      'ERR_PEERS_GONE',
      side === 'putters'
        ? 'The queue is empty, and every thread that put into it has died: this wait would not end.'
        : 'The queue is full, and every thread that took from it has died: this wait would not end.',
    );
  }

  /** Ends parking waits when that side is gone, or by the caller's own token. */
  token(side: Side, own: CancelToken | undefined): CancelToken {
    const token = this.#tokens.get(side) ?? new PeerToken(this.#ring, () => this.gone(side));
    this.#tokens.set(side, token);
    token.own = own;
    return token;
  }

  /** The same for waits on the event loop. */
  signal(side: Side, own: AbortSignalLike | undefined): AbortSignalLike {
    const gone = (): boolean => this.gone(side);
    return {
      get aborted() {
        return own?.aborted === true || gone();
      },
      get reason() {
        return own?.aborted === true ? own.reason : GONE;
      },
      addEventListener: (type, listener) => own?.addEventListener(type, listener),
      removeEventListener: (type, listener) => own?.removeEventListener(type, listener),
    };
  }
}

/** A token that is tripped by a look at the other side: recovery wakes whoever sleeps, and then they look. */
class PeerToken extends CancelToken {
  readonly #gone: () => boolean;
  own: CancelToken | undefined;

  constructor({ handle }: Ring<ValueFields>, gone: () => boolean) {
    super({ slipring: 'cancel', buffer: views.allocate(4), rings: [handle] });
    this.#gone = gone;
  }

  override get cancelled(): boolean {
    return this.own?.cancelled === true || this.#gone();
  }
}
