/** Adds 1 to a plain counter so many times, under a mutex; every eighth time by `tryLock` until it succeeds. */
import { parentPort, workerData } from 'node:worker_threads';
import { type LockHandle, openMutex } from 'slipring/locks';
import { withoutNaps } from './locks-without-naps.js';

withoutNaps();

const { handle, counter, rounds } = workerData as {
  handle: LockHandle<'mutex'>;
  counter: SharedArrayBuffer;
  rounds: number;
};
const mutex = openMutex(handle);
const plain = new Int32Array(counter);

for (let round = 0; round < rounds; round++) {
  if (round % 8 === 0) while (!mutex.tryLock());
  else mutex.lock();
  plain[0]++;
  mutex.unlock();
}
parentPort!.postMessage('done');
