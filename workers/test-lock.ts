/** A thread that takes a seat under a lock, and sleeps. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle } from 'slipring';
import { holdLock } from 'slipring/web';
import { Trade } from './trade.js';

const ring = openRing((workerData as { ring: RingHandle }).ring, Trade);
const { mark } = await holdLock(ring);
const consumer = ring.openConsumer('only');
parentPort!.postMessage(mark);
consumer.take();
