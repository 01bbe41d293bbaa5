/** Locks in shared memory, and the two textbook bounded buffers made of them: what the ring is measured against. */
export type { LockHandle, LockKind } from './block.js';
export type { BoundedBuffer, SlotAction, TryTakeOutcome, Values } from './bounded-buffer.js';
export type { BufferHandle, BufferKind, BufferOptions, ColumnArrays, ItemColumns } from './buffer-memory.js';
export { type Condition, createCondition, openCondition } from './condition.js';
export {
  type ConditionBuffer,
  type ConditionBufferHandle,
  createConditionBuffer,
  openConditionBuffer,
} from './condition-buffer.js';
export { BufferClosedError, LockError } from './errors.js';
export { createMutex, type Mutex, openMutex } from './mutex.js';
export { createSemaphore, openSemaphore, type Semaphore } from './semaphore.js';
export {
  createSemaphoreBuffer,
  openSemaphoreBuffer,
  type SemaphoreBuffer,
  type SemaphoreBufferHandle,
} from './semaphore-buffer.js';
export type { LockAsyncWaitOptions, LockWaitOptions } from './wait-options.js';
