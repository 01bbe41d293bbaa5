/** The LMAX Disruptor in a shape: a Java process that stays alive, and does a round for each line it is sent. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CAPACITY } from './contenders.js';
import type { Entrant } from './harness.js';
import type { Shape } from './shapes.js';

/** Where Debian puts it. */
const DEBIAN_JAR = '/usr/share/java/disruptor.jar';

export const strategies = ['yielding', 'busy-spin', 'blocking'] as const;

const source = fileURLToPath(new URL('lmax/Topologies.java', import.meta.url));
const classes = fileURLToPath(new URL('../.build/lmax', import.meta.url));

/** The class path of the compiled program, or why there is none. */
export function prepareLmax(jar: string = DEBIAN_JAR): { classPath: string } | { missing: string } {
  if (!existsSync(jar)) return { missing: `${jar} is not there` };
  for (const tool of ['java', 'javac']) if (!runs(tool)) return { missing: `there is no ${tool}` };
  execFileSync('javac', ['-cp', jar, '-d', classes, source], { stdio: 'inherit' });
  return { classPath: classes + delimiter + jar };
}

function runs(tool: string): boolean {
  return spawnSync(tool, ['-version'], { stdio: 'ignore' }).error === undefined;
}

/** `count` events a round, of all producers together. */
export function lmaxInShape(
  shape: Shape,
  strategy: (typeof strategies)[number],
  count: number,
  classPath: string,
): Entrant {
  return {
    experiment: shape.experiment,
    system: `lmax-${strategy}`,
    unit: 'events/s',
    warmUps: 4, // the compiler works beside the threads, and takes its time where they leave it no core
    async start() {
      const { producers, batch, consumers } = shape;
      const graph = Object.entries(consumers).map(([name, { after = [] }]) => `${name}:${after.join('+')}`);
      const protocol = shape.multiProducer ? 'multi' : 'single';
      const numbers = [count, CAPACITY, producers, batch].map(String);
      const args = ['-cp', classPath, 'Topologies', strategy, ...numbers, protocol, ...graph];
      const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'inherit'] });
      const answer = linesOf(child);
      await answer();
      return {
        async round() {
          child.stdin.write('go\n');
          const { eventsPerSecond, fault } = await answer();
          if (fault !== undefined) throw new Error(`a wrong answer: ${fault}`);
          return eventsPerSecond;
        },
        stop() {
          child.kill();
          return Promise.resolve();
        },
      };
    },
  };
}

interface Answer {
  eventsPerSecond: number;
  fault?: string;
}

/** A function that resolves to the next line of the child, or rejects when it ended. */
function linesOf(child: ChildProcess): () => Promise<Answer> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async () => {
    const line = await lines.next();
    if (line.done) throw new Error('the Java program ended: see above');
    return JSON.parse(line.value) as Answer;
  };
}
