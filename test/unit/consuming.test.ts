import { createRing, RingEndedError, SeatError, TurnError } from 'slipring';
import { describe, expect, it } from 'vitest';
import { MAX_CONSUMER_SEATS } from '../../src/core/layout.js';
import {
  atOnce,
  expectBlocked,
  expectThrown,
  fillTick,
  publishAll,
  thrownBy,
  Tick,
  tickRing,
  wraps,
} from './support.js';

function setUp(capacity: number, firstSequence = 0) {
  const ring = tickRing(capacity, firstSequence);
  const producer = ring.openProducer(atOnce);
  const reader = ring.openConsumer('reader', atOnce);
  const seen: [sequence: number, n: number][] = [];
  const note = (tick: { readonly n: number }, sequence: number): void => void seen.push([sequence, tick.n]);
  return { ring, producer, reader, seen, note };
}

describe('poll', () => {
  it('handles what is there and returns how many', () => {
    const { producer, reader, seen, note } = setUp(4);
    expect(reader.poll(note)).toBe(0);
    publishAll(producer, 5, 6, 7);
    expect(reader.poll(note)).toBe(3);
    expect(reader.poll(note)).toBe(0);
    expect(seen).toEqual([5, 6, 7].map((n, i) => [i, n]));
    expect(reader.next).toBe(3);
  });

  it('handles at most `max`, and acknowledges no more than it handled', () => {
    const { ring, producer, reader, seen, note } = setUp(8);
    publishAll(producer, 0, 1, 2, 3, 4);
    for (const [max, handled] of [
      [1, 1],
      [3, 3],
      [3, 1],
      [3, 0],
    ]) {
      const before = reader.next;
      expect(reader.poll(note, { max: max })).toBe(handled);
      expect(reader.next).toBe(before + handled);
      expect(ring.snapshot().consumers[0]).toMatchObject({ position: reader.next, lag: 5 - reader.next });
    }
    expect(seen.map(([, n]) => n)).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([1, 2, 4])('B-48: finds every event of a ring that is exactly full, capacity %i', (capacity) => {
    for (const first of [0, ...wraps]) {
      const { producer, reader, seen, note } = setUp(capacity, first);
      for (let lap = 0; lap < 3; lap++) {
        publishAll(producer, ...Array(capacity).keys());
        expect(reader.poll(note)).toBe(capacity);
      }
      expect(seen.map(([sequence]) => sequence - first)).toEqual([...Array(3 * capacity).keys()]);
    }
  });

  it('B-32: finds what was published before its consumer came', () => {
    for (const capacity of [1, 2, 4]) {
      const ring = tickRing(capacity, wraps[0]);
      publishAll(ring.openProducer(atOnce), ...Array(capacity).keys());
      const seen: number[] = [];
      expect(ring.openConsumer('reader').poll((tick) => seen.push(tick.n))).toBe(capacity);
      expect(seen).toEqual([...Array(capacity).keys()]);
    }
  });

  it('goes on after the end until everything was handled, then handles nothing', () => {
    const { ring, producer, reader, note } = setUp(4);
    publishAll(producer, 0, 1);
    ring.close();
    expect(reader.ended).toBe(false);
    expect(reader.poll(note, { max: 1 })).toBe(1);
    expect(reader.ended).toBe(false);
    expect(reader.poll(note, { max: 1 })).toBe(1);
    expect(reader.ended).toBe(true);
    expect(reader.poll(note)).toBe(0);
  });

  it('of an aborted ring throws, and says why', () => {
    const { ring, producer, reader, note } = setUp(2);
    ring.abort(new Error('no paper'));
    expectThrown(() => reader.poll(note), RingEndedError, 'ERR_RING_ABORTED');
    expect(thrownBy(() => reader.poll(note))).toMatchObject({
      message: expect.stringContaining('no paper') as string,
    });
    expect(reader.ended).toBe(false);
    producer[Symbol.dispose]();
  });

  it('inside its own handler is refused, and changes nothing', () => {
    const { producer, reader, seen, note } = setUp(2);
    publishAll(producer, 1);
    reader.poll((tick, sequence) => {
      for (const again of [
        () => reader.poll(note),
        () => reader.run(note, atOnce),
        () => reader.take(atOnce),
        () => reader.batches(atOnce).next(),
      ]) {
        expectThrown(again, TurnError, 'ERR_CONSUMER_BUSY');
      }
      note(tick, sequence);
    });
    expect(seen).toEqual([[0, 1]]);
    expect(reader.next).toBe(1);
  });

  it('shows a handler the ring as it is: its own event is not done yet', () => {
    const { ring, producer, reader } = setUp(1);
    publishAll(producer, 1);
    reader.poll(() => expect([ring.remaining, ring.snapshot().consumers[0].lag]).toEqual([0, 1]));
    expect(ring.remaining).toBe(1);
    expect.assertions(3);
  });
});

describe('a handler that throws', () => {
  const wrong = new Error('no');

  it.each([1, 2, 4, 8, 64])('keeps its event and gives back those before it, capacity %i', (capacity) => {
    for (let failing = 0; failing < capacity; failing++) {
      const { ring, producer, reader, seen, note } = setUp(capacity);
      publishAll(producer, ...Array(capacity).keys());
      const fail = (tick: { readonly n: number }, sequence: number): void => {
        if (tick.n === failing) throw wrong;
        note(tick, sequence);
      };
      expect(thrownBy(() => reader.poll(fail))).toBe(wrong);
      expect(reader.next).toBe(failing);
      expect(ring.snapshot().consumers[0].position).toBe(failing);
      ring.close();
      expect(thrownBy(() => reader.run(fail))).toBe(wrong);
      expect(reader.run(note)).toBe(capacity - failing);
      expect(seen.map(([, n]) => n)).toEqual([...Array(capacity).keys()]);
    }
  });

  it('leaves its consumer ready for the next call, in all forms', async () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1);
    ring.close();
    const fail = (): never => {
      throw wrong;
    };
    expect(thrownBy(() => reader.poll(fail))).toBe(wrong);
    expect(thrownBy(() => reader.run(fail))).toBe(wrong);
    await expect(reader.runAsync(fail)).rejects.toBe(wrong);
    await expect(reader.runAsync(() => Promise.reject(wrong))).rejects.toBe(wrong);
    expect(
      thrownBy(() => {
        for (const batch of reader) for (const _ of batch) fail();
      }),
    ).toBe(wrong);
    expect(reader.next).toBe(0);
    expect(reader.run(() => {})).toBe(2);
  });

  it('with its own error wins over the abort of the ring', () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1);
    expect(
      thrownBy(() =>
        reader.poll(() => {
          ring.abort();
          throw wrong;
        }),
      ),
    ).toBe(wrong);
  });
});

