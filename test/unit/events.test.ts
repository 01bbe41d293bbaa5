import {
  array,
  bool,
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
  TurnError,
  u16,
  u32,
  u64,
  u8,
  type Writable,
} from 'slipring';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { atOnce, expectThrown, thrownBy } from './support.js';

const Everything = event({
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
  bytes: array(u8, 1),
});

const lowest = {
  i8: -128,
  u8: 0,
  i16: -32_768,
  u16: 0,
  i32: -(2 ** 31),
  u32: 0,
  f32: -1.5,
  f64: Number.MIN_VALUE,
  i64: -(2n ** 63n),
  u64: 0n,
  bool: false,
  levels: [-Infinity, 0.1, -0],
  flags: [false, true],
  longs: [-1n, -(2n ** 63n)],
  bytes: [0],
};

const highest = {
  i8: 127,
  u8: 255,
  i16: 32_767,
  u16: 65_535,
  i32: 2 ** 31 - 1,
  u32: 2 ** 32 - 1,
  f32: 2 ** 24,
  f64: Number.MAX_VALUE,
  i64: 2n ** 63n - 1n,
  u64: 2n ** 64n - 1n,
  bool: true,
  levels: [Number.MAX_SAFE_INTEGER, NaN, 1e-300],
  flags: [true, false],
  longs: [2n ** 63n - 1n, 0n],
  bytes: [255],
};

type Value = typeof lowest;

type EverythingFields = typeof Everything extends EventType<infer F> ? F : never;

function fillEverything(everything: Writable<EverythingFields>, value: Value): void {
  Object.assign(everything, value);
}

function everythingRing(capacity = 2) {
  const ring = createRing(Everything, { capacity, consumers: ['reader'] });
  return { ring, producer: ring.openProducer(atOnce), reader: ring.openConsumer('reader', atOnce) };
}

describe('an event with every type of column', () => {
  it('arrives as it was written, in every slot', () => {
    const { producer, reader } = everythingRing();
    const seen: object[] = [];
    for (const value of [lowest, highest, highest, lowest]) {
      producer.publish(fillEverything, value);
      reader.poll((everything) => seen.push(everything.toObject()));
    }
    expect(seen).toEqual([lowest, highest, highest, lowest]);
  });

  it('keeps neighbouring slots apart', () => {
    const { producer, reader } = everythingRing(4);
    const values = [highest, lowest, lowest, highest];
    producer.publishBatch(values, (everything, value) => fillEverything(everything, value));
    const seen: object[] = [];
    reader.poll((everything) => seen.push(everything.toObject()));
    expect(seen).toEqual(values);
  });

  it('is read property by property, each of its own JavaScript type', () => {
    const { producer, reader } = everythingRing();
    producer.publish(fillEverything, highest);
    reader.poll((everything) => {
      expect(everything.i8).toBe(127);
      expect(everything.u32).toBe(2 ** 32 - 1);
      expect(everything.f32).toBe(2 ** 24);
      expect(everything.i64).toBe(2n ** 63n - 1n);
      expect(everything.bool).toBe(true);
      expect(everything.levels).toBeInstanceOf(Float64Array);
      expect(everything.levels).toHaveLength(3);
      expect([...everything.longs]).toEqual([2n ** 63n - 1n, 0n]);
      expect([...everything.flags]).toEqual([1, 0]);
    });
    expect.hasAssertions();
  });

  it('is written element by element through an array field', () => {
    const { producer, reader } = everythingRing();
    producer.publish((everything) => {
      everything.levels[1] = 2.5;
      everything.flags[1] = 1;
      everything.longs.fill(7n);
    });
    const seen: object[] = [];
    reader.poll((everything) => seen.push(everything.toObject()));
    expect(seen).toMatchObject([{ levels: [0, 2.5, 0], flags: [false, true], longs: [7n, 7n] }]);
  });

  it('has columns that are plain typed arrays over the ring’s memory, one element or array a slot', () => {
    const { ring, producer } = everythingRing(4);
    const { columns } = producer.claim(1);
    expect(columns.i8).toBeInstanceOf(Int8Array);
    expect(columns.u8).toBeInstanceOf(Uint8Array);
    expect(columns.i16).toBeInstanceOf(Int16Array);
    expect(columns.u16).toBeInstanceOf(Uint16Array);
    expect(columns.i32).toBeInstanceOf(Int32Array);
    expect(columns.u32).toBeInstanceOf(Uint32Array);
    expect(columns.f32).toBeInstanceOf(Float32Array);
    expect(columns.f64).toBeInstanceOf(Float64Array);
    expect(columns.i64).toBeInstanceOf(BigInt64Array);
    expect(columns.u64).toBeInstanceOf(BigUint64Array);
    expect(columns.bool).toBeInstanceOf(Uint8Array);
    expect(columns.f64).toHaveLength(4);
    expect(columns.levels).toHaveLength(12);
    for (const column of Object.values(columns)) expect(column.buffer).toBe(ring.handle.buffer);
  });

  it('reads through the accessor what was written through the columns, and the other way round', () => {
    const { producer, reader } = everythingRing();
    using claim = producer.claim(2);
    const { columns } = claim;
    for (const { from, to } of claim.spans) {
      for (let slot = from; slot < to; slot++) {
        columns.f64[slot] = slot + 0.5;
        columns.bool[slot] = 1;
        columns.levels.set([slot, slot, slot], slot * 3);
      }
    }
    claim.commit();
    const seen: unknown[] = [];
    reader.poll((everything) => seen.push([everything.f64, everything.bool, [...everything.levels]]));
    expect(seen).toEqual([
      [0.5, true, [0, 0, 0]],
      [1.5, true, [1, 1, 1]],
    ]);

    producer.publish(fillEverything, highest);
    using batch = reader.take()!;
    expect(batch.columns.f64[batch.spans[0].from]).toBe(Number.MAX_VALUE);
    expect(batch.columns.bool[batch.spans[0].from]).toBe(1);
  });
});

