/** Checks a program: runs it in schedule after schedule, until the strategy has no more or one of them fails. */

import { NotDeterministic, WideAtomics } from './errors.js';
import type { Program, Result } from './program.js';
import type { Controls } from './search.js';
import { Search } from './search.js';

/** How often a search lets the process's own event loop run. */
const RUNS_BETWEEN_YIELDS = { asynchronous: 256, synchronous: 8_192 };

/** Checks a program whose threads are all synchronous. */
export function check<Shared>(program: Program<Shared>, controls: Controls = {}): Result {
  return twice((shift) => {
    const search = new Search(program, controls, shift, 'synchronous');
    try {
      while (search.next()) {
        search.execution.runToEnd(search.common);
        search.ended();
      }
      for (let path = search.shrinkNext(); path !== undefined; path = search.shrinkNext()) {
        search.retry(path, 'loose');
        search.execution.runToEnd();
      }
      if (search.failed) {
        search.retry(search.failingPath, 'strict', []);
        search.execution.runToEnd();
      }
      return search.result();
    } finally {
      search.close();
    }
  });
}

/**
 * Checks a program in which threads may be asynchronous functions, each with an event loop of its own. Also for long searches of
 * `synchronous` programs, since the process's event loop runs now and then, and `watch` is told how far the search is.
 */
export async function checkAsync<Shared>(
  program: Program<Shared>,
  controls: Controls = {},
  kind: 'asynchronous' | 'synchronous' = 'asynchronous',
): Promise<Result> {
  const run = async (shift: number): Promise<Result> => {
    const search = new Search(program, controls, shift, kind);
    const { execution } = search;
    const again = (): unknown => (kind === 'synchronous' ? execution.runToEnd() : execution.runToEndAsync());
    try {
      for (let runs = 1; search.next(); runs++) {
        if (kind === 'synchronous') execution.runToEnd(search.common);
        else await execution.runToEndAsync();
        search.ended();
        if (runs % RUNS_BETWEEN_YIELDS[kind] === 0) {
          await new Promise((resolve) => setImmediate(resolve));
          search.watch();
        }
      }
      for (let path = search.shrinkNext(); path !== undefined; path = search.shrinkNext()) {
        search.retry(path, 'loose');
        await again();
      }
      if (search.failed) {
        search.retry(search.failingPath, 'strict', []);
        await again();
      }
      return search.result();
    } finally {
      // Node reports rejected promises when its queues are empty: those that UNWIND left behind are to be passed over.
      await new Promise((resolve) => setImmediate(resolve));
      search.close();
    }
  };
  try {
    return await run(WORDS);
  } catch (error) {
    return run(secondTry(error));
  }
}

function twice(run: (shift: number) => Result): Result {
  try {
    return run(WORDS);
  } catch (error) {
    return run(secondTry(error));
  }
}

/** Tells atomic words apart by 32 bits, or by 64. */
const WORDS = 2;
const DOUBLE_WORDS = 3;

/**
 * A check is begun anew where 64-bit atomics turn up, and where a thread did not do the same when run again: a module may
 * keep what it found out when first used, and from then on do the same for ever.
 */
function secondTry(error: unknown): number {
  if (error instanceof WideAtomics) return DOUBLE_WORDS;
  if (error instanceof NotDeterministic) return WORDS;
  throw error;
}