describe('run', () => {
  it('B-40: of a ring that was closed before handles everything and returns how many', () => {
    for (const published of [0, 1, 3, 4]) {
      const { ring, producer, reader, seen, note } = setUp(4, wraps[2]);
      publishAll(producer, ...Array(published).keys());
      ring.close();
      expect(reader.run(note)).toBe(published);
      expect(reader.ended).toBe(true);
      expect(reader.run(note)).toBe(0);
      expect(seen.map(([, n]) => n)).toEqual([...Array(published).keys()]);
    }
  });

  it('goes on with what is published while it handles', () => {
    const { ring, producer, reader, seen, note } = setUp(2);
    publishAll(producer, 0);
    const handled = reader.run((tick, sequence) => {
      note(tick, sequence);
      if (tick.n < 9) publishAll(producer, tick.n + 1);
      else ring.close();
    });
    expect(handled).toBe(10);
    expect(seen.map(([, n]) => n)).toEqual([...Array(10).keys()]);
  });

  it('that timed out handled everything there was, and may be called again', () => {
    const { producer, reader, seen, note } = setUp(2);
    publishAll(producer, 0, 1);
    expectBlocked(() => reader.run(note));
    publishAll(producer, 2);
    expectBlocked(() => reader.run(note, { wait: 'spin', timeoutMs: 0 }));
    expect(seen.map(([, n]) => n)).toEqual([0, 1, 2]);
  });

  it('releases at least every eighth of the ring, so that its producer is not held up', () => {
    const { ring, producer, reader } = setUp(64);
    publishAll(producer, ...Array(64).keys());
    const lags: number[] = [];
    reader.poll((tick) => void lags.push(ring.snapshot().consumers[0].lag - (64 - tick.n)));
    expect(Math.max(...lags)).toBeLessThan(8);
    expect(ring.remaining).toBe(64);
  });

  it('ends with ERR_RING_ABORTED within an eighth of the ring', () => {
    const { ring, producer, reader } = setUp(64);
    publishAll(producer, ...Array(64).keys());
    let handled = 0;
    expectThrown(
      () =>
        reader.run(() => {
          if (handled++ === 20) ring.abort();
        }),
      RingEndedError,
      'ERR_RING_ABORTED',
    );
    expect(handled).toBeLessThanOrEqual(21 + 8);
  });
});

