/** The errors that only a pipeline has. */
import { ArgumentError, SlipringError } from '../errors.js';
import type { Diagnosis } from '../diagnosing/diagnosis.js';

/** Which stage an error is of, and where it was. */
export interface StageErrorPlace {
  readonly stage: string;
  readonly thread: number;
  readonly from?: string | undefined;
  readonly sequence?: number | undefined;
}

/**
 * A stage failed, and with it the pipeline: `ERR_STAGE_FAILED` (it threw: `cause`, of another thread by structured clone), `ERR_STAGE_DIED` (its thread ended without a word), `ERR_STAGE_PROMISE` (a
 * handler that is not `async` returned a promise); before any event: `ERR_STAGE_FILE` (its file cannot be loaded), `ERR_STAGE_EXPORT` (that has no stage as its default
 * export), `ERR_STAGE_EVENT` (its events are not those of the pipeline), `ERR_STAGE_START` (`begin` threw).
 */
export class StageError extends SlipringError {
  /** The stage's name. */
  readonly stage: string;
  /** Which of its threads, from 0. */
  readonly thread: number;
  /** The stage that the event in hand came from; undefined where there was none. */
  readonly from: string | undefined;
  /** The sequence of the event in hand, in the ring of that stage; undefined where there was none. */
  readonly sequence: number | undefined;

  constructor(code: string, message: string, place: StageErrorPlace, cause?: unknown) {
    super(code, message, cause === undefined ? undefined : { cause });
    this.stage = place.stage;
    this.thread = place.thread;
    this.from = place.from;
    this.sequence = place.sequence;
  }
}

/** The pipeline as a whole ended early: `ERR_PIPELINE_ABORTED` (`cause` is the reason), `ERR_PIPELINE_DEADLOCK`. */
export class PipelineError extends SlipringError {
  /** Of a deadlock: who waits for whom. */
  readonly diagnosis: Diagnosis | undefined;

  constructor(code: string, message: string, options?: ErrorOptions, diagnosis?: Diagnosis) {
    super(code, message, options);
    this.diagnosis = diagnosis;
  }
}

/** `ERR_PIPELINE_CYCLE`: stages that could come to wait for each other in a circle. */
export class CycleError extends ArgumentError {
  /** The stages on the way round, the first again at the end. */
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(
      'ERR_PIPELINE_CYCLE',
      `Stages that wait for each other in a circle come to a stop when its rings are full: ${path.join(' → ')}. Let one of its arcs drop events ` +
        "(lossy: true, or whenFull: 'drop-newest' in the stage before it), or say how many events are in it at most (inFlight: n, in a ring of that capacity).",
    );
    this.path = path;
  }
}
