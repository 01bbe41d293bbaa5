import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Book, BUY, type RestingOrder, SELL, type Side } from '../../bench/lab/exchange/book.js';
import { Flow, standingsOf, Tally, bookOf, apply } from '../../bench/lab/exchange/flow.js';

type Trade = [maker: number, taker: number, price: number, quantity: number];

function bookWithTrades(prices = 10, slots = 16): { book: Book; trades: Trade[] } {
  const trades: Trade[] = [];
  return { book: new Book(prices, slots, (...trade) => trades.push(trade)), trades };
}

/** The book as one would write it first: lists, sorted at every look. */
class NaiveBook {
  readonly resting: RestingOrder[] = [];
  readonly trades: Trade[] = [];

  limit(id: number, side: Side, price: number, quantity: number): boolean {
    if (this.resting.some((order) => (order.id & 15) === (id & 15))) return false;
    const crosses = (order: RestingOrder): boolean =>
      order.side !== side && (side === BUY ? order.price <= price : order.price >= price);
    // Sorting is stable, so that those who came first stay first.
    const opposite = this.resting
      .filter(crosses)
      .sort((a, b) => (side === BUY ? a.price - b.price : b.price - a.price));
    for (const order of opposite) {
      if (quantity === 0) break;
      const traded = Math.min(quantity, order.quantity);
      order.quantity -= traded;
      quantity -= traded;
      if (order.quantity === 0) this.resting.splice(this.resting.indexOf(order), 1);
      this.trades.push([order.id, id, order.price, traded]);
    }
    if (quantity > 0) this.resting.push({ id, side, price, quantity });
    return true;
  }

  cancel(id: number): number {
    const at = this.resting.findIndex((order) => order.id === id);
    return at === -1 ? 0 : this.resting.splice(at, 1)[0].quantity;
  }

  best(side: Side): number {
    const prices = this.resting.filter((order) => order.side === side).map(({ price }) => price);
    return side === BUY ? Math.max(-1, ...prices) : Math.min(10, ...prices);
  }
}

