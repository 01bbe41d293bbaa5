/** Rubbish in shared memory, word by word: what the fuzzer (test/hostile) found, and what it would find. */
import {
  ArgumentError,
  bytes,
  cancelToken,
  createRing,
  event,
  HandleError,
  openCancelToken,
  openRing,
  PayloadError,
  type Ring,
  RingEndedError,
  type RingHandle,
  SlipringError,
  text,
  u32,
  WaitError,
} from 'slipring';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { controlWords, readShape } from '../../src/core/header.js';
import {
  consumerSeat,
  header,
  type Layout,
  nameOffset,
  planLayout,
  seat,
  shared,
  workerSeat,
} from '../../src/core/layout.js';
import { BUSY, CLOSED, wordOf } from '../../src/core/sequence.js';
import {
  atOnce,
  expectBlocked,
  expectThrown,
  fillTick,
  leavesUntouched,
  publishAll,
  thrownBy,
  Tick,
  type TickFields,
  tickRing,
} from './support.js';

const MOST = 2 ** 31 - 1;
const LEAST = -(2 ** 31);

type AnyRing = { readonly handle: RingHandle };

/** The words of a ring, to write rubbish into, and where its seats are. */
function memoryOf(ring: AnyRing): { words: Int32Array; layout: Layout } {
  const words = controlWords(ring.handle.buffer);
  return { words, layout: planLayout({ ...readShape(words), columns: [] }) };
}

const reopen = (ring: AnyRing): Ring<TickFields> => openRing<TickFields>(ring.handle, Tick);

/** A handle on a copy of the ring, with this word in it. */
function withWord(ring: AnyRing, index: number, value: number): RingHandle {
  const { buffer } = ring.handle;
  const copy = new SharedArrayBuffer(buffer.byteLength);
  new Uint8Array(copy).set(new Uint8Array(buffer));
  new Int32Array(copy)[index] = value;
  return { ...ring.handle, buffer: copy };
}

const groupRing = (): Ring<TickFields, 'group' | 'after'> =>
  createRing(Tick, {
    capacity: 8,
    producers: 2,
    consumers: { group: { workers: 2 }, after: { after: ['group'] } },
    spareSeats: 1,
  });

afterEach(() => void vi.restoreAllMocks());

