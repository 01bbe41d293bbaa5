/** Starts the built workers of the lock tests, and hands over what they say in order. */
import { Worker } from 'node:worker_threads';
import { NAP_MS } from '../../src/locks/sleep.js';

export interface Thread {
  /** The next message; rejects if the worker fails or ends without one. */
  next(): Promise<unknown>;
  terminate(): Promise<number>;
}

/** Lets async waits without a time-out last for ever, so that a lost wake-up shows: naps would make it good. */
export function withoutNaps(): void {
  const { waitAsync } = Atomics;
  Atomics.waitAsync = ((words: Int32Array, index: number, value: number, ms: number) =>
    waitAsync(words, index, value, ms === NAP_MS ? Infinity : ms)) as typeof waitAsync;
}

const running = new Set<Worker>();

export function start(
  name: 'count' | 'ping-pong' | 'permits' | 'wait' | 'put' | 'take',
  workerData: unknown,
): Thread {
  const worker = new Worker(new URL(`../../.build/workers/locks-${name}.js`, import.meta.url), {
    workerData,
  });
  running.add(worker);
  const said: unknown[] = [];
  const asked: { resolve: (message: unknown) => void; reject: (error: Error) => void }[] = [];
  let over: Error | undefined;
  const end = (error: Error): void => {
    over ??= error;
    for (const { reject } of asked.splice(0)) reject(over);
  };
  worker.on('message', (message: unknown) => {
    const first = asked.shift();
    if (first) first.resolve(message);
    else said.push(message);
  });
  worker.on('error', end);
  worker.on('exit', (code) => {
    running.delete(worker);
    end(new Error(`The worker locks-${name} ended with code ${code}.`));
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (said.length > 0) resolve(said.shift());
        else if (over) reject(over);
        else asked.push({ resolve, reject });
      }),
    terminate: () => worker.terminate(),
  };
}

/** Ends what a failed test may have left waiting. */
export async function terminateAll(): Promise<void> {
  await Promise.all([...running].map((worker) => worker.terminate()));
}

/** Turns of the event loop until the condition holds; the test's own time-out bounds it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** One of the words of a lock, to see that somebody waits: 1 is a mutex's state, 2 the waiters of a condition or semaphore. */
export function peek(
  lock: { handle: { buffer: SharedArrayBuffer; byteOffset: number } },
  word: number,
): number {
  return Atomics.load(new Int32Array(lock.handle.buffer, lock.handle.byteOffset, 16), word);
}
