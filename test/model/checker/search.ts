/** One check: its runs, the failure it found, and the result; `check.ts` does the running. */

import { describeThread } from './describe.js';
import { threadEnv, setupEnv } from './env.js';
import { install, wallClockMs } from './environment.js';
import type { Finding } from './execution.js';
import { CheckerError } from './errors.js';
import { Execution } from './execution.js';
import { Memory } from './memory.js';
import { operationNames } from './operations.js';
import type { Failure, FinalEnv, Options, Program, Result, StrategyName } from './program.js';
import { decodeSchedule, encodeSchedule } from './schedule.js';
import { shrinking } from './shrink.js';
import { Bounded } from './strategies/bounded.js';
import { Exhaustive } from './strategies/exhaustive.js';
import { RandomPriorities } from './strategies/random.js';
import { Reduced } from './strategies/reduced.js';
import { Replay } from './strategies/replay.js';
import type { Strategy } from './strategies/strategy.js';
import { NO_MORE } from './strategies/strategy.js';
import { DONE, KILLED, Thread } from './thread.js';

/** Overrides of a program's own options; with `replay`, one schedule is run instead of a search. */
export interface Controls extends Options {
  replay?: string;
  /** Begins every run at its start, and not in the middle of the run before: slower, and shows the same. */
  afresh?: boolean;
  /** False: `bounded` also runs what is equivalent to a run before. */
  merge?: boolean;
  /** Called now and then by `checkAsync`; a search is cut where it says false. */
  watch?: (soFar: Progress) => boolean;
}

export interface Progress {
  readonly schedules: number;
  readonly ms: number;
}

/** Bound of `bounded`, where a program names none. */
const PREEMPTIONS = 3;

export class Search<Shared> {
  readonly execution: Execution;
  readonly #program: Program<Shared>;
  readonly #options: Controls;
  readonly #strategyName: StrategyName | 'replay';
  readonly #strategy: Strategy;
  readonly #shared: Shared;
  readonly #uninstall: () => void;
  readonly #startedMs = wallClockMs();
  readonly #outcomes = new Set<string>();
  /** Decisions that the next run has in common with the one before. */
  #common = 0;
  #schedules = 0;
  #pruned = 0;
  #complete = false;
  #stop = false;
  #failing: { finding: Finding; path: readonly number[]; preemptions: number } | undefined;
  #shrinking: ReturnType<typeof shrinking> | undefined;
  #retried = false;

  constructor(
    program: Program<Shared>,
    controls: Controls,
    granuleShift: number,
    kind: 'synchronous' | 'asynchronous',
  ) {
    const options = { ...program.options, ...controls };
    const entries = Object.entries(program.threads);
    if (entries.length === 0 || entries.length > 26) throw new CheckerError('A program has 1 to 26 threads');
    for (const name of [...(options.kill ?? []), ...(options.daemons ?? [])]) {
      if (!(name in program.threads)) throw new CheckerError(`There is no thread ${name} in ${program.name}`);
    }
    this.#program = program;
    this.#options = options;
    this.#strategyName = options.replay === undefined ? (options.strategy ?? 'bounded') : 'replay';
    this.#strategy = strategyOf(options, entries.length, kind);
    const memory = new Memory(entries.length, granuleShift);
    const width = entries.length;
    const clocks = new Int32Array(width * width);
    const threads = entries.map(
      ([name], id) =>
        new Thread(
          id,
          name,
          clocks.subarray(id * width, (id + 1) * width),
          options.kill?.includes(name) ?? false,
          options.daemons?.includes(name) ?? false,
        ),
    );
    const bodies: (() => unknown)[] = [];
    this.execution = new Execution(memory, this.#strategy, threads, clocks, bodies, {
      kills: options.kills ?? (options.kill === undefined || options.kill.length === 0 ? 0 : 1),
      strayWakeups: options.strayWakeups ?? 0,
      diesAsleepOnly: options.deaths === 'asleep',
      timeouts: options.timeouts ?? 0,
      napMs: options.napMs ?? Infinity,
      parkAtPauses: options.pauses !== 'step',
      maxOperations: options.maxOperations ?? 5_000,
      afresh: options.afresh ?? false,
    });
    this.#uninstall = install(this.execution);
    try {
      this.#shared = program.setup?.(setupEnv) as Shared;
    } catch (error) {
      this.close();
      throw error;
    }
    memory.capture();
    for (const [index, [, body]] of entries.entries()) {
      const env = threadEnv(this.execution, threads[index], this.#shared);
      bodies.push(() => body(env));
    }
  }

  close(): void {
    this.#uninstall();
  }

