/** The experiments of the lab, in the order in which they are run and told. */
import { backpressure } from './backpressure.js';
import { batching } from './batching.js';
import { claim } from './claim.js';
import { exchange } from './exchange.js';
import type { Experiment } from './experiment.js';
import { headline } from './headline.js';
import { textbook } from './textbook.js';

export const experiments: readonly Experiment[] = [
  headline,
  batching,
  textbook,
  backpressure,
  exchange,
  claim,
];
