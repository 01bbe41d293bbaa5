/** One thread of many short rings: publishes into each until it ends, reads each to its end, or ends each. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRing, type Ring, type RingHandle, type WaitMode } from 'slipring';
import { checkTrade, fillTrade, Trade, type TradeFields } from './trade.js';

export interface RoundsData {
  readonly rings: readonly RingHandle[];
  readonly role: 'produce' | 'consume' | 'close' | 'abort';
  readonly name?: string;
  readonly wait: WaitMode;
  readonly first: number;
}

/** How one ring went: how many events were published or seen, and the error that ended it. */
export interface Round {
  readonly count: number;
  readonly code?: string;
  readonly message?: string;
}

const { rings, role, name, wait, first } = workerData as RoundsData;

/** Publishes in all ways, until the ring ends. */
function produce(ring: Ring<TradeFields>, count: () => void): void {
  using producer = ring.openProducer({ wait });
  for (let n = 0; ; n++) {
    if (n % 3 === 2) {
      const claim = producer.claim(ring.capacity);
      let sequence = claim.first;
      for (const trade of claim) fillTrade(trade, sequence++);
      claim.commit();
      for (let i = 0; i < claim.length; i++) count();
    } else {
      producer.publish(fillTrade, producer.next);
      count();
    }
  }
}

function consume(ring: Ring<TradeFields>, count: () => void): void {
  using consumer = ring.openConsumer(name!, { wait });
  let expected = consumer.next;
  consumer.run((trade, sequence) => {
    if (sequence !== expected++) throw new Error(`${sequence} came for ${expected - 1}`);
    checkTrade(trade, sequence);
    count();
  });
}

function end(ring: Ring<TradeFields>, round: number): void {
  ring.processed(first + (round % 17), { wait });
  if (role === 'close') ring.close();
  else ring.abort(`round ${round}`);
}

const rounds = rings.map((handle, round): Round => {
  const ring = openRing(handle, Trade);
  let seen = 0;
  const count = (): void => void seen++;
  try {
    if (role === 'produce') produce(ring, count);
    else if (role === 'consume') consume(ring, count);
    else end(ring, round);
    return { count: seen };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { count: seen, code: code ?? 'none', message };
  }
});
parentPort!.postMessage(rounds);
