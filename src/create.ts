/** Making a ring, and opening one that another thread made. */
import { HandleError, PlatformError } from './errors.js';
import type { EventType, Fields } from './event.js';
import type { ConsumerSeat, Context } from './context.js';
import {
  damaged,
  mustBeRingHandle,
  mustHaveSharedMemory,
  type RingHandle,
  shapeOf,
  wordsOf,
} from './handle.js';
import {
  type ConsumerGraph,
  type ConsumerOptions,
  checksOf,
  columnShapes,
  mustBeEvent,
  mustKnow,
  type OpenOptions,
  planRing,
  policyWord,
  type RingOptions,
} from './options.js';
import { OwnSeats } from './own-seats.js';
import { describeSeat, membersOf } from './members.js';
import { Ring } from './ring.js';
import { PayloadReader } from './payload/column.js';
import { isPayload } from './payload/columns.js';
import { readSchema, writeName, writeSchema } from './texts.js';
import { consumerPositions, moreSleepers, ringIdOf, writeHeader } from './core/header.js';
import {
  consumerSeat,
  header,
  type Layout,
  planLayout,
  producerSeat,
  seat,
  shared,
  workerSeat,
} from './core/layout.js';
import { MEMBER } from './core/membership.js';
import { platform } from './core/platform.js';
import { ownerOf } from './core/seats.js';
import { EPOCH_POSITIONS, wordOf } from './core/sequence.js';
import { stampsOf } from './core/stamps.js';
import { type ElementArrays, type ElementKind, views } from './core/views.js';

/**
 * Makes a ring in fresh shared memory. Give `ring.handle` to the threads that shall open it.
 * @throws ArgumentError `ERR_CAPACITY`, `ERR_CONSUMERS`, `ERR_CONSUMER_NAME`, `ERR_CONSUMER_DUPLICATE`, `ERR_CONSUMER_UNKNOWN`,
 * `ERR_CONSUMER_CYCLE`, `ERR_WORKERS`, `ERR_LOSSY`, `ERR_PRODUCERS`, `ERR_SPARE_SEATS`, `ERR_WHEN_NOBODY_LISTENS`, `ERR_FIRST_SEQUENCE`, `ERR_WHEN_DEAD`,
 * `ERR_WHEN_CONSUMER_FAILS`, `ERR_DOORBELL`, `ERR_ARENA_BYTES`, `ERR_OPTION`, `ERR_EVENT`.
 * @throws PlatformError `ERR_NO_SHARED_MEMORY`, `ERR_MEMORY`.
 * @example const ring = createRing(Trade, { capacity: 65_536, consumers: { journal: {}, risk: { after: ['journal'] } } });
 */
