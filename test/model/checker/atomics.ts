/** `Atomics` for code under check. Calls that no thread under check makes go to the genuine one. */

import { active } from './active.js';
import { caller } from './describe.js';
import { access, notify, wait } from './effects.js';
import { CheckerError, UNWIND, WideAtomics } from './errors.js';
import {
  ADD,
  AND,
  COMPARE_EXCHANGE,
  EXCHANGE,
  LOAD,
  NOTIFY,
  OR,
  PAUSE,
  STORE,
  SUB,
  WAIT,
  WAIT_ASYNC,
  XOR,
} from './operations.js';
import type { Elements } from './views.js';
import { recordingOf, RecordingView } from './views.js';

const genuine = globalThis.Atomics;

/** What is passed to Atomics: a recording view, or a typed array that a program made by itself. */
type AnyView = RecordingView | Elements;

function realOf(view: AnyView): Elements {
  return view instanceof RecordingView ? view.real : view;
}

/** An access of one element by the running thread, or by nobody under check. */
function element(
  operation: number,
  anyView: AnyView,
  index: number,
  operand: number,
  replacement: number,
): unknown {
  const thread = active?.current;
  if (thread === undefined || (!(anyView instanceof RecordingView) && !isShared(anyView))) {
    return passThrough(operation, realOf(anyView), index, operand, replacement);
  }
  const execution = active!;
  if (execution.unwinding) throw UNWIND;
  const view = anyView instanceof RecordingView ? anyView : recordingOf(anyView);
  const location = view.location(index);
  if (execution.replays(thread, operation, location)) return thread.log[thread.position++];
  if (location.bytes === 8 && execution.memory.atomicGranuleShift < 3)
    execution.mistake(new WideAtomics('64-bit atomics'));
  execution.turn(thread, operation, location);
  return access(execution, thread, operation, view, index, location, operand, replacement);
}

function isShared(view: Elements): boolean {
  return (view.buffer as unknown) instanceof SharedArrayBuffer;
}

function passThrough(
  operation: number,
  view: Elements,
  index: number,
  operand: number,
  replacement: number,
): number {
  if (operation !== LOAD && active !== undefined) active.spoiled = true;
  switch (operation) {
    case LOAD:
      return genuine.load(view, index);
    case STORE:
      return genuine.store(view, index, operand);
    case ADD:
      return genuine.add(view, index, operand);
    case SUB:
      return genuine.sub(view, index, operand);
    case AND:
      return genuine.and(view, index, operand);
    case OR:
      return genuine.or(view, index, operand);
    case XOR:
      return genuine.xor(view, index, operand);
    case EXCHANGE:
      return genuine.exchange(view, index, operand);
    default:
      return genuine.compareExchange(view, index, operand, replacement);
  }
}

function sleep(
  operation: number,
  anyView: AnyView,
  index: number,
  expected: number,
  timeoutMs = Infinity,
): unknown {
  const execution = active!;
  const thread = execution.current!;
  if (execution.unwinding) throw UNWIND;
  const view = anyView instanceof RecordingView ? anyView : recordingOf(anyView);
  const location = view.location(index);
  if (execution.replays(thread, operation, location)) return thread.log[thread.position++];
  execution.turn(thread, operation, location);
  const limit = Number.isNaN(timeoutMs) ? Infinity : Math.max(0, timeoutMs);
  return wait(execution, thread, operation, view, index, location, expected, limit);
}

export const atomics = {
  load: (view: AnyView, index: number) => element(LOAD, view, index, 0, 0),
  store: (view: AnyView, index: number, value: number) => element(STORE, view, index, value, 0),
  add: (view: AnyView, index: number, value: number) => element(ADD, view, index, value, 0),
  sub: (view: AnyView, index: number, value: number) => element(SUB, view, index, value, 0),
  and: (view: AnyView, index: number, value: number) => element(AND, view, index, value, 0),
  or: (view: AnyView, index: number, value: number) => element(OR, view, index, value, 0),
  xor: (view: AnyView, index: number, value: number) => element(XOR, view, index, value, 0),
  exchange: (view: AnyView, index: number, value: number) => element(EXCHANGE, view, index, value, 0),
  compareExchange: (view: AnyView, index: number, expected: number, replacement: number) =>
    element(COMPARE_EXCHANGE, view, index, expected, replacement),

  wait(view: AnyView, index: number, expected: number, timeoutMs?: number): unknown {
    if (active?.current === undefined) {
      if (active !== undefined && timeoutMs !== 0) throw new CheckerError('setup and finally must not wait');
      return genuine.wait(realOf(view), index, expected, timeoutMs);
    }
    return sleep(WAIT, view, index, expected, timeoutMs);
  },

  waitAsync(view: AnyView, index: number, expected: number, timeoutMs?: number): unknown {
    const thread = active?.current;
    if (thread === undefined) return genuine.waitAsync(realOf(view), index, expected, timeoutMs);
    const result = sleep(WAIT_ASYNC, view, index, expected, timeoutMs);
    if (typeof result === 'string') return { async: false, value: result };
    const value = new Promise((resolve) => {
      thread.callbacks[result as number] = resolve;
    });
    return { async: true, value };
  },

  notify(anyView: AnyView, index: number, count = Infinity): unknown {
    const thread = active?.current;
    if (thread === undefined) return genuine.notify(realOf(anyView), index, count);
    const execution = active!;
    if (execution.unwinding) throw UNWIND;
    const view = anyView instanceof RecordingView ? anyView : recordingOf(anyView);
    const location = view.location(index);
    if (execution.replays(thread, NOTIFY, location)) return thread.log[thread.position++];
    execution.turn(thread, NOTIFY, location);
    return notify(execution, thread, location, Math.max(0, count));
  },

  pause(): void {
    const thread = active?.current;
    if (thread === undefined) return;
    const execution = active!;
    if (execution.unwinding) throw UNWIND;
    if (execution.replays(thread, PAUSE, undefined)) {
      thread.position++;
      return;
    }
    execution.turn(thread, PAUSE, undefined);
    execution.trace?.push(`${thread.name} pause()${caller()}`);
    execution.performed(thread, PAUSE, undefined, undefined);
  },

  isLockFree: (bytes: number) => genuine.isLockFree(bytes),
  [Symbol.toStringTag]: 'Atomics',
};
