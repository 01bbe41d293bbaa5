/** Supervision by a lock. With the platform's own Web Locks where there are some (Node 24), and always with a few lines that stand for them. */
import { ArgumentError, createRing, PlatformError, WaitError } from 'slipring';
import { type HeldLock, holdLock, type LockManagerLike, type LockMark, superviseLock } from 'slipring/web';
import { describe, expect, it } from 'vitest';
import { controlWords, readShape } from '../../src/core/header.js';
import { planLayout, producerSeat, seat } from '../../src/core/layout.js';
import { takeSeat } from '../../src/core/seats.js';
import { expectRefusal, expectThrown, loopTurns, rejectionOf, Tick, tickRing } from './support.js';

/** Exclusive locks, first come, first served. */
class FewLocks implements LockManagerLike {
  readonly #queues = new Map<string, Promise<unknown>>();

  async request(
    name: string,
    { ifAvailable = false },
    callback: (lock: unknown) => unknown,
  ): Promise<unknown> {
    const before = this.#queues.get(name);
    if (ifAvailable && before !== undefined) return callback(null);
    const mine = Promise.resolve(before).then(() => callback({ name }));
    const free = mine.catch(() => {});
    this.#queues.set(name, free);
    void free.then(() => this.#queues.get(name) === free && this.#queues.delete(name));
    return mine;
  }
}

const real = (globalThis as { navigator?: { locks?: LockManagerLike } }).navigator?.locks;
const managers: [string, LockManagerLike][] = [['a few lines', new FewLocks()]];
if (real !== undefined) managers.push(["the platform's", real]);

const DEAD = 77;

/** A ring whose producer's seat is a thread's that says so, and the lock that it holds. */
async function ringOf(
  locks: LockManagerLike,
): Promise<{ ring: ReturnType<typeof tickRing>; lock: HeldLock }> {
  const ring = tickRing(4);
  const words = controlWords(ring.handle.buffer);
  const layout = planLayout({ ...readShape(words), columns: [] });
  const lock = await holdLock({ id: ring.id, threadNumber: DEAD }, { locks });
  takeSeat(words, producerSeat(layout, 0) + seat.state, DEAD);
  return { ring, lock };
}

describe.each(managers)('with %s for Web Locks', (_, locks) => {
  it('when the lock comes free, and the grace is over, the seats of its holder are recovered', async () => {
    const { ring, lock } = await ringOf(locks);
    const called: unknown[] = [];
    const { done } = superviseLock(lock.mark, ring, {
      locks,
      graceMs: 1,
      onRecovery: (one) => called.push(one),
    });
    await loopTurns();
    expect(ring.seats()[0]).toMatchObject({ state: 'taken', owner: DEAD });
    lock[Symbol.dispose]();
    const found = await done;
    expect(found).toMatchObject([{ seat: { kind: 'producer', owner: DEAD }, outcome: 'recovered' }]);
    expect(called).toEqual(found);
    expect(ring.seats()[0]).toMatchObject({ state: 'vacant' });
  });

  it('during the grace nothing is touched, and a dispose ends it', async () => {
    const { ring, lock } = await ringOf(locks);
    const supervision = superviseLock(lock.mark, ring, { locks, graceMs: 2 ** 30 });
    lock[Symbol.dispose]();
    await loopTurns();
    expect(ring.seats()[0]).toMatchObject({ state: 'taken', owner: DEAD });
    supervision[Symbol.dispose]();
    supervision[Symbol.dispose]();
    expect(await supervision.done).toEqual([]);
    expect(ring.seats()[0]).toMatchObject({ state: 'taken', owner: DEAD });
  });

  it('two supervisors find it once', async () => {
    const { ring, lock } = await ringOf(locks);
    const both = [1, 2].map((graceMs) => superviseLock(lock.mark, ring, { locks, graceMs }).done);
    lock[Symbol.dispose]();
    expect((await Promise.all(both)).flat()).toHaveLength(1);
  });

  it('a thread may hold several, each for a ring', async () => {
    const rings = [tickRing(4), tickRing(4)];
    const held = await Promise.all([...rings, ...rings].map((ring) => holdLock(ring, { locks })));
    expect(new Set(held.map(({ mark }) => mark.name)).size).toBe(4);
    expect(held.map(({ mark }) => mark.ring)).toEqual([...rings, ...rings].map(({ id }) => id));
    expect(structuredClone(held[0].mark)).toEqual(held[0].mark);
    for (const lock of held) lock[Symbol.dispose]();
  });

  it('a supervisor may not park meanwhile', async () => {
    const { ring, lock } = await ringOf(locks);
    const supervision = superviseLock(lock.mark, ring, { locks });
    expectThrown(() => ring.drained(), WaitError, 'ERR_SUPERVISOR_WOULD_PARK');
    supervision[Symbol.dispose]();
    await supervision.done;
    ring.close();
    using consumer = ring.openConsumer('reader');
    expect(consumer.take()).toBeUndefined();
    ring.drained();
    lock[Symbol.dispose]();
  });

  it('what cannot be supervised is refused', async () => {
    const { ring, lock } = await ringOf(locks);
    const other = createRing(Tick, { capacity: 4, consumers: ['a'] });
    expectThrown(() => superviseLock(lock.mark, other, { locks }), ArgumentError, 'ERR_SUPERVISE');
    for (const wrong of [undefined, {}, { ...lock.mark, threadNumber: 'x' }, 'name'])
      expectThrown(() => superviseLock(wrong as LockMark, ring, { locks }), ArgumentError, 'ERR_SUPERVISE');
    for (const graceMs of [-1, NaN, Infinity, '5' as unknown as number])
      expectThrown(() => superviseLock(lock.mark, ring, { locks, graceMs }), ArgumentError, 'ERR_GRACE');
    expectThrown(() => superviseLock(lock.mark, ring, { grace: 1 } as object), ArgumentError, 'ERR_OPTION');
    lock[Symbol.dispose]();
    ring.close();
    ring.openConsumer('reader').take();
    ring.drained();
  });

  it('a manager that refuses is told', async () => {
    const refusing: LockManagerLike = { request: () => Promise.reject(new Error('SecurityError')) };
    const ring = tickRing(4);
    expect(await rejectionOf(holdLock(ring, { locks: refusing }))).toMatchObject({
      message: 'SecurityError',
    });
    const lock = await holdLock(ring, { locks });
    const { done } = superviseLock(lock.mark, ring, { locks: refusing });
    expect(await rejectionOf(done)).toMatchObject({ message: 'SecurityError' });
    lock[Symbol.dispose]();
  });
});

it('where there are no Web Locks, that is what is said', async () => {
  const ring = tickRing(4);
  const none = { locks: {} as LockManagerLike };
  expectRefusal(await rejectionOf(holdLock(ring, none)), PlatformError, 'ERR_NO_LOCKS');
  const mark: LockMark = { slipring: 'lock', name: 'x', ring: ring.id, threadNumber: 1 };
  expectThrown(() => superviseLock(mark, ring, none), PlatformError, 'ERR_NO_LOCKS');
});
