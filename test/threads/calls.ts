import type { Ring } from 'slipring';
import { consumerSeat, planLayout, seat, shared } from '../../src/core/layout.js';
import { controlWords, readShape } from '../../src/core/header.js';
import { PARKED } from '../../src/core/sequence.js';
import type { CallsData, Ended } from '../../workers/test-calls.js';
import { start } from './run.js';

export const worker = (name: string): URL => new URL(`../../.build/workers/${name}.js`, import.meta.url);

/** A thread that makes calls; `next` resolves with how the next one ended. */
export function calling(data: CallsData): Calling {
  const { worker: thread, ...started } = start(worker('test-calls'), data);
  return { next: () => started.next() as Promise<Ended>, terminate: () => thread.terminate() };
}

export interface Calling {
  readonly next: () => Promise<Ended>;
  readonly terminate: () => Promise<number>;
}

/** The words of a ring that somebody may sleep on. */
export function parkableWords(ring: Pick<Ring, 'handle' | 'consumerNames'>) {
  const words = controlWords(ring.handle.buffer);
  const layout = planLayout({ ...readShape(words), columns: [] });
  const indexOf = (name: string): number => {
    if (name === 'cursor' || name === 'ending') return shared[name];
    return consumerSeat(layout, ring.consumerNames.indexOf(name)) + seat.position;
  };
  const parked = (name: string): boolean => (Atomics.load(words, indexOf(name)) & PARKED) !== 0;
  return {
    parked,
    /** Resolves once somebody parks on the cursor, the ending, or the position of a consumer. */
    untilParked: (name: string): Promise<void> => until(() => parked(name)),
  };
}

/** Resolves once this is true, which other threads will see to. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
