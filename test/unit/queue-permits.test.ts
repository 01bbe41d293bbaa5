/** `Permits` in one thread. */
import { cancelToken, createRing, event, openCancelToken, u32 } from 'slipring';
import { createPermits, openPermits, type Permits, PermitsError } from 'slipring/queue';
import { describe, expect, it } from 'vitest';

const code = (name: string): unknown => expect.objectContaining({ code: name });

/** As a thread of this number has them. */
function elsewhere(permits: Permits, threadId: number): Permits {
  const worker_threads = process.getBuiltinModule('node:worker_threads');
  const fake = new Proxy(worker_threads, {
    get: (target, name) =>
      name === 'threadId'
        ? threadId
        : name === 'isMainThread'
          ? false
          : (Reflect.get(target, name) as unknown),
  });
  const real = process.getBuiltinModule.bind(process);
  process.getBuiltinModule = (id: string) => (id === 'node:worker_threads' ? fake : real(id));
  try {
    return openPermits(permits.handle);
  } finally {
    process.getBuiltinModule = real;
  }
}

describe('permits', () => {
  it('are as many as were made, and come back when they are released', () => {
    for (const count of [1, 2, 3]) {
      const permits = createPermits(count);
      for (let turn = 0; turn < 70; turn++) {
        const held = Array.from({ length: count }, () => permits.acquire('a'));
        expect([permits.tryAcquire('a'), permits.free, permits.count]).toEqual([undefined, 0, count]);
        held.forEach((permit) => permit.release());
        expect(permits.free).toBe(count);
      }
    }
  });

  it('say who holds them: by name, thread and count', () => {
    const permits = createPermits(4);
    const other = elsewhere(permits, 7);
    const first = permits.acquire('reader');
    permits.acquire('reader');
    other.acquire('reader');
    other.acquire('Schreiber 3 ä€𝄞');
    const me = permits.threadNumber;
    expect(permits.holders()).toEqual([
      { name: 'reader', thread: me, count: 2 },
      { name: 'reader', thread: 7, count: 1 },
      { name: 'Schreiber 3 ä€𝄞', thread: 7, count: 1 },
    ]);
    first.release();
    permits.acquire('x');
    expect(permits.holders().map(({ name, count }) => [name, count])).toEqual([
      ['x', 1],
      ['reader', 1],
      ['reader', 1],
      ['Schreiber 3 ä€𝄞', 1],
    ]);
  });

  it('are released once, by whoever holds them', () => {
    const permits = createPermits(1);
    const permit = permits.acquire('a');
    expect([permit.held, permit.name]).toEqual([true, 'a']);
    permit.release();
    expect(permit.held).toBe(false);
    const next = permits.acquire('b');
    expect(() => permit.release()).toThrow(code('ERR_PERMIT_RELEASED'));
    expect(() => permit.release()).toThrow(PermitsError);
    expect([next.held, permits.free]).toEqual([true, 0]);
  });

  it('are released at the end of a block, and not twice', () => {
    const permits = createPermits(1);
    {
      using permit = permits.acquire('a');
      expect([permit.held, permits.free]).toEqual([true, 0]);
    }
    expect(permits.free).toBe(1);
    {
      using permit = permits.acquire('a');
      permit.release();
    }
    expect(permits.free).toBe(1);
  });

  it('can be opened in several threads, which see the same', () => {
    const permits = createPermits(1);
    const other = openPermits(permits.handle);
    const permit = other.acquire('a');
    expect([permits.free, permits.bytes, other.bytes]).toEqual([0, 384, 384]);
    permit.release();
    expect(permits.free).toBe(1);
  });
});

