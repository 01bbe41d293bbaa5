/** The tiers in which an engine can run the same loop, and the flags that keep it there. */
import { execFileSync } from 'node:child_process';
import type { Code } from './code.js';

export interface Tier {
  readonly name: string;
  /** The first of each list that an engine knows. */
  readonly flags: readonly (readonly string[])[];
  /** What the loops are made to run as; by default that is left to the engine. */
  readonly code?: Code;
}

const noTurbofan = ['--no-turbofan', '--no-opt'];

export const tiers: readonly Tier[] = [
  { name: 'default', flags: [] },
  { name: 'jitless', flags: [['--jitless']], code: 'interpreter' },
  { name: 'baseline', flags: [['--always-sparkplug'], ['--no-maglev'], noTurbofan], code: 'baseline' },
  { name: 'maglev', flags: [['--maglev'], noTurbofan], code: 'maglev' },
  { name: 'turbofan', flags: [['--no-maglev'], ['--turbofan', '--opt']], code: 'turbofan' },
  { name: 'turbolev', flags: [['--turbolev']], code: 'turbofan' },
];

/** A JavaScript engine that can be started. */
export interface Engine {
  /** What it is called in tables. */
  readonly name: string;
  readonly file: string;
  /** Names of its flags, without dashes and without `no-`. */
  readonly flags: ReadonlySet<string>;
  readonly hasMaglev: boolean;
}

/** Asks a Node what it is. */
export function inspect(file: string): Engine {
  const question =
    '[process.version, process.versions.v8, process.config.variables.v8_enable_maglev, process.arch].join()';
  const [node, v8, maglev, arch] = execFileSync(file, ['-p', question], { encoding: 'utf8' })
    .trim()
    .split(',');
  const options = execFileSync(file, ['--v8-options'], { encoding: 'utf8' });
  return {
    name: `Node ${node.slice(1)} (V8 ${v8}, ${arch})`,
    file,
    flags: new Set([...options.matchAll(/^ +--([\w-]+) \(/gm)].map((match) => match[1])),
    hasMaglev: maglev !== '0',
  };
}

/** An engine's flags for a tier, or the reason why it has no such tier. */
export function flagsFor(engine: Engine, tier: Tier): { flags: string[] } | { skipped: string } {
  if (tier.code === 'maglev' && !engine.hasMaglev) return { skipped: 'built without Maglev' };
  const flags: string[] = [];
  for (const spellings of tier.flags) {
    const known = spellings.find((flag) => engine.flags.has(flag.replace(/^--(no-)?/, '')));
    if (known === undefined) return { skipped: `does not know ${spellings.join(' or ')}` };
    flags.push(known);
  }
  return { flags };
}
