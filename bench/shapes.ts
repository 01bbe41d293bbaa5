/** The shapes in which `npm run bench:topologies` measures the ring and the LMAX Disruptor, and what the ring should reach in each. */
import type { ConsumerGraph } from 'slipring';

export interface Shape {
  experiment: string;
  drawing: string;
  /** Threads that publish. */
  producers: number;
  /** Through the protocol for several producers, even if there is one. */
  multiProducer: boolean;
  consumers: Exclude<ConsumerGraph, readonly string[]>;
  /** Events a claim. */
  batch: number;
  /** A group of so many workers, each with a microsecond of work an event, before the others; LMAX 3 has none. */
  workers?: number;
  /** At least so many times what the other does. */
  wanted: readonly { against: Rival; ratio: number }[];
}

/** `lmax-spinning` is the better of LMAX's two strategies that never sleep, `lmax` the best of all three. */
export type Rival = 'lmax-spinning' | 'lmax-blocking' | 'lmax' | 'three-to-one' | 'group-of-1';

const inGraphs = [
  { against: 'lmax-spinning', ratio: 0.7 },
  { against: 'lmax-blocking', ratio: 1.5 },
] as const;

const oneProducer = { producers: 1, multiProducer: false, batch: 1 } as const;
const oneReader = { reader: {} };

export const shapes: readonly Shape[] = [
  {
    ...oneProducer,
    experiment: 'unicast',
    drawing: 'P ─▶ C',
    consumers: oneReader,
    wanted: [],
  },
  {
    ...oneProducer,
    experiment: 'multicast-3',
    drawing: 'P ─▶ C C C',
    consumers: { left: {}, middle: {}, right: {} },
    wanted: inGraphs,
  },
  {
    ...oneProducer,
    experiment: 'pipeline-3',
    drawing: 'P ─▶ C ─▶ C ─▶ C',
    consumers: { first: {}, second: { after: ['first'] }, third: { after: ['second'] } },
    wanted: inGraphs,
  },
  {
    ...oneProducer,
    experiment: 'diamond',
    drawing: 'P ─▶ C C ─▶ C',
    consumers: { left: {}, right: {}, join: { after: ['left', 'right'] } },
    wanted: inGraphs,
  },
  {
    ...oneProducer,
    experiment: 'unicast-multi-producer',
    drawing: 'P ─▶ C, as if there were more P',
    multiProducer: true,
    consumers: oneReader,
    wanted: [{ against: 'lmax', ratio: 3 }],
  },
  {
    experiment: 'three-to-one',
    drawing: 'P P P ─▶ C',
    producers: 3,
    multiProducer: true,
    consumers: oneReader,
    batch: 1,
    wanted: [{ against: 'lmax-blocking', ratio: 0.8 }],
  },
  {
    experiment: 'three-to-one-batch-10',
    drawing: 'P P P ─▶ C, in claims of 10',
    producers: 3,
    multiProducer: true,
    consumers: oneReader,
    batch: 10,
    wanted: [{ against: 'three-to-one', ratio: 2.5 }],
  },
  {
    ...oneProducer,
    experiment: 'group-of-1',
    drawing: 'P ─▶ a worker with 1 µs of work ─▶ C',
    workers: 1,
    consumers: { work: { workers: 1 }, reader: { after: ['work'] } },
    wanted: [],
  },
  {
    ...oneProducer,
    experiment: 'group-of-2',
    drawing: 'P ─▶ two such workers ─▶ C',
    workers: 2,
    consumers: { work: { workers: 2 }, reader: { after: ['work'] } },
    wanted: [{ against: 'group-of-1', ratio: 1.6 }],
  },
];

/** Events a round: fewer where each takes a microsecond. */
export const eventsOf = ({ workers }: Shape, count: number): number =>
  workers === undefined ? count : count / 20;
