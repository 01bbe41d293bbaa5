/** Naps of a queue's threads: when they are tried, and how long they go on. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Naps } from '../../src/queue/naps.js';
import { mayPark } from '../../src/parking.js';

mayPark(); // looks once, by a wait of its own
const slept = vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
afterEach(() => slept.mockClear());

/** How many of so many waits were naps, when so many values go through before each. */
const naps = (of: Naps, waits: number, passed: number): number => {
  let napped = 0;
  for (let wait = 0; wait < waits; wait++) {
    of.passed += passed;
    if (of.instead()) napped++;
  }
  return napped;
};

describe('naps', () => {
  it('are tried instead of each 16th wait, where they are not worth while', () => {
    expect(naps(new Naps(4096), 160, 31)).toBe(10);
    expect(slept).toHaveBeenCalledTimes(10);
  });

  it('go on as long as plenty goes through after each', () => {
    const its = new Naps(4096);
    expect(naps(its, 16, 32)).toBe(1);
    expect(naps(its, 100, 32)).toBe(100);
    expect(naps(its, 1, 0)).toBe(0); // the first that was not worth while ends them
    expect(naps(its, 14, 32)).toBe(0);
    expect(naps(its, 1, 32)).toBe(1);
  });

  it('need less to be worth while in a small queue', () => {
    const its = new Naps(16);
    naps(its, 16, 4);
    expect(naps(its, 10, 4)).toBe(10);
  });

  it('end by their time-out, within a tenth of a millisecond', () => {
    naps(new Naps(64), 16, 0);
    expect(slept.mock.lastCall![3]).toBeLessThan(0.1);
  });
});
