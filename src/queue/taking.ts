/** One thread's taking from a queue: what is there, counted as taken before it is let go. It never waits; `queue.ts` does. */
import { type Consumer, HAND_OUT, TAKE_ALL } from '../consumer.js';
import type { Readable } from '../event.js';
import type { Ring } from '../ring.js';
import { closedError, inQueueTerms } from './errors.js';
import type { QueueHandle } from './handle.js';
import { Naps } from './naps.js';
import { leave, sit } from './seats.js';
import type { Tasks } from './tasks.js';
import { Unreadable, type ValueFields } from './values.js';

/** The group of all takers. */
export const TAKERS = 'takers';

/** There is no value. */
export const NOTHING: unique symbol = Symbol('nothing');

/**
 * Values that the only taker of a queue takes in hand at once, and lets go one by one as it hands them out. One of several takes one: what it
 * has in hand and is not asked for would be kept from the others.
 */
const HANDFUL = 256;

export class Taking<T> {
  /** `getAsync` calls that have not ended: what comes is theirs. */
  promised = 0;
  readonly naps: Naps;
  private readonly ring: Ring<ValueFields>;
  private readonly tasks: Tasks;
  private readonly maxThreads: number;
  private readonly handful: number;
  private consumer: Consumer<ValueFields> | undefined;
  /** Values that were taken with others and could not be read: told by the next calls. */
  private readonly unreadable: Unreadable[] = [];
  /** What a look found: the only value, and several; and how many of them are counted. */
  private one: unknown = NOTHING;
  private found: unknown[] = [];
  private counted = 0;
  // Made once: a call for each value should allocate nothing.
  private readonly keepOne = ({ value }: Readable<ValueFields>): void => {
    this.one = value;
    this.tasks.take(1); // before the release
  };
  private readonly keep = (event: Readable<ValueFields>, _sequence: number, endOfBatch: boolean): void => {
    try {
      this.found.push(event.value);
    } catch (error) {
      this.countFound();
      throw error;
    }
    if (endOfBatch) this.countFound();
  };

  constructor({ maxThreads }: QueueHandle, ring: Ring<ValueFields>, tasks: Tasks) {
    this.ring = ring;
    this.tasks = tasks;
    this.maxThreads = maxThreads;
    this.handful = maxThreads === 1 ? HANDFUL : 1;
    this.naps = new Naps(ring.capacity);
  }

  /** This thread's seat, taken now unless it was. @throws QueueError `ERR_QUEUE_THREADS`. */
  seat(): Consumer<ValueFields> {
    return (this.consumer ??= sit(this.tasks, 'getters', this.maxThreads, () => {
      const consumer = this.ring.openConsumer(TAKERS);
      consumer[TAKE_ALL]();
      return consumer;
    }));
  }

  leave(): void {
    if (this.consumer !== undefined) leave(this.tasks, 'getters', this.consumer);
    this.consumer = undefined;
  }

  /** Takes the oldest value if there is one, else NOTHING. */
  next(): unknown {
    if (this.unreadable.length > 0) this.tellUnreadable();
    const consumer = this.consumer ?? this.seat();
    try {
      if (!consumer[HAND_OUT](this.keepOne, this.handful)) {
        if (consumer.ended) throw closedError();
        return NOTHING;
      }
    } catch (error) {
      // What was found before it counts as taken, and is handed out: the next call is told.
      if (this.one === NOTHING) throw inQueueTerms(error);
    }
    const value = this.one;
    this.one = NOTHING;
    this.naps.passed++;
    if (value instanceof Unreadable) throw value.error;
    return value;
  }

  /** Takes what is there, `most` values at most. */
  now(most: number): T[] {
    this.tellUnreadable();
    const consumer = this.seat();
    const values: T[] = [];
    const found: unknown[] = (this.found = []);
    this.counted = 0;
    try {
      while (found.length < most) {
        const handled = consumer.poll(this.keep, { max: most - found.length });
        if (handled === 0) break;
      }
    } catch (error) {
      // As for one.
      if (found.length === 0) throw inQueueTerms(error);
    }
    this.naps.passed += found.length;
    this.sort(found, values);
    if (values.length === 0 && consumer.ended) throw closedError();
    return values;
  }

  /** What putters who died put just before; undefined when that is nothing. */
  left(most: number): T[] | undefined {
    const values = this.now(most);
    return values.length > 0 ? values : undefined;
  }

  /** Copies a batch out and lets it go; of a queue that has ended, there is none. */
  taken(batch: ReturnType<Consumer<ValueFields>['take']>): T[] {
    if (batch === undefined) throw closedError();
    const found: unknown[] = [];
    for (const event of batch) found.push(event.value);
    this.tasks.take(found.length);
    batch.release();
    const values: T[] = [];
    this.sort(found, values);
    return values;
  }

  private countFound(): void {
    if (this.found.length > this.counted) this.tasks.take(this.found.length - this.counted); // before the release
    this.counted = this.found.length;
  }

  private sort(found: readonly unknown[], values: T[]): void {
    for (const each of found) {
      if (each instanceof Unreadable) this.unreadable.push(each);
      else values.push(each as T);
    }
    if (values.length === 0) this.tellUnreadable();
  }

  private tellUnreadable(): void {
    const first = this.unreadable.shift();
    if (first !== undefined) throw first.error;
  }
}
