/** Pipelines on real threads. */
import { pipeline, sink } from 'slipring/pipeline';
import { describe, expect, it } from 'vitest';
import type { CountData } from '../../workers/stage-count.js';
import { Item, Named } from '../../workers/stage-events.js';
import type { NameData } from '../../workers/stage-name.js';
import { worker } from './calls.js';

const COUNT = 500;
const numbers = Array.from({ length: COUNT }, (_, id) => id);
const ascending = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b);

const counting = (data: CountData, capacity = 4) => ({
  run: worker('stage-count'),
  output: Item,
  capacity,
  data,
});
const naming = (data: NameData, threads = 1, capacity = 4) => ({
  run: worker('stage-name'),
  from: 'count' as const,
  output: Named,
  threads,
  capacity,
  data,
});
/** Keeps what comes. */
function keeping() {
  const ids: number[] = [];
  const names: string[] = [];
  const run = sink(Named, ({ id, name }) => {
    ids.push(id);
    names.push(name);
  });
  return { ids, names, keep: { run, from: 'name' as const } };
}

describe('a pipeline of threads', () => {
  it.each([1, 2, 64])('hands every event on, in order, capacity %d', async (capacity) => {
    const { ids, names, keep } = keeping();
    const lines = pipeline({
      count: counting({ count: COUNT }, capacity),
      name: naming({}, 1, capacity),
      keep,
    });
    const run = await lines.start();
    await run.drained();
    expect(ids).toEqual(numbers);
    expect(names).toEqual(numbers.map((id) => `number ${id}`));
  });

  it('shares the events of a group among its threads, each to one', async () => {
    const { ids, keep } = keeping();
    const run = await pipeline({ count: counting({ count: COUNT }), name: naming({}, 3), keep }).start();
    await run.drained();
    expect(ascending(ids)).toEqual(numbers);
  });
});
