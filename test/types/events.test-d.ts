import {
  array,
  bool,
  type Columns,
  createRing,
  event,
  type EventType,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  openRing,
  type Plain,
  type Readable,
  type RingHandle,
  u16,
  u32,
  u64,
  u8,
  type Writable,
} from 'slipring';
import { describe, expectTypeOf, it } from 'vitest';

const _everything = () =>
  event({
    i8,
    u8,
    i16,
    u16,
    i32,
    u32,
    f32,
    f64,
    i64,
    u64,
    bool,
    levels: array(f64, 3),
    flags: array(bool, 2),
    longs: array(i64, 2),
  });
type FieldsOf<E> = E extends EventType<infer F> ? F : never;
type EverythingFields = FieldsOf<ReturnType<typeof _everything>>;

describe('an event’s fields', () => {
  it('are numbers, bigints for 64 bits, booleans, or typed arrays over shared memory', () => {
    type Event = Writable<EverythingFields>;
    expectTypeOf<
      Event['i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64']
    >().toEqualTypeOf<number>();
    expectTypeOf<Event['i64' | 'u64']>().toEqualTypeOf<bigint>();
    expectTypeOf<Event['bool']>().toEqualTypeOf<boolean>();
    expectTypeOf<Event['levels']>().toEqualTypeOf<Float64Array<SharedArrayBuffer>>();
    expectTypeOf<Event['flags']>().toEqualTypeOf<Uint8Array<SharedArrayBuffer>>();
    expectTypeOf<Event['longs']>().toEqualTypeOf<BigInt64Array<SharedArrayBuffer>>();
  });

  it('are columns of the whole ring', () => {
    type All = Columns<EverythingFields>;
    expectTypeOf<All['i8']>().toEqualTypeOf<Int8Array<SharedArrayBuffer>>();
    expectTypeOf<All['u32']>().toEqualTypeOf<Uint32Array<SharedArrayBuffer>>();
    expectTypeOf<All['f32']>().toEqualTypeOf<Float32Array<SharedArrayBuffer>>();
    expectTypeOf<All['u64']>().toEqualTypeOf<BigUint64Array<SharedArrayBuffer>>();
    expectTypeOf<All['bool']>().toEqualTypeOf<Uint8Array<SharedArrayBuffer>>();
    expectTypeOf<All['levels']>().toEqualTypeOf<Float64Array<SharedArrayBuffer>>();
  });

  it('are copied into plain values', () => {
    type Copy = Plain<EverythingFields>;
    expectTypeOf<Copy['f64']>().toEqualTypeOf<number>();
    expectTypeOf<Copy['u64']>().toEqualTypeOf<bigint>();
    expectTypeOf<Copy['bool']>().toEqualTypeOf<boolean>();
    expectTypeOf<Copy['levels']>().toEqualTypeOf<number[]>();
    expectTypeOf<Copy['flags']>().toEqualTypeOf<boolean[]>();
    expectTypeOf<Copy['longs']>().toEqualTypeOf<bigint[]>();
    expectTypeOf<ReturnType<Readable<EverythingFields>['toObject']>>().toEqualTypeOf<Copy>();
  });

  it('may come from several records', () => {
    const _trade = () => event({ id: u32 }, { price: f64 }, { on: bool });
    type Fields = FieldsOf<ReturnType<typeof _trade>>;
    expectTypeOf<Omit<Writable<Fields>, 'toObject'>>().toEqualTypeOf<{
      id: number;
      price: number;
      on: boolean;
    }>();
  });

  it('are of the types that there are', () => {
    // @ts-expect-error a text is no column type
    event({ price: 'f64' });
    // @ts-expect-error a constructor is no column type
    event({ price: Float64Array });
    // @ts-expect-error an array of arrays is no column type
    array(array(f64, 2), 2);
    // @ts-expect-error an array field has a length
    array(f64);
    // @ts-expect-error an event has at least one record
    event();
  });
});

const ring = createRing(event({ id: u32, price: f64, big: i64, on: bool, levels: array(f64, 2) }), {
  capacity: 8,
  consumers: ['reader'],
});
const producer = ring.openProducer();
const reader = ring.openConsumer('reader');

