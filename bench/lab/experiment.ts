/** What every experiment of the lab is: one decision of the ring's design, isolated, measured on the reader's own machine. */
import type { Result } from '../harness.js';

export interface Experiment {
  /** As `--only` takes it, and as the results' `experiment`; results of its parts begin with it and a slash. */
  readonly name: string;
  readonly title: string;
  /** What moves where, in characters; at most 100 a line. */
  readonly drawing: string;
  /** What we expect and why, in a sentence or two; written before the measurement. */
  readonly expected: string;
  /** What `at` of the results counts, as "slots" or "bytes apart"; only where something is varied. */
  readonly varied?: string;
  /** How long it takes beside the others, if not as long as most. */
  readonly weight?: number;
  /** Measures, verifies everything that it moves, and throws when anything is wrong. */
  run(effort: Effort): Promise<readonly Result[]>;
  /** Puts what it measured into words: from the figures alone, whatever they say. */
  tell(results: readonly Result[]): Told;
}

/** How much a run may cost. */
export interface Effort {
  /** Whether this is the short run, for a first look: fewer sizes, fewer rounds. */
  readonly quick: boolean;
  /** How long one experiment should take, its threads' start included. */
  readonly seconds: number;
  /** Hears of every round. */
  readonly progress: (text: string) => void;
}

/** What an experiment found, in words. */
export interface Told {
  /** What the figures of this run say, also when they are not as expected. */
  readonly seen: string;
  /** What that means, for somebody who never heard of a cache line. */
  readonly means: string;
}
