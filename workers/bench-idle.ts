/** A thread that has nothing to do: a consumer of an empty ring, or a producer into a full one. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { fillTrade, Trade } from './trade.js';

const { role, ring: handle } = workerData as { role: 'consumer' | 'producer'; ring: RingHandle };
const ring = openRing(handle, Trade);
if (role === 'consumer') {
  const consumer = ring.openConsumer('reader');
  parentPort!.postMessage('ready');
  consumer.run(() => {});
} else {
  const producer = ring.openProducer();
  for (let n = 0; n < ring.capacity; n++) producer.publish(fillTrade, n);
  parentPort!.postMessage('ready');
  producer.publish(fillTrade, ring.capacity);
}
