/** One thread of litmus trials: plays its part in the programs that it is told, one after the other. */
import { parentPort } from 'node:worker_threads';
import { type Code, codeOf, makeCode } from '../test/litmus/code.js';
import { inStep, layoutOf, orderOf } from '../test/litmus/instances.js';
import { Meeting } from '../test/litmus/meeting.js';
import { IN_STEP, OVERTIME, Pace } from '../test/litmus/pace.js';
import { programNamed } from '../test/litmus/programs/index.js';
import type * as strides from '../test/litmus/stride.js';
import { Tally } from '../test/litmus/tally.js';

export interface Part {
  readonly program: string;
  readonly role: number;
  readonly control: SharedArrayBuffer;
  readonly pace: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
  /** What each thread returned for each instance. */
  readonly results: readonly SharedArrayBuffer[];
  readonly processors: number;
  /** The trial ends after so many rounds, or so much time; a few times that where its threads have hardly met till then. */
  readonly rounds: number;
  readonly limitMs: number;
  /** What its loop is made to run as. */
  readonly code?: Code | undefined;
}

/** Strides after which a loop has seen all orders and layouts. */
const WARM = 8;

/** Strides of the shortest trial: where a compiler is to be used, as many after it as before. */
function leastStrides(code: Code | undefined): number {
  return code === undefined || code === 'interpreter' ? WARM : 2 * WARM;
}

export interface Report {
  readonly outcomes: Record<string, number>;
  readonly rounds: number;
  /** How many of them all threads began together. */
  readonly inStep: number;
  readonly code: Code;
}

async function play(part: Part): Promise<Report> {
  const { role } = part;
  const program = programNamed(part.program);
  const { run } = program.threads[role];
  const words = new Int32Array(part.words);
  const results = part.results.map((buffer) => new Int32Array(buffer));
  const threads = results.length;
  const meeting = new Meeting(part.control, threads, part.processors);
  const pace = new Pace(part.pace, role);
  const crowded = threads > part.processors;
  const tally = new Tally(program);
  const address = `../test/litmus/stride.js?${encodeURIComponent(part.program)}-${role}`;
  const { playStride } = (await import(address)) as typeof strides;

  let rounds = 0;
  meeting.meet();
  const started = performance.now();
  for (let stride = 0; !meeting.stopped; stride++) {
    const layout = layoutOf(stride);
    const order = orderOf(stride, role);
    pace.start(rounds);
    playStride(run, words, results[role], layout, order, inStep(stride) && !crowded ? pace : undefined);
    meeting.meet();
    tally.take(words, results, layout, role, threads);
    rounds += results[role].length;
    if (part.code !== undefined && stride % WARM === WARM - 1 && codeOf(playStride) !== part.code)
      makeCode(playStride, part.code);
    const elapsedMs = performance.now() - started;
    const met = crowded || pace.kept >= IN_STEP || elapsedMs >= OVERTIME * part.limitMs;
    const enough = rounds >= part.rounds || (elapsedMs >= part.limitMs && met);
    if (role === 0 && enough && stride + 1 >= leastStrides(part.code)) meeting.stop();
    meeting.meet();
  }
  return { outcomes: tally.outcomes, rounds, inStep: pace.kept, code: codeOf(playStride) };
}

parentPort!.on('message', (part: Part) => {
  void play(part).then((report) => parentPort!.postMessage(report));
});
