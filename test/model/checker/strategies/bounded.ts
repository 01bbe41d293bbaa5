import type { Granule } from '../memory.js';
import { conflictMasks, LOCAL } from '../operations.js';
import type { Thread } from '../thread.js';
import { Exhaustive } from './exhaustive.js';
import type { Scheduling } from './strategy.js';
import { lowest, PRUNE } from './strategy.js';

/**
 * The search with a bounded number of preemptions, less what it has seen: a run is given up where one before it came to the same
 * place by an equivalent way, with no more preemptions behind it. So CHESS does (Musuvathi and Qadeer, *Partial-order
 * reduction for context-bounded state exploration*, 2007).
 *
 * Two ways are equivalent when they differ only in the order of operations that commute; then everything is alike: memory, what the
 * threads know, waiter lists, and what happens before what. A way is known by a hash of its happens-before: that of
 * an event is made of those of the events that come right before it. Two of 53 bits are taken for the same: among a million ways that goes
 * wrong once in some ten thousand searches.
 */
export class Bounded extends Exhaustive {
  readonly #threads: number;
  /** Preemptions before each place that was seen; the fewest. */
  readonly #seen = new Map<number, number>();

  // Hashes in two halves: of the threads' last events, and of all events of the run, numbered from 1.
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #eventLow: number[] = [0];
  readonly #eventHigh: number[] = [0];
  #events = 0;
  // The same before each decision.
  readonly #lowBefore: number[] = [];
  readonly #highBefore: number[] = [];
  readonly #eventsBefore: number[] = [];

  constructor(threads: number, preemptions: number) {
    super(preemptions);
    this.#threads = threads;
    this.#low = new Int32Array(threads);
    this.#high = new Int32Array(threads);
  }

  override begin(): number {
    this.#events = 0;
    this.#low.fill(0);
    this.#high.fill(0);
    return super.begin();
  }

  override resume(decisions: number): void {
    super.resume(decisions);
    this.#events = this.#eventsBefore[decisions];
    for (let thread = 0, at = decisions * this.#threads; thread < this.#threads; thread++, at++) {
      this.#low[thread] = this.#lowBefore[at];
      this.#high[thread] = this.#highBefore[at];
    }
  }

  override choose(scheduling: Scheduling, enabled: number): number {
    const { decisions } = this;
    if (this.isNew && (enabled & (enabled - 1)) !== 0) {
      const place = this.#place(scheduling, enabled);
      const fewest = this.#seen.get(place);
      if (fewest !== undefined && fewest <= this.preemptions) return PRUNE;
      this.#seen.set(place, this.preemptions);
    }
    this.#eventsBefore[decisions] = this.#events;
    for (let thread = 0, at = decisions * this.#threads; thread < this.#threads; thread++, at++) {
      this.#lowBefore[at] = this.#low[thread]!;
      this.#highBefore[at] = this.#high[thread]!;
    }
    return super.choose(scheduling, enabled);
  }

  override pick(scheduling: Scheduling, thread: number, options: number): number {
    const outcome = super.pick(scheduling, thread, options);
    this.#extend(thread, 1 + outcome, 1 + outcome);
    return outcome;
  }

  stepped(_scheduling: Scheduling, thread: Thread, conflict: number, granule: Granule | undefined): void {
    const event = ++this.#events;
    let low = 0;
    let high = 0;
    if (conflict !== LOCAL) {
      const last = granule!.enter();
      for (let rest = conflictMasks[conflict]; rest !== 0; rest &= rest - 1) {
        const from = lowest(rest) * this.#threads;
        for (let slot = from; slot < from + this.#threads; slot++) {
          if (last[slot] === 0) continue;
          low = (low + mixed(this.#eventLow[last[slot]], slot)) | 0;
          high = (high + mixed(this.#eventHigh[last[slot]], slot)) | 0;
        }
      }
      last[conflict * this.#threads + thread.id] = event;
    }
    this.#extend(thread.id, low, high);
    this.#eventLow[event] = this.#low[thread.id]!;
    this.#eventHigh[event] = this.#high[thread.id]!;
  }

  ordered(from: Thread, to: Thread): void {
    if (from !== to) this.#extend(to.id, this.#low[from.id], this.#high[from.id]);
  }

  #extend(thread: number, low: number, high: number): void {
    this.#low[thread] = mixed(this.#low[thread], low);
    this.#high[thread] = mixed(this.#high[thread], ~high);
  }

  /** What the rest of the run depends on: what happened, whose leaving is a preemption, and who may pass a spin hint. */
  #place({ threads, running, yielding }: Scheduling, enabled: number): number {
    const staying = running >= 0 && !yielding && (enabled & (1 << running)) !== 0 ? running : -1;
    let low = staying;
    let high = staying;
    let writes = 0;
    for (const thread of threads) writes += thread.writes;
    for (const { id, writes: own, seenWrites } of threads) {
      const written = writes - own > seenWrites ? 1 : 0;
      low = (low + mixed(this.#low[id], 2 * id + written)) | 0;
      high = (high + mixed(this.#high[id], 2 * id + written)) | 0;
    }
    return (high >>> 11) * 2 ** 32 + (low >>> 0);
  }
}

/** MurmurHash3's way of mixing one word into another. */
function mixed(hash: number, word: number): number {
  let bits = Math.imul(word, 0xcc9e2d51);
  bits = Math.imul((bits << 15) | (bits >>> 17), 0x1b873593) ^ hash;
  bits = Math.imul((bits << 13) | (bits >>> 19), 5) + 0xe6546b64;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  return bits ^ (bits >>> 13);
}
