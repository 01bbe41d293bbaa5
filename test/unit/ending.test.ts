import { type ConsumerGraph, createRing, openRing, RingEndedError } from 'slipring';
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  bytesOf,
  expectBlocked,
  expectRefusal,
  expectThrown,
  fillTick,
  loopTurns,
  publishAll,
  rejectionOf,
  thrownBy,
  Tick,
  tickRing,
  wraps,
} from './support.js';

describe('close', () => {
  it('may come from any handle, any number of times, before anybody has a seat', () => {
    const ring = tickRing(2);
    openRing(ring.handle, Tick).close();
    ring.close();
    const after = bytesOf(ring.handle.buffer);
    ring.close();
    expect(bytesOf(ring.handle.buffer).equals(after)).toBe(true);
    expect(ring.closed).toBe(true);
    expect(ring.snapshot()).toMatchObject({ closed: true, aborted: false, reason: '' });
    expect(ring.openConsumer('reader').run(() => {})).toBe(0);
    ring.drained(atOnce);
  });

  it('B-42: loses nothing that was published before, whenever its consumers come', () => {
    for (const first of [0, ...wraps]) {
      for (const published of [0, 1, 3, 4]) {
        const ring = createRing(Tick, {
          capacity: 4,
          consumers: { first: {}, second: { after: ['first'] } },
          firstSequence: first,
        });
        publishAll(ring.openProducer(atOnce), ...Array(published).keys());
        ring.close();
        for (const name of ring.consumerNames) {
          const seen: number[] = [];
          expect(ring.openConsumer(name).run((tick) => seen.push(tick.n))).toBe(published);
          expect(seen).toEqual([...Array(published).keys()]);
        }
        ring.drained(atOnce);
      }
    }
  });
});

describe('abort', () => {
  it('keeps its first reason, and takes an error, a text, anything or nothing', () => {
    for (const [reason, text] of [
      [new TypeError('no paper'), 'no paper'],
      ['out of ink', 'out of ink'],
      [42, '42'],
      [undefined, ''],
      [Symbol('s'), 'Symbol(s)'],
      [null, 'null'],
    ]) {
      const ring = tickRing(2);
      ring.abort(reason);
      ring.abort('too late');
      expect(ring.snapshot()).toMatchObject({ closed: true, aborted: true, reason: text });
      expect(openRing(ring.handle, Tick).snapshot().reason).toBe(text);
    }
  });

  it('keeps as much of a long reason as fits, in whole characters', () => {
    for (const character of ['x', 'é', '€', '😀']) {
      for (const shift of ['', 'a', 'ab', 'abc']) {
        const ring = tickRing(1);
        const reason = shift + character.repeat(1000);
        ring.abort(reason);
        const kept = ring.snapshot().reason;
        expect(reason.startsWith(kept)).toBe(true);
        expect(Buffer.byteLength(kept)).toBeGreaterThanOrEqual(248);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(252);
      }
    }
  });

  it('after a close ends those who are not done', () => {
    const ring = tickRing(4);
    const producer = ring.openProducer(atOnce);
    publishAll(producer, 0, 1);
    ring.close();
    const reader = ring.openConsumer('reader', atOnce);
    const batch = reader.take({ max: 1 })!;
    ring.abort('enough');
    expectThrown(() => batch.release(), RingEndedError, 'ERR_RING_ABORTED');
    expectThrown(() => producer.publish(fillTick, 2), RingEndedError, 'ERR_RING_ABORTED');
    expectThrown(() => ring.drained(atOnce), RingEndedError, 'ERR_RING_ABORTED');
    expectThrown(() => ring.processed(1, atOnce), RingEndedError, 'ERR_RING_ABORTED');
  });
});

describe('ended', () => {
  it.each([
    ['a consumer', {}],
    ['one of several producers', { producers: 2 }],
    ['a worker', { consumers: { reader: { workers: 2 } } }],
    ['a lossy consumer', { consumers: { reader: { lossy: true } } }],
    ['one after another', { consumers: { before: {}, reader: { after: ['before'] } } }],
  ])(
    'of an aborted ring is false, whatever was seen, so that a loop comes to the error: %s',
    (_, options) => {
      for (const [published, handled] of [
        [0, 0],
        [2, 0],
        [2, 1],
        [2, 2],
      ]) {
        const ring = createRing(Tick, { capacity: 4, consumers: ['reader'] as ConsumerGraph, ...options });
        const reader = ring.openConsumer('reader', atOnce);
        publishAll(ring.openProducer(atOnce), ...Array(published).keys());
        for (const name of ring.consumerNames)
          if (handled > 0)
            (name === 'reader' ? reader : ring.openConsumer(name)).poll(() => {}, { max: handled });
        ring.close();
        ring.abort('why');
        expect(reader.ended).toBe(false);
        const loop = (): void => {
          while (!reader.ended) reader.poll(() => {});
        };
        expectThrown(loop, RingEndedError, 'ERR_RING_ABORTED');
        expect(reader.ended).toBe(false);
      }
    },
  );
});

