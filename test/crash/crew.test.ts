import { describe, expect, it } from 'vitest';
import { bundleWorker } from './bundle.js';
import { Crew } from './crew.js';

const threads = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

describe('a crew', () => {
  it('that ends while threads are on their way up leaves none behind', async () => {
    const before = threads();
    const crew = new Crew(await bundleWorker('crew'), 2);
    expect(threads()).toBeGreaterThan(before);
    await crew[Symbol.asyncDispose]();
    expect({ started: crew.started, threads: threads() }).toEqual({ started: 2, threads: before });
  });
});
