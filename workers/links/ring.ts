/** slipring. */
import { openRing, type RingHandle, type WaitMode } from 'slipring';
import { Trade, type TradeFields } from '../trade.js';
import type { Writable } from 'slipring';
import { type Link, noSend } from './link.js';

export interface RingLink {
  kind: 'ring';
  ring: RingHandle;
  wait: WaitMode;
}

function fill(trade: Writable<TradeFields>, id: number, price: number, quantity: number): void {
  trade.id = id;
  trade.price = price;
  trade.quantity = quantity;
}

export function ringLink({ ring: handle, wait }: RingLink, end: 'send' | 'receive'): Link {
  const ring = openRing(handle, Trade);
  if (end === 'send') {
    const producer = ring.openProducer({ wait });
    return { send: (id, price, quantity) => void producer.publish(fill, id, price, quantity) };
  }
  const consumer = ring.openConsumer('reader', { wait });
  return {
    send: noSend,
    take(see) {
      const batch = consumer.take()!;
      for (const trade of batch) see(trade.id, trade.price, trade.quantity);
      batch.release();
    },
  };
}
