/** Codecs: those that come with slipring, and one of another library. */
import { type Codec, createRing, event, json, PayloadError, PlatformError, value } from 'slipring';
import { structuredCloneCodec } from 'slipring/node';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectThrown } from './support.js';

// By a name that the compiler does not follow: its types need a browser's.
const messagePackLibrary: string = '@msgpack/msgpack';
const { decode, encode } = (await import(messagePackLibrary)) as {
  encode: (value: unknown) => Uint8Array;
  decode: (bytes: Uint8Array) => unknown;
};

/** All that a codec of a library that makes its own bytes has to do; with msgpackr, `pack` and `unpack` take these places. */
function messagePack<T>(): Codec<T> {
  return {
    name: 'msgpack',
    encodeInto(value, bytes) {
      const encoded = encode(value);
      if (encoded.length <= bytes.length) bytes.set(encoded);
      return encoded.length;
    },
    decode: (bytes) => decode(bytes.slice()) as T,
  };
}

/** Values through a ring with a small arena, one after another, many times round. */
function through<T>(codec: Codec<T>, values: readonly T[]): T[] {
  const ring = createRing(event({ it: value(codec) }), {
    capacity: 2,
    consumers: ['reader'],
    arenaBytes: 8192,
  });
  using producer = ring.openProducer();
  using consumer = ring.openConsumer('reader');
  let seen: T[] = [];
  for (let round = 0; round < 20; round++) {
    seen = [];
    for (const one of values) {
      producer.publish((event) => {
        event.it = one;
      });
      consumer.poll((event) => seen.push(event.it));
    }
  }
  return seen;
}

const plain = [null, true, -0.5, 2 ** 40, '', 'é𝄞', [1, [2]], { a: { b: [] }, ü: 'x'.repeat(200) }];

describe.each([
  ['JSON', json()],
  ['structured clone', structuredCloneCodec()],
  ['MessagePack', messagePack()],
])('%s', (_name, codec) => {
  it('carries plain values', () => {
    expect(through(codec, plain)).toEqual(plain);
  });

  it('refuses what does not fit, by its length', () => {
    expectThrown(() => through(codec, ['x'.repeat(5000)]), PayloadError, 'ERR_PAYLOAD_TOO_LARGE');
  });

  it('refuses a function', () => {
    expectThrown(() => through(codec, [() => {}]), PayloadError, 'ERR_PAYLOAD_VALUE');
  });
});

describe('structured clone', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('carries maps, sets, dates, bigints, undefined, errors, typed arrays and circles', () => {
    const circle: Record<string, unknown> = { list: [1, undefined, 3] };
    circle['itself'] = circle;
    const values = [
      new Map([[{ a: 1 }, new Set([1n])]]),
      new Date(7),
      undefined,
      new RangeError('no'),
      circle,
    ];
    expect(through(structuredCloneCodec(), values)).toEqual(values);
  });

  it('gives typed arrays of their own memory, which stay as they are', () => {
    const sent = Array.from({ length: 30 }, (_, n) => Float64Array.of(n, n / 3));
    const seen = through(structuredCloneCodec<Float64Array>(), sent);
    expect(seen).toEqual(sent);
    for (const array of seen) expect(array.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('is told where the platform has none', () => {
    vi.stubGlobal('process', {});
    expectThrown(structuredCloneCodec, PlatformError, 'ERR_NO_STRUCTURED_CLONE');
  });
});

describe('structured clone of flat objects, which go a shorter way', () => {
  const codec = structuredCloneCodec();
  const memory = new Uint8Array(new SharedArrayBuffer(65_536));
  const throughBytes = (given: unknown): unknown =>
    codec.decode(memory.subarray(0, codec.encodeInto(given, memory)));
  const engine = process.getBuiltinModule('node:v8');
  /** Whether the engine's own serializer wrote it. */
  const wentTheLongWay = (given: unknown): boolean => {
    codec.encodeInto(given, memory);
    return memory[0] === 255;
  };

  it('gives what the engine gives, for any object of primitive values', () => {
    const key = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('id', 'price', '__proto__', 'toString', '0', '7'),
    );
    const primitive = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constantFrom(0, -0, NaN, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53, null, undefined, true, false, 1n),
      fc.string({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    const entries = fc.uniqueArray(fc.tuple(key, primitive), { selector: ([name]) => name, maxLength: 30 });
    fc.assert(
      fc.property(entries, (pairs) => {
        const given = Object.fromEntries(pairs);
        const seen = throughBytes(given) as object;
        const expected = engine.deserialize(engine.serialize(given)) as object;
        expect(Object.entries(seen)).toEqual(Object.entries(expected)); // also the order of its keys
        expect(seen).toStrictEqual(expected);
      }),
    );
  });

  it('goes the short way for small plain objects, and the long way for all others', () => {
    class Own {
      id = 1;
    }
    for (const flat of [{}, { id: 1, price: 0.5, symbol: 'ACME', open: true, note: null, more: undefined }])
      expect(wentTheLongWay(flat)).toBe(false);
    for (const other of [
      new Own(),
      [1],
      new Date(0),
      new Map([[1, 2]]),
      new Error('no'),
      Object.create(null),
      { within: {} },
      { name: 'Zoë' },
      { big: 1n },
      { text: 'x'.repeat(256) },
      7,
      'text',
      null,
      undefined,
    ])
      expect(wentTheLongWay(other)).toBe(true);
  });

  it('says how many bytes are needed where it fits neither way, and refuses what cannot be cloned', () => {
    const given = { symbol: 'ACME', price: 0.5 };
    const needed = codec.encodeInto(given, memory);
    const theLongWay = engine.serialize(given).length;
    for (let short = 0; short < needed; short++)
      expect(codec.encodeInto(given, memory.subarray(0, short))).toBe(theLongWay);
    expect(codec.encodeInto(given, memory.subarray(0, needed))).toBe(needed);
    expect(() => codec.encodeInto({ run: () => {} }, memory)).toThrow();
  });

  it('tells more kinds of objects apart than it remembers', () => {
    for (let round = 0; round < 2; round++)
      for (let n = 0; n < 200; n++) expect(throughBytes({ [`key${n}`]: n })).toEqual({ [`key${n}`]: n });
  });

  it('reads bytes that do not begin with a word', () => {
    const given = { symbol: 'ACME', price: 0.5 };
    const bytes = memory.slice(0, codec.encodeInto(given, memory));
    for (let at = 0; at < 4; at++) {
      const moved = new Uint8Array(bytes.length + at);
      moved.set(bytes, at);
      expect(codec.decode(moved.subarray(at))).toEqual(given);
    }
    expect(codec.decode(memory.subarray(1, 1 + codec.encodeInto(given, memory.subarray(1))))).toEqual(given);
  });

  it('gives texts apart that are alike in the beginning, or in length', () => {
    const texts = Array.from({ length: 300 }, (_, n) =>
      `${n % 7 === 0 ? 'ACME' : ''}${n * n}`.slice(0, 1 + (n % 16)),
    );
    for (const text of [...texts, ...texts]) expect(throughBytes({ text })).toEqual({ text });
  });

  it('refuses bytes that are no object, and ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 3 }), (rubbish, keys) => {
        const bytes = Uint8Array.of(1, keys, keys, 0, ...rubbish);
        let seen: unknown;
        try {
          seen = codec.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(Object.getPrototypeOf(seen)).toBe(Object.prototype);
      }),
    );
  });
});
