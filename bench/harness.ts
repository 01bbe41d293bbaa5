/** Runs contenders in turn, round after round, each on threads of its own that stay warm, and keeps every figure. */
import { type MessagePort, Worker } from 'node:worker_threads';
import type { Report } from '../workers/bench-rounds.js';
import { medianOf, Latencies } from './latencies.js';

/** One line of every benchmark's result. The names are the same in all of them. */
export interface Result {
  experiment: string;
  system: string;
  unit: string;
  median: number;
  min: number;
  max: number;
  runs: number;
  verified: boolean;
  /** Where a quantity is varied: its value here, as 4 consumers, or 65,536 slots. */
  at?: number;
  /** Latencies: nanoseconds by percentile, '50', '99.9', and so on, of all runs together. */
  percentiles?: Readonly<Record<string, number>>;
  /** A course over time or another quantity: pairs of it and the figure. */
  course?: readonly (readonly [number, number])[];
}

/** Something that is measured. */
export interface Entrant {
  experiment: string;
  system: string;
  unit: 'events/s' | 'ns' | 'bytes';
  /** Rounds before those that count: two unless given. */
  warmUps?: number;
  /** Starts its threads, which then cost nothing until a round. */
  start(): Promise<Match>;
}

/** Something that is measured on two workers of the same file, and what they are given. */
export interface Contender extends Omit<Entrant, 'start'> {
  /** Name of a worker file. */
  file: string;
  /** Events, or trips, a round. */
  count: number;
  /** What the workers are given, besides role and count; made anew for each match. `transfer` goes with it. */
  prepare(): { active: object; passive: object; transfer?: { active: unknown[]; passive: unknown[] } };
}

/** An entrant that has started. */
export interface Match {
  /** One round: its figure, in the entrant's unit; or each of its latencies, of which the median is the figure. */
  round(): Promise<number | Float64Array>;
  /** Percent of a core that its threads take in `ms` milliseconds in which they have nothing to do. */
  idle?(ms: number): Promise<number>;
  stop(): Promise<void>;
}

const LONGEST_ROUND_MS = 60_000;

export const workerFile = (name: string): URL => new URL(`../.build/workers/${name}.js`, import.meta.url);

/** The reports that come from a thread, read one by one; a fault in one fails the reader. */
export class Reports {
  readonly #reports: Report[] = [];
  #wake: (() => void) | undefined;
  #error: Error | undefined;

  constructor(source: Worker | MessagePort) {
    source.on('message', (report: Report) => {
      this.#reports.push(report);
      this.#wake?.();
    });
  }

  async next(): Promise<Report> {
    while (this.#reports.length === 0) {
      if (this.#error) throw this.#error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const report = this.#reports.shift()!;
    if (report.fault !== undefined) throw new Error(`a wrong answer: ${report.fault}`);
    return report;
  }

  protected fail(error: Error): void {
    this.#error ??= error;
    this.#wake?.();
  }
}

/** A worker with its reports; its death fails the reader. */
export class Reporter extends Reports {
  readonly worker: Worker;

  constructor(name: string, workerData: object, transfer: unknown[] = [], resourceLimits = {}) {
    const worker = new Worker(workerFile(name), {
      workerData,
      transferList: transfer as never[],
      resourceLimits,
    });
    super(worker);
    this.worker = worker;
    worker.once('error', (error: Error) => this.fail(error));
    worker.once('exit', (code) => this.fail(new Error(`${name} ended with code ${code}`)));
  }
}

async function startMatch(contender: Contender): Promise<Match> {
  const { file, count, unit } = contender;
  const { active, passive, transfer } = contender.prepare();
  const roles = unit === 'ns' ? (['caller', 'echo'] as const) : (['producer', 'consumer'] as const);
  const front = new Reporter(file, { ...active, role: roles[0], count }, transfer?.active ?? []);
  const back = new Reporter(file, { ...passive, role: roles[1], count }, transfer?.passive ?? []);
  await Promise.all([front.next(), back.next()]);
  return {
    async round() {
      back.worker.postMessage('go');
      front.worker.postMessage('go');
      if (unit === 'events/s') {
        const [started, finished] = await Promise.all([front.next(), back.next()]);
        return count / ((finished.at - started.at) / 1e9);
      }
      // Two reports a round, in either order: that it started, and its median.
      const reports = [await front.next(), await front.next()];
      const { median, latencies } = reports.find((report) => report.median ?? report.latencies)!;
      return latencies ?? median!;
    },
    async stop() {
      await Promise.all([front.worker.terminate(), back.worker.terminate()]);
    },
  };
}

/**
 * Measures all contenders: first some rounds each to warm up, then `runs` rounds each, in turn. `progress` hears of every round.
 * @throws when any of them gives a wrong answer.
 */
export async function measure(
  contenders: readonly (Contender | Entrant)[],
  runs: number,
  progress: (text: string) => void,
): Promise<Result[]> {
  const figures: number[][] = contenders.map(() => []);
  const latencies = contenders.map(() => new Latencies());
  const matches: Match[] = [];
  try {
    for (const contender of contenders) {
      progress(`warming up ${contender.experiment} ${contender.system}`);
      const match = 'start' in contender ? await contender.start() : await startMatch(contender);
      matches.push(match);
      for (let warm = 0; warm < (contender.warmUps ?? 2); warm++) await within(match.round(), contender);
    }
    for (let run = 1; run <= runs; run++) {
      for (const [i, contender] of contenders.entries()) {
        const round = await within(matches[i].round(), contender);
        const figure = typeof round === 'number' ? round : medianOf(round);
        if (typeof round !== 'number') latencies[i].record(round);
        figures[i].push(figure);
        progress(
          `run ${run} of ${runs}: ${contender.experiment} ${contender.system}: ${readable(figure, contender.unit)}`,
        );
      }
    }
  } finally {
    await Promise.all(matches.map((match) => match.stop()));
  }
  return contenders.map(({ experiment, system, unit }, i) => ({
    ...resultOf(experiment, system, unit, figures[i]),
    ...(latencies[i].count > 0 && { percentiles: latencies[i].percentiles() }),
  }));
}

/** A system that hangs is told by its name. */
async function within<T>(work: Promise<T>, { experiment, system }: Pick<Entrant, 'experiment' | 'system'>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${experiment} ${system}: a round took more than ${LONGEST_ROUND_MS} ms`)),
      LONGEST_ROUND_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A result from its runs. */
export function resultOf(
  experiment: string,
  system: string,
  unit: string,
  figures: readonly number[],
): Result {
  const sorted = [...figures].sort((a, b) => a - b);
  return {
    experiment,
    system,
    unit,
    median: medianOf(sorted),
    min: sorted[0],
    max: sorted.at(-1)!,
    runs: sorted.length,
    verified: true,
  };
}

/** A figure with its unit, as a person reads it. */
export function readable(figure: number, unit: string): string {
  if (unit === 'events/s')
    return figure >= 1e6 ? `${(figure / 1e6).toFixed(1)} M/s` : `${(figure / 1e3).toFixed(0)} k/s`;
  if (unit === 'ns' && figure >= 1e6) return `${(figure / 1e6).toFixed(2)} ms`;
  if (unit === 'ns')
    return figure >= 1_000 ? `${(figure / 1e3).toFixed(2)} µs` : `${figure.toFixed(figure < 100 ? 1 : 0)} ns`;
  return `${figure.toLocaleString('en', { maximumFractionDigits: 2 })} ${unit}`;
}
