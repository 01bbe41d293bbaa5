/** Pipelines on real threads. */
import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { createRing, event, u32 } from 'slipring';
import { pipeline, sink, source, type StageContext, StageError, stage } from 'slipring/pipeline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CountData } from '../../workers/stage-count.js';
import { Item, Named } from '../../workers/stage-events.js';
import type { NameData } from '../../workers/stage-name.js';
import { until, worker } from './calls.js';

const COUNT = 500;
const numbers = Array.from({ length: COUNT }, (_, id) => id);
const ascending = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b);
/** Numbers in the order in which each came first. */
const once = (ids: readonly number[]): number[] => [...new Set(ids)];
const fillId = (item: { id: number }, id: number): void => {
  item.id = id;
};

const counting = (data: CountData, capacity = 4) => ({
  run: worker('stage-count'),
  output: Item,
  capacity,
  data,
});
const naming = (data: NameData = {}, capacity = 4) => ({
  run: worker('stage-name'),
  from: 'count' as const,
  output: Named,
  capacity,
  data,
});

/** A stage of this thread that keeps what comes. */
function keeping() {
  const kept = { ids: [] as number[], names: [] as string[], threads: new Set<number>() };
  const run = sink(Named, ({ id, name, thread }) => {
    kept.ids.push(id);
    kept.names.push(name);
    kept.threads.add(thread);
  });
  return { kept, keep: { run, from: 'name' as const } };
}

/** The same for numbers. */
function keepingItems() {
  const ids: number[] = [];
  return { ids, run: sink(Item, ({ id }) => void ids.push(id)) };
}

/** What a promise rejects with. */
const failureOf = (promise: Promise<unknown>): Promise<StageError> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error: StageError) => error,
  );

// Whatever becomes of a pipeline, none of its threads is left, nor heard of again: told by the platform, not by the pipeline.
const alive = new Set<Worker>();
subscribe('worker_threads', (message) => {
  const { worker } = message as { readonly worker: Worker };
  alive.add(worker);
  worker.once('exit', () => alive.delete(worker));
});
afterEach(() => {
  expect(alive.size).toBe(0);
});

