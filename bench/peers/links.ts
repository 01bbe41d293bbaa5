/** What the JavaScript systems are made of for a benchmark: two workers with one end of a link each. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { LinkBenchData } from '../../workers/bench-link.js';
import type { LinkTask } from '../../workers/link-tasks.js';
import type { LinkData } from '../../workers/links/open.js';
import { type Entrant, type Match, Reporter } from '../harness.js';

/** Both ends of a new link, and which ports go with each. */
export interface LinkPair {
  front: LinkData;
  back: LinkData;
  ports?: { front: MessagePort; back: MessagePort };
}

/** Both ends are the same data: shared memory, or a name. */
export const sharedLink = (data: LinkData): LinkPair => ({ front: data, back: data });

/** Megabytes that a thread may fill before it is collected, where its garbage is measured. */
const YOUNG_MB = 128;

export function linkEntrant(
  experiment: string,
  system: string,
  task: LinkTask,
  make: () => LinkPair,
): Entrant {
  return {
    experiment,
    system,
    unit: task.task === 'flow' ? 'events/s' : task.task === 'garbage' ? 'bytes' : 'ns',
    start: () => startLink(task, make),
  };
}

async function startLink(task: LinkTask, make: () => LinkPair): Promise<Match> {
  const there = make();
  const back = task.task === 'trip' ? make() : undefined;
  // The way back has its ends the other way round.
  const frontData: LinkBenchData = { ...task, role: 'front', there: there.front, ...(back && { back: back.back }) };
  const backData: LinkBenchData = { ...task, role: 'back', there: there.back, ...(back && { back: back.front }) };
  const portsOf = (...ports: (MessagePort | undefined)[]): MessagePort[] => ports.filter((port) => port !== undefined);
  const limits = task.task === 'garbage' ? { maxYoungGenerationSizeMb: 3 * YOUNG_MB } : {};
  const front = new Reporter('bench-link', frontData, portsOf(there.ports?.front, back?.ports?.back), limits);
  const rear = new Reporter('bench-link', backData, portsOf(there.ports?.back, back?.ports?.front), limits);
  await Promise.all([front.next(), rear.next()]);
  const go = (): void => {
    rear.worker.postMessage('go');
    front.worker.postMessage('go');
  };
  return {
    async round() {
      go();
      const started = await front.next();
      if (task.task === 'trip') return (await front.next()).latencies!;
      const answers = [rear.next(), ...(task.task === 'garbage' ? [front.next()] : [])];
      const [ended, sent] = await Promise.all(answers);
      if (task.task === 'paced') return ended.latencies!;
      if (task.task === 'garbage') return (ended.bytes! + sent.bytes!) / task.count;
      return task.count / ((ended.at - started.at) / 1e9);
    },
    async idle(ms) {
      rear.worker.postMessage('go');
      return busyPercent(ms);
    },
    async stop() {
      await Promise.all([front.worker.terminate(), rear.worker.terminate()]);
    },
  };
}

/** Percent of a core that this process takes while its main thread does nothing. */
export async function busyPercent(ms: number): Promise<number> {
  await wait(200); // a waiting thread has spun a little, and parked
  const before = process.cpuUsage();
  const from = performance.now();
  await wait(ms);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1_000 / (performance.now() - from)) * 100;
}
