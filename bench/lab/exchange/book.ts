/**
 * A price-time order book: the best price trades first, and at one price whoever came first. Integers only, in arrays: a price is an index,
 * each level a list threaded through the orders' slots. Nothing is allocated after it is made.
 *
 *   side      level (price)     first ──▶ order ⇄ order ⇄ order ◀── last        in order of arrival
 *   buys      … 98 99|          best buy: the highest level that has orders
 *   sells            |101 102 … best sell: the lowest
 */

export const BUY = 0;
export const SELL = 1;
/** An order's kind: as the two sides, or this. */
export const CANCEL = 2;

export type Side = typeof BUY | typeof SELL;

/** Hears of every trade: the order that rested, the one that came, and at what price (the resting one's) how much changed hands. */
export type OnTrade = (maker: number, taker: number, price: number, quantity: number) => void;

/** An order that rests in the book. */
export interface RestingOrder {
  id: number;
  side: Side;
  price: number;
  quantity: number;
}

/** No order. */
const NONE = -1;

export class Book {
  /** Prices are 0 … prices - 1. */
  readonly prices: number;
  readonly #onTrade: OnTrade;
  readonly #mask: number;
  // By slot: the order's id, price, what is left of it (0: the slot is free), side, and its neighbours in its level.
  readonly #id: Int32Array;
  readonly #price: Int32Array;
  readonly #left: Int32Array;
  readonly #side: Uint8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  // By side and price: the slots of the level's first and last order.
  readonly #first: readonly [Int32Array, Int32Array];
  readonly #last: readonly [Int32Array, Int32Array];
  #bestBuy = -1;
  #bestSell: number;
  #resting = 0;

  /**
   * `slots`, a power of two, is how far the ids of two living orders may be apart: an order has the slot of its id's low bits.
   * @throws RangeError for anything else.
   */
  constructor(prices: number, slots: number, onTrade: OnTrade) {
    if (!Number.isInteger(prices) || prices < 1)
      throw new RangeError(`A book has at least one price, not ${prices}.`);
    if (slots < 1 || !Number.isInteger(Math.log2(slots)))
      throw new RangeError(`A book's slots are a power of two, not ${slots}.`);
    this.prices = prices;
    this.#onTrade = onTrade;
    this.#mask = slots - 1;
    this.#id = new Int32Array(slots);
    this.#price = new Int32Array(slots);
    this.#left = new Int32Array(slots);
    this.#side = new Uint8Array(slots);
    this.#next = new Int32Array(slots);
    this.#previous = new Int32Array(slots);
    const levels = (): [Int32Array, Int32Array] => [
      new Int32Array(prices).fill(NONE),
      new Int32Array(prices).fill(NONE),
    ];
    this.#first = levels();
    this.#last = levels();
    this.#bestSell = prices;
  }

  /** The highest price that somebody would pay; -1 if nobody would. */
  get bestBuy(): number {
    return this.#bestBuy;
  }

  /** The lowest price that somebody would take; `prices` if nobody would. */
  get bestSell(): number {
    return this.#bestSell;
  }

  /** Orders that rest in it. */
  get resting(): number {
    return this.#resting;
  }

  /**
   * A limit order: trades with whoever rests at its price or better, and rests with what is left. False, and nothing is done, when the
   * order is no order (no such price, no quantity) or an older one still has its slot.
   */
  limit(id: number, side: Side, price: number, quantity: number): boolean {
    const slot = id & this.#mask;
    if (!(price >= 0 && price < this.prices) || quantity <= 0 || this.#left[slot] !== 0) return false;
    const rest = side === BUY ? this.#buy(id, price, quantity) : this.#sell(id, price, quantity);
    if (rest > 0) this.#rest(slot, id, side, price, rest);
    return true;
  }

  /** Takes an order out; returns what was left of it, 0 when it is not there (any more). */
  cancel(id: number): number {
    const slot = id & this.#mask;
    const left = this.#left[slot];
    if (left === 0 || this.#id[slot] !== (id | 0)) return 0;
    this.#remove(slot);
    return left;
  }

  /** What rests, side by side: buys first, by price from the lowest on, and in order of arrival. */
  *orders(): IterableIterator<RestingOrder> {
    for (const side of [BUY, SELL] as const) {
      for (let price = 0; price < this.prices; price++) {
        for (let slot = this.#first[side][price]; slot !== NONE; slot = this.#next[slot])
          yield { id: this.#id[slot] >>> 0, side, price, quantity: this.#left[slot] };
      }
    }
  }

  /** A number that follows from everything that rests and its order. */
  checksum(): number {
    let sum = 0;
    for (const { id, side, price, quantity } of this.orders())
      sum = mix(mix(mix(mix(sum, id), side), price), quantity);
    return sum;
  }

  #buy(id: number, price: number, quantity: number): number {
    const first = this.#first[SELL];
    while (quantity > 0 && this.#bestSell <= price) {
      quantity = this.#trade(first[this.#bestSell], id, this.#bestSell, quantity);
    }
    return quantity;
  }

  #sell(id: number, price: number, quantity: number): number {
    const first = this.#first[BUY];
    while (quantity > 0 && this.#bestBuy >= price) {
      quantity = this.#trade(first[this.#bestBuy], id, this.#bestBuy, quantity);
    }
    return quantity;
  }

  /** Trades with the order in this slot; returns what is left of the one that came. */
  #trade(slot: number, taker: number, price: number, quantity: number): number {
    const left = this.#left[slot];
    const traded = left < quantity ? left : quantity;
    const maker = this.#id[slot] >>> 0;
    if (traded === left) this.#remove(slot);
    else this.#left[slot] = left - traded;
    this.#onTrade(maker, taker, price, traded);
    return quantity - traded;
  }

  #rest(slot: number, id: number, side: Side, price: number, quantity: number): void {
    const last = this.#last[side];
    const before = last[price];
    this.#id[slot] = id;
    this.#side[slot] = side;
    this.#price[slot] = price;
    this.#left[slot] = quantity;
    this.#previous[slot] = before;
    this.#next[slot] = NONE;
    last[price] = slot;
    if (before === NONE) {
      this.#first[side][price] = slot;
      if (side === BUY) {
        if (price > this.#bestBuy) this.#bestBuy = price;
      } else if (price < this.#bestSell) this.#bestSell = price;
    } else this.#next[before] = slot;
    this.#resting++;
  }

  #remove(slot: number): void {
    const side = this.#side[slot];
    const price = this.#price[slot];
    const before = this.#previous[slot];
    const after = this.#next[slot];
    this.#left[slot] = 0;
    this.#resting--;
    if (after === NONE) this.#last[side][price] = before;
    else this.#previous[after] = before;
    if (before !== NONE) {
      this.#next[before] = after;
      return;
    }
    const first = this.#first[side];
    first[price] = after;
    if (after !== NONE) return;
    // The level is empty: if it was the best, the next one that is not.
    if (side === BUY) {
      if (price === this.#bestBuy) {
        let best = price - 1;
        while (best >= 0 && first[best] === NONE) best--;
        this.#bestBuy = best;
      }
    } else if (price === this.#bestSell) {
      let best = price + 1;
      while (best < this.prices && first[best] === NONE) best++;
      this.#bestSell = best;
    }
  }
}

/** One step of a checksum that depends on the order of what goes into it: FNV-1a's, on words. */
export function mix(sum: number, word: number): number {
  return Math.imul(sum ^ word, 0x01000193);
}