describe('endOfBatch', () => {
  it.each([1, 2, 4, 8])(
    'B-50: is true for the last event before others may see what was handled, capacity %i',
    (capacity) => {
      for (const max of [1, 2, 3, undefined]) {
        for (let published = 1; published <= capacity; published++) {
          const { producer, reader } = setUp(capacity);
          publishAll(producer, ...Array(published).keys());
          const ends: boolean[] = [];
          reader.poll((_, __, end) => void ends.push(end), max === undefined ? {} : { max });
          expect(ends.at(-1)).toBe(true);
        }
      }
    },
  );

  it('comes with nothing kept back: whenever it was false, the next event came in the same batch', () => {
    const { ring, producer, reader } = setUp(64);
    publishAll(producer, ...Array(50).keys());
    let position = 0;
    let endedAt = -1;
    reader.poll((_, sequence, end) => {
      const now = ring.snapshot().consumers[0].position;
      if (now !== position) expect(endedAt).toBe(now - 1);
      position = now;
      if (end) endedAt = sequence;
    });
    expect(endedAt).toBe(49);
  });
});

describe('take', () => {
  it('gives what is there as one batch, at most `max`', () => {
    const { producer, reader } = setUp(8, wraps[1]);
    publishAll(producer, 0, 1, 2, 3, 4);
    for (const [max, length] of [
      [2, 2],
      [Infinity, 3],
    ]) {
      const batch = reader.take({ max: max, timeoutMs: 0 })!;
      expect([batch.first, batch.length]).toEqual([reader.next, length]);
      batch.release();
    }
    expectBlocked(() => reader.take());
  });

  it('keeps the slots until the batch is released', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0, 1);
    const batch = reader.take()!;
    expect([...batch].length).toBe(2);
    expect(ring.remaining).toBe(0);
    expect(producer.tryPublish(fillTick, 2)).toBeUndefined();
    batch.release();
    batch.release();
    expect(ring.remaining).toBe(2);
  });

  it('gives undefined once the ring is closed and everything was taken', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0);
    ring.close();
    const batch = reader.take()!;
    batch.release();
    expect(reader.take()).toBeUndefined();
    expect(reader.take()).toBeUndefined();
  });

  it.each([1, 2, 4, 8])(
    'gives spans that name the slots in order, at every offset, capacity %i',
    (capacity) => {
      for (let offset = 0; offset < capacity; offset++) {
        for (let length = 1; length <= capacity; length++) {
          const { producer, reader } = setUp(capacity, capacity * 2 ** 26 - capacity + offset);
          producer.publishBatch([...Array(length).keys()], fillTick);
          using batch = reader.take()!;
          const { n } = batch.columns;
          const read = batch.spans.flatMap(({ from, to }) => Array.from(n.subarray(from, to)));
          expect(read).toEqual([...Array(length).keys()]);
          expect(batch.spans.length).toBe(offset + length > capacity ? 2 : 1);
        }
      }
    },
  );

  it('is refused while a batch is open, as is every other call that reads', async () => {
    const { producer, reader, note } = setUp(4);
    publishAll(producer, 0, 1);
    const batch = reader.take({ max: 1 })!;
    for (const again of [() => reader.take(), () => reader.poll(note), () => reader.run(note)]) {
      expectThrown(again, TurnError, 'ERR_CONSUMER_BUSY');
    }
    await expect(reader.takeAsync()).rejects.toMatchObject({ code: 'ERR_CONSUMER_BUSY' });
    await expect(reader.runAsync(note)).rejects.toMatchObject({ code: 'ERR_CONSUMER_BUSY' });
    batch.release();
    expect(reader.poll(note)).toBe(1);
  });
});

