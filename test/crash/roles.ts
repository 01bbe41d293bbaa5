/** What one thread is told to be. */
import type { RingHandle, WaitMode, WhenFull } from 'slipring';
import type { BooksShape } from './books.js';

/** A ring, and where its books are. */
export interface Scene {
  readonly ring: RingHandle;
  readonly firstSequence: number;
  readonly severalProducers: boolean;
  readonly books: SharedArrayBuffer;
  readonly booksOffset: number;
  readonly shape: BooksShape;
}

/** How a thread is spoken to while it may be parked: words of its own in the desk's memory. */
export interface Desk {
  readonly words: SharedArrayBuffer;
  /** Index of the first of its words. */
  readonly at: number;
}

/** The words of a thread at its desk. */
export const desk = {
  /** Counts what it does: who is stuck does not. The thread writes it. */
  progress: 0,
  /** 1: it shall leave its seat soon. The harness writes it. */
  leave: 1,
  /** For one who recovers: counts the dead; and the number of the last one's thread. The harness writes them. */
  deaths: 2,
  dead: 3,
  length: 32,
} as const;

/** A producer that works through its log. */
export interface ProduceRole {
  readonly does: 'produce';
  readonly ring: number;
  readonly log: number;
  readonly manner: 'publish' | 'claim' | 'batch' | 'publishAsync' | 'claimAsync' | 'tryPublish';
  /** Longest claim. */
  readonly longest: number;
  readonly whenFull: WhenFull;
  readonly wait: WaitMode;
  /** So many events, then a pause of so many milliseconds at most. */
  readonly burst: number;
  readonly pauseMs: number;
  /** How often a claim is given up. */
  readonly givesUp: number;
  /** How often it sleeps for a moment with a claim in hand. */
  readonly hesitates: number;
}

/** What a consumer's account is checked against while it works. */
export interface Reader {
  readonly ring: number;
  readonly name: string;
  readonly account: number;
  /** Accounts of those that it comes after. */
  readonly after: readonly number[];
  readonly group: boolean;
  readonly lossy: boolean;
}

/** How often a handler throws, and what follows. */
export interface Mishaps {
  readonly chance: number;
  readonly onError: 'stop' | 'skip' | 'retry' | 'retry batch' | 'decide';
}

interface Reading {
  /** Bound of a batch; 0: none. */
  readonly max: number;
  readonly wait: WaitMode;
  /** How often the handler dawdles over an event. */
  readonly dawdles: number;
}

/** One consumer, or one worker of a group. */
export interface ConsumeRole extends Reading {
  readonly does: 'consume';
  readonly reader: Reader;
  readonly manner: 'poll' | 'take' | 'run' | 'runAsync' | 'takeAsync';
  readonly mishaps: Mishaps;
  /** After about so many events it leaves for good; 0: never. */
  readonly leavesAfter: number;
}

/** A consumer in each of several rings. */
export interface ServeRole extends Reading {
  readonly does: 'serve';
  readonly readers: readonly Reader[];
  readonly manner: 'serve' | 'serveAsync';
}

/** Joins, stays for some events, leaves, and again. */
export interface VisitRole extends Reading {
  readonly does: 'visit';
  readonly reader: Reader;
  readonly afterNames: readonly string[];
  readonly start: 'now' | 'oldest';
  readonly stay: number;
  readonly whenDead: 'hold' | 'detach';
}

/** Recovers whoever is written down as dead, until it shall leave. */
export interface RecoverRole {
  readonly does: 'recover';
}

/** Closes a ring. */
export interface CloseRole {
  readonly does: 'close';
  readonly ring: number;
}

export type Role = ProduceRole | ConsumeRole | ServeRole | VisitRole | RecoverRole | CloseRole;

/** What is sent to a thread. */
export interface Orders {
  readonly role: Role;
  readonly scenes: readonly Scene[];
  readonly desk: Desk;
  readonly seed: number;
}

/** How a role ended, if its thread did not. */
export type Outcome =
  /** The ring ended, or its log is full. */
  | { readonly how: 'done' }
  /** It left because it was told to, or of its own accord: somebody else may have its place. */
  | { readonly how: 'left' }
  /** It left for good. */
  | { readonly how: 'gone' }
  | { readonly how: 'failed'; readonly error: string };
