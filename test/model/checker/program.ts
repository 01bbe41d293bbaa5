/** What a program under check looks like, and what a check of it says. */

/** How the interleavings are searched. */
export type StrategyName = 'dfs' | 'dpor' | 'bounded' | 'pct';

/** What can be wrong with a run. */
export type FailureKind = 'race' | 'mixed-size race' | 'deadlock' | 'livelock' | 'assertion' | 'op-cap';

export interface Options {
  /**
   * `dfs` runs every interleaving; `dpor` one of each class of equivalent ones, which shows the same failures; `bounded`
   * every one with at most `preemptions` preemptions; `pct` as many random ones as `maxSchedules`. Default: `bounded`.
   */
  strategy?: StrategyName;
  /** Bound of `bounded`. Default 3: some lost wake-ups need three. */
  preemptions?: number;
  /** Seed of `pct`. Default 1. */
  seed?: number;
  /** Depth of `pct`: it finds a bug that needs this many ordered steps with a known probability. Default 3. */
  depth?: number;
  /** Threads that may be terminated, before their first operation or after any. */
  kill?: readonly string[];
  /** How many threads are killed in one run at most. Default: 1 when `kill` names any. */
  kills?: number;
  /** `asleep`: threads die only while they wait, or when they were notified and have not run yet. Default `anywhere`. */
  deaths?: 'anywhere' | 'asleep';
  /** How many waits in one run may return although nobody notified this waiter for its own sake. Default 0. */
  strayWakeups?: number;
  /**
   * How many finite time-outs in one run may come before their notify. Default 0, and then a finite time-out is treated as
   * an infinite one: a safety time-out would hide a lost wake-up. Above 0, time passes also when nothing else can happen.
   */
  timeouts?: number;
  /**
   * A time-out of exactly this length is treated as an infinite one, whatever `timeouts` says: the safety time-out of code
   * whose other time-outs are to come.
   */
  napMs?: number;
  /**
   * `park`: after a spin hint a thread runs again when some other thread has written. `step`: the hint is an ordinary
   * step, for code that counts its spins and then does something else. Default `park`.
   */
  pauses?: 'park' | 'step';
  /** Threads that may still be asleep when all others have ended. */
  daemons?: readonly string[];
  /** Cuts the search; the result then says that it is not complete. For `pct`, the number of runs (default 10,000). */
  maxSchedules?: number;
  maxMs?: number;
  /** Logged operations of one thread in one run, above which the run fails. Default 5,000. */
  maxOperations?: number;
  /** `first` ends the search at the first failure; `never` goes on and lists failures among the outcomes. */
  stop?: 'first' | 'never';
  /** Whether a failing schedule is shortened and its preemptions removed before it is reported. Default true. */
  shrink?: boolean;
}

/** Given to `setup`, which runs once, before all threads, and happens before everything in them. */
export interface SetupEnv {
  /** Names an element of a view (or, without an index, every one) in reports. */
  readonly label: (view: { readonly length: number }, name: string, index?: number) => void;
}

/** Given to a thread. */
export interface ThreadEnv<Shared> {
  readonly name: string;
  /** What `setup` returned. A thread changes nothing in it but shared memory, for its function is run again and again. */
  readonly shared: Shared;
  /** Records a value that `finally` will see. */
  readonly observe: (value: unknown) => void;
  /**
   * Runs `open` without scheduling points. Only before a thread's first other operation: it is for opening handles whose
   * set-up is not what is being searched. All threads' preparations run before any thread goes on, in the order of threads.
   */
  readonly prepare: <T>(open: () => T) => T;
  /** Blocks until the named thread has ended, and says how; what it did happens before what follows. */
  readonly join: (thread: string) => 'done' | 'killed';
  /** For asynchronous threads: something that their event loop may run at any time from now on, once. */
  readonly task: (run: () => void) => void;
}

/** Given to `finally`, after all threads have ended. */
export interface FinalEnv<Shared> {
  readonly shared: Shared;
  readonly observed: Readonly<Record<string, readonly unknown[]>>;
  readonly ended: Readonly<Record<string, 'done' | 'killed' | 'asleep'>>;
  /** How often a thread performed this operation of `Atomics`, its preparations not counted. */
  readonly performed: (thread: string, operation: string) => number;
}

export interface Program<Shared = unknown> {
  readonly name: string;
  setup?(env: SetupEnv): Shared;
  /**
   * Deterministic functions without side effects outside shared memory: they make their library objects inside, since a
   * thread is resumed by running it again.
   */
  readonly threads: Readonly<Record<string, (env: ThreadEnv<Shared>) => unknown>>;
  /** Throws when a property is broken. What it returns is the outcome of the run, gathered in `outcomes`. */
  finally?(env: FinalEnv<Shared>): unknown;
  readonly options?: Options;
}

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  /** Where each thread stood. */
  readonly threads: readonly { readonly name: string; readonly state: string }[];
  /** One line an operation. */
  readonly trace: readonly string[];
  /** Runs this very schedule again: `check({ ...program }, { replay })`. */
  readonly schedule: string;
  readonly preemptions: number;
  /** What a thread or `finally` threw. */
  readonly error?: unknown;
}

export interface Result {
  readonly program: string;
  readonly strategy: StrategyName | 'replay';
  /** The bound of `bounded`. */
  readonly preemptions?: number;
  /** Runs from start to end. */
  readonly schedules: number;
  /** Runs given up half way since another one shows the same. */
  readonly pruned: number;
  /** Whether the strategy ran out of schedules, rather than being cut: for `bounded`, of those within its bound. */
  readonly complete: boolean;
  readonly verdict: 'pass' | FailureKind;
  readonly failure?: Failure;
  /** Distinct values that `finally` returned, sorted; with `stop: 'never'` also `!kind` for each kind of failure. */
  readonly outcomes: readonly string[];
  readonly ms: number;
}
