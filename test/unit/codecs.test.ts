/** Codecs: those that come with slipring, and one of another library. */
import { type Codec, createRing, event, json, PayloadError, PlatformError, value } from 'slipring';
import { structuredCloneCodec } from 'slipring/node';
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
