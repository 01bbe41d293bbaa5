/** A benchmark's producer or consumer on a MessagePort: an object each, or arrays of so many. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { Checker, onGo, ready } from './bench-rounds.js';

export interface PostMessageBenchData {
  role: 'producer' | 'consumer';
  port: MessagePort;
  count: number;
  /** Trades a message. */
  batch: number;
}

interface PostedTrade {
  id: number;
  price: number;
  quantity: number;
}

const { role, port, count, batch } = workerData as PostMessageBenchData;
const tradeOf = (n: number): PostedTrade => ({ id: n, price: n * 0.5, quantity: n & 1023 });

if (role === 'producer') {
  let next = 0;
  onGo(() => {
    let n = next;
    const end = n + count;
    next = end;
    if (batch === 1) {
      for (; n < end; n++) port.postMessage(tradeOf(n));
    } else {
      for (; n < end; n += batch)
        port.postMessage(Array.from({ length: batch }, (_, offset) => tradeOf(n + offset)));
    }
  });
} else {
  const checker = new Checker(count);
  const see = (trade: PostedTrade): void => checker.see(trade.id, trade.price, trade.quantity);
  if (batch === 1) port.on('message', see);
  else port.on('message', (trades: PostedTrade[]) => trades.forEach(see));
  ready();
}
