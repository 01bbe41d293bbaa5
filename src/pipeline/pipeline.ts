/** Declaring a pipeline, and starting it. */
import { mustKnow } from '../options.js';
import type { PipelineDefinition, ValidPipeline } from './definition.js';
import { type PipelinePlan, planPipeline } from './plan.js';
import { RunningPipeline, type StartOptions } from './running.js';
import { mustBeLimits } from './waiting-for.js';

/** Stages and the rings between them, as declared. Made by `pipeline`; may be started any number of times. */
export class Pipeline<N extends string = string> {
  readonly #plan: PipelinePlan;

  /** Use `pipeline`. */
  constructor(plan: PipelinePlan) {
    this.#plan = plan;
  }

  /**
   * Makes the rings, and starts every thread of every stage. Resolves when all have begun; only then the sources publish. When one does not, or
   * the limits end the wait, all that were started end, and then it rejects.
   * @throws StageError `ERR_STAGE_FILE`, `ERR_STAGE_EXPORT`, `ERR_STAGE_EVENT`, `ERR_STAGE_START`, `ERR_STAGE_DIED`; WaitError `ERR_TIMED_OUT`; the signal's reason;
   * ArgumentError `ERR_OPTION`, `ERR_TIMEOUT`, `ERR_SIGNAL`; PlatformError `ERR_NO_WORKER_THREADS`, `ERR_NO_SHARED_MEMORY`, `ERR_MEMORY`.
   * @example await using run = await lines.start();
   */
  async start(options: StartOptions = {}): Promise<RunningPipeline<N>> {
    mustKnow(options, ['timeoutMs', 'signal', 'graceMs', 'watchMs'], 'start');
    mustBeLimits(options);
    const running = new RunningPipeline<N>(this.#plan, options);
    await running.begin(options);
    return running;
  }
}

/**
 * Declares a pipeline: stages by their names, each with what it runs, where its events come from, and what it publishes. The compiler checks that they
 * fit. Nothing is made, and no file read, before it is started.
 * @throws CycleError `ERR_PIPELINE_CYCLE`; ArgumentError `ERR_PIPELINE_STAGES`, `ERR_PIPELINE_SOURCE`, `ERR_PIPELINE_BOUND`, `ERR_STAGE_NAME`, `ERR_STAGE_RUN`, `ERR_STAGE_FROM`,
 * `ERR_STAGE_UNKNOWN`, `ERR_STAGE_DUPLICATE`, `ERR_STAGE_UNREAD`, `ERR_STAGE_EVENT`, `ERR_STAGE_THREADS`, `ERR_STAGE_RESTART`, `ERR_EVENT`, `ERR_LOSSY`, `ERR_WHEN_FULL`, `ERR_TIMEOUT`,
 * `ERR_WAIT_MODE`, `ERR_OPTION`, and as `createRing`.
 * @example
 * const lines = pipeline({
 *   read: { run: new URL('./read.js', import.meta.url), output: Line },
 *   parse: { run: new URL('./parse.js', import.meta.url), from: 'read', threads: 2, output: Word },
 *   count: { run: new URL('./count.js', import.meta.url), from: 'parse' },
 * });
 */
export function pipeline<const D extends PipelineDefinition>(
  definition: D & ValidPipeline<D>,
): Pipeline<Extract<keyof D, string>> {
  return new Pipeline(planPipeline(definition));
}
