/** Enters a room with few places so many times, and reports the most that it ever met inside. */
import { parentPort, workerData } from 'node:worker_threads';
import { type LockHandle, openSemaphore } from 'slipring/locks';
import { withoutNaps } from './locks-without-naps.js';

withoutNaps();

const { handle, room, rounds } = workerData as {
  handle: LockHandle<'semaphore'>;
  room: SharedArrayBuffer;
  rounds: number;
};
const semaphore = openSemaphore(handle);
const inside = new Int32Array(room);

let most = 0;
for (let round = 0; round < rounds; round++) {
  semaphore.acquire();
  most = Math.max(most, Atomics.add(inside, 0, 1) + 1);
  Atomics.sub(inside, 0, 1);
  semaphore.release();
}
parentPort!.postMessage(most);