describe('openRing refuses, and changes nothing in', () => {
  const wrong: Readonly<Partial<Record<keyof typeof header, readonly number[]>>> = {
    capacity: [0, -1, 3, LEAST, MOST, 2 ** 28, 2 ** 27, 64],
    producers: [0, -1, LEAST, MOST, 257, 3],
    consumers: [0, -1, LEAST, MOST, 100_000, 3],
    spareSeats: [-1, LEAST, MOST, 700, 2],
    workers: [-1, LEAST, MOST, 513, 3],
    nameBytes: [0, -4, LEAST, MOST, 2 ** 20],
    schemaBytes: [-1, LEAST, MOST, 0, 6],
    schemaHash: [0, 1, MOST],
  };

  it.each(Object.entries(wrong))('a ring whose header says %s as it cannot be', (name, values) => {
    const ring = groupRing();
    for (const value of values) {
      const handle = withWord(ring, header[name as keyof typeof header], value);
      leavesUntouched(handle.buffer, () =>
        expectThrown(() => openRing(handle, Tick), HandleError, 'ERR_HANDLE_DAMAGED'),
      );
    }
  });

  it('a ring whose schema somebody wrote over, however long its text', () => {
    const ring = tickRing(4);
    const { layout } = memoryOf(ring);
    for (const value of [0, -1, 0xc0c0c0c0 | 0])
      expectThrown(
        () => openRing(withWord(ring, layout.schemaOffset / 4, value), Tick),
        HandleError,
        'ERR_HANDLE_DAMAGED',
      );
  });

  it('a ring with a consumer whose name is too long, too short or no UTF-8', () => {
    const ring = groupRing();
    const { layout } = memoryOf(ring);
    const at = consumerSeat(layout, 1);
    for (const value of [0, -1, LEAST, MOST, 65, 2 ** 20]) {
      const handle = withWord(ring, at + seat.nameLength, value);
      expectThrown(() => openRing(handle, Tick), HandleError, 'ERR_HANDLE_DAMAGED');
    }
    const handle = withWord(ring, nameOffset(at) / 4, 0xfffefdfc | 0);
    expectThrown(() => openRing(handle, Tick), HandleError, 'ERR_HANDLE_DAMAGED');
  });

  it('a ring with a group whose workers are none of the ring’s', () => {
    const ring = groupRing();
    const { layout } = memoryOf(ring);
    const at = consumerSeat(layout, 0);
    for (const [offset, value] of [
      [seat.workers, 3],
      [seat.workers, MOST],
      [seat.workers, -1],
      [seat.firstWorker, 1],
      [seat.firstWorker, -1],
      [seat.firstWorker, MOST],
    ]) {
      expectThrown(
        () => openRing(withWord(ring, at + offset, value), Tick),
        HandleError,
        'ERR_HANDLE_DAMAGED',
      );
    }
  });

  it('a token for such a ring', () => {
    const ring = groupRing();
    const { handle } = cancelToken(ring);
    const rings = [withWord(ring, header.workers, MOST)];
    expectThrown(() => openCancelToken({ ...handle, rings }), HandleError, 'ERR_HANDLE_DAMAGED');
  });

  it('a buffer that can grow, which no ring of slipring’s can', () => {
    const { buffer } = tickRing(4).handle;
    const growable = new SharedArrayBuffer(buffer.byteLength, { maxByteLength: 2 * buffer.byteLength });
    new Uint8Array(growable).set(new Uint8Array(buffer));
    expectThrown(
      () => openRing({ slipring: 'ring', buffer: growable }, Tick),
      HandleError,
      'ERR_HANDLE_FOREIGN',
    );
  });

  it('what is only made after a SharedArrayBuffer', () => {
    const buffer = Object.create(SharedArrayBuffer.prototype) as SharedArrayBuffer;
    const { handle } = tickRing(4);
    expectThrown(() => openRing({ ...handle, buffer }, Tick), HandleError, 'ERR_HANDLE');
    expectThrown(
      () => openRing({ ...handle, doorbell: { slipring: 'doorbell', buffer } }, Tick),
      HandleError,
      'ERR_HANDLE_DOORBELL',
    );
    expectThrown(
      () => openCancelToken({ slipring: 'cancel', buffer, rings: [handle] }),
      HandleError,
      'ERR_HANDLE',
    );
  });
});

