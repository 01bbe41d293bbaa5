/** The shape that LMAX made the Disruptor for, small but real: a matching engine on one thread, journalled and replicated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readable, type Result, resultOf } from '../harness.js';
import { timesBetter } from '../report.js';
import { Crew } from './crew.js';
import { type Job, type StageReport, stages } from './exchange/events.js';
import { type Standing, standingsOf } from './exchange/flow.js';
import { replay } from './exchange/journal.js';
import { createLockExchange } from './exchange/lock-stages.js';
import { createRingExchange } from './exchange/ring-stages.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, times } from './findings.js';
import { latencyResult } from './percentiles.js';

export const exchange: Experiment = {
  name: 'exchange',
  title: 'Six million a second on one thread: an exchange',
  drawing: `
            orders             ┌▶ journal (a file) ──┐                      executions
gateway ──▶ [ … | … | … ] ─────┤                     ├─▶ engine, one thread ─▶ [ … | … ] ─▶ output
                               └▶ replica (a buffer) ┘   price-time book`,
  expected:
    'Six million orders a second and more, each journalled and replicated before it reaches the book; with lock-based queues between the ' +
    'same stages a twentieth of that, and more time to each order.',
  weight: 1.5,
  run,
  tell,
};

/** Orders a second where latency is measured: few enough for everybody. */
const PACE = 20_000;
/** The journal's file stays below 16 MB a round. */
const MOST_ORDERS = 1_000_000;
const FIRST_ORDERS = 5_000;

type ExchangeCrew = Crew<Job, StageReport>;

/** One exchange on threads of its own, and what it says that it came to after each round. */
class House {
  readonly told: (Standing & { ordersChecksum: number })[] = [];
  readonly #crew: ExchangeCrew;
  readonly #journalPath: string;
  #orders = 0;

  private constructor(crew: ExchangeCrew, journalPath: string) {
    this.#crew = crew;
    this.#journalPath = journalPath;
  }

  static async open(system: 'ring' | 'locks', folder: string): Promise<House> {
    const made = system === 'ring' ? createRingExchange() : createLockExchange();
    const journalPath = join(folder, `${system}.journal`);
    const data = stages.map((stage) => ({ stage, exchange: made, journalPath }));
    return new House(await Crew.start<Job, StageReport>('lab-exchange', data), journalPath);
  }

  /** Nanoseconds from the first order's entry to the last trade's arrival, and each order's latency if it was paced. */
  async round(job: Job): Promise<{ ns: number; latencies: Float64Array }> {
    const [gateway, , replica, engine, output] = await this.#crew.work(job);
    this.#orders += job.orders;
    this.told.push({
      orders: this.#orders,
      trades: output.trades!,
      tradesChecksum: output.tradesChecksum!,
      bookChecksum: engine.bookChecksum!,
      ordersChecksum: replica.ordersChecksum!,
    });
    return { ns: output.at - gateway.started!, latencies: engine.latencies! };
  }

