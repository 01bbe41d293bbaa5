import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { atomsOf, useWasm } from '../../src/core/atoms.js';
import { platform } from '../../src/core/platform.js';
import {
  ArgumentError,
  bytes,
  createRing,
  event,
  HandleError,
  openRing,
  PayloadError,
  ringBytes,
  text,
  u32,
  type RingHandle,
  type RingOptions,
} from 'slipring';
import { expectThrown } from './support.js';

const Item = event({ id: u32 });
const shapes = [1, 2] as const;

function wordsInWasm(): Int32Array {
  const memory = platform.wasmMemory(256)!;
  const words = new Int32Array(memory.buffer, 0, 64);
  useWasm(words, memory);
  return words;
}

describe('the operations in WebAssembly', () => {
  it('do to every word what those of Atomics do, and answer the same', () => {
    const index = fc.nat({ max: 63 });
    const value = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    // Few values, so that an expected one is often there.
    const few = fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)), value);
    const step = fc.record({
      name: fc.constantFrom('load', 'exchange', 'compareExchange'),
      index,
      a: few,
      b: few,
    });
    const plain = new Int32Array(new SharedArrayBuffer(256));
    const wasm = wordsInWasm();
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        for (const { name, index, a, b } of steps) {
          const answers = [plain, wasm].map((words) => {
            const atoms = atomsOf(words);
            if (name === 'load') return atoms.load(index);
            return name === 'exchange' ? atoms.exchange(index, a) : atoms.compareExchange(index, a, b);
          });
          expect(answers[0]).toBe(answers[1]);
        }
        expect(Array.from(wasm)).toEqual(Array.from(plain));
      }),
    );
  });

  it('are not used for words of another memory', () => {
    const words = new Int32Array(new SharedArrayBuffer(256));
    useWasm(words, platform.wasmMemory(256)!);
    atomsOf(words).exchange(3, 7);
    expect(words[3]).toBe(7);
  });
});

describe.each(shapes)('a ring in WebAssembly memory, for %i producers', (producers) => {
  const options = { capacity: 4, producers, consumers: ['reader'], memory: 'wasm' } as const;

  it('carries events across the wrap without a call of Atomics where none sleeps', () => {
    const ring = createRing(Item, options);
    const [producer, reader] = [ring.openProducer(), ring.openConsumer('reader')];
    const seen: number[] = [];
    const turn = (id: number): void => {
      producer.publish((item) => (item.id = id));
      reader.poll((item) => void seen.push(item.id));
    };
    for (let id = 0; id < 9; id++) turn(id);
    const exchanges = vi.spyOn(Atomics, 'compareExchange');
    turn(9);
    expect(exchanges).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes whole pages, as ringBytes says before', () => {
    const ring = createRing(Item, options);
    expect(ring.bytes).toBe(65_536);
    expect(ringBytes(Item, options)).toBe(65_536);
    expect(ring.handle.memory).toSatisfy((memory) => platform.isWasmMemory(memory));
  });

  it('is opened by its handle, and by one without the memory too', () => {
    const ring = createRing(Item, options);
    const { slipring, buffer } = ring.handle;
    const producer = openRing({ slipring, buffer }, Item).openProducer();
    const reader = openRing(structuredClone(ring.handle), Item).openConsumer('reader');
    producer.publish((item) => (item.id = 5));
    const seen: number[] = [];
    reader.poll((item) => void seen.push(item.id));
    expect(seen).toEqual([5]);
  });

  it('carries payloads in arenas of the same size as elsewhere', () => {
    const Letter = event({ to: text(), body: bytes({ max: 16 }) });
    const ring = createRing(Letter, { ...options, arenaBytes: 128 });
    const [producer, reader] = [ring.openProducer(), ring.openConsumer('reader')];
    for (let n = 0; n < 9; n++) {
      producer.publish((letter) => {
        letter.to = `number ${n}`;
        letter.body = Uint8Array.of(n);
      });
      reader.poll(({ to, body }) => expect([to, [...body]]).toEqual([`number ${n}`, [n]]));
    }
    expectThrown(
      () => producer.publish((letter) => (letter.to = 'x'.repeat(65))),
      PayloadError,
      'ERR_PAYLOAD_TOO_LARGE',
    );
  });

  it('lies in plain memory where there is no other, and works', () => {
    vi.stubGlobal('WebAssembly', undefined);
    const ring = createRing(Item, options);
    vi.unstubAllGlobals();
    expect(ring.handle.memory).toBeUndefined();
    const reader = ring.openConsumer('reader');
    ring.openProducer().publish((item) => (item.id = 1));
    expect(reader.poll(() => {})).toBe(1);
  });
});

describe('bad input', () => {
  it('another kind of memory is refused', () => {
    const options = { capacity: 4, consumers: ['reader'], memory: 'fast' } as unknown as RingOptions;
    expectThrown(() => createRing(Item, options), ArgumentError, 'ERR_OPTION');
  });

  it('a handle with something else in place of the memory is refused', () => {
    const { handle } = createRing(Item, { capacity: 4, consumers: ['reader'] });
    const forged = { ...handle, memory: {} } as unknown as RingHandle;
    expectThrown(() => openRing(forged, Item), HandleError, 'ERR_HANDLE');
  });
});
