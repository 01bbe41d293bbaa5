/** What a queue passes to other threads. */
import { HandleError } from '../errors.js';
import { describe } from '../event.js';
import { isSharedMemory, type RingHandle } from '../handle.js';
import { TASKS_BYTES } from './tasks.js';
import type { ValuesName } from './values.js';

/** What `put` does when the queue is full: waits, throws `ERR_QUEUE_FULL`, drops its own value, or drops the oldest ones. */
export type WhenQueueFull = 'block' | 'strict' | 'drop-newest' | 'drop-oldest';

/** Opens a queue in another thread: plain and cloneable, for `workerData` and `postMessage`. */
export interface QueueHandle {
  readonly slipring: 'queue';
  readonly ring: RingHandle;
  readonly tasks: SharedArrayBuffer;
  readonly values: ValuesName;
  readonly whenFull: WhenQueueFull;
  readonly maxThreads: number;
}

/** @throws HandleError `ERR_HANDLE`. What there is of the ring is looked at when it is opened. */
export function mustBeQueueHandle(handle: unknown): asserts handle is QueueHandle {
  const { slipring, tasks } = (handle ?? {}) as Partial<QueueHandle>;
  if (slipring === 'queue' && isSharedMemory(tasks) && tasks.byteLength === TASKS_BYTES) return;
  throw new HandleError(
    'ERR_HANDLE',
    `A queue is opened by its handle, as queue.handle gives it, not by ${describe(handle)}.`,
  );
}
