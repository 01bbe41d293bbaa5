/** The lab's producer and consumer of four-field events that lie in columns or in rows, in claims. */
import { workerData } from 'node:worker_threads';
import {
  CONTROL_WORDS,
  type LabProtocol,
  lookerAt,
  publisherOf,
  releaserOf,
  roomIn,
} from './lab-protocol.js';
import { type LabData, onRound } from './lab-rounds.js';

export interface LabLayoutData extends LabData {
  role: 'producer' | 'consumer';
  ring: LabProtocol;
  layout: 'columns' | 'rows';
  /** Events a claim. */
  batch: number;
  /** Whether the consumer reads all fields of an event, or its price alone. */
  reads: 'all' | 'price';
}

const { role, ring, layout, batch, reads } = workerData as LabLayoutData;
const { buffer, capacity } = ring;
const mask = capacity - 1;
const start = CONTROL_WORDS * 4;

/** Values repeat after so many events, so that sums are exact. */
const VALUES = 1_024;
const valueOf = (n: number): number => n & (VALUES - 1);

/** Slots in a row, `slot` to `end`, for the events from `n` on: to fill them, and to add them up. */
interface Layout {
  fill: (slot: number, end: number, n: number) => void;
  sumOfAll: (slot: number, end: number, n: number) => number;
  sumOfPrices: (slot: number, end: number) => number;
}

function columns(): Layout {
  const price = new Float64Array(buffer, start, capacity);
  const time = new Float64Array(buffer, start + capacity * 8, capacity);
  const id = new Int32Array(buffer, start + capacity * 16, capacity);
  const quantity = new Int32Array(buffer, start + capacity * 20, capacity);
  return {
    fill(from, end, first) {
      for (let slot = from, n = first; slot < end; slot++, n++) {
        const value = valueOf(n);
        price[slot] = value;
        time[slot] = value * 2;
        id[slot] = n;
        quantity[slot] = value;
      }
    },
    sumOfAll(from, end, first) {
      let sum = 0;
      for (let slot = from, n = first; slot < end; slot++, n++) {
        if (id[slot] !== n) return NaN;
        sum += price[slot] + time[slot] + quantity[slot];
      }
      return sum;
    },
    sumOfPrices(from, end) {
      let sum = 0;
      for (let slot = from; slot < end; slot++) sum += price[slot];
      return sum;
    },
  };
}

function rows(): Layout {
  const doubles = new Float64Array(buffer, start, capacity * 3);
  const integers = new Int32Array(buffer, start, capacity * 6);
  return {
    fill(from, end, first) {
      for (let slot = from, n = first; slot < end; slot++, n++) {
        const value = valueOf(n);
        doubles[slot * 3] = value;
        doubles[slot * 3 + 1] = value * 2;
        integers[slot * 6 + 4] = n;
        integers[slot * 6 + 5] = value;
      }
    },
    sumOfAll(from, end, first) {
      let sum = 0;
      for (let slot = from, n = first; slot < end; slot++, n++) {
        if (integers[slot * 6 + 4] !== n) return NaN;
        sum += doubles[slot * 3] + doubles[slot * 3 + 1] + integers[slot * 6 + 5];
      }
      return sum;
    },
    sumOfPrices(from, end) {
      let sum = 0;
      for (let slot = from; slot < end; slot++) sum += doubles[slot * 3];
      return sum;
    },
  };
}

/** The sum of `valueOf` of all numbers below `end`. */
function valuesBelow(end: number): number {
  const rest = end % VALUES;
  return Math.floor(end / VALUES) * ((VALUES * (VALUES - 1)) / 2) + (rest * (rest - 1)) / 2;
}

const events = layout === 'columns' ? columns() : rows();
const sumOf = reads === 'all' ? events.sumOfAll : events.sumOfPrices;
let next = 0;

if (role === 'producer') {
  const room = roomIn(ring);
  const publish = publisherOf(ring);
  onRound((count) => {
    for (const end = next + count; next < end;) {
      const claimed = next + batch;
      room(claimed);
      const slot = next & mask;
      const inRow = Math.min(batch, capacity - slot);
      events.fill(slot, slot + inRow, next);
      if (inRow < batch) events.fill(0, batch - inRow, next + inRow);
      publish(claimed);
      next = claimed;
    }
  });
} else {
  const look = lookerAt(ring);
  const release = releaserOf(ring);
  const weight = reads === 'all' ? 4 : 1;
  onRound((count) => {
    const from = next;
    let sum = 0;
    for (const end = next + count; next < end;) {
      const found = next + look(next);
      while (next < found) {
        const slot = next & mask;
        const inRow = Math.min(found - next, capacity >> 3, capacity - slot);
        sum += sumOf(slot, slot + inRow, next);
        next += inRow;
        release(next);
      }
    }
    const right = weight * (valuesBelow(next) - valuesBelow(from));
    if (sum !== right) throw new Error(`the events from ${from} to ${next} add up to ${sum}, not ${right}`);
  });
}
