/** Tiny programs whose outcomes are known; most of them stand in test/litmus, for real threads run them too. */

import { digits, type Litmus } from '../../../litmus/program.js';
import type { Options, Program, ThreadEnv } from '../program.js';
import { recordingViews } from '../seam.js';

const X = 0;
const Y = 1;
const Z = 2;

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

/** A program that real threads run too: the outcome is written as they write it. */
export function modelled(program: Litmus, options: Options = {}): Program<Int32Array> {
  const { name, threads, end } = program;
  const bodies = threads.map((thread): Body => (words, observe) => {
    const value = thread.run(words, X, Y, Z);
    if (thread.registers > 0) observe(digits(thread, value));
  });
  const model = litmus(name, bodies, options);
  return {
    ...model,
    finally(env) {
      const seen = model.finally!(env) as string;
      if (end === undefined) return seen;
      const last = digits(end, end.run(env.shared, X, Y, Z));
      return seen === '' ? last : `${seen} ${last}`;
    },
  };
}

/** `steps` additions by each of `threads`, all to one word or each to its own. */
export function additions(threads: number, steps: number, where: 'together' | 'apart'): Program<Int32Array> {
  const bodies = Array.from({ length: threads }, (_, thread) => (words: Int32Array): void => {
    for (let step = 0; step < steps; step++) Atomics.add(words, where === 'together' ? X : thread, 1);
  });
  return litmus(`${threads} threads with ${steps} additions, ${where}`, bodies);
}
