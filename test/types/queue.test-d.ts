import { cancelToken, type Codec, type Recovery } from 'slipring';
import { supervise } from 'slipring/node';
import {
  createPermits,
  createQueue,
  type Holder,
  openPermits,
  openQueue,
  type Permit,
  type Permits,
  type PermitsHandle,
  type QueueHandle,
  type SharedQueue,
} from 'slipring/queue';
import { describe, expectTypeOf, it } from 'vitest';

interface Job {
  readonly id: number;
}
declare const codec: Codec<Job>;
declare const signal: AbortSignal;
declare const worker: Parameters<typeof supervise>[0];
const _jobs = () => createQueue<Job>({ capacity: 8 });
const _permits = () => createPermits(2);

describe('a queue', () => {
  it('is of what it is told, of numbers, of what its codec says, or of anything', () => {
    expectTypeOf<ReturnType<typeof _jobs>>().toEqualTypeOf<SharedQueue<Job>>();
    const _numbers = () => createQueue({ capacity: 8, values: 'number' });
    expectTypeOf<ReturnType<typeof _numbers>>().toEqualTypeOf<SharedQueue<number>>();
    const _coded = () => createQueue({ capacity: 8, values: codec });
    expectTypeOf<ReturnType<typeof _coded>>().toEqualTypeOf<SharedQueue<Job>>();
    const _any = () => createQueue({ capacity: 8 });
    expectTypeOf<ReturnType<typeof _any>>().toEqualTypeOf<SharedQueue<unknown>>();
    const _opened = (handle: QueueHandle) => openQueue<Job>(handle);
    expectTypeOf<ReturnType<typeof _opened>>().toEqualTypeOf<SharedQueue<Job>>();
    // @ts-expect-error a text in numbers
    const _text = () => createQueue({ capacity: 8, values: 'number' }).put('1');
    // @ts-expect-error another value
    const _other = () => _jobs().put({ id: '1' });
    // @ts-expect-error its ring's handle is not the queue's
    const _ring = () => openQueue(_jobs().ring.handle);
    // @ts-expect-error no such policy
    const _policy = () => createQueue({ capacity: 8, whenFull: 'wait' });
  });

  it('gives the values that were put, one or many, now or on an event loop', () => {
    type Queue = SharedQueue<Job>;
    expectTypeOf<ReturnType<Queue['get']>>().toEqualTypeOf<Job>();
    expectTypeOf<ReturnType<Queue['tryGet']>>().toEqualTypeOf<Job | undefined>();
    expectTypeOf<ReturnType<Queue['getAsync']>>().toEqualTypeOf<Promise<Job>>();
    expectTypeOf<ReturnType<Queue['getMany']>>().toEqualTypeOf<Job[]>();
    expectTypeOf<ReturnType<Queue['getManyAsync']>>().toEqualTypeOf<Promise<Job[]>>();
    expectTypeOf<ReturnType<Queue['put']>>().toEqualTypeOf<boolean>();
    expectTypeOf<ReturnType<Queue['putMany']>>().toEqualTypeOf<number>();
    const _loops = async (queue: Queue) => {
      for (const job of queue) expectTypeOf(job).toEqualTypeOf<Job>();
      for await (const job of queue) expectTypeOf(job).toEqualTypeOf<Job>();
    };
    expectTypeOf(_loops).toBeFunction();
  });

  it('takes what ends a wait where it can: a token in a thread, a signal on an event loop', () => {
    const _waits = (queue: SharedQueue<Job>) => {
      queue.get({ timeoutMs: 1, cancel: cancelToken(queue.ring), wait: 'park' });
      void queue.getAsync({ timeoutMs: 1, signal });
      // @ts-expect-error a signal cannot fire in a parked thread
      queue.get({ signal });
      // @ts-expect-error a token cannot end a wait on an event loop
      void queue.putAsync({ id: 1 }, { cancel: cancelToken(queue.ring) });
      // @ts-expect-error never waits
      queue.tryPut({ id: 1 }, { timeoutMs: 1 });
    };
    expectTypeOf(_waits).toBeFunction();
  });
});

describe('permits', () => {
  it('are acquired by name, and used', () => {
    expectTypeOf<ReturnType<typeof _permits>>().toEqualTypeOf<Permits>();
    expectTypeOf<ReturnType<Permits['acquire']>>().toEqualTypeOf<Permit>();
    expectTypeOf<ReturnType<Permits['tryAcquire']>>().toEqualTypeOf<Permit | undefined>();
    expectTypeOf<ReturnType<Permits['acquireAsync']>>().toEqualTypeOf<Promise<Permit>>();
    expectTypeOf<ReturnType<Permits['holders']>>().toEqualTypeOf<Holder[]>();
    expectTypeOf<ReturnType<Permits['declareThreadDead']>>().toEqualTypeOf<Recovery[]>();
    expectTypeOf<Permit>().toExtend<Disposable>();
    const _open = (handle: PermitsHandle) => openPermits(handle);
    expectTypeOf<ReturnType<typeof _open>>().toEqualTypeOf<Permits>();
    // @ts-expect-error without a name
    const _nobody = () => _permits().acquire();
    // @ts-expect-error a queue's handle
    const _queue = () => openPermits(_jobs().handle);
  });

  it('go where rings go: to tokens and to supervise', () => {
    const _both = (permits: Permits, queue: SharedQueue<Job>) => {
      const cancel = cancelToken(queue.ring, permits);
      permits.acquire('a', { cancel, timeoutMs: 1 });
      void permits.acquireAsync('a', { signal });
      supervise(worker, queue.ring, permits, { onRecovery: ({ seat }) => void seat.name });
      // @ts-expect-error a signal cannot fire in a parked thread
      permits.acquire('a', { signal });
    };
    expectTypeOf(_both).toBeFunction();
  });
});
