/** What slipring takes from its surroundings: the few globals that Node, browsers, Deno and Bun share. */

interface Surroundings {
  performance: { now(): number; readonly timeOrigin: number };
  setInterval(callback: () => void, ms: number): unknown;
  clearInterval(timer: unknown): void;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  setImmediate?(callback: () => void): unknown;
  SharedArrayBuffer?: unknown;
  process?: { env?: Record<string, string | undefined>; getBuiltinModule?(id: string): unknown };
  TextEncoder: new () => {
    encode(text: string): Uint8Array;
    encodeInto(text: string, bytes: Uint8Array): { read: number; written: number };
  };
  TextDecoder: new (label: string, options: { ignoreBOM: boolean }) => { decode(bytes: Uint8Array): string };
}

const surroundings = globalThis as unknown as Surroundings;

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

  /** The platform's number for this thread, 0 for the main one; undefined in browsers, and where a thread is not told its own. */
  get threadId(): number | undefined {
    try {
      const threads = surroundings.process?.getBuiltinModule?.('node:worker_threads') as
        { threadId: number; isMainThread: boolean } | undefined;
      const threadId = threads?.threadId;
      if (threadId === undefined || threadId < 0 || (threadId === 0) !== threads?.isMainThread)
        return undefined;
      return threadId;
    } catch {
      return undefined;
    }
  },

  /** Whether this platform, under these headers, has shared memory. */
  get hasSharedMemory(): boolean {
    return typeof surroundings.SharedArrayBuffer === 'function';
  },
};
