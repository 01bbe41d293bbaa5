/** Starts an engine in a tier, and hears how its trials go. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Assignment, Line } from './engine.js';
import type { Engine, Tier } from './tiers.js';

const engineFile = fileURLToPath(new URL('./engine.js', import.meta.url));

/** Runs programs in a process of their own; `hear` is told of each as it ends, also of those that the process did not reach. */
export async function start(
  engine: Engine,
  tier: Tier,
  flags: readonly string[],
  assignment: Assignment,
  hear: (line: Line) => void,
): Promise<void> {
  const parameters = ['--allow-natives-syntax', ...flags, engineFile];
  const given = JSON.stringify({ ...assignment, code: tier.code } satisfies Assignment);
  const child = spawn(engine.file, [...parameters, given], { stdio: ['ignore', 'pipe', 'pipe'] });
  const unheard = new Set(assignment.programs);
  let complaint = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-2_000)));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (code, signal) => resolve(`code ${code ?? signal}`));
  });
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as Line;
    unheard.delete(line.program);
    hear(line);
  }
  const how = await ended;
  for (const program of unheard)
    hear({ program, fault: `the engine ended with ${how}: ${complaint.trim()}` });
}
