/** Systems in other languages: a process that stays alive, and does a round for each line that it is sent. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Entrant } from '../harness.js';

/** A line that such a process answers with. */
interface Answer {
  figure?: number;
  latencies?: number[];
  fault?: string;
}

export function childEntrant(
  about: Pick<Entrant, 'experiment' | 'system' | 'unit' | 'warmUps'>,
  command: string,
  args: readonly string[],
): Entrant {
  return {
    ...about,
    start: async () => {
      const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      const line = linesOf(child);
      await line();
      const ask = async (question: string): Promise<number | Float64Array> => {
        child.stdin.write(`${question}\n`);
        const { figure, latencies, fault } = await line();
        if (fault !== undefined) throw new Error(`a wrong answer of ${about.system}: ${fault}`);
        return latencies === undefined ? figure! : Float64Array.from(latencies);
      };
      return {
        round: () => ask(about.unit === 'bytes' ? 'allocation' : 'go'),
        idle: async (ms) => (await ask(`idle ${ms}`)) as number,
        stop() {
          child.kill();
          return Promise.resolve();
        },
      };
    },
  };
}

/** Whether a tool can be run here. */
export function canRun(tool: string, flag = '--version'): boolean {
  const { error, status } = spawnSync(tool, [flag], { stdio: 'ignore' });
  return error === undefined && status === 0;
}

/** A function that resolves to the next line of the child, or rejects when it ended. */
function linesOf(child: ChildProcess): () => Promise<Answer> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async () => {
    const line = await lines.next();
    if (line.done) throw new Error('the program ended: see above');
    return JSON.parse(line.value) as Answer;
  };
}
