/** Who carries messages of bytes, and values, from one worker to another: the ring's payloads, the queue, and postMessage. */
import { createRing } from 'slipring';
import { createQueue, type QueueOptions } from 'slipring/queue';
import { Message } from '../workers/marks.js';
import { type Memory, systemIn } from './contenders.js';
import type { Contender } from './harness.js';

/** Buffers of the pool that is transferred from; and half of what the ring's arena holds, so that both sides have so many in flight. */
const POOL = 64;

/** Messages of so many bytes: all of them are written, or only the first and last 8. */
export interface Bytes {
  readonly length: number;
  readonly written: boolean;
}

/** Messages, written and read in place, one at a time. */
export function bytesInRing(
  experiment: string,
  { length, written }: Bytes,
  count: number,
  memory: Memory = 'plain',
): Contender {
  const inFlight = length > 4_096 ? POOL : 4_096;
  return {
    experiment,
    system: systemIn(memory),
    unit: 'events/s',
    file: 'bench-bytes',
    count,
    prepare() {
      const { handle } = createRing(Message, {
        capacity: inFlight,
        consumers: ['reader'],
        memory,
        arenaBytes: Math.max(inFlight * Math.ceil(length / 8) * 8, 2 * 65_536),
      });
      const data = { ring: handle, length, written };
      return { active: data, passive: data };
    },
  };
}

/** The same bytes, posted: a copy each. */
export function bytesPosted(experiment: string, { length, written }: Bytes, count: number): Contender {
  return { ...overPort(experiment, { length, written }), system: 'post-message', file: 'bench-bytes', count };
}

/** The same bytes, transferred in buffers of a pool, which come back. */
export function bytesTransferred(experiment: string, { length, written }: Bytes, count: number): Contender {
  return {
    ...overPort(experiment, { length, written, pool: POOL }),
    system: 'post-message-transfer',
    file: 'bench-bytes',
    count,
  };
}

export type What = 'objects' | 'numbers';

/** Values through a queue, `batch` in a call. */
export function valuesInQueue(
  experiment: string,
  system: string,
  what: What,
  batch: number,
  count: number,
  options: Pick<QueueOptions, 'values' | 'maxThreads' | 'memory'>,
): Contender {
  return {
    experiment,
    system,
    unit: 'events/s',
    file: 'bench-queue',
    count,
    prepare() {
      const { handle } = createQueue({ capacity: 4_096, ...options });
      return { active: { queue: handle, what, batch }, passive: { queue: handle, what, batch } };
    },
  };
}

/** The same values, posted, `batch` in a message. */
export function valuesPosted(experiment: string, what: What, batch: number, count: number): Contender {
  return { ...overPort(experiment, { what, batch }), system: 'post-message', file: 'bench-queue', count };
}

function overPort(experiment: string, data: object): Pick<Contender, 'experiment' | 'unit' | 'prepare'> {
  return {
    experiment,
    unit: 'events/s',
    prepare() {
      const { port1, port2 } = new MessageChannel();
      return {
        active: { port: port1, ...data },
        passive: { port: port2, ...data },
        transfer: { active: [port1], passive: [port2] },
      };
    },
  };
}