export function createRing<F extends Fields, const C extends ConsumerGraph>(
  event: EventType<F>,
  options: Omit<RingOptions, 'consumers'> & { readonly consumers: C & ValidGraph<C> },
): Ring<F, ConsumerNames<C>> {
  const plan = planRing(event, options);
  const { shape, consumers, schemaBytes, firstSequence, checks, whenConsumerFails, discards } = plan;
  mustHaveSharedMemory();
  const planned = planLayout(shape);
  const memory = options.memory === 'wasm' ? platform.wasmMemory(planned.byteLength) : undefined;
  const buffer = memory?.buffer ?? allocate(planned.byteLength);
  const layout = { ...planned, byteLength: buffer.byteLength };
  const words = views.words(buffer, 0, layout.controlWords);
  writeHeader(words, shape, layout, [randomWord(), randomWord()], hash(schemaBytes));
  Atomics.store(words, header.waitsForFailed, whenConsumerFails === 'wait' ? 1 : 0);
  const { doorbell } = options;
  if (doorbell !== undefined) Atomics.store(words, header.doorbell, doorbell.id);
  writeSchema(buffer, layout, schemaBytes);
  Atomics.store(words, shared.epoch, Math.floor(firstSequence / EPOCH_POSITIONS));
  Atomics.store(words, header.discards, discards ? 1 : 0);
  Atomics.store(words, header.spareWorkers, plan.spareWorkers);
  Atomics.store(words, header.closesWithProducer, plan.closesWithProducer ? 1 : 0);
  Atomics.store(words, shared.cursor, wordOf(firstSequence));
  Atomics.store(words, shared.nobody, wordOf(firstSequence));
  for (let number = 0; number < shape.producers; number++)
    Atomics.store(words, producerSeat(layout, number) + seat.gate, wordOf(firstSequence));
  const stamps = stampsOf(layout, shape);
  // As if the lap before had been published: nothing of this one is.
  for (let slot = 0; stamps && slot < shape.capacity; slot++)
    Atomics.store(words, stamps.first + slot, wordOf(firstSequence));
  for (let number = 0; number < shape.workers; number++)
    Atomics.store(words, workerSeat(layout, number) + seat.position, wordOf(firstSequence));
  let firstWorker = 0;
  consumers.forEach(({ nameBytes, after, workers, lossy, whenDead }, number) => {
    const at = consumerSeat(layout, number);
    writeName(words, at, nameBytes);
    Atomics.store(words, at + seat.member, MEMBER);
    Atomics.store(words, at + seat.position, wordOf(firstSequence));
    Atomics.store(words, at + seat.firstWorker, firstWorker);
    Atomics.store(words, at + seat.workers, workers);
    Atomics.store(words, at + seat.lossy, lossy ? 1 : 0);
    Atomics.store(words, at + seat.whenDead, policyWord(whenDead));
    firstWorker += workers;
    for (const before of after) Atomics.or(words, at + seat.after + (before >> 5), 1 << (before & 31));
  });
  const firstLossy = layout.seatCount - plan.spareLossySeats;
  for (let number = consumers.length; number < layout.seatCount; number++) {
    const at = consumerSeat(layout, number);
    const lossy = number >= firstLossy;
    Atomics.store(words, at + seat.firstWorker, firstWorker);
    Atomics.store(words, at + seat.workers, lossy ? 1 : 0);
    Atomics.store(words, at + seat.lossy, lossy ? 1 : 0);
    firstWorker += lossy ? 1 : plan.spareWorkers;
  }
  const handle: RingHandle = {
    slipring: 'ring',
    buffer,
    ...(memory && { memory }),
    ...(doorbell && { doorbell: doorbell.handle }),
  };
  return attach(event, handle, checks);
}

/**
 * Opens, in this thread, a ring that any thread made. `event` must have the same fields as the maker's.
 * @throws HandleError `ERR_HANDLE` (no handle), `ERR_HANDLE_FOREIGN` (no ring in the buffer), `ERR_HANDLE_VERSION`, `ERR_HANDLE_TRUNCATED`,
 * `ERR_HANDLE_SCHEMA` (another kind of event), `ERR_HANDLE_DOORBELL` (not with the doorbell that the ring was made with),
 * `ERR_HANDLE_DAMAGED` (somebody wrote over what it was made with); ArgumentError `ERR_OPTION`, `ERR_EVENT`.
 * @example const ring = openRing(workerData.ring, Trade);
 */
export function openRing<F extends Fields>(
  handle: RingHandle,
  event: EventType<F>,
  options: OpenOptions = {},
): Ring<F> {
  mustBeEvent(event);
  mustKnow(options, ['checks'], 'openRing');
  const checks = checksOf(options);
  mustHaveSharedMemory();
  mustBeRingHandle(handle);
  return attach(event, handle, checks);
}

/**
 * Bytes that a ring of this event and these options takes, without making it. With `memory: 'wasm'`, where there is such memory.
 * @throws ArgumentError as `createRing`.
 */
export function ringBytes<F extends Fields, const C extends ConsumerGraph>(
  event: EventType<F>,
  options: Omit<RingOptions, 'consumers'> & { readonly consumers: C & ValidGraph<C> },
): number {
  const { byteLength } = planLayout(planRing(event, options).shape);
  return options.memory === 'wasm' ? platform.wasmBytes(byteLength) : byteLength;
}

/** The names that a graph declares. */
export type ConsumerNames<C extends ConsumerGraph> = C extends readonly (infer N extends string)[]
  ? N
  : Extract<keyof C, string>;

/** The same graph, with `after` restricted to the names it declares, each other than its own. */
export type ValidGraph<C extends ConsumerGraph> = C extends readonly string[]
  ? readonly string[]
  : string extends keyof C
    ? ConsumerGraph // put together at run time: names are checked then
    : {
        readonly [N in keyof C]: Omit<ConsumerOptions, 'after'> & {
          readonly after?: readonly Exclude<Extract<keyof C, string>, N>[];
        };
      };

