/** The constants at the start of a ring's buffer: written once by its creator, read by whoever opens it. */
import {
  consumerSeat,
  header,
  type Layout,
  LAYOUT_VERSION,
  LINE_BYTES,
  LONGEST_NAME,
  MAGIC,
  MAX_CONSUMER_SEATS,
  MAX_PRODUCERS,
  MAX_WORKERS,
  planLayout,
  type RingShape,
  seat,
  shared,
  workerSeat,
} from './layout.js';
import type { MoreSleepers } from './closing.js';
import { MAX_CAPACITY } from './sequence.js';
import { stampsOf } from './stamps.js';
import { views } from './views.js';

/** A ring's shape without its columns: enough to find every control word. */
export type ControlShape = Omit<RingShape, 'columns'>;

/** Writes the constants. */
export function writeHeader(
  words: Int32Array,
  shape: RingShape,
  layout: Layout,
  ringId: readonly [number, number],
  schemaHash: number,
): void {
  const put = (index: number, value: number): void => void Atomics.store(words, index, value);
  put(header.magic, MAGIC);
  put(header.version, LAYOUT_VERSION);
  put(header.byteLength, layout.byteLength | 0);
  put(header.byteLengthHigh, Math.floor(layout.byteLength / 2 ** 32));
  put(header.capacity, shape.capacity);
  put(header.producers, shape.producers);
  put(header.consumers, shape.consumers);
  put(header.spareSeats, shape.spareSeats);
  put(header.workers, shape.workers);
  put(header.nameBytes, shape.nameBytes);
  put(header.schemaBytes, shape.schemaBytes);
  put(header.schemaHash, schemaHash);
  put(header.arenaBytes, shape.arenaBytes ?? 0);
  put(header.ringId, ringId[0]);
  put(header.ringId2, ringId[1]);
}

/** The words of the constants: every buffer that can be a ring's has them. */
function constantsOf(buffer: SharedArrayBuffer): Int32Array {
  return views.words(buffer, 0, LINE_BYTES / 4);
}

/** What is wrong with a buffer that should hold a ring of this version; undefined when nothing is. */
export function headerFault(buffer: SharedArrayBuffer): 'foreign' | 'version' | 'length' | undefined {
  if (buffer.byteLength < LINE_BYTES || buffer.growable) return 'foreign';
  if (Atomics.load(constantsOf(buffer), header.magic) !== MAGIC) return 'foreign';
  if (headerVersion(buffer) !== LAYOUT_VERSION) return 'version';
  return headerByteLength(buffer) === buffer.byteLength ? undefined : 'length';
}

/** The version of the map that a buffer says it has. */
export function headerVersion(buffer: SharedArrayBuffer): number {
  return Atomics.load(constantsOf(buffer), header.version);
}

/** The length in bytes that the creator wrote down. */
export function headerByteLength(buffer: SharedArrayBuffer): number {
  const words = constantsOf(buffer);
  return (
    (Atomics.load(words, header.byteLength) >>> 0) + Atomics.load(words, header.byteLengthHigh) * 2 ** 32
  );
}

/** The shape that the creator wrote down. */
export function readShape(words: Int32Array): ControlShape {
  return {
    capacity: Atomics.load(words, header.capacity),
    producers: Atomics.load(words, header.producers),
    consumers: Atomics.load(words, header.consumers),
    spareSeats: Atomics.load(words, header.spareSeats),
    workers: Atomics.load(words, header.workers),
    nameBytes: Atomics.load(words, header.nameBytes),
    schemaBytes: Atomics.load(words, header.schemaBytes),
    arenaBytes: Atomics.load(words, header.arenaBytes),
  };
}

/** Whether a ring may have this shape, in so many bytes. */
function isSound(shape: ControlShape, byteLength: number): boolean {
  const { capacity, producers, consumers, spareSeats, workers, nameBytes, schemaBytes } = shape;
  const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;
  return (
    within(capacity, 1, MAX_CAPACITY) &&
    (capacity & (capacity - 1)) === 0 &&
    within(producers, 1, MAX_PRODUCERS) &&
    within(consumers, 1, MAX_CONSUMER_SEATS) &&
    within(spareSeats, 0, MAX_CONSUMER_SEATS - consumers) &&
    within(workers, 0, consumers * MAX_WORKERS) &&
    within(nameBytes, 4, LONGEST_NAME) &&
    within(schemaBytes, 0, byteLength) &&
    planLayout({ ...shape, columns: [] }).controlWords * 4 <= byteLength
  );
}

/** The control words of a ring's buffer, whatever its columns; nothing but the constants where these are damaged. */
export function controlWords(buffer: SharedArrayBuffer): Int32Array {
  const constants = constantsOf(buffer);
  const shape = readShape(constants);
  if (!isSound(shape, buffer.byteLength)) return constants;
  return views.words(buffer, 0, planLayout({ ...shape, columns: [] }).controlWords);
}

/**
 * The shape that these control words are for; undefined where the constants are damaged, or were written to since. Read once by whoever
 * opens the ring, who goes by it from then on: anybody may write into the constants, and nobody reads them again.
 */
export function soundShape(words: Int32Array): ControlShape | undefined {
  const shape = readShape(words);
  if (!isSound(shape, words.buffer.byteLength)) return undefined;
  return planLayout({ ...shape, columns: [] }).controlWords === words.length ? shape : undefined;
}

/** Tells rings apart in every thread. */
export function ringIdOf(words: Int32Array): string {
  return `${Atomics.load(words, header.ringId)}:${Atomics.load(words, header.ringId2)}`;
}

/** Where others may be asleep than on the cursor, on `ending` or on a consumer's position. */
export function moreSleepers(
  words: Int32Array,
  shape: ControlShape = readShape(words),
): Required<MoreSleepers> {
  const layout = planLayout({ ...shape, columns: [] });
  return {
    announcements: Array.from(
      { length: shape.workers },
      (_, number) => workerSeat(layout, number) + seat.position,
    ),
    stamps: stampsOf(layout, shape),
  };
}

/** The position words of all consumers' seats, and what stands for nobody. Besides them, cursor, ending, announcements and stamps are slept on. */
export function consumerPositions(words: Int32Array, shape: ControlShape = readShape(words)): number[] {
  const layout = planLayout({ ...shape, columns: [] });
  const seats = Array.from(
    { length: layout.seatCount },
    (_, number) => consumerSeat(layout, number) + seat.position,
  );
  return [...seats, shared.nobody];
}
