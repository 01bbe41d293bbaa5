/** Puts into a queue, or takes from it until it ends; reports what, and how it ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { SlipringError } from 'slipring';
import { openQueue, type QueueHandle } from 'slipring/queue';

export interface QueueData {
  readonly queue: QueueHandle;
  /** How many to put, and from which number on; to take unless given. */
  readonly count?: number;
  readonly from?: number;
}

const { queue: handle, count, from = 0 } = workerData as QueueData;
const queue = openQueue<number>(handle);
const values: number[] = [];
let end = 'done';
try {
  if (count !== undefined) {
    for (let n = from; n < from + count; n++) {
      queue.put(n);
      values.push(n);
    }
  } else {
    for (;;) {
      values.push(queue.get());
      queue.taskDone();
    }
  }
} catch (error) {
  if (!(error instanceof SlipringError)) throw error;
  end = error.code;
}
parentPort!.postMessage({ values, end });
