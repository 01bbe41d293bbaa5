/** Several producers on one thread, compared with a plain array of everything ever claimed. */
import {
  type Claim,
  type Consumer,
  createRing,
  event,
  openRing,
  type Producer,
  type Ring,
  u32,
} from 'slipring';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { thrownBy } from '../unit/support.js';

const Item = event({ n: u32 });
type ItemFields = { n: typeof u32 };
const fillItem = (item: { n: number }, n: number): void => void (item.n = n);
const options = { timeoutMs: 0 };

type Graph = Readonly<Record<string, readonly string[]>>;
const graphs: readonly Graph[] = [
  { a: [] },
  { a: [], b: [] },
  { a: [], b: ['a'] },
  { a: ['b', 'c'], b: [], c: [] },
];

/** One claimed position: its number once it is published, or that it was given up. */
interface Cell {
  n: number;
  state: 'open' | 'published' | 'given up';
}

/** What must be true. */
class Model {
  readonly cells: Cell[] = [];
  readonly positions: Map<string, number>;
  /** The open claim of each producer. */
  readonly claims: (Cell[] | undefined)[];
  readonly graph: Graph;
  readonly capacity: number;
  closed = false;

  constructor(graph: Graph, capacity: number, producers: number) {
    this.graph = graph;
    this.capacity = capacity;
    this.positions = new Map(Object.keys(graph).map((name) => [name, 0]));
    this.claims = Array<Cell[] | undefined>(producers).fill(undefined);
  }

  get longest(): number {
    return Math.max(1, this.capacity / 2);
  }

  get room(): number {
    return this.capacity - (this.cells.length - Math.min(...this.positions.values()));
  }

  claim(state: Cell['state'], ...numbers: readonly number[]): Cell[] {
    const cells = numbers.map((n) => ({ n, state }));
    this.cells.push(...cells);
    return cells;
  }

  /** A consumer looks: it passes over what was given up, as far as those before it are. */
  pass(name: string): void {
    let position = this.positions.get(name)!;
    const reach = Math.min(
      this.cells.length,
      ...this.graph[name].map((before) => this.positions.get(before)!),
    );
    while (position < reach && this.cells[position].state === 'given up') position++;
    this.positions.set(name, position);
  }

  /** What a consumer sees when it asks for `count` events until it has them or nothing comes. */
  read(name: string, count: number): [number, number][] {
    const seen: [number, number][] = [];
    while (seen.length < count) {
      this.pass(name);
      const position = this.positions.get(name)!;
      const reach = Math.min(
        this.cells.length,
        ...this.graph[name].map((before) => this.positions.get(before)!),
      );
      if (position >= reach || this.cells[position].state === 'open') break;
      seen.push([position, this.cells[position].n]);
      this.positions.set(name, position + 1);
    }
    return seen;
  }
}

interface Real {
  readonly ring: Ring<ItemFields>;
  readonly first: number;
  readonly producers: Producer<ItemFields>[];
  readonly claims: (Claim<ItemFields> | undefined)[];
  readonly consumers: Map<string, Consumer<ItemFields>>;
}

function setUp(graph: Graph, capacity: number, count: number, first: number): { model: Model; real: Real } {
  const consumers = Object.fromEntries(Object.entries(graph).map(([name, after]) => [name, { after }]));
  const ring = createRing(Item, {
    whenConsumerFails: 'wait',
    capacity,
    producers: count,
    consumers,
    firstSequence: first,
  });
  const producers = Array.from({ length: count }, () => ring.openProducer(options));
  const open = Object.keys(graph).map((name) => [name, ring.openConsumer(name, options)] as const);
  const real: Real = { ring, first, producers, claims: [], consumers: new Map(open) };
  return { model: new Model(graph, capacity, count), real };
}

function expectCode(action: () => unknown, code: string): void {
  expect(thrownBy(action)).toMatchObject({ code });
}

