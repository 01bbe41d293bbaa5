/** The garbage of a ring's producer and consumer, as their loops of the public face make it: bytes an event, both together. */
import { createRing } from 'slipring';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Trade } from '../../workers/trade.js';
import { CAPACITY, type Memory, systemIn } from '../contenders.js';
import { type Entrant, workerFile } from '../harness.js';

const data = { warm: 1_000_000, count: 1_000_000 };

/** Threads of their own each round: they warm up themselves. */
export function ringGarbage(experiment: string, memory: Memory): Entrant {
  return {
    experiment,
    system: systemIn(memory),
    unit: 'bytes',
    warmUps: 0,
    start: () =>
      Promise.resolve({
        async round() {
          const ring = createRing(Trade, { capacity: CAPACITY, consumers: ['reader'], memory });
          const threads = (['producer', 'consumer'] as const).map(async (role) => {
            const worker = new Worker(workerFile('bench-allocation'), {
              workerData: { ...data, role, ring: ring.handle },
              resourceLimits: { maxYoungGenerationSizeMb: 256 },
            });
            const [{ bytes, collections }] = (await once(worker, 'message')) as [
              { bytes: number; collections: number },
            ];
            if (collections > 0) throw new Error('the heap was collected within the round');
            return bytes;
          });
          const [sent, seen] = await Promise.all(threads);
          return (sent + seen) / data.count;
        },
        stop: () => Promise.resolve(),
      }),
  };
}
