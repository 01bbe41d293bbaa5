/** The public face on one thread, compared with a plain array that keeps everything ever published. */
import {
  type Batch,
  type Claim,
  type Consumer,
  createRing,
  event,
  f64,
  openRing,
  type Producer,
  type Ring,
  u32,
} from 'slipring';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { thrownBy } from '../unit/support.js';

const Item = event({ n: u32, half: f64 });
type ItemFields = { n: typeof u32; half: typeof f64 };

function fillItem(item: { n: number; half: number }, n: number): void {
  item.n = n;
  item.half = n / 2;
}

const graphs: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  one: { a: [] },
  'two side by side': { a: [], b: [] },
  'three side by side': { a: [], b: [], c: [] },
  'a chain of two': { a: [], b: ['a'] },
  'a chain of three': { a: [], b: ['a'], c: ['b'] },
  'a diamond': { a: ['b', 'c'], b: [], c: [] },
  'a fork': { a: [], b: ['a'], c: ['a'] },
};

/** What must be true: a plain array, and how far everybody is in it. */
class Model {
  readonly published: number[] = [];
  readonly positions = new Map<string, number>();
  readonly capacity: number;
  readonly graph: Readonly<Record<string, readonly string[]>>;
  claimed: number[] | undefined;
  /** Lengths of open batches. */
  readonly batches = new Map<string, number>();
  /** Consumers whose handler threw, and who did not go on. */
  readonly failed = new Set<string>();
  closed = false;

  constructor(graph: Readonly<Record<string, readonly string[]>>, capacity: number) {
    this.graph = graph;
    this.capacity = capacity;
    for (const name of this.names) this.positions.set(name, 0);
  }

  get names(): string[] {
    return Object.keys(this.graph);
  }

  get room(): number {
    return this.capacity - (this.published.length - Math.min(...this.positions.values()));
  }

  /** How many events a consumer may see now. */
  available(name: string): number {
    const before = this.graph[name].map((upstream) => this.positions.get(upstream)!);
    return Math.min(this.published.length, ...before) - this.positions.get(name)!;
  }

  /** The events of a consumer from where it is. */
  next(name: string, count: number): number[] {
    const from = this.positions.get(name)!;
    return this.published.slice(from, from + count);
  }

  move(name: string, count: number): void {
    this.positions.set(name, this.positions.get(name)! + count);
  }

  /** What whoever waits for these consumers, or for the producer, is told at once: who is behind all others is in the way. */
  told(names: readonly string[] = this.names): string {
    const lowest = Math.min(...names.map((name) => this.positions.get(name)!));
    const first = names.find((name) => this.positions.get(name) === lowest);
    return first !== undefined && this.failed.has(first) ? 'ERR_CONSUMER_FAILED' : 'ERR_TIMED_OUT';
  }

  drained(name: string): boolean {
    return this.closed && this.positions.get(name) === this.published.length;
  }
}

interface Real {
  ring: Ring<ItemFields>;
  first: number;
  producer: Producer<ItemFields>;
  claim: Claim<ItemFields> | undefined;
  readonly consumers: Map<string, Consumer<ItemFields>>;
  readonly batches: Map<string, Batch<ItemFields>>;
}

const options = { timeoutMs: 0 };

function setUp(
  graph: Readonly<Record<string, readonly string[]>>,
  capacity: number,
  first: number,
): { model: Model; real: Real } {
  const consumers = Object.fromEntries(Object.entries(graph).map(([name, after]) => [name, { after }]));
  const ring = createRing(Item, {
    capacity,
    consumers: consumers,
    firstSequence: first,
  });
  const real: Real = {
    ring,
    first,
    producer: ring.openProducer(options),
    claim: undefined,
    consumers: new Map(Object.keys(graph).map((name) => [name, ring.openConsumer(name, options)])),
    batches: new Map(),
  };
  return { model: new Model(graph, capacity), real };
}

function expectCode(action: () => unknown, code: string): void {
  expect(thrownBy(action)).toMatchObject({ code });
}

/** What holds after every command. */
function expectInvariants(model: Model, { ring, first, producer, consumers }: Real): void {
  const snapshot = ring.snapshot();
  expect(snapshot.published).toBe(first + model.published.length);
  expect(snapshot.closed).toBe(model.closed);
  expect(ring.remaining).toBe(model.room);
  expect(ring.remaining).toBeGreaterThanOrEqual(0);
  expect(ring.remaining).toBeLessThanOrEqual(model.capacity);
  expect(producer.next).toBe(snapshot.published);
  const positions = new Map(snapshot.consumers.map(({ name, position }) => [name, position]));
  for (const { name, position, lag, after, failed } of snapshot.consumers) {
    expect(failed !== undefined).toBe(model.failed.has(name));
    if (failed) expect(failed).toEqual({ sequence: position, message: 'wrong' });
    expect(lag).toBeGreaterThanOrEqual(0);
    expect(lag).toBeLessThanOrEqual(model.capacity);
    expect(position).toBe(first + model.positions.get(name)!);
    expect(consumers.get(name)!.next).toBe(position);
    expect(consumers.get(name)!.ended).toBe(model.drained(name));
    for (const upstream of after) expect(position).toBeLessThanOrEqual(positions.get(upstream)!);
  }
}

