/**
 * The three atomic operations that are done for every event or claim.
 *
 * The engine calls a builtin of about a hundred instructions for each `Atomics.x`, but makes a call into WebAssembly one with its caller: there
 * the same operation is the one instruction of the processor. So a ring whose memory is a WebAssembly memory does these three there. They
 * are the same operations on the same words, sequentially consistent both, and threads may use either on one ring.
 */
import { platform, type WasmMemory } from './platform.js';

/** Atomic operations on the words of one ring, by their index. */
export interface Atoms {
  readonly words: Int32Array;
  load(index: number): number;
  /** Returns what was there. */
  exchange(index: number, value: number): number;
  /** Returns what was there: `expected` when it was replaced. */
  compareExchange(index: number, expected: number, replacement: number): number;
}

/** By `Atomics`, looked up at use time. */
class BuiltInAtoms implements Atoms {
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }

  load(index: number): number {
    return Atomics.load(this.words, index);
  }

  exchange(index: number, value: number): number {
    return Atomics.exchange(this.words, index, value);
  }

  compareExchange(index: number, expected: number, replacement: number): number {
    return Atomics.compareExchange(this.words, index, expected, replacement);
  }
}

/** Of the rings that are open in this thread. Looked up when a seat is taken, and on slow paths. */
const atoms = new WeakMap<Int32Array, Atoms>();

/** The operations on these words. */
export function atomsOf(words: Int32Array): Atoms {
  let known = atoms.get(words);
  if (known === undefined) atoms.set(words, (known = new BuiltInAtoms(words)));
  return known;
}

/** From now on, seats that are taken through these words of a ring do the three in WebAssembly, where this platform has it. */
export function useWasm(words: Int32Array, memory: WasmMemory): void {
  // Through another buffer they would be the words of another ring.
  if (memory.buffer !== words.buffer) return;
  const functions = platform.instantiate<Omit<Atoms, 'words'>>(MODULE, memory);
  if (functions === undefined) return;
  const { load, exchange, compareExchange } = functions;
  atoms.set(words, { words, load, exchange, compareExchange });
}

const text = (name: string): number[] => [name.length, ...Array.from(name, (_, i) => name.charCodeAt(i))];
/** What is preceded by its length, which is below 128. */
const sized = (...bytes: number[]): number[] => [bytes.length, ...bytes];
const section = (id: number, ...bytes: number[]): number[] => [id, ...sized(...bytes)];

const I32 = 0x7f;
const FUNCTION = 0x60;
const LOCAL_GET = 0x20;
const SHIFT_LEFT_BY_TWO = [0x41, 2, 0x74]; // i32.const 2, i32.shl: a word's address is four times its index
const WORD_ALIGNED = [2, 0];
const END = 0x0b;

const operation = (code: number, values: number): number[] =>
  sized(
    0, // no locals
    LOCAL_GET,
    0,
    ...SHIFT_LEFT_BY_TWO,
    ...Array.from({ length: values }, (_, i) => [LOCAL_GET, i + 1]).flat(),
    0xfe, // atomic
    code,
    ...WORD_ALIGNED,
    END,
  );

const takes = (count: number): number[] => [FUNCTION, count, ...Array<number>(count).fill(I32), 1, I32];

/** The module: its memory is imported, its functions are those of `Atoms`. */
const MODULE: readonly number[] = [
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
  ...section(1, 3, ...takes(1), ...takes(2), ...takes(3)),
  // A shared memory of any size: 0 to 65,536 pages, in LEB128.
  ...section(2, 1, ...text('slipring'), ...text('memory'), 2, 3, 0, 0x80, 0x80, 4),
  ...section(3, 3, 0, 1, 2),
  ...section(7, 3, ...text('load'), 0, 0, ...text('exchange'), 0, 1, ...text('compareExchange'), 0, 2),
  // i32.atomic.load, i32.atomic.rmw.xchg, i32.atomic.rmw.cmpxchg
  ...section(10, 3, ...operation(0x10, 0), ...operation(0x41, 1), ...operation(0x48, 2)),
];
