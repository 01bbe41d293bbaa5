/** Rings in the middle of their lives, for a hostile hand to write into. */
import {
  array,
  bytes,
  type Consumer,
  createDoorbell,
  createRing,
  type DoorbellHandle,
  event,
  type EventType,
  type Producer,
  json,
  type Readable,
  type Ring,
  type RingHandle,
  text,
  u32,
  u8,
  value,
  type Writable,
} from 'slipring';

export const Item = event({ n: u32, bytes: array(u8, 3) });
export type ItemFields = { n: typeof u32; bytes: ReturnType<typeof array<'u8'>> };
/** An item with payloads: whoever writes or reads an item can take this for one. */
const Letter = event({
  n: u32,
  bytes: array(u8, 3),
  body: bytes(),
  subject: text(),
  order: value(json<number[]>()),
});
type LetterFields = typeof Letter extends EventType<infer F> ? F : never;
export type ItemRing = Ring<ItemFields, string>;

/** A ring and who is on it, all in this thread. */
export interface Scene {
  readonly ring: ItemRing;
  /** What the ring was made with. */
  readonly event: EventType<ItemFields>;
  readonly producers: Producer<ItemFields>[];
  readonly consumers: Consumer<ItemFields>[];
}

export function fillItem(item: Writable<ItemFields>, n: number): void {
  item.n = n;
  item.bytes.fill(n & 255);
  if (!('body' in item)) return;
  const letter = item as unknown as Writable<LetterFields>;
  letter.subject = `letter ${n}`;
  letter.body = new Uint8Array(n & 31).fill(n);
  if (n & 1) letter.order = [n];
  letter.body.fill(n + 1);
}

/** Reads an event whole. */
export function readItem(item: Readable<ItemFields>): void {
  if (typeof item.n !== 'number' || item.bytes.length !== 3) throw new Error('an event outside of its ring');
  if (!('body' in item)) return;
  const { body, subject, order } = item as unknown as Readable<LetterFields>;
  void [body.length, subject, order];
}

/** Lets the consumer fail at its next event. */
function failAtOnce(consumer: Consumer<ItemFields>): void {
  try {
    consumer.poll(() => {
      throw new Error('the handler gave up');
    });
  } catch {
    // As it should.
  }
}

