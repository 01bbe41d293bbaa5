/** All programs. */
import { corePrograms } from './core.js';
import type { ModelProgram } from './entry.js';
import { facePrograms } from './face.js';
import { groupPrograms } from './groups.js';
import { joiningPrograms } from './joining.js';
import { lockPrograms } from './locks.js';
import { producerPrograms } from './producers.js';

export const programs: readonly ModelProgram[] = [
  ...corePrograms,
  ...facePrograms,
  ...producerPrograms,
  ...groupPrograms,
  ...joiningPrograms,
  ...lockPrograms,
];
