/**
 * Whether what a group's worker announced is its own. It announces before it claims, so one that died may have announced what another
 * won. An exchange of the claim word does not say whose it was; so whoever wins writes that down right after, where it is found by the
 * position. Who died in between is told by the others, who did not win: they have it written down, or announce something else by now.
 */
import type { Atoms } from './atoms.js';
import { seat } from './layout.js';
import { BUSY, CLOSED, distance, wordOf } from './sequence.js';

/** A group, as those see it who claim for it or recover. */
export interface Claiming {
  /** Index of the claim word. */
  readonly claim: number;
  /** First words of the workers' seats. */
  readonly seats: readonly number[];
  /** For each of several workers, the first word of what it has won: one word a slot. */
  readonly wins: readonly number[];
  readonly capacity: number;
  /** One worker, whose events producers may drop while it has not begun them. */
  readonly lossy: boolean;
}

/** In a worker's intent: it died when another had announced the same, and it could not be told who won. */
const ORPHANED = 1;
/** In what a worker has won: it is something. */
const WON = 1;
/** In what a lossy worker won last: nothing. No word of a position. */
const NONE = CLOSED;

/** Writes down that the worker in the seat at `at` won the claim from `first` on, the one that it intends. */
export function noteWin(atoms: Atoms, group: Claiming, at: number, first: number, end: number): void {
  // Nobody but producers, who write nothing down, can have won it instead.
  if (group.lossy) atoms.exchange(at + seat.gate, wordOf(end));
  else if (group.seats.length > 1) atoms.exchange(winWord(group, at, first), wordOf(first) | WON);
}

/** Takes back what others before this group, in the same seats, won of the events from position `from` to `end`. By whoever brings the group in. */
export function forgetWins(words: Int32Array, group: Claiming, from: number, end: number): void {
  if (group.lossy) for (const at of group.seats) Atomics.store(words, at + seat.gate, NONE);
  if (group.lossy || group.seats.length < 2) return;
  const count = Math.min(distance(end, from), group.capacity);
  for (const at of group.seats)
    for (let position = from; position < from + count; position++)
      Atomics.store(words, winWord(group, at, position), 0);
}

/** Leaves an announcement to whoever can tell, after `inHand` could not. By whoever recovers the seat. */
export function orphan(words: Int32Array, at: number): void {
  Atomics.store(words, at + seat.intent, Atomics.load(words, at + seat.intent) | ORPHANED);
}

/**
 * Whether a worker that is gone, in the seat at `at`, has in hand what it announced; undefined while another that lives announces the same,
 * and neither has it written down.
 */
export function inHand(words: Int32Array, group: Claiming, at: number): boolean | undefined {
  const word = Atomics.load(words, at + seat.position);
  if (!(word & BUSY)) return false;
  const first = word >> 2;
  const past = distance(Atomics.load(words, group.claim) >> 2, first);
  // Not claimed by anybody; or announced so late that others were a lap further.
  if (past <= 0 || past > group.capacity) return false;
  if (group.lossy) return Atomics.load(words, at + seat.gate) === Atomics.load(words, at + seat.intent);
  if (group.seats.length === 1 || hasWon(words, group, at, first)) return true;
  const others = group.seats.filter((other) => other !== at);
  const rivals = others.filter((other) => announces(words, other, first));
  const living = rivals.some((rival) => !(Atomics.load(words, rival + seat.intent) & ORPHANED));
  // After what they announce: whoever won and announces something else by now has written it down.
  if (others.some((other) => hasWon(words, group, other, first))) return false;
  if (living) return undefined;
  return isWinner(words, group, at, rivals, first);
}

/** The announcement of a living worker that announces the same as the seat at `at`. */
export function rivalOf(
  words: Int32Array,
  group: Claiming,
  at: number,
): { readonly index: number; readonly value: number } | undefined {
  const first = Atomics.load(words, at + seat.position) >> 2;
  for (const other of group.seats) {
    const index = other + seat.position;
    const value = Atomics.load(words, index);
    if (other === at || !(value & BUSY) || distance(value >> 2, first) !== 0) continue;
    if (!(Atomics.load(words, other + seat.intent) & ORPHANED)) return { index, value };
  }
  return undefined;
}

/** Of several who died when they had announced the same: the one whose end was reached won; of two with one end, the first. */
function isWinner(
  words: Int32Array,
  group: Claiming,
  at: number,
  rivals: readonly number[],
  first: number,
): boolean {
  const lengthOf = (one: number): number => distance(Atomics.load(words, one + seat.intent) >> 2, first);
  const mine = lengthOf(at);
  const lengths = [mine, ...rivals.map(lengthOf)].sort((one, other) => one - other);
  const won = lengths.find((length) => wasClaim(words, group, first + length)) ?? lengths.at(-1);
  return mine === won && !rivals.some((rival) => rival < at && lengthOf(rival) === won);
}

/** Whether the claim word ever was at a position that it has reached: it is, or somebody claimed from there, or tried. */
function wasClaim(words: Int32Array, group: Claiming, position: number): boolean {
  if (distance(Atomics.load(words, group.claim) >> 2, position) <= 0) return true;
  const claimed = (at: number): boolean =>
    announces(words, at, position) || hasWon(words, group, at, position);
  return group.seats.some(claimed);
}

function announces(words: Int32Array, at: number, position: number): boolean {
  const word = Atomics.load(words, at + seat.position);
  return (word & BUSY) !== 0 && distance(word >> 2, position) === 0;
}

function hasWon(words: Int32Array, group: Claiming, at: number, first: number): boolean {
  return Atomics.load(words, winWord(group, at, first)) === (wordOf(first) | WON);
}

function winWord({ seats, wins, capacity }: Claiming, at: number, position: number): number {
  return wins[seats.indexOf(at)] + (position & (capacity - 1));
}
