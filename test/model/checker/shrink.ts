import { OUTCOME_SHIFT } from './outcomes.js';

/** A failing path, and how many preemptions it has. */
export interface Failing {
  readonly path: readonly number[];
  readonly preemptions: number;
}

interface Segment {
  readonly thread: number;
  readonly codes: readonly number[];
}

function segments(path: readonly number[]): Segment[] {
  const result: { thread: number; codes: number[] }[] = [];
  for (const code of path) {
    const thread = code & ((1 << OUTCOME_SHIFT) - 1);
    const last = result.at(-1);
    if (last?.thread === thread) last.codes.push(code);
    else result.push({ thread, codes: [code] });
  }
  return result;
}

/** Paths with one switch less: a thread's later steps taken earlier, its earlier steps taken later, or left out. */
function* simpler(path: readonly number[]): Generator<number[]> {
  const all = segments(path);
  const join = (parts: readonly Segment[]): number[] => parts.flatMap((part) => part.codes);
  for (let index = 0; index < all.length; index++) {
    const { thread, codes } = all[index];
    const later = all.findIndex((segment, at) => at > index && segment.thread === thread);
    if (later >= 0) {
      const merged = { thread, codes: [...codes, ...all[later].codes] };
      const between = all.slice(index + 1, later);
      const before = all.slice(0, index);
      const after = all.slice(later + 1);
      yield join([...before, merged, ...between, ...after]);
      yield join([...before, ...between, merged, ...after]);
    }
    yield join([...all.slice(0, index), ...all.slice(index + 1)]);
  }
}

function better(candidate: Failing, best: Failing): boolean {
  const fewer = best.preemptions - candidate.preemptions;
  return fewer > 0 || (fewer === 0 && candidate.path.length < best.path.length);
}

/**
 * Removes preemptions, then steps, as long as the program still fails in the same way.
 *
 * @param attempt runs a path loosely; the path really taken if it failed alike, else undefined
 */
export function* shrinking(failing: Failing): Generator<readonly number[], Failing, Failing | undefined> {
  let best = failing;
  let attempts = 500;
  for (let improved = true; improved;) {
    improved = false;
    for (const path of simpler(best.path)) {
      if (attempts-- === 0) return best;
      const candidate = yield path;
      if (candidate === undefined || !better(candidate, best)) continue;
      best = candidate;
      improved = true;
      break;
    }
  }
  return best;
}
