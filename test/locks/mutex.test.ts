import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMutex, createSemaphore, openMutex } from '../../src/locks/index.js';
import { peek, start, terminateAll, until, withoutNaps } from './threads.js';

const CONTENDED = 2;

beforeAll(withoutNaps);
afterEach(terminateAll);

describe('a mutex on one thread', () => {
  it('is taken by one at a time, however many have opened it', () => {
    const mine = createMutex();
    const yours = openMutex(mine.handle);
    mine.lock();
    expect(yours.tryLock()).toBe(false);
    expect([mine.held, yours.held]).toEqual([true, false]);
    mine.unlock();
    expect(yours.tryLock()).toBe(true);
  });

  it('survives the passage of its handle as a clone', () => {
    const mutex = createMutex();
    mutex.lock();
    expect(openMutex(structuredClone(mutex.handle)).tryLock()).toBe(false);
  });

  it('cannot be unlocked by an object that did not lock it, and stays locked', () => {
    const mine = createMutex();
    const yours = openMutex(mine.handle);
    mine.lock();
    expect(() => yours.unlock()).toThrow(expect.objectContaining({ code: 'ERR_LOCK_NOT_HELD' }));
    expect(yours.tryLock()).toBe(false);
    mine.unlock();
    expect(() => mine.unlock()).toThrow(expect.objectContaining({ code: 'ERR_LOCK_NOT_HELD' }));
  });

  it('refuses to wait for itself', () => {
    const mutex = createMutex();
    mutex.lock();
    expect(() => mutex.lock()).toThrow(expect.objectContaining({ code: 'ERR_LOCK_HELD' }));
    expect(mutex.tryLock()).toBe(false);
    expect(mutex.held).toBe(true);
  });

  it('gives up after its time-out, parking or not, and can be had later', async () => {
    const mine = createMutex();
    const yours = openMutex(mine.handle);
    mine.lock();
    expect(() => yours.lock({ timeoutMs: 0 })).toThrow(expect.objectContaining({ code: 'ERR_TIMED_OUT' }));
    expect(() => yours.lock({ timeoutMs: 5 })).toThrow(expect.objectContaining({ code: 'ERR_TIMED_OUT' }));
    await expect(yours.lockAsync({ timeoutMs: 5 })).rejects.toMatchObject({ code: 'ERR_TIMED_OUT' });
    mine.unlock();
    yours.lock({ timeoutMs: 0 });
    expect(yours.held).toBe(true);
  });

  it('passes from task to task of one thread, each alone', async () => {
    const mutex = createMutex();
    let inside = 0;
    let most = 0;
    const task = async (): Promise<void> => {
      await mutex.lockAsync();
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      mutex.unlock();
    };
    await Promise.all([task(), task(), task(), task()]);
    expect([most, inside, mutex.held]).toEqual([1, 0, false]);
  });

  it('ends an async wait by its signal, before and during it, with the reason', async () => {
    const mine = createMutex();
    const yours = openMutex(mine.handle);
    mine.lock();
    const reason = new Error('enough');
    await expect(yours.lockAsync({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = yours.lockAsync({ signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    mine.unlock();
    expect(yours.tryLock()).toBe(true);
  });

  it('does not lose the wake-up that an aborted wait received', async () => {
    const mutex = createMutex();
    const aborted = openMutex(mutex.handle);
    const patient = openMutex(mutex.handle);
    mutex.lock();
    const controller = new AbortController();
    const first = aborted.lockAsync({ signal: controller.signal });
    const second = patient.lockAsync();
    controller.abort();
    mutex.unlock(); // wakes the first, who has left
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await second;
    expect(patient.held).toBe(true);
  });

  it('is unlocked when what it guarded throws', async () => {
    const mutex = createMutex();
    const fail = (): never => {
      throw new RangeError('inside');
    };
    expect(() => mutex.withLock(fail)).toThrow(RangeError);
    await expect(mutex.withLockAsync(fail)).rejects.toThrow(RangeError);
    expect(mutex.withLock(() => 7)).toBe(7);
    expect(await mutex.withLockAsync(() => 8)).toBe(8);
    expect(peek(mutex, 1)).toBe(0);
  });

  it.each([
    [null],
    [{}],
    [{ slipring: 'mutex', buffer: new ArrayBuffer(64), byteOffset: 0 }],
    [{ slipring: 'mutex', buffer: new SharedArrayBuffer(64), byteOffset: 0 }],
    [{ slipring: 'mutex', buffer: createMutex().handle.buffer, byteOffset: 4 }],
    [{ slipring: 'mutex', buffer: createMutex().handle.buffer, byteOffset: -4 }],
    [{ slipring: 'mutex', buffer: createMutex().handle.buffer, byteOffset: 1 }],
    [createSemaphore(1).handle],
    [{ ...createSemaphore(1).handle, slipring: 'mutex' }],
  ])('is not opened by a foreign handle %#', (handle) => {
    expect(() => openMutex(handle as never)).toThrow(expect.objectContaining({ code: 'ERR_HANDLE' }));
  });

  it.each([-1, NaN, '5'])('refuses the time-out %s', async (timeoutMs) => {
    const mutex = createMutex();
    const options = { timeoutMs } as { timeoutMs: number };
    expect(() => mutex.lock(options)).toThrow(expect.objectContaining({ code: 'ERR_TIMEOUT' }));
    await expect(mutex.lockAsync(options)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(mutex.held).toBe(false);
  });
});

describe('a mutex between threads', () => {
  it('makes a plain counter exact', async () => {
    const mutex = createMutex();
    const counter = new SharedArrayBuffer(4);
    const rounds = 20_000;
    const threads = [1, 2, 3].map(() => start('count', { handle: mutex.handle, counter, rounds }));
    for (let round = 0; round < 100; round++) {
      await mutex.withLockAsync(() => new Int32Array(counter)[0]++);
    }
    for (const thread of threads) expect(await thread.next()).toBe('done');
    expect(new Int32Array(counter)[0]).toBe(3 * rounds + 100);
    expect(peek(mutex, 1)).toBe(0);
  });

  it('is taken as contended by one who slept, since others may sleep still', async () => {
    const mutex = createMutex();
    mutex.lock();
    const sleeper = start('wait', { what: 'mutex', handle: mutex.handle, keep: true });
    await sleeper.next();
    await until(() => peek(mutex, 1) === CONTENDED);
    mutex.unlock();
    expect(await sleeper.next()).toBe('through');
    expect(peek(mutex, 1)).toBe(CONTENDED);
  });

  it('reaches a sleeper although another was terminated in its sleep', async () => {
    const mutex = createMutex();
    mutex.lock();
    const doomed = start('wait', { what: 'mutex', handle: mutex.handle, naps: true });
    await doomed.next();
    await until(() => peek(mutex, 1) === CONTENDED);
    const other = start('wait', { what: 'mutex', handle: mutex.handle, naps: true });
    await other.next();
    const gone = doomed.terminate();
    mutex.unlock(); // this wake-up may die with the first
    expect(await other.next()).toBe('through');
    await gone;
  });
});
