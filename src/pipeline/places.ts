/** The places of a stage's threads: each is filled by one thread after another, or by the pipeline's own. */
import type { Ring } from '../ring.js';
import { supervise } from '../node/supervise.js';
import { messageOf } from '../texts.js';
import { platform } from '../core/platform.js';
import { StageError } from './errors.js';
import { finishingWords, hadFinished } from './finishing.js';
import type { Assignment, FailedMessage, FromStage, StageWorkerData, ToStage } from './messages.js';
import type { StagePlan } from './plan.js';
import type { Stage } from './stage.js';
import { StageFailure, StageThread } from './stage-thread.js';
import { newAbortController, type Thread, urlOf, workerThreads } from './surroundings.js';

/** What a place tells the pipeline, and asks it. */
export interface Owner {
  /** Whether the pipeline ends early. */
  readonly stopping: boolean;
  readonly graceMs: number;
  /** Whether this place may be filled again: counts it. */
  mayRestart(stage: StagePlan): boolean;
  fail(error: unknown): void;
}

/** One place. */
export interface Place {
  readonly stage: string;
  /** Fills it; nothing is handled yet. Resolves when it has begun; never, if it fails. */
  start(): Promise<void>;
  /** Lets it work. */
  go(): void;
  /** Whether its thread has died, and the next has not taken its seats yet. */
  readonly between: boolean;
  /** Makes it end: the rings are aborted already. Whoever does not within the grace is terminated. */
  stop(reason: unknown): void;
  /** Resolves once nobody is there, nor comes. */
  readonly ended: Promise<void>;
}

// The URL of this very file; `types` of this package are those of no platform.
const here = (import.meta as unknown as { readonly url: string }).url;

/** A place for workers. */
export class WorkerPlace implements Place {
  readonly stage: string;
  readonly ended: Promise<void>;
  readonly #plan: StagePlan;
  readonly #assignment: Assignment;
  readonly #output: Ring | undefined;
  readonly #rings: readonly Ring[];
  readonly #owner: Owner;
  readonly #words: Int32Array;
  #life = 0;
  #worker: Thread | undefined;
  /** Resolves when that worker is gone, and its seats are recovered. */
  #gone: Promise<void> = Promise.resolve();
  #working = false;
  #between = false;
  #end!: () => void;

  /** `rings`: all that it opens, the output among them. */
  constructor(
    plan: StagePlan,
    assignment: Assignment,
    output: Ring | undefined,
    rings: readonly Ring[],
    owner: Owner,
  ) {
    this.stage = plan.name;
    this.#plan = plan;
    this.#assignment = assignment;
    this.#output = output;
    this.#rings = rings;
    this.#owner = owner;
    this.#words = finishingWords(assignment.finishing);
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get between(): boolean {
    return this.#between;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#fill(resolve));
  }

  go(): void {
    this.#working = true;
    this.#tell({ type: 'go' });
  }

  stop(reason: unknown): void {
    const worker = this.#worker;
    if (worker === undefined) return this.#end();
    this.#tell({ type: 'abort', reason: messageOf(reason) });
    this.#terminateLate(worker);
  }

  #tell(message: ToStage): void {
    this.#worker?.postMessage(message);
  }

  /** Starts the next life. */
  #fill(ready: () => void): void {
    if (this.#owner.stopping) return this.#end();
    const assignment = { ...this.#assignment, life: ++this.#life };
    const data: StageWorkerData = { file: this.#plan.run as string, assignment };
    let failed: FailedMessage | undefined;
    let uncaught: unknown;
    let worker: Thread;
    try {
      const { Worker } = workerThreads();
      const name = `${this.stage} ${assignment.thread}`;
      worker = new Worker(urlOf('./run-stage.js', here), { workerData: data, name });
    } catch (error) {
      const text = `The stage ${JSON.stringify(this.stage)} could not be started: ${messageOf(error)}`;
      this.#owner.fail(new StageError('ERR_STAGE_START', text, assignment, error));
      return this.#end();
    }
    this.#worker = worker;
    const supervision = supervise(worker, ...this.#rings);
    worker.on('message', (message) => {
      const said = message as FromStage;
      if (said.type === 'ready') ready();
      else if (said.type === 'failed') failed = said;
      else this.#terminateLate(worker);
    });
    worker.on('error', (error) => (uncaught = error));
    const heard = (): void => {
      this.#worker = undefined;
      this.#onExit(failed, uncaught);
    };
    this.#gone = supervision.done.then(heard, (error: unknown) => {
      uncaught ??= error; // its seats could not be recovered: somebody has written over a ring
      heard();
    });
  }

  /** The thread has ended, and its seats are recovered. */
  #onExit(failed: FailedMessage | undefined, uncaught: unknown): void {
    const { thread } = this.#assignment;
    const finished = hadFinished(this.#words, thread, () => this.#output?.close());
    if (finished && uncaught !== undefined) this.#owner.fail(lateErrorOf(this.#assignment, uncaught));
    if (finished || this.#owner.stopping) return this.#end();
    const error = failed ? errorOf(this.#assignment, failed) : deathOf(this.#assignment, uncaught);
    if (this.#working && this.#owner.mayRestart(this.#plan)) {
      this.#between = true;
      this.#fill(() => {
        this.#between = false;
        this.#tell({ type: 'go' });
      });
      return;
    }
    this.#owner.fail(error);
    this.#end();
  }

  #terminateLate(worker: Thread): void {
    // Its exit may have been heard before.
    void this.#gone.then(platform.after(this.#owner.graceMs, () => void worker.terminate()));
  }
}

