/** The operations that are scheduling points, and which pairs of them do not commute. */

export const LOAD = 0;
export const STORE = 1;
export const ADD = 2;
export const SUB = 3;
export const AND = 4;
export const OR = 5;
export const XOR = 6;
export const EXCHANGE = 7;
export const COMPARE_EXCHANGE = 8;
export const WAIT = 9;
export const WAIT_ASYNC = 10;
export const NOTIFY = 11;
/** The spin hint. */
export const PAUSE = 12;
/** Waiting for the end of another thread, as a supervisor waits for a worker's `exit`. */
export const JOIN = 13;
/** Logged, but no scheduling points. */
export const PLAIN = 14;
export const OBSERVE = 15;
export const CLOCK = 16;
export const ALLOCATE = 17;
export const DELIVER = 18;

export const operationNames: readonly string[] = [
  'load',
  'store',
  'add',
  'sub',
  'and',
  'or',
  'xor',
  'exchange',
  'compareExchange',
  'wait',
  'waitAsync',
  'notify',
  'pause',
  'join',
  'plain access',
  'observe',
  'clock',
  'allocate',
  'event-loop task',
];

/** Conflict classes of operations on one word. */
export const READS = 0;
export const WRITES = 1;
export const SLEEPS = 2;
export const NOTIFIES = 3;
/** Notifies where nobody sleeps. */
export const IDLES = 4;
/** Touches nothing that another thread can see. */
export const LOCAL = -1;

/** The class of an operation that is still to come: the strictest that it may turn out to be. */
export function conflictClass(operation: number): number {
  if (operation === LOAD) return READS;
  if (operation <= COMPARE_EXCHANGE) return WRITES;
  if (operation <= WAIT_ASYNC) return SLEEPS;
  return operation === NOTIFY ? NOTIFIES : LOCAL;
}

/**
 * For each class, a bit mask of the classes it conflicts with. A wait reads the word and joins the list, a notify only
 * looks at the list, so a store and a notify commute; which of two notifies comes first decides who wakes whom. A wait that does not
 * sleep is a read; two notifies that find nobody commute.
 */
export const conflictMasks: readonly number[] = [
  1 << WRITES,
  (1 << READS) | (1 << WRITES) | (1 << SLEEPS),
  (1 << WRITES) | (1 << SLEEPS) | (1 << NOTIFIES) | (1 << IDLES),
  (1 << SLEEPS) | (1 << NOTIFIES) | (1 << IDLES),
  (1 << SLEEPS) | (1 << NOTIFIES),
];
