/** Workers of a queue, and holders of permits, that are terminated in the middle, while others wait. */
import { Worker } from 'node:worker_threads';
import type { Recovery } from 'slipring';
import { supervise } from 'slipring/node';
import { createPermits, createQueue, type Permits, type SharedQueue } from 'slipring/queue';
import { describe, expect, it } from 'vitest';
import { type DoomedData, staying } from '../../workers/test-queue-deaths.js';
import { until, worker as workerFile } from './calls.js';

type Does = DoomedData['does'];

interface Its {
  readonly queue?: SharedQueue<number>;
  readonly permits?: Permits;
}

/** Starts one; resolves its messages one by one. */
function start({ queue, permits }: Its, does: Does) {
  const worker = new Worker(workerFile('test-queue-deaths'), {
    workerData: {
      ...(queue && { queue: queue.handle }),
      ...(permits && { permits: permits.handle }),
      does,
    } satisfies DoomedData,
  });
  const told = new Promise<string>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, told };
}

/** One that is supervised, and terminated once it is where it shall die: what was recovered. */
async function die(
  its: Its,
  does: Does,
  before: () => Promise<void> = async () => {},
): Promise<readonly Recovery[]> {
  const { worker, told } = start(its, does);
  const targets = [its.queue?.ring, its.permits].filter((target) => target !== undefined);
  const { done } = supervise(worker, ...targets);
  expect(await told).toBe('here');
  await before();
  await worker.terminate();
  return done;
}

const queueOf = (options: object = {}): SharedQueue<number> =>
  createQueue<number>({ capacity: 2, maxThreads: 3, values: staying(undefined), ...options });

const code = (name: string): unknown => expect.objectContaining({ code: name });
const soon = { timeoutMs: 30_000 };

/** Resolves once so many workers have come to take. */
const seated = (queue: SharedQueue<number>, count: number): Promise<void> =>
  until(
    () =>
      queue.ring.seats().filter(({ kind, state }) => kind === 'worker' && state === 'taken').length === count,
  );

describe('a taker that is terminated', () => {
  it('inside get leaves its value to another, which waited; and it counts once', async () => {
    const queue = queueOf({ capacity: 1 });
    queue.put(7, soon);
    const others: { worker: Worker; told: Promise<string> }[] = [];
    const found = await die({ queue }, 'takes in a codec', async () => {
      others.push(start({ queue }, 'gets'));
      await seated(queue, 2);
    });
    expect(found).toMatchObject([{ seat: { kind: 'worker' }, found: 'redelivered' }]);
    await queue.joinAsync(soon);
    expect(queue.openTasks).toBe(0);
    queue.close();
    expect(await others[0].told).toBe('ERR_QUEUE_CLOSED');
  });

  it('after get takes its value along: join waits for it until taskDone is called in its place', async () => {
    const queue = queueOf();
    queue.putMany([1, 2], soon);
    expect(await die({ queue }, 'takes')).toMatchObject([{ seat: { kind: 'worker' }, outcome: 'recovered' }]);
    expect(queue.get(soon)).toBe(2);
    queue.taskDone();
    await expect(queue.joinAsync({ timeoutMs: 1 })).rejects.toThrow(code('ERR_TIMED_OUT'));
    expect(queue.openTasks).toBe(1);
    queue.taskDone();
    await queue.joinAsync(soon);
  });

  it('releases a putter that waited for it, in whatever thread, and the queue goes on with the next taker', async () => {
    const queue = queueOf();
    queue.put(1, soon);
    const { told } = start({ queue }, 'fills');
    let waiting: Promise<boolean> | undefined;
    await die({ queue }, 'takes', async () => {
      await until(() => queue.full);
      waiting = queue.putAsync(3, soon);
      waiting.catch(() => {});
    });
    await expect(waiting).rejects.toThrow(code('ERR_PEERS_GONE'));
    expect(await told).toBe('ERR_PEERS_GONE');
    expect(queue.full).toBe(true);
    expect(queue.getMany(2, soon)).toHaveLength(2);
    queue.put(5, soon);
    expect(queue.get(soon)).toBe(5);
  });
});

describe('a putter that is terminated', () => {
  it('leaves what it has put, and releases takers that wait for more', async () => {
    const queue = queueOf();
    const { told } = start({ queue }, 'gets');
    await seated(queue, 1);
    await die({ queue }, 'puts');
    expect(await told).toBe('ERR_PEERS_GONE');
    expect([queue.openTasks, queue.empty]).toEqual([0, true]);
    queue.put(2, soon);
    expect(queue.get(soon)).toBe(2);
  });

  it('inside put has put nothing, and others put and take past it', async () => {
    const queue = queueOf();
    queue.put(1, soon);
    await die({ queue }, 'puts in a codec');
    queue.put(2, soon);
    expect(queue.getMany(9, soon)).toEqual([1, 2]);
    queue.taskDone();
    queue.taskDone();
    await queue.joinAsync(soon);
  });
});

describe('a holder of permits that is terminated', () => {
  it('gives them back, and they go to those who wait, in other threads and on the event loop', async () => {
    const permits = createPermits(2);
    const waiting: Promise<unknown>[] = [];
    const found = await die({ permits }, 'holds', async () => {
      expect(permits.holders()).toMatchObject([{ name: 'doomed', count: 2 }]);
      expect(permits.tryAcquire('main')).toBeUndefined();
      waiting.push(start({ permits }, 'acquires').told, start({ permits }, 'acquires').told);
      waiting.push(permits.acquireAsync('main', soon).then((permit) => permit.release()));
      await Promise.resolve();
    });
    expect(found).toMatchObject(
      [0, 1].map((number) => ({
        seat: { kind: 'permit', name: 'doomed', number },
        outcome: 'recovered',
        found: 'returned',
      })),
    );
    expect(await Promise.all(waiting)).toEqual(['done', 'done', undefined]);
    expect([permits.free, permits.holders()]).toEqual([2, []]);
  });

  it('is supervised together with a queue', async () => {
    const permits = createPermits(1);
    const queue = queueOf();
    const { worker, told } = start({ permits }, 'holds');
    const heard: string[] = [];
    const { done } = supervise(worker, queue.ring, permits, {
      onRecovery: ({ seat, found }) => heard.push(`${seat.kind} ${seat.name} ${found}`),
    });
    await told;
    await worker.terminate();
    expect(await done).toHaveLength(1);
    expect(heard).toEqual(['permit doomed returned']);
    expect(permits.free).toBe(1);
  });
});