const sceneMakers: Readonly<Record<string, () => Omit<Scene, 'event'> & Partial<Scene>>> = {
  'a chain behind one producer': () => {
    const ring = createRing(Item, {
      capacity: 4,
      consumers: { a: {}, b: { after: ['a'] }, c: { after: ['a', 'b'] } },
      firstSequence: 2 ** 30 - 2,
      doorbell: createDoorbell(),
    });
    const producer = ring.openProducer();
    const [a, b, c] = [ring.openConsumer('a'), ring.openConsumer('b'), ring.openConsumer('c')];
    producer.publishBatch([1, 2, 3], fillItem);
    a.poll(readItem, { max: 2 });
    failAtOnce(b);
    return { ring, producers: [producer], consumers: [a, b, c] };
  },
  'several producers, a group, and one that joined': () => {
    const ring = createRing(Item, {
      capacity: 8,
      producers: 2,
      consumers: { g: { workers: 3 }, c: { after: ['g'] } },
      spareSeats: 3,
      spareWorkers: 2,
      spareLossySeats: 1,
      firstSequence: 2 ** 28 - 3,
      doorbell: createDoorbell(),
    }) as ItemRing;
    const producers = [ring.openProducer(), ring.openProducer()];
    const [g, gone, c] = [ring.openConsumer('g'), ring.openConsumer('g'), ring.openConsumer('c')];
    producers[0].publishBatch([1, 2, 3], fillItem);
    producers[1].claim(2).abandon();
    producers[1].publish(fillItem, 4);
    // It leaves with an event in hand.
    gone.take();
    gone[Symbol.dispose]();
    const joined = ring.join('j', { after: ['c'], start: 'oldest' });
    g.poll(readItem, { max: 1 });
    return { ring, producers, consumers: [g, c, joined] };
  },
  'losses, and a lossy consumer behind several producers': () => {
    const ring = createRing(Item, {
      capacity: 4,
      producers: 2,
      consumers: { l: { lossy: true }, k: {} },
      spareSeats: 1,
      whenNobodyListens: 'discard',
      doorbell: createDoorbell(),
    }) as ItemRing;
    const producers = [ring.openProducer(), ring.openProducer({ whenFull: 'drop-newest' })];
    const [l, k] = [ring.openConsumer('l'), ring.openConsumer('k')];
    producers[0].publishBatch([1, 2], fillItem);
    k.poll(readItem);
    producers[1].publishBatch([3, 4], fillItem);
    return { ring, producers, consumers: [l, k] };
  },
  'one producer whom nobody listens to, and one that joins': () => {
    const ring = createRing(Item, {
      capacity: 2,
      consumers: { a: {}, l: { lossy: true } },
      spareSeats: 3,
      spareLossySeats: 2,
      whenNobodyListens: 'discard',
      whenConsumerFails: 'wait',
      doorbell: createDoorbell(),
    }) as ItemRing;
    const producer = ring.openProducer();
    const a = ring.openConsumer('a');
    const l = ring.openConsumer('l');
    producer.publish(fillItem, 1);
    a.leave();
    producer.publish(fillItem, 2);
    const joined = ring.join('j');
    producer.publish(fillItem, 3);
    return { ring, producers: [producer], consumers: [l, joined] };
  },
  'one producer that holds, since everybody has left': () => {
    const ring = createRing(Item, { capacity: 4, consumers: ['a'], spareSeats: 2 }) as ItemRing;
    const producer = ring.openProducer();
    ring.openConsumer('a').leave();
    producer.publishBatch([1, 2, 3], fillItem);
    return { ring, producers: [producer], consumers: [] };
  },
  'letters of several producers, for a group and a lossy consumer': () => {
    const ring = createRing(Letter, {
      capacity: 4,
      producers: 2,
      arenaBytes: 256,
      consumers: { g: { workers: 2 }, l: { lossy: true } },
      spareSeats: 1,
      spareLossySeats: 1,
      spareWorkers: 2,
      firstSequence: 2 ** 28 - 2,
    }) as unknown as ItemRing;
    const producers = [ring.openProducer({ whenFull: 'drop-newest' }), ring.openProducer()];
    const [g, l] = [ring.openConsumer('g'), ring.openConsumer('l')];
    producers[0].publishBatch([1, 2], fillItem);
    producers[1].publish(fillItem, 3);
    l.poll(readItem, { max: 1 });
    g.poll(readItem, { max: 1 });
    return { ring, event: Letter, producers, consumers: [g, l] };
  },
  'letters of one producer, and an observer’s seat': () => {
    const ring = createRing(Letter, {
      capacity: 2,
      arenaBytes: 128,
      consumers: ['a'],
      spareLossySeats: 1,
    }) as unknown as ItemRing;
    const producer = ring.openProducer();
    const a = ring.openConsumer('a');
    producer.publish(fillItem, 1);
    a.poll(readItem);
    producer.publish(fillItem, 2);
    return { ring, event: Letter, producers: [producer], consumers: [a] };
  },
  'a ring that was aborted': () => {
    const ring = createRing(Item, {
      capacity: 4,
      producers: 2,
      consumers: { a: {}, g: { after: ['a'], workers: 2 } },
    }) as ItemRing;
    const producers = [ring.openProducer(), ring.openProducer()];
    const consumers = [ring.openConsumer('a'), ring.openConsumer('g')];
    producers[0].publish(fillItem, 1);
    consumers[0].poll(readItem);
    ring.abort('the disk is full');
    return { ring, producers, consumers };
  },
};

export const sceneNames: readonly string[] = Object.keys(sceneMakers);

/** A new ring of this kind. */
export function makeScene(name: string): Scene {
  return { event: Item, ...sceneMakers[name]() };
}

/** A ring as everybody left it, in a buffer of its own. */
export function leftScene(name: string): { handle: RingHandle; event: EventType<ItemFields> } {
  const { ring, event } = makeScene(name);
  ring[Symbol.dispose]();
  const copy = new SharedArrayBuffer(ring.bytes);
  new Uint8Array(copy).set(new Uint8Array(ring.handle.buffer));
  const doorbell = ring.handle.doorbell as DoorbellHandle;
  return { handle: { slipring: 'ring', buffer: copy, doorbell }, event };
}
