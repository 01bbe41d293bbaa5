/** The fields of any length in an accessor. */
import { type Property, slotOf, type Turn } from '../accessor.js';
import { ArgumentError } from '../errors.js';
import { describe } from '../event.js';
import type { ClaimColumn } from './column.js';

/** Reads and writes through the column. */
export function payloadProperty(column: ClaimColumn<unknown>, turn: Turn): Property {
  return {
    get: () => column.get(slotOf(turn)),
    set: (value) => column.set(slotOf(turn), value),
  };
}

/** What makes bytes in place: `reserve` and `trim`, for accessors of an event that has columns of any length. */
export function inPlace(columns: Readonly<Record<string, unknown>>, turn: Turn): PropertyDescriptorMap {
  const writable = new Map(
    Object.entries(columns as Record<string, ClaimColumn<unknown>>).filter(
      ([, column]) => typeof column.reserve === 'function',
    ),
  );
  // The one asked for last, before the map: most events have one such field.
  let [lastName, lastColumn] = [...writable][0] ?? ['', undefined];
  const columnOf = (name: string): ClaimColumn<unknown> => {
    if (name === lastName && lastColumn !== undefined) return lastColumn;
    const column = writable.get(name);
    if (column !== undefined) {
      lastName = name;
      return (lastColumn = column);
    }
    throw new ArgumentError('ERR_FIELD_NAME', `This event has no field ${describe(name)} of any length.`);
  };
  return {
    reserve: { value: (name: string, bytes: number) => columnOf(name).reserve(slotOf(turn), bytes) },
    trim: { value: (name: string, bytes: number) => columnOf(name).trim(slotOf(turn), bytes) },
  };
}
