/** Checks what `createRing` is given and turns it into a shape; nothing is allocated before everything is right. */
import { type Doorbell, mustBeDoorbell } from './doorbell.js';
import { ArgumentError } from './errors.js';
import { describe, EventType, type Fields } from './event.js';
import { arenaBytesOf } from './payload/arena-bytes.js';
import {
  LONGEST_NAME,
  MAX_CONSUMER_SEATS,
  MAX_PRODUCERS,
  MAX_WORKERS,
  type RingShape,
} from './core/layout.js';
import { platform } from './core/platform.js';
import { MAX_CAPACITY } from './core/sequence.js';

/** What a consumer is declared with. */
export interface ConsumerOptions<N extends string = string> {
  /** Consumers that must be done with an event before this one sees it. None: as soon as it is published. */
  readonly after?: readonly N[];
  /**
   * Makes it a group of at most so many workers, 1 to 256: each event goes to one of them, whichever is free. `openConsumer` with the
   * group's name gives the seat of one worker. Consumers after a group come after whichever worker had the event.
   */
  readonly workers?: number;
  /**
   * Makes it lossy: where it holds up a full ring, producers do not wait, but drop the oldest events that it has not begun. It sees the gap
   * in the sequences, and `missed` counts. Nothing may come after it, nor it after others.
   */
  readonly lossy?: boolean;
  /**
   * What becomes of its seat when its thread dies: `'hold'`, unless given, keeps its place for a successor, and producers wait for it;
   * `'detach'` takes it out for good; `'close'` closes the ring. With `'hold'` a group's living workers do the work of the dead one. A
   * group cannot be detached. Deaths are told by `supervise` or `declareDead`.
   */
  readonly whenDead?: WhenDead;
}

/** What becomes of a consumer's seat when its thread dies. */
export type WhenDead = 'hold' | 'detach' | 'close';

/** A graph of consumers: names with what each comes after, or just names. */
export type ConsumerGraph<N extends string = string> =
  readonly N[] | Readonly<Record<N, ConsumerOptions<NoInfer<N>>>>;

/** What a ring is made with. */
export interface RingOptions<N extends string = string> {
  /** Slots: a power of two, 1 to 2^27. */
  readonly capacity: number;
  /** The consumers. Every one sees every event; the producer waits for the slowest. */
  readonly consumers: ConsumerGraph<N>;
  /**
   * Producers that may publish at the same time: 1 unless given, at most 256. With several, a claim costs three more atomic operations, and is
   * at most half of the capacity long.
   */
  readonly producers?: number;
  /**
   * Seats for consumers and groups that `join` later: 0 unless given. With spare seats of any kind, a look at a full ring costs a producer
   * three more atomic operations.
   */
  readonly spareSeats?: number;
  /** Most workers that a group which joins may have, 0 to 256: 0 unless given, and then none can. */
  readonly spareWorkers?: number;
  /** Seats for lossy consumers that `join` later, and for observers: 0 unless given. */
  readonly spareLossySeats?: number;
  /**
   * What producers do once every consumer has left for good: `'hold'`, unless given, to go on only until the ring is full and then wait
   * for somebody to join; or `'discard'`, to go on and drop the oldest events.
   */
  readonly whenNobodyListens?: 'hold' | 'discard';
  /**
   * Whether this thread's calls look for misuse that costs a look to find, where they would wait anyway; `openRing` has the same option for other
   * threads. Unless given: true, except where NODE_ENV is `production`.
   */
  readonly checks?: boolean;
  /** Sequence of the first event: 0 unless given. Numbering may go on where an earlier ring ended. */
  readonly firstSequence?: number;
  /**
   * What becomes of those who wait for a consumer that stopped because its handler threw: `'throw'` unless given (`ERR_CONSUMER_FAILED`), or
   * `'wait'` until it goes on.
   */
  readonly whenConsumerFails?: WhenConsumerFails;
  /**
   * What the death of a producer does: `'go-on'`, unless given, leaves its seat to a successor, and what it had not published is skipped;
   * `'close'` closes the ring besides.
   */
  readonly whenProducerDies?: 'go-on' | 'close';
  /**
   * Bytes of each producer's arena, for events with columns of any length: 128 to 2^30, rounded up to a multiple of 128. One claim's payloads
   * together have at most half of it. Unless given, 64 bytes for each slot and such column (or its `max`, if that is less), at least 64 KiB
   * and at least twice what the columns' `max` come to.
   */
  readonly arenaBytes?: number;
  /**
   * What the ring lies in: `'plain'` shared memory unless given, or with `'wasm'` a WebAssembly memory where this platform has one that can be
   * sent to other threads (plain memory elsewhere): the few atomic operations of each event are then single instructions. It takes whole
   * pages of 64 KiB, 4 GiB at most, and some 13,000 of them fit into a process.
   */
  readonly memory?: 'plain' | 'wasm';
  /** From `createDoorbell`, the same for many rings: one thread can then `serve` them together. A publish that wakes nobody costs the same. */
  readonly doorbell?: Doorbell;
}