describe('rubbish in the words of an open ring:', () => {
  it('a token goes by the header that it was made with', () => {
    const ring = groupRing();
    const token = cancelToken(ring);
    const { words } = memoryOf(ring);
    for (const index of [header.workers, header.consumers, header.capacity]) words[index] = MOST;
    token.cancel();
    expectThrown(() => ring.drained({ cancel: token }), WaitError, 'ERR_CANCELLED');
    expectThrown(() => cancelToken(ring), HandleError, 'ERR_HANDLE_DAMAGED');
  });

  it.each([-1, LEAST, 65, MOST])('a name of %i bytes is read as far as names go', (length) => {
    const ring = groupRing();
    using joined = ring.join('late');
    const { words, layout } = memoryOf(ring);
    words[consumerSeat(layout, 2) + seat.nameLength] = length;
    expect(joined.name).toBe('late');
    expect(ring.consumerNames[2].length).toBeLessThanOrEqual(64);
  });

  it.each([-1, LEAST, 253, MOST])('a reason of %i bytes is read as far as reasons go', (length) => {
    const ring = tickRing(4);
    ring.abort('the disk is full');
    const { words, layout } = memoryOf(ring);
    words[layout.reasonOffset / 4] = length;
    const { reason } = ring.snapshot();
    expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(252);
    expectThrown(() => ring.drained(atOnce), RingEndedError, 'ERR_RING_ABORTED');
  });

  it('consumers that have left, after each other in a circle, are looked through once', () => {
    const ring = createRing(Tick, {
      capacity: 2,
      consumers: { a: {}, b: { after: ['a'] }, c: { after: ['b'] } },
    });
    const { words, layout } = memoryOf(ring);
    using producer = ring.openProducer();
    ring.openConsumer('a').leave();
    ring.openConsumer('b').leave();
    // a comes after b, and b after itself.
    words[consumerSeat(layout, 0) + seat.after] = 2;
    words[consumerSeat(layout, 1) + seat.after] = 3;
    publishAll(producer, 1, 2);
    expect(ring.openConsumer('c').poll(() => {})).toBe(2);
  });

  it.each([1, -1, LEAST, MOST, 2 ** 20])(
    'a consumer that says it has %i workers seats no more than the ring',
    (count) => {
      const ring = createRing(Tick, { capacity: 2, consumers: ['a'], spareSeats: 2 });
      using producer = ring.openProducer();
      const { words, layout } = memoryOf(ring);
      using joined = ring.join('late');
      for (const number of [0, 1]) words[consumerSeat(layout, number) + seat.workers] = count;
      publishAll(producer, 1);
      expect(joined.poll(() => {})).toBe(1);
      using other = ring.join('later', { start: 'oldest' });
      expect(ring.snapshot().consumers.map(({ workers }) => workers.length)).toEqual([0, 0, 0]);
      expect(other.poll(() => {})).toBe(1);
    },
  );

  it.each([-1, LEAST, MOST, 2 ** 26])(
    'an epoch of %i costs a producer a few looks, and its count stays a whole number',
    (epoch) => {
      for (const producers of [1, 2]) {
        const ring = createRing(Tick, { capacity: 4, producers, consumers: ['reader'] });
        const { words } = memoryOf(ring);
        words[shared.epoch] = epoch;
        const exchanges = vi.spyOn(Atomics, 'compareExchange');
        using producer = reopen(ring).openProducer();
        const first = producer.publish(fillTick, 1);
        words[shared.epoch] = LEAST;
        const second = producer.publish(fillTick, 2);
        expect([first, second].every(Number.isSafeInteger)).toBe(true);
        expect(exchanges.mock.calls.length).toBeLessThan(50);
        vi.restoreAllMocks();
        using reader = reopen(ring).openConsumer('reader');
        expect(Number.isSafeInteger(reader.next + 2 ** 30)).toBe(true);
        expect(reader.poll(() => {})).toBe(2);
      }
    },
  );

  it.each([-5, 0, 9, 2 ** 28])('a worker that says it has %i events in hand has none', (count) => {
    const ring = groupRing();
    using producer = ring.openProducer();
    publishAll(producer, 1, 2, 3);
    const { words, layout } = memoryOf(ring);
    for (const number of [0, 1]) {
      words[workerSeat(layout, number) + seat.position] = wordOf(0) | BUSY;
      words[workerSeat(layout, number) + seat.intent] = wordOf(count);
    }
    using worker = ring.openConsumer('group');
    let handled = 0;
    for (let poll = 0; poll < 5; poll++) handled += worker.poll(() => {});
    expect(handled).toBe(3);
    using after = ring.openConsumer('after');
    expect(after.poll(() => {})).toBe(3);
  });

  it('a consumer whose forerunner seems half the range behind it waits', () => {
    const ring = createRing(Tick, { capacity: 8, producers: 2, consumers: { a: {}, b: { after: ['a'] } } });
    const { words, layout } = memoryOf(ring);
    using b = ring.openConsumer('b');
    words[consumerSeat(layout, 0) + seat.position] = LEAST;
    expectBlocked(() => b.take(atOnce));
    expect(b.next).toBe(0);
  });

  it('a poll handles a lap at most, wherever the cursor seems to be', () => {
    const ring = tickRing(4);
    using reader = ring.openConsumer('reader');
    memoryOf(ring).words[shared.cursor] = wordOf(2 ** 29 - 1);
    let handled = 0;
    const handler = (): void => {
      if (++handled > 100) throw new Error('more than a hundred');
    };
    expect(reader.poll(handler)).toBe(4);
    expect(reader.poll(handler, { max: 64 })).toBe(4);
  });

  it('a run is cancelled within a lap, wherever the cursor seems to be', () => {
    const ring = tickRing(4);
    using reader = ring.openConsumer('reader');
    const token = cancelToken(ring);
    memoryOf(ring).words[shared.cursor] = wordOf(2 ** 29 - 1);
    let handled = 0;
    expectThrown(
      () =>
        reader.run(
          () => {
            if (++handled === 10) token.cancel();
            if (handled > 100) throw new Error('more than a hundred');
          },
          { cancel: token },
        ),
      WaitError,
      'ERR_CANCELLED',
    );
    expect(handled).toBeLessThanOrEqual(14);
  });

  it('a ring has 0 to its capacity of free slots', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a'] });
    ring.openConsumer('a').leave();
    const { words } = memoryOf(ring);
    for (const far of [0, 1, 5, 2 ** 28, 2 ** 29 + 1, -1, -100]) {
      words[shared.nobody] = wordOf(far);
      expect(ring.remaining).toBeGreaterThanOrEqual(0);
      expect(ring.remaining).toBeLessThanOrEqual(4);
    }
  });

  it('a closed bit in a consumer’s position is told as a lost seat, and in the cursor as a close', () => {
    const ring = tickRing(4);
    using producer = ring.openProducer();
    using reader = ring.openConsumer('reader');
    const { words, layout } = memoryOf(ring);
    publishAll(producer, 1);
    words[consumerSeat(layout, 0) + seat.position] |= CLOSED;
    expect(thrownBy(() => reader.poll(() => {}))).toMatchObject({ code: 'ERR_SEAT_LOST' });
    words[shared.cursor] |= CLOSED;
    expectThrown(() => producer.publish(fillTick, 2), RingEndedError, 'ERR_RING_CLOSED');
  });

  it('every state that is none keeps a seat taken', () => {
    const ring = tickRing(4);
    const { words, layout } = memoryOf(ring);
    for (const state of [2, 15, -1, MOST]) {
      words[consumerSeat(layout, 0) + seat.state] = state;
      const error = thrownBy(() => ring.openConsumer('reader'));
      expect(error).toBeInstanceOf(SlipringError);
      expect(error).toMatchObject({ code: 'ERR_SEAT_TAKEN' });
    }
  });
});