describe('a pipeline of threads', () => {
  it.each([1, 2, 64])('hands every event on, in order, capacity %d', async (capacity) => {
    const { kept, keep } = keeping();
    const lines = pipeline({ count: counting({ count: COUNT }, capacity), name: naming({}, capacity), keep });
    const run = await lines.start();
    await run.drained();
    expect(kept.ids).toEqual(numbers);
    expect(kept.names).toEqual(numbers.map((id) => `number ${id}`));
  });

  it('ends when its source has nothing at all', async () => {
    const { kept, keep } = keeping();
    const lines = pipeline({ count: counting({ count: 0 }), name: naming({ endTells: true }), keep });
    await (await lines.start()).drained();
    expect(kept.ids).toEqual([0]); // what `end` published: none handled
  });

  it('can be started again, and twice at a time', async () => {
    const { kept, keep } = keeping();
    const lines = pipeline({ count: counting({ count: 50 }), name: naming(), keep });
    await Promise.all((await Promise.all([lines.start(), lines.start()])).map((run) => run.drained()));
    await (await lines.start()).drained();
    expect(ascending(kept.ids)).toEqual(numbers.slice(0, 50).flatMap((id) => [id, id, id]));
  });

  it('shares the events of a group among its threads, each to one, and closes after the last of them', async () => {
    const { kept, keep } = keeping();
    const lines = pipeline({
      count: counting({ count: COUNT }),
      name: { ...naming({ endTells: true }), threads: 3 },
      keep,
    });
    await (await lines.start()).drained();
    expect([...kept.threads].sort()).toEqual([0, 1, 2]);
    const ids = ascending(kept.ids);
    // Each of the three told at its end how many it had handled.
    const total = kept.ids.reduce((sum, id) => sum + id, 0) - numbers.reduce((sum, id) => sum + id, 0);
    expect([ids.length, total]).toEqual([COUNT + 3, COUNT]);
  });

  it('shows every event to each stage that reads it, and brings what they publish together: a diamond', async () => {
    const { kept, keep } = keeping();
    const lines = pipeline({
      count: counting({ count: COUNT }),
      name: naming(),
      again: naming(),
      both: { run: keep.run, from: ['name', 'again'] },
    });
    await (await lines.start()).drained();
    expect(ascending(kept.ids)).toEqual(numbers.flatMap((id) => [id, id]));
  });

  it('takes from several in a group of threads', async () => {
    const { kept, keep } = keeping();
    const lines = pipeline({
      count: counting({ count: COUNT }),
      more: counting({ count: COUNT }, 2),
      name: { ...naming(), from: ['count', 'more'], threads: 2 },
      keep,
    });
    await (await lines.start()).drained();
    expect(ascending(kept.ids)).toEqual(numbers.flatMap((id) => [id, id]));
  });

  it('runs sources, stages and sinks in its own thread too', async () => {
    const { ids, run } = keepingItems();
    const lines = pipeline({
      count: {
        run: source(Item, async (out) => {
          for (const id of numbers) await out.publishAsync(fillId, id);
        }),
        capacity: 2,
      },
      half: {
        run: stage(Item, Item, async ({ id }, out) => {
          if (id % 2 === 0) await out.publishAsync(fillId, id / 2);
        }),
        from: 'count',
        capacity: 2,
      },
      keep: { run, from: 'half' },
    });
    await (await lines.start()).drained();
    expect(ids).toEqual(numbers.slice(0, COUNT / 2));
  });

  it('awaits the handlers of an asynchronous stage, one after another', async () => {
    const { ids, run } = keepingItems();
    const lines = pipeline({
      count: counting({ count: COUNT }),
      pass: { run: worker('stage-async'), from: 'count', output: Item, capacity: 2 },
      keep: { run, from: 'pass' },
    });
    await (await lines.start()).drained();
    expect(ids).toEqual(numbers);
  });

  it('is not held up by a lossy reader that has nothing in hand, which sees a gap', async () => {
    const seen: number[] = [];
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const lines = pipeline({
      count: counting({ count: COUNT, gate }),
      slow: { run: sink(Item, ({ id }) => void seen.push(id)), from: { count: { lossy: true } } },
    });
    const run = await lines.start();
    await until(() => run.diagnose().waits.some(({ seat }) => seat === 'slow'));
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    // This thread is the reader's: it reads nothing meanwhile.
    while (run.snapshot().stages.count.published < COUNT);
    await run.drained();
    expect(seen.length).toBeLessThan(COUNT);
    expect(seen.slice(-4)).toEqual(numbers.slice(-4));
    expect(run.snapshot().stages.slow.from['count'].position).toBe(COUNT);
  });

  it('drops the newest where it is told to, and counts', async () => {
    const { ids, run } = keepingItems();
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const lines = pipeline({
      count: { ...counting({ count: COUNT }), whenFull: 'drop-newest' },
      keep: {
        run: sink(Item, async ({ id }) => {
          await released;
          ids.push(id);
        }),
        from: 'count',
      },
      also: { run, from: 'count' },
    });
    const running = await lines.start();
    await until(
      () => running.snapshot().stages.count.published + running.snapshot().stages.count.dropped === COUNT,
    );
    const { dropped } = running.snapshot().stages.count;
    release();
    await running.drained();
    expect(dropped).toBeGreaterThan(0);
    expect(ids.length).toBe(2 * (COUNT - dropped));
  });

  it('tells a handler which event it has in hand', async () => {
    const told: unknown[] = [];
    const lines = pipeline({
      count: counting({ count: 3 }),
      look: {
        run: sink(Item, (_, { stage, thread, life, from, sequence, redelivered, data }: StageContext) => {
          told.push({ stage, thread, life, from, sequence, redelivered, data });
        }),
        from: 'count',
        data: 'mine',
      },
    });
    await (await lines.start()).drained();
    const rest = { stage: 'look', thread: 0, life: 1, from: 'count', redelivered: false, data: 'mine' };
    expect(told).toEqual([0, 1, 2].map((sequence) => ({ ...rest, sequence })));
  });
});

