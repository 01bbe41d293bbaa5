/** A thread that takes a seat and dies in one of the ways that a worker can. */
import { parentPort, workerData } from 'node:worker_threads';
import { event, openRing, type RingHandle, u32 } from 'slipring';

export const Tick = event({ n: u32 });

/** Where it waits to be terminated, or how it dies by itself. */
export type Death =
  | 'in a spin'
  | 'in a park'
  | 'in a handler'
  | 'between claim and publish'
  | 'in a fill'
  | 'uncaught throw'
  | 'unhandled rejection'
  | 'process.exit'
  | 'heap limit'
  | 'at its end';

export interface DeathData {
  readonly ring: RingHandle;
  readonly death: Death;
  /** The consumer that it is, unless it dies as a producer. */
  readonly name: string;
}

/** Says that it is where it shall die. */
function here(): void {
  parentPort!.postMessage('here');
}

/** Sleeps until it is terminated. */
function stay(): void {
  here();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function fillHeap(): void {
  const kept: unknown[] = [];
  for (;;) kept.push({ a: kept.length, b: [kept.length] });
}

// Not when a test imports the types.
if (parentPort !== null && workerData !== null) {
  const { ring: handle, death, name } = workerData as DeathData;
  const ring = openRing(handle, Tick);
  /** Handles two events, and dies with the third in hand. */
  const dieHandling = (die: () => void): void => {
    const consumer = ring.openConsumer(name);
    consumer.run((_tick, sequence) => {
      if (sequence === 2) die();
      consumer.releaseUpTo(sequence);
    });
  };
  switch (death) {
    case 'in a spin':
    case 'in a park': {
      const consumer = ring.openConsumer(name);
      consumer.poll(() => {}, { max: 2 });
      while (consumer.poll(() => {}) > 0);
      here();
      consumer.run(() => {}, { wait: death === 'in a spin' ? 'spin' : 'park' });
      break;
    }
    case 'in a handler':
      dieHandling(stay);
      break;
    case 'between claim and publish': {
      const claim = ring.openProducer().claim(2);
      for (const { from, to } of claim.spans) claim.columns.n.fill(99, from, to);
      stay();
      break;
    }
    case 'in a fill':
      ring.openProducer().publish(stay);
      break;
    case 'uncaught throw':
      dieHandling(() => {
        throw new Error('uncaught');
      });
      break;
    case 'unhandled rejection':
      void ring.openConsumer(name).runAsync((_tick, sequence) => {
        if (sequence === 2) throw new Error('nobody handles this');
      });
      break;
    case 'process.exit':
      dieHandling(() => process.exit(3));
      break;
    case 'heap limit':
      dieHandling(fillHeap);
      break;
    case 'at its end':
      ring.openConsumer(name).poll(() => {}, { max: 2 });
      break;
  }
}
