/** The claim that the project makes, in every shape: a ring against queues with locks. */
import { checksumOf } from '../../workers/bench-rounds.js';
import type { ClaimJob, ClaimReport } from '../../workers/lab-claim.js';

import { readable, type Result, resultOf } from '../harness.js';
import { timesBetter } from '../report.js';
import { Crew } from './crew.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { figure, listed, named } from './findings.js';
import { createChannels, topologies, type Topology } from './topologies.js';

export const claim: Experiment = {
  name: 'claim',
  title: 'The claim: 10 to 100 times what locks carry?',
  drawing: `
unicast       P ─▶ C              locks: one queue    three-to-one   P P P ─▶ C       one queue
multicast-3   P ─▶ C C C          three               group-2        P ─▶ one of C C  one
pipeline-3    P ─▶ C ─▶ C ─▶ C    three               …-with-work    1 µs of work for each event
diamond       P ─▶ C C ─▶ C       four                the ring: one in each shape`,
  expected:
    'Ten times and more where one producer feeds consumers that see everything, the more arcs the more: the ring has one atomic operation where ' +
    'the queues have a lock for each arc. Less with several producers or a group, who must agree on who goes first; nothing where the work ' +
    'itself takes longer than a lock. A hundred times only in claims.',
  weight: 2.5,
  run,
  tell,
};

/** Shapes that the short run has no time for: a round with more threads than cores must be long enough for all of them to have had their turn. */
const IN_FULL_ONLY: readonly string[] = ['diamond', 'group-2-with-work'];
const LEAST_ROUNDS = 2;
const TRIALS = 4;
const FIRST_COUNT = 3_000;
/** Numbers of events have 28 bits in all. */
const MOST_COUNT = 12_000_000;

/** What takes turns in each topology. */
interface Entry extends Pick<ClaimJob, 'channel' | 'batch'> {
  system: string;
  suffix: string;
}

const entries: readonly Entry[] = [
  { channel: 'ring', batch: 1, system: 'slipring', suffix: '' },
  { channel: 'ring', batch: 100, system: 'slipring', suffix: '-batch-100' },
  { channel: 'condition', batch: 1, system: 'lock-condition', suffix: '' },
  { channel: 'semaphore', batch: 1, system: 'lock-semaphore', suffix: '' },
];

async function run({ quick, seconds, progress }: Effort): Promise<Result[]> {
  // The two lock-based queues are close together, and so are some shapes; the short run has time for one of each.
  const measured = quick ? entries.slice(0, 3) : entries;
  const shapes = quick ? topologies.filter(({ name }) => !IN_FULL_ONLY.includes(name)) : topologies;
  const rounds = quick ? 3 : 5;
  const roundNs = (seconds * 1e9 * (quick ? 0.5 : 0.65)) / (shapes.length * measured.length * (rounds + 2));
  const results: Result[] = [];
  const began = performance.now();
  for (const [place, topology] of shapes.entries()) {
    // On a machine that is busy with other things rounds take longer: then there are fewer.
    const deadline = began + (seconds * 1_000 * (place + 1)) / shapes.length;
    progress(`claim/${topology.name}: warming up`);
    const course = await Course.open(topology);
    try {
      const counts: number[] = [];
      for (const entry of measured) counts.push(await course.warmUp(entry, roundNs));
      const figures: number[][] = measured.map(() => []);
      for (let round = 1; round <= rounds; round++) {
        if (round > LEAST_ROUNDS && performance.now() > deadline) break;
        for (const [i, entry] of measured.entries()) {
          const figure = (counts[i] * 1e9) / (await course.round(entry, counts[i]));
          figures[i].push(figure);
          const label = `claim/${topology.name}${entry.suffix} ${entry.system}`;
          progress(`round ${round} of ${rounds}: ${label}: ${readable(figure, 'events/s')}`);
        }
      }
      for (const [i, { system, suffix }] of measured.entries())
        results.push(resultOf(`claim/${topology.name}${suffix}`, system, 'events/s', figures[i]));
    } finally {
      await course.close();
    }
  }
  return results;
}

/** A topology on its threads, which stay warm. */
class Course {
  readonly #topology: Topology;
  readonly #crew: Crew<ClaimJob, ClaimReport>;
  /** Events that each producer has sent so far through a channel. */
  readonly #sent = { ring: 0, condition: 0, semaphore: 0 };

  private constructor(topology: Topology, crew: Crew<ClaimJob, ClaimReport>) {
    this.#topology = topology;
    this.#crew = crew;
  }

