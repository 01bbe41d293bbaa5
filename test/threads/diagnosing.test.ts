import {
  cancelToken,
  type ConsumerGraph,
  createDoorbell,
  createRing,
  diagnose,
  type Diagnosis,
  type Ring,
  type RingOptions,
} from 'slipring';
import { afterEach, describe, expect, it } from 'vitest';
import type { Act, WaitsData } from '../../workers/test-waits.js';
import { checkTrade, fillTrade, Trade, type TradeFields } from '../../workers/trade.js';
import { bytesOf } from '../unit/support.js';
import { until, worker } from './calls.js';
import { start } from './run.js';

type TradeRing = Ring<TradeFields>;
type Rings = Readonly<Record<string, TradeRing>>;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Just below the wrap of 30 bits. */
const first = 2 ** 30 - 2;

function newRing(capacity: number, options: Partial<RingOptions> = {}): TradeRing {
  return createRing(Trade, {
    capacity,
    consumers: ['reader'] as ConsumerGraph,
    firstSequence: first,
    ...options,
  });
}

/** Threads that do these acts on the rings; resolves once all of them have their seats. Seated one after another. */
async function threads(rings: Rings, ...plans: (readonly Act[] | Omit<WaitsData, 'rings' | 'go'>)[]) {
  const go = new SharedArrayBuffer(4);
  const handles = Object.values(rings).map(({ handle }) => handle);
  const all: ReturnType<typeof start>[] = [];
  for (const plan of plans) {
    const data = 'acts' in plan ? plan : { acts: plan };
    const thread = start(worker('test-waits'), { rings: handles, go, ...data } satisfies WaitsData);
    ends.push(() => thread.worker.terminate());
    expect(await thread.next()).toBe('seated');
    all.push(thread);
  }
  return {
    next: (thread: number) => all[thread].next(),
    go: () => {
      Atomics.store(new Int32Array(go), 0, 1);
      Atomics.notify(new Int32Array(go), 0);
    },
  };
}

/** The diagnosis once so many wait, which all of them do from then on. */
async function onceWaiting(rings: Rings, count: number): Promise<Diagnosis> {
  await until(() => diagnose(rings).waits.length === count);
  return diagnose(rings);
}

/** A path in words, without the threads' numbers. */
function pathsOf({ deadlocks }: Diagnosis): string[] {
  return deadlocks.map(({ path }) =>
    path.map(({ from, to }) => `${from.seat} of ${from.ring} waits for ${to.seat} of ${to.ring}`).join(', '),
  );
}

const waiting = ({ waits }: Diagnosis): string[] =>
  waits
    .map(({ ring, seat, waitsFor, word }) => {
      const others = waitsFor.map((other) => `${other.seat} of ${other.ring}`).join(' or ');
      return `${seat} of ${ring} on ${word} for ${others}`;
    })
    .sort();

const publish = (ring: number, count: number): Act => ({ publish: ring, count });
const take = (ring: number, name = 'reader'): Act => ({ take: [ring, name] });

