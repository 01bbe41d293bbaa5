/** One thread makes, another takes: every answer that a textbook gives, from the wrong one on. */
import type { TextbookJob, TextbookReport } from '../../workers/lab-textbook.js';
import { readable, type Result, resultOf } from '../harness.js';
import { Crew } from './crew.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find } from './findings.js';
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
  weight: 1.3,
  run,
  tell,
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

/** Of the notes of one round, in percent. Where nothing is lost every note must have come, once and in order. */
interface Losses {
  lost: number;
  repeated: number;
}

class Pair {
  readonly system: string;
  readonly losses: Losses[] = [];
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
    this.losses.push({ lost: (lost! / job.count) * 100, repeated: (repeated! / job.count) * 100 });
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

async function run({ quick, seconds, progress }: Effort): Promise<Result[]> {
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
    const warmed = pairs[0].losses.length;
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
    const losses = pairs[0].losses.slice(warmed, warmed + rounds);
    return [
      ...pairs.map(({ system }, i) => ({
        ...resultOf('textbook', system, 'events/s', figures[i]),
        // What the unprotected list carried was counted, but nobody could say that it is right.
        verified: system !== 'unprotected',
      })),
      ...pairs.map(({ system }, i) => latencyResult('textbook/latency', system, latencies[i])),
      ...pairs.map(({ system }, i) => resultOf('textbook/idle', system, '% of a core', idle[i])),
      resultOf(
        'textbook/lost',
        'unprotected',
        '% of the notes',
        losses.map(({ lost }) => lost),
      ),
      resultOf(
        'textbook/repeated',
        'unprotected',
        '% of the notes',
        losses.map(({ repeated }) => repeated),
      ),
    ];
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

function tell(results: readonly Result[]): Told {
  const of = (part: string, system: string) => find(results, system, { experiment: `textbook${part}` });
  const took = (system: string): string => readable(of('/latency', system).percentiles!['50'], 'ns');
  const burnt = (system: string): string => `${of('/idle', system).median.toFixed(1)} %`;
  const [lost, repeated] = [of('/lost', 'unprotected'), of('/repeated', 'unprotected')];
  const share = ({ median }: Result): string => `${median.toFixed(1)} %`;
  const ring = of('', 'slipring');
  const [lock] = [of('', 'lock-condition'), of('', 'lock-semaphore')].sort((a, b) => b.median - a.median);
  const damaged = lost.max + repeated.max > 0;
  const wakes = better(of('/latency', lock.system), of('/latency', 'sleep'));
  return {
    seen:
      (damaged
        ? `The unprotected list lost ${share(lost)} of its notes and delivered ${share(repeated)} twice or more; the others lost none. `
        : 'The unprotected list lost nothing this time, which proves nothing; nor did the others. ') +
      `The ring carried ${figure(ring)}: it is ${comparedWith(ring, lock)} the better of the locks that wake (${figure(lock)}), ${comparedWith(ring, of('', 'sleep'))} ` +
      `the lock with naps (${figure(of('', 'sleep'))}) and ${comparedWith(ring, of('', 'post-message'))} postMessage (${figure(of('', 'post-message'))}). A note to a taker that waits took ` +
      `${took('slipring')} through the ring, ${took('lock-condition')} and ${took('lock-semaphore')} through condition variables and semaphores, ${took('post-message')} by postMessage, and ` +
      `${took('sleep')} where the taker naps. With nothing to do, the unprotected list burnt ${burnt('unprotected')} of a core, naps ${burnt('sleep')}, condition variables ` +
      `${burnt('lock-condition')}, semaphores ${burnt('lock-semaphore')}, postMessage ${burnt('post-message')} and the ring ${burnt('slipring')}.`,
    means:
      'Two threads that change the same list without any agreement overwrite each other, and nothing tells you. A lock makes it right. ' +
      (wakes
        ? 'Sleeping between two looks is a bad bargain: short naps waste the processor, long ones keep every note waiting. To be woken is better. '
        : 'Here it made no difference whether a taker is woken or looks again after a nap. ') +
      (better(ring, lock)
        ? 'Not to need the lock at all is better still: in a ring each side writes only words of its own, and it too sleeps when there is nothing to do.'
        : 'In this run doing without the lock gained nothing more.'),
  };
}
