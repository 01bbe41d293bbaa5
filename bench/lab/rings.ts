/** The rings that experiments compare: the shipped one, and the same protocol by hand with one decision made otherwise. */
import { createRing } from 'slipring';
import { CONTROL_WORDS, type LabProtocol } from '../../workers/lab-protocol.js';
import { Trade } from '../../workers/trade.js';
import type { Variant } from './turns.js';

/** Slots, where they are not what is varied. */
export const CAPACITY = 65_536;

/** Words of a line: 128 bytes, as in the shipped ring. */
const LINE = 32;

/** A ring by hand with the decisions of the shipped one, but for those given; its events have so many bytes. */
export function byHand(otherwise: Partial<LabProtocol>, eventBytes = 16): LabProtocol {
  const capacity = otherwise.capacity ?? CAPACITY;
  return {
    buffer: new SharedArrayBuffer(CONTROL_WORDS * 4 + capacity * eventBytes),
    capacity,
    cursor: LINE,
    position: 2 * LINE,
    flag: 3 * LINE,
    wakes: 'waiter-bit',
    gap: 'adaptive',
    gating: 'cached',
    ...otherwise,
  };
}

type Names = Pick<Variant, 'experiment' | 'system'> & Partial<Pick<Variant, 'at'>>;

/** Trades one at a time through a ring by hand. */
export function handRing(names: Names, otherwise: Partial<LabProtocol> = {}): Variant {
  return {
    ...names,
    unit: 'events/s',
    file: 'lab-ring',
    threads: () => {
      const ring = byHand(otherwise);
      return [
        { role: 'producer', ring },
        { role: 'consumer', ring },
      ];
    },
  };
}

/** A trade there and back through two rings by hand. */
export function handRoundTrip(names: Names, otherwise: Partial<LabProtocol> = {}): Variant {
  return {
    ...names,
    unit: 'ns',
    file: 'lab-ring',
    threads: () => {
      const data = { ring: byHand(otherwise), back: byHand(otherwise) };
      return [
        { role: 'caller', ...data },
        { role: 'echo', ...data },
      ];
    },
  };
}

/** Trades through the shipped ring, in claims of `batch`. */
export function shippedRing(names: Names, batch = 1, capacity = CAPACITY): Variant {
  return {
    ...names,
    unit: 'events/s',
    file: 'lab-slipring',
    multiple: batch,
    threads: () => {
      const { handle: ring } = createRing(Trade, { capacity, consumers: ['reader'] });
      return [
        { role: 'producer', ring, batch },
        { role: 'consumer', ring, batch },
      ];
    },
  };
}
