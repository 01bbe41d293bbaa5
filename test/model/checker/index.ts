/** A model checker for code over SharedArrayBuffers: see README.md. */

export { check, checkAsync } from './check.js';
export { CheckerError } from './errors.js';
export type {
  Failure,
  FailureKind,
  FinalEnv,
  Options,
  Program,
  Result,
  SetupEnv,
  StrategyName,
  ThreadEnv,
} from './program.js';
export { describeExtent, formatResult } from './report.js';
export type { Controls, Progress } from './search.js';
export { instrument, recordingViews } from './seam.js';
