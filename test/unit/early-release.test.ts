/** Releasing inside a long batch. */
import { ArgumentError, createRing, type Handler, RingEndedError, SeatError, TurnError } from 'slipring';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  expectThrown,
  publishAll,
  thrownBy,
  Tick,
  type TickFields,
  tickRing,
  wraps,
} from './support.js';

function setUp(capacity: number, published: number, firstSequence = 0) {
  const ring = tickRing(capacity, firstSequence);
  const producer = ring.openProducer(atOnce);
  const reader = ring.openConsumer('reader', atOnce);
  publishAll(producer, ...Array(published).keys());
  const position = () => ring.snapshot().consumers[0].position - firstSequence;
  return { ring, producer, reader, position };
}

describe('consumer.releaseUpTo', () => {
  it('B-38: lets others pass what a handler has done, inside its batch, in all forms', async () => {
    for (const first of [0, ...wraps]) {
      for (const form of ['poll', 'run', 'runAsync'] as const) {
        const { ring, reader, position } = setUp(64, 8, first);
        ring.close();
        const positions: number[] = [];
        const handler: Handler<TickFields> = ({ n }, sequence) => {
          if (n === 3 || n === 6) reader.releaseUpTo(sequence - 1);
          positions.push(position());
        };
        expect(await reader[form](handler)).toBe(8);
        expect(positions).toEqual([0, 0, 0, 2, 2, 2, 5, 5]);
        expect(position()).toBe(8);
      }
    }
  });

  it('B-38: is remembered when the handler throws: what it released does not come again', () => {
    const { reader, position } = setUp(64, 8);
    const seen: number[] = [];
    let failures = 0;
    const handler: Handler<TickFields> = ({ n }, sequence) => {
      seen.push(n);
      if (n === 2) reader.releaseUpTo(sequence);
      if (n === 4 && failures++ < 2) throw new Error('no');
    };
    expect(reader.poll(handler, { onError: { retry: 2, what: 'batch' } })).toBe(8);
    expect(seen).toEqual([0, 1, 2, 3, 4, 2, 3, 4, 2, 3, 4, 5, 6, 7]);
    expect(position()).toBe(8);
  });

  it('B-38: is remembered when the consumer stops, or leaves', () => {
    const { ring, reader, position } = setUp(64, 8);
    thrownBy(() =>
      reader.poll((_, sequence) => {
        if (sequence < 5) return;
        reader.releaseUpTo(3);
        reader[Symbol.dispose]();
      }),
    );
    expect(position()).toBe(3);
    expect(ring.openConsumer('reader').poll(() => {})).toBe(5);
  });

  it('in the middle of a run leaves a stamp for whoever goes on there', () => {
    const ring = createRing(Tick, { capacity: 64, producers: 2, consumers: ['reader'] });
    const producer = ring.openProducer(atOnce);
    producer.publishBatch([0, 1, 2, 3], (tick, n) => void (tick.n = n));
    const reader = ring.openConsumer('reader', atOnce);
    thrownBy(() =>
      reader.poll((_, sequence) => {
        if (sequence < 2) return;
        reader.releaseUpTo(2);
        reader[Symbol.dispose]();
      }),
    );
    const seen: number[] = [];
    ring.openConsumer('reader', atOnce).poll(({ n }) => void seen.push(n));
    expect(seen).toEqual([2, 3]);
  });

  it("lets a group's worker keep the rest in hand", () => {
    const ring = createRing(Tick, { capacity: 64, consumers: { group: { workers: 1 } } });
    publishAll(ring.openProducer(atOnce), 0, 1, 2, 3);
    const worker = ring.openConsumer('group', atOnce);
    const positions: number[] = [];
    worker.poll((_, sequence) => {
      worker.releaseUpTo(sequence);
      positions.push(ring.snapshot().consumers[0].position);
    });
    expect(positions).toEqual([0, 1, 2, 3]);
    expect(ring.snapshot().consumers[0].position).toBe(4);
  });

  it('keeps to batches of a bound: what was done before may be released in part', () => {
    const { reader, position } = setUp(64, 6);
    const positions: number[] = [];
    reader.poll(
      ({ n }) => {
        if (n === 4) reader.releaseUpTo(1);
        positions.push(position());
      },
      { max: 6 },
    );
    expect(positions).toEqual([0, 0, 0, 0, 1, 1]);
    expect(position()).toBe(6);
  });

  it('refuses what is not done, what was released, and to be called elsewhere', () => {
    const { reader, position } = setUp(64, 4);
    expectThrown(() => reader.releaseUpTo(0), TurnError, 'ERR_EVENT_TURN');
    {
      using batch = reader.take()!;
      for (const _ of batch) {
        expectThrown(() => reader.releaseUpTo(0), TurnError, 'ERR_EVENT_TURN');
        break;
      }
    }
    reader.poll((_, sequence) => {
      if (sequence !== 2) return;
      reader.releaseUpTo(1);
      for (const bad of [0, 3, 1.5, NaN, '2' as never])
        expectThrown(() => reader.releaseUpTo(bad), ArgumentError, 'ERR_RELEASE');
      expect(position()).toBe(1);
    });
  });

  it('of an aborted ring, or after leaving, throws', () => {
    const { ring, reader } = setUp(64, 4);
    expectThrown(
      () =>
        reader.poll((_, sequence) => {
          if (sequence < 2) return;
          ring.abort();
          reader.releaseUpTo(2);
        }),
      RingEndedError,
      'ERR_RING_ABORTED',
    );
    reader[Symbol.dispose]();
    expectThrown(() => reader.releaseUpTo(2), SeatError, 'ERR_SEAT_LEFT');
  });
});

