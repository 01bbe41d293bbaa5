import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMutex, createSemaphore, openSemaphore } from '../../src/locks/index.js';
import { peek, start, terminateAll, until, withoutNaps } from './threads.js';

const WAITERS = 2;

beforeAll(withoutNaps);
afterEach(terminateAll);

describe('a semaphore on one thread', () => {
  it('gives as many permits as it has', () => {
    const mine = createSemaphore(2);
    const yours = openSemaphore(mine.handle);
    expect([mine.tryAcquire(), yours.tryAcquire(), mine.tryAcquire()]).toEqual([true, true, false]);
    yours.release(3);
    expect(mine.value).toBe(3);
    mine.acquire();
    expect(yours.value).toBe(2);
  });

  it('gives up after its time-out, parking or not, and forgets who waited', async () => {
    const semaphore = createSemaphore(0);
    expect(() => semaphore.acquire({ timeoutMs: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_TIMED_OUT' }),
    );
    expect(() => semaphore.acquire({ timeoutMs: 5 })).toThrow(
      expect.objectContaining({ code: 'ERR_TIMED_OUT' }),
    );
    await expect(semaphore.acquireAsync({ timeoutMs: 5 })).rejects.toMatchObject({ code: 'ERR_TIMED_OUT' });
    expect([semaphore.value, peek(semaphore, WAITERS)]).toEqual([0, 0]);
  });

  it('wakes one async waiter for each permit', async () => {
    const semaphore = createSemaphore(0);
    const waits = [1, 2, 3].map(() => semaphore.acquireAsync());
    semaphore.release();
    semaphore.release(2);
    await Promise.all(waits);
    expect([semaphore.value, peek(semaphore, WAITERS)]).toEqual([0, 0]);
  });

  it('does not lose the wake-up that an aborted wait received', async () => {
    const semaphore = createSemaphore(0);
    const controller = new AbortController();
    const first = semaphore.acquireAsync({ signal: controller.signal });
    const second = semaphore.acquireAsync();
    controller.abort();
    semaphore.release();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await second;
    expect([semaphore.value, peek(semaphore, WAITERS)]).toEqual([0, 0]);
  });

  it.each([-1, 1.5, NaN, 2 ** 31])('does not start with %s permits', (permits) => {
    expect(() => createSemaphore(permits)).toThrow(expect.objectContaining({ code: 'ERR_PERMITS' }));
  });

  it('refuses permits that are none or too many, and keeps what it had', () => {
    const semaphore = createSemaphore(2 ** 31 - 2);
    for (const count of [0, -1, 0.5, NaN]) {
      expect(() => semaphore.release(count)).toThrow(expect.objectContaining({ code: 'ERR_COUNT' }));
    }
    semaphore.release();
    expect(() => semaphore.release()).toThrow(expect.objectContaining({ code: 'ERR_SEMAPHORE_OVERFLOW' }));
    expect(semaphore.value).toBe(2 ** 31 - 1);
  });

  it('is not opened by a foreign handle', () => {
    const handle = { ...createMutex().handle, slipring: 'semaphore' as const };
    expect(() => openSemaphore(handle)).toThrow(expect.objectContaining({ code: 'ERR_HANDLE' }));
  });
});

describe('a semaphore between threads', () => {
  it('lets in no more than it has permits, and loses none', async () => {
    const semaphore = createSemaphore(2);
    const room = new SharedArrayBuffer(4);
    const threads = [1, 2, 3, 4].map(() =>
      start('permits', { handle: semaphore.handle, room, rounds: 5_000 }),
    );
    for (const thread of threads) expect(await thread.next()).toBeLessThanOrEqual(2);
    expect([semaphore.value, peek(semaphore, WAITERS)]).toEqual([2, 0]);
  });

  it('reaches a sleeper although another was terminated in its sleep', async () => {
    const semaphore = createSemaphore(0);
    const doomed = start('wait', { what: 'semaphore', handle: semaphore.handle, naps: true });
    await until(() => peek(semaphore, WAITERS) === 1);
    const other = start('wait', { what: 'semaphore', handle: semaphore.handle, naps: true });
    await until(() => peek(semaphore, WAITERS) === 2);
    await doomed.next();
    await other.next();
    const gone = doomed.terminate();
    semaphore.release(); // this wake-up may die with the first, the permit does not
    await gone;
    if (semaphore.value === 0) semaphore.release(); // one of the two has it already, perhaps the first
    expect(await other.next()).toBe('through');
  });
});
