/** The stages over rings. */
import {
  bytes,
  createRing,
  event,
  type EventType,
  f64,
  i32,
  openRing,
  type RingHandle,
  u16,
  u32,
  u8,
  type Writable,
} from 'slipring';
import { batchLink, CHUNK_BYTES, type LotLink } from './batches.js';
import { CAPACITY, type Connections, type Link, PARSERS, type Result, type Role } from './link.js';
import { type Flight, LONGEST_RECORD } from './parse.js';
import type { By, Row } from './tally.js';

const RecordEvent = event({ record: bytes({ max: LONGEST_RECORD }) });
const ChunkEvent = event({ record: bytes({ max: CHUNK_BYTES }) });
const FlightEvent = event({ place: u16, hour: u8, delay: i32 });
/** A row of a count; or, with `key` NO_KEY, how many records were broken. */
const RowEvent = event({ by: u8, key: u16, flights: u32, minutes: f64, late: u32, longest: i32 });

const NO_KEY = 65_535;
const NAMES: readonly By[] = ['place', 'hour'];

interface RingLinkData {
  readonly records: RingHandle;
  readonly flights: RingHandle;
  readonly rows: RingHandle;
  /** Parsers that have not ended, aggregators that have not ended: the last of them closes its ring. */
  readonly left: SharedArrayBuffer;
}

/** One event a record and a flight; or, in batches, an event of many records, and claims of many flights. */
export function makeRings(inBatches: boolean): Connections {
  const records = createRing(inBatches ? ChunkEvent : RecordEvent, {
    capacity: inBatches ? 64 : CAPACITY,
    consumers: { parse: { workers: PARSERS } },
    arenaBytes: inBatches ? 64 * CHUNK_BYTES : CAPACITY * 128,
  });
  const flights = createRing(FlightEvent, {
    capacity: CAPACITY,
    producers: PARSERS,
    consumers: ['place', 'hour'],
  });
  const rows = createRing(RowEvent, { capacity: 256, producers: NAMES.length, consumers: ['writer'] });
  const left = new SharedArrayBuffer(8);
  new Int32Array(left).set([PARSERS, NAMES.length]);
  const data: RingLinkData = {
    records: records.handle,
    flights: flights.handle,
    rows: rows.handle,
    left,
  };
  return {
    linkData: () => ({ data, transfer: [] }),
    onMessage: () => {},
    async result() {
      const found: Record<By, { rows: Row[]; broken: number }> = {
        place: { rows: [], broken: 0 },
        hour: { rows: [], broken: 0 },
      };
      await rows.openConsumer('writer').runAsync(({ by, key, flights, minutes, late, longest }) => {
        const count = found[NAMES[by]];
        if (key === NO_KEY) count.broken = flights;
        else count.rows.push({ key, flights, minutes, late, longest });
      });
      return found satisfies Result;
    },
    abort: (reason) => [records, flights, rows].forEach((ring) => ring.abort(reason)),
  };
}

type FieldsOf<E> = E extends EventType<infer F> ? F : never;

const fillRecord = (
  event: Writable<FieldsOf<typeof RecordEvent>>,
  from: Uint8Array,
  begin: number,
  end: number,
): void => {
  event.record = from.subarray(begin, end); // copied into the ring
};

const fillFlight = (event: Writable<FieldsOf<typeof FlightEvent>>, flight: Flight): void => {
  event.place = flight.place;
  event.hour = flight.hour;
  event.delay = flight.delay;
};

const fillRow = (event: Writable<FieldsOf<typeof RowEvent>>, by: number, row: Row): void => {
  event.by = by;
  event.key = row.key;
  event.flights = row.flights;
  event.minutes = row.minutes;
  event.late = row.late;
  event.longest = row.longest;
};

export function openRingLink(role: Role, data: RingLinkData): Link {
  return openLink(role, data, RecordEvent);
}

export function openRingBatchLink(role: Role, data: RingLinkData): Link {
  return batchLink(openLink(role, data, ChunkEvent));
}

function openLink(role: Role, data: RingLinkData, kind: typeof RecordEvent): Link & LotLink {
  const records = openRing(data.records, kind);
  const flights = openRing(data.flights, FlightEvent);
  const rows = openRing(data.rows, RowEvent);
  const left = new Int32Array(data.left);
  // A chunk is much work: the other parser is to have the next.
  const most = kind === ChunkEvent ? { max: 1 } : {};
  const recordsOut = role === 'reader' ? records.openProducer() : undefined;
  const flightsOut = role === 'parser' ? flights.openProducer() : undefined;
  const rowsOut = role === 'place' || role === 'hour' ? rows.openProducer() : undefined;
  return {
    sendRecord: (bytes, from, end) => void recordsOut!.publish(fillRecord, bytes, from, end),
    endRecords: () => records.close(),
    receiveRecords(each) {
      records.openConsumer('parse').run(({ record }) => each(record, 0, record.length), most);
      return Promise.resolve();
    },
    sendFlight: (flight) => void flightsOut!.publish(fillFlight, flight),
    sendLot({ places, hours, delays }, count) {
      using claim = flightsOut!.claim(count);
      const { place, hour, delay } = claim.columns;
      let n = 0;
      for (const { from, to } of claim.spans) {
        for (let slot = from; slot < to; slot++, n++) {
          place[slot] = places[n];
          hour[slot] = hours[n];
          delay[slot] = delays[n];
        }
      }
      claim.commit();
    },
    endFlights() {
      if (Atomics.sub(left, 0, 1) === 1) flights.close();
    },
    receiveFlights(each) {
      flights.openConsumer(role).run(({ place, hour, delay }) => each(place, hour, delay));
      return Promise.resolve();
    },
    sendCount({ rows: counted, broken }) {
      const by = NAMES.indexOf(role as By);
      for (const row of counted) rowsOut!.publish(fillRow, by, row);
      rowsOut!.publish(fillRow, by, { key: NO_KEY, flights: broken, minutes: 0, late: 0, longest: 0 });
      if (Atomics.sub(left, 1, 1) === 1) rows.close();
    },
  };
}
