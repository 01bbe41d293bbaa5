import type { Granule } from '../memory.js';
import type { Thread } from '../thread.js';

/** `choose` gives this for a run that would show nothing new. */
export const PRUNE = -1;

/** What a strategy may look at when it chooses. */
export interface Scheduling {
  readonly threads: readonly Thread[];
  /** The thread that took the last step, or -1. */
  readonly running: number;
  /** Whether that thread stands at a spin hint, so that leaving it is no preemption. */
  readonly yielding: boolean;
  /** Number of the run's memory tables. */
  readonly run: number;
}

/**
 * Decides everything that is left open in a run: whose step comes next, and what fate befalls a thread. Sets of threads
 * and of outcomes are bit masks.
 */
export interface Strategy {
  /** Prepares the next run; false when there is none. */
  begin(): boolean;
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