describe('an accessor', () => {
  it('takes no field that the event does not have, for producers and consumers', () => {
    const { producer, reader } = everythingRing();
    producer.publish((everything) => {
      expect(thrownBy(() => Object.assign(everything, { prize: 1 }))).toBeInstanceOf(TypeError);
      expect(Object.isExtensible(everything)).toBe(false);
    });
    reader.poll((everything) => {
      expect(thrownBy(() => Object.assign(everything, { prize: 1 }))).toBeInstanceOf(TypeError);
      expect(Object.isExtensible(everything)).toBe(false);
    });
    expect.assertions(4);
  });

  it('cannot be written by a consumer', () => {
    const { producer, reader } = everythingRing();
    producer.publish(fillEverything, highest);
    reader.poll((everything) => {
      for (const name of Object.keys(highest)) {
        expect(
          thrownBy(() => Object.assign(everything, { [name]: 0 })),
          name,
        ).toBeInstanceOf(TypeError);
      }
      expect(everything.toObject()).toEqual(highest);
    });
    expect.hasAssertions();
  });

  it('refuses a number for 64 bits, and nothing is published', () => {
    const { ring, producer } = everythingRing();
    expect(thrownBy(() => producer.publish((everything) => (everything.i64 = 1 as never)))).toBeInstanceOf(
      TypeError,
    );
    expect(ring.snapshot().published).toBe(0);
  });

  it('takes anything true or false for a bool', () => {
    const { producer, reader } = everythingRing();
    const seen: boolean[] = [];
    for (const value of [1, '', 'no', 0, null, {}]) {
      producer.publish((everything) => (everything.bool = value as never));
      reader.poll((everything) => seen.push(everything.bool));
    }
    expect(seen).toEqual([true, false, true, false, false, true]);
  });

  it('is one object for all events of a seat, and its own for each seat', () => {
    const { producer, reader } = everythingRing();
    const accessors = new Set<object>();
    for (let n = 0; n < 4; n++) {
      producer.publish((everything) => void accessors.add(everything));
      reader.poll((everything) => void accessors.add(everything));
    }
    expect(accessors.size).toBe(2);
  });

  it('says so when it is used after its turn, in fills, handlers, claims and batches', () => {
    const { producer, reader } = everythingRing();
    const kept: { readonly f64: number; toObject(): object }[] = [];
    let filled: object = {};
    producer.publish((everything) => {
      filled = everything;
      kept.push(everything);
    });
    reader.poll((everything) => void kept.push(everything));
    const claim = producer.claim(2);
    for (const everything of claim) kept.push(everything);
    claim.commit();
    const batch = reader.take()!;
    for (const everything of batch) kept.push(everything);
    batch.release();
    expectThrown(() => Object.assign(filled, { i8: 1 }), TurnError, 'ERR_EVENT_TURN');
    for (const everything of kept) {
      expectThrown(() => everything.f64, TurnError, 'ERR_EVENT_TURN');
      expectThrown(() => everything.toObject(), TurnError, 'ERR_EVENT_TURN');
    }
  });

  it('is shown by util.inspect with its fields in its turn, and without reading any after it', () => {
    const Point = event({ x: f64, on: bool });
    const ring = createRing(Point, { capacity: 1, consumers: ['reader'] });
    using producer = ring.openProducer(atOnce);
    let kept: unknown;
    producer.publish((point) => {
      point.x = 1.5;
      kept = point;
      expect(inspect(point)).toBe('{ x: 1.5, on: false }');
    });
    expect(inspect(kept)).toContain('not its turn');
  });
});

