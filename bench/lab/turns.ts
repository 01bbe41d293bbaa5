/**
 * Measures variants for about so many seconds: each on threads of its own that stay warm, in turn, round after round. How much work a
 * round is follows from how fast the variant is here, so that a slow machine takes as long as a fast one.
 */
import type { LabReport } from '../../workers/lab-rounds.js';
import { readable, Reporter, type Result, resultOf } from '../harness.js';
import type { Effort } from './experiment.js';

/** One variant. */
export interface Variant {
  experiment: string;
  system: string;
  /** The varied quantity, if any. */
  at?: number;
  /** Events a second, or nanoseconds an operation. */
  unit: 'events/s' | 'ns';
  /** Name of a worker file. */
  file: string;
  /** What each of its threads is given; made anew when it starts. */
  threads: () => readonly (object & { role: string })[];
  /** A round is a multiple of so many operations. */
  multiple?: number;
}

interface Match {
  /** Resolves once its threads are there, and then cost nothing until a round. */
  ready: Promise<unknown>;
  /** Nanoseconds that `count` operations took, from the first thread's start to the last one's end. */
  round(count: number): Promise<number>;
  stop(): Promise<void>;
}

/** Each variant's figures are of so many rounds at least. */
const LEAST_ROUNDS = { quick: 3, full: 5 };
const MOST_ROUNDS = 25;
/** Trials that find how much work a round is, which also warm the code up; the first ones are short. */
const TRIALS = 6;
/** What they take, in rounds. */
const WARM_ROUNDS = 3;
const FIRST_COUNT = 500;
/** Words that count a round's operations are 32 bits wide. */
const MOST_OPERATIONS = 200_000_000;
/** A round that takes so long has stalled. */
const STALLED_MS = 30_000;

/** Results in the order of the variants. @throws when any of them gives a wrong answer, or stalls. */
export async function measureInTurn(variants: readonly Variant[], effort: Effort): Promise<Result[]> {
  const deadline = performance.now() + effort.seconds * 1_000;
  const least = effort.quick ? LEAST_ROUNDS.quick : LEAST_ROUNDS.full;
  const figures: number[][] = variants.map(() => []);
  const counts: number[] = [];
  effort.progress(`starting ${variants.length} variants`);
  const matches = variants.map(open);
  try {
    await Promise.all(matches.map((match) => match.ready));
    const leftMs = Math.max(deadline - performance.now(), effort.seconds * 400);
    const roundNs = (leftMs * 1e6 * 0.9) / (variants.length * (least + WARM_ROUNDS));
    for (const [i, variant] of variants.entries()) {
      effort.progress(`warming up ${labelOf(variant)}`);
      counts.push(await warmUp(matches[i], variant, roundNs));
    }
    let lapMs = 0;
    for (let round = 1; round <= MOST_ROUNDS; round++) {
      const began = performance.now();
      if (round > least && began + lapMs > deadline) break;
      for (const [i, variant] of variants.entries()) {
        const ns = await matches[i].round(counts[i]);
        const figure = variant.unit === 'ns' ? ns / counts[i] : (counts[i] * 1e9) / ns;
        figures[i].push(figure);
        effort.progress(`round ${round}: ${labelOf(variant)}: ${readable(figure, variant.unit)}`);
      }
      lapMs = performance.now() - began;
    }
  } finally {
    await Promise.all(matches.map((match) => match.stop()));
  }
  return variants.map(({ experiment, system, unit, at }, i) => ({
    ...resultOf(experiment, system, unit, figures[i]),
    ...(at === undefined ? {} : { at }),
  }));
}

const labelOf = ({ experiment, system, at }: Variant): string =>
  `${experiment} ${system}${at === undefined ? '' : ` at ${at}`}`;

/** How many operations take about `roundNs`. */
async function warmUp(match: Match, { multiple = 1 }: Variant, roundNs: number): Promise<number> {
  const whole = (count: number): number =>
    Math.max(1, Math.min(Math.round(count / multiple), Math.floor(MOST_OPERATIONS / multiple))) * multiple;
  let count = whole(FIRST_COUNT);
  for (let trial = 1; trial <= TRIALS; trial++) {
    const ns = await match.round(count);
    const wanted = (count * roundNs) / ns;
    const settled = ns > roundNs / 2;
    // The first trials are run by the interpreter, and say little about those to come.
    count = whole(settled ? wanted : Math.min(wanted, count * 16));
    if (settled) break;
  }
  await match.round(whole(count / 2));
  return count;
}

function open({ file, threads }: Variant): Match {
  const rounds = new SharedArrayBuffer(4);
  const count = new Int32Array(rounds);
  const reporters = threads().map((data) => new Reporter(file, { ...data, rounds }));
  const stop = async (): Promise<void> => {
    await Promise.all(reporters.map(({ worker }) => worker.terminate()));
  };
  const reports = (): Promise<LabReport[]> =>
    inTime(
      Promise.all(reporters.map((reporter) => reporter.next())),
      `${file} gave no answer for ${STALLED_MS / 1_000} seconds`,
    );
  const ready = reports();
  ready.catch(() => {}); // whoever awaits it hears of it, and nobody does if another failed before
  return {
    async round(operations) {
      Atomics.store(count, 0, operations);
      for (const { worker } of [...reporters].reverse()) worker.postMessage('go');
      const all = await reports();
      const begins = all.map(({ started }) => started).filter((started) => started !== undefined);
      return Math.max(...all.map(({ at }) => at)) - Math.min(...begins);
    },
    stop,
    ready,
  };
}

async function inTime<T>(promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), STALLED_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
