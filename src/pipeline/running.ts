/** A pipeline at work. */
import { createRing } from '../create.js';
import { diagnoseAmong } from '../diagnose.js';
import type { Diagnosis } from '../diagnosing/diagnosis.js';
import { createDoorbell } from '../doorbell.js';
import { ArgumentError } from '../errors.js';
import { describe } from '../event.js';
import type { AsyncWaitOptions } from '../limits.js';
import { mustKnow } from '../options.js';
import type { Ring } from '../ring.js';
import { messageOf } from '../texts.js';
import { platform } from '../core/platform.js';
import { PipelineError } from './errors.js';
import { makeFinishing } from './finishing.js';
import type { Assignment } from './messages.js';
import { LocalPlace, type Owner, type Place, WorkerPlace } from './places.js';
import type { PipelinePlan, StagePlan } from './plan.js';
import { type PipelineProgress, progressOf } from './progress.js';
import { hasSettled, type LoopRing } from './settling.js';
import { mustBeLimits, waitFor } from './waiting-for.js';

/** How a pipeline is started. */
export interface StartOptions extends AsyncWaitOptions {
  /** Milliseconds that threads have to end by themselves, once they are done or the pipeline is aborted: 1,000 unless given; then they are terminated. */
  readonly graceMs?: number;
  /** Milliseconds between two looks for deadlocks: 1,000 unless given; Infinity for none. */
  readonly watchMs?: number;
}

/** How progress is reported. */
export interface ProgressOptions extends Pick<AsyncWaitOptions, 'signal'> {
  /** Milliseconds between two reports: 1,000 unless given. */
  readonly progressMs?: number;
}

/** A cycle: all rings that its stages read, and those of them that are its own. */
interface Loop {
  readonly rings: readonly LoopRing[];
  readonly within: readonly Ring[];
}

/** How often a cycle is looked at, whether something still goes round in it. */
const SETTLE_MS = 20;

/**
 * The threads of a pipeline, and the rings between them. Everything is asynchronous: the thread that started it supervises the others, and must not park
 * without a time-out (`ERR_SUPERVISOR_WOULD_PARK`) until the pipeline has ended.
 *
 * Disposing it (`await using`) aborts what has not ended, and waits for all threads to be gone; it throws why the pipeline failed if nobody was told.
 */
export class RunningPipeline<N extends string = string> implements AsyncDisposable, Owner {
  readonly graceMs: number;
  readonly #plan: PipelinePlan;
  readonly #rings: ReadonlyMap<string, Ring>;
  readonly #places: readonly Place[];
  readonly #loops: readonly Loop[];
  readonly #watchMs: number;
  readonly #startedAt = platform.now();
  readonly #restarts = new Map<string, number[]>();
  readonly #over: Promise<void>;
  #failure: { readonly error: unknown } | undefined;
  #onFailure = (): void => {};
  #told = false;
  #isOver = false;

