/** What docs/queue.md and the docstrings say of the queue is so. */
import { readFileSync } from 'node:fs';
import { createPermits, createQueue } from 'slipring/queue';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/queue.md', import.meta.url), 'utf8');

/** The cells of the table under the heading that begins so. */
function rowsUnder(heading: string): string[][] {
  const part = page.split(/^## /m).find((one) => one.startsWith(heading))!;
  return part
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('|---'))
    .slice(1)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The names that stand first in its pieces of code. */
const namesIn = (cell: string): string[] => [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name);

const queue = createQueue({ capacity: 2 });
const has = (object: object, name: string): boolean => name in object;

describe('the table beside queue.Queue', () => {
  const rows = rowsUnder('Beside `queue.Queue`');

  it('has a row for every method, attribute and exception of Python 3.13', () => {
    const theirs = rows.flatMap(([python]) => namesIn(python));
    for (const name of [
      ...['Queue', 'LifoQueue', 'PriorityQueue', 'SimpleQueue'],
      ...[
        'qsize',
        'empty',
        'full',
        'put',
        'put_nowait',
        'get',
        'get_nowait',
        'task_done',
        'join',
        'shutdown',
      ],
      ...['is_shutdown', 'maxsize', 'Empty', 'Full', 'ShutDown'],
    ])
      expect(theirs, name).toContain(name);
  });

  it('names nothing that our class has not', () => {
    const ours = rows.flatMap(([, here]) => namesIn(here));
    expect(ours.length).toBeGreaterThan(20);
    const others = [
      'createQueue',
      'whenFull',
      'for',
      'ERR_TIMED_OUT',
      'ERR_QUEUE_FULL',
      'ERR_QUEUE_CLOSED',
      'undefined',
      'false',
    ];
    for (const name of ours) expect(others.includes(name) || has(queue, name), name).toBe(true);
  });

  it('has a row for every public member of our class', () => {
    const ours = rows.flatMap(([, here]) => namesIn(here));
    const members = Object.getOwnPropertyNames(Object.getPrototypeOf(queue)).filter(
      (name) => name !== 'constructor',
    );
    for (const name of members) expect(ours, name).toContain(name);
  });
});

describe('the table of permits', () => {
  const permits = createPermits(1);

  it('has a row for every public member, and no other', () => {
    const named = rowsUnder('Permits').flatMap(([call]) => namesIn(call));
    const [its, ones] = [permits, permits.acquire('a')].map((object) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== 'constructor'),
    );
    for (const name of [...its, ...ones]) expect(named, name).toContain(name);
    const made = ['createPermits', 'openPermits', 'supervise', 'using'];
    for (const name of named)
      expect(made.includes(name) || has(permits, name) || ones.includes(name) || name === 'name', name).toBe(
        true,
      );
  });
});

describe('the memory that a queue takes', () => {
  /** What is left of its bytes once those for its slots and its threads are counted, but for what a thread has beside its arena. */
  const rest = (capacity: number, maxThreads: number, arenaBytes: number): number =>
    createQueue({ capacity, maxThreads, arenaBytes }).bytes -
    maxThreads * arenaBytes -
    capacity * (12 + 4 * maxThreads);

  it('is 12 bytes for each slot, 4 more for each thread, and an arena and under 1.5 KiB for each thread', () => {
    for (const maxThreads of [1, 2, 16, 256]) {
      for (const capacity of [1, 64, 4096]) {
        expect(rest(capacity, maxThreads, 4096)).toBeLessThan(maxThreads * 1536 + 4096);
        expect(createQueue({ capacity, maxThreads, arenaBytes: 4096 }).bytes).toBeGreaterThan(
          maxThreads * 4096,
        );
      }
      // Several threads have stamps; rounding apart, nothing else grows with the slots.
      if (maxThreads > 1) expect(rest(8192, maxThreads, 4096)).toBe(rest(4096, maxThreads, 4096));
    }
  });

  it('has arenas of 64 bytes a slot, 64 KiB at least, unless told otherwise', () => {
    for (const [capacity, arenaBytes] of [
      [1, 65_536],
      [1024, 65_536],
      [4096, 262_144],
    ])
      expect(createQueue({ capacity }).bytes).toBe(createQueue({ capacity, arenaBytes }).bytes);
  });

  it('is 1.1 MB for 1,024 values unless told otherwise, and 0.1 MB for numbers', () => {
    const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
    expect(megabytes(createQueue({ capacity: 1024 }).bytes)).toBe(1.1);
    expect(megabytes(createQueue({ capacity: 1024, values: 'number' }).bytes)).toBe(0.1);
  });
});
