/** The ring in a shape: a worker for each producer and each consumer. */
import { createRing } from 'slipring';
import type { TopologyBenchData } from '../workers/bench-topology.js';
import { Trade } from '../workers/trade.js';
import { CAPACITY, type Memory, systemIn } from './contenders.js';
import { type Entrant, Reporter } from './harness.js';
import type { Shape } from './shapes.js';

/** `count` events a round, of all producers together. */
export function ringInShape(shape: Shape, count: number, memory: Memory = 'plain'): Entrant {
  return {
    experiment: shape.experiment,
    system: systemIn(memory),
    unit: 'events/s',
    async start() {
      const { consumers, producers, batch, workers = 0 } = shape;
      const ring = createRing(Trade, {
        capacity: CAPACITY,
        consumers,
        memory,
        producers: shape.multiProducer ? Math.max(2, producers) : 1,
      }).handle;
      const start = (place: Pick<TopologyBenchData, 'producer' | 'consumer'>): Reporter =>
        new Reporter('bench-topology', { ...place, ring, count, producers, batch });
      const back = Object.keys(consumers)
        .filter((consumer) => consumer !== 'work')
        .map((consumer) => start({ consumer }));
      const group = Array.from({ length: workers }, () => start({ consumer: 'work' }));
      const front = Array.from({ length: producers }, (_, producer) => start({ producer }));
      const all = [...back, ...group, ...front];
      await Promise.all(all.map((thread) => thread.next()));
      return {
        async round() {
          for (const { worker } of front) worker.postMessage('go');
          const started = front.map(async (thread) => (await thread.next()).at);
          const finished = back.map(async (thread) => (await thread.next()).at);
          // Together, so that a wrong answer anywhere ends it.
          const [begins, ends] = await Promise.all([Promise.all(started), Promise.all(finished)]);
          return count / ((Math.max(...ends) - Math.min(...begins)) / 1e9);
        },
        async stop() {
          await Promise.all(all.map(({ worker }) => worker.terminate()));
        },
      };
    },
  };
}
