/** Takes from a bounded buffer until its end; counts each item in shared memory, and reports what was wrong with any. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type ColumnArrays,
  type ConditionBufferHandle,
  openConditionBuffer,
  openSemaphoreBuffer,
  type SemaphoreBufferHandle,
} from 'slipring/locks';
import { withoutNaps } from './locks-without-naps.js';

type Columns = { readonly producer: 'u8'; readonly id: 'u32'; readonly price: 'f64' };

withoutNaps();

const { handle, seen, perProducer } = workerData as {
  handle: ConditionBufferHandle<Columns> | SemaphoreBufferHandle<Columns>;
  seen: SharedArrayBuffer;
  perProducer: number;
};
const buffer =
  handle.slipring === 'condition-buffer' ? openConditionBuffer(handle) : openSemaphoreBuffer(handle);
const times = new Int32Array(seen);
const last: number[] = [];
const wrong: string[] = [];
let taken = 0;

function read(columns: ColumnArrays<Columns>, slot: number): void {
  const producer = columns.producer[slot];
  const id = columns.id[slot];
  if (columns.price[slot] !== id / 4 + producer) wrong.push(`item ${id} of ${producer} is torn`);
  if (id <= (last[producer] ?? -1)) wrong.push(`item ${id} of ${producer} came after ${last[producer]}`);
  last[producer] = id;
  Atomics.add(times, producer * perProducer + id, 1);
}

parentPort!.postMessage('started');
while (buffer.take(read)) taken++;
parentPort!.postMessage({ taken, wrong });
