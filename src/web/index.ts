/** What needs Web Locks, as browsers, Node from 24 on and Deno have them. */
export { holdLock, type HeldLock, type LockMark, type LockOptions } from './hold-lock.js';
export type { LockManagerLike } from './locks.js';
export { type LockSupervision, type LockSupervisionOptions, superviseLock } from './supervise-lock.js';
