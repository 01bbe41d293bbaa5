/** One thread makes, another takes: every answer that a textbook gives, from the wrong one on. */
import type { TextbookJob, TextbookReport } from '../../workers/lab-textbook.js';
import { readable, type Result, resultOf } from '../harness.js';
import { Crew } from './crew.js';
import type { Effort, Experiment, Finding } from './experiment.js';
import { noteOfNoise } from './findings.js';
import { latencyResult } from './percentiles.js';
import { createWay, type Way } from './textbook-ways.js';

export const textbook: Experiment = {
  name: 'textbook',
  title: 'The textbook: one thread makes, another takes',
  drawing: `
maker ──▶ ? ──▶ taker

unprotected      a shared list, nothing else                    wrong
sleep            the list under a lock; full or empty: sleep 1 ms and look again
lock-condition   the lock and two condition variables           lock-semaphore   and two semaphores
post-message     the platform's own, unbounded                  slipring         a ring`,
  expected:
    'The unprotected list loses items. Under a lock nothing is lost, and a note takes a millisecond or so when its taker naps; condition variables and ' +
    'semaphores wake it in microseconds. The ring does so too and carries ten times as much; nobody but the unprotected list burns ' +
    'a core while there is nothing to do.',
  run,
};

const ways: readonly { way: Way; system: string }[] = [
  { way: 'unprotected', system: 'unprotected' },
  { way: 'sleep', system: 'sleep' },
  { way: 'condition', system: 'lock-condition' },
  { way: 'semaphore', system: 'lock-semaphore' },
  { way: 'port', system: 'post-message' },
  { way: 'ring', system: 'slipring' },
];

/** Where latency is measured a note is made this often: its taker has gone to sleep by then. */
const GAP_NS = 250_000;
const FIRST_COUNT = 2_000;
const MOST_COUNT = 20_000_000;

/** Where nothing is lost every note must have come, once and in order. */
interface Losses {
  made: number;
  lost: number;
  repeated: number;
}

class Pair {
  readonly system: string;
  readonly losses: Losses = { made: 0, lost: 0, repeated: 0 };
  readonly #crew: Crew<TextbookJob, TextbookReport>;

  private constructor(system: string, crew: Crew<TextbookJob, TextbookReport>) {
    this.system = system;
    this.#crew = crew;
  }

  static async open(way: Way, system: string): Promise<Pair> {
    const { port1, port2 } = new MessageChannel();
    const handle = createWay(way);
    const ends = [
      { role: 'maker', handle, port: port1 },
      { role: 'taker', handle, port: port2 },
    ];
    return new Pair(
      system,
      await Crew.start(
        'lab-textbook',
        ends,
        ends.map(({ port }) => [port]),
      ),
    );
  }

  /** @throws when anything was lost, came twice or out of order, but in the list that nobody protects: there it is counted. */
  async round(
    job: Omit<TextbookJob, 'made'>,
  ): Promise<{ ns: number; arrived: number; latencies: Float64Array }> {
    const [maker, taker] = await this.#crew.work({ ...job, made: new SharedArrayBuffer(4) });
    const { arrived, lost, repeated, disordered } = taker;
    this.losses.made += job.count;
    this.losses.lost += lost!;
    this.losses.repeated += repeated!;
    if (this.system !== 'unprotected' && (arrived !== job.count || lost! + repeated! + disordered! > 0))
      throw new Error(
        `${this.system}: ${arrived} of ${job.count} notes, ${lost} lost, ${repeated} repeated, ${disordered} out of order`,
      );
    return { ns: taker.at - maker.started!, arrived: arrived!, latencies: taker.latencies! };
  }

  stop(): Promise<void> {
    return this.#crew.stop();
  }
}

