/** The columns of any length, as their producer writes them: in the slots of a claim, or in the rows of its stage. */
import { ArgumentError, PayloadError, SlipringError, TurnError } from '../errors.js';
import { describe } from '../event.js';
import { messageOf } from '../texts.js';
import { type ClaimColumn, NOT_SET, PayloadReader } from './column.js';
import type { Codec } from './columns.js';
import type { InPlace } from './in-place.js';
import { ELSEWHERE, type Packer } from './packer.js';
import { encodeText, MOST_BYTES_A_UNIT } from './text.js';

/** The slots, or rows, whose events are in hand. */
export interface InHand {
  first: number;
  length: number;
  readonly mask: number;
}

/** Bytes that are not in the arena, by slot. */
export type Elsewhere = Map<number, Uint8Array<SharedArrayBuffer>>;

export class PayloadWriter extends PayloadReader implements ClaimColumn<unknown> {
  readonly elsewhere: Elsewhere = new Map();
  private readonly packer: Packer;
  private readonly inHand: InHand;

  /** Writes into what `reader` reads, or into other `pairs`. */
  constructor(reader: PayloadReader, packer: Packer, inHand: InHand, pairs: Uint32Array = reader.pairs) {
    super(reader.name, reader.type, pairs, reader.buffer, reader.arenas);
    this.packer = packer;
    this.inHand = inHand;
  }

  override bytesOf(slot: number): Uint8Array<SharedArrayBuffer> {
    const own = this.pairs[2 * slot] === ELSEWHERE ? this.elsewhere.get(slot) : undefined;
    return own ?? super.bytesOf(slot);
  }

  set(slot: number, value: unknown): void {
    this.clear(slot);
    const { type } = this;
    if (type.payload === 'bytes') this.setBytes(slot, value);
    else if (type.payload === 'text') this.setText(slot, value);
    else this.setValue(slot, value, type.codec);
  }

  reserve(slot: number, bytes: number): Uint8Array<SharedArrayBuffer> {
    this.mustBeBytes('reserve');
    if (!Number.isInteger(bytes) || bytes < 0) throw this.wrongLength(bytes, 'a whole number, 0 or more');
    this.clear(slot);
    return this.put(slot, this.packer.pack(this.name, bytes, this.type.max));
  }

  trim(slot: number, bytes: number): void {
    this.mustBeBytes('trim');
    this.mustBeInHand(slot);
    const place = this.pairs[2 * slot];
    const length = place === NOT_SET ? 0 : this.pairs[2 * slot + 1];
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > length)
      throw this.wrongLength(bytes, `0 to ${length}, what it has`);
    if (place === NOT_SET) return;
    this.packer.trim(place, length, bytes);
    this.pairs[2 * slot + 1] = bytes;
    const own = place === ELSEWHERE ? this.elsewhere.get(slot) : undefined;
    if (own !== undefined) this.elsewhere.set(slot, own.subarray(0, bytes));
  }

  /** Nothing stands in the slot any more. */
  clear(slot: number): void {
    this.mustBeInHand(slot);
    const place = this.pairs[2 * slot];
    if (place === NOT_SET) return;
    this.pairs[2 * slot] = NOT_SET;
    this.packer.unpack(place, this.pairs[2 * slot + 1]);
    this.forgetElsewhere(slot);
  }

  /** Forgets what stood in the slot before it was in hand. */
  forget(slot: number): void {
    this.pairs[2 * slot] = NOT_SET;
    this.forgetElsewhere(slot);
  }

  private forgetElsewhere(slot: number): void {
    // To look for nothing in an empty map takes as long as to write the event.
    if (this.elsewhere.size > 0) this.elsewhere.delete(slot);
  }

  /** The bytes that were just packed stand in the slot from now on; they are to be written yet. */
  put(slot: number, bytes: Uint8Array<SharedArrayBuffer>): Uint8Array<SharedArrayBuffer> {
    const { place } = this.packer;
    this.pairs[2 * slot] = place;
    this.pairs[2 * slot + 1] = bytes.length;
    if (place === ELSEWHERE) this.elsewhere.set(slot, bytes);
    return bytes;
  }

  private setBytes(slot: number, value: unknown): void {
    if (!(value instanceof Uint8Array)) throw this.wrongValue('a Uint8Array', value);
    // Where `value` is what the field was before, as reserved, this is the same place.
    this.put(slot, this.packer.pack(this.name, value.length, this.type.max)).set(value);
  }

  private setText(slot: number, value: unknown): void {
    if (typeof value !== 'string') throw this.wrongValue('a text', value);
    const most = MOST_BYTES_A_UNIT * value.length;
    const encode = (bytes: Uint8Array): number => encodeText(value, bytes);
    this.put(slot, this.packer.packEncoded(this.name, most, this.type.max, encode));
  }

  private setValue(slot: number, value: unknown, codec: Codec<unknown>): void {
    if (this.inPlace !== undefined && this.setInPlace(slot, value, this.inPlace)) return;
    const encode = (bytes: Uint8Array): number => this.encoded(value, codec, bytes);
    this.put(slot, this.packer.packEncoded(this.name, Infinity, this.type.max, encode));
  }

  /** False for a value that does not go this way. */
  private setInPlace(slot: number, value: unknown, codec: InPlace): boolean {
    let length: number;
    try {
      length = this.packer.packInPlace(value, this.type.max, codec);
    } catch {
      // A getter of the value threw: it will again, and then it is said.
      return false;
    }
    if (length === 0) return false;
    this.pairs[2 * slot] = this.packer.place;
    this.pairs[2 * slot + 1] = length;
    return true;
  }

  private encoded(value: unknown, codec: Codec<unknown>, bytes: Uint8Array): number {
    let length: unknown;
    try {
      length = codec.encodeInto(value, bytes);
    } catch (cause) {
      if (cause instanceof SlipringError) throw cause;
      throw new PayloadError(
        'ERR_PAYLOAD_VALUE',
        `The field ${this.name} cannot be set to ${describe(value)}: its codec says ${firstLine(cause)}.`,
        { cause },
      );
    }
    if (Number.isInteger(length) && (length as number) >= 0) return length as number;
    throw new PayloadError(
      'ERR_CODEC',
      `The codec of the field ${this.name} says that it wrote ${describe(length)} bytes: it must return how many, 0 or more.`,
    );
  }

  private mustBeInHand(slot: number): void {
    const { first, length, mask } = this.inHand;
    if (((slot - first) & mask) < length && Number.isInteger(slot) && slot >= 0 && slot <= mask) return;
    throw new TurnError(
      'ERR_EVENT_TURN',
      `The field ${this.name} of slot ${describe(slot)} cannot be written: it is not in a claim that is open.`,
    );
  }

  private mustBeBytes(call: string): void {
    if (this.type.payload === 'bytes') return;
    throw new ArgumentError(
      'ERR_COLUMN_TYPE',
      `${call}() is for bytes; the field ${this.name} is a ${this.type.payload}.`,
    );
  }

  private wrongLength(length: unknown, right: string): ArgumentError {
    return new ArgumentError(
      'ERR_COLUMN_LENGTH',
      `The length of the field ${this.name} is ${right}, not ${describe(length)}.`,
    );
  }

  private wrongValue(right: string, value: unknown): PayloadError {
    return new PayloadError(
      'ERR_PAYLOAD_VALUE',
      `The field ${this.name} takes ${right}, not ${describe(value)}.`,
    );
  }
}

/** Of what a codec threw; engines explain some errors at length. */
const firstLine = (cause: unknown): string => messageOf(cause).split('\n')[0];
