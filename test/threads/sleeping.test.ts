import { createRing } from 'slipring';
import { afterEach, describe, expect, it } from 'vitest';
import { ASLEEP, DONE, LOOKS, type LooksData, SLEEPS } from '../../workers/test-looks.js';
import { checkTrade, fillTrade, Trade } from '../../workers/trade.js';
import { parkableWords, until, worker } from './calls.js';
import { start } from './run.js';

const first = 2 ** 30 - 2;
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function newRing(capacity: number) {
  const ring = createRing(Trade, {
    capacity,
    consumers: { slow: {}, behind: { after: ['slow'] } },
    firstSequence: first,
  });
  return { ring, ...parkableWords(ring) };
}

/** A thread that counts its looks. */
function looking(data: Omit<LooksData, 'counts'>) {
  const counts = new Int32Array(new SharedArrayBuffer(16));
  const thread = start(worker('test-looks'), { ...data, counts: counts.buffer });
  ends.push(() => thread.worker.terminate());
  const count = (word: number): number => Atomics.load(counts, word);
  return {
    count,
    next: () => thread.next(),
    asleep: () => until(() => count(ASLEEP) === 1),
    /** Whatever happens in `meanwhile`, and in some turns of this thread's loop, the sleeper sleeps on and looks at nothing. */
    async sleepsThrough(meanwhile: () => void): Promise<void> {
      const [looks, sleeps] = [count(LOOKS), count(SLEEPS)];
      meanwhile();
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect([count(ASLEEP), count(LOOKS), count(SLEEPS)]).toEqual([1, looks, sleeps]);
    },
  };
}

describe.each(['park', 'spin-park'] as const)('B-10, B-11: waiting by %s', (wait) => {
  it('a stage behind a slow stage sleeps through everything that is published, and wakes once for each step of that stage', async () => {
    const { ring, parked } = newRing(8);
    const producer = ring.openProducer();
    const slow = ring.openConsumer('slow');
    const behind = looking({ ring: ring.handle, does: 'consume', name: 'behind', wait, count: 0 });
    await behind.asleep();
    expect([parked('cursor'), parked('slow')]).toEqual([false, true]);
    await behind.sleepsThrough(() => {
      for (let n = 0; n < 8; n++) producer.tryPublish(fillTrade, first + n);
    });
    expect(parked('cursor')).toBe(false);
    for (let n = 1; n <= 8; n++) {
      const sleeps = behind.count(SLEEPS);
      expect(slow.poll(checkTrade, { max: 1 })).toBe(1);
      await until(() => behind.count(DONE) === n && behind.count(SLEEPS) > sleeps);
      await behind.asleep();
      expect(behind.count(SLEEPS)).toBe(sleeps + 1);
    }
    await behind.sleepsThrough(() => {
      for (let n = 8; n < 16; n++) producer.tryPublish(fillTrade, first + n);
    });
    ring.close();
    slow.run(checkTrade);
    expect(await behind.next()).toBe('done');
    expect(behind.count(DONE)).toBe(16);
  });

  it('an idle consumer sleeps until something is published', async () => {
    const { ring, parked } = newRing(2);
    const slow = looking({ ring: ring.handle, does: 'consume', name: 'slow', wait, count: 0 });
    await slow.asleep();
    await slow.sleepsThrough(() => {
      expect(ring.snapshot().published).toBe(first);
      expect(ring.openConsumer('behind').poll(checkTrade)).toBe(0);
    });
    expect(parked('cursor')).toBe(true);
    ring.openProducer().tryPublish(fillTrade, first);
    await until(() => slow.count(DONE) === 1);
  });

  it('a producer that is blocked sleeps until the slowest consumer moves', async () => {
    const { ring } = newRing(2);
    // Opened first: taking a seat wakes whoever sleeps on it, once.
    const [slow, behind] = [ring.openConsumer('slow'), ring.openConsumer('behind')];
    const blocked = looking({ ring: ring.handle, does: 'produce', wait, count: 3 });
    await until(() => blocked.count(DONE) === 2);
    await blocked.asleep();
    await blocked.sleepsThrough(() => ring.snapshot());
    expect(slow.poll(checkTrade)).toBe(2);
    await until(() => blocked.count(SLEEPS) === 2);
    await blocked.asleep();
    await blocked.sleepsThrough(() => ring.snapshot());
    expect(behind.poll(checkTrade)).toBe(2);
    expect(await blocked.next()).toBe('done');
  });

  it('who waits for the ring to be drained sleeps through all its traffic', async () => {
    const { ring } = newRing(2);
    const waiting = looking({ ring: ring.handle, does: 'drained', wait, count: 0 });
    await waiting.asleep();
    const producer = ring.openProducer();
    const [slow, behind] = [ring.openConsumer('slow'), ring.openConsumer('behind')];
    await waiting.sleepsThrough(() => {
      for (let n = 0; n < 100; n++) {
        producer.tryPublish(fillTrade, first + n);
        expect(slow.poll(checkTrade) + behind.poll(checkTrade)).toBe(2);
      }
    });
    ring.close();
    expect(await waiting.next()).toBe('done');
  });
});
