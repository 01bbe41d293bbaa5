/** One thread of a test: makes the calls it is given, one after another, and reports how each ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CancelHandle, openCancelToken, openRing, type RingHandle, type WaitMode } from 'slipring';
import { checkTrade, fillTrade, Trade } from './trade.js';

/** A call, by the seat or ring that it is made on. */
export interface Call {
  readonly do:
    | 'take'
    | 'run'
    | 'iterate'
    | 'publish'
    | 'claim'
    | 'publishBatch'
    | 'drained'
    | 'processed'
    | 'cancel'
    | 'close'
    | 'abort';
  /** Sequence for `processed`, number of events for the producer's calls, reason for `abort`. */
  readonly with?: number | string;
  readonly timeoutMs?: number;
}

export interface CallsData {
  readonly ring: RingHandle;
  /** The consumer's name; none for a producer, or for nobody in particular. */
  readonly name?: string;
  readonly cancel?: CancelHandle;
  readonly wait?: WaitMode;
  readonly calls: readonly Call[];
}

/** What a call returned, or threw. */
export interface Ended {
  readonly value?: number;
  readonly code?: string;
  readonly message?: string;
}

const data = workerData as CallsData;
const ring = openRing(data.ring, Trade);
const cancel = data.cancel === undefined ? undefined : openCancelToken(data.cancel);

function make({ do: call, with: argument = 1, timeoutMs }: Call): number {
  const options = {
    ...(cancel === undefined ? {} : { cancel }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    wait: data.wait ?? ('park' as const),
  };
  const amount = Number(argument);
  let seen = 0;
  switch (call) {
    case 'take': {
      using consumer = ring.openConsumer(data.name!);
      const batch = consumer.take(options);
      for (const trade of batch ?? []) checkTrade(trade, batch!.first + seen++);
      batch?.release();
      return seen;
    }
    case 'run': {
      using consumer = ring.openConsumer(data.name!);
      return consumer.run(checkTrade, options);
    }
    case 'iterate': {
      using consumer = ring.openConsumer(data.name!);
      for (const batch of consumer.batches(options)) {
        let sequence = batch.first;
        for (const trade of batch) checkTrade(trade, sequence++);
        seen += batch.length;
      }
      return seen;
    }
    case 'publish': {
      using producer = ring.openProducer(options);
      for (; seen < amount; seen++) producer.publish(fillTrade, producer.next);
      return seen;
    }
    case 'claim': {
      using producer = ring.openProducer();
      const claim = producer.claim(amount, options);
      for (const trade of claim) fillTrade(trade, claim.first + seen++);
      return claim.commit() - claim.first + 1;
    }
    case 'publishBatch': {
      using producer = ring.openProducer();
      const first = producer.next;
      const sequences = Array.from({ length: amount }, (_, i) => first + i);
      return producer.publishBatch(sequences, fillTrade, options)! - first + 1;
    }
    case 'drained':
      ring.drained(options);
      return 0;
    case 'processed':
      ring.processed(amount, options);
      return 0;
    case 'cancel':
      cancel!.cancel();
      return 0;
    case 'close':
      ring.close();
      return 0;
    case 'abort':
      ring.abort(argument);
      return 0;
  }
}

for (const call of data.calls) {
  let ended: Ended;
  try {
    ended = { value: make(call) };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    ended = { code, message };
  }
  parentPort!.postMessage(ended);
}
