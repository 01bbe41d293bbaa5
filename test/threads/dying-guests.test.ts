/** Guests that are terminated while they have an event in hand. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createRing, type Recovery } from 'slipring';
import { supervise } from 'slipring/node';
import { describe, expect, it } from 'vitest';
import { type DyingGuestData, Slow } from '../../workers/test-dying-guests.js';
import { worker as workerFile } from './calls.js';

const fill = (event: { n: number }, n: number): void => void (event.n = n);

/** A full ring of 2, whose oldest event nobody but a guest has in hand any more. */
async function withGuest(comes: DyingGuestData['comes']) {
  const ring = createRing(Slow, {
    capacity: 2,
    consumers: ['first'],
    spareSeats: 1,
    spareWorkers: 2,
    spareLossySeats: 1,
  });
  const producer = ring.openProducer({ timeoutMs: 10_000 });
  const first = ring.openConsumer('first');
  const guest = new Worker(workerFile('test-dying-guests'), {
    workerData: { ring: ring.handle, comes } satisfies DyingGuestData,
  });
  const { done } = supervise(guest, ring);
  if (comes === 'observer') await once(guest, 'message');
  const here = once(guest, 'message');
  producer.publish(fill, 1);
  await here;
  producer.publish(fill, 2);
  first.poll(() => {});
  expect(producer.tryPublish(fill, 3)).toBeUndefined();
  await guest.terminate();
  const found: readonly Recovery[] = await done;
  return { ring, producer, found };
}

describe('a guest that is terminated', () => {
  it('as an observer that copies: is gone, and holds nobody up', async () => {
    const { ring, producer, found } = await withGuest('observer');
    expect(found).toMatchObject([{ seat: { kind: 'consumer', name: '' }, found: 'detached', first: 0 }]);
    producer.publish(fill, 3);
    ring.observe()[Symbol.dispose]();
  });

  it.each(['lossy', 'group'] as const)(
    'as a worker, %s: its event goes to the next, marked, who can take the group out',
    async (comes) => {
      const { ring, producer, found } = await withGuest(comes);
      const kind = comes === 'lossy' ? 'consumer' : 'worker';
      expect(found).toMatchObject([
        { seat: { kind, name: 'guest' }, found: 'redelivered', first: 0, end: 1 },
      ]);
      const next = ring.openConsumer('guest' as 'first');
      const seen: [number, boolean][] = [];
      next.poll(({ n }) => void seen.push([n, next.redelivered]), { max: 1 });
      expect(seen).toEqual([[1, true]]);
      producer.publish(fill, 3);
      next.leave();
      expect(ring.consumerNames).toEqual(['first']);
    },
  );
});
