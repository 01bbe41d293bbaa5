/** The event that tests and benchmarks carry: three columns whose contents follow from the sequence, so that any mix-up shows. */
import { event, type EventType, f64, i32, type Readable, u32, type Writable } from 'slipring';

export type TradeFields = { id: typeof u32; price: typeof f64; quantity: typeof i32 };

export const Trade: EventType<TradeFields> = event({ id: u32, price: f64, quantity: i32 });

/** Writes the trade of sequence `n`. */
export function fillTrade(trade: Writable<TradeFields>, n: number): void {
  trade.id = n;
  trade.price = n * 0.5;
  trade.quantity = n & 1023;
}

/** Throws unless this is the trade of sequence `n`. */
export function checkTrade(trade: Readable<TradeFields>, n: number): void {
  if (trade.id !== n >>> 0 || trade.price !== n * 0.5 || trade.quantity !== (n & 1023)) {
    throw new Error(`sequence ${n} carries ${JSON.stringify(trade.toObject())}`);
  }
}
