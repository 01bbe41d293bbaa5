/** What a litmus program is: told once, run by the model checker in every order and by real threads millions of times. */

/**
 * What one thread does to the words of one instance; all of them are 0 before. Returns what it read, a decimal digit for
 * each register. Deterministic, and without effects elsewhere: the checker runs it again and again.
 */
export type Body = (words: Int32Array, x: number, y: number, z: number) => number;

export interface Thread {
  /** How many digits `run` returns. */
  readonly registers: number;
  readonly run: Body;
}

export interface Litmus {
  readonly name: string;
  /** What it asks, in a sentence. */
  readonly about: string;
  readonly threads: readonly Thread[];
  /** Looks at the words after all threads have ended. */
  readonly end?: Thread;
  /**
   * Outcomes of the interleavings of its steps: what each thread that reads has read, in order, then what `end` has. Any
   * outcome that is neither here nor in `interesting` is forbidden.
   */
  readonly allowed: readonly string[];
  /** Outcomes that JavaScript allows since plain accesses race, and that no interleaving shows. */
  readonly interesting?: readonly string[];
  /** Whether plain accesses race in it. */
  readonly racy: boolean;
  /** Whether its threads sleep: then a round costs microseconds. */
  readonly sleeps: boolean;
}

/** Words that each instance has. */
export const WORDS = 3;

/** A thread that reads nothing. */
export function writes(run: (words: Int32Array, x: number, y: number, z: number) => void): Thread {
  return {
    registers: 0,
    run(words, x, y, z) {
      run(words, x, y, z);
      return 0;
    },
  };
}

/** A thread that returns as many digits as it has registers. */
export function reads(registers: number, run: Body): Thread {
  return { registers, run };
}

export type Verdict = 'allowed' | 'interesting' | 'forbidden';

export function judge({ allowed, interesting = [] }: Litmus, outcome: string): Verdict {
  if (allowed.includes(outcome)) return 'allowed';
  return interesting.includes(outcome) ? 'interesting' : 'forbidden';
}

/** Those whose registers make an outcome, in order. */
export function readers({ threads, end }: Litmus): Thread[] {
  return [...threads, ...(end ? [end] : [])].filter(({ registers }) => registers > 0);
}

/** What one reader's registers look like in an outcome; a number that does not fit is shown as it is. */
export function digits({ registers }: Thread, value: number): string {
  return String(value).padStart(registers, '0');
}