it('a producer to whom others leave no room looks at its time-out between two attempts', () => {
  const ring = createRing(Tick, { capacity: 2, producers: 2, consumers: ['reader'] });
  using producer = ring.openProducer();
  using other = ring.openProducer();
  using reader = ring.openConsumer('reader');
  publishAll(other, 1, 2);
  const { words, layout } = memoryOf(ring);
  const position = consumerSeat(layout, 0) + seat.position;
  const { load, compareExchange } = Atomics;
  let busy = false;
  let looks = 0;
  let stolen = 0;
  const meanwhile = (action: () => void): void => {
    if (busy) return;
    busy = true;
    action();
    busy = false;
  };
  // Each second look of the producer finds room, and each of its claims comes too late.
  vi.spyOn(Atomics, 'load').mockImplementation(((of: Int32Array, index: number) => {
    if (of.buffer === words.buffer && index === position)
      meanwhile(() => void (++looks % 2 === 0 && reader.poll(() => {}, { max: 1 })));
    return load(of, index);
  }) as typeof load);
  vi.spyOn(Atomics, 'compareExchange').mockImplementation(((
    of: Int32Array,
    index: number,
    from: number,
    to: number,
  ) => {
    if (of.buffer === words.buffer && index === shared.cursor)
      meanwhile(() => {
        if (++stolen > 50) throw new ArgumentError('ERR_TEST', 'The producer has lost fifty times.');
        other.tryPublish(fillTick, 3);
      });
    return compareExchange(of, index, from, to);
  }) as typeof compareExchange);
  expectThrown(
    () => producer.publish({ timeoutMs: 0, wait: 'park' }, fillTick, 4),
    WaitError,
    'ERR_TIMED_OUT',
  );
  expect(stolen).toBeGreaterThan(0);
});

it('a ring that carries no fields is opened as before', () => {
  const None = event({});
  const ring = createRing(None, { capacity: 2, consumers: ['reader'] });
  expect(openRing(ring.handle, None).capacity).toBe(2);
  const One = event({ n: u32 });
  expectThrown(() => openRing(ring.handle, One as never), HandleError, 'ERR_HANDLE_SCHEMA');
});

it('several producers: a group whose forerunner has left finds nothing, and does not look for ever', () => {
  const ring = createRing(Tick, {
    capacity: 4,
    producers: 2,
    consumers: { a: {}, g: { workers: 2, after: ['a'] } },
  });
  using producer = ring.openProducer();
  using worker = ring.openConsumer('g');
  ring.openConsumer('a').leave();
  const { load } = Atomics;
  let loads = 0;
  vi.spyOn(Atomics, 'load').mockImplementation(((of: Int32Array, index: number) => {
    if (++loads > 1_000) throw new Error('a poll looks a thousand times');
    return load(of, index);
  }) as typeof load);
  expect(worker.poll(() => {})).toBe(0);
  publishAll(producer, 1);
  expect(worker.poll(() => {})).toBe(1);
});

