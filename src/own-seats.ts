/**
 * The consumers that one thread holds through one ring: while that thread waits in a call, nobody can move them. A wait for such a one
 * would never end, so it is refused. Looked at only where a call would wait, and only with `checks`.
 */
import type { ConsumerSeat } from './context.js';
import { WaitError } from './errors.js';
import type { WaitLimits } from './limits.js';
import type { Follower } from './core/follower.js';
import { GroupWorker } from './core/group-worker.js';
import { shared } from './core/layout.js';
import { CLOSED, positionNear } from './core/sequence.js';
import { type Awaited, BLOCKED, DEADLOCKED, type Outcome } from './core/waiting.js';

interface OwnConsumer {
  readonly seat: ConsumerSeat;
  readonly core: Follower | GroupWorker;
}

/** The position that a consumer must be past for a wait to end; as a whole number, the one nearest to `near`. */
export type Goal = (near: number) => number;

export class OwnSeats {
  readonly #words: Int32Array;
  readonly #all: () => readonly ConsumerSeat[];
  readonly #consumers = new Set<OwnConsumer>();

  /** `all`: the consumers of the ring now. */
  constructor(words: Int32Array, all: () => readonly ConsumerSeat[]) {
    this.#words = words;
    this.#all = all;
  }

  /** Adds a consumer whose seat this thread took; the returned function takes it out again. */
  add(seat: ConsumerSeat, core: Follower | GroupWorker): () => void {
    const own = { seat, core };
    this.#consumers.add(own);
    return () => void this.#consumers.delete(own);
  }

  /**
   * What to wait for instead of `awaited`, which needs every consumer to be past `goal`: it ends with DEADLOCKED as soon as one of this
   * thread would have to move. The same when the wait ends by itself, or when this thread has no consumer.
   */
  watch(awaited: Awaited, limits: WaitLimits, goal: Goal): Awaited {
    if (this.#consumers.size === 0 || !limits.endless) return awaited;
    return new Watched(awaited, () => this.#holding(goal) !== undefined);
  }

  /** The error of a wait that ended with DEADLOCKED. */
  error(goal: Goal): WaitError {
    return deadlock(this.#holding(goal));
  }

  /**
   * Before the consumer `mine` waits in this thread for the event `next`.
   * @throws WaitError `ERR_SELF_DEADLOCK` when the event is there, and a consumer of this thread has to be done with it first.
   */
  mustNotWaitFor(mine: ConsumerSeat, next: number, limits: WaitLimits): void {
    if (this.#consumers.size < 2 || !limits.endless) return;
    const before = this.#before(mine);
    // A worker's own count stays behind while others of its group take events.
    const wanted =
      mine.workers.length > 0 ? positionNear(Atomics.load(this.#words, mine.position), next) : next;
    const cursor = positionNear(Atomics.load(this.#words, shared.cursor), wanted);
    const name = cursor > wanted ? this.#holding(() => wanted + 1, before) : undefined;
    if (name !== undefined) throw deadlock(name);
  }

  /** The name of one, of `among` if given, that is not past the goal and that nobody but this thread can move. */
  #holding(goal: Goal, among?: ReadonlySet<string>): string | undefined {
    for (const { seat, core } of this.#consumers) {
      if (among?.has(seat.name) === false) continue;
      const position = core instanceof GroupWorker ? this.#ofGroup(seat, core) : core.next - core.unreleased;
      if (position < goal(core.next)) return seat.name;
    }
    return undefined;
  }

  /** Where a group is as long as this thread does nothing: Infinity when other threads may move it. */
  #ofGroup(seat: ConsumerSeat, core: GroupWorker): number {
    const released = core.next - core.unreleased;
    if (released < core.available) return released;
    const mine = [...this.#consumers].filter((own) => own.seat.seat === seat.seat).length;
    if (mine < seat.workers.length) return Infinity;
    // Producers move it, as long as they publish.
    if (seat.lossy && !(Atomics.load(this.#words, shared.cursor) & CLOSED)) return Infinity;
    return positionNear(Atomics.load(this.#words, seat.position), core.next);
  }

  /** The names of all consumers that come before one, at any distance. */
  #before({ after }: ConsumerSeat, found = new Set<string>()): ReadonlySet<string> {
    for (const seat of this.#all()) {
      if (!after.includes(seat.name) || found.has(seat.name)) continue;
      found.add(seat.name);
      this.#before(seat, found);
    }
    return found;
  }
}

/** A wait that looks at each turn whether this thread waits for itself. */
class Watched implements Awaited {
  readonly words: Int32Array;
  readonly #awaited: Awaited;
  readonly #deadlocked: () => boolean;

  constructor(awaited: Awaited, deadlocked: () => boolean) {
    this.words = awaited.words;
    this.#awaited = awaited;
    this.#deadlocked = deadlocked;
  }

  get sleepIndex(): number {
    return this.#awaited.sleepIndex;
  }

  get sleepValue(): number {
    return this.#awaited.sleepValue;
  }

  get looksAgain(): boolean {
    return this.#awaited.looksAgain ?? false;
  }

  look(): Outcome {
    const outcome = this.#awaited.look();
    return outcome === BLOCKED && this.#deadlocked() ? DEADLOCKED : outcome;
  }
}

function deadlock(name: string | undefined): WaitError {
  return new WaitError(
    'ERR_SELF_DEADLOCK',
    `This wait would never end: the consumer ${JSON.stringify(name)} has to move first, and it belongs to this very thread. Let it consume first, use a try form, or give timeoutMs.`,
  );
}
