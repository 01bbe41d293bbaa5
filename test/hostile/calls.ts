/** Every call of the public face, each of which must return, or throw an error of slipring's, whatever stands in memory. */
import { inspect } from 'node:util';
import {
  type Batch,
  cancelToken,
  type Consumer,
  diagnose,
  openRing,
  type Producer,
  type Readable,
  serve,
  serveAsync,
  SlipringError,
} from 'slipring';
import { fillItem, type ItemFields, type ItemRing, readItem, type Scene } from './scenes.js';

/** What the calls share: a ring, who is on it, and the writes that are still to come. */
export class World {
  readonly ring: ItemRing;
  readonly event: Scene['event'];
  readonly producers: Producer<ItemFields>[];
  readonly consumers: Consumer<ItemFields>[];
  /** Names one of several. */
  readonly pick: number;
  /** Called in the middle of a call: where an event is filled, or where one is handled. */
  onCall: () => void = () => {};
  onEvent: () => void = () => {};

  constructor({ ring, event, producers, consumers }: Scene, pick: number) {
    this.ring = ring;
    this.event = event;
    this.producers = producers;
    this.consumers = consumers;
    this.pick = pick;
  }

  get producer(): Producer<ItemFields> | undefined {
    return this.producers[this.pick % this.producers.length];
  }

  get consumer(): Consumer<ItemFields> | undefined {
    return this.consumers[this.pick % this.consumers.length];
  }

  readonly fill = (item: Parameters<typeof fillItem>[0], n: number): void => {
    this.onCall();
    fillItem(item, n);
  };

  /** A handler that throws when it gets more events than `most`; `then` is called with the last of them. */
  handler(most: number, then: () => void = () => {}): (item: Readable<ItemFields>) => void {
    let seen = 0;
    return (item) => {
      this.onEvent();
      readItem(item);
      if (++seen === most) then();
      if (seen > most + this.ring.capacity) throw new Error(`a call handles more than ${most} events`);
    };
  }

  readBatch(batch: Batch<ItemFields> | undefined): void {
    if (batch === undefined) return;
    if (batch.length < 1 || batch.length > this.ring.capacity)
      throw new Error(`a batch of ${batch.length} events`);
    for (const item of batch) readItem(item);
    batch.releaseUpTo(batch.first + 1);
    batch.release();
  }
}

/** A wait that is long enough to park. */
const briefly = { timeoutMs: 0.05 } as const;
const parking = { timeoutMs: 0.05, wait: 'park' } as const;
const spinning = { timeoutMs: 0.05, wait: 'spin' } as const;

type Call = (world: World) => unknown;

/** Runs `body` with a token that is tripped once so many laps were handled, and that bounds it. */
function cancelledAfterLaps(
  world: World,
  body: (
    handler: ReturnType<World['handler']>,
    options: { cancel: ReturnType<typeof cancelToken> },
  ) => unknown,
): unknown {
  const token = cancelToken(world.ring);
  return body(
    world.handler(2 * world.ring.capacity, () => token.cancel()),
    { cancel: token },
  );
}

