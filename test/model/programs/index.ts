/** All programs. */
import { corePrograms } from './core.js';
import type { ModelProgram } from './entry.js';
import { facePrograms } from './face.js';

export const programs: readonly ModelProgram[] = [...corePrograms, ...facePrograms];
