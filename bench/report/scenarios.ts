/** What the peers are measured in, in words for somebody who has not seen a benchmark of queues before. */
import type { Result } from '../harness.js';
import { isRing, moreIsBetter, show, times, timesBetter } from './figures.js';

export interface Scenario {
  experiment: string;
  title: string;
  drawing: string;
  /** What we expect and why; written before the measurement. */
  expected?: string;
  /** What it is like outside a benchmark. */
  means: string;
}

export const scenarios: readonly Scenario[] = [
  {
    experiment: 'unicast',
    title: 'One at a time',
    drawing: 'P ──▶ C',
    expected:
      'Ten times a queue with a lock and fifty times `postMessage`. About as much as LMAX, whose compiler knows a cheaper store than JavaScript has; less than C++.',
    means:
      'One thread hands single events to another. Each event pays the whole price of handing over, so this is the hardest case, and the most common one.',
  },
  {
    experiment: 'unicast-batch-10',
    title: 'In batches of 10',
    drawing: 'P ══▶ C',
    expected: 'More than one at a time by far: the price of telling the other thread is shared by ten.',
    means:
      'Ten events are handed over at once, and share the price. So do lines of a file, rows of a table, packets of a network.',
  },
  {
    experiment: 'unicast-batch-100',
    title: 'In batches of 100',
    drawing: 'P ══▶ C',
    expected:
      'More again, and a little more than LMAX: hardly anything is left but writing and reading plain arrays.',
    means: 'A hundred share it. What is left is the price of writing and reading the events themselves.',
  },
  {
    experiment: 'unicast-batch-1000',
    title: 'In batches of 1,000',
    drawing: 'P ══▶ C',
    expected: 'Little more than in batches of 100: there was hardly any price left to share.',
    means: 'A thousand share it. Larger batches pay only as long as there is a price left to share.',
  },
  {
    experiment: 'multicast-3',
    title: 'Three readers side by side',
    drawing: '     ┌─▶ C\nP ───┼─▶ C\n     └─▶ C',
    expected:
      "A third of one reader's, where three readers and a writer share two cores; twenty times the queues with locks, which carry each event three times.",
    means:
      'Each of three threads sees every event. A ring stores the event once; a queue, or a message, once for each reader.',
  },
  {
    experiment: 'pipeline-3',
    title: 'A pipeline of three stages',
    drawing: 'P ──▶ C ──▶ C ──▶ C',
    expected:
      'About as much as three readers side by side: each stage waits for the one before, but nothing is copied between them.',
    means:
      'Each stage sees an event when the one before is done with it. In a ring the event stays where it is.',
  },
  {
    experiment: 'diamond',
    title: 'A diamond',
    drawing: '     ┌─▶ C ─┐\nP ───┤      ├──▶ C\n     └─▶ C ─┘',
    expected: 'About as much as the pipeline.',
    means: 'Two threads work on the same event at the same time, and a third one waits for both.',
  },
  {
    experiment: 'three-to-one',
    title: 'Three writers, one reader',
    drawing: 'P ─┐\nP ─┼──▶ C\nP ─┘',
    expected:
      'Much less than one writer: whoever publishes must first win a place from the others. Locks come closest here.',
    means:
      'Three threads compete for the next place, as several sources that feed one log. Somebody must lose such a race.',
  },
  {
    experiment: 'group-2',
    title: 'Two workers share the events',
    drawing: '     ┌─▶ worker\nP ───┤      each event to one of them\n     └─▶ worker',
    expected: "Nearly the same for everybody: the worker's own microsecond an event is the larger part.",
    means: 'Each event goes to whichever of two workers is free, as jobs do.',
  },
  {
    experiment: 'bytes-100',
    title: 'Messages of 100 bytes',
    drawing: 'P ──[100 B]──▶ C',
    expected:
      'Several times `postMessage`, which copies and dispatches each; less than LMAX and C++, which know the size beforehand.',
    means: 'A short text or a small record of any length, instead of three numbers.',
  },
  {
    experiment: 'bytes-64k',
    title: 'Messages of 64 KiB',
    drawing: 'P ──[64 KiB]──▶ C',
    expected: 'All systems come closer to each other: the bytes themselves cost more than handing them over.',
    means:
      'A picture, a page, a block of a file: the bytes have to be written and read, however they are handed over.',
  },
  {
    experiment: 'round-trip-spin',
    title: 'Round trip, both threads awake',
    drawing: 'A ──▶ B\nA ◀── B',
    expected:
      'Some hundred nanoseconds, most of it the way of two cache lines between two cores, there and back.',
    means: 'A question and its answer, when both threads look for it without pause. Less is better.',
  },
  {
    experiment: 'round-trip-park',
    title: 'Round trip, both threads asleep',
    drawing: 'A ──▶ B (zZ)\nA ◀── B',
    expected:
      "Some microseconds, most of it the operating system's: twice as fast as `postMessage`, which wakes an event loop.",
    means:
      'The same when each thread sleeps until it is woken: most of this is the operating system. Less is better.',
  },
  {
    experiment: 'one-way-paced',
    title: 'One way, at a steady pace',
    drawing: 'P ─ · · · ─▶ C',
    expected:
      'As the round trips: what sleeps takes microseconds to wake, and a stall delays all events behind it.',
    means:
      'Events leave by the clock, whether or not those before have arrived, and each is timed from when it should have left. Less is better.',
  },
  {
    experiment: 'idle-cpu',
    title: 'Processor time while nothing happens',
    drawing: 'P   (zZ)   C (zZ)',
    expected: 'Next to nothing for whoever sleeps; a core for whoever looks again and again.',
    means: 'What it costs to wait: 100 % is one core that does nothing else. Less is better.',
  },
  {
    experiment: 'allocation',
    title: 'Garbage an event',
    drawing: 'P ──▶ C   + what is thrown away',
    expected:
      'Nothing for the ring, whose events lie in memory that was laid out once; an object or more for each message.',
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

/** What came of a scenario, in a sentence from its figures; '' where there is nobody to compare with. */
export function seenIn(results: readonly Result[], experiment: string): string {
  const ring = bestOf(results, experiment, 'slipring');
  if (ring === undefined) return '';
  const compared = families.slice(1).flatMap(({ name }) => {
    const result = bestOf(results, experiment, name);
    if (result === undefined || result.unit !== ring.unit) return [];
    const ratio = timesBetter(ring, result);
    return Number.isFinite(ratio) && ratio > 0 ? [{ name, result, ratio }] : [];
  });
  if (compared.length === 0) return '';
  const list = (holds: (ratio: number) => boolean, say: (factor: string, figure: string) => string): string =>
    compared
      .filter(({ ratio }) => holds(ratio))
      .map(
        ({ name, result, ratio }) =>
          `${name} ${say(times(Math.max(ratio, 1 / ratio)), show(result.median, result.unit))}`,
      )
      .join(', ');
  const by = (factor: string, figure: string): string => `by ${factor} (${figure})`;
  const parts = [
    ['Behind it', list((ratio) => ratio > EVEN, by)],
    [
      'About even',
      list(
        (ratio) => ratio <= EVEN && ratio >= 1 / EVEN,
        (_, figure) => `(${figure})`,
      ),
    ],
    ['Ahead of it', list((ratio) => ratio < 1 / EVEN, by)],
  ];
  const told = parts.filter(([, names]) => names !== '').map(([where, names]) => `${where}: ${names}.`);
  return `slipring: ${show(ring.median, ring.unit)}. ${told.join(' ')}`;
}

/** Below so much more, two systems are about even. */
const EVEN = 1.1;