describe('a fill', () => {
  it('writes the fields that there are, with what they hold', () => {
    producer.publish((trade) => {
      expectTypeOf(trade.id).toEqualTypeOf<number>();
      trade.id = 1;
      trade.big = 1n;
      trade.on = true;
      trade.levels[1] = 2;
      // @ts-expect-error no such field
      trade.prize = 1;
      // @ts-expect-error a number is no text
      trade.price = '1';
      // @ts-expect-error 64 bits take a bigint
      trade.big = 1;
      // @ts-expect-error and nothing else does
      trade.id = 1n;
      // @ts-expect-error a bool takes true or false
      trade.on = 1;
    });
  });

  it('gets the arguments that publish was given', () => {
    const sequence = producer.publish(
      (trade, id, price) => {
        expectTypeOf(id).toEqualTypeOf<number>();
        expectTypeOf(price).toEqualTypeOf<number>();
        trade.id = id;
        trade.price = price;
      },
      7 as number,
      9.5 as number,
    );
    expectTypeOf(sequence).toEqualTypeOf<number>();
    const fill = (trade: { id: number }, id: number, _note: string): void => void (trade.id = id);
    producer.publish(fill, 1, 'a');
    producer.publish({ timeoutMs: 1 }, fill, 1, 'a');
    expectTypeOf(producer.tryPublish(fill, 1, 'a')).toEqualTypeOf<number | undefined>();
    expectTypeOf(producer.publishAsync(fill, 1, 'a')).toEqualTypeOf<Promise<number>>();
    expectTypeOf(producer.publishAsync({ signal: new AbortController().signal }, fill, 1, 'a')).toEqualTypeOf<
      Promise<number>
    >();
    // @ts-expect-error an argument is missing
    producer.publish(fill, 1);
    // @ts-expect-error one too many
    producer.publish(fill, 1, 'a', 2);
    // @ts-expect-error of another type
    producer.publish(fill, '1', 'a');
    // @ts-expect-error of another type
    producer.tryPublish(fill, 1, 2);
    // @ts-expect-error of another type
    void producer.publishAsync(fill, 1, 2);
    // @ts-expect-error a parking wait takes no signal: it cannot fire in a parked thread
    producer.publish({ signal: new AbortController().signal }, fill, 1, 'a');
    // @ts-expect-error an async wait takes no cancel token
    void producer.publishAsync({ cancel: undefined as never as object }, fill, 1, 'a');
  });

  it('of a batch gets each item and its index', () => {
    const last = producer.publishBatch([{ id: 1 }], (trade, item, index) => {
      expectTypeOf(item).toEqualTypeOf<{ id: number }>();
      expectTypeOf(index).toEqualTypeOf<number>();
      trade.id = item.id;
    });
    expectTypeOf(last).toEqualTypeOf<number | undefined>();
    producer.publishBatch(new Float64Array(2), (trade, price) => {
      trade.price = price;
      // @ts-expect-error the item is a number
      trade.on = price;
    });
  });

  it('of a claim writes events or columns', () => {
    const claim = producer.claim(2);
    for (const trade of claim) {
      trade.big = 5n;
      // @ts-expect-error no such field
      trade.prize = 1;
    }
    const { price, big } = claim.columns;
    for (const { from, to } of claim.spans) for (let slot = from; slot < to; slot++) price[slot] = slot;
    // @ts-expect-error 64 bits take a bigint
    big[0] = 1;
    // @ts-expect-error no such column
    void claim.columns.prize;
    // @ts-expect-error columns are not replaced
    claim.columns.price = price;
    expectTypeOf(producer.tryClaim(1)).toEqualTypeOf<typeof claim | undefined>();
    expectTypeOf(producer.claimAsync(1)).resolves.toEqualTypeOf<typeof claim>();
  });
});

describe('a consumer', () => {
  it('reads events, and writes none', () => {
    reader.run((trade, sequence, endOfBatch) => {
      expectTypeOf(trade.id).toEqualTypeOf<number>();
      expectTypeOf(trade.big).toEqualTypeOf<bigint>();
      expectTypeOf(trade.on).toEqualTypeOf<boolean>();
      expectTypeOf(trade.levels).toEqualTypeOf<Float64Array<SharedArrayBuffer>>();
      expectTypeOf(sequence).toEqualTypeOf<number>();
      expectTypeOf(endOfBatch).toEqualTypeOf<boolean>();
      // @ts-expect-error read-only
      trade.id = 1;
      // @ts-expect-error read-only
      trade.levels = new Float64Array(new SharedArrayBuffer(16));
      // @ts-expect-error no such field
      void trade.prize;
    });
    expectTypeOf<Parameters<typeof reader.poll>[0]>().toEqualTypeOf<Parameters<typeof reader.run>[0]>();
  });

  it('takes batches of the same events, and undefined at the end', () => {
    const batch = reader.take();
    expectTypeOf(batch).toBeNullable();
    for (const trade of batch!) {
      expectTypeOf(trade.price).toEqualTypeOf<number>();
      // @ts-expect-error read-only
      trade.price = 1;
    }
    expectTypeOf(reader.takeAsync()).resolves.toEqualTypeOf<typeof batch>();
    for (const one of reader) expectTypeOf(one).toEqualTypeOf<NonNullable<typeof batch>>();
  });

  it('handles with a function that awaits only in the async form', () => {
    void reader.runAsync(async (trade) => {
      await Promise.resolve(trade.id);
    });
    expectTypeOf<ReturnType<typeof reader.runAsync>>().toEqualTypeOf<Promise<number>>();
    // @ts-expect-error a parking wait takes no signal
    reader.run(() => {}, { signal: new AbortController().signal });
    // @ts-expect-error poll never waits
    reader.poll(() => {}, { timeoutMs: 5 });
    // @ts-expect-error an async wait does not park, however
    void reader.runAsync(() => {}, { wait: 'park' });
  });
});

describe('openRing', () => {
  it('is typed by its event', () => {
    const opened = openRing(ring.handle, ring.event);
    expectTypeOf(opened.event).toEqualTypeOf(ring.event);
    opened.openConsumer('reader').poll((trade) => {
      expectTypeOf(trade.id).toEqualTypeOf<number>();
      // @ts-expect-error no such field
      void trade.prize;
    });
    expectTypeOf<Parameters<typeof opened.openConsumer>[0]>().toEqualTypeOf<string>();
    openRing(ring.handle, event({ other: u8 }))
      .openProducer()
      .publish((mine) => {
        mine.other = 1;
        // @ts-expect-error a field of another event
        mine.id = 1;
      });
  });

  it('takes a handle, not a ring or a buffer', () => {
    expectTypeOf(ring.handle).toEqualTypeOf<RingHandle>();
    // @ts-expect-error the ring is not its handle
    openRing(ring, ring.event);
    // @ts-expect-error nor is its buffer
    openRing(ring.handle.buffer, ring.event);
    // @ts-expect-error an event is made by event()
    openRing(ring.handle, { id: u32 });
  });
});
