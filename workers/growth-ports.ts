/** A benchmark's producer or consumer of trades on MessagePorts: every port gets every trade, and each is checked by itself. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { Checker, onGo, ready } from './bench-rounds.js';

export interface PortsData {
  role: 'producer' | 'consumer';
  ports: MessagePort[];
  /** Trades a round, on each port. */
  count: number;
}

interface PostedTrade {
  id: number;
  price: number;
  quantity: number;
}

const { role, ports, count } = workerData as PortsData;

if (role === 'producer') {
  let next = 0;
  onGo(() => {
    let n = next;
    next += count;
    for (; n < next; n++) {
      const trade: PostedTrade = { id: n, price: n * 0.5, quantity: n & 1023 };
      for (const port of ports) port.postMessage(trade);
    }
  });
} else {
  for (const port of ports) {
    const checker = new Checker(count); // reports the end of its own stream
    port.on('message', (trade: PostedTrade) => checker.see(trade.id, trade.price, trade.quantity));
  }
  ready();
}
