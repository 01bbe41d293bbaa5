/** The shapes of graph that are tried. */
import type { Dice } from './dice.js';

/** A consumer of a planned ring. */
export interface PlannedConsumer {
  readonly name: string;
  readonly after: readonly string[];
  /** More than 0: a group. */
  readonly workers: number;
  readonly lossy: boolean;
}

/** The shape of a planned ring. */
export interface Graph {
  readonly producers: number;
  readonly consumers: readonly PlannedConsumer[];
}

const plain = (name: string, ...after: string[]): PlannedConsumer => ({
  name,
  after,
  workers: 0,
  lossy: false,
});
const group = (name: string, workers: number, ...after: string[]): PlannedConsumer => ({
  name,
  after,
  workers,
  lossy: false,
});
const lossy = (name: string): PlannedConsumer => ({ name, after: [], workers: 0, lossy: true });

/** What each topology makes, a graph for each of its rings. */
export const topologies = {
  'one to one': () => [{ producers: 1, consumers: [plain('a')] }],
  multicast: (dice) => [
    { producers: 1, consumers: ['a', 'b', 'c'].slice(0, dice.between(2, 3)).map((name) => plain(name)) },
  ],
  pipeline: (dice) => [
    { producers: 1, consumers: [plain('a'), plain('b', 'a'), plain('c', 'b')].slice(0, dice.between(2, 3)) },
  ],
  diamond: (dice) => [
    {
      producers: dice.between(1, 2),
      consumers: [plain('a'), plain('b', 'a'), plain('c', 'a'), plain('d', 'b', 'c')],
    },
  ],
  producers: (dice) => [
    {
      producers: dice.between(2, 4),
      consumers: ['a', 'b'].slice(0, dice.between(1, 2)).map((name) => plain(name)),
    },
  ],
  groups: (dice) => [
    {
      producers: dice.between(1, 2),
      consumers: dice.pick([
        [group('g', 2)],
        [group('g', 3), plain('a')],
        [group('g', 2), plain('a', 'g')],
        [plain('a'), group('g', 2, 'a')],
        [group('g', 2), group('h', 2, 'g')],
      ]),
    },
  ],
  lossy: (dice) => [
    {
      producers: dice.between(1, 2),
      consumers: dice.pick([[lossy('l')], [lossy('l'), plain('a')], [lossy('l'), lossy('m'), plain('a')]]),
    },
  ],
  serve: (dice) =>
    Array.from({ length: dice.between(2, 3) }, () => ({
      producers: dice.between(1, 2),
      consumers: [plain('s')],
    })),
  random: (dice) => [randomGraph(dice)],
} satisfies Record<string, (dice: Dice) => Graph[]>;

export type Topology = keyof typeof topologies;

function randomGraph(dice: Dice): Graph {
  const consumers: PlannedConsumer[] = [];
  const count = dice.between(1, 4);
  for (let number = 0; number < count; number++) {
    const name = 'abcd'[number];
    if (dice.chance(0.15)) consumers.push(lossy(name));
    else {
      const before = consumers
        .filter((consumer) => !consumer.lossy && dice.chance(0.4))
        .map((consumer) => consumer.name);
      consumers.push(dice.chance(0.3) ? group(name, dice.between(1, 3), ...before) : plain(name, ...before));
    }
  }
  return { producers: dice.between(1, 3), consumers };
}
