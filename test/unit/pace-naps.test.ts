/** When a consumer that is about to park naps instead, and when it goes on doing so. A nap is a short `Atomics.wait`: those are counted, and end at once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Pace } from '../../src/core/pace.js';

const wait = Atomics.wait;
let naps = 0;

beforeEach(() => {
  naps = 0;
  Atomics.wait = () => (naps++, 'timed-out');
});
afterEach(() => {
  Atomics.wait = wait;
});

/** Parks until a nap is tried instead; the look after it finds so many. Then how often of 8 times it naps instead of parking. */
function napsAfterFinding(count: number, capacity: number): number {
  const pace = new Pace(capacity);
  for (let park = 0; park < 64 && naps === 0; park++) pace.napInstead();
  expect(naps).toBe(1);
  naps = 0;
  for (let turn = 0; turn < 8; turn++) {
    pace.found(count, Infinity);
    pace.napInstead();
  }
  return naps;
}

it('naps again while it finds many events after a nap', () => {
  expect(napsAfterFinding(200, 1024)).toBe(8);
});

it('parks again when it found few: nothing was gained', () => {
  expect(napsAfterFinding(3, 1024)).toBe(0);
});

it('parks again when the ring was more than half full: its producer may have slept for it', () => {
  expect(napsAfterFinding(513, 1024)).toBe(0);
  naps = 0;
  expect(napsAfterFinding(512, 1024)).toBe(8);
});

it('never naps in a small ring, which is full long before a nap ends', () => {
  const pace = new Pace(64);
  for (let park = 0; park < 64; park++) expect(pace.napInstead()).toBe(false);
  expect(naps).toBe(0);
});
