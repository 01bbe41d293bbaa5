/** One thread of a test with several producers: one of them, or a consumer that tells what it saw. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Consumer, openRing, type Producer, type RingHandle } from 'slipring';
import { checkMarked, fillMarked, Marked, type MarkedFields } from './marked.js';
import type { Waiting } from './participant.js';

export type MarkedData = { ring: RingHandle; waiting: Waiting } & (
  | {
      /** Which producer this is. */
      producer: number;
      /** Events to publish. */
      count: number;
      /** Longest claim: 1 publishes one by one, more claims 1, 2 … of them and starts again. Now and then a claim is given up. */
      longest: number;
      /** Leaves its seat and takes one again, after every so many events. */
      stay: number;
    }
  | {
      /** The consumer's name. */
      name: string;
      /** Bound of a batch. */
      max: number;
    }
);

const data = workerData as MarkedData;
const ring = openRing(data.ring, Marked);
const waiting = data.waiting === 'async' ? {} : { wait: data.waiting };
const GIVEN_UP_EVERY = 11;

async function publishOne(producer: Producer<MarkedFields>, who: number, number: number): Promise<void> {
  if (data.waiting === 'async') await producer.publishAsync(fillMarked, who, number);
  else producer.publish(fillMarked, who, number);
}

async function publishClaim(
  producer: Producer<MarkedFields>,
  who: number,
  number: number,
  length: number,
): Promise<void> {
  const claim = data.waiting === 'async' ? await producer.claimAsync(length) : producer.claim(length);
  let next = number;
  for (const marked of claim) fillMarked(marked, who, next++);
  claim.commit();
}

async function giveUp(producer: Producer<MarkedFields>, length: number): Promise<void> {
  using claim = data.waiting === 'async' ? await producer.claimAsync(length) : producer.claim(length);
  for (const marked of claim) fillMarked(marked, 77, 77);
}

async function produce(who: number, count: number, longest: number, stay: number): Promise<number> {
  let producer = ring.openProducer(waiting);
  let claims = 0;
  for (let number = 0, leaveAt = stay; number < count;) {
    const length = Math.min(1 + (claims++ % longest), count - number);
    if (longest === 1) await publishOne(producer, who, number);
    else await publishClaim(producer, who, number, length);
    number += length;
    if (claims % GIVEN_UP_EVERY === 0) await giveUp(producer, length);
    if (number >= leaveAt) {
      producer[Symbol.dispose]();
      producer = ring.openProducer(waiting);
      leaveAt += stay;
    }
  }
  producer[Symbol.dispose]();
  return count;
}

async function consume(consumer: Consumer<MarkedFields>, max: number): Promise<number[]> {
  const seen: number[] = [];
  let next = consumer.next;
  const note = (marked: Parameters<typeof checkMarked>[0], sequence: number): void => {
    if (sequence < next) throw new Error(`sequence ${sequence} came after ${next - 1}`);
    next = sequence + 1;
    seen.push(checkMarked(marked));
  };
  const handled =
    data.waiting === 'async' ? await consumer.runAsync(note, { max }) : consumer.run(note, { max });
  if (handled !== seen.length) throw new Error(`${seen.length} events were seen, ${handled} are said to be`);
  return seen;
}

parentPort!.postMessage(
  'name' in data
    ? await consume(ring.openConsumer(data.name, waiting), data.max)
    : await produce(data.producer, data.count, data.longest, data.stay),
);
