/** `slipring/queue` in one thread. */
import { cancelToken } from 'slipring';
import { createQueue, openQueue, QueueError, type SharedQueue, UnreadableValueError } from 'slipring/queue';
import { describe, expect, it } from 'vitest';
import { platform } from '../../src/core/platform.js';

const small = <T = number>(options: object = {}): SharedQueue<T> =>
  createQueue<T>({ capacity: 2, maxThreads: 2, ...options });

const code = (name: string): unknown => expect.objectContaining({ code: name });

/** As seen from another thread: with seats of its own. */
const again = <T>(queue: SharedQueue<T>): SharedQueue<T> => openQueue<T>(queue.handle);

describe('a queue', () => {
  it.each(['structured-clone', 'json', 'number'] as const)('is first in, first out, with %s', (values) => {
    const queue = small({ values });
    for (let n = 0; n < 7; n++) {
      queue.put(n);
      expect(queue.tryPut(n + 100)).toBe(true);
      expect(queue.tryPut(n + 200)).toBe(false);
      expect([queue.get(), queue.get(), queue.tryGet()]).toEqual([n, n + 100, undefined]);
    }
  });

  it('carries what the structured clone algorithm can say, unless told otherwise', () => {
    const queue = createQueue<unknown>({ capacity: 8 });
    const given = [
      new Map([[1, { a: [2n] }]]),
      new Date(5),
      undefined,
      null,
      'ä',
      new Uint8Array([1, 2]),
      [],
      '',
    ];
    expect(queue.putMany(given)).toBe(8);
    expect(queue.getMany(8)).toEqual(given);
  });

  it('holds exactly its capacity, whatever was taken before', () => {
    for (const capacity of [1, 2, 4]) {
      const queue = small({ capacity });
      for (let turn = 0; turn < 5; turn++) {
        for (let n = 0; n < capacity; n++) expect(queue.tryPut(n)).toBe(true);
        expect([queue.tryPut(9), queue.full, queue.size, queue.empty]).toEqual([
          false,
          true,
          capacity,
          false,
        ]);
        for (let n = 0; n < capacity; n++) expect(queue.tryGet()).toBe(n);
        expect([queue.tryGet(), queue.full, queue.size, queue.empty]).toEqual([undefined, false, 0, true]);
      }
    }
  });

  it('gives each value to one taker, and counts it as taken at once', () => {
    const queue = small({ capacity: 1 });
    const other = again(queue);
    queue.put(1);
    expect(other.get()).toBe(1);
    expect(queue.tryGet()).toBeUndefined();
    expect(queue.tryPut(2)).toBe(true);
    expect([other.tryGet(), queue.tryGet()]).toEqual([2, undefined]);
  });

  it('takes many at a time: what is there, and no more than asked for', () => {
    const queue = small({ capacity: 8 });
    expect(queue.putMany([1, 2, 3, 4, 5])).toBe(5);
    expect(queue.getMany(2)).toEqual([1, 2]);
    expect(queue.tryGetMany(9)).toEqual([3, 4, 5]);
    expect(queue.tryGetMany(9)).toEqual([]);
    expect(queue.tryPutMany([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe(8);
  });

  it('tells how many of many were put when something ends it, and the next call says what', () => {
    const queue = small();
    expect(queue.putMany([1, 2, 3], { timeoutMs: 1 })).toBe(2);
    expect(() => queue.putMany([3], { timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    expect(queue.getMany(9)).toEqual([1, 2]);
  });

  it('lets a thread that comes later put at once, beside what is there', () => {
    const queue = small();
    const late = again(queue);
    queue.put(1);
    expect(late.tryPut(2)).toBe(true);
    expect(queue.getMany(2)).toEqual([1, 2]);
  });

  it('lets whoever has the seat of another put once what was put before it is taken, where values have bytes', () => {
    const queue = small({ maxThreads: 1 });
    const first = again(queue);
    first.put(1);
    first[Symbol.dispose]();
    expect(queue.tryPut(2)).toBe(false);
    expect(queue.get()).toBe(1);
    expect(queue.tryPut(2)).toBe(true);
    queue.put(3);
    expect(queue.getMany(2)).toEqual([2, 3]);
  });

  it.each([8, 256])(
    'puts many numbers together, and one by one when it is nearly full, capacity %d',
    (capacity) => {
      const queue = createQueue<number>({ capacity, maxThreads: 2, values: 'number' });
      const numbers = Array.from({ length: capacity }, (_, n) => n * 0.5);
      for (const before of [0, 1, capacity - 1]) {
        for (let n = 0; n < before; n++) queue.put(-1);
        const put = queue.putMany(numbers, { timeoutMs: 0 });
        expect(put).toBe(capacity - before);
        expect(queue.tryGetMany(capacity).slice(before)).toEqual(numbers.slice(0, put));
      }
      expect(queue.putMany([1, 'no', 3] as number[])).toBe(1);
      expect(queue.putMany([])).toBe(0);
      expect(queue.putMany(new Set([2, 3]))).toBe(2);
      expect(queue.tryGetMany(4)).toEqual([1, 2, 3]);
      queue.close();
      expect(() => queue.putMany([1, 2])).toThrow(code('ERR_QUEUE_CLOSED'));
    },
  );

  it('lies in a WebAssembly memory where it is told so, in all threads', () => {
    for (const values of ['number', 'structured-clone'] as const) {
      const queue = small<unknown>({ memory: 'wasm', values });
      const other = again(queue);
      expect(platform.isWasmMemory(queue.handle.ring.memory)).toBe(true);
      expect(queue.bytes).toBeGreaterThan(65_536);
      for (let n = 0; n < 5; n++) {
        queue.put(n);
        expect(other.get()).toBe(n);
      }
    }
    expect(small().handle.ring.memory).toBeUndefined();
    expect(() => small({ memory: 'rom' })).toThrow(code('ERR_OPTION'));
  });

  it('leaves its seats when it is disposed, and says so when there are none', () => {
    const queue = small({ values: 'number' });
    const others = [again(queue), again(queue)];
    others.forEach((other) => other.put(1));
    expect(() => queue.put(2)).toThrow(code('ERR_QUEUE_THREADS'));
    others[0][Symbol.dispose]();
    expect(queue.get()).toBe(1);
    expect(queue.tryPut(2)).toBe(true);
    expect(queue.getMany(2)).toEqual([1, 2]);
  });
});

describe('the only taker of a queue, which takes a handful at once', () => {
  const filled = (): SharedQueue<number> => {
    const queue = createQueue<number>({ capacity: 4, maxThreads: 1, values: 'number' });
    queue.putMany([1, 2, 3, 4]);
    return queue;
  };

  it('has taken only what it was given', () => {
    const queue = filled();
    expect(queue.get()).toBe(1);
    expect([queue.size, queue.openTasks, queue.full]).toEqual([3, 1, false]);
    expect(queue.tryPut(5)).toBe(true);
    expect(queue.tryPut(6)).toBe(false);
    expect([queue.getMany(2), queue.tryGet(), queue.get()]).toEqual([[2, 3], 4, 5]);
    expect([queue.size, queue.openTasks]).toEqual([0, 5]);
  });

  it('leaves the rest to the next one', () => {
    const queue = filled();
    expect(queue.get()).toBe(1);
    queue[Symbol.dispose]();
    expect([...again(queue).tryGetMany(4)]).toEqual([2, 3, 4]);
  });

  it('is ended with the rest of its handful, or without it when the queue is closed at once', () => {
    const [one, other] = [filled(), filled()];
    expect([one.get(), other.get()]).toEqual([1, 1]);
    one.close();
    other.close({ immediate: true });
    expect([...one]).toEqual([2, 3, 4]);
    expect(() => other.get()).toThrow(code('ERR_QUEUE_CLOSED'));
    expect(() => other.tryGetMany(1)).toThrow(code('ERR_QUEUE_CLOSED'));
    expect(other.size).toBe(0);
  });
});

describe('waiting', () => {
  it('ends by its time-out, with nothing put and nothing taken', () => {
    const queue = small();
    expect(() => queue.get({ timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    queue.putMany([1, 2]);
    expect(() => queue.put(3, { timeoutMs: 1, wait: 'park' })).toThrow(code('ERR_TIMED_OUT'));
    expect(queue.getMany(5)).toEqual([1, 2]);
  });

  it('ends by its token', () => {
    const queue = small();
    const cancel = cancelToken(queue.ring);
    queue.putMany([1, 2]);
    cancel.cancel();
    expect(() => queue.put(3, { cancel })).toThrow(code('ERR_CANCELLED'));
    queue.getMany(2);
    expect(() => queue.get({ cancel })).toThrow(code('ERR_CANCELLED'));
    expect(() => queue.join({ cancel })).toThrow(code('ERR_CANCELLED'));
  });

  it('ends by its signal, and takes nothing', async () => {
    const queue = small();
    const why = new Error('enough');
    const stop = new AbortController();
    const first = queue.getAsync({ signal: stop.signal });
    const second = queue.getAsync({ timeoutMs: 5000 });
    stop.abort(why);
    await expect(first).rejects.toBe(why);
    queue.put(1);
    expect(await second).toBe(1);
    await expect(queue.joinAsync({ signal: stop.signal })).rejects.toBe(why);
  });

  it('on the event loop, is served in the order of the calls', async () => {
    const queue = small({ capacity: 1 });
    const got = Array.from({ length: 6 }, () => queue.getAsync({ timeoutMs: 5000 }));
    const put = Promise.all([1, 2, 3, 4, 5, 6].map((n) => queue.putAsync(n, { timeoutMs: 5000 })));
    expect(await Promise.all(got)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await put).toEqual(Array(6).fill(true));
  });

  it('while a getAsync waits, nobody in its thread takes what is its', async () => {
    const queue = small();
    const other = again(queue);
    const got = queue.getAsync({ timeoutMs: 5000 });
    other.put(1);
    expect(queue.tryGet()).toBeUndefined();
    expect(() => queue.get()).toThrow(code('ERR_QUEUE_BUSY'));
    expect(await got).toBe(1);
  });

  it.each([{ timeoutMs: -1 }, { wait: 'never' }, { cancel: new AbortController().signal }])(
    'with options that cannot be, %o, is refused before anything is done',
    (options) => {
      const queue = small();
      expect(() => queue.put(1, options as never)).toThrow(code(expect.stringMatching(/^ERR_/) as never));
      expect(queue.size).toBe(0);
      queue.put(1);
      expect(() => queue.get(options as never)).toThrow(code(expect.stringMatching(/^ERR_/) as never));
      expect(queue.get()).toBe(1);
    },
  );
});

describe('closing', () => {
  it('lets takers finish what is there, and then ends them', async () => {
    const queue = small();
    queue.putMany([1, 2]);
    queue.close();
    queue.close();
    expect(queue.closed).toBe(true);
    expect(() => queue.put(3)).toThrow(code('ERR_QUEUE_CLOSED'));
    expect(() => queue.tryPut(3)).toThrow(QueueError);
    await expect(queue.putAsync(3)).rejects.toThrow(code('ERR_QUEUE_CLOSED'));
    expect([queue.get(), queue.get()]).toEqual([1, 2]);
    expect(() => queue.get()).toThrow(code('ERR_QUEUE_CLOSED'));
    expect(() => queue.tryGet()).toThrow(code('ERR_QUEUE_CLOSED'));
    await expect(queue.getAsync()).rejects.toThrow(code('ERR_QUEUE_CLOSED'));
  });

  it('at once, throws away what is there', async () => {
    const queue = small();
    queue.putMany([1, 2]);
    expect(queue.get()).toBe(1);
    queue.close({ immediate: true });
    expect([queue.size, queue.empty, queue.closed]).toEqual([0, true, true]);
    expect(() => queue.get()).toThrow(code('ERR_QUEUE_CLOSED'));
    expect(() => queue.put(3)).toThrow(code('ERR_QUEUE_CLOSED'));
    await expect(queue.getAsync()).rejects.toThrow(code('ERR_QUEUE_CLOSED'));
    // What was thrown away is done; what was taken is not.
    expect(() => queue.join({ timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    queue.taskDone();
    queue.join({ timeoutMs: 0 });
  });

  it('at once, while several values are taken, hands out what was taken before', () => {
    const queue: SharedQueue<number> = createQueue<number>({
      capacity: 2,
      values: {
        encodeInto(value, bytes) {
          bytes[0] = value;
          return 1;
        },
        decode([value]) {
          queue.close({ immediate: true });
          return value;
        },
      },
    });
    queue.putMany([1, 2]);
    expect(queue.getMany(2)).toEqual([1]);
    expect(() => queue.getMany(2)).toThrow(code('ERR_QUEUE_CLOSED'));
    queue.taskDone();
    queue.join({ timeoutMs: 0 });
  });

  it('at once, also after a close', () => {
    const queue = small();
    queue.putMany([1, 2]);
    queue.close();
    queue.close({ immediate: true });
    expect(() => queue.get()).toThrow(code('ERR_QUEUE_CLOSED'));
  });

  it('ends iterations, and whoever leaves one early loses nothing', async () => {
    const queue = small({ capacity: 8 });
    queue.putMany([1, 2, 3, 4, 5]);
    for (const value of queue) if (value === 2) break;
    for await (const value of queue) if (value === 3) break;
    queue.close();
    expect([...queue]).toEqual([4, 5]);
    const rest: number[] = [];
    for await (const value of queue) rest.push(value);
    expect(rest).toEqual([]);
  });

  it('ends whoever waits on the event loop', async () => {
    const queue = small({ capacity: 1 });
    const getting = again(queue).getAsync();
    queue.close();
    await expect(getting).rejects.toThrow(code('ERR_QUEUE_CLOSED'));
    const full = small({ capacity: 1 });
    full.put(1);
    const putting = full.putAsync(2);
    full.close();
    await expect(putting).rejects.toThrow(code('ERR_QUEUE_CLOSED'));
    expect(full.get()).toBe(1);
  });
});

describe('a full queue', () => {
  it('throws, where it is told so', async () => {
    const queue = small({ whenFull: 'strict' });
    queue.putMany([1, 2]);
    expect(() => queue.put(3)).toThrow(code('ERR_QUEUE_FULL'));
    await expect(queue.putAsync(3)).rejects.toThrow(code('ERR_QUEUE_FULL'));
    expect(queue.getMany(5)).toEqual([1, 2]);
  });

  it('drops the newest, and counts', async () => {
    const queue = small({ whenFull: 'drop-newest' });
    expect([1, 2, 3].map((n) => queue.put(n))).toEqual([true, true, false]);
    expect(await queue.putAsync(4)).toBe(false);
    expect([queue.getMany(5), queue.dropped]).toEqual([[1, 2], 2]);
  });

  it('drops the oldest, counts, and does not wait for them to be done', async () => {
    const queue = small({ whenFull: 'drop-oldest' });
    for (let n = 0; n < 9; n++) expect(queue.put(n)).toBe(true);
    expect(await queue.putAsync(9)).toBe(true);
    expect([queue.getMany(5), queue.dropped]).toEqual([[8, 9], 8]);
    queue.taskDone();
    queue.taskDone();
    queue.join({ timeoutMs: 0 });
    expect(() => queue.taskDone()).toThrow(code('ERR_TASK_DONE'));
  });

  it('drops the oldest also where their bytes are what is missing', () => {
    const queue = createQueue<string>({
      capacity: 64,
      maxThreads: 1,
      arenaBytes: 128,
      whenFull: 'drop-oldest',
    });
    for (let n = 0; n < 50; n++) queue.put('x'.repeat(n));
    expect(queue.getMany(64).at(-1)).toBe('x'.repeat(49));
  });
});

describe('tasks', () => {
  it('join ends once everything that was put was taken and is done', async () => {
    const queue = small();
    queue.join({ timeoutMs: 0 });
    queue.put(1);
    expect(() => queue.join({ timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    queue.get();
    expect(() => queue.join({ timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    const joined = queue.joinAsync();
    again(queue).taskDone();
    await joined;
    queue.join();
  });

  it('join waits for what was put meanwhile, too', async () => {
    const queue = small();
    let joined = false;
    queue.put(1);
    const joining = queue.joinAsync().then(() => (joined = true));
    queue.get();
    queue.put(2);
    queue.taskDone();
    await new Promise(setImmediate);
    expect(joined).toBe(false);
    queue.get();
    queue.taskDone();
    await joining;
  });

  it('taskDone is refused once everything that was taken is done', () => {
    const queue = small();
    expect(() => queue.taskDone()).toThrow(code('ERR_TASK_DONE'));
    queue.put(1);
    expect(() => queue.taskDone()).toThrow(code('ERR_TASK_DONE'));
    queue.get();
    expect(queue.openTasks).toBe(1);
    queue.taskDone();
    expect(queue.openTasks).toBe(0);
    expect(() => queue.taskDone()).toThrow(code('ERR_TASK_DONE'));
  });
});

describe('a value that cannot be', () => {
  it.each([
    ['structured-clone', () => {}],
    ['structured-clone', Symbol('no')],
    ['json', 5n],
    ['json', undefined],
    ['number', '5'],
  ] as const)('of %s: is refused by name, and nothing is put', async (values, value) => {
    const queue = small<unknown>({ values });
    expect(() => queue.put(value)).toThrow(code('ERR_PAYLOAD_VALUE'));
    expect(() => queue.tryPut(value)).toThrow(code('ERR_PAYLOAD_VALUE'));
    await expect(queue.putAsync(value)).rejects.toThrow(code('ERR_PAYLOAD_VALUE'));
    expect(queue.putMany([1, value, 2])).toBe(1);
    expect(queue.getMany(5)).toEqual([1]);
  });

  it('is refused when it is longer than half of the bytes', () => {
    const queue = small<string>({ arenaBytes: 128 });
    expect(() => queue.put('x'.repeat(65))).toThrow(code('ERR_PAYLOAD_TOO_LARGE'));
    queue.put('x');
    expect(queue.get()).toBe('x');
  });

  const codec = {
    name: 'odd',
    encodeInto: (value: number, bytes: Uint8Array) => {
      if (value < 0) throw new RangeError('negative');
      if (value === 99) return -1;
      if (bytes.length > 0) bytes[0] = value;
      return 1;
    },
    decode: (bytes: Uint8Array) => {
      if (bytes[0] % 2 !== 1) throw new RangeError('even');
      return bytes[0];
    },
  };

  it('of a codec that throws, or lies, when it writes: nothing is put', () => {
    const queue = small({ values: codec });
    expect(() => queue.put(-1)).toThrow(code('ERR_PAYLOAD_VALUE'));
    expect(() => queue.put(99)).toThrow(code('ERR_CODEC'));
    queue.put(7);
    expect(queue.getMany(9)).toEqual([7]);
  });

  it('of a codec that throws when it reads: is told once, with its bytes, and what is before and after it is not lost', () => {
    const queue = small({ capacity: 8, values: codec });
    queue.putMany([1, 2, 3, 4]);
    const other = openQueue(queue.handle, { values: codec });
    const seen: unknown[] = [];
    while (!other.empty || seen.length < 4) {
      try {
        seen.push(...other.getMany(9, { timeoutMs: 0 }));
      } catch (error) {
        if (!(error instanceof UnreadableValueError)) throw error;
        expect(error.code).toBe('ERR_CODEC');
        seen.push([...error.bytes]);
      }
    }
    expect(seen.map(String).sort()).toEqual(['1', '2', '3', '4']);
    expect(queue.openTasks).toBe(4);
  });

  it('is told by the handle: a codec of its own on one side only', () => {
    const queue = small({ values: codec });
    expect(() => openQueue(queue.handle)).toThrow(code('ERR_COLUMN_TYPE'));
    expect(() => openQueue(queue.handle, { values: { ...codec, name: 'other' } })).toThrow(
      code('ERR_HANDLE_SCHEMA'),
    );
  });
});

describe('whoever waits for threads that have died', () => {
  const nobody = 12345;

  /** The queue as the thread `nobody` has it. */
  function elsewhere(queue: SharedQueue<number>): SharedQueue<number> {
    const worker_threads = process.getBuiltinModule('node:worker_threads');
    const fake = new Proxy(worker_threads, {
      get: (target, name) =>
        name === 'threadId'
          ? nobody
          : name === 'isMainThread'
            ? false
            : (Reflect.get(target, name) as unknown),
    });
    const real = process.getBuiltinModule.bind(process);
    process.getBuiltinModule = (id: string) => (id === 'node:worker_threads' ? fake : real(id));
    try {
      return again(queue);
    } finally {
      process.getBuiltinModule = real;
    }
  }

  it('is told so, when it would put and all takers are dead', async () => {
    const queue = small();
    const taker = elsewhere(queue);
    queue.put(0);
    taker.get();
    queue.putMany([1, 2]);
    expect(() => queue.put(3, { timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    const waiting = queue.putAsync(3);
    queue.ring.declareThreadDead(taker.ring.threadNumber);
    await expect(waiting).rejects.toThrow(code('ERR_PEERS_GONE'));
    expect(() => queue.put(3)).toThrow(code('ERR_PEERS_GONE'));
    // Another comes.
    const next = again(queue);
    expect(next.getMany(9)).toEqual([1, 2]);
    queue.put(4);
    expect(next.get()).toBe(4);
  });

  it('gets what is there first, when it would take and all putters are dead', async () => {
    const queue = small();
    const putter = elsewhere(queue);
    putter.put(1);
    queue.ring.declareThreadDead(putter.ring.threadNumber);
    expect(queue.get()).toBe(1);
    expect(() => queue.get()).toThrow(code('ERR_PEERS_GONE'));
    await expect(queue.getAsync()).rejects.toThrow(code('ERR_PEERS_GONE'));
    again(queue).put(2);
    expect(queue.get()).toBe(2);
  });

  it('waits for those who have not come yet, and for those who left', () => {
    const queue = small();
    expect(() => queue.get({ timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    const putter = again(queue);
    putter.put(1);
    putter[Symbol.dispose]();
    queue.get();
    expect(() => queue.get({ timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
  });
});

describe('what cannot be made or opened', () => {
  it.each([
    [{ capacity: 3 }, 'ERR_CAPACITY'],
    [{ capacity: 2, maxThreads: 0 }, 'ERR_QUEUE_THREADS'],
    [{ capacity: 2, maxThreads: 257 }, 'ERR_QUEUE_THREADS'],
    [{ capacity: 2, values: 'xml' }, 'ERR_QUEUE_VALUES'],
    [{ capacity: 2, values: {} }, 'ERR_COLUMN_TYPE'],
    [{ capacity: 2, whenFull: 'wait' }, 'ERR_WHEN_FULL'],
    [{ capacity: 2, values: 'number', arenaBytes: 128 }, 'ERR_ARENA_BYTES'],
    [{ capacity: 2, maxsize: 5 }, 'ERR_OPTION'],
    [undefined, 'ERR_OPTION'],
  ])('createQueue(%o) is %s', (options, name) => {
    expect(() => createQueue(options as never)).toThrow(code(name));
  });

  it.each([undefined, {}, { slipring: 'queue' }, small().ring.handle])(
    'openQueue(%o) is ERR_HANDLE',
    (handle) => {
      expect(() => openQueue(handle as never)).toThrow(code('ERR_HANDLE'));
    },
  );

  it.each([0, -1, 1.5, '3'])('getMany(%o) is ERR_COUNT', (most) => {
    expect(() => small().getMany(most as number)).toThrow(code('ERR_COUNT'));
    expect(() => small().tryGetMany(most as number)).toThrow(code('ERR_COUNT'));
  });
});
