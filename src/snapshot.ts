/** How everybody on a ring stands, without stopping anybody. */
import type { Context } from './context.js';
import type { Fields } from './event.js';
import { membersOf } from './members.js';
import { failureText, readReason } from './texts.js';
import { failureOf } from './core/failure.js';
import { seat, shared } from './core/layout.js';
import { seatState, TAKEN } from './core/seats.js';
import { BUSY, CLOSED, positionInEpoch, positionNear } from './core/sequence.js';

/** What stopped a consumer that has not gone on. */
export interface FailureSnapshot {
  /** The event that it had in hand. */
  readonly sequence: number;
  /** The message of its error, as far as 244 bytes hold it. */
  readonly message: string;
}

/** One consumer in a snapshot. */
export interface ConsumerSnapshot {
  readonly name: string;
  readonly after: readonly string[];
  /** Events that it is done with: it has finished every sequence below. */
  readonly position: number;
  /** Published events that it is not done with: 0 to the ring's capacity. */
  readonly lag: number;
  /** Whether somebody sits in its seat; for a group, in that of any worker. */
  readonly seated: boolean;
  /** Why it stopped, if its handler threw and it has not gone on; for a group, why the first such worker did. */
  readonly failed: FailureSnapshot | undefined;
  /** A group's workers: whether somebody sits there, whether there are events in hand, and why it stopped. Empty for an ordinary consumer. */
  readonly workers: readonly WorkerSnapshot[];
}

/** One worker of a group in a snapshot. */
export interface WorkerSnapshot {
  readonly seated: boolean;
  readonly busy: boolean;
  readonly failed: FailureSnapshot | undefined;
}

/** One producer's seat in a snapshot. */
export interface ProducerSnapshot {
  readonly seated: boolean;
  /** Events that were dropped because the ring was full: those about to be published, and those of lossy consumers and observers. Modulo 2^32. */
  readonly dropped: number;
  readonly evicted: number;
}

/** A ring at about one moment: parts of it may have moved on while others were read. */
export interface RingSnapshot {
  readonly capacity: number;
  /** Sequences below it are published; with several producers: claimed, some of them perhaps still being filled. */
  readonly published: number;
  readonly closed: boolean;
  readonly aborted: boolean;
  /** Why it was aborted, as far as known. */
  readonly reason: string;
  /** Seats that were recovered after a death. Modulo 2^32. */
  readonly recoveries: number;
  readonly producers: readonly ProducerSnapshot[];
  readonly consumers: readonly ConsumerSnapshot[];
}

/** Reads the consumers first and the cursor last: nobody can seem to be ahead of it, and who seems further behind than can be, is not. */
export function takeSnapshot<F extends Fields>(context: Context<F>): RingSnapshot {
  const { words, layout, capacity, producerSeats } = context;
  const seated = (at: number): boolean => seatState(Atomics.load(words, at + seat.state)) === TAKEN;
  const failed = (at: number): FailureSnapshot | undefined => {
    const failure = failureOf(words, at);
    return failure && { sequence: failure.sequence, message: failureText(failure) };
  };
  const seen = membersOf(context).map((consumer) => ({
    ...consumer,
    seated: [consumer.seat, ...consumer.workers].some(seated),
    // The claim word first, as for whoever asks how far a group is.
    word: Atomics.load(words, consumer.position),
    workers: consumer.workers.map((at) => ({
      seated: seated(at),
      word: Atomics.load(words, at + seat.position),
      failed: failed(at),
    })),
    failed: failed(consumer.seat),
  }));
  const epoch = Atomics.load(words, shared.epoch);
  const cursor = Atomics.load(words, shared.cursor);
  const published = positionInEpoch(cursor, epoch);
  return {
    capacity,
    published,
    closed: (cursor & CLOSED) !== 0,
    aborted: Atomics.load(words, shared.aborted) !== 0,
    reason: readReason(words, layout),
    recoveries: Atomics.load(words, shared.recoveries) >>> 0,
    producers: producerSeats.map((at) => ({
      seated: seated(at),
      dropped: Atomics.load(words, at + seat.dropped) >>> 0,
      evicted: Atomics.load(words, at + seat.evicted) >>> 0,
    })),
    consumers: seen.map(({ name, after, seated, word, workers, failed }) => {
      const busy = workers.filter((worker) => worker.word & BUSY);
      const lowest = Math.min(
        ...[word, ...busy.map((worker) => worker.word)].map((its) => positionNear(its, published)),
      );
      const lag = Math.min(Math.max(published - lowest, 0), capacity);
      return {
        name,
        after,
        position: published - lag,
        lag,
        seated,
        failed: failed ?? workers.find((worker) => worker.failed)?.failed,
        workers: workers.map((worker) => ({
          seated: worker.seated,
          busy: (worker.word & BUSY) !== 0,
          failed: worker.failed,
        })),
      };
    }),
  };
}
