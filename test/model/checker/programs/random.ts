/** Random programs over two words, for comparing strategies with each other. */

import * as fc from 'fast-check';
import type { Options, Program, ThreadEnv } from '../program.js';
import { recordingViews } from '../seam.js';

type Statement = readonly [operation: string, word: number, operand: number];

const statement = (operations: readonly string[]): fc.Arbitrary<Statement> =>
  fc.tuple(fc.constantFrom(...operations), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 2 }));

const atomicOperations = [
  'load',
  'store',
  'add',
  'compareExchange',
  'wait',
  'timed wait',
  'notify',
  'notify all',
  'spin',
];

/** Two or three threads with a few statements each. */
export function randomThreads(operations: readonly string[] = atomicOperations): fc.Arbitrary<Statement[][]> {
  const thread = (most: number): fc.Arbitrary<Statement[]> =>
    fc.array(statement(operations), { minLength: 1, maxLength: most });
  return fc.oneof(fc.tuple(thread(5), thread(5)), fc.tuple(thread(3), thread(3), thread(3)));
}

function execute(words: Int32Array, [operation, word, operand]: Statement): unknown {
  switch (operation) {
    case 'load':
      return Atomics.load(words, word);
    case 'store':
      return Atomics.store(words, word, operand);
    case 'add':
      return Atomics.add(words, word, 1);
    case 'compareExchange':
      return Atomics.compareExchange(words, word, operand, operand + 1);
    case 'wait':
      return Atomics.wait(words, word, operand);
    case 'timed wait':
      return Atomics.wait(words, word, operand, 10);
    case 'notify':
      return Atomics.notify(words, word, 1);
    case 'notify all':
      return Atomics.notify(words, word);
    case 'spin':
      while (Atomics.load(words, word) === operand) Atomics.pause();
      return undefined;
    case 'plain read':
      return words[word];
    case 'plain write':
      words[word] = operand;
      return undefined;
    default:
      throw new Error(`no such statement: ${operation}`);
  }
}

/** Its outcomes tell everything: the words, what each statement gave, and how each thread ended. */
export function randomProgram(
  statements: readonly (readonly Statement[])[],
  options: Options = {},
): Program<Int32Array> {
  const body =
    (own: readonly Statement[]) =>
    ({ shared, observe }: ThreadEnv<Int32Array>): void => {
      for (const one of own) observe(execute(shared, one));
    };
  const threads = Object.fromEntries(statements.map((own, index) => [`t${index}`, body(own)]));
  return {
    name: JSON.stringify(statements),
    setup: () => recordingViews.words(recordingViews.allocate(16), 0, 4),
    threads,
    finally: ({ shared, observed, ended }) => ({ words: Array.from(shared.slice(0, 2)), observed, ended }),
    options: { daemons: Object.keys(threads), stop: 'never', shrink: false, ...options },
  };
}
