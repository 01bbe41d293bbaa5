/** The LMAX Disruptor on the JVM. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CAPACITY } from '../contenders.js';
import type { Entrant } from '../harness.js';
import type { Shape } from '../shapes.js';
import { canRun, childEntrant } from './child.js';

/** Where Debian puts it. */
const DEBIAN_JAR = '/usr/share/java/disruptor.jar';

export const strategies = ['yielding', 'busy-spin', 'blocking'] as const;
export type Strategy = (typeof strategies)[number];

const sources = ['Topologies', 'Latencies', 'Messages'].map((name) =>
  fileURLToPath(new URL(`lmax/${name}.java`, import.meta.url)),
);
const classes = fileURLToPath(new URL('../../.build/lmax', import.meta.url));

/** The class path of the compiled programs, or why there is none. */
export function prepareLmax(jar: string = DEBIAN_JAR): { classPath: string } | { missing: string } {
  const how = 'bench/peers/setup installs it on Debian; elsewhere give its jar with --lmax JAR and have a JDK on the path';
  if (!existsSync(jar)) return { missing: `${jar} is not there: ${how}` };
  for (const tool of ['java', 'javac'])
    if (!canRun(tool, '-version')) return { missing: `there is no ${tool}: ${how}` };
  execFileSync('javac', ['-cp', jar, '-d', classes, ...sources], { stdio: 'inherit' });
  return { classPath: classes + delimiter + jar };
}

/** One of the programs, with a strategy; `classPath` is only looked at when it starts. */
function javaEntrant(
  experiment: string,
  unit: Entrant['unit'],
  strategy: Strategy,
  classPath: string,
  program: string,
  args: readonly (string | number)[],
): Entrant {
  // Its compiler works beside the threads, and takes its time where they leave it no core.
  const about = { experiment, system: `lmax-${strategy}`, unit, warmUps: unit === 'ns' ? 3 : 4 };
  return childEntrant(about, 'java', ['-cp', classPath, program, strategy, ...args.map(String)]);
}

/** `count` events a round, of all producers together. */
export function lmaxInShape(
  { experiment, producers, batch, consumers, multiProducer, workers = 0 }: Shape,
  strategy: Strategy,
  count: number,
  classPath: string,
  unit: Entrant['unit'] = 'events/s',
): Entrant {
  const graph = Object.entries(consumers)
    .filter(([name]) => name !== 'work')
    .map(([name, { after = [] }]) => `${name}:${after.join('+')}`);
  const protocol = multiProducer ? 'multi' : 'single';
  return javaEntrant(experiment, unit, strategy, classPath, 'Topologies', [
    count,
    CAPACITY,
    producers,
    batch,
    protocol,
    workers,
    ...graph,
  ]);
}

/** Round trips, or events at fixed times; `intervalNs` 0 is for round trips. */
export function lmaxLatencies(
  experiment: string,
  strategy: Strategy,
  count: number,
  intervalNs: number,
  classPath: string,
): Entrant {
  return javaEntrant(experiment, 'ns', strategy, classPath, 'Latencies', [count, intervalNs]);
}

/** Messages of `length` bytes, `inFlight` at most on their way. */
export function lmaxMessages(
  experiment: string,
  strategy: Strategy,
  inFlight: number,
  length: number,
  count: number,
  classPath: string,
): Entrant {
  return javaEntrant(experiment, 'events/s', strategy, classPath, 'Messages', [inFlight, length, count]);
}
