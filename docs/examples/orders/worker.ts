/** Takes orders until the queue is closed and empty, handles each, and says so. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { openQueue, type QueueHandle } from 'slipring/queue';
import { append, type Order, readLedger } from './ledger.js';

export interface WorkerData {
  readonly queue: QueueHandle;
  readonly ledger: string;
  /** How much work an order is: rounds of a hash. */
  readonly rounds: number;
}

const { queue: handle, ledger, rounds } = workerData as WorkerData;
const queue = openQueue<Order>(handle);

for (const order of queue) {
  // Looked up only after a death: the ledger is long, and deaths are few.
  if (order.again !== true || !readLedger(ledger).entries.has(order.id)) {
    const { id, customer, article, quantity } = order;
    append(ledger, { id, customer, article, quantity, receipt: receiptOf(order) });
  }
  parentPort!.postMessage(order.id); // after the line is written: whatever was not said comes again
}
queue[Symbol.dispose]();

/** Work that keeps a processor busy. */
function receiptOf({ id, customer, article, quantity }: Order): string {
  let receipt = `${id} ${customer} ${article} ${quantity}`;
  for (let round = 0; round < rounds; round++) receipt = createHash('sha256').update(receipt).digest('hex');
  return receipt;
}
