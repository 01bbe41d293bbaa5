import {
  ArgumentError,
  cancelToken,
  createDoorbell,
  createRing,
  type Doorbell,
  type DoorbellHandle,
  HandleError,
  openDoorbell,
  openRing,
  RingEndedError,
  SeatError,
  serve,
  serveAsync,
  TurnError,
  WaitError,
} from 'slipring';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  bytesOf,
  expectRefusal,
  expectThrown,
  fillTick,
  publishAll,
  rejectionOf,
  thrownBy,
  Tick,
} from './support.js';

const nothing = (): void => {};

/** A ring with a consumer, and so many events from 0 on. */
function newRing(doorbell: Doorbell, events = 0, capacity = 8) {
  const ring = createRing(Tick, { capacity, consumers: ['reader'], doorbell });
  const producer = ring.openProducer();
  publishAll(producer, ...Array(events).keys());
  return { ring, producer, consumer: ring.openConsumer('reader') };
}

/** Two of them; `list` serves both into `seen`, 'a0' being the first event of the first. */
function newPair(events = 0) {
  const doorbell = createDoorbell();
  const [a, b] = [newRing(doorbell, events), newRing(doorbell, events)];
  const seen: string[] = [];
  const into =
    (name: string) =>
    (tick: { readonly n: number }): void =>
      void seen.push(`${name}${tick.n}`);
  const list = [
    [a.consumer, into('a'), { max: 1 }],
    [b.consumer, into('b'), { max: 2 }],
  ] as const;
  return { doorbell, a, b, seen, into, list };
}

describe('turns', () => {
  it('B-50: `endOfBatch` is true for the last event of each turn, in each ring', () => {
    const doorbell = createDoorbell();
    const [a, b] = [newRing(doorbell, 3, 64), newRing(doorbell, 3, 64)];
    a.ring.close();
    b.ring.close();
    const ends: string[] = [];
    const noting =
      (name: string) =>
      (tick: { readonly n: number }, _: number, endOfBatch: boolean): void =>
        void ends.push(`${name}${tick.n}${endOfBatch ? '.' : ''}`);
    serve([
      [a.consumer, noting('a'), { max: 2 }],
      [b.consumer, noting('b')],
    ]);
    expect(ends.filter((end) => end.startsWith('a'))).toEqual(['a0', 'a1.', 'a2.']);
    expect(ends.filter((end) => end.startsWith('b'))).toEqual(['b0', 'b1', 'b2.']);
  });

  it('each consumer handles at most `max` events, then the next has its turn', () => {
    const { a, b, seen, list } = newPair(4);
    a.ring.close();
    b.ring.close();
    expect(serve(list)).toBe(8);
    expect(seen).toEqual(['a0', 'b0', 'b1', 'a1', 'b2', 'b3', 'a2', 'a3']);
    expect([a.consumer.next, b.consumer.next]).toEqual([4, 4]);
    expect([a.ring.remaining, a.consumer.ended, b.consumer.ended]).toEqual([8, true, true]);
  });

  it('without `max`, a turn is an eighth of the capacity, or a whole small ring', () => {
    const doorbell = createDoorbell();
    const large = newRing(doorbell, 40, 256);
    const small = newRing(doorbell, 8, 8);
    const seen: string[] = [];
    large.ring.close();
    small.ring.close();
    serve([
      [large.consumer, () => seen.push('large')],
      [small.consumer, () => seen.push('small')],
    ]);
    expect(seen.join()).toBe(
      [...Array<string>(64).fill('large').slice(0, 40), ...Array<string>(8).fill('small')].join(),
    );
  });

  it('what was handled in a turn is released before the next turn', () => {
    const { a, b, list, into } = newPair(2);
    a.ring.close();
    b.ring.close();
    const released: number[] = [];
    serve([
      list[0],
      [
        b.consumer,
        (tick) => (into('b')(tick), released.push(a.ring.snapshot().consumers[0].position)),
        { max: 1 },
      ],
    ]);
    expect(released).toEqual([1, 2]);
  });

  it('whoever fails first again and again starves nobody, since the next call starts with another', () => {
    const { a, b, seen, into } = newPair(3);
    const bad = new Error('bad');
    a.ring.close();
    b.ring.close();
    const calls = [
      [
        a.consumer,
        () => {
          throw bad;
        },
      ],
      [b.consumer, into('b'), { max: 1 }],
    ] as const;
    for (let call = 0; call < 3; call++) expect(thrownBy(() => serve(calls))).toBe(bad);
    expect(seen).toEqual(['b0', 'b1']);
  });
});

