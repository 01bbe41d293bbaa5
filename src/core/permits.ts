/**
 * A table of permits: so many are held at most, and each says by whom.
 *
 *   line   0                                        1           2 …
 *        | magic · permits · id · id · attachments | given back | seat · signed · bytes · note … |  one line a permit
 *
 * A permit is a seat (seats.ts): the one exchange that takes it also says which thread has it, and the one that gives it back forgets that. So a
 * thread that dies between any two instructions has a permit under its own number, or has none: none is lost, and none is there twice. The
 * note, which is for people, comes after the permit is taken, signed with the seat's word: one that somebody else left there is not believed.
 */
import { notifyAll } from './doorbell.js';
import { LINE_BYTES } from './layout.js';
import { leaveSeat, seatOwner, seatState, takeSeat, VACANT } from './seats.js';
import { CLOSED, PARKED } from './sequence.js';
import { views } from './views.js';
import { type Awaited, BLOCKED, DEADLOCKED, ENDED, type Outcome, READY } from './waiting.js';

const LINE = LINE_BYTES / 4;

/** 'SL', the layout's version, the kind. Like the next three, written once by the maker, before anybody else has the table. */
const MAGIC = 0;
const MAGIC_VALUE = 0x534c0104;
const COUNT = 1;
const ID = 2;
/** Threads that opened the table, where the platform has no number for them. Writer: each of them, +1. */
const ATTACHMENTS = 4;

/**
 * A parkable word: how often a permit was given back while somebody slept, modulo 2^30. Writers: whoever gave one back, and whoever closes, by
 * CAS, after they stored that fact. Slept on by those who wait for a permit.
 */
const GIVEN_BACK = LINE;
const ONE = 4;

/** In a permit's line. The seat: written by CAS alone, by whoever takes it, by its holder, and for a dead one by anybody. */
const SEAT = 0;
/** The seat's word as it was when the note below was written. Writer: the holder, last. */
const SIGNED = 1;
/** Length of the note, and the note. Writer: the holder. */
const BYTES = 2;
const NOTE = 3;

/** The longest note, in bytes. */
export const NOTE_BYTES: number = (LINE - NOTE) * 4;
/** The most permits of a table: 128 bytes each. */
export const MOST_PERMITS = 4096;

/** The words of a table. */
export type PermitWords = Int32Array<SharedArrayBuffer>;

/** A permit that somebody has. */
export interface Held {
  /** Which one, from 0. */
  readonly number: number;
  /** Its seat's word, which is needed to give it back. */
  readonly holder: number;
}

/** Makes a table, all permits free. */
export function makePermits(count: number, id: readonly [number, number]): PermitWords {
  const words = wordsIn(views.allocate((2 + count) * LINE_BYTES));
  Atomics.store(words, COUNT, count);
  Atomics.store(words, ID, id[0]);
  Atomics.store(words, ID + 1, id[1]);
  Atomics.store(words, MAGIC, MAGIC_VALUE);
  return words;
}

/** The table in a buffer; undefined when there is none, or it was cut. */
export function permitsIn(buffer: SharedArrayBuffer): PermitWords | undefined {
  if (buffer.growable || buffer.byteLength < 3 * LINE_BYTES || buffer.byteLength % LINE_BYTES !== 0) return;
  const words = wordsIn(buffer);
  if (Atomics.load(words, MAGIC) !== MAGIC_VALUE) return;
  return Atomics.load(words, COUNT) === permitCount(words) ? words : undefined;
}

const wordsIn = (buffer: SharedArrayBuffer): PermitWords => views.words(buffer, 0, buffer.byteLength / 4);

/** How many permits there are, held or not. */
export function permitCount(words: PermitWords): number {
  return words.length / LINE - 2;
}

/** Tells tables apart in every thread. */
export function permitsId(words: PermitWords): string {
  return `${Atomics.load(words, ID)}:${Atomics.load(words, ID + 1)}`;
}

/** A number for a thread that has none of its platform. */
export function attach(words: PermitWords): number {
  return Atomics.add(words, ATTACHMENTS, 1) + 1;
}

export function permitsClosed(words: PermitWords): boolean {
  return (Atomics.load(words, GIVEN_BACK) & CLOSED) !== 0;
}

/** A permit for thread `owner`: the look takes it, so READY is said once. */
export class FreePermit implements Awaited {
  readonly words: PermitWords;
  readonly sleepIndex = GIVEN_BACK;
  sleepValue = 0;
  /** For one who died between giving back and waking. */
  readonly looksAgain = true;
  /** Set when the look said READY. */
  taken: Held | undefined;
  readonly #owner: number;
  readonly #alone: boolean;

