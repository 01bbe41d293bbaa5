/** How a worker of the lab takes jobs: ready, then an answer to each. */
import { parentPort } from 'node:worker_threads';
import { now, type Report } from './bench-rounds.js';

/** An answer: `at` is when the job was done, unless it says otherwise. */
export type Answer = Partial<Report> & object;

/** Does each job that comes, and answers; whatever it throws is its fault. */
export function onJob<J, A extends Answer>(work: (job: J) => A | void | Promise<A | void>): void {
  parentPort!.on('message', (job: J) => {
    const failed = (error: unknown): void => parentPort!.postMessage({ at: now(), fault: String(error) });
    try {
      const done = work(job);
      if (done instanceof Promise) done.then(answer, failed);
      else answer(done);
    } catch (error) {
      failed(error);
    }
  });
  parentPort!.postMessage({ at: 0 });
}

function answer(done: Answer | void): void {
  parentPort!.postMessage({ at: now(), ...done });
}
