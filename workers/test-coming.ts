/** One thread of a test in which consumers, workers and producers come and go while events flow: a consumer that stays, joins or works. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Consumer, openRing, type RingHandle, SlipringError, type WaitMode } from 'slipring';
import { checkMarked, Marked, type MarkedFields } from './marked.js';

export interface ComingData {
  readonly ring: RingHandle;
  readonly name: string;
  /** In its seat to the end; or joins, and leaves for good; or takes a worker's seat, and leaves it: over and over. */
  readonly does: 'stay' | 'join' | 'work';
  readonly wait: WaitMode;
  /** Events after which it leaves. */
  readonly stay: number;
  /** Where it joins; unless given, now and at the oldest in turn. */
  readonly start?: 'oldest';
  /** A word that it raises when it has joined for the first time. */
  readonly joined: Int32Array;
}

/** What was seen in one stay: sequences, and who published what there. */
export interface Stay {
  readonly first: number;
  readonly seen: [sequence: number, id: number][];
  readonly left: boolean;
}

const data = workerData as ComingData;
const ring = openRing(data.ring, Marked);
const stays: Stay[] = [];

function come(): Consumer<MarkedFields> {
  const { name, does, wait, start } = data;
  if (does !== 'join') return ring.openConsumer(name, { wait });
  return ring.join(name, { wait, start: start ?? (stays.length % 2 === 0 ? 'now' : 'oldest') });
}

/** Also when another worker has this one's seat for a while, with what was left in it. */
function comeWhenFree(): Consumer<MarkedFields> {
  for (;;) {
    try {
      return come();
    } catch (error) {
      if (!(error instanceof SlipringError) || error.code !== 'ERR_SEAT_TAKEN') throw error;
    }
  }
}

function stay(consumer: Consumer<MarkedFields>): Stay {
  const seen: [number, number][] = [];
  const { next: first } = consumer;
  for (const batch of consumer.batches({ max: 4 })) {
    let sequence = batch.first;
    for (const marked of batch) {
      // Before it is handled: the event in hand is not released, and somebody else's.
      if (seen.length === data.stay) return { first, seen, left: true };
      seen.push([sequence++, checkMarked(marked)]);
    }
  }
  return { first, seen, left: false };
}

do {
  using consumer = comeWhenFree();
  Atomics.store(data.joined, 0, 1);
  Atomics.notify(data.joined, 0);
  stays.push(stay(consumer));
} while (stays.at(-1)!.left);
parentPort!.postMessage(stays);
