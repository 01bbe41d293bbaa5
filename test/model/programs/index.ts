/** All programs. */
import { corePrograms } from './core.js';
import type { ModelProgram } from './entry.js';

export const programs: readonly ModelProgram[] = [...corePrograms];
