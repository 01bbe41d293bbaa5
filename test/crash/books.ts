/**
 * What is written down about one ring while its threads live and die: in shared memory of the harness, so that a thread's account survives
 * it. Each producer's log says what became of each event that it tried to publish; each consumer's account says which events were
 * delivered to it, which it had handled to the end, and which it knows to be released.
 *
 * Everything is counted from the ring's first sequence on.
 */
import { FaultList } from './faults.js';

/** How much there is to write down. */
export interface BooksShape {
  readonly logs: number;
  /** Events that each log has room for. Each takes one sequence at most. */
  readonly quota: number;
  readonly accounts: number;
}

/** The fate of an event in its producer's log: `published` at a sequence is that + 1, and a claim in doubt counts its events down to -1. */
export const fate = {
  /** Nobody tried yet. */
  none: 0,
  /** Dropped, since the ring was full. */
  dropped: -(2 ** 30),
  /** Given up: its claim was abandoned, its fill threw, or its publish was refused. */
  givenUp: -(2 ** 30) - 1,
} as const;

/** In an account's `times`: the event was released, and is not to come again. */
export const RELEASED = 2 ** 30;
/** In an account's `times`: how often the event was delivered. */
export const TIMES = RELEASED - 1;

/** Stays of one who joins and leaves that are written down; each has a first and an end. */
export const STAYS = 1_000;

/** Places in an account's notes. */
export const GONE = 0;
export const REPEATS = 1;
const NOTES = 2;

/** One consumer's account, or that of a whole group. */
export interface Account {
  /** By sequence: how often it was delivered, and whether it is released. */
  readonly times: Int32Array;
  /** By sequence: the mark of the event that was handled; 0 before. */
  readonly seen: Int32Array;
  /** For one who joins: how many stays, then the first sequence and the end of each. */
  readonly stays: Int32Array;
  /** Two words: 1 once it left for good, or died and is not waited for; and how often a whole batch was tried again. */
  readonly notes: Int32Array;
}

export class Books {
  readonly faults: FaultList;
  /** By log: how many numbers were tried. */
  readonly attempted: Int32Array;
  /** By log and number: the fate. */
  readonly logs: readonly Int32Array[];
  readonly accounts: readonly Account[];
  /** Sequences that there can be. */
  readonly sequences: number;

  static bytes(shape: BooksShape): number {
    const perAccount = 2 * sequencesOf(shape) + 1 + 2 * STAYS + NOTES;
    return 4 * (FaultList.WORDS + shape.logs * (1 + shape.quota) + shape.accounts * perAccount);
  }

  constructor(buffer: SharedArrayBuffer, byteOffset: number, shape: BooksShape) {
    let at = byteOffset;
    const words = (length: number): Int32Array => {
      const view = new Int32Array(buffer, at, length);
      at += view.byteLength;
      return view;
    };
    this.sequences = sequencesOf(shape);
    this.faults = new FaultList(words(FaultList.WORDS));
    this.attempted = words(shape.logs);
    this.logs = Array.from({ length: shape.logs }, () => words(shape.quota));
    this.accounts = Array.from({ length: shape.accounts }, () => ({
      times: words(this.sequences),
      seen: words(this.sequences),
      stays: words(1 + 2 * STAYS),
      notes: words(NOTES),
    }));
  }

  /** Clears what an earlier ring left, before any thread has these books. */
  clear(): void {
    for (const words of [this.faults.words, this.attempted, ...this.logs]) words.fill(0);
    for (const { times, seen, stays, notes } of this.accounts)
      for (const words of [times, seen, stays, notes]) words.fill(0);
  }
}

function sequencesOf({ logs, quota }: BooksShape): number {
  return logs * quota;
}