  /** Everything that it told against the same orders on one thread, and its journal's replay against its end. @throws if anything differs. */
  verify(standings: ReadonlyMap<number, Standing>): void {
    for (const { ordersChecksum: _, ...told } of this.told) mustBe(told, standings.get(told.orders)!);
    mustBe(replay(this.#journalPath), this.told.at(-1)!);
  }

  close(): Promise<void> {
    return this.#crew.stop();
  }
}

/** What takes turns: an exchange, and how its gateway hands orders in. */
interface Entry {
  experiment: string;
  system: string;
  house: House;
  batch: number;
}

async function run({ quick, seconds, progress }: Effort): Promise<Result[]> {
  const rounds = quick ? 3 : 5;
  const folder = mkdtempSync(join(tmpdir(), 'slipring-exchange-'));
  const houses: House[] = [];
  try {
    progress('exchange: opening');
    for (const system of ['ring', 'locks'] as const) houses.push(await House.open(system, folder));
    const [ring, locks] = houses;
    const entries: Entry[] = [
      { experiment: 'exchange', system: 'slipring', house: ring, batch: 1 },
      { experiment: 'exchange', system: 'lock-condition', house: locks, batch: 1 },
      { experiment: 'exchange/claims-of-100', system: 'slipring', house: ring, batch: 100 },
    ];
    const roundNs = (seconds * 1e9 * 0.45) / (entries.length * (rounds + 1.5));
    const sizes: number[] = [];
    for (const entry of entries) sizes.push(await warmUp(entry, roundNs));

    const figures: number[][] = entries.map(() => []);
    for (let round = 1; round <= rounds; round++) {
      for (const [i, { experiment, system, house, batch }] of entries.entries()) {
        const { ns } = await house.round({ orders: sizes[i], batch, gapNs: 0, wait: 'spin-park' });
        const figure = (sizes[i] * 1e9) / ns;
        figures[i].push(figure);
        progress(`round ${round} of ${rounds}: ${experiment} ${system}: ${readable(figure, 'events/s')}`);
      }
    }

    const orders = Math.round(PACE * seconds * 0.03);
    const waits = [
      { experiment: 'exchange/latency', system: 'slipring', house: ring, wait: 'spin-park' },
      { experiment: 'exchange/latency', system: 'lock-condition', house: locks, wait: 'park' },
      { experiment: 'exchange/latency-parking', system: 'slipring', house: ring, wait: 'park' },
    ] as const;
    const latencies: Float64Array[][] = waits.map(() => []);
    for (let round = 0; round < 3; round++) {
      for (const [i, { experiment, system, house, wait }] of waits.entries()) {
        progress(`${experiment} ${system}: ${PACE.toLocaleString('en')} orders a second`);
        const job: Job = { orders, batch: 1, gapNs: 1e9 / PACE, wait };
        latencies[i].push((await house.round(job)).latencies);
      }
    }

    progress('exchange: the same orders on one thread, and the journals replayed');
    const alone = standingsOf(houses.flatMap(({ told }) => told.map(({ orders }) => orders)));
    for (const house of houses) house.verify(alone.standings);

    return [
      ...entries.map(({ experiment, system }, i) => resultOf(experiment, system, 'events/s', figures[i])),
      resultOf('exchange/no-hand-over', 'one-thread', 'events/s', [alone.ordersASecond]),
      ...waits.map(({ experiment, system }, i) => latencyResult(experiment, system, latencies[i])),
    ];
  } finally {
    await Promise.all(houses.map((house) => house.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many orders take about `roundNs`. */
async function warmUp({ house, batch }: Entry, roundNs: number): Promise<number> {
  let orders = FIRST_ORDERS;
  for (let trial = 0; trial < 3; trial++) {
    const { ns } = await house.round({ orders, batch, gapNs: 0, wait: 'spin-park' });
    const wanted = (orders * Math.min(16, roundNs / (2 * ns))) | 0;
    orders = Math.max(1_000, Math.min(MOST_ORDERS, trial === 2 ? wanted * 2 : wanted));
  }
  return orders;
}

function tell(results: readonly Result[]): Told {
  const of = (part: string, system = 'slipring') => find(results, system, { experiment: `exchange${part}` });
  const [ring, claims, locks] = [of(''), of('/claims-of-100'), of('', 'lock-condition')];
  const alone = of('/no-hand-over', 'one-thread');
  const [spinning, parking] = [of('/latency'), of('/latency-parking')];
  const lockLatency = of('/latency', 'lock-condition');
  const took = (result: Result, at: string): string => readable(result.percentiles![at], 'ns');
  const reached =
    ring.median >= 6e6
      ? 'Six million is reached one at a time.'
      : claims.median >= 6e6
        ? 'Six million is reached in claims, not one at a time.'
        : 'Six million is not reached here.';
  const wins = better(ring, locks);
  return {
    seen:
      `The exchange on rings does ${figure(ring)} orders one at a time and ${figure(claims)} in claims of 100, the one on lock-based queues ${figure(locks)}: ` +
      `rings are ${comparedWith(ring, locks)} locks${wins ? `, in claims ${times(claims, locks)} times` : ''}. ${reached} The book alone does ${figure(alone)}, with nothing handed over. ` +
      `At ${PACE.toLocaleString('en')} orders a second half of them are in the book within ${took(parking, '50')} (99 of 100 within ${took(parking, '99')}) ` +
      `on rings whose threads park at once, ${took(spinning, '50')} (${took(spinning, '99')}) where they spin first, and ${took(lockLatency, '50')} ` +
      `(${took(lockLatency, '99')}) with locks. Five threads share ${describeCores()}. Every trade and book is that of a single thread, and ` +
      `both journals replay to the same book.`,
    means:
      'The rules of a market fit on one thread, which needs no locks because nobody else touches the book. ' +
      (timesBetter(alone, ring) > 1.5
        ? 'What limits the exchange is not the book, but how orders get to that thread and trades away from it. '
        : 'Here the book itself is what limits the exchange. ') +
      (wins
        ? `Through slots that each thread reads at its own speed they get there ${times(ring, locks)} times as fast as through locked queues, file and copy included.`
        : 'Through slots or through locked queues: here it made no difference.'),
  };
}

const describeCores = (): string =>
  `${availableParallelism()} core${availableParallelism() === 1 ? '' : 's'}`;

function mustBe(told: Standing, right: Standing): void {
  for (const [key, value] of Object.entries(right)) {
    const got = told[key as keyof Standing];
    if (got !== value) throw new Error(`after ${right.orders} orders ${key} is ${got}, not ${value}`);
  }
}
