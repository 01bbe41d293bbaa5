import { Worker } from 'node:worker_threads';
import type { ParticipantData } from '../../workers/participant.js';

const participant = new URL('../../.build/workers/participant.js', import.meta.url);

/** Runs one thread to its end; resolves to how many events it published or saw. */
export function participate(data: ParticipantData): Promise<number> {
  return run<number>(participant, data);
}

/** Starts a worker and resolves to its first message; rejects when it fails, or ends without one. */
export function run<T>(file: URL, workerData: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData });
    let answer: { value: T } | undefined;
    worker.once('message', (value: T) => (answer = { value }));
    worker.once('error', reject);
    worker.once('exit', (code) =>
      answer !== undefined && code === 0
        ? resolve(answer.value)
        : reject(new Error(`the worker ended with ${code} and no answer`)),
    );
  });
}

/** Starts a worker whose every message matters; `messages` grows as they come. */
export function start(
  file: URL,
  workerData: unknown,
): { worker: Worker; next(): Promise<unknown>; exited: Promise<number> } {
  const worker = new Worker(file, { workerData });
  const messages: unknown[] = [];
  const readers: { resolve(value: unknown): void; reject(error: unknown): void }[] = [];
  worker.on('message', (value) => {
    const reader = readers.shift();
    if (reader) reader.resolve(value);
    else messages.push(value);
  });
  const exited = new Promise<number>((resolve) => worker.once('exit', resolve));
  worker.once('error', (error) => readers.splice(0).forEach((reader) => reader.reject(error)));
  return {
    worker,
    exited,
    next: () =>
      messages.length > 0
        ? Promise.resolve(messages.shift())
        : new Promise((resolve, reject) => readers.push({ resolve, reject })),
  };
}