async function run({ quick, seconds, progress }: Effort): Promise<Finding> {
  const rounds = quick ? 3 : 7;
  const roundNs = (seconds * 1e9 * 0.35) / (ways.length * (rounds + 2));
  const idleMs = (seconds * 1_000 * 0.2) / ways.length;
  const notes = Math.round((seconds * 1e9 * 0.15) / ways.length / GAP_NS / 3);
  const pairs: Pair[] = [];
  try {
    const counts: number[] = [];
    for (const { way, system } of ways) {
      progress(`textbook: warming up ${system}`);
      const pair = await Pair.open(way, system);
      pairs.push(pair);
      counts.push(await warmUp(pair, roundNs));
    }
    const figures: number[][] = pairs.map(() => []);
    for (let round = 1; round <= rounds; round++) {
      for (const [i, pair] of pairs.entries()) {
        const { ns } = await pair.round({ count: counts[i], gapNs: 0, delayMs: 0 });
        figures[i].push((counts[i] * 1e9) / ns);
        progress(
          `round ${round} of ${rounds}: textbook ${pair.system}: ${readable(figures[i].at(-1)!, 'events/s')}`,
        );
      }
    }
    const latencies: Float64Array[][] = pairs.map(() => []);
    const idle: number[][] = pairs.map(() => []);
    for (let round = 0; round < 3; round++) {
      for (const [i, pair] of pairs.entries()) {
        progress(`textbook: latency, and processor time while idle: ${pair.system}`);
        latencies[i].push((await pair.round({ count: notes, gapNs: GAP_NS, delayMs: 0 })).latencies);
        idle[i].push(await idleShare(pair, idleMs / 3));
      }
    }
    const results = [
      ...pairs.map(({ system }, i) => ({
        ...resultOf('textbook', system, 'events/s', figures[i]),
        // What the unprotected list carried was counted, but nobody could say that it is right.
        verified: system !== 'unprotected',
      })),
      ...pairs.map(({ system }, i) => latencyResult('textbook/latency', system, latencies[i])),
      ...pairs.map(({ system }, i) => resultOf('textbook/idle', system, '% of a core', idle[i])),
    ];
    return { results, ...tell(results, pairs[0].losses) };
  } finally {
    await Promise.all(pairs.map((pair) => pair.stop()));
  }
}

async function warmUp(pair: Pair, roundNs: number): Promise<number> {
  let count = FIRST_COUNT;
  for (let trial = 0; trial < 4; trial++) {
    const { ns } = await pair.round({ count, gapNs: 0, delayMs: 0 });
    const wanted = count * Math.min(16, ((trial === 3 ? 1 : 0.3) * roundNs) / ns);
    count = Math.max(500, Math.min(MOST_COUNT, Math.round(wanted)));
  }
  return count;
}

/** Processor time of the whole process while the taker waits for a note and nothing else happens, in % of a core. */
async function idleShare(pair: Pair, idleMs: number): Promise<number> {
  const settleMs = 15;
  const round = pair.round({ count: 1, gapNs: 0, delayMs: settleMs * 2 + idleMs });
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  try {
    await sleep(settleMs);
    const began = performance.now();
    const before = process.cpuUsage();
    await sleep(idleMs);
    const { user, system } = process.cpuUsage(before);
    return ((user + system) / 1_000 / (performance.now() - began)) * 100;
  } finally {
    await round;
  }
}

function tell(results: readonly Result[], { made, lost, repeated }: Losses): Pick<Finding, 'seen' | 'means'> {
  const find = (experiment: string, system: string): Result =>
    results.find((result) => result.experiment === experiment && result.system === system)!;
  const carried = (system: string): string => readable(find('textbook', system).median, 'events/s');
  const took = (system: string): string =>
    readable(find('textbook/latency', system).percentiles!['50'], 'ns');
  const burnt = (system: string): string => `${find('textbook/idle', system).median.toFixed(1)} %`;
  const damage =
    lost + repeated === 0
      ? `lost nothing of ${made.toLocaleString('en')} notes this time, which proves nothing`
      : `lost ${lost.toLocaleString('en')} of ${made.toLocaleString('en')} notes and delivered ${repeated.toLocaleString('en')} twice or more`;
  return {
    seen:
      `The unprotected list ${damage}; the others lost none: with naps ${carried('sleep')}, ${took('sleep')} for a note to a waiting taker and ` +
      `${burnt('sleep')} of a core while idle; with condition variables ${carried('lock-condition')}, ${took('lock-condition')}, ` +
      `${burnt('lock-condition')}; with semaphores ${carried('lock-semaphore')}, ${took('lock-semaphore')}, ${burnt('lock-semaphore')}; by postMessage ` +
      `${carried('post-message')}, ${took('post-message')}, ${burnt('post-message')}; through the ring ${carried('slipring')}, ${took('slipring')}, ` +
      `${burnt('slipring')} (the unprotected list burns ${burnt('unprotected')}).` +
      noteOfNoise(results),
    means:
      'Two threads that change the same list without any agreement overwrite each other, and nothing tells you. A lock makes it right. Sleeping ' +
      'between two looks is a bad bargain: short naps waste the processor, long ones keep every note waiting. To be woken is better, and ' +
      'not to need the lock at all is better still: in a ring each side writes only words of its own, and it too sleeps when there is nothing to do.',
  };
}