describe('when a stage fails', () => {
  it('everything ends, and the error says in which stage, at which event, and why', async () => {
    const { keep } = keeping();
    const run = await pipeline({
      count: counting({ count: Infinity }),
      name: naming({ throwsAt: 42 }),
      keep,
    }).start();
    const error = await failureOf(run.drained());
    expect(error).toBeInstanceOf(StageError);
    expect(error).toMatchObject({
      code: 'ERR_STAGE_FAILED',
      stage: 'name',
      thread: 0,
      from: 'count',
      sequence: 42,
    });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause).toMatchObject({ message: 'no name for 42', code: 'ERR_NAME' });
  });

  it('also with what cannot be cloned', async () => {
    const { keep } = keeping();
    const run = await pipeline({
      count: counting({ count: COUNT }),
      name: naming({ throwsAt: 42, odd: true }),
      keep,
    }).start();
    const { cause } = await failureOf(run.drained());
    expect(cause).toMatchObject({ message: 'no name for 42', code: 'ERR_NAME' });
    expect((cause as Error).stack).toContain('stage-name');
  });

  it('by ending its thread, the error says so', async () => {
    const { keep } = keeping();
    const run = await pipeline({
      count: counting({ count: COUNT }),
      name: naming({ diesAt: 42 }),
      keep,
    }).start();
    expect(await failureOf(run.drained())).toMatchObject({ code: 'ERR_STAGE_DIED', stage: 'name' });
  });

  it('at its end, the error says so', async () => {
    const { keep } = keeping();
    const run = await pipeline({
      count: counting({ count: COUNT }),
      name: naming({ endThrows: true }),
      keep,
    }).start();
    const error = await failureOf(run.drained());
    expect(error).toMatchObject({ code: 'ERR_STAGE_FAILED', stage: 'name', sequence: undefined });
  });

  it('after its end, where nobody awaits it, the error says so', async () => {
    const { keep } = keeping();
    const run = await pipeline({
      count: counting({ count: COUNT }),
      name: naming({ throwsLate: true }),
      keep,
    }).start();
    const error = await failureOf(run.drained());
    expect(error).toMatchObject({ code: 'ERR_STAGE_FAILED', stage: 'name' });
    expect(error.cause).toMatchObject({ message: 'too late' });
  });

  it('as a source, because another ring than its output was closed, the error says so', async () => {
    const other = createRing(Item, { capacity: 2, consumers: ['nobody'] });
    other.close();
    const { run: keep, ids } = keepingItems();
    const run = await pipeline({
      count: {
        run: source(Item, async (out) => {
          await out.publishAsync(fillId, 1);
          using elsewhere = other.openProducer();
          await elsewhere.publishAsync(fillId, 1);
          await out.publishAsync(fillId, 2);
        }),
      },
      keep: { run: keep, from: 'count' },
    }).start();
    const error = await failureOf(run.drained());
    expect(error).toMatchObject({ code: 'ERR_STAGE_FAILED', stage: 'count' });
    expect(error.cause).toMatchObject({ code: 'ERR_RING_CLOSED' });
    expect(ids).not.toContain(2);
  });

  it('in this thread, the error has the very cause', async () => {
    const cause = new Error('enough');
    const run = await pipeline({
      count: counting({ count: Infinity }),
      keep: {
        run: sink(Item, ({ id }) => {
          if (id === 42) throw cause;
        }),
        from: 'count',
      },
    }).start();
    const error = await failureOf(run.drained());
    expect(error).toMatchObject({ code: 'ERR_STAGE_FAILED', stage: 'keep', from: 'count', sequence: 42 });
    expect(error.cause).toBe(cause);
  });

  it('by returning a promise that nobody awaits, the error says so', async () => {
    const { run } = keepingItems();
    const lines = pipeline({
      count: counting({ count: COUNT }),
      pass: { run: worker('stage-promise'), from: 'count', output: Item },
      keep: { run, from: 'pass' },
    });
    const error = await failureOf((await lines.start()).drained());
    expect(error).toMatchObject({ code: 'ERR_STAGE_PROMISE', stage: 'pass', sequence: 0 });
  });

  it('by waiting longer than it may, the error says so', async () => {
    const lines = pipeline({
      count: { run: source(Item, () => new Promise(() => {})) },
      name: { ...naming(), timeoutMs: 20 },
      keep: keeping().keep,
    });
    const error = await failureOf((await lines.start({ graceMs: 0 })).drained());
    expect(error).toMatchObject({ code: 'ERR_STAGE_FAILED', stage: 'name' });
    expect(error.cause).toMatchObject({ code: 'ERR_TIMED_OUT' });
  });
});

