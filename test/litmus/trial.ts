/** Runs litmus programs on real threads of this process. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Part, Report } from '../../workers/litmus.js';
import type { Code } from './code.js';
import { bytesFor } from './instances.js';
import { CONTROL_BYTES } from './meeting.js';
import { OVERTIME, paceBytes } from './pace.js';
import type { Litmus } from './program.js';

/** Instances in a stride. Sleepers that meet at one instance lose each other for the rest of the stride, so it is short. */
const INSTANCES = 8_192;
const INSTANCES_OF_SLEEPERS = 16;

/** How long after its limit a trial may end. Longer than a forgotten sleeper sleeps. */
const GRACE_MS = 30_000;

export interface Limits {
  readonly rounds: number;
  readonly limitMs: number;
  /** What loops are made to run as, once they are warm. */
  readonly code?: Code | undefined;
}

export interface Trial {
  readonly program: string;
  readonly rounds: number;
  /** How many of them all threads began together; more threads than processors never do. */
  readonly inStep: number;
  readonly outcomes: Record<string, number>;
  /** What the loop of each thread ended as. */
  readonly code: readonly Code[];
}

/** Threads that stay from one trial to the next. */
export class Threads implements AsyncDisposable {
  readonly #file: URL;
  readonly #workers: Worker[] = [];

  /** `file` is the built worker. */
  constructor(file: URL) {
    this.#file = file;
  }

  /** Runs one program. Rejects when a thread fails or the trial does not end; these threads are then of no use any more. */
  async run(program: Litmus, { rounds, limitMs, code }: Limits): Promise<Trial> {
    const { threads, sleeps } = program;
    const instances = sleeps ? INSTANCES_OF_SLEEPERS : INSTANCES;
    const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
    const part: Omit<Part, 'role'> = {
      program: program.name,
      control: shared(CONTROL_BYTES),
      pace: shared(paceBytes(threads.length)),
      words: shared(bytesFor(instances)),
      results: threads.map(() => shared(instances * Int32Array.BYTES_PER_ELEMENT)),
      processors: availableParallelism(),
      rounds,
      limitMs,
      code,
    };
    while (this.#workers.length < threads.length) this.#workers.push(new Worker(this.#file));
    const reports = await within(
      OVERTIME * limitMs + GRACE_MS,
      Promise.all(threads.map((_, role) => play(this.#workers[role], { ...part, role }))),
    );
    return {
      program: program.name,
      rounds: reports[0].rounds,
      inStep: reports[0].inStep,
      outcomes: reports.map(({ outcomes }) => outcomes).reduce(sum),
      code: reports.map(({ code }) => code),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function play(worker: Worker, part: Part): Promise<Report> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread ended with code ${code}`)));
    worker.postMessage(part);
  });
}

function sum(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const total = { ...a };
  for (const [outcome, count] of Object.entries(b)) total[outcome] = (total[outcome] ?? 0) + count;
  return total;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it had not ended after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
