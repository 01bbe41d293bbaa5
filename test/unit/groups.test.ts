/** Work groups, in one thread. */
import { describe, expect, it } from 'vitest';
import { type Consumer, createRing, event, i32 } from '../../src/index.js';

const Job = event({ n: i32 });
const fill = (job: { n: number }, n: number): void => {
  job.n = n;
};

/** Handles what there is, at most `max` events. */
function polled(worker: Consumer<{ n: typeof i32 }>, max = Infinity): number[] {
  const seen: number[] = [];
  worker.poll((job) => seen.push(job.n), { max });
  return seen;
}

describe('a group of workers', () => {
  it('gives each event to one of them', () => {
    const ring = createRing(Job, { capacity: 16, consumers: { resize: { workers: 2 } } });
    const producer = ring.openProducer();
    const [one, other] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    for (let n = 0; n < 8; n++) producer.publish(fill, n);
    const seen = [polled(one, 1), polled(other, 1), polled(one, 3)];
    for (let left = 8 - seen.flat().length; left > 0; left = 8 - seen.flat().length) seen.push(polled(other));
    expect(seen.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(ring.snapshot().consumers[0].lag).toBe(0);
  });

  it('gives a worker half of its fair share at a time, so that there is something for the others', () => {
    const ring = createRing(Job, { capacity: 64, consumers: { resize: { workers: 4 } } });
    const producer = ring.openProducer();
    const workers = Array.from({ length: 4 }, () => ring.openConsumer('resize'));
    for (let n = 0; n < 32; n++) producer.publish(fill, n);
    const shares = workers.map((worker) => worker.take()!.length);
    expect(shares).toEqual([4, 3, 3, 2]); // an eighth of 32, of 28, of 25, of 22
  });

  it('leaves nothing in the hand of a worker that is idle: another may take all that comes', () => {
    const ring = createRing(Job, { capacity: 4, consumers: { resize: { workers: 2 } } });
    const producer = ring.openProducer({ timeoutMs: 0 });
    const [idle, other] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    producer.publish(fill, 0);
    expect([polled(idle), polled(idle)]).toEqual([[0], []]);
    for (let n = 1; n < 20; n++) {
      producer.publish(fill, n);
      expect(polled(other)).toEqual([n]);
    }
  });

  it('has as many seats as it was declared with', () => {
    const ring = createRing(Job, { capacity: 4, consumers: { resize: { workers: 2 } } });
    const [one] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    expect(() => ring.openConsumer('resize')).toThrow(expect.objectContaining({ code: 'ERR_SEAT_TAKEN' }));
    one[Symbol.dispose]();
    expect(ring.openConsumer('resize').name).toBe('resize');
  });

  it('holds the producer back until the slowest of its workers is done', () => {
    const ring = createRing(Job, { capacity: 2, consumers: { resize: { workers: 2 } } });
    const producer = ring.openProducer();
    const [slow, quick] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    producer.publish(fill, 0);
    producer.publish(fill, 1);
    const batch = slow.take({ max: 1 })!;
    expect(batch.first).toBe(0);
    expect(polled(quick)).toEqual([1]);
    expect(producer.tryPublish(fill, 2)).toBeUndefined();
    batch.release();
    expect(producer.tryPublish(fill, 2)).toBe(2);
  });

  it('lets consumers after it see an event when the worker that had it is done', () => {
    const ring = createRing(Job, {
      capacity: 4,
      consumers: { resize: { workers: 2 }, store: { after: ['resize'] } },
    });
    const producer = ring.openProducer();
    const [slow, quick] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    const store = ring.openConsumer('store');
    producer.publish(fill, 0);
    producer.publish(fill, 1);
    const batch = slow.take({ max: 1 })!;
    polled(quick);
    expect(polled(store)).toEqual([]);
    batch.release();
    expect(polled(store)).toEqual([0, 1]);
  });

  it('comes after consumers, like any', () => {
    const ring = createRing(Job, {
      capacity: 4,
      consumers: { check: {}, resize: { workers: 2, after: ['check'] } },
    });
    const producer = ring.openProducer();
    const [check, worker] = [ring.openConsumer('check'), ring.openConsumer('resize')];
    producer.publish(fill, 0);
    expect(polled(worker)).toEqual([]);
    polled(check);
    expect(polled(worker)).toEqual([0]);
  });

  it('gives another worker what one left in hand, and says that it was', () => {
    const ring = createRing(Job, { capacity: 16, consumers: { resize: { workers: 2 } } });
    const producer = ring.openProducer();
    const [leaver, stayer] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    producer.publishBatch([0, 1, 2, 3, 4, 5, 6, 7], fill);
    leaver.take()!; // two of the eight: half of a fair share
    leaver[Symbol.dispose]();
    const seen: [number, boolean][] = [];
    for (let i = 0; i < 8; i++) stayer.poll((job) => seen.push([job.n, stayer.redelivered]));
    expect(seen.filter(([, again]) => again).map(([n]) => n)).toEqual([0, 1]);
    expect(seen.map(([n]) => n).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(ring.snapshot().consumers[0]).toMatchObject({
      lag: 0,
      workers: [
        { seated: false, busy: false },
        { seated: true, busy: false },
      ],
    });
  });

  it('gives what a worker left in hand to the next in its seat', () => {
    const ring = createRing(Job, { capacity: 4, consumers: { resize: { workers: 1 } } });
    ring.openProducer().publish(fill, 7);
    const leaver = ring.openConsumer('resize');
    leaver.take();
    expect(ring.snapshot().consumers[0].workers).toEqual([{ seated: true, busy: true }]);
    leaver[Symbol.dispose]();
    const next = ring.openConsumer('resize');
    expect(next.redelivered).toBe(true);
    expect(polled(next)).toEqual([7]);
  });

  it('leaves the event in hand with the worker whose handler threw', () => {
    const ring = createRing(Job, { capacity: 4, consumers: { resize: { workers: 2 } } });
    const producer = ring.openProducer();
    producer.publish(fill, 0);
    const [one, other] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    expect(() =>
      one.poll(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(polled(other)).toEqual([]);
    expect(polled(one)).toEqual([0]);
  });

  it('ends for a worker only when no other has an event in hand', () => {
    const ring = createRing(Job, { capacity: 4, consumers: { resize: { workers: 2 } } });
    const producer = ring.openProducer();
    producer.publish(fill, 0);
    const [one, other] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    const batch = one.take()!;
    ring.close();
    expect(other.ended).toBe(false);
    expect(() => other.take({ timeoutMs: 0 })).toThrow(expect.objectContaining({ code: 'ERR_TIMED_OUT' }));
    batch.release();
    expect(other.ended).toBe(true);
    expect(other.take()).toBeUndefined();
    ring.drained({ timeoutMs: 0 });
  });

  it('counts what each worker handled', () => {
    const ring = createRing(Job, { capacity: 16, consumers: { resize: { workers: 2 } } });
    const producer = ring.openProducer();
    producer.publishBatch([0, 1, 2, 3, 4], fill);
    ring.close();
    const [one, other] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    expect(one.poll(() => {}) + one.poll(() => {})).toBe(2);
    expect(other.run(() => {})).toBe(3);
    expect(one.run(() => {})).toBe(0);
  });

  it('works behind several producers, and passes over what they gave up', () => {
    const ring = createRing(Job, {
      capacity: 8,
      firstSequence: 100,
      producers: 2,
      consumers: { resize: { workers: 2 } },
    });
    const [first, second] = [ring.openProducer(), ring.openProducer()];
    const [one, other] = [ring.openConsumer('resize'), ring.openConsumer('resize')];
    const claim = first.claim(2);
    second.publishBatch([1, 2, 3], fill);
    expect(polled(one)).toEqual([]);
    claim.abandon();
    const seen = [polled(one), polled(other), polled(one), polled(other)];
    expect(seen.flat()).toEqual([1, 2, 3]);
  });

  it('has 1 to 256 workers', () => {
    for (const workers of [0, 257, 1.5, '2' as never, undefined as never]) {
      expect(() => createRing(Job, { capacity: 4, consumers: { resize: { workers } } })).toThrow(
        expect.objectContaining({ code: 'ERR_WORKERS' }),
      );
    }
  });
});
