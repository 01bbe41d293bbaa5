/** Rubbish in shared memory, a few thousand times: see test/hostile, which goes on for as long as it is let (`npm run fuzz`). */
import { expect, it } from 'vitest';
import { watch } from '../hostile/watch.js';

it('whatever is written into a ring’s words, no call spins, reads outside the ring, or throws what has no name', async () => {
  const { faults, trials, refused, errors } = await watch({ seed: 5, limitMs: 12_000, mostFaults: 3 });
  expect(faults).toEqual([]);
  expect(trials).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(0);
  expect(errors).toBeGreaterThan(0);
});