/** What holds after every command; in it B-17 (more room than there is) and B-25 (a lag or a room out of bounds) would show. */
function expectInvariants(model: Model, { ring, first, consumers }: Real): void {
  const snapshot = ring.snapshot();
  expect([snapshot.published, snapshot.closed, ring.remaining]).toEqual([
    first + model.cells.length,
    model.closed,
    model.room,
  ]);
  for (const { name, position, lag } of snapshot.consumers) {
    expect(position).toBe(first + model.positions.get(name)!);
    expect(lag).toBe(model.cells.length - model.positions.get(name)!);
    expect(consumers.get(name)!.next).toBe(position);
  }
}

/** A command of a producer or a consumer; `which` is taken modulo their number. */
class Step implements fc.Command<Model, Real> {
  readonly which: number;
  readonly numbers: readonly number[];
  readonly act: Act;
  constructor(act: Act, which: number, numbers: readonly number[]) {
    this.act = act;
    this.which = which;
    this.numbers = numbers;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    this.act(model, real, this.which, this.numbers);
    expectInvariants(model, real);
  }
  toString(): string {
    return `${this.act.name}(${this.which}, [${this.numbers.join()}])`;
  }
}

type Act = (model: Model, real: Real, which: number, numbers: readonly number[]) => void;

function producerOf(real: Real, which: number): [number, Producer<ItemFields>] {
  const at = which % real.producers.length;
  return [at, real.producers[at]];
}

function consumerOf(model: Model, real: Real, which: number): [string, Consumer<ItemFields>] {
  const name = Object.keys(model.graph)[which % real.consumers.size];
  return [name, real.consumers.get(name)!];
}

/** Whether a call that claims must be refused; checks that it is. */
function refused(model: Model, at: number, length: number, call: () => unknown): boolean {
  if (model.claims[at]) expectCode(call, 'ERR_CLAIM_OPEN');
  else if (length > model.longest) expectCode(call, 'ERR_CLAIM_LENGTH');
  else if (model.closed) expectCode(call, 'ERR_RING_CLOSED');
  else if (length > model.room) expect(call()).toBeUndefined();
  else return false;
  return true;
}

function publish(model: Model, real: Real, which: number, [n]: readonly number[]): void {
  const [at, producer] = producerOf(real, which);
  const call = (): number | undefined => producer.tryPublish(fillItem, n);
  if (refused(model, at, 1, call)) return;
  expect(call()).toBe(real.first + model.cells.length);
  model.claim('published', n);
}

function publishBatch(model: Model, real: Real, which: number, numbers: readonly number[]): void {
  const [at, producer] = producerOf(real, which);
  const call = (): number | undefined => producer.publishBatch(numbers, fillItem);
  if (model.claims[at]) return expectCode(call, 'ERR_CLAIM_OPEN');
  if (model.closed) return expectCode(call, 'ERR_RING_CLOSED');
  let done = 0;
  const lot = (): readonly number[] => numbers.slice(done, done + model.longest);
  const cells = [...numbers];
  while (done < numbers.length && lot().length <= model.room) {
    model.claim('published', ...lot());
    done += lot().length;
  }
  if (done < cells.length) expectCode(call, 'ERR_TIMED_OUT');
  else expect(call()).toBe(real.first + model.cells.length - 1);
}

function failToFill(model: Model, real: Real, which: number): void {
  const [at, producer] = producerOf(real, which);
  const call = (): number | undefined =>
    producer.tryPublish(() => {
      throw Object.assign(new Error('wrong'), { code: 'WRONG' });
    });
  if (refused(model, at, 1, call)) return;
  expectCode(call, 'WRONG');
  model.claim('given up', 0);
}

function claim(model: Model, real: Real, which: number, numbers: readonly number[]): void {
  const [at, producer] = producerOf(real, which);
  const call = (): Claim<ItemFields> | undefined => producer.tryClaim(numbers.length);
  if (refused(model, at, numbers.length, call)) return;
  const made = call()!;
  expect([made.first, made.length]).toEqual([real.first + model.cells.length, numbers.length]);
  let i = 0;
  for (const item of made) item.n = numbers[i++];
  real.claims[at] = made;
  model.claims[at] = model.claim('open', ...numbers);
}

