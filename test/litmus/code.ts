/** Which of the engine's compilers made a function's code. */
import vm from 'node:vm';

/** Bits of V8's `OptimizationStatus`, the same in V8 11 to 14. */
const MAGLEV = 1 << 5;
const TURBOFAN = 1 << 6;
const INTERPRETED = 1 << 7;
const BASELINE = 1 << 15;

export type Code = 'turbofan' | 'maglev' | 'baseline' | 'interpreter' | 'unknown';

/** `unknown` where the engine was not started with `--allow-natives-syntax`. */
export function codeOf(inspected: (...parameters: never[]) => unknown): Code {
  if (!process.execArgv.includes('--allow-natives-syntax')) return 'unknown';
  const status = (vm.runInThisContext('(f) => %GetOptimizationStatus(f)') as (f: unknown) => number)(inspected);
  if (status & TURBOFAN) return 'turbofan';
  if (status & MAGLEV) return 'maglev';
  if (status & BASELINE) return 'baseline';
  return status & INTERPRETED ? 'interpreter' : 'unknown';
}