function attach<F extends Fields, N extends string>(
  event: EventType<F>,
  handle: RingHandle,
  checks: boolean,
): Ring<F, N> {
  const { buffer } = handle;
  const words = wordsOf(handle);
  const shape = shapeOf(words);
  const layout = planLayout({ ...shape, columns: columnShapes(event) });
  const schemaBytes = readSchema(buffer, layout, shape.schemaBytes);
  if (hash(schemaBytes) !== Atomics.load(words, header.schemaHash)) throw damaged();
  const schema = platform.decode(schemaBytes);
  if (schema !== event.schema) {
    throw new HandleError(
      'ERR_HANDLE_SCHEMA',
      `The ring carries another kind of event than this one: ${schemaDifference(schema, event.schema)}.`,
    );
  }
  if (![layout.byteLength, platform.wasmBytes(layout.byteLength)].includes(buffer.byteLength))
    throw damaged();
  const declared = Array.from({ length: shape.consumers }, (_, number) =>
    describeDeclared(words, layout, number),
  );
  const context: Context<F> = {
    handle,
    words,
    layout,
    capacity: shape.capacity,
    event,
    columns: columnsOf(event, buffer, layout, shape.capacity) as Context<F>['columns'],
    declared,
    positions: consumerPositions(words, shape),
    joinable: shape.spareSeats > 0,
    discards: Atomics.load(words, header.discards) !== 0,
    ...moreSleepers(words, shape),
    producerSeats: Array.from({ length: shape.producers }, (_, number) => producerSeat(layout, number)),
    ringId: ringIdOf(words),
    attachment: ownerHere(words),
    ownSeats: checks ? new OwnSeats(words, () => membersOf(context)) : undefined,
  };
  return new Ring(context);
}

/** What this thread is called as an owner of seats. */
function ownerHere(words: Int32Array): number {
  const { threadId } = platform;
  return ownerOf(threadId, threadId === undefined ? Atomics.add(words, shared.attachments, 1) + 1 : 0);
}

/** @throws HandleError `ERR_HANDLE_DAMAGED`. */
function describeDeclared(words: Int32Array, layout: Layout, number: number): ConsumerSeat {
  const described = describeSeat(words, layout, number);
  const isThere = (offset: number, holds: number): boolean =>
    Atomics.load(words, described.seat + offset) === holds;
  const { name, workers } = described;
  if (!isThere(seat.nameLength, platform.encode(name).length) || name === '') throw damaged();
  if (!isThere(seat.workers, workers.length)) throw damaged();
  return described;
}

function columnsOf(
  event: EventType,
  buffer: SharedArrayBuffer,
  layout: Layout,
  capacity: number,
): Record<string, ElementArrays[ElementKind] | PayloadReader> {
  return Object.fromEntries(
    event.fields.map(({ name, type }, i) => {
      const column = views.column(type.kind, buffer, layout.columnOffsets[i], type.length * capacity);
      const reader = isPayload(type)
        ? new PayloadReader(name, type, column as Uint32Array, buffer, layout.arenas)
        : column;
      return [name, reader] as const;
    }),
  );
}

/** What differs between the ring's fields and ours, in words. */
function schemaDifference(theirs: string, ours: string): string {
  const fields = (schema: string): Map<string, string> =>
    new Map(schema === '' ? [] : schema.split(',').map((field) => field.split(':') as [string, string]));
  const [mine, its] = [fields(ours), fields(theirs)];
  const differences = [
    ...[...its]
      .filter(([name]) => !mine.has(name))
      .map(([name, type]) => `the ring has a field ${name}: ${type}, which is missing here`),
    ...[...mine]
      .filter(([name]) => !its.has(name))
      .map(([name, type]) => `there is a field ${name}: ${type} here, which the ring does not have`),
    ...[...its]
      .filter(([name, type]) => mine.has(name) && mine.get(name) !== type)
      .map(([name, type]) => `the field ${name} is ${type} in the ring and ${mine.get(name)} here`),
  ];
  return differences.length > 0
    ? differences.join('; ')
    : `the fields stand in another order, ${[...its.keys()].join(', ')} in the ring`;
}

function allocate(bytes: number): SharedArrayBuffer {
  try {
    return views.allocate(bytes);
  } catch (cause) {
    throw new PlatformError(
      'ERR_MEMORY',
      `The ring needs ${bytes} bytes of shared memory, which cannot be had: take a smaller capacity.`,
      { cause },
    );
  }
}

const randomWord = (): number => Math.floor(Math.random() * 2 ** 32) | 0;

/** FNV-1a: a short fingerprint of the schema, for reports. */
function hash(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => Math.imul(value ^ byte, 0x0100_0193), 0x811c_9dc5 | 0);
}
