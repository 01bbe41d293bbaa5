/** The same in one thread: with the very functions of the stages, and once more with none of them. */
import { readFileSync } from 'node:fs';
import type { Result } from './link.js';
import { BROKEN, type Flight, parse, placeOfAirport, placeOfDistance, PLACES } from './parse.js';
import { readRecords } from './records.js';
import { type Count, type Row, Tally } from './tally.js';

/** What the stages do, one after the other for each record. */
export function runAlone(file: string): { result: Result; ms: number } {
  const before = process.hrtime.bigint();
  const place = new Tally(PLACES, new Int32Array(1));
  const hour = new Tally(256, new Int32Array(1));
  const flight: Flight = { place: 0, hour: BROKEN, delay: 0 };
  readRecords(file, (bytes, from, end) => {
    parse(bytes, from, end, flight);
    place.add(flight.place, flight.delay, flight.hour);
    hour.add(flight.hour, flight.delay, flight.hour);
  });
  const result = { place: place.count(), hour: hour.count() };
  return { result, ms: Number(process.hrtime.bigint() - before) / 1e6 };
}

interface Parsed {
  readonly delay: number;
  readonly distance: number;
  readonly origin?: string;
  readonly date?: string;
  readonly time?: number;
}

/** The result of a file without broken records, by `JSON.parse` and a `Map`: what every version is checked against. */
export function reference(file: string): Result {
  const flights = JSON.parse(readFileSync(file, 'utf8')) as Parsed[];
  return {
    place: countBy(flights, ({ origin, distance }) =>
      origin === undefined ? placeOfDistance(distance) : placeOfAirport(origin),
    ),
    hour: countBy(flights, ({ date, time }) =>
      date === undefined ? Math.floor(time!) : Number(date.slice(11, 13)),
    ),
  };
}

function countBy(flights: readonly Parsed[], keyOf: (flight: Parsed) => number): Count {
  const groups = new Map<number, number[]>();
  for (const flight of flights) {
    const key = keyOf(flight);
    const delays = groups.get(key);
    if (delays === undefined) groups.set(key, [flight.delay]);
    else delays.push(flight.delay);
  }
  const rows = [...groups].map(([key, delays]): Row => ({
    key,
    flights: delays.length,
    minutes: delays.reduce((sum, delay) => sum + delay, 0),
    late: delays.filter((delay) => delay >= 15).length,
    longest: delays.reduce((a, b) => Math.max(a, b)),
  }));
  return { rows: rows.sort((a, b) => a.key - b.key), broken: 0 };
}