describe('ends', () => {
  it('a ring that has ended takes no more turns, the others go on; it returns after the last', () => {
    const { a, b, seen, list } = newPair(1);
    a.ring.close();
    expectThrown(() => serve(list, atOnce), WaitError, 'ERR_TIMED_OUT');
    publishAll(b.producer, 1);
    b.ring.close();
    expect(serve(list)).toBe(1);
    expect(seen).toEqual(['a0', 'b0', 'b1']);
    expect(serve(list)).toBe(0);
  });

  it('an abort comes out as an error, a snapshot tells of which, and the others can be served on', () => {
    const { a, b, seen, list } = newPair(1);
    a.ring.abort('why');
    b.ring.close();
    const error = thrownBy(() => serve(list));
    expectRefusal(error, RingEndedError, 'ERR_RING_ABORTED');
    expect((error as Error).message).toContain('why');
    expect([a, b].map(({ ring }) => ring.snapshot().aborted)).toEqual([true, false]);
    expect(serve(list.slice(1))).toBe(1);
    expect(seen).toContain('b0');
  });

  it('when a handler throws, the events before are released, and the one in hand comes again', () => {
    const { a, b, seen, list } = newPair(3);
    a.ring.close();
    b.ring.close();
    const bad = new Error('bad');
    let calls = 0;
    const failing = (tick: { readonly n: number }): void => {
      if (tick.n === 1 && calls++ === 0) throw bad;
      list[1][1](tick);
    };
    expect(thrownBy(() => serve([list[0], [b.consumer, failing, { max: 3 }]]))).toBe(bad);
    expect(b.ring.snapshot().consumers[0].position).toBe(1);
    expect(serve([list[0], [b.consumer, failing, { max: 3 }]])).toBe(4);
    expect(seen.filter((event) => event.startsWith('b'))).toEqual(['b0', 'b1', 'b2']);
  });

  it('a consumer that is disposed by a handler takes no more turns, the others go on', () => {
    const { a, b, seen, into, list } = newPair(3);
    b.ring.close();
    const leaving = (tick: { readonly n: number }): void => {
      into('a')(tick);
      if (tick.n === 1) a.consumer[Symbol.dispose]();
    };
    expect(serve([[a.consumer, leaving], list[1]])).toBe(4);
    expect(seen).toEqual(['a0', 'a1', 'b0', 'b1', 'b2']);
    // The event in hand was not handled to its end.
    expect(a.ring.openConsumer('reader').next).toBe(1);
  });

  it('a consumer that is disposed by the handler of another takes no more turns', () => {
    const { a, b, seen, into, list } = newPair(3);
    b.ring.close();
    const taking = (tick: { readonly n: number }): void => {
      into('b')(tick);
      a.consumer[Symbol.dispose]();
    };
    expect(serve([list[0], [b.consumer, taking, { max: 1 }]])).toBe(4);
    expect(seen).toEqual(['a0', 'b0', 'b1', 'b2']);
  });

  it('an error that the handler throws after it disposed its consumer comes out', () => {
    const { a, list } = newPair(1);
    const bad = new Error('bad');
    const leaving = (): void => {
      a.consumer[Symbol.dispose]();
      throw bad;
    };
    expect(thrownBy(() => serve([[a.consumer, leaving], list[1]]))).toBe(bad);
  });
});