describe('the order book of the lab', () => {
  it('lets orders rest that nobody matches', () => {
    const { book, trades } = bookWithTrades();
    expect([book.bestBuy, book.bestSell]).toEqual([-1, 10]);
    book.limit(1, BUY, 4, 5);
    book.limit(2, SELL, 5, 5);
    expect([book.bestBuy, book.bestSell, book.resting]).toEqual([4, 5, 2]);
    expect(trades).toEqual([]);
  });

  it('trades at the price of the order that rested, the best price first', () => {
    const { book, trades } = bookWithTrades();
    book.limit(1, SELL, 7, 5);
    book.limit(2, SELL, 5, 5);
    book.limit(3, BUY, 9, 7);
    expect(trades).toEqual([
      [2, 3, 5, 5],
      [1, 3, 7, 2],
    ]);
    expect([...book.orders()]).toEqual([{ id: 1, side: SELL, price: 7, quantity: 3 }]);
  });

  it('trades at one price with whoever came first', () => {
    const { book, trades } = bookWithTrades();
    book.limit(1, BUY, 5, 2);
    book.limit(2, BUY, 5, 2);
    book.limit(3, SELL, 5, 3);
    expect(trades).toEqual([
      [1, 3, 5, 2],
      [2, 3, 5, 1],
    ]);
    expect([...book.orders()]).toEqual([{ id: 2, side: BUY, price: 5, quantity: 1 }]);
  });

  it('lets what is left of an order rest', () => {
    const { book } = bookWithTrades();
    book.limit(1, SELL, 5, 2);
    book.limit(2, BUY, 5, 3);
    expect([...book.orders()]).toEqual([{ id: 2, side: BUY, price: 5, quantity: 1 }]);
    expect([book.bestBuy, book.bestSell]).toEqual([5, 10]);
  });

  it('takes a cancelled order out of the middle of its level, once', () => {
    const { book, trades } = bookWithTrades();
    for (const id of [1, 2, 3]) book.limit(id, SELL, 5, id);
    expect(book.cancel(2)).toBe(2);
    expect(book.cancel(2)).toBe(0);
    book.limit(4, BUY, 5, 4);
    expect(trades.map(([maker]) => maker)).toEqual([1, 3]);
    expect(book.resting).toBe(0);
  });

  it('does not cancel another order that has the slot by now', () => {
    const { book } = bookWithTrades();
    book.limit(1, BUY, 5, 2);
    book.cancel(1);
    book.limit(17, BUY, 5, 2);
    expect(book.cancel(1)).toBe(0);
    expect(book.resting).toBe(1);
  });

  it('refuses what is no order, or whose slot is taken, and stays as it is', () => {
    const { book, trades } = bookWithTrades();
    book.limit(1, BUY, 5, 2);
    const before = book.checksum();
    expect(book.limit(17, SELL, 5, 2)).toBe(false);
    expect(book.limit(2, SELL, 10, 2)).toBe(false);
    expect(book.limit(2, SELL, -1, 2)).toBe(false);
    expect(book.limit(2, SELL, NaN, 2)).toBe(false);
    expect(book.limit(2, SELL, 5, 0)).toBe(false);
    expect(book.checksum()).toBe(before);
    expect(trades).toEqual([]);
  });

  it('refuses sizes that no book can have', () => {
    expect(() => new Book(0, 16, () => {})).toThrow(RangeError);
    expect(() => new Book(10, 15, () => {})).toThrow(RangeError);
  });

  it('knows ids beyond 2^31', () => {
    const { book, trades } = bookWithTrades();
    book.limit(2 ** 32 - 1, BUY, 5, 2);
    book.limit(2 ** 31, SELL, 5, 1);
    expect(trades).toEqual([[2 ** 32 - 1, 2 ** 31, 5, 1]]);
    expect(book.cancel(2 ** 32 - 1)).toBe(1);
  });

  it('does what lists that are sorted at every look do, whatever comes', () => {
    const step = fc.oneof(
      fc.record({
        id: fc.integer({ min: 0, max: 40 }),
        side: fc.constantFrom(BUY, SELL),
        price: fc.integer({ min: 0, max: 9 }),
        quantity: fc.integer({ min: 1, max: 5 }),
      }),
      fc.record({ cancelled: fc.integer({ min: 0, max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { book, trades } = bookWithTrades();
        const naive = new NaiveBook();
        for (const each of steps) {
          if ('cancelled' in each) expect(book.cancel(each.cancelled)).toBe(naive.cancel(each.cancelled));
          else {
            const { id, side, price, quantity } = each;
            expect(book.limit(id, side, price, quantity)).toBe(naive.limit(id, side, price, quantity));
          }
          expect([book.bestBuy, book.bestSell]).toEqual([naive.best(BUY), naive.best(SELL)]);
          expect(book.resting).toBe(naive.resting.length);
        }
        expect(trades).toEqual(naive.trades);
        const sorted = [...naive.resting].sort((a, b) => a.side - b.side || a.price - b.price);
        expect([...book.orders()]).toEqual(sorted);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the lab's flow of orders", () => {
  it('is the same every time, never refused, and neither starves nor floods the book', () => {
    const tally = new Tally();
    const book = bookOf(tally.see);
    const flow = new Flow();
    for (let n = 0; n < 100_000; n++) {
      flow.next();
      if (flow.kind === 2) book.cancel(flow.id);
      else expect(book.limit(flow.id, flow.kind, flow.price, flow.quantity)).toBe(true);
    }
    expect(tally.trades).toBeGreaterThan(10_000);
    expect(book.resting).toBeGreaterThan(100);
    expect(standingsOf([100_000]).standings.get(100_000)).toEqual({
      orders: 100_000,
      trades: tally.trades,
      tradesChecksum: tally.checksum,
      bookChecksum: book.checksum(),
    });
  });

  it('gives another book when one order is missing', () => {
    const [whole, without] = [[], [501]].map((missing: number[]) => {
      const book = bookOf(() => {});
      const flow = new Flow();
      for (let n = 0; n < 1_000; n++) {
        flow.next();
        if (!missing.includes(n - 1)) apply(book, flow.id, flow.kind, flow.price, flow.quantity);
      }
      return book.checksum();
    });
    expect(without).not.toBe(whole);
  });
});
