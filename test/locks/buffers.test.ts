import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createConditionBuffer,
  createSemaphoreBuffer,
  openConditionBuffer,
  openMutex,
  openSemaphoreBuffer,
} from '../../src/locks/index.js';
import { start, terminateAll, withoutNaps } from './threads.js';

const columns = { producer: 'u8', id: 'u32', price: 'f64' } as const;
type Arrays = { readonly producer: Uint8Array; readonly id: Uint32Array; readonly price: Float64Array };

const kinds = [
  {
    name: 'with conditions',
    create: (capacity: number) => createConditionBuffer(columns, { capacity }),
    open: openConditionBuffer as (handle: never) => unknown,
  },
  {
    name: 'with semaphores',
    create: (capacity: number) => createSemaphoreBuffer(columns, { capacity }),
    open: openSemaphoreBuffer as (handle: never) => unknown,
  },
];

const fill = (arrays: Arrays, slot: number, id: number): void => {
  arrays.id[slot] = id;
};
const read = (arrays: Arrays, slot: number, into: number[]): void => {
  into.push(arrays.id[slot]);
};
const fail = (): never => {
  throw new RangeError('inside');
};
const code = (value: string): unknown => expect.objectContaining({ code: value });

beforeAll(withoutNaps);
afterEach(terminateAll);

