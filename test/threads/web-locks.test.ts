/** A worker's lock, where the platform has some: Node has from 24 on. */
import { Worker } from 'node:worker_threads';
import { createRing, PlatformError } from 'slipring';
import { holdLock, type LockMark, superviseLock } from 'slipring/web';
import { expect, it } from 'vitest';
import { Trade } from '../../workers/trade.js';
import { expectRefusal, rejectionOf } from '../unit/support.js';
import { worker as workerFile } from './calls.js';

const hasLocks = (globalThis as { navigator?: { locks?: unknown } }).navigator?.locks !== undefined;
const ring = createRing(Trade, { capacity: 4, consumers: ['only'] });

if (hasLocks) {
  it('comes free when it is terminated, and its seat is recovered', async () => {
    const worker = new Worker(workerFile('test-lock'), { workerData: { ring: ring.handle } });
    const mark = await new Promise<LockMark>((resolve) => worker.once('message', resolve));
    const { done } = superviseLock(mark, ring, { graceMs: 10 });
    expect(ring.seats()[1]).toMatchObject({ state: 'taken', owner: worker.threadId });
    await worker.terminate();
    expect(await done).toMatchObject([{ seat: { name: 'only' }, found: 'held' }]);
  });
} else {
  it('is refused where there are none', async () => {
    expectRefusal(await rejectionOf(holdLock(ring)), PlatformError, 'ERR_NO_LOCKS');
  });
}
