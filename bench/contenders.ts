/** Who is measured against whom, all doing the same work: three-column trades from one worker to another, each one checked. */
import { createRing, type WaitMode } from 'slipring';
import { createConditionBuffer, createSemaphoreBuffer } from 'slipring/locks';
import { Ping } from '../workers/ping.js';
import { Trade } from '../workers/trade.js';
import type { Contender } from './harness.js';

/** Slots, of the ring and of the buffers. */
export const CAPACITY = 65_536;

/** What a ring lies in, and the name that its results have for it. */
export type Memory = 'plain' | 'wasm';
export const systemIn = (memory: Memory): string => (memory === 'plain' ? 'slipring' : `slipring-${memory}`);

const columns = { id: 'u32', price: 'f64', quantity: 'i32' } as const;

/** One ring, in claims of `batch`. */
export function ringContender(
  experiment: string,
  batch: number,
  count: number,
  memory: Memory = 'plain',
): Contender {
  return {
    experiment,
    system: systemIn(memory),
    unit: 'events/s',
    file: 'bench-ring',
    count,
    prepare() {
      const ring = createRing(Trade, { capacity: CAPACITY, consumers: ['reader'], memory }).handle;
      return { active: { ring, batch }, passive: { ring, batch } };
    },
  };
}

/** One of the textbook buffers. */
export function lockContender(system: 'lock-condition' | 'lock-semaphore', count: number): Contender {
  return {
    experiment: 'unicast',
    system,
    unit: 'events/s',
    file: 'bench-locks',
    count,
    prepare() {
      const create = system === 'lock-condition' ? createConditionBuffer : createSemaphoreBuffer;
      const { handle } = create(columns, { capacity: CAPACITY });
      return { active: { handle }, passive: { handle } };
    },
  };
}

/** A MessageChannel between the two workers, with messages of `batch` trades. */
export function postMessageContender(experiment: string, batch: number, count: number): Contender {
  return {
    experiment,
    system: 'post-message',
    unit: 'events/s',
    file: 'bench-post-message',
    count,
    prepare() {
      const { port1, port2 } = new MessageChannel();
      return {
        active: { port: port1, batch },
        passive: { port: port2, batch },
        transfer: { active: [port1], passive: [port2] },
      };
    },
  };
}

/** There and back through two rings. */
export function roundTripContender(experiment: string, wait: WaitMode, count: number): Contender {
  return {
    experiment,
    system: 'slipring',
    unit: 'ns',
    file: 'bench-round-trip',
    count,
    prepare() {
      const there = createRing(Ping, { capacity: 1024, consumers: ['echo'] }).handle;
      const back = createRing(Ping, { capacity: 1024, consumers: ['caller'] }).handle;
      return { active: { there, back, wait }, passive: { there, back, wait } };
    },
  };
}

/** There and back through a MessageChannel. */
export function postMessageRoundTrip(experiment: string, count: number): Contender {
  return {
    experiment,
    system: 'post-message',
    unit: 'ns',
    file: 'bench-round-trip',
    count,
    prepare() {
      const { port1, port2 } = new MessageChannel();
      return {
        active: { port: port1 },
        passive: { port: port2 },
        transfer: { active: [port1], passive: [port2] },
      };
    },
  };
}
