/** A benchmark's producer or consumer on a textbook bounded buffer. */
import { workerData } from 'node:worker_threads';
import {
  type ColumnArrays,
  type ConditionBufferHandle,
  openConditionBuffer,
  openSemaphoreBuffer,
  type SemaphoreBufferHandle,
} from 'slipring/locks';
import { Checker, onGo, ready } from './bench-rounds.js';

/** The trade's columns, as the buffers have them. */
export type TradeColumns = { readonly id: 'u32'; readonly price: 'f64'; readonly quantity: 'i32' };

export interface LocksBenchData {
  role: 'producer' | 'consumer';
  handle: ConditionBufferHandle<TradeColumns> | SemaphoreBufferHandle<TradeColumns>;
  count: number;
}

const { role, handle, count } = workerData as LocksBenchData;
const buffer =
  handle.slipring === 'condition-buffer' ? openConditionBuffer(handle) : openSemaphoreBuffer(handle);

function fill(columns: ColumnArrays<TradeColumns>, slot: number, n: number): void {
  columns.id[slot] = n;
  columns.price[slot] = n * 0.5;
  columns.quantity[slot] = n & 1023;
}

if (role === 'producer') {
  let next = 0;
  onGo(() => {
    let n = next;
    next += count;
    for (; n < next; n++) buffer.put(fill, n);
  });
} else {
  const checker = new Checker(count);
  const read = (columns: ColumnArrays<TradeColumns>, slot: number): void =>
    checker.see(columns.id[slot], columns.price[slot], columns.quantity[slot]);
  ready();
  while (buffer.take(read));
}
