/** One run of the flights through all stages, on threads of its own. */
import { setInterval } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { type Connections, PARSERS, type Result, type Role } from './link.js';
import { makeBuffers } from './lock-link.js';
import { type PipelineOptions, runPipeline } from './pipeline.js';
import { makePorts } from './post-link.js';
import { FlightsError } from './records.js';
import type { StageData, Told, Transport } from './worker.js';

export type Version = 'pipeline' | 'pipeline-batches' | Transport;

export interface RunOptions {
  readonly file: string;
  readonly version: Version;
  /** Hears how many flights were counted, five times a second. */
  readonly onProgress?: (flights: number) => void;
  /** Where the built files of this example are: beside this one unless given. */
  readonly folder?: URL;
}

export interface Run {
  readonly result: Result;
  /** From the reader's first record until the whole result is there; starting the threads is not in it. */
  readonly ms: number;
}

const make: Record<Transport, () => Connections> = {
  'post-message': makePorts,
  locks: makeBuffers,
  'post-message-batches': makePorts,
};

/** @throws FlightsError `ERR_FLIGHTS_STAGE`: a stage failed, with its name and the cause; all threads are ended. */
export function run({
  file,
  version,
  onProgress = () => {},
  folder = new URL('./', import.meta.url),
}: RunOptions): Promise<Run> {
  const options = { file, folder, onProgress };
  if (version === 'pipeline') return runPipeline(options, { chunks: false });
  if (version === 'pipeline-batches') return runPipeline(options, { chunks: true });
  return runConnected(options, version);
}

/** The stages by hand, over something else than rings. */
async function runConnected(
  { file, folder, onProgress }: PipelineOptions,
  transport: Transport,
): Promise<Run> {
  const workerFile = new URL('worker.js', folder);
  const connections = make[transport]();
  const progress = new SharedArrayBuffer(4);
  const workers = new Set<Worker>();
  const seen = new Int32Array(progress);
  const ticking = setInterval(() => onProgress(Atomics.load(seen, 0)), 200);
  let began = 0n;
  try {
    return await new Promise<Run>((resolve, reject) => {
      const fail = (role: Role, cause: unknown): void => {
        reject(
          new FlightsError('ERR_FLIGHTS_STAGE', `The stage ${role} failed: ${String(cause)}`, { cause }),
        );
        connections.abort(`the stage ${role} failed`);
      };
      const start = (role: Role, number = 0): { worker: Worker; ready: Promise<void> } => {
        const { data, transfer } = connections.linkData(role, number);
        const workerData: StageData = { role, transport, file, link: data, progress };
        const worker = new Worker(workerFile, { workerData, transferList: transfer as never[] });
        workers.add(worker);
        worker.once('error', (error) => fail(role, error));
        worker.once('exit', (code) => {
          workers.delete(worker);
          if (code !== 0) fail(role, `it ended with code ${code}`);
        });
        const ready = new Promise<void>((resolve) =>
          worker.on('message', (message: Told | object) => {
            if (!('told' in message)) connections.onMessage(role, message);
            else if (message.told === 'ready') resolve();
            else began = message.at;
          }),
        );
        return { worker, ready };
      };
      const reader = start('reader');
      const parsers = Array.from({ length: PARSERS }, (_, number) => start('parser', number));
      const stages = [reader, ...parsers, start('place'), start('hour')];
      const result = connections.result();
      void Promise.all(stages.map(({ ready }) => ready)).then(() => reader.worker.postMessage('go'));
      result.then(
        (found) => resolve({ result: found, ms: Number(process.hrtime.bigint() - began) / 1e6 }),
        (error: unknown) => reject(error as Error), // what failed before was told before
      );
    });
  } finally {
    clearInterval(ticking);
    await Promise.all([...workers].map((worker) => worker.terminate()));
  }
}
