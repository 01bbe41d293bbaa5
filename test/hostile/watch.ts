/** Runs trials in a thread, and watches that it goes on: one that does not is a fault, and the next thread goes on after it. */
import { Worker } from 'node:worker_threads';
import { BEGUN, type HostileData, LENGTH, PROGRESS_BYTES, type Report, TEXT_BYTE } from './worker.js';

export interface Account {
  trials: number;
  /** Rings that `openRing` refused. */
  refused: number;
  /** Errors that were thrown, each with its class, code and sentence. */
  errors: number;
  /** Trials after which every single write was tried at every moment. */
  exhaustive: number;
  readonly faults: string[];
}

export interface Watch {
  readonly seed: number;
  readonly limitMs: number;
  /** A trial that takes longer does not end. */
  readonly stuckMs?: number;
  /** Ends after so many. */
  readonly mostFaults?: number;
  /** Is told of a fault at once. */
  readonly onFault?: (text: string) => void;
  readonly onAccount?: (account: Account) => void;
}

/** The built file, also for tests that are not built. */
const file = new URL('../../.build/test/hostile/worker.js', import.meta.url.replace('/.build/', '/'));

export async function watch({
  seed,
  limitMs,
  stuckMs = 10_000,
  mostFaults = 20,
  onFault,
  onAccount,
}: Watch): Promise<Account> {
  const account: Account = { trials: 0, refused: 0, errors: 0, exhaustive: 0, faults: [] };
  const end = performance.now() + limitMs;
  const fault = (text: string): void => {
    account.faults.push(text);
    onFault?.(text);
  };
  for (let from = 0; account.faults.length < mostFaults;) {
    const left = end - performance.now();
    if (left <= 0) break;
    const progress = new SharedArrayBuffer(PROGRESS_BYTES);
    const words = new Int32Array(progress);
    Atomics.store(words, BEGUN, from);
    const inHand = (): string =>
      `trial ${words[BEGUN] - 1}: ${new TextDecoder().decode(new Uint8Array(progress, TEXT_BYTE, Atomics.load(words, LENGTH)).slice())}`;
    const ended = await new Promise<string | undefined>((resolve) => {
      const worker = new Worker(file, {
        workerData: { progress, seed, from, limitMs: left } satisfies HostileData,
        resourceLimits: { maxOldGenerationSizeMb: 512 },
      });
      let [seen, since] = [0, performance.now()];
      const before = { ...account };
      const timer = setInterval(() => {
        const begun = Atomics.load(words, BEGUN);
        if (begun !== seen) [seen, since] = [begun, performance.now()];
        else if (performance.now() - since > stuckMs) stop('it does not end');
      }, 100);
      const stop = (reason: string | undefined): void => {
        clearInterval(timer);
        resolve(reason);
        void worker.terminate();
      };
      worker.on('message', (report: Report) => {
        if (report.kind === 'fault') fault(`trial ${report.number}: ${report.text}`);
        else {
          account.trials = before.trials + report.trials;
          account.refused = before.refused + report.refused;
          account.errors = before.errors + report.errors;
          account.exhaustive = report.exhaustive;
          onAccount?.(account);
          if (report.ended) stop(undefined);
        }
        if (account.faults.length >= mostFaults) stop(undefined);
      });
      worker.once('error', (error) => stop(`the thread died of ${String(error)}`));
      worker.once('exit', () => stop('the thread ended'));
    });
    if (ended === undefined) break;
    fault(`${ended}: ${inHand()}`);
    from = Atomics.load(words, BEGUN);
  }
  return account;
}