abstract class Step implements fc.Command<Model, Real> {
  check(_: Readonly<Model>): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.act(model, real);
    expectInvariants(model, real);
  }

  abstract act(model: Model, real: Real): void;
  abstract toString(): string;
}

/** Publishes in some way: all that the ring could hold at once, or nothing. */
abstract class Publishing extends Step {
  readonly numbers: readonly number[];

  constructor(numbers: readonly number[]) {
    super();
    this.numbers = numbers;
  }

  override act(model: Model, real: Real): void {
    const call = (): number | undefined => this.publish(real);
    if (model.claimed) return expectCode(call, 'ERR_CLAIM_OPEN');
    if (model.closed) return expectCode(call, 'ERR_RING_CLOSED');
    const lot = this.numbers.slice(0, model.capacity);
    if (lot.length > model.room) return this.full(call, model);
    // Nobody reads meanwhile, so a second lot finds no room.
    if (this.numbers.length > lot.length) expectCode(call, model.told());
    else expect(call()).toBe(real.first + model.published.length + lot.length - 1);
    model.published.push(...lot);
  }

  full(call: () => number | undefined, model: Model): void {
    expectCode(call, model.told());
  }

  abstract publish(real: Real): number | undefined;
}

class Publish extends Publishing {
  override publish = ({ producer }: Real): number => producer.publish(fillItem, this.numbers[0]);
  override toString = (): string => `publish(${this.numbers[0]})`;
}

class PublishWithOptions extends Publishing {
  override publish = ({ producer }: Real): number =>
    producer.publish({ timeoutMs: 0, wait: 'park' }, fillItem, this.numbers[0]);
  override toString = (): string => `publish({}, ${this.numbers[0]})`;
}

class TryPublish extends Publishing {
  override publish = ({ producer }: Real): number | undefined =>
    producer.tryPublish(fillItem, this.numbers[0]);
  override full(call: () => number | undefined): void {
    expect(call()).toBeUndefined();
  }
  override toString = (): string => `tryPublish(${this.numbers[0]})`;
}

class PublishBatch extends Publishing {
  override publish = ({ producer }: Real): number | undefined =>
    producer.publishBatch(this.numbers, fillItem);
  override toString = (): string => `publishBatch([${this.numbers.join()}])`;
}

class PublishNothing extends Publishing {
  override publish({ producer }: Real): number {
    return producer.publish(() => {
      throw Object.assign(new Error('wrong'), { code: 'WRONG' });
    });
  }
  override act(model: Model, real: Real): void {
    const code = model.claimed
      ? 'ERR_CLAIM_OPEN'
      : model.room > 0
        ? 'WRONG'
        : model.closed
          ? 'ERR_RING_CLOSED'
          : model.told();
    const thrown = thrownBy(() => this.publish(real)) as { code: string };
    // A closed ring may refuse before the fill or after it; a fill that throws comes first if it was called.
    expect([code, ...(model.closed ? ['ERR_RING_CLOSED'] : [])]).toContain(thrown.code);
  }
  override toString = (): string => 'publish(a fill that throws)';
}

