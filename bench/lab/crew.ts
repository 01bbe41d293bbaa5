/** Threads that stay warm and are given one job after another: each does its part, and answers. */
import type { Report } from '../../workers/bench-rounds.js';
import { Reporter } from '../harness.js';

/** A job that takes so long has stalled. */
const STALLED_MS = 30_000;

export class Crew<J extends object, A extends Report> {
  readonly #file: string;
  readonly #threads: readonly Reporter[];

  private constructor(file: string, threads: readonly Reporter[]) {
    this.#file = file;
    this.#threads = threads;
  }

  /** Starts a thread of this worker file for each of `data`, the one that begins first; with each goes its share of `transfer`. */
  static async start<J extends object, A extends Report>(
    file: string,
    data: readonly object[],
    transfer: readonly unknown[][] = [],
  ): Promise<Crew<J, A>> {
    const threads = data.map((each, i) => new Reporter(file, each, transfer[i] ?? []));
    const crew = new Crew<J, A>(file, threads);
    try {
      await crew.#answers();
    } catch (error) {
      await crew.stop();
      throw error;
    }
    return crew;
  }

  /** Gives all of them the job, the first one last; their answers, in the order of the threads. @throws on a fault, a death, a stall. */
  async work(job: J): Promise<A[]> {
    for (const { worker } of [...this.#threads].reverse()) worker.postMessage(job);
    return (await this.#answers()) as A[];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  async #answers(): Promise<Report[]> {
    let timer: NodeJS.Timeout | undefined;
    const stalled = new Promise<never>((_, reject) => {
      const message = `${this.#file} gave no answer for ${STALLED_MS / 1_000} seconds`;
      timer = setTimeout(() => reject(new Error(message)), STALLED_MS);
    });
    try {
      return await Promise.race([Promise.all(this.#threads.map((thread) => thread.next())), stalled]);
    } finally {
      clearTimeout(timer);
    }
  }
}