describe('a copy made by toObject', () => {
  it('shares no memory with the ring', () => {
    const { producer, reader } = everythingRing(1);
    producer.publish(fillEverything, highest);
    const copies: ReturnType<Parameters<Parameters<typeof reader.poll>[0]>[0]['toObject']>[] = [];
    reader.poll((everything) => void copies.push(everything.toObject()));
    producer.publish(fillEverything, lowest);
    reader.poll((everything) => void copies.push(everything.toObject()));
    expect(copies).toEqual([highest, lowest]);
    expect(Object.getPrototypeOf(copies[0])).toBe(Object.prototype);
    copies[0].levels.push(5);
  });
});

describe('a kind of event', () => {
  it('may be declared in several records', () => {
    const Head = { id: u32, at: f64 };
    const Trade = event(Head, { price: f64 }, { tags: array(u8, 4) });
    expect(Trade.fields.map(({ name }) => name)).toEqual(['id', 'at', 'price', 'tags']);
    expect(Trade.schema).toBe('id:u32,at:f64,price:f64,tags:u8[4]');
  });

  it('says how many bytes an event takes', () => {
    expect(event({ a: u8, b: f64, c: array(i16, 3), d: bool }).bytes).toBe(1 + 8 + 6 + 1);
  });

  it('has the same schema when declared twice, and opens rings of the other', () => {
    const once = event({ a: u8, b: array(f64, 2) });
    const twice = event({ a: u8 }, { b: array(f64, 2) });
    expect(twice.schema).toBe(once.schema);
    const ring = createRing(once, { capacity: 1, consumers: ['reader'] });
    ring.openProducer(atOnce).publish((mine) => (mine.a = 9));
    const seen: number[] = [];
    openRing(ring.handle, twice)
      .openConsumer('reader')
      .poll((yours) => seen.push(yours.a));
    expect(seen).toEqual([9]);
  });

  it('may have no field: a bell that rings', () => {
    const ring = createRing(event({}), { capacity: 2, consumers: ['reader'] });
    ring.openProducer(atOnce).publish(() => {});
    expect(ring.openConsumer('reader').poll((bell) => expect(bell.toObject()).toEqual({}))).toBe(1);
  });

  it('may have fields called like words of the language', () => {
    const Odd = event({ class: u8, constructor_: u8, length: u8, name: u8, prototype: u8, $: u8, _1: u8 });
    const ring = createRing(Odd, { capacity: 1, consumers: ['reader'] });
    ring
      .openProducer(atOnce)
      .publish((odd) => void Object.assign(odd, { class: 1, length: 2, name: 3, prototype: 4, $: 5, _1: 6 }));
    const seen: object[] = [];
    ring.openConsumer('reader').poll((odd) => seen.push(odd.toObject()));
    expect(seen).toEqual([{ class: 1, constructor_: 0, length: 2, name: 3, prototype: 4, $: 5, _1: 6 }]);
  });
});