describe('limits', () => {
  it('a time-out and a token end it; nothing that came is lost', () => {
    const { a, b, seen, list } = newPair(1);
    expectThrown(() => serve(list, atOnce), WaitError, 'ERR_TIMED_OUT');
    expectThrown(() => serve(list, { ...atOnce, wait: 'park' }), WaitError, 'ERR_TIMED_OUT');
    expect(seen).toEqual(['a0', 'b0']);
    const token = cancelToken(a.ring, b.ring);
    token.cancel();
    publishAll(a.producer, 1);
    expectThrown(() => serve(list, { cancel: token }), WaitError, 'ERR_CANCELLED');
    expect(a.consumer.poll(nothing)).toBe(1);
  });

  it('a token rings the doorbell of its rings, also where it was opened by itself', () => {
    const { a, b, doorbell } = newPair();
    const before = bytesOf(doorbell.handle.buffer);
    cancelToken(structuredClone({ handle: a.ring.handle }), b.ring).cancel();
    expect(bytesOf(doorbell.handle.buffer).equals(before)).toBe(false);
  });

  it('a wait that times out leaves the rings as they were', () => {
    const { a, b, list } = newPair();
    const before = [a, b].map(({ ring }) => bytesOf(ring.handle.buffer));
    expectThrown(() => serve(list, { ...atOnce, wait: 'park' }), WaitError, 'ERR_TIMED_OUT');
    [a, b].forEach(({ ring }, i) => expect(bytesOf(ring.handle.buffer).equals(before[i])).toBe(true));
  });
});

describe('misuse', () => {
  /** Refused with this code, and nothing changed: the consumers can be served after. */
  function refused(
    pair: ReturnType<typeof newPair>,
    servings: unknown,
    Class: Parameters<typeof expectThrown>[1],
    code: string,
    options?: object,
  ): void {
    const before = [pair.a, pair.b].map(({ ring }) => bytesOf(ring.handle.buffer));
    expectThrown(() => serve(servings as typeof pair.list, options), Class, code);
    [pair.a, pair.b].forEach(({ ring }, i) =>
      expect(bytesOf(ring.handle.buffer).equals(before[i])).toBe(true),
    );
    expect(pair.seen).toEqual([]);
  }

  it('is refused before anything is handled', async () => {
    const pair = newPair(1);
    const { a, b, list } = pair;
    const [one, two] = list;
    for (const bad of [
      undefined,
      null,
      [],
      {},
      'x',
      [one, undefined],
      [a.consumer],
      [[{}, nothing]],
      [[a.consumer, nothing, 7]],
    ])
      refused(pair, bad, ArgumentError, 'ERR_SERVE');
    refused(pair, [one, two, one], ArgumentError, 'ERR_CONSUMER_DUPLICATE');
    refused(pair, [one, [b.consumer]], ArgumentError, 'ERR_HANDLER');
    refused(pair, [one, [b.consumer, nothing, { max: 0 }]], ArgumentError, 'ERR_BATCH_MAX');
    refused(pair, list, ArgumentError, 'ERR_TIMEOUT', { timeoutMs: -1 });
    refused(pair, list, ArgumentError, 'ERR_CANCEL_FOREIGN', { cancel: cancelToken(a.ring) });
    const alone = newRing(createDoorbell());
    refused(pair, [one, [alone.consumer, nothing]], ArgumentError, 'ERR_DOORBELL');
    const plain = createRing(Tick, { capacity: 1, consumers: ['reader'] }).openConsumer('reader');
    refused(pair, [one, [plain, nothing]], ArgumentError, 'ERR_DOORBELL');
    refused(pair, [[plain, nothing]], ArgumentError, 'ERR_DOORBELL');
    plain[Symbol.dispose]();
    refused(pair, [one, [plain, nothing]], SeatError, 'ERR_SEAT_LEFT');
    expectRefusal(await rejectionOf(serveAsync([])), ArgumentError, 'ERR_SERVE');
    a.ring.close();
    b.ring.close();
    expect(serve(list)).toBe(2);
  });

  it('a consumer that is busy is refused, and one that is served is busy', () => {
    const pair = newPair(1);
    const { a, b, list } = pair;
    const batch = b.consumer.take()!;
    refused(pair, list, TurnError, 'ERR_CONSUMER_BUSY');
    batch.release();
    a.ring.close();
    b.ring.close();
    serve([
      [
        a.consumer,
        () => {
          expectThrown(() => b.consumer.poll(nothing), TurnError, 'ERR_CONSUMER_BUSY');
          expectThrown(() => a.consumer.take(), TurnError, 'ERR_CONSUMER_BUSY');
          expectThrown(() => serve(list), TurnError, 'ERR_CONSUMER_BUSY');
        },
      ],
      list[1],
    ]);
    expect(a.consumer.poll(nothing)).toBe(0);
  });
});

