/** Declaring pipelines: what is refused, before anything is made. */
import { ArgumentError, event, f64, u32 } from 'slipring';
import { CycleError, pipeline, sink, source, stage } from 'slipring/pipeline';
import { describe, expect, it } from 'vitest';
import { hasSettled } from '../../src/pipeline/settling.js';

const Item = event({ id: u32 });
const Other = event({ price: f64 });
const run = new URL('file:///nowhere.js');
const count = { run, output: Item };
const take = { run, from: 'count' };

/** What a declaration is refused with, types aside. */
function refusalOf(definition: unknown): ArgumentError {
  try {
    pipeline(definition as never);
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
  return expect.unreachable('it was not refused');
}

describe('a declaration is refused', () => {
  it.each<[why: string, definition: unknown, code: string]>([
    ['without stages', {}, 'ERR_PIPELINE_STAGES'],
    ['that is none', undefined, 'ERR_PIPELINE_STAGES'],
    ['that is a list', [count], 'ERR_PIPELINE_STAGES'],
    ['with a name that is empty', { '': count }, 'ERR_STAGE_NAME'],
    ['with a name that is too long', { count, ['x'.repeat(300)]: take }, 'ERR_CONSUMER_NAME'],
    ['with an option that there is not', { count: { ...count, thread: 2 }, take }, 'ERR_OPTION'],
    ['with a stage that is none', { count: 1, take }, 'ERR_OPTION'],
    ['with nothing to run', { count: { output: Item }, take }, 'ERR_STAGE_RUN'],
    ['with a handler to run', { count: { run: () => {}, output: Item }, take }, 'ERR_STAGE_RUN'],
    ['with no event', { count: { run, output: { id: u32 } }, take }, 'ERR_EVENT'],
    ['with no threads', { count: { ...count, threads: 0 }, take }, 'ERR_STAGE_THREADS'],
    ['with half a thread', { count: { ...count, threads: 0.5 }, take }, 'ERR_STAGE_THREADS'],
    ['with too many threads', { count: { ...count, threads: 256 }, take }, 'ERR_STAGE_THREADS'],
    [
      'with threads for a stage of this one',
      { count, take: { run: sink(Item, () => {}), from: 'count', threads: 2 } },
      'ERR_STAGE_THREADS',
    ],
    ['with a stage from one that there is not', { count, take: { run, from: 'conut' } }, 'ERR_STAGE_UNKNOWN'],
    [
      'with a stage from what every object has',
      { count, take: { run, from: 'toString' } },
      'ERR_STAGE_UNKNOWN',
    ],
    [
      'with a stage from one twice',
      { count, take: { run, from: ['count', 'count'] } },
      'ERR_STAGE_DUPLICATE',
    ],
    ['with a stage from no stage', { count, take: { run, from: [] } }, 'ERR_STAGE_FROM'],
    ['with a stage from a number', { count, take: { run, from: 1 } }, 'ERR_STAGE_FROM'],
    [
      'with an option of an arc that there is not',
      { count, take: { run, from: { count: { drop: true } } } },
      'ERR_OPTION',
    ],
    [
      'with a lossy group',
      { count, take: { run, from: { count: { lossy: true } }, threads: 2 } },
      'ERR_LOSSY',
    ],
    [
      'with a stage that takes nothing and publishes nothing',
      { count, take, idle: { run } },
      'ERR_STAGE_FROM',
    ],
    ['with a stage from one without output', { count, take, more: { run, from: 'take' } }, 'ERR_STAGE_EVENT'],
    [
      'with two kinds of events for a stage',
      { count, other: { run, output: Other }, take: { run, from: ['count', 'other'] } },
      'ERR_STAGE_EVENT',
    ],
    [
      'with a stage that takes other events',
      { count, take: { run: sink(Other, () => {}), from: 'count' } },
      'ERR_STAGE_EVENT',
    ],
    [
      'with a stage that is given none',
      { count, take, more: { run: sink(Item, () => {}) } },
      'ERR_STAGE_EVENT',
    ],
    [
      'with a stage that publishes other events',
      { count: { run: source(Other, () => {}), output: Item }, take },
      'ERR_STAGE_EVENT',
    ],
    ['with an output that nobody reads', { count }, 'ERR_STAGE_UNREAD'],
    ['with a capacity that is no power of two', { count: { ...count, capacity: 3 }, take }, 'ERR_CAPACITY'],
    ['with a capacity of no output', { count, take: { ...take, capacity: 4 } }, 'ERR_OPTION'],
    ['with a policy that there is not', { count: { ...count, whenFull: 'drop' }, take }, 'ERR_WHEN_FULL'],
    [
      'with restarts that are no number',
      { count: { ...count, restart: { times: 0 } }, take },
      'ERR_STAGE_RESTART',
    ],
    [
      'with restarts in no time',
      { count: { ...count, restart: { times: 1, withinMs: 0 } }, take },
      'ERR_STAGE_RESTART',
    ],
    [
      'with restarts in this thread',
      { count, take: { run: sink(Item, () => {}), from: 'count', restart: { times: 1 } } },
      'ERR_STAGE_RESTART',
    ],
    ['with a time-out that is none', { count: { ...count, timeoutMs: -1 }, take }, 'ERR_TIMEOUT'],
    ['with a wait that there is not', { count: { ...count, wait: 'nap' }, take }, 'ERR_WAIT_MODE'],
    ['without a source', { a: { run, from: { a: { lossy: true } }, output: Item } }, 'ERR_PIPELINE_SOURCE'],
    [
      'with a bound larger than the ring',
      { count: { ...count, capacity: 4 }, take: { run, from: { count: { inFlight: 5 } } } },
      'ERR_PIPELINE_BOUND',
    ],
  ])('%s', (_, definition, code) => {
    expect(refusalOf(definition).code).toBe(code);
  });

  it('by a sentence that names the stage', () => {
    expect(refusalOf({ count: { ...count, capacity: 3 }, take }).message).toMatch(
      /^In the stage "count": .* not 3/,
    );
    expect(refusalOf({ count, take: { run: sink(Other, () => {}), from: 'count' } }).message).toBe(
      'The stage "take" takes events { price:f64 }, and the pipeline gives it { id:u32 }.',
    );
  });
});

describe('a cycle', () => {
  const ring = (back: object, more: object = {}) => ({
    count,
    a: { run, from: { count: {}, c: back }, output: Item },
    b: { run, from: 'a', output: Item },
    c: { run, from: 'b', output: Item, ...more },
    take: { run, from: 'a' },
  });

  it('of arcs that block is refused, with its path and the ways out', () => {
    const refusal = refusalOf(ring({}));
    expect(refusal).toBeInstanceOf(CycleError);
    expect(refusal).toMatchObject({ code: 'ERR_PIPELINE_CYCLE', path: ['a', 'b', 'c', 'a'] });
    for (const says of ['a → b → c → a', 'lossy: true', "'drop-newest'", 'inFlight: n'])
      expect(refusal.message).toContain(says);
  });

  it('of one stage is one too', () => {
    expect(refusalOf({ count, a: { run, from: ['count', 'a'], output: Item } })).toMatchObject({
      path: ['a', 'a'],
    });
  });

  it('is refused when it does not lie behind a source, and when another one drops', () => {
    const stages = {
      ...ring({ lossy: true }),
      x: { run, from: 'y', output: Item },
      y: { run, from: 'x', output: Item },
    };
    expect(refusalOf(stages)).toMatchObject({ path: ['x', 'y', 'x'] });
  });

  it('may be declared where one of its arcs drops, or has a bound', () => {
    pipeline(ring({ lossy: true }) as never);
    pipeline(ring({ inFlight: 1024 }) as never);
    pipeline(ring({}, { whenFull: 'drop-newest' }) as never);
  });

  it('is no diamond', () => {
    pipeline({
      count,
      left: { ...take, output: Item },
      right: { ...take, output: Item },
      both: { run, from: ['left', 'right'] },
    } as never);
  });
});

describe('source(), stage() and sink()', () => {
  it.each<[why: string, make: () => unknown, code: string]>([
    ['no event', () => sink({ id: u32 } as never, () => {}), 'ERR_EVENT'],
    ['no output', () => stage(Item, undefined as never, () => {}), 'ERR_EVENT'],
    ['no handler', () => source(Item, undefined as never), 'ERR_STAGE_HANDLER'],
    ['a generator', () => source(Item, function* () {}), 'ERR_STAGE_HANDLER'],
    ['a method that is a generator', () => sink(Item, { async *each() {} }), 'ERR_STAGE_HANDLER'],
    ['an object without `each`', () => stage(Item, Item, { end() {} } as never), 'ERR_STAGE_HANDLER'],
    [
      'a `begin` that is no function',
      () => sink(Item, { each() {}, begin: 1 } as never),
      'ERR_STAGE_HANDLER',
    ],
  ])('refuse %s', (_, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('keep the `this` of an object of functions', () => {
    const seen: unknown[] = [];
    const work = {
      each() {
        seen.push(this);
      },
      end() {
        seen.push(this);
      },
    };
    const { each, end } = sink(Item, work).work;
    each!(undefined as never, undefined, undefined as never);
    end!(undefined, undefined as never);
    expect(seen).toEqual([work, work]);
  });
});

describe('starting', () => {
  const lines = pipeline({ count, take } as never);

  it.each<[options: unknown, code: string]>([
    [{ timeout: 1 }, 'ERR_OPTION'],
    [{ timeoutMs: -1 }, 'ERR_TIMEOUT'],
    [{ graceMs: 'long' }, 'ERR_TIMEOUT'],
    [{ watchMs: NaN }, 'ERR_TIMEOUT'],
    [{ signal: {} }, 'ERR_SIGNAL'],
  ])('takes no %j', async (options, code) => {
    await expect(lines.start(options as never)).rejects.toMatchObject({ code });
  });
});

describe('a cycle has settled', () => {
  /** A ring that stands so at each look: what is published, and how far its reader is behind. */
  const ring = (...looks: readonly (readonly [published: number, lag: number])[]) => {
    let look = 0;
    const snapshot = () => {
      const [published, lag] = looks[look++];
      return {
        published,
        closed: false,
        consumers: [
          { name: 'reader', lag },
          { name: 'other', lag: 1 },
        ],
      };
    };
    return { ring: { snapshot } as never, readers: ['reader'], outside: false };
  };

  it('when no reader of its own is behind, at two looks between which nothing was published', () => {
    expect(hasSettled([ring([5, 0], [5, 0]), ring([4, 0], [4, 0])])).toBe(true);
  });

  it('not while one is behind', () => {
    expect(hasSettled([ring([5, 0]), ring([4, 1])])).toBe(false);
    expect(hasSettled([ring([5, 0], [5, 0]), ring([4, 0], [4, 1])])).toBe(false);
  });

  it('not when an event slipped past both looks', () => {
    // From the second ring to the first between their looks, back, and so again.
    expect(hasSettled([ring([5, 0], [6, 0]), ring([4, 0], [5, 0])])).toBe(false);
  });
});
