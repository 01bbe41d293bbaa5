/** What goes from stage to stage. */
import { bytes, event, type EventType, f64, i32, u16, u32, u8, type Writable } from 'slipring';
import { CHUNK_BYTES } from '../batches.js';
import { type Flight, LONGEST_RECORD } from '../parse.js';
import type { Row } from '../tally.js';

/** A record of the file as it stands there. */
export const RecordEvent = event({ record: bytes({ max: LONGEST_RECORD }) });
/** Many records, one after the other. */
export const ChunkEvent = event({ chunk: bytes({ max: CHUNK_BYTES }) });
export const FlightEvent = event({ place: u16, hour: u8, delay: i32 });
/** A row of a count. With the key NO_KEY: how many records were broken. */
export const RowEvent = event({ key: u16, flights: u32, minutes: f64, late: u32, longest: i32 });

export const NO_KEY = 65_535;

type FieldsOf<E> = E extends EventType<infer F> ? F : never;

export function fillRecord(
  event: Writable<FieldsOf<typeof RecordEvent>>,
  bytes: Buffer,
  from: number,
  end: number,
): void {
  event.record = bytes.subarray(from, end); // copied into the ring
}

export function fillFlight(event: Writable<FieldsOf<typeof FlightEvent>>, flight: Flight): void {
  event.place = flight.place;
  event.hour = flight.hour;
  event.delay = flight.delay;
}

export function fillRow(event: Writable<FieldsOf<typeof RowEvent>>, row: Row): void {
  event.key = row.key;
  event.flights = row.flights;
  event.minutes = row.minutes;
  event.late = row.late;
  event.longest = row.longest;
}

/** What the reader is given. */
export interface ReaderData {
  readonly file: string;
  /** When it began, in nanoseconds. */
  readonly began: SharedArrayBuffer;
}
