/**
 * One run at a time of a program's threads, all on this one real thread.
 *
 * Replay by exception: threads are plain functions. Before each operation the scheduler decides who goes on; to switch
 * away, the operation throws `UNWIND`, and to come back, the function is run again from its start and fed the results in
 * its log until it stands where it stood. Plain accesses are logged but are no scheduling points: without a data race
 * they commute with everything between two operations, and a data race is reported.
 */

import { describeError } from './describe.js';
import { CheckerError, NotDeterministic, UNWIND } from './errors.js';
import { deliverOne, hasTask, mayPass, pass, removeWaiters, stuck } from './idle.js';
import type { Location, Memory } from './memory.js';
import { JOIN, LOCAL, operationNames, PAUSE } from './operations.js';
import { DIES, OUTCOME_SHIFT, USUAL } from './outcomes.js';
import type { FailureKind } from './program.js';
import type { Race } from './races.js';
import { join } from './races.js';
import type { Scheduling, Strategy } from './strategies/strategy.js';
import { lowest } from './strategies/strategy.js';
import type { Kept, Thread } from './thread.js';
import { Delivery, DONE, IDLE, KILLED, READY, WOKEN } from './thread.js';

/** The genuine one: the process's own is replaced during a check. */
const nextTick = process.nextTick.bind(process);

export interface Limits {
  readonly kills: number;
  readonly strayWakeups: number;
  readonly diesAsleepOnly: boolean;
  readonly timeouts: number;
  readonly napMs: number;
  readonly parkAtPauses: boolean;
  readonly maxOperations: number;
  readonly afresh: boolean;
}

export interface Finding {
  readonly kind: FailureKind;
  readonly message: string;
  readonly error?: unknown;
}

/** A place in a run, between two steps. */
interface Checkpoint {
  /** Made before it. */
  readonly decisions: number;
  readonly threads: readonly Kept[];
  readonly clocks: readonly number[];
  readonly path: number;
  readonly running: number;
  readonly preemptions: number;
  readonly killsLeft: number;
  readonly straysLeft: number;
  readonly timeoutsLeft: number;
  readonly writes: number;
  readonly freeSpins: number;
  readonly freeSpinsAt: number;
}

export class Execution implements Scheduling {
  readonly memory: Memory;
  strategy: Strategy;
  /** The thread whose code is on the stack. */
  current: Thread | undefined;
  unwinding = false;
  running = -1;
  preemptions = 0;
  /** What was decided in this run, for a schedule string. */
  readonly path: number[] = [];
  finding: Finding | undefined;
  pruned = false;
  trace: string[] | undefined;
  killsLeft = 0;
  straysLeft = 0;
  timeoutsLeft = 0;
  /** Memory was changed by code that is no thread's, as in `finally`: the next run cannot go on from this one. */
  spoiled = false;
  /** Writes by all threads. */
  writes = 0;
  #next: Thread | undefined;
  #mistake: CheckerError | undefined;
  #starting = false;
  #freeSpins = 0;
  #freeSpinsAt = 0;

  /** Places of the run in progress from which the next one may go on; asynchronous runs have none. */
  readonly #checkpoints: Checkpoint[] = [];
  #keeping = false;

  readonly threads: readonly Thread[];
  /** The clocks of all threads. */
  readonly clocks: Int32Array;
  readonly bodies: readonly (() => unknown)[];
  readonly limits: Limits;

  constructor(
    memory: Memory,
    strategy: Strategy,
    threads: readonly Thread[],
    clocks: Int32Array,
    bodies: readonly (() => unknown)[],
    limits: Limits,
  ) {
    this.threads = threads;
    this.clocks = clocks;
    this.bodies = bodies;
    this.limits = limits;
    this.memory = memory;
    this.strategy = strategy;
  }

  get yielding(): boolean {
    if (!this.limits.parkAtPauses) return false;
    const running = this.threads[this.running];
    return running !== undefined && running.state === READY && running.operation === PAUSE;
  }

  // --- The run loop. A program with asynchronous threads takes the second one, which waits for microtasks.

