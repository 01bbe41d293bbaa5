/** All litmus programs, and those that are broken on purpose. */
import type { Litmus } from '../program.js';
import { broken } from './broken.js';
import { ordering } from './ordering.js';
import { parking } from './parking.js';
import { payloads } from './payloads.js';
import { plain } from './plain.js';
import { sleepers } from './sleeping.js';

export const programs: readonly Litmus[] = [...ordering, ...payloads, ...plain, ...parking, ...sleepers];

/** A program by its name, a broken one too. */
export function programNamed(name: string): Litmus {
  const found = [...programs, ...broken].find((program) => program.name === name);
  if (found === undefined) throw new Error(`There is no program "${name}"`);
  return found;
}
