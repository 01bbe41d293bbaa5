/** Serving several rings, broken on purpose. */
import type { Mutant } from './mutant.js';

export const servingMutants: readonly Mutant[] = [];
