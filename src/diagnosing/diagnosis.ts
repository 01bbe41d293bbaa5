/** What a diagnosis says, as data and as sentences. */
import { INSPECT } from '../accessor.js';

/** A seat of a ring. */
export interface SeatName {
  /** The ring, as it was called in the question. */
  readonly ring: string;
  /** The consumer's name, `'risk, worker 0'` in a group; `'producer'`, or `'producer 0'` where there are several. */
  readonly seat: string;
  readonly role: 'producer' | 'consumer' | 'worker';
  /** The number of the thread that has it; undefined when nobody does, or when that thread is dead. */
  readonly owner: number | undefined;
}

/** Somebody who sleeps until somebody else moves. */
export interface Wait extends SeatName {
  /** Any of these can end it. Empty when it takes somebody without a seat: one who joins, or the clock. */
  readonly waitsFor: readonly SeatName[];
  /** The word that it sleeps on, in the words of docs/memory-map.md. */
  readonly word: string;
  /** How long it has slept, across wake-ups that changed nothing. Modulo 24.8 days. */
  readonly sinceMs: number;
  /** Whether its thread is parked; false for a wait on an event loop. */
  readonly parked: boolean;
  /** Whether a time-out or a token may end it. */
  readonly limited: boolean;
}

/** A consumer, or a group, that is not done with everything that is published. */
export interface Behind {
  readonly ring: string;
  readonly consumer: string;
  /** The threads that have its seat, or its workers' seats. */
  readonly owners: readonly number[];
  /** It has finished every sequence below. */
  readonly position: number;
  /** Published events that it is not done with. */
  readonly lag: number;
  /** Whether the ring is full because of it. */
  readonly full: boolean;
  /** The consumer before it that it has caught up with; undefined when it has something to handle. */
  readonly heldBy: string | undefined;
}

/** A consumer, or a worker, whose handler threw, and which has not gone on. */
export interface Failed extends SeatName {
  /** The event in hand. */
  readonly sequence: number;
  /** The message of its error, as far as 244 bytes hold it. */
  readonly message: string;
}

/** One thread of a circle waits in `from` for `to`, which the thread of the next step has. */
export interface DeadlockStep {
  readonly from: SeatName;
  readonly to: SeatName;
}

/** Parked threads that wait for each other in a circle. */
export interface Deadlock {
  readonly path: readonly DeadlockStep[];
  /** Whether a time-out or a token may end one of these waits. Closing or aborting one of the rings may always. */
  readonly limited: boolean;
}

/** How everybody on some rings stood, at about one moment. Plain data but for its methods: it can be cloned, and written as JSON. */
export class Diagnosis {
  readonly deadlocks: readonly Deadlock[];
  /** Seats whose threads are known to be dead, and which are not recovered yet. */
  readonly dead: readonly SeatName[];
  readonly failed: readonly Failed[];
  /** Longest first. */
  readonly waits: readonly Wait[];
  /** Furthest first. */
  readonly behind: readonly Behind[];

  /** Use `diagnose` or `ring.diagnose`. */
  constructor({ deadlocks, dead, failed, waits, behind }: Findings) {
    this.deadlocks = deadlocks;
    this.dead = dead;
    this.failed = failed;
    this.waits = waits;
    this.behind = behind;
  }

  /** A sentence a line, the gravest first. */
  toString(): string {
    const sentences = [
      ...this.deadlocks.map(deadlockSentence),
      ...this.dead.map(
        (seat) => `Dead: whoever had ${seat.seat} of ${seat.ring}; the seat is not recovered yet.`,
      ),
      ...this.failed.map(
        (seat) =>
          `Failed: ${called(seat)}, at event ${seat.sequence}: ${seat.message || 'no reason was given'}.`,
      ),
      ...this.waits.map(waitSentence),
      ...this.behind.map(behindSentence),
    ];
    return sentences.length > 0 ? sentences.join('\n') : 'Nobody waits, and nobody is behind.';
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** What a diagnosis is made of. */
export type Findings = Pick<Diagnosis, 'deadlocks' | 'dead' | 'failed' | 'waits' | 'behind'>;

function called(seat: SeatName): string {
  return `${seat.seat} of ${seat.ring} (${seat.owner === undefined ? 'nobody' : `thread ${seat.owner}`})`;
}

function deadlockSentence({ path, limited }: Deadlock): string {
  const steps = path.map(({ from, to }) => `${called(from)} waits for ${called(to)}`);
  return `Deadlock${limited ? ', until a time-out or a token ends it' : ''}: ${steps.join(', and ')}.`;
}

function waitSentence(wait: Wait): string {
  const { role, waitsFor, word, sinceMs, parked, limited } = wait;
  const others = waitsFor.map(called).join(' or ');
  const what = role === 'producer' ? 'room' : 'events';
  const where = `${parked ? 'parked' : 'on its event loop'}, on ${word}${limited ? ', for a limited time' : ''}`;
  return `${called(wait)} has waited ${durationOf(sinceMs)} for ${what}${others && `, from ${others}`}; ${where}.`;
}

function behindSentence({ ring, consumer, owners, lag, full, heldBy }: Behind): string {
  const who = owners.length > 0 ? `thread ${owners.join(', ')}` : 'nobody';
  const events = `${lag} ${lag === 1 ? 'event' : 'events'}`;
  const why = heldBy === undefined ? '' : `, as far as ${heldBy} lets it go`;
  return `${consumer} of ${ring} (${who}) is ${events} behind${why}${full ? `: ${ring} is full` : ''}.`;
}

function durationOf(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
