/** All programs. */
import { corePrograms } from './core.js';
import { diagnosingPrograms } from './diagnosing.js';
import type { ModelProgram } from './entry.js';
import { facePrograms } from './face.js';
import { groupPrograms } from './groups.js';
import { joiningGroupPrograms } from './joining-groups.js';
import { joiningPrograms } from './joining.js';
import { smallJoiningPrograms } from './joining-small.js';
import { lockPrograms } from './locks.js';
import { missedPrograms } from './missed.js';
import { misusePrograms } from './misuse.js';
import { payloadPrograms } from './payload.js';
import { permitPrograms } from './permits.js';
import { pipelinePrograms } from './pipeline.js';
import { producerPrograms } from './producers.js';
import { smallProducerPrograms } from './producers-small.js';
import { queuePrograms } from './queue.js';
import { queueDeathPrograms } from './queue-deaths.js';
import { recoveryPrograms } from './recovery.js';
import { servingPrograms } from './serving.js';

export const programs: readonly ModelProgram[] = [
  ...corePrograms,
  ...facePrograms,
  ...producerPrograms,
  ...smallProducerPrograms,
  ...groupPrograms,
  ...misusePrograms,
  ...missedPrograms,
  ...servingPrograms,
  ...joiningPrograms,
  ...smallJoiningPrograms,
  ...diagnosingPrograms,
  ...payloadPrograms,
  ...joiningGroupPrograms,
  ...recoveryPrograms,
  ...lockPrograms,
  ...queuePrograms,
  ...queueDeathPrograms,
  ...permitPrograms,
  ...pipelinePrograms,
];