it.each([-1, LEAST, 2 ** 27])('a recovery ends whatever the epoch says (%i)', (epoch) => {
  const ring = createRing(Tick, { capacity: 4, producers: 2, consumers: ['reader'] });
  ring.openProducer();
  memoryOf(ring).words[shared.epoch] = epoch;
  const { compareExchange } = Atomics;
  let exchanges = 0;
  vi.spyOn(Atomics, 'compareExchange').mockImplementation(((
    of: Int32Array,
    index: number,
    from: number,
    to: number,
  ) => {
    if (++exchanges > 1_000) throw new Error('a recovery spins');
    return compareExchange(of, index, from, to);
  }) as typeof compareExchange);
  const [seat] = ring.seats();
  expect(ring.declareDead({ ...seat, owner: 77 }).outcome).toBe('recovered');
});

it.each(['capacity', 'workers', 'spareSeats', 'producers'] as const)(
  'diagnose refuses a ring whose header does not hold together any more: %s',
  (word) => {
    const ring = createRing(Tick, { capacity: 4, consumers: { g: { workers: 2 } }, spareSeats: 1 });
    const { words } = memoryOf(ring);
    for (const value of [-1, MOST, 77]) {
      words[header[word]] = value;
      expectThrown(() => ring.diagnose(), HandleError, 'ERR_HANDLE_DAMAGED');
    }
  },
);

it.each([LEAST, -1, 2 ** 20, MOST])(
  'who joins, or is recovered, is not led to seats outside (%i)',
  (rubbish) => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: { g: { workers: 2 } },
      spareSeats: 1,
      spareWorkers: 2,
    });
    using worker = ring.openConsumer('g');
    const { words, layout } = memoryOf(ring);
    words[consumerSeat(layout, 1) + seat.firstWorker] = rubbish;
    expect(thrownBy(() => ring.join('late', { workers: 2 }))).toMatchObject({ code: 'ERR_NO_SPARE_SEAT' });
    const dead = {
      ...ring.seats().find(({ state, kind }) => state === 'taken' && kind === 'worker')!,
      owner: 77,
    };
    words[consumerSeat(layout, 0) + seat.workers] = rubbish;
    expect(() => ring.declareDead(dead)).not.toThrow();
    void worker;
  },
);

describe('a place in an arena', () => {
  const Letter = event({ n: u32, body: bytes(), name: text() });

  function letters() {
    const ring = createRing(Letter, { capacity: 2, arenaBytes: 128, consumers: ['reader'] });
    const { columnOffsets } = planLayout({
      ...readShape(memoryOf(ring).words),
      columns: Letter.fields.map(({ type, elementBytes }) => ({ bytes: elementBytes, length: type.length })),
    });
    const pairs = [1, 2].map((field) => new Uint32Array(ring.handle.buffer, columnOffsets[field], 4));
    return { ring, pairs };
  }

  it.each([
    [MOST, 1],
    [2 ** 32 - 1, 1],
    [1, 129],
    [1, 2 ** 32 - 1],
    [17, 1],
  ])('that is none is refused when it is read (%i, %i)', (place, length) => {
    const { ring, pairs } = letters();
    using producer = ring.openProducer();
    using reader = ring.openConsumer('reader');
    producer.publish((letter) => {
      letter.body = new Uint8Array(3);
      letter.name = 'abc';
    });
    for (const pair of pairs) pair.set([place, length]);
    for (const field of ['body', 'name'] as const)
      expectThrown(() => reader.poll((letter) => void letter[field]), PayloadError, 'ERR_PAYLOAD_DAMAGED');
  });

  it('in an open claim does not lead its producer out of its arena', () => {
    const { ring, pairs } = letters();
    using producer = ring.openProducer();
    const claim = producer.claim(1);
    const { body, name } = claim.columns;
    for (const length of [64, 2 ** 32 - 1, 1]) {
      body.set(0, new Uint8Array(8).fill(1));
      pairs[0][1] = length;
      body.set(0, new Uint8Array(8).fill(2));
    }
    pairs[0][0] = 2 ** 32 - 1;
    expectThrown(() => body.get(0), PayloadError, 'ERR_PAYLOAD_DAMAGED');
    expect(() => body.trim(0, 0)).not.toThrow();
    name.set(0, 'abc');
    expect(name.get(0)).toBe('abc');
    claim.commit();
  });
});
