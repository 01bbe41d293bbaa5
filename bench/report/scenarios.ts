/** What the peers are measured in, in words for somebody who has not seen a benchmark of queues before. */
import type { Result } from '../harness.js';
import { isRing, moreIsBetter, timesBetter } from './figures.js';

export interface Scenario {
  experiment: string;
  title: string;
  drawing: string;
  /** What it is like outside a benchmark. */
  means: string;
}

export const scenarios: readonly Scenario[] = [
  {
    experiment: 'unicast',
    title: 'One at a time',
    drawing: 'P ──▶ C',
    means:
      'One thread hands single events to another. Each event pays the whole price of handing over, so this is the hardest case, and the most common one.',
  },
  {
    experiment: 'unicast-batch-10',
    title: 'In batches of 10',
    drawing: 'P ══▶ C',
    means: 'Ten events are handed over at once, and share the price.',
  },
  {
    experiment: 'unicast-batch-100',
    title: 'In batches of 100',
    drawing: 'P ══▶ C',
    means: 'A hundred share it. What is left is the price of writing and reading the events themselves.',
  },
  {
    experiment: 'unicast-batch-1000',
    title: 'In batches of 1,000',
    drawing: 'P ══▶ C',
    means: 'Larger batches stop paying: the price of handing over was gone already.',
  },
  {
    experiment: 'multicast-3',
    title: 'Three readers side by side',
    drawing: '     ┌─▶ C\nP ───┼─▶ C\n     └─▶ C',
    means:
      'Each of three threads sees every event. A ring stores the event once; a queue, or a message, once for each reader.',
  },
  {
    experiment: 'pipeline-3',
    title: 'A pipeline of three stages',
    drawing: 'P ──▶ C ──▶ C ──▶ C',
    means:
      'Each stage sees an event when the one before is done with it. In a ring the event stays where it is.',
  },
  {
    experiment: 'diamond',
    title: 'A diamond',
    drawing: '     ┌─▶ C ─┐\nP ───┤      ├──▶ C\n     └─▶ C ─┘',
    means: 'Two threads work on the same event at the same time, and a third one waits for both.',
  },
  {
    experiment: 'three-to-one',
    title: 'Three writers, one reader',
    drawing: 'P ─┐\nP ─┼──▶ C\nP ─┘',
    means:
      'Three threads compete for the next place. Somebody must lose such a race, so this costs the most per event.',
  },
  {
    experiment: 'group-2',
    title: 'Two workers share the events',
    drawing: '     ┌─▶ worker\nP ───┤      each event to one of them\n     └─▶ worker',
    means: 'Each event goes to whichever of two workers is free, as jobs do.',
  },
  {
    experiment: 'bytes-100',
    title: 'Messages of 100 bytes',
    drawing: 'P ──[100 B]──▶ C',
    means: 'A short text or a small record of any length, instead of three numbers.',
  },
  {
    experiment: 'bytes-64k',
    title: 'Messages of 64 KiB',
    drawing: 'P ──[64 KiB]──▶ C',
    means:
      'Here the bytes themselves cost more than handing them over: all systems come closer to each other.',
  },
  {
    experiment: 'round-trip-spin',
    title: 'Round trip, both threads awake',
    drawing: 'A ──▶ B\nA ◀── B',
    means: 'A question and its answer, when both threads look for it without pause. Less is better.',
  },
  {
    experiment: 'round-trip-park',
    title: 'Round trip, both threads asleep',
    drawing: 'A ──▶ B (zZ)\nA ◀── B',
    means:
      'The same when each thread sleeps until it is woken: most of this is the operating system. Less is better.',
  },
  {
    experiment: 'one-way-paced',
    title: 'One way, at a steady pace',
    drawing: 'P ─ · · · ─▶ C',
    means:
      'Events leave by the clock, whether or not those before have arrived, and each is timed from when it should have left. Less is better.',
  },
  {
    experiment: 'idle-cpu',
    title: 'Processor time while nothing happens',
    drawing: 'P   (zZ)   C (zZ)',
    means: 'What it costs to wait: 100 % is one core that does nothing else. Less is better.',
  },
  {
    experiment: 'allocation',
    title: 'Garbage an event',
    drawing: 'P ──▶ C   + what is thrown away',
    means:
      'What is thrown away has to be collected, and a thread stands still meanwhile. Zero is the aim. Less is better.',
  },
];

/** The columns of the main table: systems of one family stand for themselves by the best of them. */
export const families = [
  { name: 'slipring', holds: (system: string) => system === 'slipring' || system === 'slipring-wasm' },
  { name: 'lock-based queue', holds: (system: string) => system.startsWith('lock-') },
  { name: 'postMessage', holds: (system: string) => system.startsWith('post-message') },
  { name: 'ringbuf.js', holds: (system: string) => system.startsWith('ringbuf') },
  { name: 'LMAX (Java)', holds: (system: string) => system.startsWith('lmax') },
  { name: 'C++ ring', holds: (system: string) => system.startsWith('native') },
] as const;

export type FamilyName = (typeof families)[number]['name'];

/** The best result of a family in an experiment. */
export function bestOf(
  results: readonly Result[],
  experiment: string,
  family: FamilyName,
): Result | undefined {
  const { holds } = families.find(({ name }) => name === family)!;
  return results
    .filter((result) => result.verified && result.at === undefined)
    .filter((result) => result.experiment === experiment && holds(result.system))
    .sort((a, b) => (moreIsBetter(a.unit) ? b.median - a.median : a.median - b.median))[0];
}

/** The scenarios that were measured, in the order in which they are explained; those without words of their own last. */
export function measuredScenarios(results: readonly Result[]): Scenario[] {
  const measured = [...new Set(results.map(({ experiment }) => experiment))];
  const known = scenarios.filter(({ experiment }) => measured.includes(experiment));
  const others = measured
    .filter((experiment) => !known.some((scenario) => scenario.experiment === experiment))
    .map((experiment) => ({ experiment, title: experiment, drawing: '', means: '' }));
  return [...known, ...others];
}

/** One cell of the main table. */
export interface Cell {
  result: Result;
  /** How many times better slipring is; undefined in its own column, or where it was not measured. */
  ratio: number | undefined;
}

/** The main table: a row a scenario, a column a family that was measured anywhere. */
export function mainTable(results: readonly Result[]): {
  columns: readonly FamilyName[];
  rows: { scenario: Scenario; cells: (Cell | undefined)[] }[];
} {
  const columns = families
    .filter(({ holds }) => results.some(({ system }) => holds(system)))
    .map(({ name }) => name);
  const rows = measuredScenarios(results).map((scenario) => {
    const ring = bestOf(results, scenario.experiment, 'slipring');
    const cells = columns.map((family) => {
      const result = bestOf(results, scenario.experiment, family);
      if (result === undefined) return undefined;
      const compared = ring !== undefined && !isRing(result.system) && ring.unit === result.unit;
      return { result, ratio: compared ? timesBetter(ring, result) : undefined };
    });
    return { scenario, cells };
  });
  return { columns, rows: rows.filter(({ cells }) => cells.some((cell) => cell !== undefined)) };
}