/** What a ring is opened with. */
export interface OpenOptions {
  /** As in `RingOptions`, for what is done through this ring. */
  readonly checks?: boolean;
}

/** What those who wait for a consumer do when it has failed. */
export type WhenConsumerFails = 'throw' | 'wait';

/** A consumer as declared, `after` as places in the list of all. */
export interface DeclaredConsumer {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly after: readonly number[];
  readonly workers: number;
  readonly lossy: boolean;
  readonly whenDead: WhenDead;
}

/** Options that were found right. */
export interface RingPlan {
  readonly shape: RingShape;
  readonly consumers: readonly DeclaredConsumer[];
  readonly spareWorkers: number;
  readonly spareLossySeats: number;
  readonly schemaBytes: Uint8Array;
  readonly firstSequence: number;
  readonly checks: boolean;
  readonly whenConsumerFails: WhenConsumerFails;
  readonly discards: boolean;
  readonly closesWithProducer: boolean;
}

const LAST_FIRST_SEQUENCE = 2 ** 52;
const CONSUMER_OPTIONS: ReadonlySet<string> = new Set(['after', 'workers', 'lossy', 'whenDead']);
const KNOWN: ReadonlySet<string> = new Set([
  'capacity',
  'consumers',
  'producers',
  'firstSequence',
  'checks',
  'whenConsumerFails',
  'doorbell',
  'spareSeats',
  'spareWorkers',
  'spareLossySeats',
  'whenNobodyListens',
  'whenProducerDies',
  'arenaBytes',
  'memory',
]);

