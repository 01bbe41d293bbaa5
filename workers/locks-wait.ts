/** Waits once for a mutex (and gives it back, unless it shall keep it), a semaphore or a condition, with no time-out, and reports that it came through. */
import { parentPort, workerData } from 'node:worker_threads';
import { type LockHandle, openCondition, openMutex, openSemaphore } from 'slipring/locks';
import { withoutNaps } from './locks-without-naps.js';

const { naps } = workerData as { naps?: true };
const { what, handle, mutexHandle, keep } = workerData as
  | { what: 'mutex'; handle: LockHandle<'mutex'>; mutexHandle?: undefined; keep?: true }
  | { what: 'semaphore'; handle: LockHandle<'semaphore'>; mutexHandle?: undefined; keep?: undefined }
  | {
      what: 'condition';
      handle: LockHandle<'condition'>;
      mutexHandle: LockHandle<'mutex'>;
      keep?: undefined;
    };

if (!naps) withoutNaps();
parentPort!.postMessage('waiting');
if (what === 'mutex') {
  const mutex = openMutex(handle);
  mutex.lock();
  if (!keep) mutex.unlock();
} else if (what === 'semaphore') {
  openSemaphore(handle).acquire();
} else {
  const mutex = openMutex(mutexHandle);
  mutex.lock();
  openCondition(handle).wait(mutex);
  mutex.unlock();
}
parentPort!.postMessage('through');
