/** What a pipeline takes from Node (Bun and Deno have it too): worker threads, and the few globals beside those of `core/platform.ts`. */
import { PlatformError } from '../errors.js';
import type { AbortSignalLike } from '../limits.js';
import type { SupervisableWorker } from '../node/supervise.js';

/** A `URL`, whichever library declares it. */
export interface FileUrl {
  readonly href: string;
  readonly protocol: string;
}

/** A `Worker`, as far as a pipeline needs it. */
export interface Thread extends SupervisableWorker {
  on(event: 'message' | 'error', listener: (value: unknown) => void): unknown;
  postMessage(message: unknown): void;
  terminate(): Promise<number>;
}

/** The worker's end of its channel to the thread that started it. */
export interface ParentPort {
  on(event: 'message', listener: (value: unknown) => void): unknown;
  postMessage(message: unknown): void;
  close(): void;
}

interface WorkerThreads {
  readonly Worker: new (
    file: FileUrl,
    options: { readonly workerData: unknown; readonly name: string },
  ) => Thread;
  readonly parentPort: ParentPort;
  readonly workerData: unknown;
}

interface Surroundings {
  process?: { getBuiltinModule?(id: string): WorkerThreads | undefined; exit(code: number): never };
  URL: new (file: string, base?: string) => FileUrl;
  AbortController: new () => { readonly signal: AbortSignalLike; abort(reason: unknown): void };
}

const surroundings = globalThis as unknown as Surroundings;

/** @throws PlatformError `ERR_NO_WORKER_THREADS`. */
export function workerThreads(): WorkerThreads {
  const threads = surroundings.process?.getBuiltinModule?.('node:worker_threads');
  if (threads !== undefined) return threads;
  throw new PlatformError(
    'ERR_NO_WORKER_THREADS',
    'A pipeline needs node:worker_threads, as Node 20.16, Bun and Deno have it.',
  );
}

/** Ends this worker at once, with whatever it has in hand. */
export function exitThread(): never {
  return surroundings.process!.exit(1);
}

export function newAbortController(): InstanceType<Surroundings['AbortController']> {
  return new surroundings.AbortController();
}

/** @throws TypeError for what is no URL. */
export function urlOf(file: string, base?: string): FileUrl {
  return new surroundings.URL(file, base);
}