describe('a stage that may be restarted', () => {
  it.each([{ throwsAt: 42 }, { diesAt: 42 }])(
    'goes on after %j with what it had not released',
    async (data) => {
      const { kept, keep } = keeping();
      const lines = pipeline({
        count: counting({ count: COUNT }, 16),
        name: { ...naming({ ...data, lives: 2 }), restart: { times: 2 } },
        keep,
      });
      const run = await lines.start();
      await run.drained();
      expect(once(kept.ids)).toEqual(numbers);
      expect(run.snapshot().stages.name.restarts).toBe(2);
    },
  );

  it('repeats nothing but the event in hand when it releases what is before', async () => {
    const { kept, keep } = keeping();
    const name = { ...naming({ diesAt: 42, releases: true }), restart: { times: 1, withinMs: 60_000 } };
    const run = await pipeline({ count: counting({ count: COUNT }, 64), name, keep }).start();
    await run.drained();
    expect(kept.ids).toEqual(numbers);
  });

  it.each([1, 2, 3])(
    'loses nothing in a group of %d threads of which one dies after another',
    async (threads) => {
      const { kept, keep } = keeping();
      const name = { ...naming({ diesAt: 42, lives: 3 }, 4), threads, restart: { times: 3 * threads } };
      const run = await pipeline({ count: counting({ count: COUNT }), name, keep }).start();
      await run.drained();
      expect(ascending(once(kept.ids))).toEqual(numbers);
    },
  );

  it('goes on as a source with what it had not published', async () => {
    const { kept, keep } = keeping();
    const lines = pipeline({
      count: { ...counting({ count: COUNT, diesAfter: 99 }), restart: { times: 1 } },
      name: naming(),
      keep,
    });
    await (await lines.start()).drained();
    expect(kept.ids).toEqual(numbers);
  });

  it('ends the pipeline when it fails more often than it may', async () => {
    const { keep } = keeping();
    const name = { ...naming({ throwsAt: 42, lives: Infinity }), restart: { times: 2 } };
    const run = await pipeline({ count: counting({ count: COUNT }), name, keep }).start();
    expect(await failureOf(run.drained())).toMatchObject({
      code: 'ERR_STAGE_FAILED',
      stage: 'name',
      sequence: 42,
    });
    expect(run.snapshot().stages.name.restarts).toBe(2);
  });
});

