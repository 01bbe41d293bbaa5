/**
 * Puts what a producer's events hold of any length into its arena, in place where there is room.
 *
 * Where there is none, a payload of an event that is being filled goes into memory of its own: no setter waits, a fill runs once, and
 * whoever publishes waits after it for exactly the bytes that are needed. A claim has its bytes reserved before.
 */
import { PayloadError } from '../errors.js';
import { views } from '../core/views.js';
import { Arena, placeOf, unitsOf } from './arena.js';
import type { InPlace } from './in-place.js';

/** In place of a place: the bytes are in memory of their own. */
export const ELSEWHERE: number = 2 ** 32 - 1;

/** The last payload cannot be given back. */
const NONE = -1;

// Fields without `#`, and numbers in place of pairs of them: packing allocates nothing but the view that it hands out.
export class Packer {
  /** Known once a seat is taken; nothing can be packed before. */
  arena!: Arena;
  /** Whether the event in hand has payloads that the arena has no room for. */
  short = false;
  /** What stands in the slot for the bytes that were packed last. */
  place = 0;
  private readonly buffer: SharedArrayBuffer;
  /** All of it, for codecs that write in place. */
  private words: Int32Array | undefined;
  /** Where the first arena is, how large each is, and where from there this one is. */
  private readonly arenas: number;
  private readonly size: number;
  private base = 0;
  /** Looks whether consumers have passed enough for so many bytes; never waits. */
  private makeRoom!: (bytes: number) => boolean;
  /** Most bytes of the claim in hand, and what it has. */
  private budget = 0;
  private used = 0;
  /** Whether the budget was reserved: then it is the claim's own fault if it is not enough. */
  private reserved = false;
  /** What the event in hand has, and where it began. */
  private usedByEvent = 0;
  private eventAt = 0;
  private eventTaken = 0;
  /** The last payload, and what was before it. Empty ones have no place of their own, and nothing to give back. */
  private lastPlace = NONE;
  /** Its length: what stands in a slot may be another's rubbish. */
  private lastLength = 0;
  private beforeLastAt = 0;
  private beforeLastTaken = 0;
  private scratch: Uint8Array<SharedArrayBuffer> | undefined;

  /** The arenas of all producers are at `arenas` in `buffer`, of `size` bytes each. */
  constructor(buffer: SharedArrayBuffer, arenas: number, size: number) {
    this.buffer = buffer;
    this.arenas = arenas;
    this.size = size;
  }

  /** Packs into arena `number`, which is full until `fullUntil` is passed. */
  sit(number: number, fullUntil: number, makeRoom: (bytes: number) => boolean): void {
    this.arena = new Arena(this.size, fullUntil);
    this.base = number * this.size;
    this.makeRoom = makeRoom;
  }

  /** Starts events that will be claimed once they are filled. */
  begin(): void {
    this.budget = this.arena.most;
    this.used = 0;
    this.reserved = false;
    this.short = false;
  }

  /** Starts the next of them. */
  beginEvent(): void {
    this.usedByEvent = 0;
    this.eventAt = this.arena.at;
    this.eventTaken = this.arena.taken;
    this.lastPlace = NONE;
  }

  /** Starts a claim with so many bytes in a row, which fit. */
  beginReserved(bytes: number): void {
    this.begin();
    this.beginEvent();
    this.arena.align(bytes);
    this.budget = bytes;
    this.reserved = true;
  }

  /** Gives back what the event in hand took of the arena. */
  dropEvent(): void {
    this.arena.goBack(this.eventAt, this.eventTaken);
    this.used -= this.usedByEvent;
    this.short = false;
  }

  rollBack(): void {
    this.arena.rollBack();
    this.short = false;
  }

  /** The events in hand were published, or are passed over, up to sequence `end`. */
  commit(end: number): void {
    this.arena.commit(end);
  }

  /** Most bytes that one more payload can have. */
  get left(): number {
    return this.reserved ? this.budget - this.used : this.arena.most - this.usedByEvent;
  }

