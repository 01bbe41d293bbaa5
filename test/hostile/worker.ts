/** The thread that runs trials. It says which one it is at before it starts, in shared memory, so that one that never ends is known. */
import { parentPort, workerData } from 'node:worker_threads';

/** Words of the progress: trials begun, the length of the text in hand; after them, the text. */
export const BEGUN = 0;
export const LENGTH = 1;
export const TEXT_BYTE = 8;
export const PROGRESS_BYTES = 8_192;

export interface HostileData {
  readonly progress: SharedArrayBuffer;
  readonly seed: number;
  readonly from: number;
  readonly limitMs: number;
}

/** What the thread reports: a fault when it finds one, an account now and then, and at its end. */
export type Report =
  | { readonly kind: 'fault'; readonly number: number; readonly text: string }
  | {
      readonly kind: 'account';
      readonly trials: number;
      readonly refused: number;
      readonly errors: number;
      readonly exhaustive: number;
      readonly ended: boolean;
    };

/** Operations on shared words in one trial: some thousands are usual. */
const MOST_OPERATIONS = 2_000_000;

if (parentPort !== null) {
  const port = parentPort;
  // Before the library is loaded, which calls Atomics where it uses them: whoever spins is told, and where it is stands in the error.
  const operations = boundAtomics();
  const { describeTrial, exhaustive, runTrial, trialOf } = await import('./trial.js');
  const { Vandal } = await import('./vandal.js');
  const vandal = new Vandal();
  const { progress, seed, from, limitMs } = workerData as HostileData;
  const words = new Int32Array(progress);
  const text = new Uint8Array(progress, TEXT_BYTE);
  const encoder = new TextEncoder();
  const end = performance.now() + limitMs;
  let [trials, refused, errors] = [0, 0, 0];
  const account = (ended: boolean): void =>
    port.postMessage({ kind: 'account', trials, refused, errors, exhaustive, ended } satisfies Report);
  for (let number = from; performance.now() < end; number++) {
    const trial = trialOf(seed, number);
    const described = describeTrial(trial);
    const tell = (call: string): void => {
      const bytes = encoder.encode(`${call} of ${described}`).subarray(0, text.length);
      text.set(bytes);
      Atomics.store(words, LENGTH, bytes.length);
    };
    Atomics.store(words, BEGUN, number + 1);
    operations.begin();
    const verdict = await runTrial(trial, vandal, tell);
    trials++;
    if (verdict.refused) refused++;
    errors += verdict.errors;
    if (verdict.fault !== undefined)
      port.postMessage({ kind: 'fault', number, text: `${described}\n  ${verdict.fault}` } satisfies Report);
    if (trials % 256 === 0) {
      account(false);
      await new Promise(setImmediate);
    }
  }
  account(true);
}

/** From now on loads and exchanges throw once there are too many of them. */
function boundAtomics(): { begin(): void } {
  const { load, compareExchange } = Atomics;
  let operations = 0;
  const count = (): void => {
    if (++operations <= MOST_OPERATIONS) return;
    operations = 0;
    throw new Error('a call spins');
  };
  Atomics.load = ((...given: Parameters<typeof load>) => {
    count();
    return load(...given);
  }) as typeof load;
  Atomics.compareExchange = ((...given: Parameters<typeof compareExchange>) => {
    count();
    return compareExchange(...given);
  }) as typeof compareExchange;
  return { begin: () => void (operations = 0) };
}