describe('threads that wait for each other', () => {
  it('two producers, each of whom has the consumer of the other, are a deadlock across two rings, with its path', async () => {
    const rings = { orders: newRing(1), fills: newRing(1) };
    const { next, go } = await threads(
      rings,
      { acts: [publish(0, 2)], holds: [[1, 'reader']] },
      { acts: [publish(1, 2)], holds: [[0, 'reader']] },
    );
    go();
    const found = await onceWaiting(rings, 2);
    expect(pathsOf(found)).toEqual([
      'producer of orders waits for reader of orders, producer of fills waits for reader of fills',
    ]);
    const [{ path, limited }] = found.deadlocks;
    expect(limited).toBe(false);
    // Each thread takes the step that the one before leads to.
    expect([path[0].to.owner, path[1].to.owner]).toEqual([path[1].from.owner, path[0].from.owner]);
    expect(path[0].from.owner).not.toBe(path[1].from.owner);
    expect(String(found).split('\n')[0]).toMatch(
      /^Deadlock: producer of orders \(thread \d+\) waits for reader of orders \(thread \d+\), and producer of fills .*\.$/,
    );
    expect(waiting(found)).toEqual([
      'producer of fills on the position of reader for reader of fills',
      'producer of orders on the position of reader for reader of orders',
    ]);
    expect(found.behind.map(({ ring, lag, full }) => [ring, lag, full])).toEqual([
      ['orders', 1, true],
      ['fills', 1, true],
    ]);
    // From one ring alone it cannot be told.
    expect(rings.orders.diagnose().deadlocks).toEqual([]);
    rings.orders.close();
    expect([await next(0), pathsOf(diagnose(rings))]).toEqual(['ERR_RING_CLOSED', []]);
  });

  it('two consumers, each of whom has the producer of the other, are one too: nobody is left to publish', async () => {
    const rings = { there: newRing(1), back: newRing(1) };
    const { go } = await threads(rings, [publish(0, 1), take(1), take(1)], [take(0), publish(1, 1), take(0)]);
    go();
    await until(() => diagnose(rings).deadlocks.length > 0);
    const found = diagnose(rings);
    expect(pathsOf(found)).toEqual([
      'reader of there waits for producer of there, reader of back waits for producer of back',
    ]);
    expect(waiting(found)).toEqual([
      'reader of back on the cursor for producer of back',
      'reader of there on the cursor for producer of there',
    ]);
    expect(found.behind).toEqual([]);
  });

  it('three in a circle are named in the order of their waiting, whoever waits for them beside', async () => {
    const rings = { a: newRing(1), b: newRing(1), c: newRing(1), d: newRing(1) };
    const { go } = await threads(
      rings,
      { acts: [publish(0, 2)], holds: [[2, 'reader']] },
      { acts: [publish(1, 2)], holds: [[0, 'reader']] },
      {
        acts: [publish(2, 2)],
        holds: [
          [1, 'reader'],
          [3, 'reader'],
        ],
      },
      [publish(3, 2)],
    );
    go();
    const found = await onceWaiting(rings, 4);
    expect(pathsOf(found)).toEqual([
      'producer of a waits for reader of a, producer of b waits for reader of b, producer of c waits for reader of c',
    ]);
  });

  it('a thread alone may wait for itself', async () => {
    const rings = { orders: newRing(1) };
    const { go } = await threads(rings, { acts: [publish(0, 2)], holds: [[0, 'reader']] });
    go();
    const found = await onceWaiting(rings, 1);
    expect(pathsOf(found)).toEqual(['producer of orders waits for reader of orders']);
    expect(rings.orders.diagnose().deadlocks).toHaveLength(1);
    const [{ from, to }] = found.deadlocks[0].path;
    expect(from.owner).toBe(to.owner);
  });

  it('a circle that a time-out or a token may break is said to be one', async () => {
    for (const limit of ['timeoutMs', 'cancel'] as const) {
      const rings = { orders: newRing(1) };
      const token = cancelToken(rings.orders);
      const limits = limit === 'cancel' ? { cancel: token.handle } : { timeoutMs: 100_000 };
      const plan = { acts: [publish(0, 2)], holds: [[0, 'reader']] as const, ...limits };
      const { next, go } = await threads(rings, plan);
      go();
      const found = await onceWaiting(rings, 1);
      expect([found.deadlocks[0].limited, found.waits[0].limited]).toEqual([true, true]);
      expect(String(found)).toMatch(
        /^Deadlock, until a time-out or a token ends it: .*\n.*for a limited time\./,
      );
      token.cancel();
      if (limit === 'cancel') {
        expect(await next(0)).toBe('ERR_CANCELLED');
        expect(diagnose(rings).waits).toEqual([]);
      }
    }
  });

  it('is none as long as one of them is awake, or sleeps on an event loop', async () => {
    for (const awake of [{ wait: 'spin' }, { acts: [{ publish: 1, count: 2, on: 'loop' }] }] as const) {
      const rings = { orders: newRing(1), fills: newRing(1) };
      const { go } = await threads(
        rings,
        { acts: [publish(0, 2)], holds: [[1, 'reader']] },
        { acts: [publish(1, 2)], holds: [[0, 'reader']], ...awake },
      );
      go();
      const found = await onceWaiting(rings, 'wait' in awake ? 1 : 2);
      await until(() => diagnose(rings).behind.length === 2);
      expect(diagnose(rings).deadlocks).toEqual([]);
      const onLoop = found.waits.filter(({ parked }) => !parked).map(({ ring }) => ring);
      expect(onLoop).toEqual('wait' in awake ? [] : ['fills']);
      for (const ring of Object.values(rings)) ring.close();
    }
  });

  it('is none as long as a seat is free, which somebody may take', async () => {
    const rings = { orders: newRing(2, { producers: 2 }) };
    const { go } = await threads(rings, [publish(0, 0), take(0)]);
    go();
    const found = await onceWaiting(rings, 1);
    expect(waiting(found)).toEqual([
      'reader of orders on the stamp of slot 0 for producer 0 of orders or producer 1 of orders',
    ]);
    expect(found.deadlocks).toEqual([]);
    rings.orders.openProducer();
    expect(diagnose(rings).deadlocks).toEqual([]);
  });
});

