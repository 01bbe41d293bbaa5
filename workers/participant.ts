/** One thread of a test: a producer that publishes what follows from the sequence, or a consumer that checks every event of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Consumer, openRing, type Producer, type RingHandle, type WaitMode } from 'slipring';
import { checkTrade, fillTrade, Trade, type TradeFields } from './trade.js';

/** How a thread waits. */
export type Waiting = WaitMode | 'async';

export interface ParticipantData {
  ring: RingHandle;
  /** The consumer's name; none for the producer. */
  name?: string;
  waiting: Waiting;
  /** Events the producer publishes, or the consumer must see. */
  count: number;
  /** Producer: events a claim; 1 publishes one by one. Consumer: bound of a batch, 0 for none. */
  batch: number;
  /** The producer waits, after every so many events, until all consumers are done with them: then both sides were asleep. */
  lockstep?: number;
  /** The producer closes the ring when it is done. */
  close: boolean;
}

const data = workerData as ParticipantData;
const ring = openRing(data.ring, Trade);

async function produce(producer: Producer<TradeFields>): Promise<number> {
  const first = producer.next;
  const end = first + data.count;
  while (producer.next < end) {
    const sequence = producer.next;
    if (data.batch > 1) {
      const length = Math.min(data.batch, end - sequence);
      const claim = data.waiting === 'async' ? await producer.claimAsync(length) : producer.claim(length);
      let n = sequence;
      for (const trade of claim) fillTrade(trade, n++);
      claim.commit();
    } else if (data.waiting === 'async') {
      await producer.publishAsync(fillTrade, sequence);
    } else {
      producer.publish(fillTrade, sequence);
    }
    if (data.lockstep !== undefined && (producer.next - first) % data.lockstep === 0) {
      if (data.waiting === 'async') await ring.processedAsync(producer.next - 1);
      else ring.processed(producer.next - 1, { wait: data.waiting });
    }
  }
  if (data.close) ring.close();
  return producer.next - first;
}

async function consume(consumer: Consumer<TradeFields>): Promise<number> {
  let expected = consumer.next;
  const last = expected + data.count - 1;
  const options = data.batch > 0 ? { max: data.batch } : {};
  const check = (trade: Parameters<typeof checkTrade>[0], sequence: number): void => {
    if (sequence !== expected) throw new Error(`expected sequence ${expected}, got ${sequence}`);
    if (sequence > last) throw new Error(`sequence ${sequence} was never published`);
    checkTrade(trade, sequence);
    expected++;
  };
  return data.waiting === 'async' ? consumer.runAsync(check, options) : consumer.run(check, options);
}

const waiting = data.waiting === 'async' ? {} : { wait: data.waiting };
const seen =
  data.name === undefined
    ? await produce(ring.openProducer(waiting))
    : await consume(ring.openConsumer(data.name, waiting));
parentPort!.postMessage(seen);