  /** `alone`: nothing but a permit that is given back ends the wait, and this thread gives none back meanwhile. */
  constructor(words: PermitWords, owner: number, alone: boolean) {
    this.words = words;
    this.#owner = owner;
    this.#alone = alone;
  }

  look(): Outcome {
    const { words } = this;
    // Before the permits: one that is given back after they were looked at changes it, or finds the parked bit.
    const seen = Atomics.load(words, GIVEN_BACK);
    if (seen & CLOSED) return ENDED;
    const count = permitCount(words);
    let own = 0;
    for (let number = 0; number < count; number++) {
      const holder = takeSeat(words, seatOf(number), this.#owner);
      if (holder !== undefined) {
        this.taken = { number, holder };
        return READY;
      }
      if (this.#alone && seatOwner(Atomics.load(words, seatOf(number))) === this.#owner) own++;
    }
    this.sleepValue = seen;
    return own === count ? DEADLOCKED : BLOCKED;
  }
}

/** Leaves a note with a permit that this thread has: `NOTE_BYTES` at most. */
export function signPermit(words: PermitWords, { number, holder }: Held, note: Uint8Array): void {
  const line = seatOf(number);
  for (let i = 0; i < note.length; i += 4) {
    const word = note[i] | (note[i + 1] << 8) | (note[i + 2] << 16) | (note[i + 3] << 24);
    Atomics.store(words, line + NOTE + i / 4, word);
  }
  Atomics.store(words, line + BYTES, note.length);
  Atomics.store(words, line + SIGNED, holder);
}

/** Gives a permit back, and wakes whoever waits. False, and nothing happens, when it was taken back from its holder before. */
export function releasePermit(words: PermitWords, { number, holder }: Held): boolean {
  if (!leaveSeat(words, seatOf(number), holder)) return false;
  // The permit first: whoever set the bit after this look finds it free.
  if (Atomics.load(words, GIVEN_BACK) & PARKED) stir(words, 0);
  return true;
}

/** Whether this is still so: nobody took it back. */
export function isHeld(words: PermitWords, { number, holder }: Held): boolean {
  return Atomics.load(words, seatOf(number)) === holder;
}

/** The permits that somebody has, and their notes, each as it was at one moment. */
export function heldPermits(
  words: PermitWords,
): (Held & { readonly owner: number; readonly note: number[] })[] {
  return Array.from({ length: permitCount(words) }, (_, number) => number).flatMap((number) => {
    const holder = Atomics.load(words, seatOf(number));
    if (seatState(holder) === VACANT) return [];
    const note = noteOf(words, number, holder);
    return isHeld(words, { number, holder }) ? [{ number, holder, owner: seatOwner(holder), note }] : [];
  });
}

/** Gives back what a dead thread had; false when it had given that back, or another did. Does not wake. */
export function takeBack(words: PermitWords, { number, holder }: Held): boolean {
  return leaveSeat(words, seatOf(number), holder);
}

/** Wakes whoever waits: also those whom one who died did not wake. */
export function wakeWaiting(words: PermitWords): void {
  stir(words, 0);
}

/** Nobody gets a permit from now on; those who wait are woken. What is held may be given back. */
export function closePermits(words: PermitWords): void {
  stir(words, CLOSED);
}

function stir(words: PermitWords, flag: number): void {
  for (let seen = Atomics.load(words, GIVEN_BACK); ;) {
    // Another value: whoever is about to sleep on the old one does not.
    const before = Atomics.compareExchange(words, GIVEN_BACK, seen, ((seen & ~PARKED) + ONE) | flag | 0);
    if (before === seen) break;
    seen = before;
  }
  notifyAll(words, GIVEN_BACK);
}

const seatOf = (number: number): number => (2 + number) * LINE + SEAT;

/** Empty when its holder has not signed it yet. */
function noteOf(words: PermitWords, number: number, holder: number): number[] {
  const line = seatOf(number);
  if (Atomics.load(words, line + SIGNED) !== holder) return [];
  const length = Math.min(Atomics.load(words, line + BYTES) >>> 0, NOTE_BYTES);
  return Array.from(
    { length },
    (_, i) => (Atomics.load(words, line + NOTE + (i >> 2)) >> ((i & 3) * 8)) & 0xff,
  );
}