describe('when a stage cannot start, nothing is published and nobody is left', () => {
  let published = 0;
  const count = {
    run: source(Item, async (out) => {
      published++;
      await out.publishAsync(fillId, 1);
    }),
  };
  const rest = { from: 'count', output: Named } as const;

  it.each([
    ['whose file does not exist', { ...rest, run: worker('stage-missing') }, 'ERR_STAGE_FILE'],
    ['whose file throws', { ...rest, run: worker('stage-broken') }, 'ERR_STAGE_FILE'],
    ['whose file exports nothing', { ...rest, run: worker('stage-nothing') }, 'ERR_STAGE_EXPORT'],
    ['whose file exports something else', { ...rest, run: worker('stage-other') }, 'ERR_STAGE_EXPORT'],
    ['that throws when it begins', { ...naming({ beginThrows: true }) }, 'ERR_STAGE_START'],
    ['of several threads that throw', { ...naming({ beginThrows: true }), threads: 3 }, 'ERR_STAGE_START'],
    [
      'that publishes other events than declared',
      { run: worker('stage-name'), from: 'count', output: event({ id: u32 }) } as const,
      'ERR_STAGE_EVENT',
    ],
    [
      'that takes no events and is given some',
      { run: worker('stage-count'), from: 'count', output: Item } as const,
      'ERR_STAGE_EVENT',
    ],
    ['that is given what cannot be cloned', { ...naming(), data: () => {} }, 'ERR_STAGE_START'],
  ])('%s', async (_, name, code) => {
    published = 0;
    const keep = { run: sink(name.output as typeof Item, () => {}), from: 'name' } as const;
    // Not for the compiler: what it would refuse is what is tested.
    const lines = pipeline({
      count,
      name,
      keep,
      fine: naming(),
      kept: { run: sink(Named, () => {}), from: 'fine' },
    } as never);
    const error = await failureOf(lines.start());
    expect(error).toMatchObject({ code, stage: 'name' });
    expect(error.message).toContain('"name"');
    expect(published).toBe(0);
  });

  it('that takes longer than start may', async () => {
    const slow = sink(Item, { begin: () => new Promise(() => {}), each: () => {} });
    const lines = pipeline({ count, slow: { run: slow, from: 'count' } });
    expect(await failureOf(lines.start({ timeoutMs: 20, graceMs: 0 }))).toMatchObject({
      code: 'ERR_TIMED_OUT',
    });
    const signal = AbortSignal.abort(new Error('never mind'));
    expect(await failureOf(lines.start({ signal, graceMs: 0 }))).toMatchObject({ message: 'never mind' });
  });
});

