/** A consumer of the kill harness, or one worker of a group. */
import type { Batch, Consumer, Handler } from 'slipring';
import type { MarkedFields } from '../test/crash/marks.js';
import type { ConsumeRole, Outcome } from '../test/crash/roles.js';
import { handle, MISHAP, policyOf } from './crash-handle.js';
import { Ledger } from './crash-ledger.js';
import { codeOf, ENDED, type Place } from './crash-place.js';

/** What ends a call, and the next one goes on. */
const PASSING: ReadonlySet<string | undefined> = new Set(['ERR_CONSUMER_FAILED', 'ERR_TIMED_OUT']);

export async function consume(role: ConsumeRole, place: Place): Promise<Outcome> {
  const bench = place.bench(role.reader.ring);
  const consumer = place.seat(() => bench.ring.openConsumer(role.reader.name, { wait: role.wait }));
  try {
    return await readToTheEnd(
      new Part(role, place, consumer, new Ledger(bench, role.reader, consumer)),
      place,
    );
  } finally {
    consumer[Symbol.dispose]();
  }
}

async function readToTheEnd(part: Part, place: Place): Promise<Outcome> {
  for (;;) {
    try {
      if (await part.readSome()) return { how: 'done' };
    } catch (error) {
      const code = codeOf(error);
      if (ENDED.has(code)) return { how: 'done' };
      if (code === 'ERR_SEAT_LEFT' && part.leaving) return { how: part.leaving };
      if (error !== MISHAP && !PASSING.has(code)) throw error;
      place.pause(1);
    }
    if (part.leaveIfTime()) return { how: part.leaving! };
  }
}

class Part {
  /** How it left, once it did. */
  leaving: 'left' | 'gone' | undefined;
  readonly #role: ConsumeRole;
  readonly #place: Place;
  readonly #consumer: Consumer<MarkedFields>;
  readonly #ledger: Ledger;
  /** Events until it leaves for good. */
  #left: number;

  constructor(role: ConsumeRole, place: Place, consumer: Consumer<MarkedFields>, ledger: Ledger) {
    this.#role = role;
    this.#place = place;
    this.#consumer = consumer;
    this.#ledger = ledger;
    this.#left = role.leavesAfter > 0 ? place.dice.between(1, role.leavesAfter) : Infinity;
  }

  /** One call, or one batch; true when the ring has ended. */
  async readSome(): Promise<boolean> {
    const { manner, max, mishaps } = this.#role;
    const bound = max > 0 ? { max } : {};
    const options = { ...bound, onError: policyOf(mishaps) };
    switch (manner) {
      case 'run':
        this.#consumer.run(this.#running, options);
        return true;
      case 'runAsync':
        await this.#consumer.runAsync(async (...event) => {
          this.#running(...event);
          if (this.#place.dice.chance(1 / 8)) await new Promise((resolve) => setImmediate(resolve));
        }, options);
        return true;
      case 'poll':
        if (this.#consumer.poll(this.#handler, options) > 0) this.#ledger.released();
        else if (this.#consumer.ended) return true;
        else this.#place.pause(0.2);
        return false;
      case 'take':
        return this.#readBatch(this.#consumer.take(bound));
      case 'takeAsync':
        return this.#readBatch(await this.#consumer.takeAsync(bound));
    }
  }

  /** Leaves its seat, or for good, if it is time to. */
  leaveIfTime(): boolean {
    if (this.#left <= 0) {
      // First what others go by: those after it need not wait for it from now on.
      this.#ledger.leave();
      this.#consumer.leave();
      this.leaving = 'gone';
    } else if (this.#place.shallLeave) {
      this.#consumer[Symbol.dispose]();
      this.leaving = 'left';
    }
    return this.leaving !== undefined;
  }

  readonly #handler: Handler<MarkedFields> = (event, sequence) => {
    const { mishaps, dawdles } = this.#role;
    handle(mishaps, dawdles, this.#place, this.#ledger, event, sequence);
    this.#left--;
  };

  /** In a call that does not come back: leaves, and releases, within it. */
  readonly #running: Handler<MarkedFields> = (event, sequence, endOfBatch) => {
    if (this.leaveIfTime()) return;
    this.#handler(event, sequence, endOfBatch);
    if (!this.#place.dice.chance(1 / 16)) return;
    this.#consumer.releaseUpTo(sequence);
    this.#ledger.released(sequence);
  };

  #readBatch(batch: Batch<MarkedFields> | undefined): boolean {
    if (batch === undefined) return true;
    try {
      let sequence = batch.first;
      for (const event of batch) {
        this.#handler(event, sequence++, false);
        if (!this.#place.dice.chance(1 / 16)) continue;
        batch.releaseUpTo(sequence);
        this.#ledger.released(sequence);
      }
      batch.release();
      this.#ledger.released();
    } finally {
      // After a mishap: what was passed is released, and the rest comes again.
      batch[Symbol.dispose]();
    }
    return false;
  }
}