describe('drained', () => {
  it('waits for the close, and for the last consumer to be done', () => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a', 'b'], firstSequence: wraps[0] });
    publishAll(ring.openProducer(atOnce), 0, 1);
    expectBlocked(() => ring.drained(atOnce));
    const [a, b] = [ring.openConsumer('a', atOnce), ring.openConsumer('b', atOnce)];
    a.poll(() => {});
    b.poll(() => {});
    expectBlocked(() => ring.drained(atOnce));
    ring.close();
    ring.drained(atOnce);
  });

  it('is true while nothing was ever published and the ring is closed', () => {
    const ring = tickRing(1, wraps[3]);
    ring.close();
    ring.drained(atOnce);
  });

  it('resolves when the last consumer is done', async () => {
    const ring = createRing(Tick, {
      capacity: 4,
      consumers: { a: {}, b: { after: ['a'] } },
      firstSequence: wraps[1],
    });
    publishAll(ring.openProducer(atOnce), 0, 1);
    let drained = false;
    const promise = ring.drainedAsync().then(() => (drained = true));
    await loopTurns();
    ring.close();
    ring.openConsumer('a').run(() => {});
    await loopTurns();
    expect(drained).toBe(false);
    ring.openConsumer('b').run(() => {});
    await promise;
  });

  it('rejects when the ring is aborted', async () => {
    const ring = tickRing(2);
    const promise = rejectionOf(ring.drainedAsync());
    await loopTurns(2);
    ring.abort('enough');
    expectRefusal(await promise, RingEndedError, 'ERR_RING_ABORTED');
  });
});

describe('processed', () => {
  it.each([0, ...wraps])('waits until all consumers are past a sequence, from %i', (first) => {
    const ring = createRing(Tick, { capacity: 4, consumers: ['a', 'b'], firstSequence: first });
    const [a, b] = [ring.openConsumer('a', atOnce), ring.openConsumer('b', atOnce)];
    publishAll(ring.openProducer(atOnce), 0, 1, 2);
    a.poll(() => {});
    b.poll(() => {}, { max: 2 });
    ring.processed(first, atOnce);
    ring.processed(first + 1, atOnce);
    expectBlocked(() => ring.processed(first + 2, atOnce));
    expectBlocked(() => ring.processed(first + 3, atOnce));
    b.poll(() => {});
    ring.processed(first + 2, atOnce);
    if (first > 0) ring.processed(first - 1, atOnce);
  });

  it('of a sequence that was never published ends with the ring', () => {
    const ring = tickRing(4);
    publishAll(ring.openProducer(atOnce), 0);
    ring.close();
    expectThrown(() => ring.processed(1, atOnce), RingEndedError, 'ERR_RING_CLOSED');
    expectBlocked(() => ring.processed(0, atOnce));
    ring.openConsumer('reader').run(() => {});
    ring.processed(0, atOnce);
    expectThrown(() => ring.processed(1, atOnce), RingEndedError, 'ERR_RING_CLOSED');
  });

  it('resolves when all consumers are past it, also when it was not yet published when asked', async () => {
    const ring = createRing(Tick, { capacity: 2, consumers: ['a', 'b'], firstSequence: wraps[2] });
    const [a, b] = [ring.openConsumer('a'), ring.openConsumer('b')];
    let processed = false;
    const promise = ring.processedAsync(wraps[2]).then(() => (processed = true));
    await loopTurns();
    publishAll(ring.openProducer(atOnce), 0);
    a.poll(() => {});
    await loopTurns();
    expect(processed).toBe(false);
    b.poll(() => {});
    await promise;
  });

  it('rejects when the ring is closed before the sequence was published', async () => {
    const ring = tickRing(2);
    const promise = rejectionOf(ring.processedAsync(0));
    await loopTurns(2);
    ring.close();
    expectRefusal(await promise, RingEndedError, 'ERR_RING_CLOSED');
  });
});

it('an error of the ring’s end carries no more than its code and a sentence', () => {
  const ring = tickRing(1);
  ring.abort('');
  expect(thrownBy(() => ring.drained(atOnce))).toMatchObject({
    name: 'RingEndedError',
    message: 'The ring was aborted.',
  });
});
