/** All programs. */
import { corePrograms } from './core.js';
import type { ModelProgram } from './entry.js';
import { lockPrograms } from './locks.js';

export const programs: readonly ModelProgram[] = [...corePrograms, ...lockPrograms];
