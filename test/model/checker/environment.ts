/**
 * The globals that code under check gets while a check is on: `Atomics`, the clocks, `Math.random` and timers. All of them
 * pass everything through that does not come from a thread under check.
 */

import { activate, active } from './active.js';
import { atomics } from './atomics.js';
import { CheckerError, UNWIND } from './errors.js';
import type { Execution } from './execution.js';
import { CLOCK } from './operations.js';
import { generator } from './strategies/random.js';
import type { Task, Thread } from './thread.js';

// --- Time and chance. A thread's clock is its own, and moves only when one of its waits times out.

const EPOCH_MS = 1_700_000_000_000;

function readClock(thread: Thread, execution: Execution): number {
  if (execution.unwinding) throw UNWIND;
  if (execution.replays(thread, CLOCK, undefined)) return thread.log[thread.position++] as number;
  execution.append(thread, CLOCK, undefined, thread.nowMs);
  thread.position++;
  if (execution.finding !== undefined) execution.unwind();
  return thread.nowMs;
}

const real = {
  dateNow: Date.now.bind(Date),
  performanceNow: performance.now.bind(performance),
  random: Math.random.bind(Math),
  nextTick: process.nextTick.bind(process),
  emit: process.emit.bind(process) as (...event: unknown[]) => boolean,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clear: globalThis.clearTimeout,
  clearImmediate: globalThis.clearImmediate,
};

/** The wall clock, for the checker's own use. */
export const wallClockMs: () => number = real.performanceNow;

/** Stands for a timer of a thread under check. Intervals never fire: they are there to keep an event loop alive. */
class Timer {
  readonly thread: Thread;
  readonly task: number;

  constructor(thread: Thread, task: number) {
    this.thread = thread;
    this.task = task;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

type Callback = (...parameters: unknown[]) => void;

/** Registers an event-loop task of the running thread; a re-run registers the same one again. */
export function addTask(thread: Thread, kind: Task['kind'], delayMs: number, callback: () => void): number {
  if (active!.unwinding) throw UNWIND;
  const task = thread.callbacks.length;
  thread.callbacks[task] = callback;
  if (task === thread.tasks.length) {
    thread.tasks.push({
      kind,
      delayMs,
      available: kind === 'event',
      over: false,
      value: undefined,
      clock: undefined,
    });
  }
  return task;
}

function timerOf(kind: 'timer' | 'yield', genuineTimer: (callback: Callback, delayMs?: number) => unknown) {
  return (callback: Callback, delayMs: number, ...parameters: unknown[]): unknown => {
    const thread = active?.current;
    if (thread === undefined) return genuineTimer(() => callback(...parameters), delayMs);
    return new Timer(
      thread,
      addTask(thread, kind, delayMs, () => callback(...parameters)),
    );
  };
}

function cancel(genuineCancel: (handle: never) => void): (handle: unknown) => void {
  return (handle) => {
    if (!(handle instanceof Timer)) genuineCancel(handle as never);
    else if (handle.task >= 0 && active?.unwinding === false) handle.thread.tasks[handle.task].over = true;
  };
}

/**
 * Where UNWIND leaves an event listener or a promise that nobody awaits, Node reports it through these two; there it ends.
 */
const nextTick: typeof process.nextTick = (callback: Callback, ...parameters: unknown[]) => {
  real.nextTick(() => {
    try {
      callback(...parameters);
    } catch (error) {
      if (error !== UNWIND) throw error;
    }
  });
};

function emit(...event: unknown[]): boolean {
  if (event[0] === 'unhandledRejection' && event[1] === UNWIND) return true;
  return real.emit(...event);
}

const replacements: [object, string, unknown][] = [
  [globalThis, 'Atomics', atomics],
  [Date, 'now', () => (active?.current ? EPOCH_MS + readClock(active.current, active) : real.dateNow())],
  [performance, 'now', () => (active?.current ? readClock(active.current, active) : real.performanceNow())],
  [
    Math,
    'random',
    () => {
      const thread = active?.current;
      return thread === undefined ? real.random() : generator(thread.random++)();
    },
  ],
  [process, 'nextTick', nextTick],
  [process, 'emit', emit],
  [globalThis, 'setTimeout', timerOf('timer', real.setTimeout)],
  [
    globalThis,
    'setImmediate',
    (callback: Callback, ...parameters: unknown[]) => immediate(callback, 0, ...parameters),
  ],
  [
    globalThis,
    'setInterval',
    (callback: Callback, delayMs: number, ...parameters: unknown[]) =>
      active?.current ? new Timer(active.current, -1) : real.setInterval(callback, delayMs, ...parameters),
  ],
  [globalThis, 'clearTimeout', cancel(real.clear)],
  [globalThis, 'clearInterval', cancel(real.clear)],
  [globalThis, 'clearImmediate', cancel(real.clearImmediate)],
];

const immediate = timerOf('yield', (callback) => real.setImmediate(callback));

/** Puts the globals in place for `execution`; returns what puts them back. */
export function install(execution: Execution): () => void {
  if (active !== undefined) throw new CheckerError("One check at a time: the globals are the checker's");
  activate(execution);
  const originals = replacements.map(([target, key, value]) => {
    const original = Object.getOwnPropertyDescriptor(target, key);
    // Test runners put "safe" timers in place and back at moments of their own: while a check is on, that has no effect.
    // Atomics, which they leave alone, is a plain property: getters are slow.
    const shape = key === 'Atomics' ? { value, writable: true } : { get: () => value, set: () => undefined };
    Object.defineProperty(target, key, { ...shape, configurable: true, enumerable: true });
    return [target, key, original] as const;
  });
  return () => {
    activate(undefined);
    for (const [target, key, original] of originals) {
      if (original === undefined) Reflect.deleteProperty(target, key);
      else Object.defineProperty(target, key, original);
    }
  };
}
