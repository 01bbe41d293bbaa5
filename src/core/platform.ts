/** What slipring takes from its surroundings: the few globals that Node, browsers, Deno and Bun share. */

/** A WebAssembly.Memory. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

interface Surroundings {
  WebAssembly?: {
    Memory: new (size: { initial: number; maximum: number; shared: true }) => WasmMemory;
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object, imports: object) => { readonly exports: object };
  };
  structuredClone(value: unknown): unknown;
  performance: { now(): number; readonly timeOrigin: number };
  setInterval(callback: () => void, ms: number): unknown;
  clearInterval(timer: unknown): void;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  setImmediate?(callback: () => void): unknown;
  SharedArrayBuffer?: unknown;
  WorkerGlobalScope?: unknown;
  process?: { env?: Record<string, string | undefined>; getBuiltinModule?(id: string): unknown };
  TextEncoder: new () => {
    encode(text: string): Uint8Array;
    encodeInto(text: string, bytes: Uint8Array): { read: number; written: number };
  };
  TextDecoder: new (label: string, options: { ignoreBOM: boolean }) => { decode(bytes: Uint8Array): string };
}

const surroundings = globalThis as unknown as Surroundings;

/** Bytes of a page of WebAssembly. */
const PAGE_BYTES = 65_536;

// Made when first needed, and kept: text in payloads is encoded and decoded for every event.
let encoder: InstanceType<Surroundings['TextEncoder']> | undefined;
let decoder: InstanceType<Surroundings['TextDecoder']> | undefined;

/** The largest delay that timers take. */
const LONGEST_MS = 2 ** 31 - 1;

export const platform = {
  /** Milliseconds on a clock that never goes back. */
  now(): number {
    return surroundings.performance.now();
  },

  /** Milliseconds on a clock that all threads share. Modulo 2^31: it comes round every 24.8 days. */
  clock(): number {
    const { performance } = surroundings;
    return Math.floor(performance.timeOrigin + performance.now()) % 2 ** 31;
  },

  /** Keeps the event loop alive until the returned function is called. */
  keepAlive(): () => void {
    const timer = surroundings.setInterval(() => {}, LONGEST_MS);
    return () => surroundings.clearInterval(timer);
  },

  /** Calls back after `ms`, never for Infinity, unless the returned function is called before. */
  after(ms: number, callback: () => void): () => void {
    if (ms > LONGEST_MS) return () => {};
    const timer = surroundings.setTimeout(callback, Math.ceil(ms));
    return () => surroundings.clearTimeout(timer);
  },

  /** Resolves after the event loop had a turn: timers, messages and I/O came first. */
  eventLoopTurn(): Promise<void> {
    return new Promise((resolve) => {
      if (surroundings.setImmediate) surroundings.setImmediate(resolve);
      else surroundings.setTimeout(resolve, 0);
    });
  },

  /** UTF-8 of a text. */
  encode(text: string): Uint8Array {
    return new surroundings.TextEncoder().encode(text);
  },

  /** The text of UTF-8 bytes; copied first, since browsers refuse to decode shared memory. */
  decode(bytes: Uint8Array): string {
    return new surroundings.TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.slice());
  },

  /** UTF-8 of as much of a text as fits. Browsers refuse to write into shared memory. */
  encodeInto(text: string, bytes: Uint8Array): { readonly read: number; readonly written: number } {
    encoder ??= new surroundings.TextEncoder();
    return encoder.encodeInto(text, bytes);
  },

  /** As `decode`, without a copy. */
  decodeShared(bytes: Uint8Array): string {
    decoder ??= new surroundings.TextDecoder('utf-8', { ignoreBOM: true });
    return decoder.decode(bytes);
  },

  /** Whether NODE_ENV says `production`; false where there is no environment, or none that may be read. */
  get inProduction(): boolean {
    try {
      return surroundings.process?.env?.['NODE_ENV'] === 'production';
    } catch {
      return false;
    }
  },

  /** The platform's number for this thread, 0 for the main one; undefined in browsers, and in Deno's web workers, which all get the main one's. */
  get threadId(): number | undefined {
    try {
      const threads = surroundings.process?.getBuiltinModule?.('node:worker_threads') as
        { threadId: number; isMainThread: boolean } | undefined;
      if (threads === undefined || threads.threadId < 0) return undefined;
      if (threads.threadId === 0 && (!threads.isMainThread || surroundings.WorkerGlobalScope))
        return undefined;
      return threads.threadId;
    } catch {
      return undefined;
    }
  },

  /** Fresh zeroed memory of whole pages; undefined where there is none to be had, or none that other threads could be given. */
  wasmMemory(bytes: number): WasmMemory | undefined {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    try {
      const memory = new surroundings.WebAssembly!.Memory({ initial: pages, maximum: pages, shared: true });
      surroundings.structuredClone(memory);
      return memory;
    } catch {
      return undefined;
    }
  },

  /** Bytes of the whole pages that hold `bytes`. */
  wasmBytes(bytes: number): number {
    return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  },

  /** Whether this is a WebAssembly memory. */
  isWasmMemory(memory: unknown): memory is WasmMemory {
    const { WebAssembly } = surroundings;
    return WebAssembly !== undefined && memory instanceof WebAssembly.Memory;
  },

  /** The functions of a WebAssembly module over a memory; undefined where a page's policy does not allow it. */
  instantiate<F>(module: readonly number[], memory: WasmMemory): F | undefined {
    const { WebAssembly } = surroundings;
    if (WebAssembly === undefined) return undefined;
    try {
      const compiled = new WebAssembly.Module(Uint8Array.from(module));
      return new WebAssembly.Instance(compiled, { slipring: { memory } }).exports as F;
    } catch {
      return undefined;
    }
  },

  /** Whether this platform, under these headers, has shared memory. */
  get hasSharedMemory(): boolean {
    return typeof surroundings.SharedArrayBuffer === 'function';
  },
};