export const calls: Readonly<Record<string, Call>> = {
  snapshot: ({ ring }) => void ring.snapshot(),
  'what it says of itself': ({ ring, producers, consumers }) => {
    const { remaining, capacity, closed, consumerNames } = ring;
    if (!(remaining >= 0 && remaining <= capacity)) throw new Error(`${remaining} slots remain`);
    void closed;
    void consumerNames;
    inspect([ring, producers, consumers]);
    for (const { next, missed, skipped, redelivered, ended } of consumers)
      void [next, missed, skipped, redelivered, ended];
  },
  'openRing again': ({ ring, event }) => {
    using other = openRing(ring.handle, event);
    other.snapshot();
  },
  'a token is tripped': (world) => {
    const token = cancelToken(world.ring);
    world.onCall();
    token.cancel();
  },
  tryPublish: (world) => world.producer?.tryPublish(world.fill, 5),
  publish: (world) => world.producer?.publish(parking, world.fill, 6),
  'publish, spinning': (world) => world.producer?.publish(spinning, world.fill, 6),
  publishBatch: (world) => world.producer?.publishBatch([7, 8, 9], world.fill, briefly),
  'claim and commit': ({ producer }) => {
    const claim = producer?.claim(1, parking);
    if (claim === undefined) return;
    for (const item of claim) fillItem(item, 1);
    claim.commit();
  },
  'tryClaim and abandon': ({ producer }) => producer?.tryClaim(1)?.abandon(),
  publishAsync: (world) => world.producer?.publishAsync(briefly, world.fill, 10),
  publishBatchAsync: (world) => world.producer?.publishBatchAsync([1, 2, 3], world.fill, briefly),
  poll: (world) => {
    const handled = world.consumer?.poll(world.handler(world.ring.capacity)) ?? 0;
    if (!(handled >= 0 && handled <= world.ring.capacity)) throw new Error(`poll handled ${handled} events`);
  },
  'poll one': (world) => world.consumer?.poll(world.handler(1), { max: 1 }),
  'poll of all': (world) => {
    for (const consumer of world.consumers) consumer.poll(world.handler(world.ring.capacity));
  },
  take: (world) => world.readBatch(world.consumer?.take(parking)),
  'take one': (world) => world.readBatch(world.consumer?.take({ ...spinning, max: 1 })),
  takeAsync: async (world) => world.readBatch(await world.consumer?.takeAsync(briefly)),
  'take, with a token that was tripped': (world) => {
    const token = cancelToken(world.ring);
    token.cancel();
    world.readBatch(world.consumer?.take({ cancel: token, wait: 'park' }));
  },
  'takeAsync, given up by its signal': async (world) => {
    const aborted = new AbortController();
    const reason = new SlipringError('ERR_TEST', 'The test has waited long enough.');
    setImmediate(() => aborted.abort(reason));
    world.readBatch(await world.consumer?.takeAsync({ signal: aborted.signal }));
  },
  run: (world) =>
    cancelledAfterLaps(world, (handler, options) => world.consumer?.run(handler, { ...options, ...briefly })),
  'run, parking': (world) =>
    cancelledAfterLaps(world, (handler, options) => world.consumer?.run(handler, { ...options, ...parking })),
  runAsync: (world) => {
    const aborted = new AbortController();
    const reason = new SlipringError('ERR_TEST', 'The test has seen enough of it.');
    const handler = world.handler(2 * world.ring.capacity, () => aborted.abort(reason));
    return world.consumer?.runAsync(handler, { ...briefly, signal: aborted.signal });
  },
  'a handler that throws': ({ consumer }) => {
    const error = new SlipringError('ERR_TEST', 'The test threw this in a handler.');
    consumer?.poll(() => {
      throw error;
    });
  },
  'a handler that is tried again': (world) => {
    let attempts = 0;
    world.consumer?.poll(
      () => {
        if (++attempts < 3) throw new Error('again');
      },
      { onError: { retry: 2, what: 'batch', then: 'skip' } },
    );
  },
  serve: (world) =>
    cancelledAfterLaps(world, (handler, options) =>
      serve(
        world.consumers.slice(0, 1).map((consumer) => [consumer, handler] as const),
        { ...options, ...briefly },
      ),
    ),
  serveAsync: (world) => {
    const aborted = new AbortController();
    const reason = new SlipringError('ERR_TEST', 'The test has seen enough of it.');
    const handler = world.handler(2 * world.ring.capacity, () => aborted.abort(reason));
    return serveAsync(
      world.consumers.slice(0, 1).map((consumer) => [consumer, handler] as const),
      { ...briefly, signal: aborted.signal },
    );
  },
  drained: ({ ring }) => ring.drained(parking),
  drainedAsync: ({ ring }) => ring.drainedAsync(briefly),
  processed: ({ ring }) => ring.processed(2 ** 30, parking),
  processedAsync: ({ ring }) => ring.processedAsync(3, briefly),
  join: (world) => {
    using consumer = world.ring.join('late', { start: world.pick & 1 ? 'now' : 'oldest' });
    consumer.poll(world.handler(world.ring.capacity));
  },
  'join after another': (world) => {
    using consumer = world.ring.join('later', { after: [world.consumer?.name ?? 'a'] });
    consumer.poll(world.handler(world.ring.capacity));
  },
  'a group joins': (world) => {
    const group = world.ring.join('late group', { workers: 2, start: 'oldest' });
    world.consumers.push(group);
    group.poll(world.handler(world.ring.capacity), { max: 1 });
    using second = world.ring.openConsumer('late group');
    second.poll(world.handler(world.ring.capacity), { max: 1 });
  },
  'a group joins, and leaves for good': (world) => {
    const group = world.ring.join('short group', { workers: 1 });
    group.take({ ...spinning, max: 1 });
    group.leave();
  },
  'a lossy one joins': (world) => {
    using lossy = world.ring.join('late and lossy', { lossy: true });
    lossy.poll(world.handler(world.ring.capacity));
  },
  observe: (world) => {
    using observer = world.ring.observe();
    world.producer?.tryPublish(world.fill, 11);
    observer.poll((item) => {
      world.onEvent();
      void [item.n, item.bytes];
    });
    void [observer.next, observer.missed, observer.ended];
  },
  diagnose: ({ ring }) => {
    inspect([ring.diagnose(), diagnose({ one: ring, other: ring })], { depth: 6 });
  },
  seats: ({ ring }) => void inspect(ring.seats()),
  'a seat is declared dead': ({ ring, pick }) => {
    const seats = ring.seats();
    const seat = seats[pick % seats.length];
    // Its holder lives: the lie is part of the rubbish.
    if (seat !== undefined) ring.declareDead({ ...seat, owner: 77 });
  },
  'all seats are declared dead': ({ ring }) => {
    for (const seat of ring.seats()) ring.declareDead({ ...seat, owner: 77 });
    for (const seat of ring.seats()) ring.declareDead({ ...seat, owner: 77 });
  },
  'another thread is declared dead': ({ ring, pick }) => {
    for (const { owner } of ring.seats())
      if (owner !== undefined && owner !== ring.threadNumber) ring.declareThreadDead(owner);
    ring.declareThreadDead(1_000 + pick);
  },
  'a consumer is opened anew': (world) => {
    const { consumer, consumers, ring } = world;
    if (consumer === undefined) return;
    consumer[Symbol.dispose]();
    consumers.splice(consumers.indexOf(consumer), 1);
    consumers.push(ring.openConsumer(consumer.name));
  },
  'a producer is opened anew': (world) => {
    const { producer, producers, ring } = world;
    if (producer === undefined) return;
    producer[Symbol.dispose]();
    producers.splice(producers.indexOf(producer), 1);
    producers.push(ring.openProducer());
  },
  'a consumer leaves for good': ({ consumers, consumer }) => {
    if (consumers.length < 2) return;
    consumer?.leave();
    consumers.splice(consumers.indexOf(consumer!), 1);
  },
  'two more are opened': ({ ring, producers, consumers, pick }) => {
    const names = ring.consumerNames;
    if (names.length > 0) consumers.push(ring.openConsumer(names[pick % names.length]));
    producers.push(ring.openProducer());
  },
};

/** How a ring ends. */
export const endings: Readonly<Record<string, Call>> = {
  'close, and to the end': (world) => {
    world.ring.close();
    for (const consumer of world.consumers)
      cancelledAfterLaps(world, (handler, options) => consumer.run(handler, { ...options, ...parking }));
    world.ring.drained(parking);
  },
  'close, and on': async (world) => {
    world.ring.close();
    await world.ring.drainedAsync(briefly);
    world.producer?.publish(briefly, world.fill, 1);
  },
  abort: (world) => {
    world.ring.abort('the test is over');
    for (const consumer of world.consumers) consumer.poll(world.handler(world.ring.capacity));
  },
  'everybody leaves': ({ ring }) => ring[Symbol.dispose](),
};