  /** @param common decisions that this run has in common with the one before */
  runToEnd(common = 0): void {
    if (!this.#goOn(common)) this.#start();
    this.#keeping = this.strategy.resume !== undefined;
    for (let thread = this.#decide(); thread !== undefined; thread = this.#next ?? this.#decide()) {
      this.#enter(thread);
      this.#leave(thread);
      if (this.finding !== undefined || this.pruned) break;
    }
  }

  /** Runs all threads up to their first step. */
  #start(): void {
    this.#reset();
    this.#starting = true;
    for (const thread of this.threads) {
      this.#enter(thread);
      if (thread.outcome === 'running' && !this.unwinding) {
        throw new CheckerError(`Thread ${thread.name} returned a promise: use checkAsync`);
      }
      this.#leave(thread);
    }
    this.#starting = false;
    if (this.finding === undefined) this.#keep();
    this.#fatesAtStart();
  }

  async runToEndAsync(): Promise<void> {
    this.#reset();
    this.#starting = true;
    for (const thread of this.threads) {
      this.#enter(thread);
      await this.#drain(thread);
      this.#leave(thread);
    }
    this.#starting = false;
    this.#fatesAtStart();
    for (let thread = this.#decide(); thread !== undefined; thread = this.#next ?? this.#decide()) {
      this.#enter(thread);
      await this.#drain(thread);
      this.#leave(thread);
      if (this.finding !== undefined || this.pruned) break;
    }
  }

  // --- Going on from the middle of the run before.

