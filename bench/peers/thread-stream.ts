/** thread-stream: text from one worker to a destination in a thread of its own. */
import { MessageChannel } from 'node:worker_threads';
import { type Entrant, Reporter, Reports } from '../harness.js';
import { busyPercent } from './links.js';

/** `length` characters a message; 0 for lines of trades, `batch` in a write. */
export function threadStreamEntrant(experiment: string, count: number, batch: number, length = 0): Entrant {
  return {
    experiment,
    system: 'thread-stream',
    unit: 'events/s',
    async start() {
      const { port1, port2 } = new MessageChannel();
      const rear = new Reports(port1);
      const front = new Reporter('bench-thread-stream', { count, batch, length, port: port2 }, [port2]);
      await Promise.all([front.next(), rear.next()]);
      return {
        async round() {
          front.worker.postMessage('go');
          const [started, ended] = await Promise.all([front.next(), rear.next()]);
          return count / ((ended.at - started.at) / 1e9);
        },
        idle: busyPercent,
        async stop() {
          port1.close();
          await front.worker.terminate();
        },
      };
    },
  };
}
