import { describe, expect, test } from 'vitest';
import type { Options, Program, ThreadEnv } from './index.js';
import { checkAsync, recordingViews } from './index.js';

const CURSOR = 0;
const WAITERS = 1;
const DATA = 4;
const SPARE = 8;

type Env = ThreadEnv<Int32Array>;
type Wait = { async: false; value: string } | { async: true; value: Promise<string> };

/** `Atomics.waitAsync` as the library calls it: its type is not in every compiler's library. */
function waitAsync(words: Int32Array, index: number, value: number, timeoutMs?: number): Wait {
  return (Atomics as unknown as { waitAsync: (...parameters: unknown[]) => Wait }).waitAsync(
    words,
    index,
    value,
    timeoutMs,
  );
}

/** The driver of an asynchronous wait: a keep-alive, a signal, and a loop around `waitAsync`. */
async function cursorPast(
  words: Int32Array,
  position: number,
  signal?: AbortSignal,
): Promise<'ready' | 'aborted'> {
  const keepAlive = setInterval(() => undefined, 1_000);
  const wake = (): void => void Atomics.notify(words, CURSOR);
  signal?.addEventListener('abort', wake);
  Atomics.add(words, WAITERS, 1);
  try {
    for (;;) {
      const cursor = Atomics.load(words, CURSOR);
      if (cursor > position) return 'ready';
      if (signal?.aborted) return 'aborted';
      const wait = waitAsync(words, CURSOR, cursor, 5_000);
      if (wait.async) await wait.value;
    }
  } finally {
    Atomics.sub(words, WAITERS, 1);
    clearInterval(keepAlive);
    signal?.removeEventListener('abort', wake);
  }
}

function publish(words: Int32Array, position: number): void {
  words[DATA + position] = 10 + position;
  Atomics.store(words, CURSOR, position + 1);
  if (Atomics.load(words, WAITERS) !== 0) Atomics.notify(words, CURSOR);
}

function program(threads: Record<string, (env: Env) => unknown>, options: Options = {}): Program<Int32Array> {
  return {
    name: 'asynchronous',
    setup: () => recordingViews.words(recordingViews.allocate(64), 0, 16),
    threads,
    finally: ({ observed, ended }) =>
      Object.keys(threads)
        .map((name) => `${name} ${observed[name].join()} ${ended[name]}`)
        .join(', '),
    options: { strategy: 'dfs', ...options },
  };
}

const producer =
  (events: number) =>
  ({ shared }: Env): void => {
    for (let position = 0; position < events; position++) publish(shared, position);
  };

const consumer =
  (events: number) =>
  async ({ shared, observe }: Env): Promise<void> => {
    for (let position = 0; position < events; position++) {
      observe(await cursorPast(shared, position));
      observe(shared[DATA + position]);
    }
  };

describe.each(['dfs', 'dpor', 'bounded'] as const)('an asynchronous consumer, %s', (strategy) => {
  test('gets every event, however the two interleave', async () => {
    const result = await checkAsync(program({ producer: producer(2), consumer: consumer(2) }), { strategy });
    expect(result).toMatchObject({
      verdict: 'pass',
      complete: true,
      outcomes: ['producer  done, consumer ready,10,ready,11 done'],
    });
  });

  test('sleeps for ever when the notify is dropped', async () => {
    const silent = ({ shared }: Env): void => void Atomics.store(shared, CURSOR, 1);
    const result = await checkAsync(program({ producer: silent, consumer: consumer(1) }), { strategy });
    expect(result.verdict).toBe('deadlock');
    expect(result.failure!.threads).toContainEqual({ name: 'consumer', state: 'idle, awaiting buffer0+0' });
    const again = await checkAsync(program({ producer: silent, consumer: consumer(1) }), {
      replay: result.failure!.schedule,
    });
    expect(again.failure!.message).toBe(result.failure!.message);
  });

  test('races with a payload that is written after its publication', async () => {
    const late = ({ shared }: Env): void => {
      Atomics.store(shared, CURSOR, 1);
      shared[DATA] = 10;
      Atomics.notify(shared, CURSOR);
    };
    const result = await checkAsync(program({ producer: late, consumer: consumer(1) }), { strategy });
    expect(result.verdict).toBe('race');
  });
});

test('two asynchronous threads and one that parks', async () => {
  const parking = ({ shared, observe }: Env): void => {
    Atomics.add(shared, WAITERS, 1);
    let cursor;
    while ((cursor = Atomics.load(shared, CURSOR)) <= 0) Atomics.wait(shared, CURSOR, cursor);
    observe(shared[DATA]);
  };
  const result = await checkAsync(
    program(
      { producer: producer(1), one: consumer(1), two: consumer(1), parking },
      { strategy: 'bounded', preemptions: 2 },
    ),
  );
  expect(result).toMatchObject({ verdict: 'pass', complete: true });
  expect(result.outcomes).toEqual(['producer  done, one ready,10 done, two ready,10 done, parking 10 done']);
});

