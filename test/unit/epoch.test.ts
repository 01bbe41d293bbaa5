import { openRing } from 'slipring';
import { describe, expect, it } from 'vitest';
import { shared } from '../../src/core/layout.js';
import { EPOCH_POSITIONS } from '../../src/core/sequence.js';
import { atOnce, fillTick, publishAll, Tick, tickRing } from './support.js';

const boundary = 3 * EPOCH_POSITIONS;

/** A ring that stands two positions below the boundary of an epoch, and its epoch. */
function setUp() {
  const ring = tickRing(4, boundary - 2);
  const words = new Int32Array(ring.handle.buffer);
  return { ring, words, epoch: (): number => words[shared.epoch], producer: ring.openProducer(atOnce) };
}

describe('the epoch', () => {
  it('moves on with the publish that reaches its boundary, and not before', () => {
    const { epoch, producer } = setUp();
    publishAll(producer, 0);
    expect(epoch()).toBe(2);
    publishAll(producer, 1);
    expect(epoch()).toBe(3);
    publishAll(producer, 2);
    expect(epoch()).toBe(3);
  });

  it.each([2, 3, 4])('moves on with a batch or a claim of %i that reaches or crosses it', (length) => {
    const batch = setUp();
    batch.producer.publishBatch([...Array(length).keys()], fillTick);
    expect(batch.epoch()).toBe(3);
    const claim = setUp();
    claim.producer.claim(length).commit();
    expect(claim.epoch()).toBe(3);
  });

  it('does not move with a claim that is abandoned, or a fill that throws', () => {
    const { epoch, producer } = setUp();
    producer.claim(4).abandon();
    publishAll(producer, 0);
    expect(() =>
      producer.publish(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(epoch()).toBe(2);
  });

  it('is moved on by the next producer when the one before ended between its publish and that', () => {
    const { ring, words, epoch, producer } = setUp();
    publishAll(producer, 0, 1, 2);
    words[shared.epoch] = 2; // As it was left.
    producer[Symbol.dispose]();
    const next = openRing(ring.handle, Tick).openProducer(atOnce);
    expect(next.next).toBe(boundary + 1);
    expect(epoch()).toBe(3);
  });

  it('starts with the first sequence of the ring', () => {
    for (const [first, epoch] of [
      [0, 0],
      [EPOCH_POSITIONS - 1, 0],
      [EPOCH_POSITIONS, 1],
      [2 ** 52, 2 ** 24],
    ]) {
      expect(new Int32Array(tickRing(1, first).handle.buffer)[shared.epoch]).toBe(epoch);
    }
  });
});
