/** The ways to publish and to consume that the public face has. */
import { type Consumer, fill, type Producer, valueOf } from './face-threads.js';

/** Publishes, and tells `published` each sequence that was. */
export type Publishing = (producer: Producer, published: (sequence: number) => void) => void;
export type PublishingAsync = (...given: Parameters<Publishing>) => Promise<void>;

/** Consumes to the end of the ring, or as many events as it was made for; tells `seen` what it sees. */
export type Consuming = (consumer: Consumer, seen: (sequence: number, value: number) => void) => void;
export type ConsumingAsync = (...given: Parameters<Consuming>) => Promise<void>;

/** What a fill or a handler throws on purpose. */
class Stumble extends Error {}

function stumbling(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Stumble)) throw error;
  }
}

/** Never to be read. */
const WRONG = -1;

const fillWrongAndStumble: typeof fill = (tick) => {
  tick.n = WRONG;
  throw new Stumble();
};

const publishNext = (producer: Producer): number => producer.publish(fill, valueOf(producer.next));

const valuesFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, offset) => valueOf(first + offset));

/** Tells of everything from `first` on that went out: where a lot was refused, of those before it. */
function tellFrom(first: number, producer: Producer, published: (sequence: number) => void): void {
  for (let sequence = first; sequence < producer.next; sequence++) published(sequence);
}

export const publish =
  (events: number): Publishing =>
  (producer, published) => {
    for (let turn = 0; turn < events; turn++) published(publishNext(producer));
  };

export const tryPublish =
  (turns: number): Publishing =>
  (producer, published) => {
    for (let turn = 0; turn < turns; turn++) {
      const sequence = producer.tryPublish(fill, valueOf(producer.next));
      if (sequence !== undefined) published(sequence);
    }
  };

export const publishBatch =
  (events: number): Publishing =>
  (producer, published) => {
    const first = producer.next;
    try {
      const last = producer.publishBatch(valuesFrom(first, events), fill);
      if (last !== first + events - 1) throw new Error(`the last of the batch is ${String(last)}`);
    } finally {
      tellFrom(first, producer, published);
    }
  };

/** A claim of two filled by its columns, then one of one filled by iterating. */
export const publishClaims: Publishing = (producer, published) => {
  const claim = producer.claim(2);
  const { n } = claim.columns;
  let sequence = claim.first;
  for (const { from, to } of claim.spans)
    for (let slot = from; slot < to; slot++) n[slot] = valueOf(sequence++);
  claim.commit();
  tellFrom(claim.first, producer, published);
  const another = producer.tryClaim(1) ?? producer.claim(1);
  for (const tick of another) tick.n = valueOf(another.first);
  published(another.commit());
};

/** Between two events everything that publishes nothing, each after it wrote into the slot. */
export const publishAndAbandon: Publishing = (producer, published) => {
  published(publishNext(producer));
  const claim = producer.claim(1);
  claim.columns.n[claim.spans[0].from] = WRONG;
  claim.abandon();
  {
    using left = producer.claim(1);
    for (const tick of left) tick.n = WRONG;
  }
  stumbling(() => producer.publish(fillWrongAndStumble, 0));
  stumbling(() => producer.publishBatch([0], fillWrongAndStumble));
  stumbling(() => producer.tryPublish(fillWrongAndStumble, 0));
  published(publishNext(producer));
};

export const publishAsync =
  (events: number): PublishingAsync =>
  async (producer, published) => {
    for (let turn = 0; turn < events; turn++)
      published(await producer.publishAsync(fill, valueOf(producer.next)));
  };

/** Two calls at a time: they are served in their order. */
export const publishAsyncTwice: PublishingAsync = async (producer, published) => {
  const first = producer.next;
  const calls = [
    producer.publishAsync(fill, valueOf(first)),
    producer.publishBatchAsync([valueOf(first + 1)], fill),
  ];
  // Both are awaited before either's failure ends this.
  const [one, other] = await Promise.allSettled(calls);
  tellFrom(first, producer, published);
  for (const call of [one, other]) if (call.status === 'rejected') throw call.reason;
};

export const claimAsync: PublishingAsync = async (producer, published) => {
  using claim = await producer.claimAsync(1);
  for (const tick of claim) tick.n = valueOf(claim.first);
  published(claim.commit());
};

export const run: Consuming = (consumer, seen) => {
  consumer.run((tick, sequence) => seen(sequence, tick.n));
};

/** Never waits in the library: it spins here. A poll tells of an abort. */
export const poll: Consuming = (consumer, seen) => {
  const look = (): number => consumer.poll((tick, sequence) => seen(sequence, tick.n));
  while (!consumer.ended) if (look() === 0) Atomics.pause?.();
};

/** Takes batches until it saw so many events. */
export const take =
  (events = Infinity): Consuming =>
  (consumer, seen) => {
    while (consumer.next < events) {
      using batch = consumer.take();
      if (batch === undefined) return;
      let sequence = batch.first;
      for (const tick of batch) seen(sequence++, tick.n);
    }
  };

/** One event a batch, read by its column, released before the iteration goes on. */
export const iterate: Consuming = (consumer, seen) => {
  for (const batch of consumer.batches({ max: 1, wait: 'park' })) {
    seen(batch.first, batch.columns.n[batch.spans[0].from]);
    batch.release();
  }
};

/** Leaves the iteration with an event in hand, which comes again. */
export const leaveAndComeAgain: Consuming = (consumer, seen) => {
  for (let handled = true; handled;) {
    handled = false;
    for (const batch of consumer) {
      let sequence = batch.first;
      for (const tick of batch) {
        if (handled) break;
        seen(sequence++, tick.n);
        handled = true;
      }
      break;
    }
  }
};

/** Throws at first sight of each event, which comes again. */
export const stumbleAndRunAgain: Consuming = (consumer, seen) => {
  let stumbledAt = -1;
  const handler: Parameters<Consumer['run']>[0] = (tick, sequence) => {
    if (sequence !== stumbledAt) {
      stumbledAt = sequence;
      throw new Stumble();
    }
    seen(sequence, tick.n);
  };
  while (!consumer.ended) stumbling(() => consumer.run(handler));
};

/** Spins in the library. */
export const spin: Consuming = (consumer, seen) => {
  consumer.run((tick, sequence) => seen(sequence, tick.n), { wait: 'spin' });
};

/** Each event is read after the handler waited. */
export const runAsync: ConsumingAsync = async (consumer, seen) => {
  await consumer.runAsync(async (tick, sequence) => {
    await Promise.resolve();
    seen(sequence, tick.n);
  });
};

export const takeAsync =
  (events = Infinity): ConsumingAsync =>
  async (consumer, seen) => {
    while (consumer.next < events) {
      using batch = await consumer.takeAsync();
      if (batch === undefined) return;
      let sequence = batch.first;
      for (const tick of batch) seen(sequence++, tick.n);
    }
  };

export const iterateAsync =
  (events = Infinity): ConsumingAsync =>
  async (consumer, seen) => {
    for await (const batch of consumer) {
      let sequence = batch.first;
      for (const tick of batch) seen(sequence++, tick.n);
      if (sequence === events) return;
    }
  };