describe('waiting for a permit', () => {
  it('ends by its time-out, with none taken', async () => {
    const permits = createPermits(1);
    const permit = permits.acquire('a');
    expect(() => permits.acquire('b', { timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    expect(() => permits.acquire('b', { timeoutMs: 0, wait: 'park' })).toThrow(code('ERR_TIMED_OUT'));
    await expect(permits.acquireAsync('b', { timeoutMs: 1 })).rejects.toThrow(code('ERR_TIMED_OUT'));
    permit.release();
    expect(permits.free).toBe(1);
  });

  it('ends by a token that was made for these permits, also for others beside rings', () => {
    const permits = createPermits(1);
    const ring = createRing(event({ n: u32 }), { capacity: 2, consumers: ['a'] });
    const token = cancelToken(ring, permits);
    const held = elsewhere(permits, 7).acquire('a');
    openCancelToken(token.handle).cancel();
    expect(() => permits.acquire('b', { cancel: token })).toThrow(code('ERR_CANCELLED'));
    expect(() => permits.acquire('b', { cancel: cancelToken(ring) })).toThrow(code('ERR_CANCEL_FOREIGN'));
    expect(() => permits.acquire('b', { cancel: cancelToken(createPermits(1)) })).toThrow(
      code('ERR_CANCEL_FOREIGN'),
    );
    held.release();
  });

  it('ends by a signal, and those behind it go on', async () => {
    const permits = createPermits(1);
    const permit = permits.acquire('a');
    const why = new Error('enough');
    const stop = new AbortController();
    const first = permits.acquireAsync('b', { signal: stop.signal });
    const second = permits.acquireAsync('c', { timeoutMs: 5000 });
    stop.abort(why);
    await expect(first).rejects.toBe(why);
    permit.release();
    expect((await second).name).toBe('c');
    expect(permits.holders()).toEqual([{ name: 'c', thread: permits.threadNumber, count: 1 }]);
  });

  it('on the event loop, is served in the order of the calls', async () => {
    const permits = createPermits(1);
    const served: string[] = [];
    await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => {
        using _permit = await permits.acquireAsync(name, { timeoutMs: 5000 });
        served.push(name);
        await new Promise(setImmediate);
        expect(permits.holders().map((holder) => holder.name)).toEqual([name]);
      }),
    );
    expect(served).toEqual(['a', 'b', 'c', 'd']);
  });

  it('for one’s own permits is refused: nobody could release them', () => {
    const permits = createPermits(2);
    permits.acquire('a');
    const other = elsewhere(permits, 7).acquire('b');
    expect(() => permits.acquire('a', { timeoutMs: 1 })).toThrow(code('ERR_TIMED_OUT'));
    other.release();
    permits.acquire('a');
    expect(() => permits.acquire('a')).toThrow(code('ERR_SELF_DEADLOCK'));
  });
});

describe('closing permits', () => {
  it('ends those who wait, and those who come; those who hold one release it', async () => {
    const permits = createPermits(1);
    const permit = permits.acquire('a');
    const waiting = permits.acquireAsync('b');
    permits.close();
    permits.close();
    await expect(waiting).rejects.toThrow(code('ERR_PERMITS_CLOSED'));
    expect(permits.closed).toBe(true);
    permit.release();
    expect(permits.free).toBe(1);
    expect(() => permits.acquire('c')).toThrow(code('ERR_PERMITS_CLOSED'));
    expect(() => permits.tryAcquire('c')).toThrow(code('ERR_PERMITS_CLOSED'));
    await expect(permits.acquireAsync('c')).rejects.toThrow(code('ERR_PERMITS_CLOSED'));
    expect([permits.free, openPermits(permits.handle).closed]).toEqual([1, true]);
  });
});

describe('permits of a dead thread', () => {
  it('are taken back, told one by one, and go to whoever waits', async () => {
    const permits = createPermits(2);
    const dead = elsewhere(permits, 7);
    const held = [dead.acquire('worker-3'), dead.acquire('worker-3')];
    const waiting = permits.acquireAsync('b');
    expect(permits.declareThreadDead(7)).toMatchObject(
      [0, 1].map((number) => ({
        seat: { kind: 'permit', name: 'worker-3', number, state: 'taken', owner: 7 },
        outcome: 'recovered',
        found: 'returned',
      })),
    );
    await waiting;
    expect(permits.holders()).toEqual([{ name: 'b', thread: permits.threadNumber, count: 1 }]);
    expect(permits.declareThreadDead(7)).toEqual([]);
    // It was not dead after all: it is told, and others keep what they have.
    expect(held[0].held).toBe(false);
    expect(() => held[0].release()).toThrow(code('ERR_PERMIT_LOST'));
    expect(() => held[1][Symbol.dispose]()).toThrow(code('ERR_PERMIT_LOST'));
    expect(permits.free).toBe(1);
  });

  it('are not those of others, nor of this very thread', () => {
    const permits = createPermits(2);
    permits.acquire('a');
    elsewhere(permits, 7).acquire('b');
    expect(permits.declareThreadDead(8)).toEqual([]);
    expect(() => permits.declareThreadDead(permits.threadNumber)).toThrow(code('ERR_SEAT_ALIVE'));
    for (const wrong of [-1, 1.5, '7', undefined])
      expect(() => permits.declareThreadDead(wrong as number)).toThrow(code('ERR_SEAT'));
    expect(permits.free).toBe(0);
  });
});

describe('what permits cannot be', () => {
  it.each([0, -1, 1.5, 4097, '3', undefined])('createPermits(%o) is ERR_PERMITS', (count) => {
    expect(() => createPermits(count as number)).toThrow(code('ERR_PERMITS'));
  });

  it.each(['', 'x'.repeat(117), 'ä'.repeat(59), 5, undefined])(
    'the name %o is ERR_PERMIT_NAME',
    async (name) => {
      const permits = createPermits(1);
      expect(() => permits.acquire(name as string)).toThrow(code('ERR_PERMIT_NAME'));
      expect(() => permits.tryAcquire(name as string)).toThrow(code('ERR_PERMIT_NAME'));
      await expect(permits.acquireAsync(name as string)).rejects.toThrow(code('ERR_PERMIT_NAME'));
      expect(permits.free).toBe(1);
      const longest = 'x'.repeat(116);
      permits.acquire(longest);
      expect(permits.holders()[0].name).toBe(longest);
    },
  );

  it.each([{ timeoutMs: -1 }, { wait: 'never' }, { cancel: new AbortController().signal }])(
    'the options %o are refused before anything is taken',
    (options) => {
      const permits = createPermits(1);
      expect(() => permits.acquire('a', options as never)).toThrow(
        code(expect.stringMatching(/^ERR_/) as never),
      );
      expect(permits.free).toBe(1);
    },
  );

  it('a handle is one of permits, whole', () => {
    const { handle } = createPermits(2);
    const cut = new SharedArrayBuffer(384);
    new Uint8Array(cut).set(new Uint8Array(handle.buffer, 0, 384));
    for (const wrong of [
      undefined,
      {},
      { slipring: 'permits' },
      { ...handle, slipring: 'semaphore' },
      { ...handle, buffer: new ArrayBuffer(384) },
      { ...handle, buffer: new SharedArrayBuffer(512) },
      { ...handle, buffer: new SharedArrayBuffer(4) },
      { ...handle, buffer: cut },
    ])
      expect(() => openPermits(wrong as never)).toThrow(code('ERR_HANDLE'));
    expect(() => cancelToken({ handle: { ...handle, buffer: cut } })).toThrow(code('ERR_HANDLE'));
  });
});
