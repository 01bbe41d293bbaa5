import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCondition, createMutex, openCondition, openMutex } from '../../src/locks/index.js';
import { peek, start, terminateAll, until, withoutNaps } from './threads.js';

const WAITERS = 2;

beforeAll(withoutNaps);
afterEach(terminateAll);

describe('a condition on one thread', () => {
  it('is waited for with the mutex held only', async () => {
    const mutex = createMutex();
    const condition = createCondition();
    expect(() => condition.wait(mutex)).toThrow(expect.objectContaining({ code: 'ERR_LOCK_NOT_HELD' }));
    await expect(condition.waitAsync(mutex)).rejects.toMatchObject({ code: 'ERR_LOCK_NOT_HELD' });
    expect(peek(condition, WAITERS)).toBe(0);
  });

  it('ends a wait by its time-out with the mutex held', async () => {
    const mutex = createMutex();
    const condition = createCondition();
    mutex.lock();
    expect(() => condition.wait(mutex, { timeoutMs: 5 })).toThrow(
      expect.objectContaining({ code: 'ERR_TIMED_OUT' }),
    );
    expect(mutex.held).toBe(true);
    await expect(condition.waitAsync(mutex, { timeoutMs: 5 })).rejects.toMatchObject({
      code: 'ERR_TIMED_OUT',
    });
    expect(mutex.held).toBe(true);
    expect(peek(condition, WAITERS)).toBe(0);
  });

  it('does not take the end of a nap, or an engine that is early, for its time-out', () => {
    const mutex = createMutex();
    mutex.lock();
    vi.spyOn(Atomics, 'wait').mockReturnValueOnce('timed-out');
    expect(() => createCondition().wait(mutex, { timeoutMs: 20 })).toThrow(
      expect.objectContaining({ code: 'ERR_TIMED_OUT' }),
    );
  });

  it('does not sleep through a notify between the unlock and the sleep', async () => {
    const mutex = createMutex();
    const condition = createCondition();
    const unlock = mutex.unlock.bind(mutex);
    mutex.unlock = () => {
      unlock();
      condition.notify();
    };
    mutex.lock();
    condition.wait(mutex, { timeoutMs: 0 }); // a sleep that began would time out
    await condition.waitAsync(mutex, { timeoutMs: 0 });
    expect([mutex.held, peek(condition, WAITERS)]).toEqual([true, 0]);
  });

  it('ends an async wait by its signal with the mutex held', async () => {
    const mutex = createMutex();
    const condition = createCondition();
    const controller = new AbortController();
    mutex.lock();
    const waiting = condition.waitAsync(mutex, { signal: controller.signal });
    expect(mutex.held).toBe(false);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(mutex.held).toBe(true);
    expect(peek(condition, WAITERS)).toBe(0);
  });

  it('wakes as many tasks as it was told, and all of them', async () => {
    const mutex = createMutex();
    const condition = createCondition();
    let open = 0;
    let through = 0;
    const task = async (): Promise<void> => {
      const mine = openMutex(mutex.handle);
      await mine.lockAsync();
      while (open === 0) await condition.waitAsync(mine);
      open--;
      through++;
      mine.unlock();
    };
    const tasks = [task(), task(), task(), task()];
    await until(() => peek(condition, WAITERS) === 4);
    await mutex.withLockAsync(() => (open += 2));
    condition.notify(2);
    await until(() => through === 2);
    await mutex.withLockAsync(() => (open += 2));
    condition.notifyAll();
    await Promise.all(tasks);
    expect([open, through, peek(condition, WAITERS)]).toEqual([0, 4, 0]);
  });

  it('does not lose the wake-up that an aborted wait received', async () => {
    const mutex = createMutex();
    const condition = createCondition();
    let open = false;
    const controller = new AbortController();
    const task = async (signal?: AbortSignal): Promise<void> => {
      const mine = openMutex(mutex.handle);
      await mine.lockAsync();
      try {
        while (!open) await condition.waitAsync(mine, signal ? { signal } : {});
      } finally {
        mine.unlock();
      }
    };
    const first = task(controller.signal);
    await until(() => peek(condition, WAITERS) === 1);
    const second = task();
    await until(() => peek(condition, WAITERS) === 2);
    mutex.lock();
    open = true;
    mutex.unlock();
    controller.abort();
    condition.notify();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await second;
  });

  it.each([0, -1, NaN])('does not notify %s', (count) => {
    expect(() => createCondition().notify(count)).toThrow(expect.objectContaining({ code: 'ERR_COUNT' }));
  });

  it('is not opened by a foreign handle', () => {
    const handle = { ...createMutex().handle, slipring: 'condition' as const };
    expect(() => openCondition(handle)).toThrow(expect.objectContaining({ code: 'ERR_HANDLE' }));
  });
});

describe('a condition between threads', () => {
  it('plays every ball of a ping-pong in turn', async () => {
    const rounds = 5_000;
    const [mutex, condition, ball] = [createMutex(), createCondition(), new SharedArrayBuffer(4)];
    const sides = [0, 1].map((side) =>
      start('ping-pong', {
        mutexHandle: mutex.handle,
        conditionHandle: condition.handle,
        ball,
        side,
        rounds,
      }),
    );
    for (const side of sides) expect(await side.next()).toBe(rounds);
    expect(new Int32Array(ball)[0]).toBe(2 * rounds);
    expect(peek(condition, WAITERS)).toBe(0);
  });

  it('wakes every parked thread by one notifyAll', async () => {
    const [mutex, condition] = [createMutex(), createCondition()];
    const threads = [1, 2, 3].map(() =>
      start('wait', { what: 'condition', handle: condition.handle, mutexHandle: mutex.handle }),
    );
    for (const thread of threads) expect(await thread.next()).toBe('waiting');
    await until(() => peek(condition, WAITERS) > 0);
    const through = Promise.all(threads.map((thread) => thread.next()));
    let over = false;
    void through.then(() => (over = true));
    await until(() => {
      condition.notifyAll();
      return over;
    });
    expect(await through).toEqual(['through', 'through', 'through']);
  });
});
