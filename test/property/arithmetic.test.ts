import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  consumerSeat,
  FAILURE_BYTES,
  failureWord,
  LINE_BYTES,
  MAX_CONSUMER_SEATS,
  nameOffset,
  planLayout,
  producerSeat,
} from '../../src/core/layout.js';
import {
  advance,
  CLOSED,
  distance,
  EPOCH_POSITIONS,
  MAX_CAPACITY,
  PARKED,
  positionInEpoch,
  positionNear,
  wordOf,
} from '../../src/core/sequence.js';
import { atomsOf } from '../../src/core/atoms.js';
import { createRing, event, type Fields, type Scalar } from 'slipring';
import * as slipring from 'slipring';

/** Positions anywhere, with those near a boundary often among them. */
const position = fc.oneof(
  fc.integer({ min: 2 ** 29, max: 2 ** 52 }),
  fc
    .tuple(fc.integer({ min: 2, max: 2 ** 24 }), fc.integer({ min: -5, max: 5 }))
    .map(([epochs, offset]) => epochs * EPOCH_POSITIONS + offset),
);
const apart = fc.integer({ min: -2 * MAX_CAPACITY, max: 2 * MAX_CAPACITY });
const flags = fc.constantFrom(0, PARKED, CLOSED, PARKED | CLOSED);

it('a position comes back out of its word whatever its flags, for everybody who knows about where it is', () => {
  fc.assert(
    fc.property(position, apart, flags, (position, apart, flags) => {
      const word = wordOf(position) | flags;
      expect(positionNear(word, position + apart)).toBe(position);
      expect(distance(position + apart, word >> 2)).toBe(apart);
      expect(distance(word >> 2, position + apart) + apart).toBe(0);
      expect(positionInEpoch(word, Math.floor(position / EPOCH_POSITIONS))).toBe(position);
      expect(positionInEpoch(word, Math.floor((position + MAX_CAPACITY) / EPOCH_POSITIONS))).toBe(position);
    }),
  );
});

it('a word is moved by the one who knows what it left there, parked on or not, and by nobody else', () => {
  fc.assert(
    fc.property(
      position,
      fc.integer({ min: 1, max: MAX_CAPACITY }),
      apart,
      flags,
      (position, step, apart, flags) => {
        const words = new Int32Array(new SharedArrayBuffer(4));
        words[0] = wordOf(position + apart) | flags;
        const mine = apart === 0 && !(flags & CLOSED);
        expect(advance(atomsOf(words), 0, wordOf(position), wordOf(position + step))).toBe(mine);
        expect(words[0]).toBe(mine ? wordOf(position + step) : wordOf(position + apart) | flags);
      },
    ),
  );
});

const shape = fc.record({
  capacity: fc.integer({ min: 0, max: 12 }).map((log) => 2 ** log),
  producers: fc.integer({ min: 1, max: 4 }),
  consumers: fc.integer({ min: 1, max: 40 }),
  spareSeats: fc.integer({ min: 0, max: MAX_CONSUMER_SEATS - 40 }),
  workers: fc.integer({ min: 0, max: 40 }),
  nameBytes: fc.integer({ min: 1, max: 64 }),
  schemaBytes: fc.nat({ max: 5000 }),
  columns: fc.array(
    fc.record({ bytes: fc.constantFrom(1, 2, 4, 8), length: fc.integer({ min: 1, max: 300 }) }),
    { maxLength: 20 },
  ),
});

it('B-52: no part of any ring lies over another, or beyond its end', () => {
  fc.assert(
    fc.property(shape, (shape) => {
      const layout = planLayout(shape);
      const seats = [
        ...Array.from({ length: shape.producers }, (_, i) => producerSeat(layout, i)),
        ...Array.from({ length: layout.seatCount }, (_, i) => consumerSeat(layout, i)),
      ];
      let end = layout.schemaOffset + shape.schemaBytes;
      for (const word of seats) {
        expect(word * 4).toBeGreaterThanOrEqual(end);
        expect((word * 4) % LINE_BYTES).toBe(0);
        expect(failureWord(word) * 4 + FAILURE_BYTES).toBeLessThanOrEqual(nameOffset(word));
        end = nameOffset(word) + shape.nameBytes;
        expect(end).toBeLessThanOrEqual((word + layout.seatWords) * 4);
      }
      expect(layout.controlWords * 4).toBeGreaterThanOrEqual(end);
      end = layout.controlWords * 4;
      shape.columns.forEach(({ bytes, length }, i) => {
        expect(layout.columnOffsets[i]).toBeGreaterThanOrEqual(end);
        expect(layout.columnOffsets[i] % LINE_BYTES).toBe(0);
        end = layout.columnOffsets[i] + bytes * length * shape.capacity;
      });
      expect(layout.byteLength).toBeGreaterThanOrEqual(end);
    }),
  );
});

const kinds = {
  i8: fc.integer({ min: -128, max: 127 }),
  u8: fc.integer({ min: 0, max: 255 }),
  i16: fc.integer({ min: -32_768, max: 32_767 }),
  u16: fc.integer({ min: 0, max: 65_535 }),
  i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  u32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  f32: fc.float(),
  f64: fc.double(),
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.boolean(),
} as const;

const field = fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])).chain((kind) =>
  fc.oneof(
    fc.record({
      type: fc.constant(slipring[kind] as slipring.ColumnType),
      value: kinds[kind] as fc.Arbitrary<unknown>,
    }),
    fc.integer({ min: 1, max: 5 }).chain((length) =>
      fc.record({
        type: fc.constant(slipring.array(slipring[kind] as Scalar, length) as slipring.ColumnType),
        value: fc.array(kinds[kind] as fc.Arbitrary<unknown>, {
          minLength: length,
          maxLength: length,
        }),
      }),
    ),
  ),
);

it('an event of any fields arrives as it was written, beside others', () => {
  fc.assert(
    fc.property(
      fc.array(field, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(1, 2, 4),
      (fields, capacity) => {
        const Any = event(Object.fromEntries(fields.map(({ type }, i) => [`f${i}`, type])) as Fields);
        const value = Object.fromEntries(fields.map(({ value }, i) => [`f${i}`, value]));
        const ring = createRing(Any, { capacity, consumers: ['reader'] });
        const producer = ring.openProducer({ timeoutMs: 0 });
        const reader = ring.openConsumer('reader');
        const seen: object[] = [];
        for (let n = 0; n < capacity + 1; n++) {
          producer.publish((any) => void Object.assign(any, value));
          reader.poll((any) => void seen.push(any.toObject()));
        }
        expect(seen).toEqual(Array(capacity + 1).fill(value));
      },
    ),
    { numRuns: 200 },
  );
});

it('a consumer may have any name, and is found by it in another thread’s handle', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => Buffer.byteLength(text) <= 64);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), (names) => {
      const ring = createRing(event({}), { capacity: 1, consumers: names });
      const opened = slipring.openRing(structuredClone(ring.handle), ring.event);
      expect(opened.consumerNames).toEqual(names);
      for (const name of names) expect(opened.openConsumer(name).name).toBe(name);
    }),
  );
});
