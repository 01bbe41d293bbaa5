/** "At most n at once": permits that threads hold by name, and that come back when a thread dies. */
import { waitInThread, waitOnLoop } from '../context.js';
import { ArgumentError, PlatformError, SeatError, SlipringError, WaitError } from '../errors.js';
import { describe } from '../event.js';
import { mustHaveSharedMemory } from '../handle.js';
import { type AsyncWaitOptions, WaitLimits, type WaitOptions } from '../limits.js';
import { type PermitsHandle, permitWordsOf } from '../permits-handle.js';
import type { Recovery } from '../recovering.js';
import { Turns } from '../turns.js';
import {
  attach,
  closePermits,
  FreePermit,
  type Held,
  heldPermits,
  isHeld,
  makePermits,
  MOST_PERMITS,
  NOTE_BYTES,
  permitCount,
  permitsClosed,
  permitsId,
  type PermitWords,
  releasePermit,
  signPermit,
  takeBack,
  wakeWaiting,
} from '../core/permits.js';
import { platform } from '../core/platform.js';
import { ownerOf, seatState, TAKEN } from '../core/seats.js';
import {
  AsyncSleeper,
  DEADLOCKED,
  ENDED,
  type Outcome,
  READY,
  SIGNALLED,
  TIMED_OUT,
} from '../core/waiting.js';

/**
 * `ERR_PERMITS_CLOSED`; `ERR_PERMIT_RELEASED` (released before); `ERR_PERMIT_LOST` (its thread was declared dead, and somebody else may have it).
 */
export class PermitsError extends SlipringError {}

/** Who holds permits. */
export interface Holder {
  /** As it was given to `acquire`; empty where the thread has just taken the permit, or died just then. */
  readonly name: string;
  /** The thread's number, as `permits.threadNumber` is there: in Node its `threadId`. */
  readonly thread: number;
  /** How many permits it holds by this name. */
  readonly count: number;
}

/** A permit that this thread holds. Disposing it releases it, unless that was done before. */
export class Permit implements Disposable {
  /** The holder's name. */
  readonly name: string;
  readonly #words: PermitWords;
  readonly #held: Held;
  #released = false;

  /** Use `permits.acquire`. */
  constructor(words: PermitWords, held: Held, name: string) {
    this.#words = words;
    this.#held = held;
    this.name = name;
  }

  /** Whether this thread has it still. */
  get held(): boolean {
    return !this.#released && isHeld(this.#words, this.#held);
  }

