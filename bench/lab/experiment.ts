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
  /** Measures, verifies everything that it moves, and throws when anything is wrong. */
  run(effort: Effort): Promise<Finding>;
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

/** What an experiment found. */
export interface Finding {
  readonly results: readonly Result[];
  /** One sentence, made from the figures of this run, and honest when they are not as expected. */
  readonly seen: string;
  /** What that means, for somebody who never heard of a cache line. */
  readonly means: string;
  /** What could not be measured here, and how to have it measured. */
  readonly missing?: readonly { system: string; why: string }[];
}
