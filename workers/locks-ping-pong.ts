/** One side of a ping-pong: waits until the plain ball is on its side, counts, and plays it back. */
import { parentPort, workerData } from 'node:worker_threads';
import { type LockHandle, openCondition, openMutex } from 'slipring/locks';
import { withoutNaps } from './locks-without-naps.js';

withoutNaps();

const { mutexHandle, conditionHandle, ball, side, rounds } = workerData as {
  mutexHandle: LockHandle<'mutex'>;
  conditionHandle: LockHandle<'condition'>;
  ball: SharedArrayBuffer;
  side: 0 | 1;
  rounds: number;
};
const mutex = openMutex(mutexHandle);
const condition = openCondition(conditionHandle);
const plain = new Int32Array(ball);

let met = 0;
for (let round = 0; round < rounds; round++) {
  mutex.lock();
  while (plain[0] % 2 !== side) condition.wait(mutex);
  if (plain[0] === 2 * round + side) met++;
  plain[0]++;
  mutex.unlock();
  condition.notify();
}
parentPort!.postMessage(met);
