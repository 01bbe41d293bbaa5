import type { Granule } from '../memory.js';
import type { Thread } from '../thread.js';

/** `choose` gives this for a run that would show nothing new. */
export const PRUNE = -1;

/** `begin` gives this when there is nothing left to run. */
export const NO_MORE = -1;

/** What a strategy may look at when it chooses. */
export interface Scheduling {
  readonly threads: readonly Thread[];
  /** The thread that took the last step, or -1. */
  readonly running: number;
  /** Whether that thread stands at a spin hint, so that leaving it is no preemption. */
  readonly yielding: boolean;
}

/**
 * Decides everything that is left open in a run: whose step comes next, and what fate befalls a thread. Sets of threads
 * and of outcomes are bit masks.
 */
export interface Strategy {
  /** Decisions made in the run in progress. */
  readonly decisions: number;
  /** Prepares the next run: how many decisions it has in common with the one before, or NO_MORE. */
  begin(): number;
  /**
   * The next run goes on from the place of the one before at which this many decisions were made; no more than it has in
   * common. A strategy without this one has all its runs begin at their start.
   */
  resume?(decisions: number): void;
  /** One of the enabled threads, or PRUNE. */
  choose(scheduling: Scheduling, enabled: number): number;
  /** One of several outcomes (bits of `options`, at least two) of what `thread` just did. */
  pick(scheduling: Scheduling, thread: number, options: number): number;
  /** `thread` performs an operation of this conflict class. */
  stepped?(scheduling: Scheduling, thread: Thread, conflict: number, granule: Granule | undefined): void;
  /** What `from` did comes before whatever `to` does next. */
  ordered?(from: Thread, to: Thread): void;
  /** A thread's end changed waiter lists of words that its last step did not touch. */
  disturbed?(): void;
}

export function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
