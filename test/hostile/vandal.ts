/** A thread that writes rubbish into a ring while another uses it. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Rubbish, Word } from './words.js';

/** What is written, again and again, until the trial is over. */
export interface Spree {
  readonly buffer: SharedArrayBuffer;
  readonly writes: readonly { readonly word: Word; readonly rubbish: Rubbish }[];
  /** Words: whether it writes; and one that is only slept on. */
  readonly control: SharedArrayBuffer;
}

/** Tells this thread from the one that starts it. */
const VANDAL = 'vandal';
const STATE = 0;
const PILLOW = 1;
const [WAITING, WRITING, STOPPING, STOPPED] = [0, 1, 2, 3];
/** After so many writes it rests: whoever is written to all the time, is held up all the time. */
const WRITES = 16;
const REST_MS = 0.1;

/** A vandal at the call of one thread. */
export class Vandal {
  readonly #worker = new Worker(new URL('./vandal.js', import.meta.url), { workerData: VANDAL });

  constructor() {
    this.#worker.unref();
  }

  /** Lets it write; returns once it does, with what stops it. */
  start(buffer: SharedArrayBuffer, writes: Spree['writes']): () => void {
    const control = new SharedArrayBuffer(8);
    const words = new Int32Array(control);
    this.#worker.postMessage({ buffer, writes, control } satisfies Spree);
    Atomics.wait(words, STATE, WAITING);
    return () => {
      Atomics.store(words, STATE, STOPPING);
      Atomics.wait(words, STATE, STOPPING);
    };
  }
}

if (workerData === VANDAL && parentPort !== null) {
  const { write } = await import('./words.js');
  parentPort.on('message', ({ buffer, writes, control }: Spree) => {
    const words = new Int32Array(control);
    const before = writes.map(({ word }) => new Int32Array(buffer)[word.index]);
    Atomics.store(words, STATE, WRITING);
    Atomics.notify(words, STATE);
    for (let turn = 0; Atomics.load(words, STATE) === WRITING; turn++) {
      const at = turn % writes.length;
      const { word, rubbish } = writes[at];
      // What is right comes back now and then, so that the ring goes on.
      if (Math.random() < 0.5) write(buffer, word, rubbish);
      else write(buffer, word, { how: 'is', operand: before[at] });
      if (turn % WRITES === 0) Atomics.wait(words, PILLOW, 0, REST_MS);
    }
    Atomics.store(words, STATE, STOPPED);
    Atomics.notify(words, STATE);
  });
}
