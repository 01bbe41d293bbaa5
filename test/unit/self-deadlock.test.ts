/** A thread that would wait for itself. */
import {
  ArgumentError,
  cancelToken,
  type ConsumerGraph,
  createRing,
  openRing,
  type Producer,
  type Ring,
  ringBytes,
  WaitError,
} from 'slipring';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  expectThrown,
  fillTick,
  leavesUntouched,
  publishAll,
  thrownBy,
  Tick,
  type TickFields,
} from './support.js';

const PARKED = 'it parked';

/** Nobody would wake this thread: where it parks for more than no time, it is told so. */
beforeEach(() => {
  vi.spyOn(Atomics, 'wait').mockImplementation((...[, , , timeout]) => {
    if (timeout === 0) return 'timed-out';
    throw new Error(PARKED);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function ringOf(
  consumers: ConsumerGraph,
  { capacity = 2, producers = 1, checks = true } = {},
): Ring<TickFields> {
  return createRing(Tick, { capacity, producers, consumers, checks });
}

function fill(producer: Producer<TickFields>, events = 2): void {
  publishAll(producer, ...Array(events).keys());
}

const refused = (call: () => unknown): void => expectThrown(call, WaitError, 'ERR_SELF_DEADLOCK');
const parks = (call: () => unknown): void => expect(thrownBy(call)).toMatchObject({ message: PARKED });

describe.each([1, 2])(
  'B-47: a full ring whose consumer is the thread of a producer, one of %d',
  (producers) => {
    it.each(['park', 'spin-park', 'spin'] as const)('is told so at once, waiting by %s', (wait) => {
      const ring = ringOf(['reader'], { producers });
      const producer = ring.openProducer({ wait });
      const reader = ring.openConsumer('reader');
      fill(producer);
      leavesUntouched(ring.handle.buffer, () => {
        refused(() => producer.publish(fillTick, 9));
        refused(() => producer.publish({ wait }, fillTick, 9));
        refused(() => producer.publishBatch([9], fillTick));
        refused(() => producer.claim(1));
      });
      expect(thrownBy(() => producer.publish(fillTick, 9))).toMatchObject({
        message: expect.stringContaining('"reader"') as string,
      });
      expect(reader.poll(() => {})).toBe(2);
      expect(producer.publish(fillTick, 9)).toBe(2);
    });

    it('also inside the handler, and while a batch is open', () => {
      const ring = ringOf(['reader'], { producers });
      const producer = ring.openProducer();
      const reader = ring.openConsumer('reader');
      fill(producer);
      expect(reader.poll(() => refused(() => producer.publish(fillTick, 9)), { max: 1 })).toBe(1);
      fill(producer, 1);
      using batch = reader.take()!;
      for (const tick of batch) refused(() => producer.publish(fillTick, tick.n));
    });

    it('also when another consumer holds the ring up as well', () => {
      const ring = ringOf({ other: {}, mine: {} }, { producers });
      const producer = ring.openProducer();
      ring.openConsumer('mine');
      fill(producer);
      refused(() => producer.publish(fillTick, 9));
    });

    it.each([
      ['one that does one more', { a: {}, mine: { after: ['a'] } }],
      ['a group whose workers are all here', { mine: { workers: 1 } }],
    ])('also behind %s', (_, graph) => {
      const ring = ringOf(graph, { producers });
      const producer = ring.openProducer();
      const mine = ring.openConsumer('mine');
      fill(producer);
      refused(() => producer.publish(fillTick, 9));
      if ('a' in graph)
        openRing(ring.handle, Tick)
          .openConsumer('a')
          .poll(() => {});
      expect(mine.poll(() => refused(() => producer.publish(fillTick, 9)), { max: 1 })).toBe(1);
    });

    it('also behind what a worker, or a lossy consumer, has in hand', () => {
      for (const options of [{ workers: 2 }, { lossy: true }]) {
        const ring = ringOf({ mine: options }, { producers });
        const producer = ring.openProducer();
        const mine = ring.openConsumer('mine');
        fill(producer);
        using batch = mine.take({ max: 1 })!;
        refused(() => producer.publish(fillTick, 9));
        expect(batch.length).toBe(1);
      }
    });

    it.each(['lossy', 'strict', 'drop-newest'])('never where nobody waits: %s', (what) => {
      const ring = ringOf({ mine: what === 'lossy' ? { lossy: true } : {} }, { producers });
      const producer = ring.openProducer(what === 'lossy' ? {} : { whenFull: what as 'strict' });
      ring.openConsumer('mine');
      fill(producer);
      if (what === 'strict') expectThrown(() => producer.publish(fillTick, 9), WaitError, 'ERR_RING_FULL');
      else expect(producer.publish(fillTick, 9)).toBe(what === 'lossy' ? 2 : -1);
    });

    it('waits its time where it has any, and until its token is tripped', () => {
      const ring = ringOf(['reader'], { producers });
      const producer = ring.openProducer();
      ring.openConsumer('reader');
      fill(producer);
      expectThrown(() => producer.publish({ timeoutMs: 0 }, fillTick, 9), WaitError, 'ERR_TIMED_OUT');
      const cancel = cancelToken(ring);
      parks(() => producer.publish({ cancel }, fillTick, 9));
      cancel.cancel();
      expectThrown(() => producer.publish({ cancel }, fillTick, 9), WaitError, 'ERR_CANCELLED');
    });

    it('waits for the consumers of others, and for a worker’s seat that others may take', () => {
      const ring = ringOf({ other: { workers: 2 }, mine: {} }, { producers });
      const producer = ring.openProducer();
      const mine = ring.openConsumer('mine');
      ring.openConsumer('other');
      fill(producer);
      mine.poll(() => {});
      parks(() => producer.publish(fillTick, 9));
    });

    it('waits for a consumer that was left', () => {
      const ring = ringOf(['reader'], { producers });
      const producer = ring.openProducer();
      ring.openConsumer('reader')[Symbol.dispose]();
      fill(producer);
      parks(() => producer.publish(fillTick, 9));
    });

    it('waits on the event loop: its consumer may go on there', async () => {
      const ring = ringOf(['reader'], { producers });
      const producer = ring.openProducer();
      const reader = ring.openConsumer('reader');
      fill(producer);
      const publishing = producer.publishAsync(fillTick, 9);
      expect(reader.poll(() => {})).toBe(2);
      expect(await publishing).toBe(2);
    });
  },
);

describe('who waits without a seat', () => {
  it('is refused when a consumer of its thread is not done, in whatever order', () => {
    const ring = ringOf({ first: {}, mine: { after: ['first'] } });
    const producer = ring.openProducer();
    const mine = ring.openConsumer('mine');
    fill(producer, 1);
    refused(() => ring.processed(0));
    refused(() => ring.drained());
    ring.close();
    refused(() => ring.drained());
    const other = openRing(ring.handle, Tick);
    parks(() => other.drained());
    other.openConsumer('first').poll(() => {});
    refused(() => ring.processed(0));
    mine.poll(() => {});
    ring.processed(0);
    ring.drained();
  });

  it('is refused when a lossy consumer of its thread has to see the rest of a closed ring', () => {
    const ring = ringOf({ mine: { lossy: true } });
    const producer = ring.openProducer();
    const mine = ring.openConsumer('mine');
    fill(producer, 1);
    parks(() => ring.drained());
    ring.close();
    refused(() => ring.drained());
    mine.poll(() => {});
    ring.drained();
  });
});

describe('a consumer whose event is held back by one of its own thread', () => {
  it.each([
    ['right before it', { first: {}, last: { after: ['first'] } }],
    ['before the one before it', { first: {}, between: { after: ['first'] }, last: { after: ['between'] } }],
    ['of a group, all here', { first: { workers: 1 }, last: { after: ['first'] } }],
  ])('%s, is refused to wait', (_, graph) => {
    const ring = ringOf(graph);
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const last = ring.openConsumer('last');
    fill(producer, 1);
    refused(() => last.take());
    refused(() => last.run(() => {}));
    refused(() => [...last]);
    expect([first.poll(() => {}), last.next]).toEqual([1, 0]);
    if ('between' in graph) parks(() => last.take());
    else last.take()!.release();
  });

  it('is refused also as a worker that took nothing of what its group has had', () => {
    const ring = ringOf({ first: {}, jobs: { after: ['first'], workers: 2 } });
    const producer = ring.openProducer();
    const first = ring.openConsumer('first');
    const worker = ring.openConsumer('jobs');
    const other = openRing(ring.handle, Tick).openConsumer('jobs');
    fill(producer, 1);
    refused(() => worker.take());
    expect([first.poll(() => {}), other.poll(() => {})]).toEqual([1, 1]);
    fill(producer, 1);
    refused(() => worker.take());
    first.poll(() => {});
    worker.take()!.release();
  });

  it('waits while there is no event, for somebody may close the ring', () => {
    const ring = ringOf({ first: {}, last: { after: ['first'] } });
    ring.openProducer();
    ring.openConsumer('first');
    parks(() => ring.openConsumer('last', { wait: 'park' }).take());
  });

  it('waits for those of others, and for none that it does not come after', () => {
    const ring = ringOf({ other: {}, aside: {}, last: { after: ['other'] } });
    const producer = ring.openProducer();
    ring.openConsumer('aside');
    fill(producer, 1);
    parks(() => ring.openConsumer('last', { wait: 'park' }).take());
  });
});

describe('without checks', () => {
  const full = (ring: Ring<TickFields>): (() => unknown) => {
    const producer = ring.openProducer({ wait: 'park' });
    ring.openConsumer('reader');
    fill(producer);
    return () => producer.publish(fillTick, 9);
  };

  it('a thread waits for itself', () => {
    parks(full(ringOf(['reader'], { checks: false })));
    parks(full(openRing(ringOf(['reader']).handle, Tick, { checks: false })));
  });

  it('which is so unless told otherwise in production, and nowhere else', () => {
    const make = (checks?: boolean) =>
      createRing(Tick, { capacity: 2, consumers: ['reader'], ...(checks !== undefined && { checks }) });
    refused(full(make()));
    refused(full(openRing(make().handle, Tick)));
    vi.stubEnv('NODE_ENV', 'production');
    parks(full(make()));
    parks(full(openRing(make().handle, Tick)));
    refused(full(make(true)));
    refused(full(openRing(make().handle, Tick, { checks: true })));
  });

  it('so it does where no environment may be read', () => {
    vi.stubGlobal('process', {
      get env() {
        throw new Error('not granted');
      },
    });
    const ring = createRing(Tick, { capacity: 2, consumers: ['reader'] });
    vi.unstubAllGlobals();
    refused(full(ring));
  });

  it('can be asked for by true and false alone', () => {
    const ring = ringOf(['reader']);
    for (const checks of [0, 'no', null] as never[]) {
      const options = { capacity: 2, consumers: ['reader'], checks } as const;
      for (const call of [
        () => createRing(Tick, options),
        () => ringBytes(Tick, options),
        () => openRing(ring.handle, Tick, { checks }),
      ])
        leavesUntouched(ring.handle.buffer, () => expectThrown(call, ArgumentError, 'ERR_OPTION'));
    }
    for (const options of [{ check: true }, null, 1] as never[])
      leavesUntouched(ring.handle.buffer, () =>
        expectThrown(() => openRing(ring.handle, Tick, options), ArgumentError, 'ERR_OPTION'),
      );
  });
});
