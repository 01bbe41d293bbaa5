/** The trades that the lab sends: contents follow from the sequence, and any number of them adds up exactly. */
import type { Writable } from 'slipring';
import type { TradeFields } from './trade.js';

const PRICES = 2 ** 20;
const QUANTITIES = 2 ** 10;

export const priceOf = (n: number): number => (n & (PRICES - 1)) * 0.5;
export const quantityOf = (n: number): number => n & (QUANTITIES - 1);

export function fillLabTrade(trade: Writable<TradeFields>, n: number): void {
  trade.id = n;
  trade.price = priceOf(n);
  trade.quantity = quantityOf(n);
}

/** The sum of price and quantity of the trades `from` … `from + count - 1`. */
export function sumOf(from: number, count: number): number {
  return sumBelow(from + count) - sumBelow(from);
}

const sumBelow = (end: number): number => turnsBelow(end, PRICES) * 0.5 + turnsBelow(end, QUANTITIES);

/** The sum of `n % size` for all n below `end`. */
function turnsBelow(end: number, size: number): number {
  const rest = end % size;
  return Math.floor(end / size) * ((size * (size - 1)) / 2) + (rest * (rest - 1)) / 2;
}
