/** What each operation does to memory, to the waiter lists and to the clocks, once it is the thread's turn. */

import { caller } from './describe.js';
import type { Execution } from './execution.js';
import { DIES, STRAY, TIMES_OUT, USUAL } from './outcomes.js';
import type { Location, Waiter } from './memory.js';
import {
  ADD,
  AND,
  COMPARE_EXCHANGE,
  EXCHANGE,
  LOAD,
  IDLES,
  NOTIFIES,
  NOTIFY,
  operationNames,
  OR,
  READS,
  SLEEPS,
  STORE,
  SUB,
  WAIT,
  WAIT_ASYNC,
  WRITES,
  XOR,
} from './operations.js';
import type { Race } from './races.js';
import { atomicRead, atomicWrite, enterList, join, leaveList } from './races.js';
import type { Thread } from './thread.js';
import { ASLEEP, WOKEN } from './thread.js';
import type { RecordingView } from './views.js';

/** The engine's own: a 64-bit view holds bigints, which pass through here under the name of numbers. */
const genuine = globalThis.Atomics;

/** An operation that reads and perhaps writes one element. */
export function access(
  execution: Execution,
  thread: Thread,
  operation: number,
  view: RecordingView,
  index: number,
  location: Location,
  operand: number,
  replacement: number,
): unknown {
  const real = view.real;
  let race: Race | undefined;
  let result: number;
  if (operation === LOAD) {
    execution.step(thread, READS, location);
    race = atomicRead(thread.clock, thread.id, location);
    result = real[index]!;
  } else if (operation === COMPARE_EXCHANGE) {
    // A compareExchange that fails is a read: it releases nothing, and commutes with other reads.
    const exchanges = wouldExchange(view, real[index], operand);
    execution.step(thread, exchanges ? WRITES : READS, location);
    race = exchanges ? write(execution, thread, location, 1) : atomicRead(thread.clock, thread.id, location);
    result = genuine.compareExchange(real, index, operand, replacement);
  } else {
    execution.step(thread, WRITES, location);
    race = write(execution, thread, location, operation === STORE ? 0 : 1);
    result = modify(operation, real, index, operand);
  }
  trace(execution, thread, operation, location, operand, replacement, result);
  if (race !== undefined) execution.race(race, thread);
  return execution.performed(thread, operation, location, result);
}

function wouldExchange(view: RecordingView, before: number, expected: number): boolean {
  view.scratch[0] = expected;
  return view.scratch[0] === before;
}

function write(execution: Execution, thread: Thread, location: Location, reads: 0 | 1): Race | undefined {
  execution.writes++;
  thread.writes++;
  return atomicWrite(thread.clock, thread.id, location, reads);
}

function modify(operation: number, real: Int32Array, index: number, operand: number): number {
  switch (operation) {
    case STORE:
      return genuine.store(real, index, operand);
    case ADD:
      return genuine.add(real, index, operand);
    case SUB:
      return genuine.sub(real, index, operand);
    case AND:
      return genuine.and(real, index, operand);
    case OR:
      return genuine.or(real, index, operand);
    case XOR:
      return genuine.xor(real, index, operand);
    case EXCHANGE:
      return genuine.exchange(real, index, operand);
    default:
      throw new Error(`no such operation: ${operation}`);
  }
}

/**
 * Atomics.wait and Atomics.waitAsync. Returns the result where there is one at once; else a sleeping thread is left, and
 * an asynchronous wait gives the number of its task.
 *
 * A stray wake-up or a time-out is picked here rather than at some later time: nobody can tell, since a waiter that will
 * not be notified changes nothing for others (lists are FIFO).
 */
