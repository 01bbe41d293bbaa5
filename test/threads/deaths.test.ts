/** Each real way in which a worker dies, and what the others have of it. */
import { Worker } from 'node:worker_threads';
import { createRing, openRing, type Recovery, type RingHandle } from 'slipring';
import { supervise } from 'slipring/node';
import { describe, expect, it } from 'vitest';
import { type Death, type DeathData, Tick } from '../../workers/test-deaths.js';
import { controlWords, moreSleepers } from '../../src/core/header.js';
import { PARKED } from '../../src/core/sequence.js';
import { stampIndex } from '../../src/core/stamps.js';
import { until, worker as workerFile } from './calls.js';

const fill = (tick: { n: number }, n: number): void => void (tick.n = n);

/** A ring with events 0 to 4 in it, of two producers, a living consumer and one that will die. */
function ringOf() {
  const ring = createRing(Tick, {
    capacity: 8,
    producers: 2,
    consumers: ['doomed', 'living'],
    firstSequence: 0,
  });
  const producer = ring.openProducer({ timeoutMs: 10_000 });
  for (let n = 0; n < 5; n++) producer.publish(fill, n);
  return { ring, producer };
}

/** Starts a worker that dies so, and is terminated if it does not by itself; resolves to what its supervisor found. */
async function die(ring: RingHandle, death: Death, there: () => Promise<void>): Promise<readonly Recovery[]> {
  const worker = new Worker(workerFile('test-deaths'), {
    workerData: { ring, death, name: 'doomed' } satisfies DeathData,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  worker.on('error', () => {});
  using supervision = supervise(worker, openRing(ring, Tick));
  worker.on('message', () => void there().then(() => worker.terminate()));
  return await supervision.done;
}

/** Resolves once somebody sleeps until event 5 is published. */
function untilParked({ buffer }: RingHandle): Promise<void> {
  const words = controlWords(buffer);
  const index = stampIndex(moreSleepers(words).stamps!, 5);
  return until(() => (Atomics.load(words, index) & PARKED) !== 0);
}

const seenBy = (ring: ReturnType<typeof ringOf>['ring'], name: 'doomed' | 'living'): number[] => {
  const seen: number[] = [];
  using consumer = ring.openConsumer(name);
  consumer.run(({ n }) => void seen.push(n), { timeoutMs: 10_000 });
  return seen;
};

describe('a consumer that dies keeps its place for a successor: nothing that was published is lost', () => {
  it.each([
    ['in a spin', 5],
    ['in a park', 5],
    ['in a handler', 2],
    ['uncaught throw', 2],
    ['unhandled rejection', 2],
    ['process.exit', 2],
    ['heap limit', 2],
    ['at its end', 2],
  ] as [Death, number][])('%s, done with %i events', async (death, released) => {
    const { ring, producer } = ringOf();
    const there = (): Promise<void> => (death === 'in a park' ? untilParked(ring.handle) : Promise.resolve());
    const found = await die(ring.handle, death, there);
    expect(found).toMatchObject([
      { seat: { kind: 'consumer', name: 'doomed' }, outcome: 'recovered', found: 'held', first: released },
    ]);
    for (let n = 5; n < 8; n++) producer.publish(fill, n);
    ring.close();
    expect(seenBy(ring, 'doomed')).toEqual([0, 1, 2, 3, 4, 5, 6, 7].slice(released));
    expect(seenBy(ring, 'living')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    ring.drained({ timeoutMs: 0 });
  });
});

describe('a producer that dies leaves nothing that others would wait for', () => {
  it.each([
    ['between claim and publish', 2],
    ['in a fill', 1],
  ] as [Death, number][])('%s', async (death, length) => {
    const { ring, producer } = ringOf();
    const found = await die(ring.handle, death, () => Promise.resolve());
    expect(found).toMatchObject([
      { seat: { kind: 'producer' }, outcome: 'recovered', found: 'skipped', first: 5, end: 5 + length },
    ]);
    producer.publish(fill, 7);
    ring.close();
    for (const name of ['doomed', 'living'] as const) expect(seenBy(ring, name)).toEqual([0, 1, 2, 3, 4, 7]);
    ring.drained({ timeoutMs: 0 });
  });
});
