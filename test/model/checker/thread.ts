/** One logical thread: a function, the log of what its operations returned, and where it stands. */

import type { Location, Waiter } from './memory.js';

/** Where a thread stands; its function has been left in every state but that of the running one. */
export const READY = 0;
/** In `Atomics.wait`. */
export const ASLEEP = 1;
/** Notified, and not yet run. */
export const WOKEN = 2;
/** An asynchronous thread whose function waits for its event loop. */
export const IDLE = 3;
export const DONE = 4;
export const KILLED = 5;

export interface Task {
  /** `event` may run at any time, `wait` when it was notified, `yield` like a spin hint, `timer` when time passes. */
  readonly kind: 'event' | 'wait' | 'yield' | 'timer';
  readonly delayMs: number;
  available: boolean;
  over: boolean;
  value: unknown;
  /** Clock of the notifier. */
  clock: Int32Array | undefined;
}

/** In the log: here the event loop ran this task. */
export class Delivery {
  readonly task: number;
  readonly value: unknown;

  constructor(task: number, value: unknown) {
    this.task = task;
    this.value = value;
  }
}

/** A synchronous thread between two steps: of its lists the lengths, since they only grow. Its clock is kept elsewhere. */
export interface Kept {
  readonly state: number;
  readonly operations: number;
  readonly operation: number;
  readonly location: Location | undefined;
  readonly joined: Thread | undefined;
  readonly waiters: readonly Waiter[];
  readonly waitMs: number;
  readonly observations: number;
  readonly nowMs: number;
  readonly writes: number;
  readonly seenWrites: number;
  readonly spins: number;
  readonly firstStep: number | undefined;
  readonly tasks: number;
}

const NO_WAITERS: readonly Waiter[] = [];

export class Thread {
  state: number = READY;
  /** Results of its operations so far, which a re-run is fed. */
  readonly log: unknown[] = [];
  /** What each logged operation was, to see that a re-run does the same. */
  readonly marks: number[] = [];
  position = 0;
  /** Whether its pending operation was chosen, to be performed when the re-run reaches it. */
  granted = false;
  /** The operation before which it stands. */
  operation = 0;
  location: Location | undefined;
  joined: Thread | undefined;
  readonly clock: Int32Array;
  /** Its entries in waiter lists; some may have been taken off there. */
  readonly waiters: Waiter[] = [];
  waitMs = Infinity;
  readonly observed: unknown[] = [];
  nowMs = 0;
  random = 0;
  /** Writes of its own; and those of others that it had seen at its last spin hint. */
  writes = 0;
  seenWrites = 0;
  spins = 0;
  /** Event-loop turns given away in a row, in which nobody else wrote. */
  vainYields = 0;
  preparing = false;
  /** Length of the log at its first scheduled step. */
  firstStep: number | undefined;

  // Event loop of an asynchronous thread. Tasks belong to the run, callbacks to one execution of the function.
  readonly tasks: Task[] = [];
  readonly callbacks: ((value: unknown) => void)[] = [];
  incarnation = 0;
  outcome: 'running' | 'returned' | 'threw' = 'running';
  error: unknown;

  readonly id: number;
  readonly name: string;
  readonly killable: boolean;
  readonly daemon: boolean;

  constructor(id: number, name: string, clock: Int32Array, killable: boolean, daemon: boolean) {
    this.id = id;
    this.name = name;
    this.killable = killable;
    this.daemon = daemon;
    this.clock = clock;
  }

  reset(): void {
    this.state = READY;
    this.log.length = 0;
    this.marks.length = 0;
    this.granted = false;
    this.firstStep = undefined;
    this.operation = 0;
    this.location = undefined;
    this.joined = undefined;
    this.clock.fill(0);
    this.clock[this.id] = 1;
    this.waiters.length = 0;
    this.observed.length = 0;
    this.nowMs = 0;
    this.writes = 0;
    this.seenWrites = 0;
    this.spins = 0;
    this.vainYields = 0;
    this.tasks.length = 0;
  }

  /** What stands here between two steps, for a later run to go on from. */
  keep(): Kept {
    return {
      state: this.state,
      operations: this.log.length,
      operation: this.operation,
      location: this.location,
      joined: this.joined,
      waiters: this.waiters.length === 0 ? NO_WAITERS : this.waiters.slice(),
      waitMs: this.waitMs,
      observations: this.observed.length,
      nowMs: this.nowMs,
      writes: this.writes,
      seenWrites: this.seenWrites,
      spins: this.spins,
      firstStep: this.firstStep,
      tasks: this.tasks.length,
    };
  }

  putBack(kept: Kept): void {
    this.state = kept.state;
    this.log.length = kept.operations;
    this.marks.length = kept.operations;
    this.granted = false;
    this.operation = kept.operation;
    this.location = kept.location;
    this.joined = kept.joined;
    this.waiters.length = 0;
    for (const waiter of kept.waiters) this.waiters.push(waiter);
    this.waitMs = kept.waitMs;
    this.observed.length = kept.observations;
    this.nowMs = kept.nowMs;
    this.writes = kept.writes;
    this.seenWrites = kept.seenWrites;
    this.spins = kept.spins;
    this.firstStep = kept.firstStep;
    this.tasks.length = kept.tasks;
  }

  /** How often it performed an operation since its preparations. */
  performed(operation: number): number {
    const from = this.firstStep ?? this.marks.length;
    // Marks of event-loop tasks are negative.
    return this.marks.filter((mark, at) => at >= from && mark >= 0 && (mark & 31) === operation).length;
  }

  get over(): boolean {
    return this.state >= DONE;
  }
}
