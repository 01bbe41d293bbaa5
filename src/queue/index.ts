/** A bounded queue of values between threads, made of a ring. */
export { createQueue, openQueue, type QueueOptions } from './create.js';
export { QueueError, UnreadableValueError } from './errors.js';
export type { QueueHandle, WhenQueueFull } from './handle.js';
export {
  createPermits,
  type Holder,
  openPermits,
  type Permit,
  type Permits,
  PermitsError,
} from './permits.js';
export type { PermitsHandle } from '../permits-handle.js';
export type { SharedQueue } from './queue.js';
export type { QueueValues } from './values.js';
