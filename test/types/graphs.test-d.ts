import { type Consumer, createRing, event, f64, type Observer, type Ring, ringBytes } from 'slipring';
import { describe, expectTypeOf, it } from 'vitest';

const Trade = event({ price: f64 });

describe('the names of consumers', () => {
  it('come from the record or the list in which they are declared', () => {
    const record = createRing(Trade, {
      capacity: 8,
      consumers: { journal: {}, risk: { after: ['journal'] } },
    });
    expectTypeOf<Parameters<typeof record.openConsumer>[0]>().toEqualTypeOf<'journal' | 'risk'>();
    expectTypeOf(record.consumerNames).toEqualTypeOf<readonly ('journal' | 'risk')[]>();
    const list = createRing(Trade, { capacity: 8, consumers: ['journal', 'risk'] });
    expectTypeOf<Parameters<typeof list.openConsumer>[0]>().toEqualTypeOf<'journal' | 'risk'>();
    // @ts-expect-error no such consumer
    record.openConsumer('audit');
    // @ts-expect-error no such consumer
    list.openConsumer('audit');
    // @ts-expect-error a consumer has a name
    record.openConsumer();
  });

  it('are any text in a ring whose names are known at run time', () => {
    const names: string[] = ['a', 'b'];
    const ring = createRing(Trade, { capacity: 8, consumers: names });
    expectTypeOf(ring).toEqualTypeOf<Ring<{ readonly price: typeof f64 }, string>>();
    ring.openConsumer('whatever');
  });
});

describe('`after`', () => {
  it('takes declared names, in any order, wherever they are declared', () => {
    createRing(Trade, {
      capacity: 8,
      consumers: {
        join: { after: ['left', 'right'] },
        left: { after: ['source'] },
        right: { after: ['source'] },
        source: {},
      },
    });
    createRing(Trade, { capacity: 8, consumers: { one: { after: [] } } });
    ringBytes(Trade, { capacity: 8, consumers: { a: {}, b: { after: ['a'] } } });
  });

  it('takes no name that is not declared', () => {
    // @ts-expect-error no such consumer
    createRing(Trade, { capacity: 8, consumers: { journal: {}, risk: { after: ['journl'] } } });
    // @ts-expect-error no such consumer
    createRing(Trade, { capacity: 8, consumers: { risk: { after: ['journal'] } } });
    // @ts-expect-error no such consumer
    ringBytes(Trade, { capacity: 8, consumers: { journal: {}, risk: { after: ['journl'] } } });
  });

  it('does not take a consumer’s own name', () => {
    // @ts-expect-error a consumer cannot come after itself
    createRing(Trade, { capacity: 8, consumers: { journal: { after: ['journal'] } } });
    // @ts-expect-error a consumer cannot come after itself
    createRing(Trade, { capacity: 8, consumers: { journal: {}, risk: { after: ['journal', 'risk'] } } });
  });

  it('is a list', () => {
    // @ts-expect-error a name is no list of names
    createRing(Trade, { capacity: 8, consumers: { journal: {}, risk: { after: 'journal' } } });
  });
});

describe('the options of a ring', () => {
  it('are the ones that there are', () => {
    createRing(Trade, { capacity: 8, consumers: ['a'], producers: 1, firstSequence: 5 });
    // @ts-expect-error no capacity
    createRing(Trade, { consumers: ['a'] });
    // @ts-expect-error no consumers
    createRing(Trade, { capacity: 8 });
    // @ts-expect-error no such option
    createRing(Trade, { capacity: 8, consumers: ['a'], size: 3 });
    createRing(Trade, { capacity: 8, consumers: ['a'], producers: 2 });
    // @ts-expect-error a number
    createRing(Trade, { capacity: 8, consumers: ['a'], producers: 'two' });
    // @ts-expect-error a number
    createRing(Trade, { capacity: '8', consumers: ['a'] });
    // @ts-expect-error no event
    createRing({ price: f64 }, { capacity: 8, consumers: ['a'] });
  });

  it('of a consumer are the ones that there are', () => {
    // @ts-expect-error no such option
    createRing(Trade, { capacity: 8, consumers: { a: {}, b: { before: ['a'] } } });
  });
});

it('a graph that is put together at run time compiles', () => {
  const graph: Record<string, { after?: string[] }> = { journal: {}, risk: { after: ['journal'] } };
  expectTypeOf(createRing(Trade, { capacity: 8, consumers: graph }).consumerNames).toEqualTypeOf<
    readonly string[]
  >();
});

describe('joining and observing', () => {
  const ring = createRing(Trade, { capacity: 8, consumers: ['journal'], spareSeats: 1, spareWorkers: 2 });

  it('takes the options of a consumer, a group or a lossy one', () => {
    expectTypeOf(ring.join('resize', { workers: 2, after: ['journal'], start: 'oldest' })).toEqualTypeOf<
      Consumer<{ readonly price: typeof f64 }>
    >();
    ring.join('tap', { lossy: true, timeoutMs: 10 });
    // @ts-expect-error a number of workers
    ring.join('resize', { workers: '2' });
  });

  it('hands an observer copies, which are plain objects', () => {
    const observer = ring.observe();
    expectTypeOf(observer).toEqualTypeOf<Observer<{ readonly price: typeof f64 }>>();
    observer.poll((trade, sequence) => {
      expectTypeOf(trade.price).toEqualTypeOf<number>();
      expectTypeOf(sequence).toEqualTypeOf<number>();
    });
    expectTypeOf(observer.runAsync(async () => {})).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error an observer comes after nobody
    ring.observe({ after: ['journal'] });
  });
});
