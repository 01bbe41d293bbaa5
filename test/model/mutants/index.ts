/**
 * The library, broken on purpose: each mutant is a patch of the built files that the checker must find, with the kind of failure it
 * must report. A mutant that survives says that the programs do not look where it is broken.
 */
import { coreMutants } from './core.js';
import { diagnosingMutants } from './diagnosing.js';
import { deathMutants } from './deaths.js';
import { faceMutants } from './face.js';
import { groupMutants } from './groups.js';
import { guestMutants } from './guests.js';
import { joiningGroupMutants } from './joining-groups.js';
import { joiningMutants } from './joining.js';
import { lockMutants } from './locks.js';
import { missedMutants } from './missed.js';
import { misuseMutants } from './misuse.js';
import type { Mutant } from './mutant.js';
import { payloadMutants } from './payload.js';
import { permitMutants } from './permits.js';
import { pipelineMutants } from './pipeline.js';
import { producerMutants } from './producers.js';
import { queueMutants } from './queue.js';
import { recoveryMutants } from './recovery.js';
import { servingMutants } from './serving.js';

export const mutants: readonly Mutant[] = [
  ...coreMutants,
  ...faceMutants,
  ...deathMutants,
  ...producerMutants,
  ...groupMutants,
  ...misuseMutants,
  ...missedMutants,
  ...servingMutants,
  ...joiningMutants,
  ...diagnosingMutants,
  ...payloadMutants,
  ...joiningGroupMutants,
  ...recoveryMutants,
  ...guestMutants,
  ...lockMutants,
  ...queueMutants,
  ...permitMutants,
  ...pipelineMutants,
];
