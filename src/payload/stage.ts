/**
 * Where events with payloads are filled: a few rows of their own, since no slot is claimed before all of it is there. Then the rows are
 * copied into the slots.
 */
import { createAccessor, NOBODY, type Turn } from '../accessor.js';
import type { EventType, Fields, Writable } from '../event.js';
import { type ElementArrays, type ElementKind, views } from '../core/views.js';
import { unitsOf } from './arena.js';
import type { PayloadReader } from './column.js';
import { isPayload } from './columns.js';
import type { Packer } from './packer.js';
import { type InHand, PayloadWriter } from './writer.js';

/** Events that are filled before they are claimed together, at most. */
const ROWS = 64;
/** From so many elements on, copying them by `set` is faster than one by one. */
const MANY = 32;

/** A column of the stage and one of the ring, in elements that can be copied: words where they fit, bytes elsewhere. */
interface Pair {
  readonly from: Int32Array | Uint8Array;
  readonly to: Int32Array | Uint8Array;
  /** Elements of a slot. */
  readonly each: number;
}

/** Events that were filled, kept elsewhere while their producer waits. */
export interface Kept {
  readonly rows: number;
  /** What their payloads take in the arena. */
  readonly bytes: number;
  readonly elements: readonly (Int32Array | Uint8Array)[];
  readonly payloads: readonly { writer: PayloadWriter; row: number; bytes: Uint8Array }[];
}

export class Stage<F extends Fields> {
  readonly rows: number;
  readonly turn: Turn = { slot: NOBODY };
  readonly event: Writable<F>;
  private readonly packer: Packer;
  private readonly capacity: number;
  private readonly pairs: readonly Pair[];
  private readonly writers: readonly PayloadWriter[];
  private readonly inHand: InHand = { first: 0, length: 0, mask: 2 ** 31 - 1 };

  /** For a ring whose columns are in `buffer` at `offsets`. */
  constructor(
    event: EventType<F>,
    capacity: number,
    buffer: SharedArrayBuffer,
    offsets: readonly number[],
    readers: Readonly<Record<string, unknown>>,
    packer: Packer,
  ) {
    this.rows = Math.min(capacity, ROWS);
    this.capacity = capacity;
    this.packer = packer;
    const columns: Record<string, ElementArrays[ElementKind] | PayloadWriter> = {};
    const writers: PayloadWriter[] = [];
    this.pairs = event.fields.map(({ name, type, elementBytes }, i) => {
      const slotBytes = elementBytes * type.length;
      const own = views.allocate(unitsOf(slotBytes * this.rows));
      const column = views.column(type.kind, own, 0, type.length * this.rows);
      if (isPayload(type)) {
        const reader = readers[name] as PayloadReader;
        const writer = new PayloadWriter(reader, packer, this.inHand, column as Uint32Array);
        writers.push((columns[name] = writer));
      } else columns[name] = column;
      return pairOf(own, this.rows, buffer, offsets[i], capacity, slotBytes);
    });
    this.writers = writers;
    this.event = createAccessor(event, columns, this.turn, 'write') as Writable<F>;
  }

  /** The next event to be filled goes into this row, in which no payload is set. */
  enter(row: number): void {
    this.packer.beginEvent();
    this.inHand.first = row;
    this.inHand.length = 1;
    this.turn.slot = row;
    for (let i = 0; i < this.writers.length; i++) this.writers[i].forget(row);
  }

  /** No event is being filled. */
  leave(): void {
    this.inHand.length = 0;
    this.turn.slot = NOBODY;
  }

  /** Copies the first `rows` rows into the slots from sequence `first` on. */
  copy(first: number, rows: number): void {
    const slot = first & (this.capacity - 1);
    if (rows === 1) {
      for (let i = 0; i < this.pairs.length; i++) copyFirst(this.pairs[i], slot);
      return;
    }
    const before = Math.min(rows, this.capacity - slot);
    for (let i = 0; i < this.pairs.length; i++) {
      copyRows(this.pairs[i], 0, slot, before);
      if (before < rows) copyRows(this.pairs[i], before, 0, rows - before);
    }
  }

  /** Takes events out: those in `rows` rows from `from` on, the last that were filled. The arena gets back what they took. */
  keep(from: number, rows: number): Kept {
    const to = from + rows;
    const payloads = this.writers.flatMap((writer) =>
      Array.from({ length: rows }, (_, row) => from + row)
        .filter((row) => writer.isSet(row))
        .map((row) => ({ writer, row: row - from, bytes: writer.bytesOf(row).slice() })),
    );
    const elements = this.pairs.map(({ from: own, each }) => own.slice(from * each, to * each));
    if (from === 0) this.packer.rollBack();
    else this.packer.dropEvent();
    const bytes = payloads.reduce((sum, payload) => sum + unitsOf(payload.bytes.length), 0);
    return { rows, bytes, elements, payloads };
  }

  /** Puts events back, into the first rows; their bytes fit in a row. */
  restore({ bytes, elements, payloads }: Kept): void {
    this.packer.beginReserved(bytes);
    this.pairs.forEach(({ from }, i) => from.set(elements[i]));
    for (const { writer, row, bytes } of payloads) {
      const room = this.packer.pack(writer.name, bytes.length, Infinity);
      writer.put(row, room).set(bytes);
    }
  }
}

function pairOf(
  own: SharedArrayBuffer,
  rows: number,
  buffer: SharedArrayBuffer,
  offset: number,
  capacity: number,
  slotBytes: number,
): Pair {
  if (slotBytes % 4 !== 0) {
    const [from, to] = [
      views.bytes(own, 0, rows * slotBytes),
      views.bytes(buffer, offset, capacity * slotBytes),
    ];
    return { from, to, each: slotBytes };
  }
  const each = slotBytes / 4;
  return { from: views.words(own, 0, rows * each), to: views.words(buffer, offset, capacity * each), each };
}

function copyFirst({ from, to, each }: Pair, slot: number): void {
  if (each > MANY) to.set(from.subarray(0, each), slot * each);
  else for (let i = 0; i < each; i++) to[slot * each + i] = from[i];
}

function copyRows({ from, to, each }: Pair, row: number, slot: number, rows: number): void {
  const count = rows * each;
  const [start, end] = [row * each, slot * each];
  if (count > MANY) to.set(from.subarray(start, start + count), end);
  else for (let i = 0; i < count; i++) to[end + i] = from[start + i];
}