describe.each(kinds)('a bounded buffer $name, on one thread', ({ create, open }) => {
  it('gives back what was put, in order, lap after lap', () => {
    const buffer = create(3);
    const taken: number[] = [];
    for (let id = 0; id < 20; id += 2) {
      buffer.put(fill, id);
      buffer.put({ timeoutMs: 100 }, fill, id + 1);
      expect(buffer.take(read, taken)).toBe(true);
      expect(buffer.take({ timeoutMs: 100 }, read, taken)).toBe(true);
    }
    expect(taken).toEqual(Array.from({ length: 20 }, (_, id) => id));
  });

  it('holds its capacity and no more', async () => {
    const buffer = create(2);
    expect([buffer.tryPut(fill, 1), buffer.tryPut(fill, 2), buffer.tryPut(fill, 3)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(() => buffer.put({ timeoutMs: 5 }, fill, 3)).toThrow(code('ERR_TIMED_OUT'));
    await expect(buffer.putAsync({ timeoutMs: 5 }, fill, 3)).rejects.toMatchObject({ code: 'ERR_TIMED_OUT' });
    const taken: number[] = [];
    expect([buffer.tryTake(read, taken), buffer.tryTake(read, taken)]).toEqual(['taken', 'taken']);
    expect(buffer.tryTake(read, taken)).toBe('not-now');
    expect(() => buffer.take({ timeoutMs: 5 }, read, taken)).toThrow(code('ERR_TIMED_OUT'));
    await expect(buffer.takeAsync({ timeoutMs: 5 }, read, taken)).rejects.toMatchObject({
      code: 'ERR_TIMED_OUT',
    });
    expect(taken).toEqual([1, 2]);
  });

  it('lets takers finish what is there and refuses putters, once closed', async () => {
    const buffer = create(2);
    buffer.put(fill, 1);
    buffer.put(fill, 2);
    buffer.close();
    buffer.close();
    await buffer.closeAsync();
    const taken: number[] = [];
    expect(() => buffer.put(fill, 3)).toThrow(code('ERR_BUFFER_CLOSED'));
    expect(buffer.take(read, taken)).toBe(true);
    expect(() => buffer.tryPut(fill, 3)).toThrow(code('ERR_BUFFER_CLOSED'));
    await expect(buffer.putAsync(fill, 3)).rejects.toMatchObject({ code: 'ERR_BUFFER_CLOSED' });
    expect(await buffer.takeAsync(read, taken)).toBe(true);
    expect(buffer.take(read, taken)).toBe(false);
    expect(await buffer.takeAsync(read, taken)).toBe(false);
    expect(buffer.tryTake(read, taken)).toBe('ended');
    expect(taken).toEqual([1, 2]);
  });

  it('puts nothing and takes nothing when fill or read throws', async () => {
    const buffer = create(1);
    const taken: number[] = [];
    expect(() => buffer.put(fail)).toThrow(RangeError);
    expect(() => buffer.tryPut(fail)).toThrow(RangeError);
    await expect(buffer.putAsync(fail)).rejects.toThrow(RangeError);
    expect(buffer.tryTake(read, taken)).toBe('not-now');
    buffer.put(fill, 7);
    expect(() => buffer.take(fail)).toThrow(RangeError);
    expect(() => buffer.tryTake(fail)).toThrow(RangeError);
    await expect(buffer.takeAsync(fail)).rejects.toThrow(RangeError);
    expect(buffer.take(read, taken)).toBe(true);
    expect(taken).toEqual([7]);
  });

  it('refuses a call from inside fill or read instead of waiting for itself', () => {
    const buffer = create(1);
    const taken: number[] = [];
    expect(() => buffer.put(() => buffer.put(fill, 1))).toThrow(code('ERR_LOCK_HELD'));
    expect(() => buffer.put(() => buffer.take(read, taken))).toThrow(code('ERR_LOCK_HELD'));
    expect(() => buffer.put(() => buffer.close())).toThrow(code('ERR_LOCK_HELD'));
    expect(buffer.tryPut(fill, 1)).toBe(true);
    expect(() => buffer.take(() => buffer.take(read, taken))).toThrow(code('ERR_LOCK_HELD'));
    expect(buffer.take(read, taken)).toBe(true);
  });

  it('carries items between tasks of one thread', async () => {
    const buffer = create(2);
    const taken: number[] = [];
    const take = async (): Promise<void> => {
      while (await buffer.takeAsync(read, taken));
    };
    const put = async (from: number): Promise<void> => {
      for (let id = from; id < 60; id += 2) await buffer.putAsync(fill, id);
    };
    const takers = [take(), take()];
    await Promise.all([put(0), put(1)]);
    await buffer.closeAsync();
    await Promise.all(takers);
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, id) => id));
  });

  it('does not lose the wake-up that an aborted taker received', async () => {
    const buffer = create(1);
    const taken: number[] = [];
    const controller = new AbortController();
    const first = buffer.takeAsync({ signal: controller.signal }, read, taken);
    const second = buffer.takeAsync(read, taken);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    buffer.put(fill, 7);
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(await second).toBe(true);
    expect(taken).toEqual([7]);
  });

  it('hands a slot on when the putter that was woken for it throws', async () => {
    const buffer = create(1);
    const taken: number[] = [];
    buffer.put(fill, 0);
    const first = buffer.putAsync(fail);
    const second = buffer.putAsync(fill, 1);
    await new Promise((resolve) => setImmediate(resolve));
    buffer.take(read, taken);
    await expect(first).rejects.toThrow(RangeError);
    await second;
    buffer.take(read, taken);
    expect(taken).toEqual([0, 1]);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 27 + 1, '4'])('does not have the capacity %s', (capacity) => {
    expect(() => create(capacity as number)).toThrow(code('ERR_CAPACITY'));
  });

  it('is opened by its own handle and by no other', () => {
    const { handle } = create(2);
    const bare = new SharedArrayBuffer(handle.buffer.byteLength);
    open(structuredClone(handle) as never);
    const foreign = [
      undefined,
      {},
      { ...handle, slipring: 'ring' },
      { ...handle, buffer: bare },
      { ...handle, buffer: new SharedArrayBuffer(64) },
      { ...handle, capacity: 3 },
      { ...handle, capacity: 0 },
      { ...handle, columns: {} },
      { ...handle, columns: { ...columns, price: 'i64' } },
      { ...handle, columns: { ...columns, price: 'string' } },
    ];
    for (const each of foreign) expect(() => open(each as never)).toThrow(code('ERR_HANDLE'));
  });
});