describe('who waits', () => {
  it('a producer, for a consumer that is slow', async () => {
    const rings = { orders: newRing(2, { consumers: { fast: {}, slow: {} } }) };
    const [fast, slow] = [rings.orders.openConsumer('fast'), rings.orders.openConsumer('slow')];
    const { next, go } = await threads(rings, [publish(0, 3)]);
    go();
    await until(() => fast.poll(checkTrade) > 0 && fast.next === first + 2);
    const found = await onceWaiting(rings, 1);
    expect(waiting(found)).toEqual(['producer of orders on the position of slow for slow of orders']);
    expect(found.deadlocks).toEqual([]);
    const [{ lag, full, position, owners, heldBy }] = found.behind;
    expect([lag, full, position, owners.length, heldBy]).toEqual([2, true, first, 1, undefined]);
    expect(found.behind.map(({ consumer }) => consumer)).toEqual(['slow']);
    expect(String(found)).toMatch(
      /^producer of orders \(thread \d+\) has waited [\d.]+ m?s for room, from slow of orders \(thread \d+\); parked, on the position of slow\.\nslow of orders \(thread \d+\) is 2 events behind: orders is full\.$/,
    );
    slow.poll(checkTrade);
    expect(await next(0)).toBe('done');
  });

  it('for longer and longer, on the clock that all threads share', async () => {
    const rings = { orders: newRing(1) };
    const before = Date.now();
    const { go } = await threads(rings, { acts: [publish(0, 2)], holds: [[0, 'reader']], wait: 'spin-park' });
    go();
    const { sinceMs } = (await onceWaiting(rings, 1)).waits[0];
    await until(() => diagnose(rings).waits[0].sinceMs >= sinceMs + 20);
    expect(diagnose(rings).waits[0].sinceMs).toBeLessThanOrEqual(Date.now() - before + 2);
  });

  it('a wait with a token counts from its beginning, though it looks at the token now and then', async () => {
    const rings = { orders: newRing(1) };
    const { handle } = cancelToken(rings.orders);
    const { go } = await threads(rings, { acts: [publish(0, 2)], holds: [[0, 'reader']], cancel: handle });
    go();
    await onceWaiting(rings, 1);
    // Longer than it sleeps at a time.
    await until(() => (diagnose(rings).waits[0]?.sinceMs ?? 0) > 150);
  });

  it('a consumer, for the lowest of those before it', async () => {
    const rings = { orders: newRing(4, { consumers: { a: {}, b: {}, last: { after: ['a', 'b'] } } }) };
    const producer = rings.orders.openProducer();
    for (let n = 0; n < 3; n++) producer.publish(fillTrade, producer.next);
    rings.orders.openConsumer('a').poll(checkTrade, { max: 2 });
    const { go } = await threads(rings, [take(0, 'last')]);
    go();
    const found = await onceWaiting(rings, 1);
    expect(waiting(found)).toEqual(['last of orders on the position of b for b of orders']);
    // Nobody is there to move it.
    expect(found.waits[0].waitsFor[0].owner).toBe(undefined);
    expect(found.behind.map(({ consumer, lag, heldBy, full }) => [consumer, lag, heldBy, full])).toEqual([
      ['b', 3, undefined, false],
      ['last', 3, 'b', false],
      ['a', 1, undefined, false],
    ]);
    expect(String(found)).toContain('b of orders (nobody) is 3 events behind.');
    expect(String(found)).toMatch(
      /last of orders \(thread \d+\) is 3 events behind, as far as b lets it go\./,
    );
  });

  it('a consumer, for the one of several producers who has claimed what it waits for', async () => {
    const rings = { orders: newRing(4, { producers: 2 }) };
    const [one, other] = [rings.orders.openProducer(), rings.orders.openProducer()];
    const { next, go } = await threads(rings, [take(0), take(0)]);
    one.publish(fillTrade, one.next);
    const claim = other.claim(2);
    one.publish(fillTrade, first + 3);
    go();
    expect(await next(0)).toBe('done');
    const found = await onceWaiting(rings, 1);
    expect(waiting(found)).toEqual(['reader of orders on the stamp of slot 3 for producer 1 of orders']);
    claim.abandon();
    expect(await next(0)).toBe('done');
  });

  it('the workers of a group, and an ordinary consumer after them, for what one of them has in hand', async () => {
    const rings = { jobs: newRing(4, { consumers: { crew: { workers: 2 }, after: { after: ['crew'] } } }) };
    const producer = rings.jobs.openProducer();
    const slow = rings.jobs.openConsumer('crew');
    producer.publish(fillTrade, producer.next);
    const batch = slow.take({ max: 1 });
    const { go } = await threads(rings, [take(0, 'after')], [take(0, 'crew')]);
    go();
    let found = await onceWaiting(rings, 2);
    expect(waiting(found)).toEqual([
      'after of jobs on the announcement of crew, worker 0 for crew, worker 0 of jobs',
      'crew, worker 1 of jobs on the cursor for producer of jobs',
    ]);
    rings.jobs.close();
    found = await onceWaiting(rings, 2);
    expect(waiting(found)[1]).toBe(
      'crew, worker 1 of jobs on the announcement of crew, worker 0 for crew, worker 0 of jobs',
    );
    batch!.release();
  });

  it('a thread that serves several rings, in each of them', async () => {
    const doorbell = createDoorbell();
    const rings = { a: newRing(1, { doorbell }), b: newRing(1, { doorbell }) };
    const both = {
      serve: [
        [0, 'reader'],
        [1, 'reader'],
      ] as const,
    };
    const { next, go } = await threads(rings, { acts: [both], holds: [] }, [publish(0, 0)]);
    go();
    const found = await onceWaiting(rings, 2);
    expect(waiting(found)).toEqual([
      'reader of a on the cursor for producer of a',
      'reader of b on the cursor for producer of b',
    ]);
    expect(new Set(found.waits.map(({ owner }) => owner)).size).toBe(1);
    for (const ring of Object.values(rings)) ring.close();
    expect(await next(0)).toBe('done');
    expect(diagnose(rings).waits).toEqual([]);
  });

  it('a server is in a deadlock only when all of its rings are silent for ever', async () => {
    const doorbell = createDoorbell();
    const rings = { a: newRing(1, { doorbell }), b: newRing(1, { doorbell }), c: newRing(1) };
    const both = {
      serve: [
        [0, 'reader'],
        [1, 'reader'],
      ] as const,
    };
    const plans = [
      { acts: [both], holds: [[2, 'reader']] as const },
      { acts: [publish(0, 0), publish(1, 0), publish(2, 2)] },
    ];
    const { go } = await threads(rings, ...plans);
    expect(diagnose(rings).deadlocks).toEqual([]);
    go();
    const found = await onceWaiting(rings, 3);
    expect(pathsOf(found)).toEqual([
      'reader of a waits for producer of a, producer of c waits for reader of c',
    ]);
  });

  it('a producer that holds, with no consumer left', async () => {
    const rings = { orders: newRing(1, { spareSeats: 1 }) };
    rings.orders.openConsumer('reader').leave();
    const { next, go } = await threads(rings, [publish(0, 2)]);
    go();
    const found = await onceWaiting(rings, 1);
    expect(waiting(found)).toEqual(['producer of orders on the place of a consumer that has left for ']);
    rings.orders.join('late');
    expect(await next(0)).toBe('done');
  });
});