  /**
   * Gives the permit back, and wakes whoever waits for one. What was written before is visible to whoever has it next. Never waits.
   * @throws PermitsError `ERR_PERMIT_RELEASED`, `ERR_PERMIT_LOST`; nothing was changed.
   */
  release(): void {
    if (this.#released)
      throw new PermitsError('ERR_PERMIT_RELEASED', 'This permit was released before: it is released once.');
    this.#released = true;
    if (releasePermit(this.#words, this.#held)) return;
    throw new PermitsError(
      'ERR_PERMIT_LOST',
      'This thread was declared dead, and its permit was taken back: somebody else may have it.',
    );
  }

  [Symbol.dispose](): void {
    if (!this.#released) this.release();
  }
}

/**
 * So many permits, which threads share: at most so many things go on at once. Made by `createPermits`, opened in other threads by `openPermits`.
 * Not first come, first served between threads.
 *
 * `acquire` may park its thread, `acquireAsync` never does, `tryAcquire` never waits.
 */
export class Permits {
  /** What other threads open them by: plain and cloneable. */
  readonly handle: PermitsHandle;
  /** Names this thread among the holders. */
  readonly threadNumber: number;
  readonly #words: PermitWords;
  readonly #id: string;
  readonly #turns = new Turns();

  /** Use `createPermits` or `openPermits`. */
  constructor(words: PermitWords) {
    this.#words = words;
    this.#id = permitsId(words);
    this.handle = { slipring: 'permits', buffer: words.buffer };
    const { threadId } = platform;
    this.threadNumber = ownerOf(threadId, threadId === undefined ? attach(words) : 0);
  }

  /** How many there are, held or not. */
  get count(): number {
    return permitCount(this.#words);
  }

  /** How many were free a moment ago. Advice: others go on meanwhile. */
  get free(): number {
    return this.count - heldPermits(this.#words).length;
  }

  /** Whether they were closed. Stays true. */
  get closed(): boolean {
    return permitsClosed(this.#words);
  }

  /** Bytes of shared memory that they take: 128 for each permit, and 256. */
  get bytes(): number {
    return this.handle.buffer.byteLength;
  }

  /**
   * Takes a permit; parks while all are out. `name` is who shall be said to hold it: 1 to 116 bytes of UTF-8. One name may hold several.
   * @throws PermitsError `ERR_PERMITS_CLOSED`; WaitError `ERR_TIMED_OUT`, `ERR_CANCELLED`, `ERR_SELF_DEADLOCK` (this thread holds all of them, and
   * would wait for itself); ArgumentError `ERR_PERMIT_NAME`, and of the options; PlatformError `ERR_CANNOT_PARK`. None was taken then.
   * @example using permit = permits.acquire('worker-3');
   */
  acquire(name: string, options: WaitOptions = {}): Permit {
    const note = noteFor(name);
    const limits = this.#limits(options).start();
    const wanted = new FreePermit(this.#words, this.threadNumber, limits.endless);
    return this.#got(waitInThread(wanted, limits), wanted, limits, name, note);
  }

  /**
   * Takes a permit if one is free; undefined when all are out. Never waits.
   * @throws PermitsError `ERR_PERMITS_CLOSED`; ArgumentError `ERR_PERMIT_NAME`.
   */
  tryAcquire(name: string): Permit | undefined {
    const note = noteFor(name);
    const wanted = new FreePermit(this.#words, this.threadNumber, false);
    const outcome = wanted.look();
    if (outcome === READY) return this.#signed(wanted.taken!, name, note);
    if (outcome === ENDED) throw closedError();
    return undefined;
  }

  /** As `acquire`, but waits on the event loop: calls of one thread are served in their order. Never parks. */
  async acquireAsync(name: string, options: AsyncWaitOptions = {}): Promise<Permit> {
    const note = noteFor(name);
    const limits = this.#limits(options).start();
    return this.#turns.take(limits, async (before) => {
      const wanted = new FreePermit(this.#words, this.threadNumber, false);
      const outcome = before === READY ? await waitOnLoop(wanted, limits, new AsyncSleeper()) : before;
      return this.#got(outcome, wanted, limits, name, note);
    });
  }

  /** Who holds permits, by name and thread, as it was a moment ago. Reads only. */
  holders(): Holder[] {
    const holders = new Map<string, Holder>();
    for (const { owner: thread, note } of heldPermits(this.#words)) {
      const name = nameIn(note);
      const key = `${thread} ${name}`;
      holders.set(key, { name, thread, count: (holders.get(key)?.count ?? 0) + 1 });
    }
    return [...holders.values()];
  }

  /**
   * Takes back every permit of a thread that died, and wakes whoever waits. You vouch for it: that thread executes no instruction any more, as
   * after the `exit` of a worker. `supervise(worker, permits)` of `slipring/node` does it by itself. From any thread. Never waits.
   * @throws SeatError `ERR_SEAT_ALIVE` for this very thread; ArgumentError `ERR_SEAT`.
   */
  declareThreadDead(threadNumber: number): Recovery[] {
    if (!Number.isInteger(threadNumber) || threadNumber < 0)
      throw new ArgumentError('ERR_SEAT', `A thread is named by its number, not ${describe(threadNumber)}.`);
    if (threadNumber === this.threadNumber)
      throw new SeatError(
        'ERR_SEAT_ALIVE',
        'This is this very thread, which is not dead: release its permits instead.',
      );
    const recoveries = heldPermits(this.#words)
      .filter(({ owner }) => owner === threadNumber)
      .map(({ number, holder, owner, note }): Recovery => {
        const found = takeBack(this.#words, { number, holder }) ? 'returned' : 'gone';
        const state = seatState(holder) === TAKEN ? 'taken' : 'dead';
        const seat = {
          kind: 'permit',
          name: nameIn(note),
          number,
          state,
          owner,
          holder,
          word: number,
          ring: this.#id,
        } as const;
        return { seat, outcome: found === 'gone' ? found : 'recovered', found };
      });
    wakeWaiting(this.#words);
    return recoveries;
  }

  /** Nobody gets a permit any more, and whoever waits gets `ERR_PERMITS_CLOSED`; those who hold one release it as ever. For good. Never waits. */
  close(): void {
    closePermits(this.#words);
  }

  #limits(options: WaitOptions & AsyncWaitOptions): WaitLimits {
    return new WaitLimits(options, this.#id, { left: false });
  }

  #got(outcome: Outcome, wanted: FreePermit, limits: WaitLimits, name: string, note: Uint8Array): Permit {
    if (outcome !== READY) throw endOf(outcome, limits);
    return this.#signed(wanted.taken!, name, note);
  }

  #signed(taken: Held, name: string, note: Uint8Array): Permit {
    signPermit(this.#words, taken, note);
    return new Permit(this.#words, taken, name);
  }
}

/**
 * Makes so many permits, 1 to 4,096, all free, in fresh shared memory.
 * @throws ArgumentError `ERR_PERMITS`; PlatformError `ERR_NO_SHARED_MEMORY`, `ERR_MEMORY`.
 * @example const permits = createPermits(4);
 */
export function createPermits(count: number): Permits {
  if (!Number.isInteger(count) || count < 1 || count > MOST_PERMITS)
    throw new ArgumentError('ERR_PERMITS', `There are 1 to ${MOST_PERMITS} permits, not ${describe(count)}.`);
  mustHaveSharedMemory();
  const random = (): number => Math.floor(Math.random() * 2 ** 32) | 0;
  try {
    return new Permits(makePermits(count, [random(), random()]));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PlatformError('ERR_MEMORY', `There is no memory for ${count} permits.`, { cause });
  }
}

/**
 * Opens permits in another thread, or again in the same one.
 * @throws HandleError `ERR_HANDLE`; PlatformError `ERR_NO_SHARED_MEMORY`.
 */
export function openPermits(handle: PermitsHandle): Permits {
  mustHaveSharedMemory();
  return new Permits(permitWordsOf(handle));
}

function noteFor(name: unknown): Uint8Array {
  const note = typeof name === 'string' ? platform.encode(name) : undefined;
  if (note !== undefined && note.length >= 1 && note.length <= NOTE_BYTES) return note;
  throw new ArgumentError(
    'ERR_PERMIT_NAME',
    `A permit's holder has a name of 1 to ${NOTE_BYTES} bytes of UTF-8, not ${describe(name)}.`,
  );
}

const nameIn = (note: readonly number[]): string => platform.decode(Uint8Array.from(note));

const closedError = (): PermitsError =>
  new PermitsError('ERR_PERMITS_CLOSED', 'The permits were closed: nobody gets one any more.');

function endOf(outcome: Outcome, limits: WaitLimits): unknown {
  switch (outcome) {
    case ENDED:
      return closedError();
    case SIGNALLED:
      return limits.signal?.reason;
    case DEADLOCKED:
      return new WaitError(
        'ERR_SELF_DEADLOCK',
        'This thread holds all permits, and would wait until it releases one itself: release one, or give timeoutMs.',
      );
    case TIMED_OUT:
      return new WaitError('ERR_TIMED_OUT', 'All permits were out for longer than timeoutMs.');
    default:
      return new WaitError('ERR_CANCELLED', 'The wait was ended by its cancel token.');
  }
}
