/** The lab's threads on a ring by hand: a producer and a consumer of trades in columns, or a caller and an echo on two such rings. */
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
import { priceOf, quantityOf, sumOf } from './lab-trades.js';

export interface LabRingData extends LabData {
  role: 'producer' | 'consumer' | 'caller' | 'echo';
  ring: LabProtocol;
  /** For a caller and an echo: the way back. */
  back?: LabProtocol;
}

const { role, ring, back } = workerData as LabRingData;

function columnsOf({ buffer, capacity }: LabProtocol) {
  const start = CONTROL_WORDS * 4;
  return {
    price: new Float64Array(buffer, start, capacity),
    id: new Uint32Array(buffer, start + capacity * 8, capacity),
    quantity: new Int32Array(buffer, start + capacity * 12, capacity),
  };
}

/** Publishes the next trades one at a time, up to `end`. */
function producer(protocol: LabProtocol): (end: number) => void {
  const { id, price, quantity } = columnsOf(protocol);
  const mask = protocol.capacity - 1;
  const room = roomIn(protocol);
  const publish = publisherOf(protocol);
  let next = 0;
  return (end) => {
    while (next < end) {
      room(next + 1);
      const slot = next & mask;
      id[slot] = next;
      price[slot] = priceOf(next);
      quantity[slot] = quantityOf(next);
      publish(++next);
    }
  };
}

/** Takes the next trades, up to `end`; throws unless they are the right ones in order. */
function consumer(protocol: LabProtocol): (end: number) => void {
  const { id, price, quantity } = columnsOf(protocol);
  const { capacity } = protocol;
  const mask = capacity - 1;
  const chunk = Math.max(1, capacity >> 3);
  const look = lookerAt(protocol);
  const release = releaserOf(protocol);
  let next = 0;
  return (end) => {
    const from = next;
    let sum = 0;
    while (next < end) {
      const found = next + look(next);
      while (next < found) {
        const to = Math.min(found, next + chunk);
        for (; next < to; next++) {
          const slot = next & mask;
          if (id[slot] !== next) sum = NaN;
          sum += price[slot] + quantity[slot];
        }
        release(next);
      }
    }
    if (sum !== sumOf(from, end - from))
      throw new Error(`the trades from ${from} to ${end} add up to ${sum}`);
  };
}

if (role === 'producer' || role === 'consumer') {
  const go = role === 'producer' ? producer(ring) : consumer(ring);
  let end = 0;
  onRound((count) => go((end += count)));
} else {
  const [send, receive] =
    role === 'caller' ? [producer(ring), consumer(back!)] : [producer(back!), consumer(ring)];
  let next = 0;
  onRound((count) => {
    for (const end = next + count; next < end; next++) {
      if (role === 'caller') send(next + 1);
      receive(next + 1);
      if (role === 'echo') send(next + 1);
    }
  });
}
