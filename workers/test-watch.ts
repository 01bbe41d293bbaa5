/** A thread that asks a ring how it stands, again and again until it is drained, and reports what was out of bounds. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { Trade } from './trade.js';

export interface WatchData {
  readonly ring: RingHandle;
  /** No position is below the one or above the other. */
  readonly first: number;
  readonly last: number;
}

export interface Watched {
  readonly snapshots: number;
  readonly wrong: readonly string[];
}

const { ring: handle, first, last } = workerData as WatchData;
const ring = openRing(handle, Trade);
const { capacity } = ring;
const wrong: string[] = [];
let snapshots = 0;
let published = first;

/** A number that must lie between two others. */
function within(name: string, value: number, from: number, to: number): void {
  if (!(value >= from && value <= to)) wrong.push(`${name} is ${value}, not ${from} to ${to}`);
}

for (let over = false; !over && wrong.length === 0;) {
  const snapshot = ring.snapshot();
  snapshots++;
  within('published', snapshot.published, published, last);
  published = snapshot.published;
  for (const { name, position, lag } of snapshot.consumers) {
    within(`lag of ${name}`, lag, 0, capacity);
    within(`position of ${name}`, position, first, snapshot.published);
    if (position + lag !== snapshot.published)
      wrong.push(`${name}: ${position} + ${lag} is not ${published}`);
  }
  within('remaining', ring.remaining, 0, capacity);
  over = snapshot.closed && snapshot.consumers.every(({ lag }) => lag === 0);
}
parentPort!.postMessage({ snapshots, wrong } satisfies Watched);
