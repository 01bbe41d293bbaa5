/** All programs. */
import { corePrograms } from './core.js';
import type { ModelProgram } from './entry.js';
import { facePrograms } from './face.js';
import { groupPrograms } from './groups.js';
import { joiningPrograms } from './joining.js';
import { lockPrograms } from './locks.js';
import { misusePrograms } from './misuse.js';
import { producerPrograms } from './producers.js';
import { recoveryPrograms } from './recovery.js';
import { servingPrograms } from './serving.js';

export const programs: readonly ModelProgram[] = [
  ...corePrograms,
  ...facePrograms,
  ...producerPrograms,
  ...groupPrograms,
  ...misusePrograms,
  ...servingPrograms,
  ...joiningPrograms,
  ...recoveryPrograms,
  ...lockPrograms,
];
