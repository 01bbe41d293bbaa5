/** What a queue refuses leaves it as it was: nothing in shared memory has changed, and it goes on. */
import { createQueue, type SharedQueue } from 'slipring/queue';
import { describe, expect, it } from 'vitest';
import { controlWords } from '../../src/core/header.js';

const code = (name: string): unknown => expect.objectContaining({ code: name });

/** Every word of the ring but its arenas, and the queue's own. */
const wordsOf = <T>({ handle }: SharedQueue<T>): number[] => [
  ...controlWords(handle.ring.buffer),
  ...new Int32Array(handle.tasks),
];

/** With its seats taken, once round the ring, and one value in it. */
function queueOf<T>(values: object | string, first: T, options: object = {}): SharedQueue<T> {
  const queue = createQueue<T>({ capacity: 2, maxThreads: 2, values, ...options } as never);
  for (let n = 0; n < 3; n++) {
    queue.put(first);
    queue.get();
    queue.taskDone();
  }
  queue.put(first);
  return queue;
}

async function refuses<T>(queue: SharedQueue<T>, value: T, name: string): Promise<void> {
  const before = wordsOf(queue);
  expect(() => queue.put(value)).toThrow(code(name));
  expect(() => queue.put(value, { timeoutMs: 1 })).toThrow(code(name));
  expect(() => queue.tryPut(value)).toThrow(code(name));
  expect(() => queue.putMany([value])).toThrow(code(name));
  expect(() => queue.tryPutMany([value])).toThrow(code(name));
  await expect(queue.putAsync(value)).rejects.toThrow(code(name));
  await expect(queue.putManyAsync([value])).rejects.toThrow(code(name));
  expect(wordsOf(queue)).toEqual(before);
}

function goesOn<T>(queue: SharedQueue<T>, value: T): void {
  queue.put(value, { timeoutMs: 0 });
  expect(queue.getMany(9, { timeoutMs: 0 })).toEqual([value, value]);
  queue.taskDone();
  queue.taskDone();
  queue.join({ timeoutMs: 0 });
}

/** One byte a value, but what `says` says of the length. */
const lying = (says: (given: number, bytes: Uint8Array) => unknown) => ({
  encodeInto: (given: number, bytes: Uint8Array) => {
    if (bytes.length > 0) bytes[0] = given;
    return given === 1 ? 1 : (says(given, bytes) as number);
  },
  decode: (bytes: Uint8Array) => bytes[0],
});

describe('a value that cannot be put', () => {
  it.each([
    ['structured-clone', () => {}],
    ['structured-clone', Symbol('no')],
    ['structured-clone', { deep: [new WeakMap()] }],
    ['json', 5n],
    ['json', undefined],
    ['number', '5'],
    ['number', null],
  ] as const)('of %s leaves the queue as it was', async (values, value) => {
    const queue = queueOf<unknown>(values, 1);
    await refuses(queue, value, 'ERR_PAYLOAD_VALUE');
    goesOn(queue, 1);
  });

  it('that refers to itself is refused as JSON, and is what it was as a structured clone', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const queue = queueOf<unknown>('json', 1);
    await refuses(queue, circle, 'ERR_PAYLOAD_VALUE');
    goesOn(queue, 1);
    const clones = createQueue<typeof circle>({ capacity: 2 });
    clones.put(circle);
    const clone = clones.get();
    expect(clone.self).toBe(clone);
  });

  it('since it is too large leaves the queue as it was', async () => {
    const queue = queueOf<string>('json', 'x', { arenaBytes: 128 });
    await refuses(queue, 'x'.repeat(63), 'ERR_PAYLOAD_TOO_LARGE');
    goesOn(queue, 'x');
  });
});

