/**
 * Claims of producers that died, one of several. What it intended stands in its seat; whether it won that claim is told by what the others
 * intend and by what is published, since whoever wins a claim goes on intending it until it is published.
 *
 * Anybody may settle such a claim, also several at once, and die meanwhile: a seat that is DEAD keeps what its holder intended, and all
 * that is written is a stamp, which can be written once.
 */
import { atomsOf } from './atoms.js';
import { seat, shared } from './layout.js';
import { DEAD, leaveSeat, seatState, VACANT } from './seats.js';
import { distance, positionInEpoch, wordOf } from './sequence.js';
import { renews, renewStamp, SKIPPED, type Stamps, stampRun, wasStamped } from './stamps.js';

/** In the position word of a producer's seat: the claim of that position was or is being tried. */
export const INTENDED = 1;
/** In the same word: the epoch has moved since the last intent. Set by whoever moved it, taken back by the next intent. */
export const OUTDATED = 2;

/** What stands in a producer's seat, read at one moment. */
interface Intent {
  readonly at: number;
  /** The seat's state word. */
  readonly state: number;
  /** The 30 bits of the position it intends to claim; undefined when it intends none. */
  readonly first: number | undefined;
  readonly length: number;
}

/** What became of a dead producer's claim. */
export type Settled =
  /** It won none, or it is published. */
  | { readonly found: 'nothing' | 'published' }
  /** It won these events, and published none of them: consumers pass over them. */
  | { readonly found: 'skipped'; readonly first: number; readonly length: number }
  /** It cannot be told yet: the living producer in the seat at `behind` intends the same. That one settles it when it does so no longer. */
  | { readonly found: 'later'; readonly first: number; readonly behind: number };

/**
 * After the epoch has moved: tells all producers, at their next claim. One that was idle meanwhile might else take a cursor that went round
 * the 30 bits for one that stayed.
 */
export function outdateIntents(words: Int32Array, { seats }: Stamps): void {
  for (const at of seats) Atomics.or(words, at + seat.position, OUTDATED);
}

/** Settles the claims of all dead producers, as far as that can be, and makes their seats vacant. True when none is left. */
export function settleClaims(words: Int32Array, stamps: Stamps): boolean {
  let all = true;
  for (const at of stamps.seats) {
    if (settleClaim(words, stamps, at).found === 'later') all = false;
  }
  return all;
}

/** Settles the claim of the dead producer in the seat at `at`, and makes that seat vacant unless it has to wait. */
export function settleClaim(words: Int32Array, stamps: Stamps, at: number): Settled {
  if (seatState(Atomics.load(words, at + seat.state)) !== DEAD) return { found: 'nothing' };
  const its = intentOf(words, at);
  if (seatState(its.state) !== DEAD) return { found: 'nothing' };
  const settled = settle(words, stamps, its);
  if (settled.found !== 'later') leaveSeat(words, at + seat.state, its.state);
  return settled;
}

function settle(words: Int32Array, stamps: Stamps, its: Intent): Settled {
  const { first, length } = its;
  if (first === undefined || !isClaimed(words, stamps, first)) return { found: 'nothing' };
  const same = stamps.seats
    .map((at) => intentOf(words, at))
    .filter((other) => other.at !== its.at && other.first === first && seatState(other.state) !== VACANT);
  const won = lengthWon(words, stamps, first, [length, ...same.map((other) => other.length)]);
  // After the others' intents: whoever won, and intends something else by now, has stamped it.
  if (wasStamped(words, stamps, first)) return { found: 'published' };
  if (won !== length) return { found: 'nothing' };
  const living = same.find((other) => other.length === won && seatState(other.state) !== DEAD);
  const position = positionInEpoch(wordOf(first), Atomics.load(words, shared.epoch));
  if (living !== undefined) return { found: 'later', first: position, behind: living.at };
  return skip(words, stamps, position, length)
    ? { found: 'skipped', first: position, length }
    : { found: 'published' };
}

/** What a seat says, which nobody took or left meanwhile. */
function intentOf(words: Int32Array, at: number): Intent {
  for (;;) {
    const state = Atomics.load(words, at + seat.state);
    const word = Atomics.load(words, at + seat.position);
    const length = Atomics.load(words, at + seat.intent);
    if (Atomics.load(words, at + seat.state) !== state) continue;
    return { at, state, first: word & INTENDED ? word >> 2 : undefined, length };
  }
}

/** Whether somebody won the claim of a position, and may not have published it. */
function isClaimed(words: Int32Array, stamps: Stamps, position: number): boolean {
  const past = distance(Atomics.load(words, shared.cursor) >> 2, position);
  return past > 0 && past <= stamps.capacity;
}

/**
 * Of the lengths that were intended for a claim, the one that was won: the cursor was where that one ends. Where no shorter one ends,
 * it was the longest.
 */
function lengthWon(words: Int32Array, stamps: Stamps, first: number, lengths: readonly number[]): number {
  const ascending = [...new Set(lengths)].sort((one, other) => one - other);
  return ascending.find((length) => wasCursor(words, stamps, first + length)) ?? ascending.at(-1)!;
}

/** Whether the cursor ever was at a position that it has reached: it is, or somebody claimed from there, and published it or still intends to. */
function wasCursor(words: Int32Array, stamps: Stamps, position: number): boolean {
  if (distance(Atomics.load(words, shared.cursor) >> 2, position) <= 0) return true;
  if (wasStamped(words, stamps, position)) return true;
  const intends = (at: number): boolean => {
    const { first } = intentOf(words, at);
    return first !== undefined && distance(first, position) === 0;
  };
  return stamps.seats.some(intends) || wasStamped(words, stamps, position);
}

/** Stamps a run that its producer will not publish; false when it was stamped before. */
function skip(words: Int32Array, stamps: Stamps, first: number, length: number): boolean {
  const end = first + length;
  for (let position = first + 1; position < end; position++)
    if (renews(position, stamps.capacity)) renewStamp(words, stamps, position);
  return stampRun(atomsOf(words), stamps, first, wordOf(end) | SKIPPED);
}
