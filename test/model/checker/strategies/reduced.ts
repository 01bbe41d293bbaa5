import type { Granule } from '../memory.js';
import { CONFLICT_CLASSES } from '../memory.js';
import { conflictClass, conflictMasks, LOCAL, PAUSE, READS } from '../operations.js';
import type { Thread } from '../thread.js';
import type { Scheduling, Strategy } from './strategy.js';
import { lowest, NO_MORE, PRUNE } from './strategy.js';

/** A node at which the outcome of a step was picked; it has no sleep set of its own. */
const OUTCOME = 0;
const SCHEDULE = 1;

/**
 * Dynamic partial-order reduction (Flanagan and Godefroid, POPL 2005) with sleep sets, in the form of source sets
 * (Abdulla, Aronis, Jonsson and Sagonas, POPL 2014): one run at least of each class of runs that differ only in the order
 * of operations that commute.
 *
 * Kills, stray wake-ups and time-outs are outcomes of a thread's own step and are always tried all. Not combined with a
 * preemption bound: that would be unsound without further backtrack points.
 */
export class Reduced implements Strategy {
  readonly #threads: number;
  /** Tries every enabled thread that is not asleep: for threads with event loops, whose next step others can change. */
  readonly #everything: boolean;

  // The stack of nodes.
  readonly #kind: number[] = [];
  readonly #chosen: number[] = [];
  readonly #enabled: number[] = [];
  readonly #backtrack: number[] = [];
  readonly #done: number[] = [];
  readonly #asleep: number[] = [];
  /** For each scheduling node, the events before it, and the clocks of the threads. */
  readonly #eventsBefore: number[] = [];
  readonly #clocksBefore: number[] = [];
  #depth = 0;
  #length = 0;
  #begun = false;
  /** The sleep set: threads whose next step has been tried in an equivalent place. */
  #sleep = 0;

  // The events of this run, numbered from 1: thread, node, and clock (for each thread its last event that comes before).
  #events = 0;
  #node = 0;
  readonly #eventThread: number[] = [0];
  readonly #eventNode: number[] = [0];
  #eventClocks = new Int32Array(1024);
  readonly #clocks: Int32Array;
  readonly #first: Int32Array;

  constructor(threads: number, everything: boolean) {
    this.#threads = threads;
    this.#everything = everything;
    this.#clocks = new Int32Array(threads * threads);
    this.#first = new Int32Array(threads);
  }

  get decisions(): number {
    return this.#depth;
  }

  begin(): number {
    this.#depth = 0;
    this.#sleep = 0;
    this.#events = 0;
    this.#clocks.fill(0);
    if (!this.#begun) {
      this.#begun = true;
      return 0;
    }
    for (let node = this.#length - 1; node >= 0; node--) {
      const tried = this.#done[node] | (1 << this.#chosen[node]);
      const left = this.#backtrack[node] & ~tried & ~this.#asleep[node];
      if (left === 0) continue;
      this.#done[node] = tried;
      this.#chosen[node] = lowest(left);
      this.#length = node + 1;
      return node;
    }
    return NO_MORE;
  }