export function wait(
  execution: Execution,
  thread: Thread,
  operation: number,
  view: RecordingView,
  index: number,
  location: Location,
  expected: number,
  givenMs: number,
): unknown {
  const timeoutMs = givenMs === execution.limits.napMs ? Infinity : givenMs;
  const list = location.list;
  let result: string | undefined;
  if (wouldDiffer(view, index, expected)) result = 'not-equal';
  else if (timeoutMs <= 0) result = 'timed-out';
  execution.step(thread, result === undefined ? SLEEPS : READS, location);
  if (result === undefined) enterList(thread.clock, list);
  const race = atomicRead(thread.clock, thread.id, location);
  if (result === undefined) leaveList(thread.clock, thread.id, list);
  trace(execution, thread, operation, location, expected, timeoutMs, result ?? 'sleeps');
  if (race !== undefined) execution.race(race, thread);
  if (result !== undefined) return execution.performed(thread, operation, location, result);

  let options = 1 << USUAL;
  if (execution.straysLeft > 0) options |= 1 << STRAY;
  if (execution.timeoutsLeft > 0 && timeoutMs < Infinity) options |= 1 << TIMES_OUT;
  if (operation === WAIT && thread.killable && execution.killsLeft > 0) options |= 1 << DIES;
  const outcome = execution.outcome(thread, options);
  if (outcome === DIES) execution.die(thread);
  if (outcome === STRAY) {
    execution.straysLeft--;
    execution.trace?.push(`${thread.name} is woken by a stray notify`);
    result = 'ok';
  } else if (outcome === TIMES_OUT) {
    execution.timeoutsLeft--;
    thread.nowMs += timeoutMs;
    execution.trace?.push(`${thread.name} times out`);
    result = 'timed-out';
  }
  if (operation === WAIT_ASYNC) return waitAsync(execution, thread, location, result, timeoutMs);
  if (result !== undefined) return execution.performed(thread, operation, location, result);
  thread.state = ASLEEP;
  thread.waitMs = timeoutMs;
  enlist(thread, location, -1);
  return execution.unwind();
}

function waitAsync(
  execution: Execution,
  thread: Thread,
  location: Location,
  result: string | undefined,
  timeoutMs: number,
): unknown {
  const task = thread.tasks.length;
  thread.tasks.push({
    kind: 'wait',
    delayMs: timeoutMs,
    available: result !== undefined,
    over: false,
    value: result,
    clock: undefined,
  });
  if (result === undefined) enlist(thread, location, task);
  return execution.performed(thread, WAIT_ASYNC, location, task);
}

function wouldDiffer(view: RecordingView, index: number, expected: number): boolean {
  view.scratch[0] = expected;
  return view.scratch[0] !== view.real[index];
}

function enlist(thread: Thread, location: Location, task: number): void {
  const waiter: Waiter = { thread: thread.id, location, task };
  thread.waiters.push(waiter);
  location.list.waiters = [...location.list.waiters, waiter];
}

/** Atomics.notify: the first `count` of the list, in the order in which they came. */
export function notify(execution: Execution, thread: Thread, location: Location, count: number): unknown {
  const list = location.list;
  const woken = list.waiters.slice(0, count);
  execution.step(thread, list.waiters.length === 0 ? IDLES : NOTIFIES, location);
  if (list.waiters.length > 0) enterList(thread.clock, list);
  if (woken.length > 0) list.waiters = list.waiters.slice(woken.length);
  for (const waiter of woken) {
    const sleeper = execution.threads[waiter.thread];
    sleeper.waiters.splice(sleeper.waiters.indexOf(waiter), 1);
    if (waiter.task < 0) {
      sleeper.state = WOKEN;
      join(sleeper.clock, thread.clock);
    } else {
      const task = sleeper.tasks[waiter.task];
      task.available = true;
      task.value = 'ok';
      task.clock = thread.clock.slice();
    }
    execution.strategy.ordered?.(thread, sleeper);
  }
  if (woken.length > 0) leaveList(thread.clock, thread.id, list);
  trace(execution, thread, NOTIFY, location, count, 0, woken.length);
  return execution.performed(thread, NOTIFY, location, woken.length);
}

function trace(
  execution: Execution,
  thread: Thread,
  operation: number,
  location: Location,
  operand: number,
  replacement: number,
  result: unknown,
): void {
  if (execution.trace === undefined || thread.preparing) return;
  const operands =
    operation === LOAD
      ? []
      : operation === COMPARE_EXCHANGE || operation === WAIT
        ? [operand, replacement]
        : [operand];
  const call = `${operationNames[operation]}(${[location.name, ...operands].join(', ')})`;
  execution.trace.push(`${thread.name} ${call} → ${String(result)}${caller()}`);
}
