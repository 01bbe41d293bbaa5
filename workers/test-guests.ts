/** A thread that looks on at a ring, or brings groups in and takes them out, and checks every event that it gets. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { checkTrade, Trade } from './trade.js';

export interface GuestData {
  readonly ring: RingHandle;
  readonly does: 'observe' | 'come and go';
}

/** What an observer, or all groups together, got. */
export interface GuestReport {
  readonly first: number;
  readonly seen: number;
  readonly missed: number;
}

const { ring: handle, does } = workerData as GuestData;
const ring = openRing(handle, Trade);

function observe(): GuestReport {
  const observer = ring.observe({ wait: 'park' });
  const first = observer.next;
  let last = first - 1;
  const seen = observer.run((trade, sequence) => {
    if (sequence <= last) throw new Error(`sequence ${sequence} came after ${last}`);
    last = sequence;
    checkTrade({ ...trade, toObject: () => trade }, sequence);
  });
  return { first, seen, missed: observer.missed };
}

/** Groups of two workers, one after another, until the ring is closed; each leaves with events in hand. */
function comeAndGo(): GuestReport {
  let seen = 0;
  for (let turn = 0; !ring.closed; turn++) {
    const joiner = ring.join('guests', { workers: 2, start: turn % 2 === 0 ? 'now' : 'oldest' });
    const other = ring.openConsumer('guests');
    let next = joiner.next;
    for (const worker of [joiner, other, joiner]) {
      worker.poll((trade, sequence) => {
        if (sequence < next) throw new Error(`sequence ${sequence} came a second time`);
        next = sequence + 1;
        checkTrade(trade, sequence);
        seen++;
      });
    }
    if (!ring.closed) joiner.take({ wait: 'park' });
    joiner[Symbol.dispose]();
    other.leave();
  }
  return { first: 0, seen, missed: 0 };
}

parentPort!.postMessage(does === 'observe' ? observe() : comeAndGo());
