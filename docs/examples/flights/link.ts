/**
 * What connects the stages where it is not `slipring/pipeline`: the same stages over postMessage, and over lock-based buffers.
 *
 *   reader ─→ parser 0, parser 1 (each record to one) ─→ by place, by hour (each flight to both) ─→ writer
 */
import type { Flight } from './parse.js';
import type { By, Count } from './tally.js';

/** A stage's thread. */
export type Role = 'reader' | 'parser' | By;

/** One stage's end of the connections; it uses those that are its own. */
export interface Link {
  sendRecord(bytes: Buffer, from: number, end: number): void;
  endRecords(): void;
  /** Resolves when the records have ended. What `each` is given is valid until it returns. */
  receiveRecords(each: (bytes: Uint8Array, from: number, end: number) => void): Promise<void>;
  sendFlight(flight: Flight): void;
  /** From each of the parsers. */
  endFlights(): void;
  /** Resolves when the flights have ended. */
  receiveFlights(each: (place: number, hour: number, delay: number) => void): Promise<void>;
  sendCount(count: Count): void;
}

/** Both counts: the result. */
export type Result = Readonly<Record<By, Count>>;

/** The connections as the main thread makes them; the main thread is the writer. */
export interface Connections {
  /** What the thread of this role, the `number`-th of it, opens its link with, and what is to be transferred to it. */
  linkData(role: Role, number: number): { readonly data: unknown; readonly transfer: readonly unknown[] };
  /** Resolves to both counts, once they are there. `messages`: what the stages posted to the main thread. */
  result(): Promise<Result>;
  /** A stage posted this to the main thread. */
  onMessage(role: Role, message: unknown): void;
  /** A stage failed: nobody waits any longer. */
  abort(reason: string): void;
}

export const PARSERS = 2;
/** Records, and flights, between two stages at most; where that can be said. */
export const CAPACITY = 8192;
