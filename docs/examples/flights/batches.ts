/** Many records in one chunk of bytes, and many flights in one lot: for the versions that hand over as much at a time. */
import type { Flight } from './parse.js';

/** Bytes of a chunk at most. */
export const CHUNK_BYTES = 65_536;
const LOT = 1024;

/** Flights, as columns. */
export interface Lot {
  readonly places: Uint16Array<ArrayBuffer>;
  readonly hours: Uint8Array<ArrayBuffer>;
  readonly delays: Int32Array<ArrayBuffer>;
}

const CLOSING_BRACE = 0x7d;

/** Gathers records, and hands them on as chunks; what `send` is given is valid until it returns. */
export function gatherChunks(send: (chunk: Buffer) => void): {
  add(this: void, bytes: Buffer, from: number, end: number): void;
  flush(): void;
} {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let length = 0;
  const flush = (): void => {
    if (length > 0) send(chunk.subarray(0, length));
    length = 0;
  };
  const add = (bytes: Buffer, from: number, end: number): void => {
    if (length + end - from > CHUNK_BYTES) flush();
    bytes.copy(chunk, length, from, end);
    length += end - from;
    // A record that does not end as one is the last in its chunk: nothing is taken for a part of it.
    if (bytes[end - 1] !== CLOSING_BRACE) flush();
  };
  return { add, flush };
}

/** Finds the records in a chunk. */
export function splitChunk(
  chunk: Uint8Array,
  each: (bytes: Uint8Array, from: number, end: number) => void,
): void {
  let from = 0;
  while (from < chunk.length) {
    const at = chunk.indexOf(CLOSING_BRACE, from);
    const end = at < 0 ? chunk.length : at + 1;
    each(chunk, from, end);
    from = end;
  }
}

/** Gathers flights, and hands them on as lots; what `send` is given is valid until it returns. */
export function gatherLots(send: (lot: Lot, count: number) => void): {
  add(this: void, flight: Flight): void;
  flush(): void;
} {
  const lot: Lot = { places: new Uint16Array(LOT), hours: new Uint8Array(LOT), delays: new Int32Array(LOT) };
  let count = 0;
  const flush = (): void => {
    if (count > 0) send(lot, count);
    count = 0;
  };
  const add = ({ place, hour, delay }: Flight): void => {
    lot.places[count] = place;
    lot.hours[count] = hour;
    lot.delays[count] = delay;
    if (++count === LOT) flush();
  };
  return { add, flush };
}