describe('ending', () => {
  const endless = () => {
    const { kept, keep } = keeping();
    return {
      kept,
      lines: pipeline({ count: counting({ count: Infinity }), name: { ...naming(), threads: 2 }, keep }),
    };
  };

  it('by finish, everything that was published goes all the way', async () => {
    const { kept, lines } = endless();
    const run = await lines.start();
    await until(() => kept.ids.length > 10);
    await run.finish({ timeoutMs: 30_000 });
    const { published } = run.snapshot().stages.count;
    expect(ascending(kept.ids)).toEqual(Array.from({ length: published }, (_, id) => id));
  });

  it('by abort, every thread ends, and drained says why', async () => {
    const { kept, lines } = endless();
    const run = await lines.start();
    await until(() => kept.ids.length > 10);
    const drained = failureOf(run.drained());
    await run.abort(new RangeError('enough'));
    expect(await drained).toMatchObject({ code: 'ERR_PIPELINE_ABORTED', cause: new RangeError('enough') });
    expect(run.diagnose().waits).toEqual([]);
  });

  it('by leaving an `await using` block, every thread ends', async () => {
    const { kept, lines } = endless();
    let run;
    {
      await using running = await lines.start();
      run = running;
      await until(() => kept.ids.length > 10);
    }
    expect(await failureOf(run.drained())).toMatchObject({ code: 'ERR_PIPELINE_ABORTED' });
  });

  it('by a failure that nobody was told of, disposing tells it', async () => {
    const run = await pipeline({
      count: counting({ count: 3 }),
      keep: {
        run: sink(Item, () => {
          throw new Error('no');
        }),
        from: 'count',
      },
    }).start();
    await until(() => run.stopping);
    await run.abort('it failed anyway');
    expect(await failureOf(run[Symbol.asyncDispose]())).toMatchObject({ code: 'ERR_STAGE_FAILED' });
    await run[Symbol.asyncDispose]();
  });

  it('just when a thread has ended, nothing is waited for any more', async () => {
    const graceMs = 1_000_000;
    using set = vi.spyOn(globalThis, 'setTimeout');
    using clear = vi.spyOn(globalThis, 'clearTimeout');
    const { keep } = keeping();
    const run = await pipeline({
      count: counting({ count: Infinity }),
      name: naming({ diesAt: 42 }),
      keep,
    }).start({ graceMs });
    // Heard before the pipeline has drawn its conclusions.
    for (const worker of alive) worker.once('exit', () => void run.abort());
    await failureOf(run.drained());
    const cleared = clear.mock.calls.map(([timer]) => timer);
    const timers = set.mock.results.filter((_, i) => set.mock.calls[i][1] === graceMs);
    expect(timers.length).toBeGreaterThan(0);
    for (const { value } of timers) expect(cleared).toContain(value);
  });

  it('does not wait for what keeps a thread from ending for longer than the grace', async () => {
    const { kept, keep } = keeping();
    const lines = pipeline({ count: counting({ count: COUNT }), name: naming({ lingers: true }), keep });
    await (await lines.start({ graceMs: 10 })).drained();
    expect(kept.ids).toEqual(numbers);
  });

  it('drained takes a time-out and a signal, which end nothing else', async () => {
    const { kept, lines } = endless();
    const run = await lines.start();
    expect(await failureOf(run.drained({ timeoutMs: 0 }))).toMatchObject({ code: 'ERR_TIMED_OUT' });
    const signal = AbortSignal.abort(new Error('never mind'));
    expect(await failureOf(run.drained({ signal }))).toMatchObject({ message: 'never mind' });
    await until(() => kept.ids.length > 10);
    await run.finish();
  });
});

describe('progress', () => {
  it('is reported until the end, and then of the end', async () => {
    const { keep } = keeping();
    const run = await pipeline({ count: counting({ count: COUNT }), name: naming(), keep }).start();
    const reports = [];
    for await (const report of run.progress({ progressMs: 1 })) reports.push(report);
    await run.drained();
    const { stages, elapsedMs } = reports.at(-1)!;
    expect(elapsedMs).toBeGreaterThan(0);
    expect(stages.count).toMatchObject({ events: COUNT, published: COUNT, from: {}, restarts: 0 });
    expect(stages.name).toMatchObject({ events: COUNT, from: { count: { position: COUNT, lag: 0 } } });
    expect(stages.keep).toMatchObject({
      events: COUNT,
      published: 0,
      from: { name: { position: COUNT, lag: 0 } },
    });
    for (let i = 1; i < reports.length; i++)
      expect(reports[i].stages.keep.events).toBeGreaterThanOrEqual(reports[i - 1].stages.keep.events);
  });

  it('is of the end at last, also for one who was busy meanwhile, or comes later', async () => {
    const { keep } = keeping();
    const run = await pipeline({ count: counting({ count: COUNT }), name: naming(), keep }).start();
    const seen: number[] = [];
    for await (const { stages } of run.progress({ progressMs: 0 })) {
      seen.push(stages.keep.events);
      await run.drained();
    }
    expect(seen.at(-1)).toBe(COUNT);
    const late: number[] = [];
    for await (const { stages } of run.progress()) late.push(stages.keep.events);
    expect(late).toEqual([COUNT]);
  });

  it('ends with its signal', async () => {
    const { lines } = {
      lines: pipeline({
        count: counting({ count: Infinity }),
        keep: { run: sink(Item, () => {}), from: 'count' },
      }),
    };
    await using run = await lines.start();
    const signal = AbortSignal.abort(new Error('never mind'));
    expect(await failureOf(run.progress({ signal }).next())).toMatchObject({ message: 'never mind' });
  });
});