describe('a batch', () => {
  it.each([0, 1, 2, 3])(
    'B-49: left after %i of three events releases only those that were passed',
    (passed) => {
      const { ring, producer, reader, seen, note } = setUp(4);
      publishAll(producer, 0, 1, 2);
      {
        using batch = reader.take()!;
        let n = 0;
        for (const _ of batch) if (n++ === passed) break;
      }
      expect(reader.next).toBe(passed);
      expect(ring.snapshot().consumers[0].position).toBe(passed);
      reader.poll(note);
      expect(seen.map(([, n]) => n)).toEqual([0, 1, 2].slice(passed));
    },
  );

  it('that was never iterated releases nothing when it is disposed', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0, 1);
    reader.take()![Symbol.dispose]();
    expect(ring.remaining).toBe(0);
    expect(reader.take()).toMatchObject({ first: 0, length: 2 });
  });

  it('may be iterated twice, and passes each event once', () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1, 2);
    {
      using batch = reader.take()!;
      for (const tick of batch) if (tick.n === 2) break;
      for (const tick of batch) if (tick.n === 1) break;
    }
    expect(ring.snapshot().consumers[0].position).toBe(2);
  });

  it('is of no use after it was released', () => {
    const { producer, reader } = setUp(4);
    publishAll(producer, 0, 1);
    const batch = reader.take()!;
    const iterator = batch[Symbol.iterator]();
    iterator.next();
    batch.release();
    for (const use of [() => batch.columns, () => batch.spans, () => [...batch], () => iterator.next()]) {
      expectThrown(use, TurnError, 'ERR_BATCH_TURN');
    }
    batch.release();
    batch[Symbol.dispose]();
    expect(reader.next).toBe(2);
  });

  it('is of no use after its consumer left, and its events come again', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0, 1);
    const batch = reader.take()!;
    reader[Symbol.dispose]();
    expect(() => batch.columns).toThrow();
    expect(() => [...batch].length).toThrow();
    expect(ring.remaining).toBe(0);
  });

  it('released after its consumer left releases nothing', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0, 1);
    const batch = reader.take()!;
    reader[Symbol.dispose]();
    try {
      batch.release();
    } catch (error) {
      expect(error).toBeInstanceOf(SeatError);
    }
    expect(ring.remaining).toBe(0);
    expect(ring.openConsumer('reader').poll(() => {})).toBe(2);
  });

  it('of an aborted ring says so when it is released', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0, 1);
    const batch = reader.take()!;
    ring.abort('enough');
    expectThrown(() => batch.release(), RingEndedError, 'ERR_RING_ABORTED');
  });
});

describe('iterating over a consumer', () => {
  it('gives batch after batch until the ring is closed, and releases each on going on', () => {
    const { ring, producer, reader } = setUp(2);
    publishAll(producer, 0, 1);
    const seen: number[] = [];
    for (const batch of reader) {
      for (const tick of batch) seen.push(tick.n);
      expect(ring.remaining).toBe(2 - batch.length);
      if (seen.length === 2) publishAll(producer, ...Array(ring.remaining).keys());
      if (!ring.closed) ring.close();
    }
    expect(seen).toEqual([0, 1]);
    expect(ring.remaining).toBe(2);
  });

  it('takes options', () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1, 2);
    ring.close();
    expect(
      Array.from(reader.batches({ max: 2, timeoutMs: 0 }), ({ first, length }) => [first, length]),
    ).toEqual([
      [0, 2],
      [2, 1],
    ]);
  });

  it.each([0, 1, 2])('left in the middle of a batch, after %i events, releases those alone', (passed) => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1, 2);
    outer: for (const batch of reader) {
      for (const tick of batch) if (tick.n === passed) break outer;
    }
    expect(ring.snapshot().consumers[0].position).toBe(passed);
    expect(reader.poll(() => {})).toBe(3 - passed);
  });

  it('ends with the time-out of its seat, and everything before is released', () => {
    const { ring, producer, reader } = setUp(4);
    publishAll(producer, 0, 1, 2);
    expectBlocked(() => {
      for (const batch of reader) expect([...batch].length).toBe(3);
    });
    expect(ring.remaining).toBe(4);
  });
});