class OpenClaim extends Step {
  readonly numbers: readonly number[];
  constructor(numbers: readonly number[]) {
    super();
    this.numbers = numbers;
  }
  override act(model: Model, real: Real): void {
    const { length } = this.numbers;
    const call = (): Claim<ItemFields> | undefined => real.producer.tryClaim(length);
    if (model.claimed) return expectCode(call, 'ERR_CLAIM_OPEN');
    if (length > model.capacity) return expectCode(call, 'ERR_CLAIM_LENGTH');
    if (length > model.room) {
      if (model.closed) return expectCode(call, 'ERR_RING_CLOSED');
      return expect(call()).toBeUndefined();
    }
    try {
      real.claim = call();
    } catch (error) {
      // A closed ring may refuse the claim already, or only its commit.
      expect([model.closed, (error as { code: string }).code]).toEqual([true, 'ERR_RING_CLOSED']);
      return;
    }
    expect([real.claim!.first, real.claim!.length]).toEqual([real.first + model.published.length, length]);
    expect(real.claim!.spans.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(length);
    let i = 0;
    if (length % 2 === 0) {
      for (const item of real.claim!) fillItem(item, this.numbers[i++]);
    } else {
      const { n, half } = real.claim!.columns;
      for (const { from, to } of real.claim!.spans) {
        for (let slot = from; slot < to; slot++, i++) {
          n[slot] = this.numbers[i]!;
          half[slot] = this.numbers[i] / 2;
        }
      }
    }
    model.claimed = [...this.numbers];
  }
  override toString = (): string => `tryClaim([${this.numbers.join()}])`;
}

class Commit extends Step {
  override check = (model: Readonly<Model>): boolean => model.claimed !== undefined;
  override act(model: Model, real: Real): void {
    const { claimed } = model;
    model.claimed = undefined;
    if (model.closed) return expectCode(() => real.claim!.commit(), 'ERR_RING_CLOSED');
    model.published.push(...claimed!);
    expect(real.claim!.commit()).toBe(real.first + model.published.length - 1);
  }
  override toString = (): string => 'commit';
}

class Abandon extends Step {
  override check = (model: Readonly<Model>): boolean => model.claimed !== undefined;
  override act(model: Model, real: Real): void {
    real.claim![Symbol.dispose]();
    model.claimed = undefined;
    expectCode(() => real.claim!.commit(), 'ERR_CLAIM_TURN');
  }
  override toString = (): string => 'abandon';
}

/** A step of one of the consumers; `which` is taken modulo their number. */
abstract class Consuming extends Step {
  readonly which: number;
  readonly count: number;
  constructor(which: number, count: number) {
    super();
    this.which = which;
    this.count = count;
  }
  override act(model: Model, real: Real): void {
    const name = model.names[this.which % model.names.length];
    this.consume(name, real.consumers.get(name)!, model, real);
  }
  abstract consume(name: string, consumer: Consumer<ItemFields>, model: Model, real: Real): void;
  override toString = (): string => `${this.constructor.name}(${this.which}, ${this.count})`;
}

class Poll extends Consuming {
  override consume(name: string, consumer: Consumer<ItemFields>, model: Model, real: Real): void {
    if (model.batches.has(name)) return expectCode(() => consumer.poll(() => {}), 'ERR_CONSUMER_BUSY');
    model.failed.delete(name);
    const expected = model.next(name, Math.min(this.count, model.available(name)));
    const seen: number[] = [];
    let ended = true;
    const from = consumer.next;
    const polled = consumer.poll(
      (item, sequence, endOfBatch) => {
        expect(sequence).toBe(from + seen.length);
        expect(sequence - real.first).toBe(model.positions.get(name)! + seen.length);
        expect(item.half).toBe(item.n / 2);
        seen.push(item.n);
        ended = endOfBatch;
      },
      { max: this.count },
    );
    expect(seen).toEqual(expected);
    expect(polled).toBe(expected.length);
    expect(ended).toBe(true);
    model.move(name, expected.length);
  }
}

class PollAndThrow extends Consuming {
  override consume(name: string, consumer: Consumer<ItemFields>, model: Model): void {
    if (model.batches.has(name) || model.available(name) < this.count) return;
    const seen: number[] = [];
    const handler = (item: { readonly n: number }): void => {
      if (seen.length === this.count - 1) throw Object.assign(new Error('wrong'), { code: 'WRONG' });
      seen.push(item.n);
    };
    expectCode(() => consumer.poll(handler), 'WRONG');
    expect(seen).toEqual(model.next(name, this.count - 1));
    model.move(name, this.count - 1);
    model.failed.add(name);
  }
}

class Take extends Consuming {
  override consume(name: string, consumer: Consumer<ItemFields>, model: Model, real: Real): void {
    const call = (): Batch<ItemFields> | undefined => consumer.take({ max: this.count, timeoutMs: 0 });
    if (model.batches.has(name)) return expectCode(call, 'ERR_CONSUMER_BUSY');
    model.failed.delete(name);
    if (model.available(name) === 0) {
      if (model.drained(name)) return expect(call()).toBeUndefined();
      return expectCode(call, model.told(model.graph[name]));
    }
    const batch = call()!;
    const expected = model.next(name, Math.min(this.count, model.available(name)));
    expect([batch.first, batch.length]).toEqual([real.first + model.positions.get(name)!, expected.length]);
    const { n, half } = batch.columns;
    const slots = batch.spans.flatMap(({ from, to }) =>
      Array.from({ length: to - from }, (_, i) => from + i),
    );
    expect(slots.map((slot) => n[slot])).toEqual(expected);
    expect(slots.map((slot) => half[slot] * 2)).toEqual(expected);
    real.batches.set(name, batch);
    model.batches.set(name, expected.length);
  }
}

class Release extends Consuming {
  override consume(name: string, _: Consumer<ItemFields>, model: Model, real: Real): void {
    const length = model.batches.get(name);
    if (length === undefined) return;
    // Its slots stayed as they were, whatever was published meanwhile.
    expect(Array.from(real.batches.get(name)!, (item) => item.n)).toEqual(model.next(name, length));
    real.batches.get(name)!.release();
    model.batches.delete(name);
    model.move(name, length);
  }
}

class DisposePartWay extends Consuming {
  override consume(name: string, _: Consumer<ItemFields>, model: Model, real: Real): void {
    const length = model.batches.get(name);
    if (length === undefined) return;
    const seen: number[] = [];
    {
      using batch = real.batches.get(name)!;
      for (const item of batch) {
        if (seen.length === this.count) break;
        seen.push(item.n);
      }
    }
    expect(seen).toEqual(model.next(name, Math.min(length, this.count)));
    model.batches.delete(name);
    model.move(name, seen.length);
  }
}

class LeaveAndReopen extends Consuming {
  override consume(name: string, consumer: Consumer<ItemFields>, model: Model, real: Real): void {
    expectCode(() => real.ring.openConsumer(name), 'ERR_SEAT_TAKEN');
    consumer[Symbol.dispose]();
    expect(real.ring.snapshot().consumers.find((one) => one.name === name)!.seated).toBe(false);
    model.batches.delete(name);
    model.failed.delete(name);
    const ring = this.count % 2 === 0 ? real.ring : openRing(real.ring.handle, Item);
    real.consumers.set(name, ring.openConsumer(name, options));
  }
}

class ReplaceProducer extends Step {
  override act(model: Model, real: Real): void {
    expectCode(() => real.ring.openProducer(), 'ERR_SEAT_TAKEN');
    real.producer[Symbol.dispose]();
    model.claimed = undefined;
    real.producer = openRing(real.ring.handle, Item).openProducer(options);
  }
  override toString = (): string => 'replace the producer';
}

class Close extends Step {
  override act(model: Model, real: Real): void {
    real.ring.close();
    model.closed = true;
  }
  override toString = (): string => 'close';
}

class Ask extends Step {
  override act(model: Model, { ring, first }: Real): void {
    const slowest = Math.min(...model.positions.values());
    if (slowest > 0) ring.processed(first + slowest - 1, options);
    expectCode(
      () => ring.processed(first + slowest, options),
      model.closed && slowest === model.published.length ? 'ERR_RING_CLOSED' : model.told(),
    );
    if (model.names.every((name) => model.drained(name))) ring.drained(options);
    else expectCode(() => ring.drained(options), model.closed ? model.told() : 'ERR_TIMED_OUT');
  }
  override toString = (): string => 'ask how far everybody is';
}

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const numbers = fc.array(number, { minLength: 1, maxLength: 10 });
const which = fc.nat({ max: 2 });
const count = fc.integer({ min: 1, max: 9 });
const consuming = (Kind: new (which: number, count: number) => Consuming): fc.Arbitrary<Step> =>
  fc.tuple(which, count).map(([which, count]) => new Kind(which, count));

const steps = fc.oneof(
  { weight: 4, arbitrary: number.map((n): Step => new Publish([n])) },
  { weight: 1, arbitrary: number.map((n): Step => new PublishWithOptions([n])) },
  { weight: 4, arbitrary: number.map((n): Step => new TryPublish([n])) },
  { weight: 4, arbitrary: numbers.map((list): Step => new PublishBatch(list)) },
  { weight: 1, arbitrary: fc.constant<Step>(new PublishNothing([0])) },
  { weight: 3, arbitrary: numbers.map((list): Step => new OpenClaim(list)) },
  { weight: 3, arbitrary: fc.constant<Step>(new Commit()) },
  { weight: 1, arbitrary: fc.constant<Step>(new Abandon()) },
  { weight: 10, arbitrary: consuming(Poll) },
  { weight: 1, arbitrary: consuming(PollAndThrow) },
  { weight: 3, arbitrary: consuming(Take) },
  { weight: 3, arbitrary: consuming(Release) },
  { weight: 2, arbitrary: consuming(DisposePartWay) },
  { weight: 1, arbitrary: consuming(LeaveAndReopen) },
  { weight: 1, arbitrary: fc.constant<Step>(new ReplaceProducer()) },
  { weight: 1, arbitrary: fc.constant<Step>(new Close()) },
  { weight: 1, arbitrary: fc.constant<Step>(new Ask()) },
);

it.each([1, 2, 4, 8])('a ring of %i does what a plain array would', (capacity) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(graphs)),
      fc.constantFrom(0, 2 ** 29 - 3, 2 ** 30 - 3, 3 * 2 ** 28 - 3, 2 ** 31 - 3, 2 ** 32 - 3, 2 ** 40 - 5),
      fc.commands([steps], { maxCommands: 100, size: 'max' }),
      (graph, first, commands) => fc.modelRun(() => setUp(graph, capacity, first), commands),
    ),
    { numRuns: 120 },
  );
});
