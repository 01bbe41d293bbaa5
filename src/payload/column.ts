/** The columns of any length, as consumers read them. */
import { PayloadError } from '../errors.js';
import { views } from '../core/views.js';
import { offsetOf } from './arena.js';
import type { PayloadType } from './columns.js';
import { type InPlace, inPlaceOf } from './in-place.js';
import { decodeText } from './text.js';

/*
 * What stands in a slot: 0 for a field that was not set, or one more than the place of its bytes, in units from the first arena; then how many
 * bytes there are.
 */
export const NOT_SET = 0;

/** A column of any length: reads what stands in a slot. */
export interface PayloadColumn<T> {
  /**
   * The value in slot `slot`. Bytes are a view, valid until the batch is released; texts and values are made anew at each call.
   * @throws PayloadError `ERR_CODEC`; `ERR_PAYLOAD_DAMAGED` when another wrote rubbish into the slot.
   */
  get(slot: number): T;
}

/** A column of any length in a claim; `reserve` and `trim` are for bytes. */
export interface ClaimColumn<T, Given = T> extends PayloadColumn<T> {
  /**
   * Sets the value in slot `slot`, which is one of the claim's. Set each once: what it was set to before may stay taken until the claim's
   * events are done with.
   * @throws PayloadError `ERR_PAYLOAD_TOO_LARGE`, `ERR_PAYLOAD_VALUE`, `ERR_CODEC`; TurnError `ERR_EVENT_TURN` for another slot.
   */
  set(slot: number, value: Given): void;
  /** As `event.reserve`, for a column of bytes. */
  reserve(slot: number, bytes: number): Uint8Array<SharedArrayBuffer>;
  /** As `event.trim`, for a column of bytes. */
  trim(slot: number, bytes: number): void;
}

/** Turns bytes into what a field of this type holds. */
export function decoderOf(name: string, type: PayloadType): (bytes: Uint8Array) => unknown {
  if (type.payload === 'bytes') return (bytes) => bytes;
  if (type.payload === 'text') return decodeText;
  const { codec } = type;
  return (bytes) => {
    try {
      return codec.decode(bytes);
    } catch (cause) {
      throw new PayloadError(
        'ERR_CODEC',
        `The codec of the field ${name} could not read the ${bytes.length} bytes that stand there.`,
        { cause },
      );
    }
  };
}

export class PayloadReader implements PayloadColumn<unknown> {
  readonly name: string;
  readonly type: PayloadType;
  readonly pairs: Uint32Array;
  private readonly decode: (bytes: Uint8Array) => unknown;
  readonly buffer: SharedArrayBuffer;
  readonly arenas: number;
  /** Where the last arena ends. */
  private readonly end: number;
  protected readonly inPlace: InPlace | undefined;
  /** All of the buffer, for a codec that reads in place. */
  private words: Int32Array | undefined;

  /** `pairs`: what stands in the slots; `arenas`: where the first arena is in `buffer`. */
  constructor(
    name: string,
    type: PayloadType,
    pairs: Uint32Array,
    buffer: SharedArrayBuffer,
    arenas: number,
  ) {
    this.name = name;
    this.type = type;
    this.pairs = pairs;
    this.buffer = buffer;
    this.arenas = arenas;
    this.end = buffer.byteLength;
    this.decode = decoderOf(name, type);
    this.inPlace = type.payload === 'value' ? inPlaceOf(type.codec) : undefined;
  }

  get(slot: number): unknown {
    if (!this.isSet(slot)) return this.unset();
    return this.inPlace === undefined ? this.decode(this.bytesOf(slot)) : this.getInPlace(slot, this.inPlace);
  }

  /** As `decode`, word by word where the value was written so. */
  private getInPlace(slot: number, codec: InPlace): unknown {
    const offset = this.offsetIn(slot);
    const length = this.pairs[2 * slot + 1];
    this.words ??= views.column('i32', this.buffer, 0, Math.floor(this.end / 4));
    if (length === 0 || !codec.wrote(this.words, offset / 4)) return this.decode(this.bytesOf(slot));
    try {
      return codec.decode(this.words, offset / 4, length);
    } catch {
      // It says so once more, as for any other value.
      return this.decode(this.bytesOf(slot));
    }
  }

  /** @throws PayloadError `ERR_PAYLOAD_DAMAGED`. */
  private offsetIn(slot: number): number {
    const offset = this.arenas + offsetOf(this.pairs[2 * slot] - 1);
    if (offset < this.arenas || offset + this.pairs[2 * slot + 1] > this.end) throw damaged(this.name);
    return offset;
  }

  isSet(slot: number): boolean {
    return this.pairs[2 * slot] !== NOT_SET;
  }

  /**
   * The bytes of a field that was set.
   * @throws PayloadError `ERR_PAYLOAD_DAMAGED`.
   */
  bytesOf(slot: number): Uint8Array<SharedArrayBuffer> {
    return views.bytes(this.buffer, this.offsetIn(slot), this.pairs[2 * slot + 1]);
  }

  /** What a field holds that was not set. */
  private unset(): unknown {
    if (this.type.payload === 'bytes') return views.bytes(this.buffer, this.arenas, 0);
    return this.type.payload === 'text' ? '' : undefined;
  }
}

function damaged(name: string): PayloadError {
  return new PayloadError(
    'ERR_PAYLOAD_DAMAGED',
    `What stands in the slot for the field ${name} is no place in an arena: somebody wrote into the ring from outside of it.`,
  );
}