describe('a cycle', () => {
  it('with a declared bound ends when nothing goes round in it any more', async () => {
    const { ids, run } = keepingItems();
    const rounds = { run: worker('stage-rounds'), output: Item, capacity: 1024 } as const;
    const lines = pipeline({
      count: counting({ count: 20 }),
      there: { ...rounds, from: { count: {}, back: { inFlight: 1000 } } },
      back: { ...rounds, from: 'there' },
      keep: { run, from: 'there' },
    });
    await (await lines.start()).drained();
    // Each number passes here, one less, then two less …
    const passed = numbers
      .slice(0, 20)
      .flatMap((id) => numbers.slice(0, id).filter((n) => n % 2 === (id - 1) % 2));
    expect(ascending(ids)).toEqual(ascending(passed));
  });

  it('needs room for its bound alone: each event makes room as soon as it is handled', async () => {
    const lines = pipeline({
      count: {
        run: source(Item, async (out) => {
          for (let i = 0; i < 63; i++) await out.publishAsync(fillId, 100);
        }),
      },
      rounds: {
        run: worker('stage-rounds'),
        from: { count: {}, rounds: { inFlight: 64 } },
        output: Item,
        capacity: 64,
      },
    });
    const run = await lines.start({ watchMs: 20 });
    await run.drained();
    expect(run.snapshot().stages.rounds.published).toBe(63 * 100);
  });

  it('is no deadlock when all wait for its end', async () => {
    const rounds = { run: worker('stage-rounds'), output: Item, capacity: 64 } as const;
    const lines = pipeline({
      count: counting({ count: 20 }),
      there: { ...rounds, from: { count: {}, back: { inFlight: 20 } } },
      back: { ...rounds, from: 'there' },
    });
    await (await lines.start({ watchMs: 0 })).drained();
  });

  it('with an arc that drops ends too', async () => {
    const rounds = { run: worker('stage-rounds'), output: Item, capacity: 2 } as const;
    const lines = pipeline({
      count: counting({ count: 100 }),
      there: { ...rounds, from: { count: {}, back: { lossy: true } } },
      back: { ...rounds, from: 'there', whenFull: 'drop-newest' },
    });
    await (await lines.start()).drained();
  });

  it('that comes to a stop in spite of its declared bound is found, and told with its path', async () => {
    const rounds = { run: worker('stage-rounds'), output: Item, capacity: 2, data: 3 } as const;
    const lines = pipeline({
      count: counting({ count: 100 }),
      there: { ...rounds, from: { count: {}, back: { inFlight: 2 } } },
      back: { ...rounds, from: 'there' },
    });
    const run = await lines.start({ watchMs: 5 });
    const error = await failureOf(run.drained());
    expect(error).toMatchObject({ code: 'ERR_PIPELINE_DEADLOCK' });
    const [{ path }] = (error as unknown as { diagnosis: ReturnType<typeof run.diagnose> }).diagnosis
      .deadlocks;
    expect(path.map(({ from }) => from.ring).sort()).toEqual(['back', 'there']);
  });

  it.each([undefined, { times: 1 }])(
    'that leads through a group, is found too: nobody will come for the seats that are free, restart %j',
    async (restart) => {
      const lines = pipeline({
        count: counting({ count: 100 }),
        rounds: {
          run: worker('stage-rounds'),
          from: { count: {}, rounds: { inFlight: 2 } },
          output: Item,
          capacity: 2,
          data: 3,
          threads: 2,
          ...(restart && { restart }),
        },
      });
      const run = await lines.start({ watchMs: 5 });
      expect(await failureOf(run.drained())).toMatchObject({ code: 'ERR_PIPELINE_DEADLOCK' });
    },
  );
});
