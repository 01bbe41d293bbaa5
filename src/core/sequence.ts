/**
 * The parkable sequence word: the one primitive of slipring. Everything that can be waited for is such a word.
 *
 *      31                                              2   1   0
 *     ┌───────────────────────────────────────────────┬───┬───┐
 *     │ position, modulo 2^30                         │ C │ P │     C closed · P somebody parked
 *     └───────────────────────────────────────────────┴───┴───┘
 *
 * A position says how many events are done. A word is moved by one owner, with a compare-and-exchange from the value the
 * owner wrote last: as cheap as a store, and its failure tells that somebody sleeps here, that the ring ended, or that
 * the word has another owner. Positions are compared by distance, never by `<`: live ones are at most 2^28 apart, so
 * the 30 bits may come round for ever. Protocol and what its search found: docs/sequence-word.md.
 */
import type { Atoms } from './atoms.js';
import { notifyAll } from './doorbell.js';

/** Set while a thread may be asleep on the word. */
export const PARKED = 1;
/** Set when nothing will be published through the word any more. */
export const CLOSED = 2;
/** In the word of a group's worker, which is never closed: it has events in hand, from the word's position on. */
export const BUSY: number = CLOSED;
/** Both flags. */
export const FLAGS: number = PARKED | CLOSED;

/** Positions that the epoch word counts at a time: whoever crosses a multiple of it moves the epoch on. */
export const EPOCH_POSITIONS: number = 2 ** 28;
/** No ring lives so long: an epoch that says more, or less than 0, is rubbish, and is taken for this. Positions stay below 2^53 with it. */
const LAST_EPOCH = 2 ** 24 + 2 ** 23;
/** Two live positions are never further apart than this. */
export const MAX_CAPACITY: number = 2 ** 27;

/** The word of a position, both flags clear. `position` is a whole number up to 2^53. */
export function wordOf(position: number): number {
  return position << 2;
}

/** How far position `a` is ahead of position `b`; each is a whole number up to 2^53, or the 30 bits of one. */
export function distance(a: number, b: number): number {
  return ((a - b) << 2) >> 2;
}

/** The position in `word` as a whole number: the one that lies nearest to `near`. */
export function positionNear(word: number, near: number): number {
  return near + distance(word >> 2, near);
}

/** Where an epoch starts. */
export function epochStart(epoch: number): number {
  return Math.min(epoch >>> 0, LAST_EPOCH) * EPOCH_POSITIONS;
}

/** The position in `word` as a whole number, for whoever has no recent count: the one nearest to the epoch's start. */
export function positionInEpoch(word: number, epoch: number): number {
  return positionNear(word, epochStart(epoch));
}

/**
 * Moves a word from its owner's last value `from` to `to` (both without flags) and wakes whoever sleeps on it.
 * Returns false, and changes nothing, when the word is closed or is not what its owner left: look at it to see which.
 */
export function advance(atoms: Atoms, index: number, from: number, to: number): boolean {
  const seen = atoms.compareExchange(index, from, to);
  return seen === from || advanceAndWake(atoms.words, index, from, to, seen);
}

function advanceAndWake(words: Int32Array, index: number, from: number, to: number, first: number): boolean {
  let seen = first;
  while ((seen & ~PARKED) === from) {
    const before = Atomics.compareExchange(words, index, seen, to);
    if (before === seen) {
      // All of them, never one: a notify of one is lost when its receiver is being terminated.
      if (seen & PARKED) notifyAll(words, index);
      return true;
    }
    seen = before;
  }
  return false;
}

/**
 * Wakes whoever sleeps on a word, after a fact that they may be waiting for was stored elsewhere. Notifies even when nobody seems to
 * sleep: a thread may have cleared the bit and died before its own notify.
 */
export function wake(words: Int32Array, index: number): void {
  clearParked(words, index);
  notifyAll(words, index);
}

/**
 * Takes back the parked bit of the value `parked`, for a waiter that does not sleep after all, and wakes whoever relied on it. A word that
 * has changed is left alone: its bit is of others, who would sleep for ever if this thread died between clearing it and waking them.
 */
export function unpark(words: Int32Array, index: number, parked: number): void {
  if (Atomics.compareExchange(words, index, parked, parked & ~PARKED) === parked) notifyAll(words, index);
}

function clearParked(words: Int32Array, index: number): void {
  let seen = Atomics.load(words, index);
  while (seen & PARKED) {
    const before = Atomics.compareExchange(words, index, seen, seen & ~PARKED);
    if (before === seen) return;
    seen = before;
  }
}

/** Closes a word for its owner and wakes whoever sleeps on it. Closing again finishes for a closer that died half way. */
export function closeWord(words: Int32Array, index: number): void {
  let seen = Atomics.load(words, index);
  while ((seen & FLAGS) !== CLOSED) {
    const before = Atomics.compareExchange(words, index, seen, (seen & ~PARKED) | CLOSED);
    if (before === seen) break;
    seen = before;
  }
  notifyAll(words, index);
}