/** @throws ArgumentError as `createRing`. */
export function planRing(event: EventType, options: RingOptions): RingPlan {
  mustBeEvent(event);
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(
      'ERR_OPTION',
      `A ring takes options like { capacity: 1024, consumers: { reader: {} } }, not ${describe(options)}.`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name))
      throw new ArgumentError(
        'ERR_OPTION',
        `There is no ring option ${JSON.stringify(name)}; there are ${[...KNOWN].join(', ')}.`,
      );
  }
  const { capacity, producers = 1, whenNobodyListens = 'hold', firstSequence = 0 } = options;
  const { spareSeats = 0, spareWorkers = 0, spareLossySeats = 0, whenConsumerFails = 'throw' } = options;
  if (
    !Number.isInteger(capacity) ||
    capacity < 1 ||
    capacity > MAX_CAPACITY ||
    (capacity & (capacity - 1)) !== 0
  ) {
    throw new ArgumentError(
      'ERR_CAPACITY',
      `A ring's capacity is a power of two from 1 to 2^27, not ${describe(capacity)}${nearestPower(capacity)}.`,
    );
  }
  if (!Number.isInteger(producers) || producers < 1 || producers > MAX_PRODUCERS) {
    throw new ArgumentError(
      'ERR_PRODUCERS',
      `A ring has 1 to ${MAX_PRODUCERS} producers, not ${describe(producers)}.`,
    );
  }
  if (!Number.isInteger(firstSequence) || firstSequence < 0 || firstSequence > LAST_FIRST_SEQUENCE) {
    throw new ArgumentError(
      'ERR_FIRST_SEQUENCE',
      `firstSequence is a whole number from 0 to 2^52, not ${describe(firstSequence)}.`,
    );
  }
  const checks = checksOf(options);
  if (whenConsumerFails !== 'throw' && whenConsumerFails !== 'wait') {
    throw new ArgumentError(
      'ERR_WHEN_CONSUMER_FAILS',
      `whenConsumerFails is 'throw' or 'wait', not ${describe(whenConsumerFails)}.`,
    );
  }
  const { whenProducerDies = 'go-on' } = options;
  if (!['go-on', 'close'].includes(whenProducerDies)) {
    throw new ArgumentError(
      'ERR_WHEN_DEAD',
      `whenProducerDies is 'go-on' or 'close', not ${describe(whenProducerDies)}.`,
    );
  }
  if (!['plain', 'wasm', undefined].includes(options.memory)) {
    throw new ArgumentError('ERR_OPTION', `memory is 'plain' or 'wasm', not ${describe(options.memory)}.`);
  }
  mustBeDoorbell(options.doorbell);
  const consumers = declaredConsumers(options.consumers);
  mustBeSpare('spareSeats', spareSeats, MAX_CONSUMER_SEATS - consumers.length);
  mustBeSpare('spareLossySeats', spareLossySeats, MAX_CONSUMER_SEATS - consumers.length - spareSeats);
  mustBeSpare('spareWorkers', spareWorkers, MAX_WORKERS);
  if (!['hold', 'discard'].includes(whenNobodyListens)) {
    throw new ArgumentError(
      'ERR_WHEN_NOBODY_LISTENS',
      `whenNobodyListens is 'hold' or 'discard', not ${describe(whenNobodyListens)}.`,
    );
  }
  const schemaBytes = platform.encode(event.schema);
  return {
    shape: {
      capacity,
      producers,
      consumers: consumers.length,
      spareSeats: spareSeats + spareLossySeats,
      workers:
        consumers.reduce((sum, { workers }) => sum + workers, 0) +
        spareSeats * spareWorkers +
        spareLossySeats,
      nameBytes: Math.max(
        spareSeats + spareLossySeats > 0 ? LONGEST_NAME : 0,
        ...consumers.map(({ nameBytes }) => wholeWords(nameBytes.length)),
      ),
      schemaBytes: schemaBytes.length,
      columns: columnShapes(event),
      arenaBytes: arenaBytesOf(event, producers, options),
    },
    consumers,
    spareWorkers,
    spareLossySeats,
    schemaBytes,
    firstSequence,
    checks,
    whenConsumerFails,
    discards: whenNobodyListens === 'discard',
    closesWithProducer: whenProducerDies === 'close',
  };
}

function mustBeSpare(option: string, value: unknown, most: number): void {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return;
  throw new ArgumentError(
    'ERR_SPARE_SEATS',
    `${option} is a whole number from 0 to ${most} in this ring, not ${describe(value)}.`,
  );
}

/** Names are written and read by the word. */
const wholeWords = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** @throws ArgumentError `ERR_OPTION`. */
export function checksOf({ checks = !platform.inProduction }: { readonly checks?: boolean }): boolean {
  if (typeof checks !== 'boolean')
    throw new ArgumentError('ERR_OPTION', `checks is true or false, not ${describe(checks)}.`);
  return checks;
}

/** @throws ArgumentError `ERR_EVENT`. */
export function mustBeEvent(event: unknown): asserts event is EventType {
  if (!(event instanceof EventType)) {
    throw new ArgumentError(
      'ERR_EVENT',
      `A ring's events are declared by event({ … }), not ${describe(event)}.`,
    );
  }
}

