/** How much memory the process takes while a producer outruns a consumer. */
import { setTimeout as after } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createRing } from 'slipring';
import { createQueue } from 'slipring/queue';
import type { OutrunData, Seen } from '../workers/bench-outrun.js';
import { Message } from '../workers/marks.js';
import { type Result, workerFile } from './harness.js';

/** Milliseconds between two samples. */
const SAMPLE_MS = 100;
/** A line of progress a second. */
const SAMPLES_A_LINE = 10;
/** What is sampled before counts as warming up: of the whole time. */
const WARM_UP = 0.3;
/** Growth that is no growth in any case: the engine and the allocator move so much by themselves. */
const NOISE_MB = 2;
/** Nobody's machine is filled up: more growth than this ends the measurement. */
const ENOUGH_MB = 768;

/**
 * What the engine may take for each worker's short-lived objects. Left to itself it takes more and more while some of them outlive a collection, up to 34 MB,
 * which it reaches after 12 s: that would pass for growth. All systems have the same.
 */
const YOUNG_MB = 4;

export type Outrun = 'slipring' | 'slipring-queue-clone' | 'post-message';
export const outruns: readonly Outrun[] = ['slipring', 'slipring-queue-clone', 'post-message'];

/** What the samples say. */
export interface Trend {
  /** MB by which the process grew after the warm-up, along the straight line through the samples. */
  grown: number;
  /** Standard deviation of the samples from that line, in MB. */
  noise: number;
  flat: boolean;
}

/** A process that grows with its messages does not stay under its own noise. */
export function trendOf(course: readonly (readonly [number, number])[]): Trend {
  const last = course.at(-1)![0];
  const samples = course.filter(([seconds]) => seconds >= WARM_UP * last);
  const mean = (of: (sample: readonly [number, number]) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean(([seconds]) => seconds), mean(([, mb]) => mb)];
  const spread = mean(([seconds]) => (seconds - x) ** 2);
  const slope = spread === 0 ? 0 : mean(([seconds, mb]) => (seconds - x) * (mb - y)) / spread;
  const noise = Math.sqrt(mean(([seconds, mb]) => (mb - y - slope * (seconds - x)) ** 2));
  const grown = slope * (last - samples[0][0]);
  return { grown, noise, flat: grown <= Math.max(NOISE_MB, 2 * noise) };
}

/**
 * Samples the memory of the process for so many seconds; the median is what it has grown by after the warm-up.
 * @throws when what arrives is not what was sent, or nothing does.
 */
export async function outrun(
  system: Outrun,
  seconds: number,
  progress: (text: string) => void,
): Promise<Result> {
  const { active, passive } = matchOf(system);
  const start = (role: 'producer' | 'consumer', { data, transfer }: Side): Worker =>
    new Worker(workerFile('bench-outrun'), {
      workerData: { role, ...data },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      transferList: transfer as never[],
    });
  const consumer = start('consumer', passive);
  const producer = start('producer', active);
  let seen: Seen = { count: 0, wrong: 0 };
  let fault: Error | undefined;
  consumer.on('message', (report: Seen) => (seen = report));
  for (const worker of [consumer, producer]) worker.on('error', (error: Error) => (fault ??= error));

  const begin = performance.now();
  const sinceBegin = (): number => (performance.now() - begin) / 1_000;
  const course: [number, number][] = [];
  try {
    while (sinceBegin() < seconds && fault === undefined) {
      const mb = process.memoryUsage.rss() / 1e6;
      course.push([Number(sinceBegin().toFixed(2)), Number(mb.toFixed(1))]);
      if (mb - course[0][1] > ENOUGH_MB) break;
      if (course.length % SAMPLES_A_LINE === 1)
        progress(`memory-flat ${system}: ${sinceBegin().toFixed(0)} of ${seconds} s: ${mb.toFixed(0)} MB`);
      await after(SAMPLE_MS);
    }
  } finally {
    await Promise.all([consumer.terminate(), producer.terminate()]);
  }
  if (fault !== undefined) throw fault;
  if (seen.count === 0 || seen.wrong > 0)
    throw new Error(`a wrong answer: ${seen.wrong} of ${seen.count} messages were not what was sent`);
  const taken = course.map(([, mb]) => mb);
  return {
    experiment: 'memory-flat',
    system,
    unit: 'MB grown',
    median: trendOf(course).grown,
    min: Math.min(...taken) - taken[0],
    max: Math.max(...taken) - taken[0],
    runs: 1,
    verified: true,
    course,
  };
}

interface Side {
  data: Omit<OutrunData, 'role'>;
  transfer: unknown[];
}

function matchOf(system: Outrun): { active: Side; passive: Side } {
  const both = (data: Omit<OutrunData, 'role'>): { active: Side; passive: Side } => {
    const side = { data, transfer: [] };
    return { active: side, passive: side };
  };
  switch (system) {
    case 'slipring':
      return both({ ring: createRing(Message, { capacity: 1_024, consumers: ['reader'] }).handle });
    case 'slipring-queue-clone':
      return both({ queue: createQueue({ capacity: 1_024, values: 'structured-clone' }).handle });
    case 'post-message': {
      const { port1, port2 } = new MessageChannel();
      return {
        active: { data: { port: port1 }, transfer: [port1] },
        passive: { data: { port: port2 }, transfer: [port2] },
      };
    }
  }
}