  #keep(): void {
    this.memory.keep();
    this.#checkpoints.push({
      decisions: this.strategy.decisions,
      threads: this.threads.map((thread) => thread.keep()),
      clocks: Array.from(this.clocks),
      path: this.path.length,
      running: this.running,
      preemptions: this.preemptions,
      killsLeft: this.killsLeft,
      straysLeft: this.straysLeft,
      timeoutsLeft: this.timeoutsLeft,
      writes: this.writes,
      freeSpins: this.#freeSpins,
      freeSpinsAt: this.#freeSpinsAt,
    });
  }

  /** Puts back the last checkpoint that lies within the decisions in common; false where there is none. */
  #goOn(common: number): boolean {
    if (this.limits.afresh || this.trace !== undefined || this.spoiled) return false;
    if (this.#checkpoints.length === 0) return false;
    let index = this.strategy.resume === undefined ? 0 : this.#checkpoints.length - 1;
    while (this.#checkpoints[index].decisions > common) index--;
    const kept = this.#checkpoints[index];
    this.#checkpoints.length = index + 1;
    this.memory.rewind(index);
    for (const thread of this.threads) thread.putBack(kept.threads[thread.id]);
    this.clocks.set(kept.clocks);
    this.path.length = kept.path;
    this.running = kept.running;
    this.preemptions = kept.preemptions;
    this.killsLeft = kept.killsLeft;
    this.straysLeft = kept.straysLeft;
    this.timeoutsLeft = kept.timeoutsLeft;
    this.writes = kept.writes;
    this.#freeSpins = kept.freeSpins;
    this.#freeSpinsAt = kept.freeSpinsAt;
    this.#next = undefined;
    this.finding = undefined;
    this.pruned = false;
    if (index > 0) this.strategy.resume!(kept.decisions);
    else this.#fatesAtStart();
    return true;
  }

  #reset(): void {
    this.spoiled = false;
    this.#checkpoints.length = 0;
    this.#keeping = false;
    this.memory.begin();
    for (const thread of this.threads) thread.reset();
    this.path.length = 0;
    this.finding = undefined;
    this.pruned = false;
    this.running = -1;
    this.preemptions = 0;
    this.writes = 0;
    this.#freeSpins = 0;
    this.#freeSpinsAt = 0;
    this.killsLeft = this.limits.kills;
    this.straysLeft = this.limits.strayWakeups;
    this.timeoutsLeft = this.limits.timeouts;
  }

  #enter(thread: Thread): void {
    this.current = thread;
    this.unwinding = false;
    this.#next = undefined;
    thread.position = 0;
    thread.random = thread.id;
    thread.callbacks.length = 0;
    thread.outcome = 'running';
    thread.preparing = false;
    if (thread.state === WOKEN) {
      thread.state = READY;
      this.append(thread, thread.operation, thread.location, 'ok');
      this.trace?.push(`${thread.name} wakes up`);
    }
    const incarnation = ++thread.incarnation;
    try {
      const returned = this.bodies[thread.id]();
      if (returned instanceof Promise) {
        returned.then(
          () => {
            if (thread.incarnation === incarnation) thread.outcome = 'returned';
          },
          (error: unknown) => {
            if (thread.incarnation === incarnation) this.#threw(thread, error);
          },
        );
      } else thread.outcome = 'returned';
    } catch (error) {
      this.#threw(thread, error);
    }
  }

  #threw(thread: Thread, error: unknown): void {
    // A mistake that was found while the thread's code was on the stack is none of the code's.
    if (error instanceof CheckerError) this.#mistake ??= error;
    thread.outcome = 'threw';
    thread.error = error;
  }

  /**
   * Lets the thread's microtasks run until none is left, feeding it the event-loop tasks in its log. A tick callback
   * queued from a microtask runs exactly when the microtask queue is empty, and before any timer or I/O of the process.
   */
  async #drain(thread: Thread): Promise<void> {
    for (;;) {
      await Promise.resolve();
      await new Promise<void>((resolve) => nextTick(resolve));
      const entry = this.unwinding ? undefined : thread.log[thread.position];
      if (!(entry instanceof Delivery)) return;
      thread.position++;
      try {
        thread.callbacks[entry.task](entry.value);
      } catch (error) {
        // A task may use atomics itself, and be left there.
        this.#threw(thread, error);
        if (!this.unwinding) return;
      }
    }
  }

  #leave(thread: Thread): void {
    this.current = undefined;
    if (this.#mistake !== undefined) throw this.#mistake;
    // A function may swallow UNWIND, or replace it by an error of its own: the flag tells.
    if (this.unwinding) return;
    if (thread.position < thread.log.length) this.#strayed(thread);
    if (thread.outcome === 'running') thread.state = IDLE;
    else thread.state = DONE;
    if (thread.outcome === 'threw')
      this.report('assertion', describeError(thread.name, thread.error), thread.error);
    else if (thread.state === DONE) this.trace?.push(`${thread.name} ends`);
  }

  #fatesAtStart(): void {
    for (const thread of this.threads) if (!thread.over) this.#diesAwake(thread);
  }

  // --- Decisions.

  /** The thread whose step comes next; undefined at the end of the run. */
  #decide(): Thread | undefined {
    if (this.finding !== undefined) return undefined;
    let enabled = 0;
    for (const thread of this.threads) {
      // A notified thread only goes on to its next operation: nothing can be told apart by doing that later. If it dies
      // first, it has swallowed the notify.
      if (thread.state === WOKEN && !this.#diesNow(thread)) return thread;
      if (thread.state === READY) {
        if (thread.operation === PAUSE && !mayPass(this, thread)) continue;
        if (thread.operation === JOIN && !thread.joined!.over) continue;
        enabled |= 1 << thread.id;
      } else if (thread.state === IDLE && hasTask(this, thread)) {
        enabled |= 1 << thread.id;
      }
    }
    if (enabled === 0) return stuck(this);
    if (this.#keeping && (enabled & (enabled - 1)) !== 0) this.#keep();
    const choice = this.strategy.choose(this, enabled);
    if (choice < 0) {
      this.pruned = true;
      return undefined;
    }
    this.path.push(choice);
    if (
      choice !== this.running &&
      this.running >= 0 &&
      (enabled & (1 << this.running)) !== 0 &&
      !this.yielding
    ) {
      this.preemptions++;
    }
    this.running = choice;
    const thread = this.threads[choice];
    if (thread.state !== IDLE) {
      thread.granted = true;
      return thread;
    }
    deliverOne(this, thread);
    return this.#diesNow(thread) ? this.#decide() : thread;
  }

  /** Counts the turns that spinning threads got since the last write, with nobody else able to take a step. */
  freeSpins(): number {
    if (this.#freeSpinsAt !== this.writes) this.#freeSpins = 0;
    this.#freeSpinsAt = this.writes;
    return this.#freeSpins++;
  }

  #diesAwake(thread: Thread): boolean {
    return !this.limits.diesAsleepOnly && this.#diesNow(thread);
  }

  #diesNow(thread: Thread): boolean {
    if (!thread.killable || this.killsLeft === 0) return false;
    if (this.outcome(thread, (1 << USUAL) | (1 << DIES)) !== DIES) return false;
    this.#kill(thread);
    return true;
  }

  /** Lets the strategy pick one of the outcomes in `options`, and notes it in the path. */
  outcome(thread: Thread, options: number): number {
    if ((options & (options - 1)) === 0) return lowest(options);
    const outcome = this.strategy.pick(this, thread.id, options);
    if (outcome !== USUAL) this.path.push(thread.id | (outcome << OUTCOME_SHIFT));
    return outcome;
  }

  // --- Called from inside a running thread.

  /** The scheduling point before an operation: returns when this thread is to perform it, throws UNWIND otherwise. */
  turn(thread: Thread, operation: number, location: Location | undefined): void {
    thread.operation = operation;
    thread.location = location;
    if (thread.preparing) return;
    if (!thread.granted) {
      const next = this.#starting ? undefined : this.#decide();
      if (next !== thread) {
        this.#next = next;
        this.unwinding = true;
        throw UNWIND;
      }
    }
    thread.granted = false;
    thread.firstStep ??= thread.position;
    if (operation === PAUSE) pass(this, thread);
    if (operation === JOIN) this.strategy.ordered?.(thread.joined!, thread);
    if (location === undefined) this.strategy.stepped?.(this, thread, LOCAL, undefined);
  }

  /** Tells the strategy what the operation at hand is about to do to the word. */
  step(thread: Thread, conflict: number, location: Location): void {
    if (!thread.preparing) this.strategy.stepped?.(this, thread, conflict, location.granule);
  }

  /** Whether the operation at hand is one that the thread has performed before; its result is then `replayed`. */
  replays(thread: Thread, operation: number, location: Location | undefined): boolean {
    if (thread.position >= thread.log.length) return false;
    if (thread.marks[thread.position] !== mark(operation, location))
      this.#strayed(thread, operation, location);
    return true;
  }

  append(thread: Thread, operation: number, location: Location | undefined, result: unknown): void {
    thread.log.push(result);
    thread.marks.push(mark(operation, location));
    if (thread.log.length > this.limits.maxOperations) {
      this.report('op-cap', `${thread.name} performed more than ${this.limits.maxOperations} operations`);
    }
  }

  /** Ends a performed operation: logs its result, and lets the thread live on or die. */
  performed(thread: Thread, operation: number, location: Location | undefined, result: unknown): unknown {
    this.append(thread, operation, location, result);
    thread.position++;
    if (this.finding !== undefined) this.unwind();
    if (!thread.preparing && this.#diesAwake(thread)) this.unwind();
    return result;
  }

  unwind(): never {
    this.unwinding = true;
    throw UNWIND;
  }

  fail(kind: FailureKind, message: string): never {
    this.report(kind, message);
    this.unwind();
  }

  race(race: Race, thread: Thread): never {
    const other = this.threads[race.other.thread].name;
    const where = race.location.name;
    const there = race.other.location === race.location ? 'it' : race.other.location.name;
    this.fail(
      race.kind,
      `${race.access} of ${where} by ${thread.name}, and ${race.other.access} of ${there} by ${other}, neither before the other`,
    );
  }

  /** Host synchronization: what the ended thread did comes before what follows. */
  synchronize(ended: Thread, thread: Thread): void {
    join(thread.clock, ended.clock);
  }

  die(thread: Thread): never {
    this.#kill(thread);
    this.unwind();
  }

  // --- Ends.

  #kill(thread: Thread): void {
    this.killsLeft--;
    if (thread.tasks.length > 0) this.strategy.disturbed?.();
    removeWaiters(thread);
    thread.state = KILLED;
    this.trace?.push(`${thread.name} is killed`);
  }

  report(kind: FailureKind, message: string, error?: unknown): void {
    this.finding ??= error === undefined ? { kind, message } : { kind, message, error };
  }

  /** Ends the whole check: a thread's code may swallow this error, but not what `#leave` then throws. */
  mistake(error: CheckerError): never {
    this.#mistake ??= error;
    this.unwinding = true;
    throw error;
  }

  #strayed(thread: Thread, operation?: number, location?: Location): never {
    const now =
      operation === undefined ? 'ended' : `did ${operationNames[operation]} ${location?.name ?? ''}`;
    const recorded = thread.marks[thread.position];
    const before = recorded < 0 ? 'an event-loop task' : operationNames[recorded & 31];
    return this.mistake(
      new NotDeterministic(
        `Thread ${thread.name} is not deterministic: its operation ${thread.position} was ${before}, and when run again it ${now}`,
      ),
    );
  }
}

function mark(operation: number, location: Location | undefined): number {
  return location === undefined ? operation : operation + ((location.id + 1) << 5);
}
