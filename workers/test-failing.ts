/** One thread of a test in which handlers throw: a consumer whose handler does, or a producer that is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { ConsumerFailedError, type OnError, openRing, type RingHandle } from 'slipring';
import { checkMarked, fillMarked, Marked, type MarkedFields } from './marked.js';

export type FailingData = { readonly ring: RingHandle } & (
  | {
      readonly producer: number;
      readonly count: number;
      /** A word: whoever was told of a failure goes on when it is raised. */
      readonly goOn: Int32Array;
    }
  | {
      readonly name: string;
      readonly onError: OnError<MarkedFields>;
      /** Its handler throws at each event that is a multiple of this, counted from 1 by the sequence; as often as `times` each. */
      readonly every: number;
      readonly times: number;
    }
);

/** What a producer was told, once for each time. */
export interface Told {
  readonly consumer: string;
  readonly sequence: number;
  readonly message: string;
}

/** How a run ended. */
export interface Ran {
  /** What was handled to its end. */
  readonly ids: readonly number[];
  readonly throws: number;
  readonly skipped: number;
  readonly missed: number;
  /** What came out of it. */
  readonly error: string | undefined;
}

const data = workerData as FailingData;
const ring = openRing(data.ring, Marked);

function produce(who: number, count: number, goOn: Int32Array): void {
  using producer = ring.openProducer({ wait: 'park' });
  for (let number = 0; number < count;) {
    try {
      producer.publish(fillMarked, who, number);
      number++;
    } catch (error) {
      if (!(error instanceof ConsumerFailedError)) throw error;
      const { consumer, sequence, message } = error;
      parentPort!.postMessage({ consumer, sequence, message } satisfies Told);
      Atomics.wait(goOn, 0, 0);
    }
  }
}

function consume(name: string, onError: OnError<MarkedFields>, every: number, times: number): Ran {
  using consumer = ring.openConsumer(name, { wait: 'park' });
  const ids: number[] = [];
  const thrown = new Map<number, number>();
  let throws = 0;
  let error: string | undefined;
  try {
    consumer.run(
      (marked, sequence) => {
        const before = thrown.get(sequence) ?? 0;
        if ((sequence + 1) % every === 0 && before < times) {
          thrown.set(sequence, before + 1);
          throws++;
          throw new Error(`no paper for ${sequence}`);
        }
        ids.push(checkMarked(marked));
      },
      { onError },
    );
  } catch (caught) {
    error = (caught as Error).message;
  }
  return { ids, throws, skipped: consumer.skipped, missed: consumer.missed, error };
}

if ('name' in data) {
  parentPort!.postMessage(consume(data.name, data.onError, data.every, data.times));
} else {
  produce(data.producer, data.count, data.goOn);
  parentPort!.postMessage('done');
}