function end(state: 'published' | 'given up'): Act {
  const act: Act = (model, real, which) => {
    const [at] = producerOf(real, which);
    const cells = model.claims[at];
    if (cells === undefined) return;
    const made = real.claims[at]!;
    if (state === 'published') expect(made.commit()).toBe(made.first + made.length - 1);
    else made.abandon();
    for (const cell of cells) cell.state = state;
    model.claims[at] = undefined;
    expectCode(() => made.commit(), 'ERR_CLAIM_TURN');
  };
  return Object.defineProperty(act, 'name', { value: state });
}

function replaceProducer(model: Model, real: Real, which: number): void {
  expectCode(() => real.ring.openProducer(), 'ERR_SEAT_TAKEN');
  const [at, producer] = producerOf(real, which);
  producer[Symbol.dispose]();
  for (const cell of model.claims[at] ?? []) cell.state = 'given up';
  model.claims[at] = undefined;
  real.producers[at] = openRing(real.ring.handle, Item).openProducer(options);
}

function poll(model: Model, real: Real, which: number, { length: count }: readonly number[]): void {
  const [name, consumer] = consumerOf(model, real, which);
  const seen: [number, number][] = [];
  const note = (item: { readonly n: number }, sequence: number): void =>
    void seen.push([sequence - real.first, item.n]);
  // A poll sees one look's worth: so until it sees nothing.
  for (let polled = -1; polled !== 0 && seen.length < count;) {
    const before = seen.length;
    polled = consumer.poll(note, { max: count - seen.length });
    expect(polled).toBe(seen.length - before);
  }
  expect(seen).toEqual(model.read(name, count));
}

function throwInHandler(model: Model, real: Real, which: number): void {
  const [name, consumer] = consumerOf(model, real, which);
  const before = model.positions.get(name)!;
  const expected = model.read(name, 1);
  if (expected.length === 0) expect(consumer.poll(() => {})).toBe(0);
  else {
    model.positions.set(name, expected[0][0]);
    expect(expected[0][0]).toBeGreaterThanOrEqual(before);
    expectCode(
      () =>
        consumer.poll(() => {
          throw Object.assign(new Error('wrong'), { code: 'WRONG' });
        }),
      'WRONG',
    );
  }
}

function reopenConsumer(model: Model, real: Real, which: number): void {
  const [name, consumer] = consumerOf(model, real, which);
  consumer[Symbol.dispose]();
  real.consumers.set(name, openRing(real.ring.handle, Item).openConsumer(name, options));
}

function askEnded(model: Model, real: Real, which: number): void {
  const [name, consumer] = consumerOf(model, real, which);
  model.pass(name);
  expect(consumer.ended).toBe(model.closed && model.positions.get(name) === model.cells.length);
}

function close(model: Model, real: Real): void {
  real.ring.close();
  model.closed = true;
}

const which = fc.nat({ max: 5 });
const numbers = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 5 });
const step = (act: Act, weight: number): fc.WeightedArbitrary<Step> => ({
  weight,
  arbitrary: fc.tuple(which, numbers).map(([which, numbers]) => new Step(act, which, numbers)),
});

const steps = fc.oneof(
  step(publish, 6),
  step(publishBatch, 3),
  step(failToFill, 1),
  step(claim, 8),
  step(end('published'), 6),
  step(end('given up'), 2),
  step(replaceProducer, 1),
  step(poll, 16),
  step(throwInHandler, 1),
  step(reopenConsumer, 2),
  step(askEnded, 1),
);
/** Most runs see no close, or everything after it would be refusals. */
const closing = fc.oneof(
  { weight: 40, arbitrary: steps },
  { weight: 1, arbitrary: fc.constant(new Step(close, 0, [])) },
);

const borders = [2 ** 26, 2 ** 28, 2 ** 29, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 40];

it.each([1, 2, 4, 8])('a ring of %i with several producers does what a plain array would', (capacity) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...graphs),
      fc.constantFrom(2, 3),
      fc.constantFrom(0, ...borders.map((border) => border - 7)),
      fc.commands([closing], { maxCommands: 100, size: 'max' }),
      (graph, producers, first, commands) =>
        fc.modelRun(() => setUp(graph, capacity, producers, first), commands),
    ),
    { numRuns: 150 },
  );
});