/** @throws ArgumentError `ERR_OPTION` for an option that a call does not have. */
export function mustKnow(options: object, known: readonly string[], call: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError('ERR_OPTION', `${call}() takes an object of options, not ${describe(options)}.`);
  }
  const stranger = Object.keys(options).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new ArgumentError(
      'ERR_OPTION',
      `${call}() has no option ${JSON.stringify(stranger)}; it has ${known.join(', ')}.`,
    );
  }
}

const POLICIES: readonly WhenDead[] = ['hold', 'detach', 'close'];

/** How a seat says what becomes of it. */
export function policyWord(whenDead: WhenDead): number {
  return POLICIES.indexOf(whenDead);
}

/** What a seat says. */
export function whenDeadOf(word: number): WhenDead {
  return POLICIES[word] ?? 'hold';
}

/**
 * `stays`: whether the consumer cannot leave for good.
 * @throws ArgumentError `ERR_WHEN_DEAD`.
 */
export function mustBeWhenDead(
  name: string,
  whenDead: unknown,
  stays: boolean,
): asserts whenDead is WhenDead {
  if (!['hold', 'detach', 'close'].includes(whenDead as string)) {
    throw new ArgumentError(
      'ERR_WHEN_DEAD',
      `whenDead of the consumer ${JSON.stringify(name)} is 'hold', 'detach' or 'close', not ${describe(whenDead)}.`,
    );
  }
  if (stays && whenDead === 'detach') {
    throw new ArgumentError(
      'ERR_WHEN_DEAD',
      `The consumer ${JSON.stringify(name)} is a group, and cannot leave for good by one death: whenDead is 'hold' or 'close'.`,
    );
  }
}

/** The columns of an event as the memory map sees them. */
export function columnShapes(event: EventType<Fields>): RingShape['columns'] {
  return event.fields.map(({ elementBytes, type }) => ({ bytes: elementBytes, length: type.length }));
}

function nearestPower(capacity: unknown): string {
  if (typeof capacity !== 'number' || !(capacity > 1) || capacity >= MAX_CAPACITY) return '';
  return `; the next one up is ${2 ** Math.ceil(Math.log2(capacity))}`;
}

function declaredConsumers(graph: ConsumerGraph): DeclaredConsumer[] {
  if (typeof graph !== 'object' || graph === null) {
    throw new ArgumentError(
      'ERR_CONSUMERS',
      `consumers takes names with what each comes after, like { journal: {}, risk: { after: ['journal'] } }, not ${describe(graph)}.`,
    );
  }
  const entries: (readonly [string, ConsumerOptions])[] = Array.isArray(graph)
    ? (graph as readonly string[]).map((name) => [name, {}] as const)
    : Object.entries(graph as Record<string, ConsumerOptions>);
  if (entries.length === 0) {
    throw new ArgumentError(
      'ERR_CONSUMERS',
      'A ring needs a consumer: with none, nothing would hold the producer back from what was not read yet.',
    );
  }
  if (entries.length > MAX_CONSUMER_SEATS) {
    throw new ArgumentError(
      'ERR_CONSUMERS',
      `A ring seats at most ${MAX_CONSUMER_SEATS} consumers, not ${entries.length}.`,
    );
  }
  const places = new Map<string, number>();
  for (const [name] of entries) {
    const bytes = typeof name === 'string' ? platform.encode(name).length : 0;
    if (bytes < 1 || bytes > LONGEST_NAME) {
      throw new ArgumentError(
        'ERR_CONSUMER_NAME',
        `A consumer's name is a text of 1 to ${LONGEST_NAME} bytes, not ${describe(name)}.`,
      );
    }
    if (places.has(name)) {
      throw new ArgumentError(
        'ERR_CONSUMER_DUPLICATE',
        `The consumer ${JSON.stringify(name)} is declared twice: give each a name of its own.`,
      );
    }
    places.set(name, places.size);
  }
  const declared = entries.map(([name, options]) => {
    const after = options?.after ?? [];
    if (typeof options !== 'object' || options === null || !Array.isArray(after)) {
      throw new ArgumentError(
        'ERR_CONSUMERS',
        `The consumer ${JSON.stringify(name)} takes options like { after: ['journal'] }, not ${describe(options)}.`,
      );
    }
    const stranger = Object.keys(options).find((key) => !CONSUMER_OPTIONS.has(key));
    if (stranger !== undefined) {
      throw new ArgumentError(
        'ERR_OPTION',
        `The consumer ${JSON.stringify(name)} has no option ${JSON.stringify(stranger)}; it has ${[...CONSUMER_OPTIONS].join(', ')}.`,
      );
    }
    const { workers, lossy } = kindOf(name, options, MAX_WORKERS);
    const { whenDead = 'hold' } = options;
    mustBeWhenDead(name, whenDead, workers > 0 && !lossy);
    const unique = new Set(after as readonly string[]);
    if (unique.size !== after.length) {
      throw new ArgumentError(
        'ERR_CONSUMER_DUPLICATE',
        `The consumer ${JSON.stringify(name)} names one it comes after twice.`,
      );
    }
    return {
      name,
      nameBytes: platform.encode(name),
      workers,
      lossy,
      whenDead,
      after: [...unique].map((other) => placeOf(name, other, places)),
    };
  });
  refuseLosses(declared);
  refuseCycles(declared);
  return declared;
}