  /** Use `pipeline(…).start()`. */
  constructor(plan: PipelinePlan, { graceMs = 1_000, watchMs = 1_000 }: StartOptions) {
    mustBeMs('graceMs', graceMs);
    mustBeMs('watchMs', watchMs);
    this.graceMs = graceMs;
    this.#watchMs = watchMs;
    this.#plan = plan;
    this.#rings = ringsOf(plan);
    this.#places = plan.stages.flatMap((stage) => this.#placesOf(stage));
    this.#loops = plan.loops.map((stages) => this.#loopOf(stages));
    this.#over = Promise.all(this.#places.map(({ ended }) => ended)).then(() => {
      this.#isOver = true;
    });
  }

  /** Fills all places, and lets them work once all have begun. When that fails, nobody is left. For `pipeline(…).start()`. */
  async begin(options: AsyncWaitOptions): Promise<void> {
    const failed = new Promise<void>((resolve) => (this.#onFailure = resolve));
    const ready = this.#places.map((place) => place.start());
    try {
      await waitFor(Promise.race([Promise.all(ready), failed]), options, 'not every stage has begun');
    } catch (error) {
      this.fail(error);
    }
    if (this.#failure !== undefined) {
      await this.#over;
      throw this.#failure.error;
    }
    for (const place of this.#places) place.go();
    this.#every(this.#watchMs, () => this.#lookForDeadlocks());
    if (this.#loops.length > 0) this.#every(SETTLE_MS, () => this.#endSettled());
  }

  // --- Ending.

  /**
   * Resolves once every stage is done with everything and all threads have ended. Rejects once all have, where a stage failed or the pipeline was
   * aborted.
   * @throws StageError; PipelineError `ERR_PIPELINE_ABORTED`, `ERR_PIPELINE_DEADLOCK`; WaitError `ERR_TIMED_OUT`, or the signal's reason: the pipeline goes
   * on then.
   */
  async drained(options: AsyncWaitOptions = {}): Promise<void> {
    mustKnow(options, ['timeoutMs', 'signal'], 'drained');
    mustBeLimits(options);
    await waitFor(this.#over, options, 'the pipeline is not drained');
    this.#told = true;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Ends the sources at their next publish; what they have published goes all the way. Otherwise as `drained`. */
  async finish(options: AsyncWaitOptions = {}): Promise<void> {
    mustKnow(options, ['timeoutMs', 'signal'], 'finish');
    mustBeLimits(options);
    for (const { name, inputs } of this.#plan.stages) if (inputs.length === 0) this.#rings.get(name)?.close();
    await this.drained(options);
  }

  /**
   * Ends every stage at its next publish, release or wait; events that are under way are lost. Threads that have not ended after `graceMs` are
   * terminated. Resolves once all have ended; `drained` then rejects with `ERR_PIPELINE_ABORTED`. Of an ended pipeline, does nothing.
   */
  async abort(reason: unknown = 'no reason was given'): Promise<void> {
    // Of an earlier failure somebody is still to be told.
    if (this.#failure === undefined) this.#told = true;
    this.fail(
      new PipelineError('ERR_PIPELINE_ABORTED', `The pipeline was aborted: ${messageOf(reason)}.`, {
        cause: reason,
      }),
    );
    await this.#over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver && this.#failure === undefined) return this.abort('it was disposed');
    await this.#over;
    if (this.#failure === undefined || this.#told) return;
    this.#told = true;
    throw this.#failure.error;
  }

  // --- Looking on.

  /** How far each stage is, now. `perSecond` is since the start. Reads only. */
  snapshot(): PipelineProgress<N> {
    return this.#progress(undefined);
  }

  /**
   * Reports how far each stage is, again and again until the pipeline has ended; the last report is of its end, also when it has ended before. Leaving
   * the loop changes nothing.
   * @throws ArgumentError `ERR_TIMEOUT`; the signal's reason.
   * @example for await (const { stages } of run.progress({ progressMs: 5_000 })) console.log(stages.parse.perSecond);
   */
  async *progress(options: ProgressOptions = {}): AsyncIterableIterator<PipelineProgress<N>> {
    mustKnow(options, ['progressMs', 'signal'], 'progress');
    const { progressMs = 1_000, ...limits } = options;
    mustBeMs('progressMs', progressMs);
    mustBeLimits(limits);
    let last: PipelineProgress<N> | undefined;
    for (let isLast = false; !isLast;) {
      let stop = (): void => {};
      const time = new Promise<void>((resolve) => (stop = platform.after(progressMs, resolve)));
      try {
        await waitFor(Promise.race([time, this.#over]), limits, '');
      } finally {
        stop();
      }
      isLast = this.#isOver;
      yield (last = this.#progress(last));
    }
  }

  /** Who waits for whom, since when, and who is behind; each ring goes by the name of the stage that publishes into it. Reads only. */
  diagnose(): Diagnosis {
    // A seat that is free stays so: all who will ever come are here, but for those who come after a thread that died.
    const mayCome = this.#places.some(({ between }) => between);
    return diagnoseAmong(Object.fromEntries(this.#rings), { mayCome });
  }

  // --- For its places.

  get stopping(): boolean {
    return this.#failure !== undefined;
  }

  mayRestart({ name, restart }: StagePlan): boolean {
    if (restart === undefined) return false;
    const now = platform.now();
    const all = this.#restarts.get(name) ?? [];
    if (all.filter((at) => now - at < restart.withinMs).length >= restart.times) return false;
    this.#restarts.set(name, [...all, now]);
    return true;
  }

  /** Ends everything early, and says why; the first to say so is heard. */
  fail(error: unknown): void {
    if (this.#failure !== undefined || this.#isOver) return;
    this.#failure = { error };
    for (const ring of this.#rings.values()) ring.abort(error);
    for (const place of this.#places) place.stop(error);
    this.#onFailure();
  }

  #placesOf(stage: StagePlan): Place[] {
    const output = this.#rings.get(stage.name);
    const inputs = stage.inputs.map(({ from, bounded }) => ({ from, bounded, ring: this.#rings.get(from)! }));
    const finishing = makeFinishing(stage.threads);
    return Array.from({ length: stage.threads }, (_, thread) => {
      const assignment: Assignment = {
        stage: stage.name,
        thread,
        life: 0,
        inputs: inputs.map(({ from, bounded, ring }) => ({ from, bounded, ring: ring.handle })),
        output: output?.handle,
        whenFull: stage.whenFull,
        finishing,
        data: stage.data,
        waits: stage.waits,
        given: inputs[0]?.ring.event.schema,
        declared: stage.output?.schema,
      };
      if (typeof stage.run !== 'string') return new LocalPlace(stage.run, assignment, this);
      const rings = [...inputs.map(({ ring }) => ring), ...(output ? [output] : [])];
      return new WorkerPlace(stage, assignment, output, rings, this);
    });
  }

  #progress(before: PipelineProgress | undefined): PipelineProgress<N> {
    const restarts = (name: string): number => this.#restarts.get(name)?.length ?? 0;
    const elapsedMs = platform.now() - this.#startedAt;
    return progressOf(this.#plan, this.#rings, restarts, elapsedMs, before);
  }

  /** Calls this again and again until the pipeline is over. */
  #every(ms: number, look: () => void): void {
    let stop = (): void => {};
    const again = (): void => {
      stop = platform.after(ms, () => {
        look();
        if (!this.#isOver && !this.stopping) again();
      });
    };
    again();
    void this.#over.then(() => stop());
  }

  #lookForDeadlocks(): void {
    const diagnosis = this.diagnose();
    // One that is limited ends by its time-out, and its stage fails then.
    if (!diagnosis.deadlocks.some(({ limited }) => !limited)) return;
    // Nor is it one when nothing goes round in a cycle any more: all wait for each other's end then, and it is ended here.
    if (this.#endSettled()) return;
    this.fail(
      new PipelineError(
        'ERR_PIPELINE_DEADLOCK',
        `The pipeline has come to a stop: ${String(diagnosis)}`,
        {},
        diagnosis,
      ),
    );
  }

  #loopOf(stages: readonly string[]): Loop {
    const into = this.#plan.arcs.filter(({ to }) => stages.includes(to));
    const rings = [...new Set(into.map(({ from }) => from))].map((from) => ({
      ring: this.#rings.get(from)!,
      readers: into.filter((arc) => arc.from === from).map(({ to }) => to),
      outside: !stages.includes(from),
    }));
    return { rings, within: rings.flatMap(({ ring, outside }) => (outside ? [] : [ring])) };
  }

  /** Closes the rings of cycles in which nothing goes round any more; whether one was closed that was not before. */
  #endSettled(): boolean {
    const settled = this.#loops.filter(({ rings }) => hasSettled(rings));
    const ended = settled.flatMap(({ within }) => within).filter((ring) => !ring.closed);
    for (const ring of ended) ring.close();
    return ended.length > 0;
  }
}

function ringsOf({ stages }: PipelinePlan): ReadonlyMap<string, Ring> {
  const doorbell = stages.some(({ inputs }) => inputs.length > 1) ? createDoorbell() : undefined;
  const isServed = (name: string): boolean =>
    stages.some(({ inputs }) => inputs.length > 1 && inputs.some(({ from }) => from === name));
  return new Map(
    stages.flatMap(({ name, output, ring }) => {
      if (output === undefined || ring === undefined) return [];
      const options = { ...ring, ...(doorbell && isServed(name) && { doorbell }) };
      return [[name, createRing(output, options)] as const];
    }),
  );
}

function mustBeMs(option: string, ms: unknown): void {
  if (typeof ms === 'number' && ms >= 0) return;
  throw new ArgumentError(
    'ERR_TIMEOUT',
    `${option} is a number of milliseconds, 0 or more, not ${describe(ms)}.`,
  );
}
