/** What is varied, and which law is read from it. */
import { availableParallelism } from 'node:os';
import type { Result } from '../harness.js';
import { digits, show } from '../report/figures.js';
import { type Placed, portsOf, ringOf, sized, wide } from './entrants.js';
import { costAt, knee, lineThrough, type Place, placesOf, powerThrough } from './laws.js';
import { meanings } from './meanings.js';

export interface Growth {
  name: string;
  title: string;
  drawing: string;
  expected: string;
  /** What `at` counts. */
  varied: string;
  /** All of them; rounds are shorter when `quick`. */
  entrants(quick: boolean): Placed[];
  /** One sentence from the figures. */
  law(results: readonly Result[]): string;
  /** What that means, for somebody who never heard of a cache line: from the figures too, whatever they say. */
  means(results: readonly Result[]): string;
}

const crowds = [1, 2, 4, 8, 16] as const;
const cores = availableParallelism();

/** Trades a round that all threads of a ring handle together, and of a channel. */
const onRing = (quick: boolean, share: number): number => Math.ceil((quick ? 600_000 : 4_000_000) / share);
const onPort = (quick: boolean, share: number): number => Math.ceil((quick ? 12_000 : 80_000) / share);

const ns = (figure: number): string => show(figure, 'ns');
const rate = ({ cost }: Place): string => show(1e9 / cost, 'events/s');
const share = (part: number): string => `${digits(Math.round(part * 1000) / 10)} %`;
/** "a, and b for each more", or that there is no such line. */
function lineIn(places: readonly Place[], one: string): string {
  const { fixed, each, off } = lineThrough(places);
  const sign =
    fixed < 0
      ? `${ns(each)} for each ${one}, less ${ns(-fixed)}`
      : `${ns(fixed)}, and ${ns(each)} for each ${one}`;
  return each > 0
    ? `${sign} (the figures are at most ${share(off)} off this line)`
    : `about the same with each ${one}: ${places.map(({ cost }) => ns(cost)).join(', ')}`;
}