describe('a graph', () => {
  it('shows an event to a consumer only after those before it are done with it', () => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: {
        join: { after: ['left', 'right'] },
        left: { after: ['source'] },
        right: { after: ['source'] },
        source: {},
      },
      firstSequence: wraps[1],
    });
    publishAll(ring.openProducer(atOnce), 0, 1, 2);
    const [join, left, right, source] = ring.consumerNames.map((name) => ring.openConsumer(name, atOnce));
    const poll = (consumer: typeof join, max: number): number => consumer.poll(() => {}, { max });
    expect(poll(left, 4)).toBe(0);
    expect(poll(source, 2)).toBe(2);
    expect(poll(join, 4)).toBe(0);
    expect(poll(left, 4)).toBe(2);
    expect(poll(join, 4)).toBe(0);
    expect(poll(right, 1)).toBe(1);
    expect(poll(join, 4)).toBe(1);
    expect(poll(right, 4)).toBe(1);
    expect(poll(join, 4)).toBe(1);
  });

  it('hands what an earlier stage wrote through the columns to the later ones', () => {
    const ring = createRing(Tick, { capacity: 2, consumers: { first: {}, second: { after: ['first'] } } });
    publishAll(ring.openProducer(atOnce), 20, 21);
    {
      const batch = ring.openConsumer('first').take(atOnce)!;
      for (const { from, to } of batch.spans)
        for (let slot = from; slot < to; slot++) batch.columns.n[slot] *= 2;
      batch.release();
    }
    const seen: number[] = [];
    ring.openConsumer('second').poll((tick) => seen.push(tick.n));
    expect(seen).toEqual([40, 42]);
  });

  it('ends a stage only once the stages before it handled everything', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: { first: {}, second: { after: ['first'] } } });
    publishAll(ring.openProducer(atOnce), 0, 1);
    ring.close();
    const first = ring.openConsumer('first', atOnce);
    const second = ring.openConsumer('second', atOnce);
    expect(second.ended).toBe(false);
    expectBlocked(() => second.run(() => {}));
    first.poll(() => {}, { max: 1 });
    expectBlocked(() => second.run(() => {}));
    first.run(() => {});
    expect(second.run(() => {})).toBe(1);
    expect(second.ended).toBe(true);
  });

  it('B-33: a stage declared with nothing before or after it, or with an empty `after`, is a stage like any other', () => {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { a: {}, idle: { after: ['a'] }, b: { after: [] } },
    });
    const producer = ring.openProducer(atOnce);
    publishAll(producer, 0, 1);
    ring.openConsumer('a', atOnce).poll(() => {});
    ring.openConsumer('b', atOnce).poll(() => {});
    expect(producer.tryPublish(fillTick, 2)).toBeUndefined();
    const idle = ring.openConsumer('idle', atOnce);
    expect(idle.poll(() => {})).toBe(2);
    expect(producer.tryPublish(fillTick, 2)).toBe(2);
  });

  it('B-34: a consumer that several others come after has one seat and sees every event once', () => {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { a: {}, b: { after: ['a'] }, c: { after: ['a'] }, d: { after: ['a', 'b', 'c'] } },
    });
    publishAll(ring.openProducer(atOnce), 7);
    expect(ring.snapshot().consumers.map(({ name, after }) => [name, ...after])).toEqual([
      ['a'],
      ['b', 'a'],
      ['c', 'a'],
      ['d', 'a', 'b', 'c'],
    ]);
    const seen: string[] = [];
    for (const name of ring.consumerNames)
      ring.openConsumer(name, atOnce).poll((tick) => seen.push(`${name}${tick.n}`));
    expect(seen).toEqual(['a7', 'b7', 'c7', 'd7']);
    expect(ring.remaining).toBe(2);
  });

  it('may have as many consumers as there are seats, each after the one before', () => {
    const names = Array.from({ length: MAX_CONSUMER_SEATS }, (_, i) => `c${i}`);
    const graph = Object.fromEntries(
      names.map((name, i) => [name, i === 0 ? {} : { after: [names[i - 1]] }]),
    );
    const ring = createRing(Tick, { capacity: 1, consumers: graph });
    publishAll(ring.openProducer(atOnce), 3);
    {
      using last = ring.openConsumer(names.at(-1)!);
      expect(last.poll(() => {})).toBe(0);
    }
    for (const name of names) expect(ring.openConsumer(name).poll(() => {})).toBe(1);
    expect(ring.remaining).toBe(1);
    expect(ring.snapshot().consumers.at(-1)!.after).toEqual([names.at(-2)]);
  });
});

describe('a handler that disposes its own consumer', () => {
  it.each([1, 8, 64])(
    'keeps its event for the next one in the seat, and is not called again, capacity %i',
    (capacity) => {
      const { ring, producer, reader } = setUp(capacity);
      publishAll(producer, ...Array(capacity).keys());
      let calls = 0;
      expectThrown(
        () =>
          reader.poll(() => {
            calls++;
            reader[Symbol.dispose]();
          }),
        SeatError,
        'ERR_SEAT_LEFT',
      );
      expect(ring.openConsumer('reader').next).toBe(0);
      expect(calls).toBe(1);
    },
  );
});
