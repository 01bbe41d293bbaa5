/** One thread's putting into a queue: where there is room, or room is made. It never waits; `queue.ts` does. */
import type { Writable } from '../event.js';
import type { Producer } from '../producer.js';
import type { Ring } from '../ring.js';
import { inQueueTerms } from './errors.js';
import type { QueueHandle } from './handle.js';
import { Naps } from './naps.js';
import { leave, sit } from './seats.js';
import type { Taking } from './taking.js';
import type { Tasks } from './tasks.js';
import { mustBeNumber, type ValueFields } from './values.js';

/** Most numbers that are put in one claim. */
const LOT = 64;

export class Putting<T> {
  /** Values that this thread dropped: its own, or the oldest. */
  dropped = 0;
  readonly naps: Naps;
  private readonly ring: Ring<ValueFields>;
  private readonly tasks: Tasks;
  private readonly maxThreads: number;
  private readonly numbers: boolean;
  private producer: Producer<ValueFields> | undefined;

  constructor({ maxThreads, values }: QueueHandle, ring: Ring<ValueFields>, tasks: Tasks) {
    this.ring = ring;
    this.tasks = tasks;
    this.maxThreads = maxThreads;
    this.numbers = values === 'number';
    this.naps = new Naps(ring.capacity);
  }

  /** This thread's seat, taken now unless it was. @throws QueueError `ERR_QUEUE_THREADS`. */
  seat(): Producer<ValueFields> {
    return (this.producer ??= sit(this.tasks, 'putters', this.maxThreads, () => this.ring.openProducer()));
  }

  leave(): void {
    if (this.producer !== undefined) leave(this.tasks, 'putters', this.producer);
    this.producer = undefined;
  }

  /** Puts a value if there is room; returns whether it was put. */
  one(value: T): boolean {
    if (this.numbers) mustBeNumber(value);
    const producer = this.producer ?? this.seat();
    try {
      if (producer.tryPublish(fill, value) === undefined) return false;
    } catch (error) {
      throw inQueueTerms(error);
    }
    this.naps.passed++;
    return true;
  }

  /** Whether these are numbers for a queue of numbers: then they can be put together. What else is put into it is refused one by one. */
  areNumbers(all: unknown): all is readonly number[] {
    return this.numbers && Array.isArray(all) && all.every((each) => typeof each === 'number');
  }

  /** Puts numbers from `first` on in one claim, if there is room for some; returns how many. */
  someNumbers(all: readonly number[], first: number): number {
    const length = Math.min(all.length - first, LOT, this.ring.capacity >> 2);
    if (length < 2) return 0;
    try {
      const claim = this.seat().tryClaim(length);
      if (claim === undefined) return 0;
      const column = claim.columns.value as unknown as Float64Array;
      let next = first;
      for (const { from, to } of claim.spans)
        for (let slot = from; slot < to; slot++) column[slot] = all[next++];
      claim.commit();
    } catch (error) {
      throw inQueueTerms(error);
    }
    this.naps.passed += length;
    return length;
  }

  /** Throws the oldest values away until this one is put; false when those that are left are in others' hands. */
  byDropping(value: T, taking: Taking<T>): boolean {
    const consumer = taking.seat();
    if (taking.promised > 0) return false;
    try {
      while (consumer.poll(() => void this.dropped++, { max: 1 }) > 0) if (this.one(value)) return true;
      return this.one(value);
    } catch (error) {
      throw inQueueTerms(error);
    }
  }
}

/** Fills the event of a value: captures nothing, so that a put allocates nothing for it. */
export const fill = (event: Writable<ValueFields>, value: unknown): void => {
  event.value = value;
};
