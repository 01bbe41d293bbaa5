/** The result as a person reads it. */
import Table from 'cli-table3';
import type { Result } from './link.js';
import { placeName } from './parse.js';
import type { Row } from './tally.js';

const noLines = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
const plain = { style: { head: [], border: [] }, chars: noLines };

/** The places with the most flights, the hours, and what could not be read. */
export function tablesOf({ place, hour }: Result): string {
  const busiest = [...place.rows].sort((a, b) => b.flights - a.flights).slice(0, 10);
  return [
    tableOf('place', busiest, placeName),
    tableOf('hour', hour.rows, (key) => `${String(key).padStart(2, '0')}:00`),
    `${sum(hour.rows).toLocaleString('en')} flights in all, from ${place.rows.length} places; ${hour.broken} broken records`,
  ].join('\n');
}

const sum = (rows: readonly Row[]): number => rows.reduce((all, { flights }) => all + flights, 0);

function tableOf(key: string, rows: readonly Row[], nameOf: (key: number) => string): string {
  const head = [key, 'flights', 'mean delay, min', '15 min late or more', 'longest delay, min'];
  const table = new Table({ ...plain, head, colAligns: ['left', 'right', 'right', 'right', 'right'] });
  for (const { key, flights, minutes, late, longest } of rows) {
    const share = `${((100 * late) / flights).toFixed(1)} %`;
    table.push([
      nameOf(key),
      flights.toLocaleString('en'),
      (minutes / flights).toFixed(1),
      share,
      String(longest),
    ]);
  }
  return table.toString();
}

/** The result as JSON, with the places by name. */
export function jsonOf({ place, hour }: Result): string {
  const rows = (count: Result['place'], nameOf: (key: number) => unknown): object[] =>
    count.rows.map(({ key, ...row }) => ({ key: nameOf(key), ...row }));
  const result = { broken: hour.broken, place: rows(place, placeName), hour: rows(hour, (key) => key) };
  return `${JSON.stringify(result, undefined, 1)}\n`;
}

/** One line of the comparison. */
export interface Timed {
  readonly name: string;
  readonly ms: readonly number[];
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Times side by side, and how often as long each took as the first. */
export function timesOf(timed: readonly Timed[]): string {
  const head = ['', 'median, ms', 'best … worst', 'against the first'];
  const table = new Table({ ...plain, head, colAligns: ['left', 'right', 'right', 'right'] });
  for (const { name, ms } of timed) {
    const range = `${Math.min(...ms).toFixed(0)} … ${Math.max(...ms).toFixed(0)}`;
    table.push([name, median(ms).toFixed(0), range, `${(median(ms) / median(timed[0].ms)).toFixed(2)}×`]);
  }
  return table.toString();
}