  /** Room for `length` bytes of the field `name`; `place` tells where. @throws PayloadError `ERR_PAYLOAD_TOO_LARGE`. */
  pack(name: string, length: number, max: number): Uint8Array<SharedArrayBuffer> {
    const most = Math.min(max, this.left);
    if (length > most) throw tooLarge(name, length, most);
    const bytes = unitsOf(length);
    const fits = this.reserved || (this.used + bytes <= this.budget && this.hasRoom(bytes));
    this.used += bytes;
    this.usedByEvent += bytes;
    if (!fits) {
      this.short = true;
      this.lastPlace = NONE;
      this.place = ELSEWHERE;
      return memory(length);
    }
    this.beforeLastAt = this.arena.at;
    this.beforeLastTaken = this.arena.taken;
    const offset = this.base + this.arena.take(bytes);
    this.wasPacked(offset, length);
    return views.bytes(this.buffer, this.arenas + offset, length);
  }

  /**
   * Room for what `encode` writes, at most `most` bytes; it returns how many these are, or would be. In place where so many fit in a row.
   * @throws PayloadError `ERR_PAYLOAD_TOO_LARGE`, and what `encode` throws.
   */
  packEncoded(
    name: string,
    most: number,
    max: number,
    encode: (bytes: Uint8Array) => number,
  ): Uint8Array<SharedArrayBuffer> {
    const limit = Math.min(most, max, this.left);
    const inPlace = this.used + limit <= this.budget && this.arena.fitsHere(unitsOf(limit));
    const bytes = inPlace
      ? views.bytes(this.buffer, this.arenas + this.base + this.arena.at, limit)
      : (this.scratch = enough(this.scratch, limit)).subarray(0, limit);
    const length = encode(bytes);
    const packed = this.pack(name, length, Math.min(max, limit));
    if (!inPlace) packed.set(bytes.subarray(0, length));
    return packed;
  }

  /**
   * Room for what a codec writes in place, word by word, where that fits into the free bytes in a row; returns how many, and `place` tells where. 0:
   * it did not, or the codec has another way for this value.
   */
  packInPlace(value: unknown, max: number, codec: InPlace): number {
    const { arena } = this;
    const most = Math.min(max, this.left, this.budget - this.used, arena.freeInRow);
    const offset = this.base + arena.at;
    const start = this.arenas + offset;
    this.words ??= views.column('i32', this.buffer, 0, Math.floor(this.buffer.byteLength / 4));
    const length = codec.encode(value, this.words, start / 4, Math.floor((start + most) / 4));
    if (length === 0) return 0;
    const bytes = unitsOf(length);
    this.used += bytes;
    this.usedByEvent += bytes;
    this.beforeLastAt = arena.at;
    this.beforeLastTaken = arena.taken;
    arena.take(bytes);
    this.wasPacked(offset, length);
    return length;
  }

  /** Gives back a payload, if it was the last: others stay taken until their event is done with. */
  unpack(place: number, length: number): void {
    if (length === 0 || place !== this.lastPlace || length !== this.lastLength) return;
    this.trim(place, length, 0);
    this.arena.goBack(this.beforeLastAt, this.beforeLastTaken);
    this.lastPlace = NONE;
  }

  /** Of `from` bytes, a payload keeps its first `length`. */
  trim(place: number, from: number, length: number): void {
    if (from === 0 || place !== this.lastPlace || from !== this.lastLength) return;
    this.lastLength = length;
    const given = unitsOf(from) - unitsOf(length);
    this.arena.giveBack(given);
    this.used -= given;
    this.usedByEvent -= given;
  }

  /** What was packed last is at `offset` from the first arena. */
  private wasPacked(offset: number, length: number): void {
    this.place = placeOf(offset) + 1;
    this.lastPlace = this.place;
    this.lastLength = length;
  }

  private hasRoom(bytes: number): boolean {
    return this.arena.fits(bytes) || this.makeRoom(bytes);
  }
}

/** Memory that no other thread has. */
export function memory(length: number): Uint8Array<SharedArrayBuffer> {
  return views.bytes(views.allocate(length), 0, length);
}

function enough(
  scratch: Uint8Array<SharedArrayBuffer> | undefined,
  length: number,
): Uint8Array<SharedArrayBuffer> {
  return scratch !== undefined && scratch.length >= length ? scratch : memory(length);
}

function tooLarge(name: string, length: number, most: number): PayloadError {
  return new PayloadError(
    'ERR_PAYLOAD_TOO_LARGE',
    `The field ${name} can have ${most} bytes here, not ${length}: give the column a larger max, or the ring more arenaBytes (a claim's payloads take half of an arena at most).`,
  );
}