  next(): boolean {
    const { maxSchedules = Infinity, maxMs = Infinity } = this.#options;
    if (this.#stop) return false;
    // The random strategy counts for itself, and has not run out of anything at its end.
    if (this.#strategyName !== 'pct' && this.#schedules >= maxSchedules) return false;
    if (maxMs < Infinity && (this.#schedules & 63) === 0 && wallClockMs() - this.#startedMs > maxMs)
      return false;
    this.#common = this.#strategy.begin();
    if (this.#common !== NO_MORE) return true;
    this.#complete = this.#strategyName !== 'pct' && this.#strategyName !== 'replay';
    return false;
  }

  get common(): number {
    return this.#common;
  }

  watch(): void {
    const ms = Math.round(wallClockMs() - this.#startedMs);
    if (this.#options.watch?.({ schedules: this.#schedules, ms }) === false) this.#stop = true;
  }

  /** Takes note of the run that just ended. */
  ended(): void {
    const { execution } = this;
    if (execution.pruned) {
      this.#pruned++;
      return;
    }
    this.#schedules++;
    const finding = execution.finding ?? this.#judge();
    if (finding === undefined) return;
    this.#outcomes.add(`!${finding.kind}`);
    this.#failing ??= { finding, path: execution.path.slice(), preemptions: execution.preemptions };
    if (this.#options.stop !== 'never') this.#stop = true;
  }

  /** Runs the program's own checks on how the run ended. */
  #judge(): Finding | undefined {
    const { threads } = this.execution;
    const observed: Record<string, readonly unknown[]> = {};
    const ended: Record<string, 'done' | 'killed' | 'asleep'> = {};
    for (const { name, state, observed: values } of threads) {
      observed[name] = values;
      ended[name] = state === DONE ? 'done' : state === KILLED ? 'killed' : 'asleep';
    }
    const final: FinalEnv<Shared> = {
      shared: this.#shared,
      observed,
      ended,
      performed: (name, operation) => {
        const thread = threads.find((other) => other.name === name);
        const number = operationNames.indexOf(operation);
        if (thread === undefined || number < 0) throw new CheckerError(`No ${operation} of ${name} is known`);
        return thread.performed(number);
      },
    };
    let outcome: unknown;
    try {
      outcome = this.#program.finally?.(final);
    } catch (error) {
      if (error instanceof CheckerError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'assertion', message: `at the end: ${message}`, error };
    }
    if (outcome !== undefined)
      this.#outcomes.add(typeof outcome === 'string' ? outcome : JSON.stringify(outcome));
    return undefined;
  }

  // --- After a failure: make it shorter, then run it once more for its trace.

  get failed(): boolean {
    return this.#failing !== undefined;
  }

  get failingPath(): readonly number[] {
    return this.#failing!.path;
  }

  retry(path: readonly number[], fit: 'strict' | 'loose', trace?: string[]): void {
    this.execution.strategy = new Replay(path, fit);
    this.execution.strategy.begin();
    this.execution.trace = trace;
    this.#retried = true;
  }

  /** A path to try, after looking at what became of the one before. */
  shrinkNext(): readonly number[] | undefined {
    if (this.#failing === undefined || this.#options.shrink === false || this.#strategyName === 'replay')
      return undefined;
    let step;
    if (this.#shrinking === undefined) {
      this.#shrinking = shrinking(this.#failing);
      step = this.#shrinking.next();
    } else {
      const { execution } = this;
      const finding = execution.finding ?? this.#judge();
      const alike = finding !== undefined && finding.kind === this.#failing.finding.kind;
      step = this.#shrinking.next(
        alike ? { path: execution.path.slice(), preemptions: execution.preemptions } : undefined,
      );
    }
    if (step.done !== true) return step.value;
    this.#failing = { ...this.#failing, ...step.value };
    return undefined;
  }

  result(): Result {
    const failure = this.#failing === undefined ? undefined : this.#failure();
    const found =
      this.#options.stop === 'never'
        ? [...this.#outcomes]
        : [...this.#outcomes].filter((o) => !o.startsWith('!'));
    return {
      program: this.#program.name,
      strategy: this.#strategyName,
      ...(this.#strategyName === 'bounded' && { preemptions: this.#options.preemptions ?? PREEMPTIONS }),
      schedules: this.#schedules,
      pruned: this.#pruned,
      complete: this.#complete,
      verdict: failure?.kind ?? 'pass',
      ...(failure === undefined ? {} : { failure }),
      outcomes: found.sort(),
      ms: Math.round(wallClockMs() - this.#startedMs),
    };
  }

  #failure(): Failure {
    const { execution } = this;
    const finding = this.#retried ? (execution.finding ?? this.#judge()) : undefined;
    if (finding?.kind !== this.#failing!.finding.kind) {
      throw new CheckerError(
        `${this.#program.name} failed (${this.#failing!.finding.message}) and then not: its threads keep state between runs`,
      );
    }
    return {
      kind: finding.kind,
      message: finding.message,
      threads: execution.threads.map((thread) => ({ name: thread.name, state: describeThread(thread) })),
      trace: execution.trace!,
      schedule: encodeSchedule(execution.path),
      preemptions: execution.preemptions,
      ...(finding.error === undefined ? {} : { error: finding.error }),
    };
  }
}

function strategyOf(options: Controls, threads: number, kind: 'synchronous' | 'asynchronous'): Strategy {
  if (options.replay !== undefined) return new Replay(decodeSchedule(options.replay), 'strict');
  switch (options.strategy ?? 'bounded') {
    case 'dfs':
      return new Exhaustive();
    case 'bounded': {
      const { preemptions = PREEMPTIONS, timeouts = 0, merge = true } = options;
      // Event loops, and time that passes, are not all in what happens before what.
      const mayMerge = merge && kind === 'synchronous' && timeouts === 0;
      return mayMerge ? new Bounded(threads, preemptions) : new Exhaustive(preemptions);
    }
    case 'dpor':
      return new Reduced(threads, kind === 'asynchronous' || (options.timeouts ?? 0) > 0);
    case 'pct':
      return new RandomPriorities(options.seed ?? 1, options.maxSchedules ?? 10_000, options.depth ?? 3);
  }
}