  static async open(topology: Topology): Promise<Course> {
    const { places, producers, shared, workNs } = topology;
    const channels = createChannels(topology);
    const data = places.map((place) => ({ place, channels, producers, shared, workNs }));
    return new Course(topology, await Crew.start('lab-claim', data));
  }

  /** How many events take about `roundNs`. */
  async warmUp(entry: Entry, roundNs: number): Promise<number> {
    let count = FIRST_COUNT;
    for (let trial = 0; trial < TRIALS; trial++) {
      const ns = await this.round(entry, count);
      // The first rounds are run by the interpreter, and say little about those to come.
      const wanted = count * Math.min(16, ((trial === TRIALS - 1 ? 1 : 0.4) * roundNs) / ns);
      count = Math.min(MOST_COUNT, Math.max(1, Math.round(wanted / 300)) * 300);
    }
    return count;
  }

  /** Nanoseconds from the first producer's start to the last consumer's end. @throws when anything did not arrive as it should. */
  async round({ channel, batch, system }: Entry, count: number): Promise<number> {
    const { producers, shared, name } = this.#topology;
    const share = count / producers;
    const reports = await this.#crew.work({ channel, batch, count, done: new SharedArrayBuffer(4) });
    const right = { seen: count, sum: checksumOf(this.#sent[channel], share) * producers };
    this.#sent[channel] += share;

    const arrived = reports
      .filter(({ seen }) => seen !== undefined)
      .map(({ seen, sum }) => ({ seen: seen!, sum: sum! }));
    const whole = shared
      ? [arrived.reduce((a, b) => ({ seen: a.seen + b.seen, sum: a.sum + b.sum }))]
      : arrived;
    for (const { seen, sum } of whole)
      if (seen !== right.seen || sum !== right.sum)
        throw new Error(
          `${system} in ${name}: ${seen} of ${count} events, sum ${sum} instead of ${right.sum}`,
        );
    const begins = reports.flatMap(({ started }) => started ?? []);
    return (
      Math.max(...reports.filter(({ seen }) => seen !== undefined).map(({ at }) => at)) - Math.min(...begins)
    );
  }

  close(): Promise<void> {
    return this.#crew.stop();
  }
}

function tell(results: readonly Result[]): Told {
  const best = (experiment: string, wanted: (system: string) => boolean): Result =>
    results
      .filter((result) => result.experiment === experiment && wanted(result.system))
      .reduce((a, b) => (b.median > a.median ? b : a));
  const isRing = (system: string): boolean => system === 'slipring';
  const measured = topologies.filter(({ name }) =>
    results.some(({ experiment }) => experiment === `claim/${name}`),
  );
  const ratios = measured.map(({ name, limit }) => {
    const lock = best(`claim/${name}`, (system) => !isRing(system));
    return {
      name,
      limit,
      one: timesBetter(best(`claim/${name}`, isRing), lock),
      hundred: timesBetter(best(`claim/${name}-batch-100`, isRing), lock),
    };
  });
  const times = (ratio: number): string => `${ratio.toFixed(ratio < 1 ? 2 : ratio < 10 ? 1 : 0)}×`;
  const each = ratios.map(({ name, one, hundred }) => `${name} ${times(one)} (${times(hundred)})`).join(', ');
  const where = (holds: (ratio: (typeof ratios)[number]) => boolean): string =>
    named(ratios.filter(holds).map(({ name }) => name));
  const [short, behind] = [ratios.filter(({ one }) => one < 10), ratios.filter(({ one }) => one < 1)];
  const first = measured[0].name;
  const lock = best(`claim/${first}`, (system) => !isRing(system));
  return {
    seen:
      `One event at a time, and in brackets in claims of 100, the ring carries so many times what the better lock-based queue measured does: ${each} ` +
      `(${first}: ${figure(best(`claim/${first}`, isRing))} against ${figure(lock)}). Ten times is reached one at a time ${where(({ one }) => one >= 10)} and in claims ` +
      `${where(({ hundred }) => hundred >= 10)}, a hundred times ${where(({ hundred }) => hundred >= 100)}.` +
      (behind.length === 0 ? '' : ` The locks are ahead one at a time ${where(({ one }) => one < 1)}.`),
    means:
      'A lock makes threads wait for each other at every single event, and every arc of the drawing has its own. A ring makes them wait only ' +
      'when it is full or empty, and one ring serves all arcs.' +
      (short.length === 0
        ? ' Here that is worth ten times and more in every shape.'
        : ` Where that gains less than ten times one at a time, this is the likely reason. ${listed(short.map(({ name, limit }) => `${name}: ${limit}`))}.`) +
      ' Claims spread the cost of handing over across the events in them, as arrays in a locked queue would too.',
  };
}
