/** Making a queue, and opening one that another thread made. */
import { createRing, openRing } from '../create.js';
import { ArgumentError } from '../errors.js';
import { describe } from '../event.js';
import { mustKnow } from '../options.js';
import type { Codec } from '../payload/columns.js';
import { views } from '../core/views.js';
import { mustBeQueueHandle, type QueueHandle, type WhenQueueFull } from './handle.js';
import { SharedQueue } from './queue.js';
import { TAKERS } from './taking.js';
import { TASKS_BYTES } from './tasks.js';
import { type QueueValues, valueEvent, valuesName } from './values.js';

/** What a queue is made with. */
export interface QueueOptions<T = unknown> {
  /** The most values that it holds: a power of two, 1 to 2^27. */
  readonly capacity: number;
  /** Threads that put, and threads that take, at the same time: 16 of each unless given, at most 256. */
  readonly maxThreads?: number;
  /** How values are written: `'structured-clone'` unless given, or `'json'` where there is no `node:v8`; `'number'`; or a codec. */
  readonly values?: QueueValues<T>;
  /** What `put` does when the queue is full: `'block'` unless given. */
  readonly whenFull?: WhenQueueFull;
  /**
   * Bytes for the values of each putting thread, 128 to 2^30: one value has half of them at most. Unless given 64 for each slot, 64 KiB at
   * least. Not with `values: 'number'`.
   */
  readonly arenaBytes?: number;
  /**
   * What its ring lies in: `'plain'` shared memory unless given, or with `'wasm'` a WebAssembly memory, as for `createRing`. A put and a get
   * take less time then; the memory is whole pages of 64 KiB.
   */
  readonly memory?: 'plain' | 'wasm';
}

const MOST_THREADS = 256;
const POLICIES: readonly unknown[] = ['block', 'strict', 'drop-newest', 'drop-oldest'];

/**
 * Makes a queue in fresh shared memory. For each of `maxThreads` it takes an arena of `arenaBytes`, 4 bytes for each slot, and under 1.5 KiB; for
 * each slot 12 bytes more; and under 4 KiB: by default 1.1 MB at a capacity of 1,024. `queue.bytes` tells. With `values: 'number'` there
 * are no arenas, and it is 0.1 MB.
 * @throws ArgumentError `ERR_CAPACITY`, `ERR_QUEUE_THREADS`, `ERR_QUEUE_VALUES`, `ERR_COLUMN_TYPE` (no codec), `ERR_WHEN_FULL`, `ERR_ARENA_BYTES`,
 * `ERR_OPTION`; PlatformError `ERR_NO_SHARED_MEMORY`, `ERR_MEMORY`, `ERR_NO_STRUCTURED_CLONE`.
 * @example const jobs = createQueue<Job>({ capacity: 1024 });
 */
export function createQueue(
  options: QueueOptions<number> & { readonly values: 'number' },
): SharedQueue<number>;
export function createQueue<T = unknown>(options: QueueOptions<T>): SharedQueue<T>;
export function createQueue<T>(options: QueueOptions<T>): SharedQueue<T> {
  mustKnow(options, ['capacity', 'maxThreads', 'values', 'whenFull', 'arenaBytes', 'memory'], 'createQueue');
  const { capacity, maxThreads = 16, values, whenFull = 'block', arenaBytes, memory } = options;
  if (!Number.isInteger(maxThreads) || maxThreads < 1 || maxThreads > MOST_THREADS) {
    throw new ArgumentError(
      'ERR_QUEUE_THREADS',
      `maxThreads is a whole number from 1 to ${MOST_THREADS}, not ${describe(maxThreads)}.`,
    );
  }
  if (!POLICIES.includes(whenFull)) {
    throw new ArgumentError(
      'ERR_WHEN_FULL',
      `whenFull is 'block', 'strict', 'drop-newest' or 'drop-oldest', not ${describe(whenFull)}.`,
    );
  }
  const name = valuesName(values);
  const ring = createRing(valueEvent(name, values as Codec<T>), {
    capacity,
    producers: maxThreads,
    consumers: { [TAKERS]: { workers: maxThreads } },
    ...(arenaBytes !== undefined && { arenaBytes }),
    ...(memory !== undefined && { memory }),
  });
  const tasks = views.allocate(TASKS_BYTES);
  const handle: QueueHandle = {
    slipring: 'queue',
    ring: ring.handle,
    tasks,
    values: name,
    whenFull,
    maxThreads,
  };
  return new SharedQueue<T>(handle, ring);
}

/**
 * Opens a queue in another thread: once, since each has seats of its own. `values`: the codec, for a queue that was made with one.
 * @throws HandleError `ERR_HANDLE`, `ERR_HANDLE_SCHEMA` (another codec), and as `openRing`; ArgumentError `ERR_COLUMN_TYPE` (no codec was given),
 * `ERR_OPTION`.
 * @example const jobs = openQueue<Job>(workerData.jobs);
 */
export function openQueue<T = unknown>(
  handle: QueueHandle,
  options: { readonly values?: Codec<T> } = {},
): SharedQueue<T> {
  mustBeQueueHandle(handle);
  mustKnow(options, ['values'], 'openQueue');
  const ring = openRing(handle.ring, valueEvent(handle.values, options.values));
  return new SharedQueue<T>(handle, ring);
}
