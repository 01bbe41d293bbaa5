/** What a pipeline is declared with, as the compiler checks it. */
import type { EventType, Fields } from '../event.js';
import type { WaitMode, WaitOptions } from '../limits.js';
import type { Stage, StageFile } from './stage.js';
import type { FileUrl } from './surroundings.js';

/** How a stage takes the events of another. */
export interface ArcOptions {
  /** Where the ring is full because of it, the stage before goes on, and it misses the oldest events that it has not begun. For stages of one thread. */
  readonly lossy?: boolean;
  /**
   * Declares, for an arc of a cycle, that there are never more than so many events in its ring, which has room for them: then it makes nobody
   * wait. You vouch for it. An event is there until its handler has returned; in a group, until those before it are handled too.
   */
  readonly inFlight?: number;
}

/** The stages that a stage takes events from: one, several, or several with options. */
export type From<N extends string = string> = N | readonly N[] | { readonly [K in N]?: ArcOptions };

/** How often a stage's threads are started again. */
export interface RestartOptions {
  /** At most so many times, all threads of the stage together. */
  readonly times: number;
  /** In so many milliseconds; without it, in all. */
  readonly withinMs?: number;
}

/** One stage of a pipeline. */
export interface StageOptions {
  /**
   * Its file, which threads of its own import: a `URL`, or `stageFile(url)` with its type. Or a stage itself: it runs in the thread that starts
   * the pipeline, on its event loop.
   */
  readonly run: Stage<any, any> | StageFile<any, any> | FileUrl; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** What it publishes; a stage that has none ends there. A stage that is given itself need not repeat it. */
  readonly output?: EventType<any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Whose events it takes, all of one kind. Without it, it is a source. */
  readonly from?: From;
  /** Its threads, 1 unless given, at most 255: each event goes to one of them. */
  readonly threads?: number;
  /** Slots of the ring of its output, a power of two: 1,024 unless given. Every stage that reads it sees every event. */
  readonly capacity?: number;
  /** What it does when that ring is full: `'block'`, unless given, or `'drop-newest'`. */
  readonly whenFull?: 'block' | 'drop-newest';
  /** As of `createRing`. */
  readonly arenaBytes?: number;
  /** Not at all unless given: the first thread that fails, or dies, ends the pipeline. */
  readonly restart?: RestartOptions;
  /** Passed on to the stage as `context.data`, by structured clone. */
  readonly data?: unknown;
  /** Longest single wait of its threads, for events and for room, in milliseconds; then it fails with `ERR_TIMED_OUT`. None unless given. */
  readonly timeoutMs?: number;
  /** How its threads wait: `'spin-park'` unless given. */
  readonly wait?: WaitMode;
}

/** Stages by their names. */
export type PipelineDefinition = Readonly<Record<string, StageOptions>>;

/** The same stages, where each one's events have to be those that it is given, and that it declares. */
export type ValidPipeline<D extends PipelineDefinition> = string extends keyof D
  ? PipelineDefinition // put together at run time: checked then
  : {
      readonly [N in keyof D]: Omit<StageOptions, 'run' | 'from'> &
        Only<keyof StageOptions, D[N]> & {
          readonly run:
            FileUrl | Stage<InputOf<D, D[N]>, OutputOf<D[N]>> | StageFile<InputOf<D, D[N]>, OutputOf<D[N]>>;
          readonly from?: ValidFrom<D[N] extends { readonly from: infer G } ? G : undefined, Publishing<D>>;
        };
    };

/** No other properties than these: an inferred type may have any. */
type Only<Known, T> = { readonly [K in Exclude<keyof T, Known>]?: never };

/** The same, of these stages only. */
type ValidFrom<G, N extends string> = G extends undefined
  ? undefined
  : G extends string
    ? N
    : G extends readonly unknown[]
      ? readonly N[]
      : { readonly [K in keyof G]: K extends N ? ArcOptions & Only<keyof ArcOptions, G[K]> : never };

/** The names of the stages that have an output. */
type Publishing<D extends PipelineDefinition> = {
  [N in keyof D]: OutputOf<D[N]> extends null ? never : Extract<N, string>;
}[keyof D];

/** The fields of what a stage publishes. */
type OutputOf<S> = S extends { readonly output: EventType<infer F> }
  ? F
  : S extends { readonly run: Stage<any, infer O> } // eslint-disable-line @typescript-eslint/no-explicit-any
    ? O
    : null;

/** The fields of what a stage is given. */
type InputOf<D extends PipelineDefinition, S> = S extends { readonly from: infer G }
  ? G extends keyof D
    ? OutputOf<D[G]>
    : G extends readonly (infer N)[]
      ? N extends keyof D
        ? OutputOf<D[N]>
        : never
      : { [N in keyof G]: N extends keyof D ? OutputOf<D[N]> : never }[keyof G]
  : null;

/** Where a plan stands on waiting. */
export type StageWaits = Pick<WaitOptions, 'timeoutMs' | 'wait'>;

/** An event of any fields, or none. */
export type MaybeFields = Fields | null;
