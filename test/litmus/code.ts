/** Which of the engine's compilers made a function's code, and how to have one of them make it. */
import vm from 'node:vm';

export type Code = 'turbofan' | 'maglev' | 'baseline' | 'interpreter' | 'unknown';

type Loop = (...parameters: never[]) => unknown;

/** Whether the engine was started so that it can be asked. */
const asked = process.execArgv.includes('--allow-natives-syntax');

/** `unknown` where the engine cannot be asked. */
export function codeOf(loop: Loop): Code {
  if (!asked) return 'unknown';
  if (native('%ActiveTierIsTurbofan(loop)', loop)) return 'turbofan';
  if (native('%ActiveTierIsMaglev(loop)', loop)) return 'maglev';
  if (native('%ActiveTierIsSparkplug(loop)', loop)) return 'baseline';
  return native('%ActiveTierIsIgnition(loop)', loop) ? 'interpreter' : 'unknown';
}

/** From its next call on the function runs as such code, which is made from what its calls so far have shown. */
export function makeCode(loop: Loop, code: Code): void {
  if (!asked) return;
  native('%PrepareFunctionForOptimization(loop)', loop);
  if (code === 'turbofan') native('%OptimizeFunctionOnNextCall(loop)', loop);
  if (code === 'maglev') native('%OptimizeMaglevOnNextCall(loop)', loop);
  if (code === 'baseline') native('%CompileBaseline(loop)', loop);
}

function native(call: string, loop: Loop): unknown {
  return (vm.runInThisContext(`(loop) => ${call}`) as (loop: Loop) => unknown)(loop);
}