describe('batch.releaseUpTo', () => {
  it('B-49: releases the first events of a batch, and the rest with it', () => {
    for (const first of [0, ...wraps]) {
      const { reader, position } = setUp(8, 8, first);
      const batch = reader.take()!;
      batch.releaseUpTo(first + 3);
      expect(position()).toBe(3);
      expect([...batch].length).toBe(5);
      batch.releaseUpTo(first + 3);
      batch.release();
      expect([position(), reader.next - first]).toEqual([8, 8]);
    }
  });

  it('leaves in spans what is not released, in one piece or two', () => {
    const { producer, reader } = setUp(8, 5);
    reader.poll(() => {});
    publishAll(producer, 0, 1, 2, 3, 4, 5);
    const batch = reader.take()!;
    const read = () => batch.spans.flatMap(({ from, to }) => Array.from(batch.columns.n.subarray(from, to)));
    expect([batch.spans.length, read()]).toEqual([2, [0, 1, 2, 3, 4, 5]]);
    batch.releaseUpTo(9);
    expect([batch.spans.length, read()]).toEqual([1, [4, 5]]);
    batch.releaseUpTo(11);
    expect(read()).toEqual([]);
    batch.release();
  });

  it('B-49: is kept when the batch is left early', () => {
    for (const [released, passed, position] of [
      [3, 0, 3],
      [1, 4, 4],
      [0, 0, 0],
    ]) {
      const setting = setUp(8, 6);
      {
        using batch = setting.reader.take()!;
        let n = 0;
        for (const _ of batch) if (n++ === passed) break;
        batch.releaseUpTo(released);
      }
      expect(setting.position()).toBe(position);
      expect(setting.reader.next).toBe(position);
    }
  });

  it('inside an iteration lets it go on with the next event', () => {
    const { reader, position } = setUp(8, 6);
    const seen: number[] = [];
    for (const batch of reader.batches()) {
      let sequence = batch.first;
      for (const { n } of batch) {
        seen.push(n);
        batch.releaseUpTo(sequence++);
      }
      expect(position()).toBe(5);
      break;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
    expect(position()).toBe(6);
  });

  it('refuses what is outside of the batch, and a batch that is over', () => {
    const { reader, position } = setUp(8, 6);
    const batch = reader.take({ max: 4, timeoutMs: 0 })!;
    batch.releaseUpTo(2);
    for (const bad of [1, 5, 2.5, NaN])
      expectThrown(() => batch.releaseUpTo(bad), ArgumentError, 'ERR_RELEASE');
    expect(position()).toBe(2);
    batch.release();
    expectThrown(() => batch.releaseUpTo(4), TurnError, 'ERR_BATCH_TURN');
  });
});
