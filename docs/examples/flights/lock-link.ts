/** The stages over bounded buffers with a mutex and two conditions (`slipring/locks`): as strong a back-pressure as a ring's. */
import { parentPort } from 'node:worker_threads';
import {
  type ColumnArrays,
  createConditionBuffer,
  type ConditionBufferHandle,
  openConditionBuffer,
} from 'slipring/locks';
import { CAPACITY, type Connections, type Link, PARSERS, type Role } from './link.js';
import { type Flight, LONGEST_RECORD } from './parse.js';
import { makePorts } from './post-link.js';
import type { By, Count } from './tally.js';

/** How long the record in a slot is; its bytes are in memory beside the buffer, at the same slot. */
const recordColumns = { length: 'u32' } as const;
const flightColumns = { place: 'u16', hour: 'u8', delay: 'i32' } as const;

type Records = ConditionBufferHandle<typeof recordColumns>;
type Flights = ConditionBufferHandle<typeof flightColumns>;

type RecordArrays = ColumnArrays<typeof recordColumns>;
type FlightArrays = ColumnArrays<typeof flightColumns>;

interface LockLinkData {
  readonly records: Records;
  readonly recordBytes: SharedArrayBuffer;
  /** A buffer hands each item to one taker, so that each aggregator has its own. */
  readonly flights: Readonly<Record<By, Flights>>;
  /** Parsers that have not ended: the last of them closes the buffers. */
  readonly left: SharedArrayBuffer;
}

export function makeBuffers(): Connections {
  const records = createConditionBuffer(recordColumns, { capacity: CAPACITY });
  const place = createConditionBuffer(flightColumns, { capacity: CAPACITY });
  const hour = createConditionBuffer(flightColumns, { capacity: CAPACITY });
  const left = new SharedArrayBuffer(4);
  new Int32Array(left).set([PARSERS]);
  const data: LockLinkData = {
    records: records.handle,
    recordBytes: new SharedArrayBuffer(CAPACITY * LONGEST_RECORD),
    flights: { place: place.handle, hour: hour.handle },
    left,
  };
  // The two counts at the end are one message each.
  return { ...makePorts(), linkData: () => ({ data, transfer: [] }) };
}

export function openLockLink(role: Role, data: LockLinkData): Link {
  const records = openConditionBuffer(data.records);
  const [place, hour] = [openConditionBuffer(data.flights.place), openConditionBuffer(data.flights.hour)];
  const recordBytes = new Uint8Array(data.recordBytes);
  const taken = Buffer.alloc(LONGEST_RECORD);
  const flight: Flight = { place: 0, hour: 0, delay: 0 };
  let length = 0;

  const putRecord = (
    columns: RecordArrays,
    slot: number,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): void => {
    columns.length[slot] = end - from;
    recordBytes.set(bytes.subarray(from, end), slot * LONGEST_RECORD);
  };
  // Out of the buffer first: parsing is not done while others wait for the mutex.
  const takeRecord = (columns: RecordArrays, slot: number): void => {
    length = columns.length[slot];
    taken.set(recordBytes.subarray(slot * LONGEST_RECORD, slot * LONGEST_RECORD + length));
  };
  const putFlight = (columns: FlightArrays, slot: number, from: Flight): void => {
    columns.place[slot] = from.place;
    columns.hour[slot] = from.hour;
    columns.delay[slot] = from.delay;
  };
  const takeFlight = (columns: FlightArrays, slot: number): void => {
    flight.place = columns.place[slot];
    flight.hour = columns.hour[slot];
    flight.delay = columns.delay[slot];
  };

  return {
    sendRecord: (bytes, from, end) => records.put(putRecord, bytes, from, end),
    endRecords: () => records.close(),
    receiveRecords(each) {
      while (records.take(takeRecord)) each(taken, 0, length);
      return Promise.resolve();
    },
    sendFlight(parsed) {
      place.put(putFlight, parsed);
      hour.put(putFlight, parsed);
    },
    endFlights() {
      if (Atomics.sub(new Int32Array(data.left), 0, 1) !== 1) return;
      place.close();
      hour.close();
    },
    receiveFlights(each) {
      const buffer = role === 'place' ? place : hour;
      while (buffer.take(takeFlight)) each(flight.place, flight.hour, flight.delay);
      return Promise.resolve();
    },
    sendCount: (count: Count) => parentPort!.postMessage({ count }),
  };
}
