/** The experiments of the lab, in the order in which they are run and told. */
import { batching } from './batching.js';
import { cachedGating } from './cached-gating.js';
import { capacity } from './capacity.js';
import type { Experiment } from './experiment.js';
import { headline } from './headline.js';
import { hotCursor } from './hot-cursor.js';
import { waiterBit } from './waiter-bit.js';

export const experiments: readonly Experiment[] = [
  headline,
  hotCursor,
  waiterBit,
  batching,
  cachedGating,
  capacity,
];
