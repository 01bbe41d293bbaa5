/**
 * A benchmark's producer or consumer of events of so many columns, in claims of 100: on a ring, or on a port as one Float64Array a
 * hundred. Column k of event n holds n + k, and every number is checked by its column's sum, the first column one by one.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { now, onGo, ready, report } from './bench-rounds.js';
import { wideEvent } from './growth-events.js';

export interface WideData {
  role: 'producer' | 'consumer';
  /** Columns of an event. */
  width: number;
  /** Events a round: a multiple of 100. */
  count: number;
  ring?: RingHandle;
  port?: MessagePort;
}

const BATCH = 100;

/** Adds up what arrives, and reports at the end of each round. */
class Sums {
  readonly #count: number;
  readonly #width: number;
  #from = 0;
  #seen = 0;
  #sum = 0;

  constructor(count: number, width: number) {
    this.#count = count;
    this.#width = width;
  }

  get next(): number {
    return this.#from + this.#seen;
  }

  /** So many more events, and the sum of all their columns: NaN where an order was wrong. */
  add(events: number, sum: number): void {
    this.#seen += events;
    this.#sum += sum;
    if (this.#seen < this.#count) return;
    const at = now();
    const numbers = this.#count * this.#from + (this.#count * (this.#count - 1)) / 2;
    const right = numbers * this.#width + this.#count * ((this.#width * (this.#width - 1)) / 2);
    const wrong = this.#seen !== this.#count || this.#sum !== right;
    report(at, wrong ? `${this.#seen} events with the sum ${this.#sum}, not ${right}` : undefined);
    this.#from += this.#seen;
    this.#seen = 0;
    this.#sum = 0;
  }
}

/** The sum of one column between two slots; NaN if it is the first one and out of order. */
function sumOf(column: Float64Array, from: number, to: number, first: number | undefined): number {
  let sum = 0;
  if (first === undefined) for (let slot = from; slot < to; slot++) sum += column[slot];
  else
    for (let slot = from, n = first; slot < to; slot++, n++) {
      if (column[slot] !== n) return NaN;
      sum += n;
    }
  return sum;
}

function fill(column: Float64Array, from: number, to: number, first: number): void {
  for (let slot = from, n = first; slot < to; slot++, n++) column[slot] = n;
}

function start({ role, width, count, ring: handle, port }: WideData): void {
  const sums = new Sums(count, width);
  let next = 0;
  if (handle === undefined) {
    if (role === 'producer') {
      onGo(() => {
        for (const end = next + count; next < end; next += BATCH) {
          const message = new Float64Array(width * BATCH);
          for (let k = 0; k < width; k++) fill(message, k * BATCH, (k + 1) * BATCH, next + k);
          port!.postMessage(message);
        }
      });
    } else {
      port!.on('message', (message: Float64Array) => {
        let sum = 0;
        for (let k = 0; k < width; k++)
          sum += sumOf(message, k * BATCH, (k + 1) * BATCH, k === 0 ? sums.next : undefined);
        sums.add(BATCH, sum);
      });
      ready();
    }
    return;
  }
  const ring = openRing(handle, wideEvent(width));
  if (role === 'producer') {
    const producer = ring.openProducer();
    onGo(() => {
      for (const end = next + count; next < end; next += BATCH) {
        const claim = producer.claim(BATCH);
        const columns = Object.values(claim.columns) as Float64Array[];
        let offset = next;
        for (const { from, to } of claim.spans) {
          for (let k = 0; k < width; k++) fill(columns[k], from, to, offset + k);
          offset += to - from;
        }
        claim.commit();
      }
    });
  } else {
    const consumer = ring.openConsumer('reader');
    ready();
    for (const batch of consumer) {
      const columns = Object.values(batch.columns) as Float64Array[];
      let sum = 0;
      let first = sums.next;
      for (const { from, to } of batch.spans) {
        for (let k = 0; k < width; k++) sum += sumOf(columns[k], from, to, k === 0 ? first : undefined);
        first += to - from;
      }
      sums.add(batch.length, sum);
    }
  }
}

start(workerData as WideData);
