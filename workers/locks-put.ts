/** Puts so many items into a bounded buffer, all made from its own number and theirs; reports how many, and why it ended. */
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

const { handle, producer, count } = workerData as {
  handle: ConditionBufferHandle<Columns> | SemaphoreBufferHandle<Columns>;
  producer: number;
  count: number;
};
const buffer =
  handle.slipring === 'condition-buffer' ? openConditionBuffer(handle) : openSemaphoreBuffer(handle);

function fill(columns: ColumnArrays<Columns>, slot: number, from: number, id: number): void {
  columns.producer[slot] = from;
  columns.id[slot] = id;
  columns.price[slot] = id / 4 + from;
}

let put = 0;
let code = '';
parentPort!.postMessage('started');
try {
  for (; put < count; put++) buffer.put(fill, producer, put);
} catch (error) {
  code = (error as { code: string }).code;
}
parentPort!.postMessage({ put, code });
