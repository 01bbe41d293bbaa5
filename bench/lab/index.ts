/** The experiments of the lab, in the order in which they are run and told. */
import { backpressure } from './backpressure.js';
import { barrierOrLock } from './barrier-or-lock.js';
import { batching } from './batching.js';
import { cachedGating } from './cached-gating.js';
import { capacity } from './capacity.js';
import { claim } from './claim.js';
import { columnsOrRows } from './columns-or-rows.js';
import { exchange } from './exchange.js';
import type { Experiment } from './experiment.js';
import { falseSharing } from './false-sharing.js';
import { headline } from './headline.js';
import { hotCursor } from './hot-cursor.js';
import { sequentialAccess } from './sequential-access.js';
import { textbook } from './textbook.js';
import { waiterBit } from './waiter-bit.js';

export const experiments: readonly Experiment[] = [
  headline,
  falseSharing,
  sequentialAccess,
  barrierOrLock,
  hotCursor,
  waiterBit,
  batching,
  cachedGating,
  columnsOrRows,
  capacity,
  textbook,
  backpressure,
  exchange,
  claim,
];