describe('a consumer that failed', () => {
  it('is named with its cause, and so is who waits for it', async () => {
    const rings = { orders: newRing(1, { whenConsumerFails: 'wait' }) };
    const { next, go } = await threads(
      rings,
      [{ fail: [0, 'reader'], message: 'no such account' }],
      [publish(0, 2)],
    );
    go();
    expect(await next(0)).toContain('no such account');
    const found = await onceWaiting(rings, 1);
    expect(found.failed).toMatchObject([
      { ring: 'orders', seat: 'reader', role: 'consumer', sequence: first, message: 'no such account' },
    ]);
    expect(waiting(found)).toEqual(['producer of orders on the position of reader for reader of orders']);
    expect(found.deadlocks).toEqual([]);
    expect(String(found)).toMatch(
      new RegExp(`^Failed: reader of orders \\(thread \\d+\\), at event ${first}: no such account\\.\n`),
    );
  });
});

describe('everything flows', () => {
  it('and nothing is reported but who waits and who is behind for a moment', async () => {
    const rings = { there: newRing(1), back: newRing(1) };
    const rounds = 500;
    const [asks, answers]: [Act[], Act[]] = [[], []];
    for (let n = 0; n < rounds; n++) {
      asks.push(publish(0, 1), take(1));
      answers.push(take(0), publish(1, 1));
    }
    const { next, go } = await threads(rings, asks, answers);
    go();
    let over = 0;
    const watch = async (thread: number): Promise<void> => {
      for (let n = 0; n < 2 * rounds; n++) expect(await next(thread)).toBe('done');
      over++;
    };
    const both = Promise.all([watch(0), watch(1)]);
    let looks = 0;
    while (over < 2) {
      const { deadlocks, dead, failed } = diagnose(rings);
      expect([deadlocks, dead, failed]).toEqual([[], [], []]);
      if (++looks % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await both;
    expect(String(diagnose(rings))).toBe('Nobody waits, and nobody is behind.');
  });
});

describe('asking', () => {
  it('changes nothing, while everybody is stuck', async () => {
    const rings = { orders: newRing(1), fills: newRing(1) };
    const { go } = await threads(
      rings,
      { acts: [publish(0, 2)], holds: [[1, 'reader']] },
      { acts: [publish(1, 2)], holds: [[0, 'reader']] },
    );
    go();
    await onceWaiting(rings, 2);
    const memory = (): Buffer[] => Object.values(rings).map(({ handle }) => bytesOf(handle.buffer));
    const before = memory();
    for (let n = 0; n < 10; n++) expect(diagnose(rings).deadlocks).toHaveLength(1);
    expect(memory()).toEqual(before);
  });
});