describe('a bounded buffer', () => {
  it('with conditions says so where a thread may not park, whoever has the mutex by then', () => {
    const buffer = createConditionBuffer(columns, { capacity: 1 });
    const { buffer: memory } = buffer.handle;
    const other = openMutex({ slipring: 'mutex', buffer: memory, byteOffset: 64 });
    const wait = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      other.tryLock();
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
    try {
      expect(() => buffer.take(read, [])).toThrow(code('ERR_CANNOT_PARK'));
      expect(other.held).toBe(true);
      other.unlock();
      buffer.put(fill, 1);
      expect(() => buffer.put(fill, 2)).toThrow(code('ERR_CANNOT_PARK'));
      other.unlock();
    } finally {
      wait.mockRestore();
    }
    const taken: number[] = [];
    expect([buffer.take(read, taken), buffer.tryTake(read, taken), taken]).toEqual([true, 'not-now', [1]]);
  });

  it('has columns of known types, at least one', () => {
    expect(() => createConditionBuffer({}, { capacity: 1 })).toThrow(code('ERR_COLUMNS'));
    const wrong = { price: 'string' } as unknown as { price: 'f64' };
    expect(() => createSemaphoreBuffer(wrong, { capacity: 1 })).toThrow(code('ERR_COLUMN_TYPE'));
  });

  it('is not opened as one of the other kind', () => {
    const handle = {
      ...createConditionBuffer(columns, { capacity: 1 }).handle,
      slipring: 'semaphore-buffer' as const,
    };
    expect(() => openSemaphoreBuffer(handle)).toThrow(code('ERR_HANDLE'));
  });
});

describe.each(kinds)('a bounded buffer $name, between threads', ({ create }) => {
  it.each([
    { capacity: 1, producers: 1, consumers: 1, count: 2_000 },
    { capacity: 2, producers: 1, consumers: 1, count: 4_000 },
    { capacity: 4, producers: 1, consumers: 1, count: 4_000 },
    { capacity: 1, producers: 2, consumers: 2, count: 1_000 },
    { capacity: 2, producers: 2, consumers: 3, count: 1_000 },
    { capacity: 4, producers: 3, consumers: 2, count: 2_000 },
  ])(
    'delivers every item once, whole and in order: $producers to $consumers at capacity $capacity',
    async ({ capacity, producers, consumers, count }) => {
      const { handle } = create(capacity);
      const seen = new SharedArrayBuffer(4 * producers * count);
      const takers = Array.from({ length: consumers }, () =>
        start('take', { handle, seen, perProducer: count }),
      );
      const putters = Array.from({ length: producers }, (_, producer) =>
        start('put', { handle, producer, count }),
      );
      for (const thread of [...takers, ...putters]) expect(await thread.next()).toBe('started');
      for (const putter of putters) expect(await putter.next()).toEqual({ put: count, code: '' });
      await open(handle).closeAsync();
      let taken = 0;
      for (const taker of takers) {
        const report = (await taker.next()) as { taken: number; wrong: string[] };
        expect(report.wrong).toEqual([]);
        taken += report.taken;
      }
      expect(taken).toBe(producers * count);
      expect(new Int32Array(seen).every((times) => times === 1)).toBe(true);
    },
  );

  it('ends every taker that waits when it is closed empty', async () => {
    const buffer = create(2);
    const seen = new SharedArrayBuffer(4);
    const takers = [1, 2, 3].map(() => start('take', { handle: buffer.handle, seen, perProducer: 1 }));
    for (const taker of takers) await taker.next();
    await buffer.closeAsync();
    for (const taker of takers) expect(await taker.next()).toEqual({ taken: 0, wrong: [] });
  });

  it('ends every putter that waits when it is closed full, and keeps what was put', async () => {
    const buffer = create(2);
    const putters = [0, 1, 2].map((producer) =>
      start('put', { handle: buffer.handle, producer, count: 100 }),
    );
    for (const putter of putters) await putter.next();
    await buffer.closeAsync();
    let put = 0;
    for (const putter of putters) {
      const report = (await putter.next()) as { put: number; code: string };
      expect(report.code).toBe('ERR_BUFFER_CLOSED');
      put += report.put;
    }
    const taken: number[] = [];
    while (buffer.take(read, taken));
    expect(taken.length).toBe(put);
  });

  it('carries items from a parked thread to an event loop and back', async () => {
    const there = create(2);
    const putter = start('put', { handle: there.handle, producer: 0, count: 500 });
    await putter.next();
    const taken: number[] = [];
    while (taken.length < 500) expect(await there.takeAsync(read, taken)).toBe(true);
    expect(await putter.next()).toEqual({ put: 500, code: '' });
    expect(taken).toEqual(Array.from({ length: 500 }, (_, id) => id));
  });
});

function open(
  handle: ReturnType<(typeof kinds)[number]['create']>['handle'],
): ReturnType<(typeof kinds)[number]['create']> {
  return handle.slipring === 'condition-buffer' ? openConditionBuffer(handle) : openSemaphoreBuffer(handle);
}
