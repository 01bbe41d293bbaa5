/** Programs through the public face: what users call. */
import type { ModelProgram } from './entry.js';
import { deathPrograms } from './face-deaths.js';
import { endPrograms } from './face-ends.js';
import { failingPrograms } from './face-failing.js';
import { flowPrograms } from './face-flow.js';
import { guestPrograms } from './face-guests.js';
import { faceJoiningPrograms } from './face-joining.js';
import { leavingPrograms } from './face-leaving.js';
import { limitPrograms } from './face-limits.js';
import { onlookerPrograms } from './face-onlookers.js';
import { otherPrograms } from './face-others.js';
import { seatPrograms } from './face-seats.js';
import { signalPrograms } from './face-signals.js';

export const facePrograms: readonly ModelProgram[] = [
  ...flowPrograms,
  ...endPrograms,
  ...failingPrograms,
  ...limitPrograms,
  ...signalPrograms,
  ...leavingPrograms,
  ...faceJoiningPrograms,
  ...seatPrograms,
  ...onlookerPrograms,
  ...otherPrograms,
  ...deathPrograms,
  ...guestPrograms,
];