describe('a codec that lies about its length', () => {
  it.each([
    ['less than nothing', -1],
    ['half a byte', 1.5],
    ['not a number', NaN],
    ['endless', Infinity],
    ['nothing at all', undefined],
    ['a text', '1'],
  ])('%s: is refused, and nothing is put', async (_, length) => {
    const queue = queueOf<number>(
      lying(() => length),
      1,
    );
    await refuses(queue, 2, 'ERR_CODEC');
    goesOn(queue, 1);
  });

  it('always more than there is: is refused, and nothing is put', async () => {
    const queue = queueOf<number>(
      lying((_, bytes) => bytes.length + 1),
      1,
      { arenaBytes: 128 },
    );
    await refuses(queue, 2, 'ERR_PAYLOAD_TOO_LARGE');
    goesOn(queue, 1);
  });

  it('one that throws: is refused with the cause, and nothing is put', async () => {
    const queue = queueOf<number>(
      lying(() => {
        throw new RangeError('why');
      }),
      1,
    );
    await refuses(queue, 2, 'ERR_PAYLOAD_VALUE');
    expect(() => queue.put(2)).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: 'why' }) as never }),
    );
    goesOn(queue, 1);
  });
});

describe('a queue that was closed', () => {
  it.each([false, true])(
    'takes no values, bad ones neither, and does not change; immediate: %s',
    async (immediate) => {
      const queue = queueOf<unknown>('json', 1);
      queue.close({ immediate });
      await refuses(queue, 2, 'ERR_QUEUE_CLOSED');
      if (!immediate) expect([...queue]).toEqual([1]);
      const before = wordsOf(queue);
      for (const taking of [
        () => queue.get(),
        () => queue.tryGet(),
        () => queue.getMany(2),
        () => queue.tryGetMany(2),
      ])
        expect(taking).toThrow(code('ERR_QUEUE_CLOSED'));
      await expect(queue.getAsync()).rejects.toThrow(code('ERR_QUEUE_CLOSED'));
      await expect(queue.getManyAsync(2)).rejects.toThrow(code('ERR_QUEUE_CLOSED'));
      expect([...queue]).toEqual([]);
      expect(wordsOf(queue)).toEqual(before);
    },
  );
});

describe('putMany that ends half-way', () => {
  const small = (): SharedQueue<number> =>
    createQueue<number>({ capacity: 2, maxThreads: 2, values: 'json' });

  it('by a time-out: what was put is put, and the result says how many', async () => {
    const queue = small();
    expect(queue.putMany([1, 2, 3, 4], { timeoutMs: 1 })).toBe(2);
    expect(await queue.putManyAsync([3], { timeoutMs: 1 }).catch((error: unknown) => error)).toMatchObject({
      code: 'ERR_TIMED_OUT',
    });
    expect(queue.getMany(9)).toEqual([1, 2]);
    expect(await queue.putManyAsync([3, 4, 5], { timeoutMs: 1 })).toBe(2);
    expect(queue.getMany(9)).toEqual([3, 4]);
  });

  it('by a close: what was put is taken all the same', async () => {
    const queue = small();
    const putting = queue.putManyAsync([1, 2, 3, 4]);
    await new Promise(setImmediate);
    queue.close();
    expect(await putting).toBe(2);
    expect([...queue]).toEqual([1, 2]);
    expect(() => queue.putMany([3])).toThrow(code('ERR_QUEUE_CLOSED'));
  });

  it('by a value that cannot be: those before it are put, and putting it again says why', () => {
    const queue = small();
    const given = [1, 5n as never, 3];
    const put = queue.putMany(given);
    expect(put).toBe(1);
    expect(() => queue.putMany(given.slice(put))).toThrow(code('ERR_PAYLOAD_VALUE'));
    expect(queue.putMany(given.slice(put + 1))).toBe(1);
    expect(queue.getMany(9)).toEqual([1, 3]);
  });

  it('by the values themselves: their error comes out, and those before it are put', async () => {
    function* failing(): Generator<number> {
      yield 1;
      throw new RangeError('why');
    }
    const queue = small();
    expect(() => queue.putMany(failing())).toThrow('why');
    expect(() => queue.tryPutMany(failing())).toThrow('why');
    expect(queue.getMany(9)).toEqual([1, 1]);
    await expect(queue.putManyAsync(failing())).rejects.toThrow('why');
    expect(queue.getMany(9)).toEqual([1]);
  });
});
