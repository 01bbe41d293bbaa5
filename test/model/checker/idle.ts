/**
 * What happens other than by a thread's next operation: event loops run tasks, time passes at spin hints and for waiters,
 * and where nothing can happen any more, that is a deadlock or a livelock.
 */

import { names } from './describe.js';
import type { Execution } from './execution.js';
import { LOCAL, PAUSE } from './operations.js';
import { FIRST_TASK } from './outcomes.js';
import { enterList, join } from './races.js';
import type { Task, Thread } from './thread.js';
import { ASLEEP, Delivery, IDLE, READY } from './thread.js';

/** Turns that threads standing at spin hints get, with nobody writing, before that counts as a livelock. */
const FREE_SPINS = 64;

/** How far a thread's clock moves when time passes at a spin hint: past any deadline that a program would set. */
const PAUSE_MS = 60_000;

/** Whether somebody else has written since the thread's last spin hint. */
function written(execution: Execution, thread: Thread): boolean {
  return execution.writes - thread.writes > thread.seenWrites;
}

/** Whether a thread that stands at a spin hint may go on. */
export function mayPass(execution: Execution, thread: Thread): boolean {
  return !execution.limits.parkAtPauses || written(execution, thread) || execution.timeoutsLeft > 0;
}

/** A spin hint: where nobody has written, what lets the thread go on is that time passes. */
export function pass(execution: Execution, thread: Thread): void {
  thread.spins++;
  if (execution.limits.parkAtPauses && !written(execution, thread) && execution.timeoutsLeft > 0) {
    execution.timeoutsLeft--;
    thread.nowMs += PAUSE_MS;
    execution.strategy.disturbed?.();
  }
  thread.seenWrites = execution.writes - thread.writes;
}

/** Whether the event loop of an idle thread may run this task now. */
function able(execution: Execution, thread: Thread, task: Task): boolean {
  if (task.over) return false;
  if (task.kind === 'timer') return execution.timeoutsLeft > 0;
  // A turn of the event loop that a thread gives away is not always a spin: only the second in vain is taken for one.
  if (task.kind === 'yield') {
    return !execution.limits.parkAtPauses || written(execution, thread) || thread.vainYields === 0;
  }
  return task.available;
}

/** Whether the event loop of an idle thread has anything to run. */
export function hasTask(execution: Execution, thread: Thread): boolean {
  return thread.tasks.some((task) => able(execution, thread, task));
}

/** Lets an idle thread's event loop run one of the tasks that it could. */
export function deliverOne(execution: Execution, thread: Thread): void {
  const tasks = thread.tasks.filter((task) => able(execution, thread, task));
  const options = ((1 << tasks.length) - 1) << FIRST_TASK;
  deliver(execution, thread, tasks[execution.outcome(thread, options) - FIRST_TASK]);
}

function deliver(execution: Execution, thread: Thread, task: Task): void {
  const index = thread.tasks.indexOf(task);
  task.over = true;
  if (task.clock !== undefined) join(thread.clock, task.clock);
  if (task.kind === 'timer') {
    if (execution.timeoutsLeft > 0) execution.timeoutsLeft--;
    thread.nowMs += task.delayMs;
  }
  thread.vainYields = task.kind === 'yield' && !written(execution, thread) ? thread.vainYields + 1 : 0;
  thread.seenWrites = execution.writes - thread.writes;
  thread.state = READY;
  execution.strategy.stepped?.(execution, thread, LOCAL, undefined);
  thread.log.push(new Delivery(index, task.value));
  thread.marks.push(-1);
  execution.trace?.push(`${thread.name} runs event-loop task ${index} (${task.kind})`);
}

/** Nobody can take a step. The thread that time lets go on, or undefined at the end of the run, good or bad. */
export function stuck(execution: Execution): Thread | undefined {
  const { threads } = execution;
  if (threads.every((thread) => thread.over || thread.daemon)) return undefined;
  const spinning = threads.filter(
    (thread) => (thread.state === READY && thread.operation === PAUSE) || yieldOf(thread) !== undefined,
  );
  if (spinning.length > 0 && execution.freeSpins() < FREE_SPINS * spinning.length) {
    const thread = spinning.reduce((least, other) => (other.spins < least.spins ? other : least));
    const task = yieldOf(thread);
    if (task === undefined) thread.granted = true;
    else {
      thread.spins++;
      deliver(execution, thread, task);
    }
    return thread;
  }
  if (execution.limits.timeouts > 0) {
    const thread = expire(execution);
    if (thread !== undefined) return thread;
  }
  if (spinning.length > 0) {
    execution.report('livelock', `nobody is left to write, and these spin: ${names(spinning)}`);
  } else {
    const blocked = threads.filter((thread) => !thread.over && !thread.daemon);
    execution.report('deadlock', `nobody is left to wake: ${names(blocked)}`);
  }
  return undefined;
}

/** A `setImmediate` that an idle thread spins with. */
function yieldOf(thread: Thread): Task | undefined {
  return thread.state === IDLE ? thread.tasks.find((task) => task.kind === 'yield' && !task.over) : undefined;
}

/** Time passes for whoever waits with a finite time-out and is the least far in time; what others did comes before. */
function expire(execution: Execution): Thread | undefined {
  const inTime = execution.threads.slice().sort((one, other) => one.nowMs - other.nowMs);
  for (const thread of inTime) {
    const asleep = thread.state === ASLEEP && thread.waitMs < Infinity;
    const task =
      thread.state === IDLE
        ? thread.tasks.find((one) => !one.over && one.kind !== 'yield' && one.delayMs < Infinity)
        : undefined;
    if (!asleep && task === undefined) continue;
    for (const other of execution.threads) execution.strategy.ordered?.(other, thread);
    if (asleep) {
      enterList(thread.clock, thread.location!.list);
      removeWaiters(thread);
      thread.nowMs += thread.waitMs;
      thread.state = READY;
      execution.append(thread, thread.operation, thread.location, 'timed-out');
      execution.trace?.push(`${thread.name} times out`);
    } else {
      if (task!.kind === 'wait') {
        task!.value = 'timed-out';
        thread.nowMs += task!.delayMs;
        removeWaiters(thread, thread.tasks.indexOf(task!));
      }
      deliver(execution, thread, task!);
    }
    return thread;
  }
  return undefined;
}

/** Takes the thread's waiters off their lists: all of them, or that of one task. */
export function removeWaiters(thread: Thread, only?: number): void {
  for (let index = thread.waiters.length - 1; index >= 0; index--) {
    const waiter = thread.waiters[index];
    if (only !== undefined && waiter.task !== only) continue;
    thread.waiters.splice(index, 1);
    const { list } = waiter.location;
    list.enter();
    list.waiters = list.waiters.filter((one) => one !== waiter);
  }
}