/** A place in the pipeline's own thread. */
export class LocalPlace implements Place {
  readonly stage: string;
  readonly ended: Promise<void>;
  readonly between = false;
  readonly #thread: StageThread;
  readonly #assignment: Assignment;
  readonly #owner: Owner;
  readonly #controller = newAbortController();
  #working = false;
  #end!: () => void;

  constructor(stage: Stage, assignment: Assignment, owner: Owner) {
    this.stage = assignment.stage;
    this.#assignment = assignment;
    this.#owner = owner;
    this.#thread = new StageThread(stage, { ...assignment, life: 1 }, this.#controller.signal, {
      parks: false,
    });
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  async start(): Promise<void> {
    if (this.#owner.stopping) return this.#end();
    try {
      await this.#thread.begin();
    } catch (error) {
      this.#fail(error);
      await new Promise<never>(() => {});
    }
  }

  go(): void {
    this.#working = true;
    this.#thread.work().then(
      () => this.#end(),
      (error) => this.#fail(error),
    );
  }

  stop(reason: unknown): void {
    this.#controller.abort(reason);
    if (!this.#working) return this.#leave();
    const spare = platform.after(this.#owner.graceMs, () => this.#leave());
    void this.ended.then(spare);
  }

  #fail(error: unknown): void {
    const { code, cause, from, sequence } =
      error instanceof StageFailure ? error : new StageFailure('ERR_STAGE_FAILED', error);
    const failed: FailedMessage = { type: 'failed', code, cause, causeCode: undefined, from, sequence };
    if (!this.#owner.stopping) this.#owner.fail(errorOf(this.#assignment, failed));
    this.#leave();
  }

  #leave(): void {
    this.#thread.leave();
    this.#end();
  }
}

const SAYS: Readonly<Record<string, string>> = {
  ERR_STAGE_FILE: 'its file cannot be loaded',
  ERR_STAGE_EXPORT: 'its file has no stage as its default export',
  ERR_STAGE_EVENT: 'its events are not those of the pipeline',
  ERR_STAGE_START: 'it could not begin',
  ERR_STAGE_PROMISE: 'its handler returned a promise',
  ERR_STAGE_FAILED: 'it failed',
};

function errorOf(place: Assignment, { code, cause, causeCode, from, sequence }: FailedMessage): StageError {
  if (causeCode !== undefined && cause instanceof Error && !('code' in cause))
    Object.assign(cause, { code: causeCode });
  const where = from === undefined ? '' : ` at event ${sequence} of ${JSON.stringify(from)}`;
  return new StageError(
    code,
    `The stage ${JSON.stringify(place.stage)}, thread ${place.thread}: ${SAYS[code] ?? 'it failed'}${where}: ${messageOf(cause)}`,
    { stage: place.stage, thread: place.thread, from, sequence },
    cause,
  );
}

/** It had handed its end over, and something that nobody awaited went wrong after that. */
function lateErrorOf({ stage, thread }: Assignment, uncaught: unknown): StageError {
  return new StageError(
    'ERR_STAGE_FAILED',
    `The stage ${JSON.stringify(stage)}, thread ${thread}: it failed after its end: ${messageOf(uncaught)}`,
    { stage, thread },
    uncaught,
  );
}

function deathOf({ stage, thread }: Assignment, uncaught: unknown): StageError {
  const why = uncaught === undefined ? 'without saying why' : `of ${messageOf(uncaught)}`;
  return new StageError(
    'ERR_STAGE_DIED',
    `The stage ${JSON.stringify(stage)}, thread ${thread}: its thread ended before its work, ${why}.`,
    { stage, thread },
    uncaught,
  );
}
