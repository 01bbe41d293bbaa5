/** Tiny programs whose outcomes are known. */

import type { Options, Program, ThreadEnv } from '../program.js';
import { recordingViews } from '../seam.js';

type Body = (words: Int32Array, observe: (value: unknown) => void) => void;

/** Threads over sixteen words; the outcome is what each of them observed, in the order of threads. */
export function litmus(name: string, bodies: readonly Body[], options: Options = {}): Program<Int32Array> {
  const threads = bodies.map((body, index) => [
    `t${index}`,
    ({ shared, observe }: ThreadEnv<Int32Array>): void => body(shared, observe),
  ]);
  return {
    name,
    setup: () => recordingViews.words(recordingViews.allocate(64), 0, 16),
    threads: Object.fromEntries(threads) as Program<Int32Array>['threads'],
    finally: ({ observed }) =>
      Object.values(observed)
        .map((values) => values.join(''))
        .filter((values) => values !== '')
        .join(' '),
    options: { strategy: 'dfs', ...options },
  };
}

const X = 0;
const Y = 1;

/** Both threads write, then read what the other writes. */
export const storeBuffering = litmus('store buffering', [
  (words, observe) => {
    Atomics.store(words, X, 1);
    observe(Atomics.load(words, Y));
  },
  (words, observe) => {
    Atomics.store(words, Y, 1);
    observe(Atomics.load(words, X));
  },
]);

export const messagePassing = litmus('message passing', [
  (words) => {
    Atomics.store(words, X, 1);
    Atomics.store(words, Y, 1);
  },
  (words, observe) => {
    observe(Atomics.load(words, Y));
    observe(Atomics.load(words, X));
  },
]);

/** Both threads read, then write what the other reads. */
export const loadBuffering = litmus('load buffering', [
  (words, observe) => {
    observe(Atomics.load(words, X));
    Atomics.store(words, Y, 1);
  },
  (words, observe) => {
    observe(Atomics.load(words, Y));
    Atomics.store(words, X, 1);
  },
]);

/** Independent reads of independent writes: two readers must agree on the order of the writes. */
export const independentReads = litmus('IRIW', [
  (words) => void Atomics.store(words, X, 1),
  (words) => void Atomics.store(words, Y, 1),
  (words, observe) => {
    observe(Atomics.load(words, X));
    observe(Atomics.load(words, Y));
  },
  (words, observe) => {
    observe(Atomics.load(words, Y));
    observe(Atomics.load(words, X));
  },
]);

/** A plain payload behind an atomic flag. */
export const publication = litmus('publication', [
  (words) => {
    words[X] = 42;
    Atomics.store(words, Y, 1);
  },
  (words, observe) => {
    if (Atomics.load(words, Y) === 1) observe(words[X]);
  },
]);

/** The same behind a plain flag. */
export const plainFlag = litmus('publication through a plain flag', [
  (words) => {
    words[X] = 42;
    words[Y] = 1;
  },
  (words, observe) => {
    if (words[Y] === 1) observe(words[X]);
  },
]);

/** `steps` additions by each of `threads`, all to one word or each to its own. */
export function additions(threads: number, steps: number, where: 'together' | 'apart'): Program<Int32Array> {
  const bodies = Array.from({ length: threads }, (_, thread) => (words: Int32Array): void => {
    for (let step = 0; step < steps; step++) Atomics.add(words, where === 'together' ? X : thread, 1);
  });
  return litmus(`${threads} threads with ${steps} additions, ${where}`, bodies);
}
