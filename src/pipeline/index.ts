/** Stages on threads of their own, with a ring between each and the next; started, supervised, drained and stopped as one. */
export type {
  ArcOptions,
  From,
  PipelineDefinition,
  RestartOptions,
  StageOptions,
  ValidPipeline,
} from './definition.js';
export { CycleError, PipelineError, StageError } from './errors.js';
export { pipeline, type Pipeline } from './pipeline.js';
export type { ArcProgress, PipelineProgress, StageProgress } from './progress.js';
export type { ProgressOptions, RunningPipeline, StartOptions } from './running.js';
export {
  sink,
  type SinkHandler,
  type SinkWork,
  source,
  type SourceHandler,
  type SourceWork,
  type Stage,
  stage,
  type StageContext,
  StageFile,
  stageFile,
  type StageHandler,
  type StageWork,
} from './stage.js';
