/** Producers that keep each other from claiming, and consumers with events at hand: when a heuristic makes them sleep, and when not. */
import { describe, expect, it, vi } from 'vitest';
import { createRing, openRing } from 'slipring';
import { Barrier } from '../../src/core/barrier.js';
import { Crowd } from '../../src/core/crowd.js';
import { consumerSeat, planLayout, producerSeat, seat } from '../../src/core/layout.js';
import { MultiProducer } from '../../src/core/multi-producer.js';
import { stampsOf } from '../../src/core/stamps.js';
import { READY } from '../../src/core/waiting.js';
import { Trade, fillTrade } from '../../workers/trade.js';

describe('a producer is one of a crowd', () => {
  it('when it lost sixteen claims within 64 positions', () => {
    const crowd = new Crowd();
    for (let lost = 1; lost < 16; lost++) crowd.lose(lost * 4);
    expect(crowd.isDense).toBe(false);
    crowd.lose(64);
    expect(crowd.isDense).toBe(true);
  });

  it('not when it lost any number of claims that lie further apart', () => {
    const crowd = new Crowd();
    for (let lost = 1; lost < 10_000; lost++) crowd.lose(lost * 8);
    expect(crowd.isDense).toBe(false);
  });

  it('no longer after its nap', () => {
    const crowd = new Crowd();
    for (let lost = 0; lost < 16; lost++) crowd.lose(lost);
    crowd.nap();
    expect(crowd.isDense).toBe(false);
  });

  it('as soon as another is always faster, and not before', () => {
    const shape = {
      ...{ capacity: 256, producers: 2, consumers: 1, spareSeats: 0, workers: 0 },
      ...{ nameBytes: 0, schemaBytes: 0, columns: [] },
    };
    const layout = planLayout(shape);
    const words = new Int32Array(new SharedArrayBuffer(layout.byteLength));
    const position = consumerSeat(layout, 0) + seat.position;
    const [slow, fast] = [0, 1].map(
      (number) =>
        new MultiProducer(
          words,
          producerSeat(layout, number),
          new Barrier(words, [position]),
          stampsOf(layout, shape)!,
        ),
    );
    const publish = (producer: MultiProducer): void => {
      expect(producer.claim(1)).toBe(READY);
      expect(producer.publish(1)).toBe(true);
    };
    let lost = 0;
    // It is alone, as it believes after two claims in a row, and the other comes between.
    while (!slow.crowd.isDense) {
      publish(slow);
      publish(slow);
      publish(fast);
      expect(slow.claimNext()).toBe(true);
      expect(slow.publish(1)).toBe(true);
      lost++;
    }
    expect(lost).toBe(16);
    expect(fast.crowd.isDense).toBe(false);
  });
});

describe('a consumer that takes what it found bit by bit', () => {
  it('rests before it looks for more, and not between the bits', () => {
    const handle = createRing(Trade, { capacity: 65_536, consumers: ['reader'] }).handle;
    const ring = openRing(handle, Trade);
    const producer = ring.openProducer();
    const consumer = ring.openConsumer('reader');
    // A rest that is spun ends with a hint to the processor.
    const hinted = vi.fn();
    const engine = Atomics as { pause?: unknown };
    const before = engine.pause;
    engine.pause = hinted;
    try {
      const rests: number[] = [];
      for (let lot = 0; lot < 3; lot++) {
        for (let n = 0; n < 100; n++) producer.publish(fillTrade, n);
        for (let n = 0; n < 100; n++) {
          const batch = consumer.take({ max: 1 })!;
          expect([batch.first, batch.length]).toEqual([100 * lot + n, 1]);
          batch.release();
        }
        rests.push(hinted.mock.calls.length);
      }
      expect(rests).toEqual([0, 0, 1]);
    } finally {
      engine.pause = before;
    }
  });
});
