import { describe, expect, test } from 'vitest';
import type { Views } from '../../../src/core/views.js';
import type { Program } from './index.js';
import { check, CheckerError, instrument, recordingViews } from './index.js';

/** What a built `core/views.js` exports: an object whose methods are looked up at use time. */
function genuineViews(): Views {
  return {
    allocate: (bytes) => new SharedArrayBuffer(bytes),
    words: (buffer, byteOffset, length) => new Int32Array(buffer, byteOffset, length),
    bytes: (buffer, byteOffset, length) => new Uint8Array(buffer, byteOffset, length),
    column: () => {
      throw new Error('not the genuine one');
    },
  };
}

describe('the view factory of code under check', () => {
  test('makes genuine views until it is instrumented, while no check is on, and after that', () => {
    const views = genuineViews();
    const restore = instrument(views);
    const buffer = views.allocate(64);
    expect(views.words(buffer, 0, 4)).toBeInstanceOf(Int32Array);
    expect(views.column('f64', buffer, 8, 4)).toBeInstanceOf(Float64Array);
    restore();
    expect(() => views.column('f64', buffer, 8, 4)).toThrow('not the genuine one');
  });

  test('makes recording views during a check, also for plain accesses of words', () => {
    const views = genuineViews();
    const restore = instrument(views);
    const program: Program<SharedArrayBuffer> = {
      name: 'plain word',
      setup: () => views.allocate(64),
      threads: {
        a: ({ shared }) => void (views.words(shared, 0, 16)[3] = 1),
        b: ({ shared }) => void Atomics.load(views.words(shared, 12, 1), 0),
      },
    };
    expect(check(program).verdict).toBe('race');
    restore();
  });

  test('is refused when it has a method that would go past the checker', () => {
    const views = { ...genuineViews(), raw: () => new Int32Array(1) };
    expect(() => instrument(views)).toThrow(CheckerError);
  });
});

describe('a recording view', () => {
  const reading = (body: (view: Float32Array<SharedArrayBuffer>) => unknown): unknown => {
    const program: Program<Float32Array<SharedArrayBuffer>> = {
      name: 'view',
      setup: () => {
        const view = recordingViews.column('f32', recordingViews.allocate(64), 16, 6);
        view.set([1, 2, 3, 4, 5, 6]);
        return view;
      },
      threads: {
        // The second step has the first one run again, and fed from the log.
        a({ shared, observe }) {
          const before = body(shared);
          Atomics.load(recordingViews.words(shared.buffer, 0, 1), 0);
          observe([before, Array.from(shared.slice())]);
        },
        b: ({ shared }) => void Atomics.store(recordingViews.words(shared.buffer, 0, 1), 0, 1),
      },
      finally: ({ observed }) => observed['a'][0],
    };
    const { verdict, outcomes } = check(program);
    expect(verdict).toBe('pass');
    expect(outcomes).toHaveLength(1);
    return JSON.parse(outcomes[0]);
  };
  const all = [1, 2, 3, 4, 5, 6];

  test.each<[string, (view: Float32Array<SharedArrayBuffer>) => unknown, unknown, number[]]>([
    ['elements', (view) => [view[0], view.at(-1), view[6] ?? null, view.length], [1, 6, null, 6], all],
    ['a conversion on writing', (view) => (view[1] = 0.1), 0.1, [1, Math.fround(0.1), 3, 4, 5, 6]],
    ['set', (view) => void view.set([9, 8], 4), null, [1, 2, 3, 4, 9, 8]],
    ['set from a part of itself', (view) => void view.set(view.subarray(0, 2), 1), null, [1, 1, 2, 4, 5, 6]],
    ['fill', (view) => void view.fill(7, 1, -1), null, [1, 7, 7, 7, 7, 6]],
    ['copyWithin', (view) => void view.copyWithin(3, 0), null, [1, 2, 3, 1, 2, 3]],
    ['slice', (view) => Array.from(view.slice(-2)), [5, 6], all],
    ['subarray', (view) => Array.from(view.subarray(2, 4)), [3, 4], all],
    ['iteration', (view) => [...view], all, all],
    [
      'methods that only read',
      (view) => [view.indexOf(3), view.join(), view.reduce((a, b) => a + b)],
      [2, '1,2,3,4,5,6', 21],
      all,
    ],
    ['its place', (view) => [view.byteOffset, view.byteLength, view.BYTES_PER_ELEMENT], [16, 24, 4], all],
  ])('has %s', (_name, body, result, after) => {
    expect(reading(body)).toEqual([result ?? null, after]);
  });

  test('refuses what it does not have', () => {
    expect(() => reading((view) => view.sort())).toThrow(/have no sort/);
  });
});

test('a module that keeps what it found out when first used is checked from then on', () => {
  let found: number | undefined;
  const program: Program<Int32Array> = {
    name: 'lazy',
    setup: () => recordingViews.words(recordingViews.allocate(64), 0, 16),
    threads: {
      a({ shared }) {
        Atomics.load(shared, 0);
        found ??= Atomics.load(shared, 1);
        Atomics.load(shared, 2);
      },
      b: ({ shared }) => void Atomics.store(shared, 0, 1),
    },
  };
  expect(check(program)).toMatchObject({ verdict: 'pass', complete: true });
});

test('memory that a thread makes is the same one when it is run again, and fresh in every schedule', () => {
  const program: Program<Int32Array> = {
    name: 'own memory',
    setup: () => recordingViews.words(recordingViews.allocate(64), 0, 16),
    threads: {
      a({ shared, observe }) {
        const own = recordingViews.words(recordingViews.allocate(64), 0, 16);
        Atomics.add(own, 0, 1);
        Atomics.load(shared, 0);
        observe(Atomics.add(own, 0, 1));
      },
      b: ({ shared }) => void Atomics.store(shared, 0, 1),
    },
    finally: ({ observed }) => observed['a'][0],
  };
  expect(check(program).outcomes).toEqual(['1']);
});