  resume(decisions: number): void {
    this.#depth = decisions;
    this.#events = this.#eventsBefore[decisions];
    const at = decisions * this.#clocks.length;
    for (let slot = 0; slot < this.#clocks.length; slot++) this.#clocks[slot] = this.#clocksBefore[at + slot];
  }

  choose(scheduling: Scheduling, enabled: number): number {
    const node = this.#depth;
    this.#node = node;
    if (node >= this.#length) {
      const awake = enabled & ~this.#sleep;
      if (awake === 0) return PRUNE;
      const running = scheduling.running;
      const choice = running >= 0 && (awake & (1 << running)) !== 0 ? running : lowest(awake);
      this.#push(SCHEDULE, choice, this.#everything ? awake : 1 << choice, enabled);
    }
    this.#depth++;
    this.#eventsBefore[node] = this.#events;
    const at = node * this.#clocks.length;
    for (let slot = 0; slot < this.#clocks.length; slot++)
      this.#clocksBefore[at + slot] = this.#clocks[slot]!;
    const choice = this.#chosen[node];
    this.#sleep = (this.#asleep[node] | this.#done[node]) & ~(1 << choice);
    return choice;
  }

  pick(_scheduling: Scheduling, _thread: number, options: number): number {
    const node = this.#depth;
    if (node >= this.#length) this.#push(OUTCOME, lowest(options), options, options);
    this.#depth++;
    return this.#chosen[node];
  }

  #push(kind: number, choice: number, backtrack: number, enabled: number): void {
    const node = this.#length++;
    this.#kind[node] = kind;
    this.#chosen[node] = choice;
    this.#enabled[node] = enabled;
    this.#backtrack[node] = backtrack;
    this.#done[node] = 0;
    this.#asleep[node] = kind === SCHEDULE ? this.#sleep : 0;
  }

  ordered(from: Thread, to: Thread): void {
    const width = this.#threads;
    for (let other = 0; other < width; other++) {
      const at = to.id * width + other;
      this.#clocks[at] = Math.max(this.#clocks[at], this.#clocks[from.id * width + other]);
    }
    this.#sleep &= ~(1 << to.id);
  }

  disturbed(): void {
    this.#sleep = 0;
  }

  stepped(scheduling: Scheduling, thread: Thread, conflict: number, granule: Granule | undefined): void {
    const width = this.#threads;
    const event = ++this.#events;
    const row = thread.id * width;
    if ((event + 1) * width > this.#eventClocks.length) {
      const larger = new Int32Array(this.#eventClocks.length * 2);
      larger.set(this.#eventClocks);
      this.#eventClocks = larger;
    }
    this.#eventThread[event] = thread.id;
    this.#eventNode[event] = this.#node;
    if (conflict !== LOCAL) {
      const last = granule!.enter();
      // Races by what the operation might have done: in another order a compareExchange that failed succeeds, a wait sleeps.
      const strictest = conflictClass(thread.operation);
      const mask = conflictMasks[strictest];
      if (!this.#everything) this.#reverseRaces(thread.id, event, last, mask);
      for (let rest = mask; rest !== 0; rest &= rest - 1) {
        const slot = lowest(rest) * width;
        for (let other = 0; other < width; other++) this.#joinEvent(row, last[slot + other]);
      }
      last[strictest * width + thread.id] = event;
      // Who sleeps is tried again after what this one did do here.
      this.#wakeDependent(scheduling, conflictMasks[conflict], granule!);
    }
    this.#clocks[row + thread.id] = event;
    this.#eventClocks.set(this.#clocks.subarray(row, row + width), event * width);
  }

  #joinEvent(row: number, event: number): void {
    if (event === 0) return;
    const width = this.#threads;
    for (let other = 0, at = event * width; other < width; other++, at++) {
      if (this.#eventClocks[at] > this.#clocks[row + other])
        this.#clocks[row + other] = this.#eventClocks[at]!;
    }
  }

  /** Threads whose next step does not commute with this one are worth trying again. */
  #wakeDependent(scheduling: Scheduling, mask: number, granule: Granule): void {
    for (let rest = this.#sleep; rest !== 0; rest &= rest - 1) {
      const thread = scheduling.threads[lowest(rest)];
      const conflict = conflictClass(thread.operation);
      // Where time may pass at a spin hint, a write decides whether it needs to.
      if (this.#everything && thread.operation === PAUSE && (mask & (1 << READS)) !== 0)
        this.#sleep &= ~(1 << thread.id);
      if (conflict !== LOCAL && (mask & (1 << conflict)) !== 0 && thread.location!.granule === granule) {
        this.#sleep &= ~(1 << thread.id);
      }
    }
  }

  /** For each earlier event in a race with this one: sees to it that the two are tried the other way round as well. */
  #reverseRaces(thread: number, event: number, last: Int32Array, mask: number): void {
    const width = this.#threads;
    const clocks = this.#clocks;
    for (let conflict = 0; conflict < CONFLICT_CLASSES; conflict++) {
      if ((mask & (1 << conflict)) === 0) continue;
      for (let other = 0; other < width; other++) {
        const earlier = last[conflict * width + other];
        if (other === thread || earlier <= clocks[thread * width + other]) continue;
        if (!this.#happensBetween(thread, earlier, other, last, mask))
          this.#reverse(thread, event, earlier, last, mask);
      }
    }
  }

  /** Whether `earlier` comes before another event that itself races with this thread's: then only that one counts. */
  #happensBetween(thread: number, earlier: number, by: number, last: Int32Array, mask: number): boolean {
    const width = this.#threads;
    for (let slot = 0; slot < last.length; slot++) {
      if ((mask & (1 << Math.floor(slot / width))) === 0) continue;
      const event = last[slot];
      if (event === earlier || event === 0 || slot % width === thread) continue;
      if (this.#eventClocks[event * width + by] >= earlier) return true;
    }
    return false;
  }

  #reverse(thread: number, event: number, earlier: number, last: Int32Array, mask: number): void {
    const width = this.#threads;
    const node = this.#eventNode[earlier];
    const by = this.#eventThread[earlier];
    const first = this.#first.fill(0);
    // Threads whose first event among those not after `earlier` has none of these before it: each can begin the reversal.
    let initials = 0;
    for (let later = earlier + 1; later < event; later++) {
      const at = later * width;
      if (this.#eventClocks[at + by] >= earlier) continue;
      const actor = this.#eventThread[later];
      if (first[actor] !== 0) continue;
      let initial = true;
      for (let other = 0; other < width; other++) {
        if (first[other] !== 0 && this.#eventClocks[at + other] >= first[other]) initial = false;
      }
      first[actor] = later;
      if (initial) initials |= 1 << actor;
    }
    if (first[thread] === 0 && this.#isInitial(thread, last, mask)) initials |= 1 << thread;
    if ((initials & this.#backtrack[node]) !== 0) return;
    const able = initials & this.#enabled[node];
    if (able === 0) this.#backtrack[node] |= this.#enabled[node];
    else if ((able & (1 << thread)) !== 0) this.#backtrack[node] |= 1 << thread;
    else this.#backtrack[node] |= able & -able;
  }

  /** Whether nothing of `#first` comes before the event that this thread is about to add. */
  #isInitial(thread: number, last: Int32Array, mask: number): boolean {
    const width = this.#threads;
    for (let other = 0; other < width; other++) {
      const first = this.#first[other];
      if (first === 0) continue;
      if (this.#clocks[thread * width + other] >= first) return false;
      for (let slot = 0; slot < last.length; slot++) {
        if ((mask & (1 << Math.floor(slot / width))) === 0 || last[slot] === 0) continue;
        if (this.#eventClocks[last[slot] * width + other] >= first) return false;
      }
    }
    return true;
  }
}