/**
 * How many workers a consumer has, none for an ordinary one; and whether it is lossy: then it and the producers move one word, by the
 * protocol of a group.
 * @throws ArgumentError `ERR_LOSSY`, `ERR_WORKERS`.
 */
export function kindOf(
  name: string,
  options: Pick<ConsumerOptions, 'after' | 'workers' | 'lossy'>,
  mostWorkers: number,
): { readonly workers: number; readonly lossy: boolean } {
  const { after = [], workers = 0, lossy = false } = options;
  if (lossy && ('workers' in options || after.length > 0)) {
    throw new ArgumentError(
      'ERR_LOSSY',
      `The lossy consumer ${JSON.stringify(name)} can be neither a group nor after others.`,
    );
  }
  if ('workers' in options && (!Number.isInteger(workers) || workers < 1 || workers > mostWorkers)) {
    throw new ArgumentError(
      'ERR_WORKERS',
      `The group ${JSON.stringify(name)} has 1 to ${mostWorkers} workers, not ${describe(options.workers)}.`,
    );
  }
  return { workers: lossy ? 1 : workers, lossy };
}

function placeOf(name: string, other: string, places: ReadonlyMap<string, number>): number {
  const place = places.get(other);
  if (place === undefined) {
    throw new ArgumentError(
      'ERR_CONSUMER_UNKNOWN',
      `The consumer ${JSON.stringify(name)} comes after ${describe(other)}, which is not declared; there are ${[...places.keys()].join(', ')}.`,
    );
  }
  return place;
}

/** What a lossy consumer did not see, nobody can be behind it for. */
function refuseLosses(consumers: readonly DeclaredConsumer[]): void {
  for (const { name, after } of consumers) {
    const lossy = after.find((place) => consumers[place].lossy);
    if (lossy === undefined) continue;
    throw new ArgumentError(
      'ERR_LOSSY',
      `The consumer ${JSON.stringify(name)} cannot come after ${JSON.stringify(consumers[lossy].name)}, which is lossy.`,
    );
  }
}

/** Follows `after` from each consumer; whoever comes back to one on its own path is waiting for itself. */
function refuseCycles(consumers: readonly DeclaredConsumer[]): void {
  const done = new Set<number>();
  const visit = (place: number, path: readonly number[]): void => {
    if (path.includes(place)) {
      const cycle = [...path.slice(path.indexOf(place)), place].map((at) => consumers[at].name).join(' → ');
      throw new ArgumentError(
        'ERR_CONSUMER_CYCLE',
        `These consumers come after each other in a circle, so none could ever start: ${cycle}.`,
      );
    }
    if (done.has(place)) return;
    for (const before of consumers[place].after) visit(before, [...path, place]);
    done.add(place);
  };
  consumers.forEach((_, place) => visit(place, []));
}