test('a signal that aborts at any time ends the wait', async () => {
  const abortable = async ({ shared, observe, task }: Env): Promise<void> => {
    const controller = new AbortController();
    task(() => controller.abort());
    observe(await cursorPast(shared, 0, controller.signal));
  };
  for (const strategy of ['dfs', 'dpor'] as const) {
    const result = await checkAsync(program({ producer: producer(1), consumer: abortable }), { strategy });
    expect(result).toMatchObject({
      verdict: 'pass',
      complete: true,
      outcomes: ['producer  done, consumer aborted done', 'producer  done, consumer ready done'],
    });
  }
});

test('a wait on a word that is as expected is answered at once', async () => {
  const body = async ({ shared, observe }: Env): Promise<void> => {
    const wait = waitAsync(shared, CURSOR, 7);
    observe(`${wait.async} ${String(await wait.value)}`);
  };
  const { outcomes } = await checkAsync(program({ body }));
  expect(outcomes).toEqual(['body false not-equal done']);
});

test('time-outs and stray wake-ups of asynchronous waits', async () => {
  const body = async ({ shared, observe }: Env): Promise<void> => {
    const startMs = performance.now();
    observe(await waitAsync(shared, CURSOR, 0, 20).value);
    observe(performance.now() - startMs);
  };
  expect((await checkAsync(program({ body }))).verdict).toBe('deadlock');
  expect((await checkAsync(program({ body }), { timeouts: 1 })).outcomes).toEqual(['body timed-out,20 done']);
  expect((await checkAsync(program({ body }), { strayWakeups: 1, stop: 'never' })).outcomes).toEqual([
    '!deadlock',
    'body ok,0 done',
  ]);
});

test('a notify to one is swallowed by an asynchronous waiter that dies', async () => {
  const body = async ({ shared, observe }: Env): Promise<void> => {
    const wait = waitAsync(shared, CURSOR, 0);
    observe(await wait.value);
    Atomics.notify(shared, CURSOR, 1);
  };
  const notifier = ({ shared }: Env): void => {
    Atomics.store(shared, CURSOR, 1);
    Atomics.notify(shared, CURSOR, 1);
  };
  const threads = { one: body, two: body, notifier };
  for (const strategy of ['dfs', 'dpor'] as const) {
    expect((await checkAsync(program(threads), { strategy })).verdict).toBe('pass');
    expect((await checkAsync(program(threads), { strategy, kill: ['one'] })).verdict).toBe('deadlock');
  }
});

test('dfs and dpor reach the same ends, with a thread killed', async () => {
  const threads = { producer: producer(1), one: consumer(1), two: consumer(1) };
  const options: Options = { kill: ['one'], daemons: ['one', 'two'], stop: 'never' };
  const full = await checkAsync(
    program({ producer: producer(1), one: consumer(1) }, { ...options, daemons: ['one'] }),
  );
  const reduced = await checkAsync(
    program({ producer: producer(1), one: consumer(1) }, { ...options, daemons: ['one'] }),
    {
      strategy: 'dpor',
    },
  );
  expect(reduced.outcomes).toEqual(full.outcomes);
  const bounded = await checkAsync(program(threads, options), { strategy: 'bounded', preemptions: 1 });
  expect(bounded.verdict).toBe('pass');
});

test('an exception in an asynchronous thread is a broken assertion', async () => {
  const body = async ({ shared }: Env): Promise<void> => {
    await cursorPast(shared, 0);
    throw new Error('no');
  };
  const result = await checkAsync(program({ producer: producer(1), body }));
  expect(result).toMatchObject({ verdict: 'assertion', failure: { message: 'body threw Error: no' } });
});

test('a task of the event loop may use atomics itself', async () => {
  const body = async ({ shared, observe, task }: Env): Promise<void> => {
    task(() => {
      Atomics.add(shared, SPARE, 1);
      observe(Atomics.add(shared, SPARE, 1));
    });
    await cursorPast(shared, 0);
    observe('past');
  };
  const other = ({ shared }: Env): void => {
    Atomics.add(shared, SPARE, 10);
    publish(shared, 0);
  };
  for (const strategy of ['dfs', 'dpor'] as const) {
    const result = await checkAsync(program({ body, other }), { strategy });
    expect(result).toMatchObject({ verdict: 'pass', complete: true });
    // The task may also come between and after the other's steps, or not at all.
    expect(result.outcomes).toEqual([
      'body 1,past done, other  done',
      'body 11,past done, other  done',
      'body past done, other  done',
    ]);
  }
});

test('an exception in a task is a broken assertion', async () => {
  const body = async ({ shared, task }: Env): Promise<void> => {
    task(() => {
      Atomics.load(shared, DATA);
      throw new Error('no');
    });
    await cursorPast(shared, 0);
  };
  const result = await checkAsync(program({ body, other: ({ shared }) => void Atomics.load(shared, DATA) }));
  expect(result).toMatchObject({ verdict: 'assertion', failure: { message: 'body threw Error: no' } });
});

test('the process gets its timers while a search runs, and they see the genuine clock', async () => {
  let fired = 0;
  const timer = setInterval(() => {
    fired = Date.now();
  }, 1);
  await checkAsync(program({ producer: producer(2), consumer: consumer(2) }));
  clearInterval(timer);
  expect(fired).toBeGreaterThan(1_750_000_000_000);
});
