/** Many records in one chunk of bytes, and many flights in one lot: for the connections that hand over as much at a time. */
import type { Link } from './link.js';

/** Bytes of a chunk at most. */
export const CHUNK_BYTES = 65_536;
const LOT = 1024;

/** Flights, as columns. */
export interface Lot {
  readonly places: Uint16Array<ArrayBuffer>;
  readonly hours: Uint8Array<ArrayBuffer>;
  readonly delays: Int32Array<ArrayBuffer>;
}

/** A link whose records are chunks, and that sends flights in lots. */
export interface LotLink {
  sendLot(lot: Lot, count: number): void;
}

const CLOSING_BRACE = 0x7d;

/** Gathers records into chunks and flights into lots, and takes chunks apart. */
export function batchLink(link: Link & LotLink): Link {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let length = 0;
  const lot: Lot = { places: new Uint16Array(LOT), hours: new Uint8Array(LOT), delays: new Int32Array(LOT) };
  let count = 0;
  const flushChunk = (): void => {
    if (length > 0) link.sendRecord(chunk, 0, length);
    length = 0;
  };
  const flushLot = (): void => {
    if (count > 0) link.sendLot(lot, count);
    count = 0;
  };
  return {
    ...link,
    sendRecord(bytes, from, end) {
      if (length + end - from > CHUNK_BYTES) flushChunk();
      bytes.copy(chunk, length, from, end);
      length += end - from;
      // A record that does not end as one is alone, last in its chunk.
      if (bytes[end - 1] !== CLOSING_BRACE) flushChunk();
    },
    endRecords() {
      flushChunk();
      link.endRecords();
    },
    receiveRecords: (each) =>
      link.receiveRecords((bytes, start, end) => {
        let from = start;
        while (from < end) {
          const at = bytes.indexOf(CLOSING_BRACE, from);
          const next = at < 0 || at >= end ? end : at + 1;
          each(bytes, from, next);
          from = next;
        }
      }),
    sendFlight({ place, hour, delay }) {
      lot.places[count] = place;
      lot.hours[count] = hour;
      lot.delays[count] = delay;
      if (++count === LOT) flushLot();
    },
    endFlights() {
      flushLot();
      link.endFlights();
    },
  };
}