describe('on an event loop', () => {
  it('awaits what a handler returns before anything else is handled', async () => {
    const { a, b, seen, into } = newPair(2);
    a.ring.close();
    b.ring.close();
    const slowly = async (tick: { readonly n: number }): Promise<void> => {
      const { n } = tick;
      seen.push(`begin ${n}`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`end ${n}`);
    };
    expect(
      await serveAsync([
        [a.consumer, slowly, { max: 1 }],
        [b.consumer, into('b'), { max: 1 }],
      ]),
    ).toBe(4);
    expect(seen).toEqual(['begin 0', 'end 0', 'b0', 'begin 1', 'end 1', 'b1']);
  });

  it('handles what comes while it waits, whichever ring it comes in', async () => {
    const { a, b, seen, list } = newPair();
    const served = serveAsync(list);
    for (const [{ producer }, n] of [
      [b, 0],
      [a, 0],
      [b, 1],
    ] as const) {
      producer.publish(fillTick, n);
      const before = seen.length;
      while (seen.length === before) await new Promise((resolve) => setImmediate(resolve));
    }
    a.ring.close();
    b.ring.close();
    expect(await served).toBe(3);
    expect(seen).toEqual(['b0', 'a0', 'b1']);
  });

  it('a signal ends it with its reason, a rejection with its own; every consumer can be used again', async () => {
    const { a, list } = newPair();
    const controller = new AbortController();
    const served = rejectionOf(serveAsync(list, { signal: controller.signal }));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await served).toBe(reason);
    expectRefusal(await rejectionOf(serveAsync(list, { timeoutMs: 1 })), WaitError, 'ERR_TIMED_OUT');
    publishAll(a.producer, 0);
    expect(await rejectionOf(serveAsync([[a.consumer, () => Promise.reject(reason)]]))).toBe(reason);
    expect(a.consumer.poll(nothing)).toBe(1);
  });

  it('a consumer that is disposed while it waits takes no more turns; disposing ends once its event is done', async () => {
    const { a, b, list, seen } = newPair();
    const served = serveAsync(list);
    await new Promise((resolve) => setImmediate(resolve));
    await a.consumer[Symbol.asyncDispose]();
    expect(thrownBy(() => a.consumer.poll(nothing))).toBeInstanceOf(SeatError);
    publishAll(b.producer, 0);
    b.ring.close();
    expect(await served).toBe(1);
    expect(seen).toEqual(['b0']);
  });

  it('leaves the event loop its turns while a ring keeps it busy', async () => {
    const { a, b } = newPair(1);
    let turns = 0;
    const tick = setInterval(() => turns++, 0);
    const endless = (): void => {
      if (turns < 3) a.producer.publish(fillTick, 0);
      else a.ring.close();
    };
    b.ring.close();
    await serveAsync([
      [a.consumer, endless, { max: 1 }],
      [b.consumer, nothing],
    ]);
    clearInterval(tick);
    expect(turns).toBe(3);
  });
});

describe('a doorbell', () => {
  it('is told apart, and goes with the handle of its rings', () => {
    const { a } = newPair();
    const { handle } = a.ring;
    const { doorbell: own, ...bare } = structuredClone(handle);
    expect(openRing({ ...bare, doorbell: own! }, Tick).handle.doorbell).toBe(own);
    const other = createDoorbell().handle;
    const plain = createRing(Tick, { capacity: 1, consumers: ['reader'] }).handle;
    for (const bad of [
      bare,
      { ...bare, doorbell: other },
      { ...bare, doorbell: 7 },
      { ...plain, doorbell: other },
    ])
      expectThrown(() => openRing(bad as typeof handle, Tick), HandleError, 'ERR_HANDLE_DOORBELL');
  });

  it('is nothing else', () => {
    for (const bad of [null, 7, {}, createDoorbell().handle])
      expectThrown(
        () => createRing(Tick, { capacity: 1, consumers: ['reader'], doorbell: bad as Doorbell }),
        ArgumentError,
        'ERR_DOORBELL',
      );
    for (const bad of [
      null,
      undefined,
      {},
      { slipring: 'doorbell', buffer: new SharedArrayBuffer(256) },
      { slipring: 'doorbell', buffer: new SharedArrayBuffer(4) },
    ])
      expectThrown(() => openDoorbell(bad as DoorbellHandle), HandleError, 'ERR_HANDLE');
  });
});
