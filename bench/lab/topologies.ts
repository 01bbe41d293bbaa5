/** The shapes of the claim: as a ring's graph, and as lock-based queues, one on each arc. */
import { type ConsumerGraph, createRing, type RingHandle } from 'slipring';
import {
  type ConditionBufferHandle,
  createConditionBuffer,
  createSemaphoreBuffer,
  type SemaphoreBufferHandle,
} from 'slipring/locks';
import { Trade } from '../../workers/trade.js';

/** A thread's place: a producer by its number or a consumer by its name, and the arcs that it takes from and puts into. */
export interface Place {
  producer?: number;
  consumer?: string;
  inboxes: readonly number[];
  outboxes: readonly number[];
}

export interface Topology {
  name: string;
  drawing: string;
  consumers: Exclude<ConsumerGraph, readonly string[]>;
  producers: number;
  arcs: number;
  places: readonly Place[];
  /** Every event goes to one of several consumers, not to each. */
  shared: boolean;
  /** Nanoseconds of work that a consumer has with an event. */
  workNs: number;
  /** Why the ring may gain less than ten times here. */
  limit: string;
}

const producer = (...outboxes: number[]): Place => ({ producer: 0, inboxes: [], outboxes });
const consumer = (name: string, inboxes: number[], outboxes: number[] = []): Place => ({
  consumer: name,
  inboxes,
  outboxes,
});
const plain = { producers: 1, shared: false, workNs: 0 } as const;
const group = {
  producers: 1,
  shared: true,
  consumers: { work: { workers: 2 } },
  arcs: 1,
  places: [producer(0), consumer('work', [0]), consumer('work', [0])],
} as const;

export const topologies: readonly Topology[] = [
  {
    ...plain,
    name: 'unicast',
    limit: 'two threads seldom meet at the lock of one queue, so that it is nearly free',
    drawing: 'P ─▶ C',
    consumers: { reader: {} },
    arcs: 1,
    places: [producer(0), consumer('reader', [0])],
  },
  {
    ...plain,
    name: 'multicast-3',
    limit: 'four threads may have fewer cores, and whoever waits for a core does not hand over',
    drawing: 'P ─▶ C C C',
    consumers: { left: {}, middle: {}, right: {} },
    arcs: 3,
    places: [producer(0, 1, 2), consumer('left', [0]), consumer('middle', [1]), consumer('right', [2])],
  },
  {
    ...plain,
    name: 'pipeline-3',
    limit: 'four threads may have fewer cores, and each stage waits for the one before it',
    drawing: 'P ─▶ C ─▶ C ─▶ C',
    consumers: { first: {}, second: { after: ['first'] }, third: { after: ['second'] } },
    arcs: 3,
    places: [producer(0), consumer('first', [0], [1]), consumer('second', [1], [2]), consumer('third', [2])],
  },
  {
    ...plain,
    name: 'diamond',
    limit: 'four threads may have fewer cores, and the last waits for the slower of two',
    drawing: 'P ─▶ C C ─▶ C',
    consumers: { left: {}, right: {}, join: { after: ['left', 'right'] } },
    arcs: 4,
    places: [
      producer(0, 1),
      consumer('left', [0], [2]),
      consumer('right', [1], [3]),
      consumer('join', [2, 3]),
    ],
  },
  {
    ...plain,
    name: 'three-to-one',
    limit: 'the producers of a ring meet at one word too, and each claim costs three atomic operations more',
    drawing: 'P P P ─▶ C',
    consumers: { reader: {} },
    producers: 3,
    arcs: 1,
    places: [
      producer(0),
      { ...producer(0), producer: 1 },
      { ...producer(0), producer: 2 },
      consumer('reader', [0]),
    ],
  },
  {
    ...group,
    name: 'group-2',
    limit: 'the workers of a group settle by compare-and-exchange who takes what',
    drawing: 'P ─▶ one of C C',
    workNs: 0,
  },
  {
    ...group,
    name: 'group-2-with-work',
    limit: 'the work takes longer than any hand-over',
    drawing: 'P ─▶ one of C C, 1 µs of work each',
    workNs: 1_000,
  },
];

export type TradeColumns = { readonly id: 'u32'; readonly price: 'f64'; readonly quantity: 'i32' };
const columns = { id: 'u32', price: 'f64', quantity: 'i32' } as const;

export type Buffers = readonly (ConditionBufferHandle<TradeColumns> | SemaphoreBufferHandle<TradeColumns>)[];

/** What the threads of a topology are given, by the kind of channel. */
export interface Channels {
  ring: RingHandle;
  condition: Buffers;
  semaphore: Buffers;
}

const CAPACITY = 65_536;

export function createChannels({ consumers, producers, arcs }: Topology): Channels {
  const each = <T>(make: () => T): T[] => Array.from({ length: arcs }, make);
  return {
    ring: createRing(Trade, { capacity: CAPACITY, consumers, producers }).handle,
    condition: each(() => createConditionBuffer(columns, { capacity: CAPACITY }).handle),
    semaphore: each(() => createSemaphoreBuffer(columns, { capacity: CAPACITY }).handle),
  };
}
