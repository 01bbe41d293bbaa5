import type { Worker } from 'node:worker_threads';
import { createRing, event, f64, type Recovery, type Seat } from 'slipring';
import { supervise, type Supervision } from 'slipring/node';
import { type LockMark, superviseLock } from 'slipring/web';
import { expectTypeOf, it } from 'vitest';

const Trade = event({ price: f64 });
const ring = createRing(Trade, { capacity: 8, consumers: ['a'] });
declare const worker: Worker;
declare const mark: LockMark;

it('takes rings, or seats, of any event', () => {
  const other = createRing(event({ n: f64 }), { capacity: 8, consumers: ['b'] });
  expectTypeOf(supervise(worker, ring, other)).toEqualTypeOf<Supervision>();
  supervise(worker, ...ring.seats());
  supervise(worker, ring, { onRecovery: (recovery) => expectTypeOf(recovery).toEqualTypeOf<Recovery>() });
  // @ts-expect-error no worker
  supervise(ring);
  // @ts-expect-error no ring
  supervise(worker, 'a');
  superviseLock(mark, ring, { graceMs: 1 });
});

it('tells what it found', () => {
  expectTypeOf(supervise(worker, ring).done).resolves.toEqualTypeOf<readonly Recovery[]>();
  expectTypeOf(ring.seats()).toEqualTypeOf<Seat[]>();
  expectTypeOf(ring.declareDead(ring.seats()[0])).toEqualTypeOf<Recovery>();
});
