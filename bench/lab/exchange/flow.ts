/**
 * The orders of a made-up day: the same for the same seed, in whatever thread. Every other one is a new limit order around a price that wanders;
 * between them each order is cancelled some time after it came, if it still rests. About a third of the new ones trade at once.
 */
import { Book, BUY, CANCEL, mix, type OnTrade, SELL, type Side } from './book.js';

export const PRICES = 4_096;

/** An order is cancelled so many orders after it came: odd, since the even ones are new. */
const LIFETIME = 8_191;

/** Ids of living orders are at most LIFETIME apart. */
const SLOTS = 16_384;

/** How far from the middle an order's price may lie beyond the other side's, and how far away on its own. */
const AGGRESSIVE = 6;
const SPREAD_BITS = 31;

/** The order of the moment; `next()` makes it the following one. */
export class Flow {
  id = -1;
  kind: Side | typeof CANCEL = CANCEL;
  price = 0;
  quantity = 0;
  /** When it was due, where latency is measured; else 0. */
  at = 0;
  #n = -1;
  #random = 0x2545f491;
  #middle = PRICES >> 1;

  next(): void {
    const n = ++this.#n;
    if ((n & 1) === 1) {
      this.id = n > LIFETIME ? n - LIFETIME : 0;
      this.kind = CANCEL;
      this.price = 0;
      this.quantity = 0;
      return;
    }
    // xorshift32
    let random = this.#random;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    this.#random = random;
    if ((random & 0x3f00) === 0) this.#wander(random >>> 16);
    const away = AGGRESSIVE - (random & SPREAD_BITS);
    this.id = n;
    this.kind = (random & 0x80) === 0 ? BUY : SELL;
    this.price = this.kind === BUY ? this.#middle + away : this.#middle - away;
    this.quantity = 1 + ((random >>> 20) & 15);
  }

  #wander(random: number): void {
    const middle = this.#middle + (random & 1 ? 1 : -1);
    if (middle > 64 && middle < PRICES - 64) this.#middle = middle;
  }
}

/** A book for such a flow. */
export const bookOf = (onTrade: OnTrade): Book => new Book(PRICES, SLOTS, onTrade);

/** One order into a book. */
export function apply(book: Book, id: number, kind: number, price: number, quantity: number): void {
  if (kind === CANCEL) book.cancel(id);
  else book.limit(id, kind as Side, price, quantity);
}

/** Counts trades, and sums them up so that their order matters. */
export class Tally {
  trades = 0;
  checksum = 0;

  readonly see = (maker: number, taker: number, price: number, quantity: number): void => {
    this.trades++;
    this.checksum = mix(mix(mix(mix(this.checksum, maker), taker), price), quantity);
  };
}

/** What an exchange has come to after so many orders. */
export interface Standing {
  orders: number;
  trades: number;
  /** Of all trades so far. */
  tradesChecksum: number;
  /** Of what rests. */
  bookChecksum: number;
}

/** The same orders on one thread, with nothing handed over: what must have come out after each of these many, and nanoseconds a whole. */
export function standingsOf(after: Iterable<number>): {
  standings: Map<number, Standing>;
  ordersASecond: number;
} {
  const ends = [...new Set(after)].sort((a, b) => a - b);
  const tally = new Tally();
  const book = bookOf(tally.see);
  const flow = new Flow();
  const standings = new Map<number, Standing>();
  let orders = 0;
  let ms = 0;
  for (const end of ends) {
    const started = performance.now();
    for (; orders < end; orders++) {
      flow.next();
      apply(book, flow.id, flow.kind, flow.price, flow.quantity);
    }
    ms += performance.now() - started;
    standings.set(end, {
      orders,
      trades: tally.trades,
      tradesChecksum: tally.checksum,
      bookChecksum: book.checksum(),
    });
  }
  return { standings, ordersASecond: orders / (ms / 1_000) };
}
