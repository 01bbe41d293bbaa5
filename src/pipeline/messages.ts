/** What a pipeline's thread and those of its stages tell each other. */
import type { RingHandle } from '../handle.js';
import type { StageWaits } from './definition.js';

/** What one thread of a stage has to do: plain and cloneable. */
export interface Assignment {
  readonly stage: string;
  readonly thread: number;
  readonly life: number;
  readonly inputs: readonly {
    readonly from: string;
    readonly ring: RingHandle;
    /** Whether each event has to make room as soon as it is handled, since a bound was declared for the ring. */
    readonly bounded: boolean;
  }[];
  readonly output: RingHandle | undefined;
  readonly whenFull: 'block' | 'drop-newest';
  /** Of `finishing.ts`. */
  readonly finishing: SharedArrayBuffer;
  readonly data: unknown;
  readonly waits: StageWaits;
  /** What the pipeline declares: undefined where there is none. */
  readonly given: string | undefined;
  readonly declared: string | undefined;
}

/** What a worker is started with. */
export interface StageWorkerData {
  readonly file: string;
  readonly assignment: Assignment;
}

/** How a thread of a stage failed. */
export interface FailedMessage {
  readonly type: 'failed';
  readonly code: string;
  /** What it threw; of what cannot be cloned, its text and its stack. */
  readonly cause: unknown;
  /** The cause's own code, which cloning loses. */
  readonly causeCode: unknown;
  readonly from: string | undefined;
  readonly sequence: number | undefined;
}

export type FromStage = { readonly type: 'ready' } | { readonly type: 'done' } | FailedMessage;
export type ToStage = { readonly type: 'go' } | { readonly type: 'abort'; readonly reason: unknown };