export const growths: readonly Growth[] = [
  {
    name: 'growth-consumers',
    title: 'More consumers',
    drawing: '     ┌─▶ C\nP ───┼─▶ C      1, 2, 4, 8, 16, each of which sees every event\n     └─▶ …',
    expected:
      'A line. The ring stores an event once and publishes it once, however many read it; what each consumer adds is its own reading, which the cores share.',
    means: meanings.consumers,
    varied: 'consumers',
    entrants: (quick) =>
      crowds.flatMap((consumers) => [
        ringOf('growth-consumers', consumers, onRing(quick, consumers), { consumers }),
        portsOf('growth-consumers', consumers, onPort(quick, consumers), { consumers }),
      ]),
    law: (results) =>
      `On ${cores} cores, an event costs ${lineIn(placesOf(results, 'slipring'), 'consumer')}; by postMessage ${lineIn(placesOf(results, 'post-message'), 'consumer')}.`,
  },
  {
    name: 'growth-producers',
    title: 'More producers',
    drawing: 'P ─┐\nP ─┼──▶ C      1, 2, 4, 8, 16, all through the protocol for several\n… ─┘',
    expected:
      'Worse with the second one, since both want the same word; little after that, since no more can run at a time than there are cores, and who finds the ring full sleeps.',
    means: meanings.producers,
    varied: 'producers',
    entrants: (quick) =>
      crowds.flatMap((producers) => [
        ringOf('growth-producers', producers, onRing(quick, 2 * producers), {
          producers,
          seats: Math.max(2, producers),
        }),
        portsOf('growth-producers', producers, onPort(quick, producers), { producers }),
      ]),
    law(results) {
      const places = placesOf(results, 'slipring');
      const { exponent } = powerThrough(places);
      return (
        `Each doubling of the producers multiplies the cost of an event by ${digits(2 ** exponent)}: ${ns(costAt(places, 1))} with one, ` +
        `${ns(costAt(places, 2))} with two, ${ns(costAt(places, 16))} with 16, on ${cores} cores.`
      );
    },
  },
  {
    name: 'growth-threads',
    title: 'More threads than cores',
    drawing: 'P ──▶ C\nP ──▶ C      1, 2, 4, 8 pairs, each with a ring of its own\n …    …',
    expected:
      'The same in all: as soon as every core is busy, more pairs share what there is. A thread that waits by spinning would take the core that its peer needs; ours go to sleep.',
    means: meanings.threads,
    varied: 'threads',
    entrants: (quick) =>
      [1, 2, 4, 8].flatMap((rings) => [
        ringOf('growth-threads', 2 * rings, onRing(quick, rings), { rings }),
        portsOf('growth-threads', 2 * rings, onPort(quick, rings), { rings }),
      ]),
    law(results) {
      const places = placesOf(results, 'slipring');
      const posted = placesOf(results, 'post-message');
      return (
        `16 threads on ${cores} cores carry ${share(costAt(places, 2) / costAt(places, 16))} of what two threads do; ` +
        `by postMessage ${share(costAt(posted, 2) / costAt(posted, 16))}.`
      );
    },
  },
  {
    name: 'growth-capacity',
    title: 'More slots',
    drawing:
      'P ──▶ [ · · ]                  ──▶ C      2 slots …\nP ──▶ [ · · · · · · · · · · ]  ──▶ C      … to 4,194,304',
    expected:
      'Steeply better up to a few thousand slots, since with few the two threads wait for each other at every step; flat after that, until the ring no longer fits in the caches.',
    means: meanings.capacity,
    varied: 'slots',
    entrants: (quick) =>
      [1, 4, 7, 10, 13, 16, 19, 22].map((bits) => {
        const capacity = 2 ** bits;
        const count = Math.min(onRing(quick, 1), capacity * (quick ? 2_000 : 10_000));
        return ringOf('growth-capacity', capacity, count, { capacity });
      }),
    law(results) {
      const places = placesOf(results, 'slipring');
      const best = places.reduce((a, b) => (b.cost < a.cost ? b : a));
      const enough = knee(places, 0.8);
      return (
        `With two slots a ring carries ${rate(places[0])}; ${enough.at.toLocaleString('en')} already carry four fifths of the most, which is ${rate(best)} ` +
        `at ${best.at.toLocaleString('en')}; and at ${places.at(-1)!.at.toLocaleString('en')} it is ${rate(places.at(-1)!)}.`
      );
    },
  },
  {
    name: 'growth-width',
    title: 'Wider events',
    drawing: '[c0]  …  [c0 c1 c2 … c31]      columns of 8 bytes, in claims of 100',
    expected:
      'A line: each column is one more number to write and to read, and the price of handing over does not depend on them.',
    means: meanings.width,
    varied: 'columns',
    entrants: (quick) =>
      [1, 2, 4, 8, 16, 32].flatMap((width) => [
        wide('growth-width', width, Math.ceil(onRing(quick, width) / 50) * 100, 'ring'),
        wide('growth-width', width, Math.ceil(onRing(quick, width) / 200) * 100, 'port'),
      ]),
    law: (results) =>
      `In claims of 100, an event costs ${lineIn(placesOf(results, 'slipring'), 'column')}; by postMessage, as one typed array a hundred, ${lineIn(placesOf(results, 'post-message'), 'column')}.`,
  },
  {
    name: 'growth-size',
    title: 'Larger messages',
    drawing: 'P ──[8 B]──▶ C   …   P ──[1 MiB]──▶ C      copied in, read in place, every byte compared',
    expected:
      'A line: a fixed price for handing over, and one for each byte. Small messages pay the first, large ones the second, and there all systems come close to what copying costs.',
    means: meanings.size,
    varied: 'bytes',
    entrants: (quick) =>
      [3, 6, 9, 12, 15, 18, 20].flatMap((bits) => {
        const size = 2 ** bits;
        const upTo = (most: number, bytes: number): number =>
          Math.ceil(Math.min(most, bytes / size) / (quick ? 6 : 1));
        return [
          sized('growth-size', size, upTo(240_000, 2 ** 28), 'ring'),
          sized('growth-size', size, upTo(60_000, 2 ** 27), 'port'),
        ];
      }),
    law(results) {
      const of = (system: string): string => {
        const { fixed, each, off } = lineThrough(placesOf(results, system));
        const law = `${ns(Math.max(0, fixed))} and ${ns(each * 1024)} a KiB (at most ${share(off)} off)`;
        if (fixed <= 0) return law;
        return `${law}, so from ${Math.round(fixed / each).toLocaleString('en')} bytes on the bytes are the larger part`;
      };
      return `A message costs ${of('slipring')}; by postMessage ${of('post-message')}.`;
    },
  },
];
