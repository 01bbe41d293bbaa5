/** A consumer's account, as one thread writes it: each event before it is handled, and after, and whatever is wrong about it. */
import type { Consumer, Readable } from 'slipring';
import { type Account, GONE, RELEASED, REPEATS, STAYS } from '../test/crash/books.js';
import type { SeenFault } from '../test/crash/faults.js';
import { type MarkedFields, readMark } from '../test/crash/marks.js';
import type { Reader } from '../test/crash/roles.js';
import type { Bench } from './crash-place.js';

export class Ledger {
  readonly #bench: Bench;
  readonly #reader: Reader;
  readonly #account: Account;
  readonly #before: readonly Account[];
  readonly #consumer: Consumer<MarkedFields>;
  /** One who joins may come back to what it has read in an earlier stay. */
  readonly #visits: boolean;
  /** The last event, counted from the ring's first; and of those that came one after another up to it, the first that is not noted as released. */
  #last = -1;
  #unreleased = 0;
  #inHand = 0;

  constructor(
    bench: Bench,
    reader: Reader,
    consumer: Consumer<MarkedFields>,
    visits: 'visits' | 'stays' = 'stays',
  ) {
    this.#bench = bench;
    this.#reader = reader;
    this.#consumer = consumer;
    this.#visits = visits === 'visits';
    this.#account = bench.books.accounts[reader.account];
    this.#before = reader.after.map((place) => bench.books.accounts[place]);
  }

  /** An event comes: false when it is none that can be written down. */
  begin(event: Readable<MarkedFields>, sequence: number): boolean {
    const at = sequence - this.#bench.scene.firstSequence;
    if (!(at >= 0 && at < this.#bench.books.sequences))
      return this.#fault('has a sequence beyond everything that was tried', at);
    this.#checkPlace(at);
    if (at !== this.#last + 1) this.#unreleased = at;
    this.#last = at;
    const mark = readMark(event);
    this.#inHand = mark;
    if (mark === 0) return this.#fault('carried what nobody publishes', at);
    const { times, seen } = this.#account;
    const before = Atomics.add(times, at, 1);
    if (!this.#visits && before & RELEASED) this.#fault('came again after it was released', at);
    if (this.#reader.group && before > 0 && !this.#consumer.redelivered)
      this.#fault('came a second time without being called redelivered', at);
    const known = Atomics.load(seen, at);
    if (known !== 0 && known !== mark) this.#fault('was another event the time before', at);
    for (const account of this.#before)
      if (Atomics.load(account.seen, at) !== mark && Atomics.load(account.notes, GONE) === 0)
        this.#fault('came before the consumer that it comes after had handled it', at);
    return true;
  }

  /** It was handled. */
  end(event: Readable<MarkedFields>, sequence: number): void {
    const at = sequence - this.#bench.scene.firstSequence;
    if (readMark(event) !== this.#inHand) this.#fault('changed while it was in hand', at);
    Atomics.store(this.#account.seen, at, this.#inHand);
  }

  /** Everything that came is released for sure; or what came below a sequence. */
  released(below = Infinity): void {
    const end = Math.min(this.#last + 1, below - this.#bench.scene.firstSequence);
    for (; this.#unreleased < end; this.#unreleased++)
      Atomics.or(this.#account.times, this.#unreleased, RELEASED);
  }

  /** A whole batch is tried again. */
  repeat(): void {
    Atomics.add(this.#account.notes, REPEATS, 1);
    this.#last = -1;
  }

  /** A stay begins with this sequence; false when no more can be written down. */
  enter(sequence: number): boolean {
    const { stays } = this.#account;
    const number = Atomics.load(stays, 0);
    if (number === STAYS) return false;
    const at = sequence - this.#bench.scene.firstSequence;
    Atomics.store(stays, 1 + 2 * number, at);
    Atomics.store(stays, 2 + 2 * number, at);
    Atomics.store(stays, 0, number + 1);
    this.#last = at - 1;
    this.#unreleased = at;
    return true;
  }

  /** The stay goes on up to this sequence. */
  stayed(sequence: number): void {
    const { stays } = this.#account;
    Atomics.store(stays, 2 * Atomics.load(stays, 0), sequence - this.#bench.scene.firstSequence);
  }

  /** It leaves for good, or is not to be waited for. */
  leave(): void {
    Atomics.store(this.#account.notes, GONE, 1);
  }

  #checkPlace(at: number): void {
    const { group, lossy } = this.#reader;
    if (at <= this.#last && !(group && this.#consumer.redelivered)) this.#fault('came out of order', at);
    else if (
      this.#last >= 0 &&
      at !== this.#last + 1 &&
      !group &&
      !lossy &&
      !this.#bench.scene.severalProducers
    )
      this.#fault('came after a gap, and there is one producer only', at);
  }

  #fault(fault: SeenFault, at: number): false {
    this.#bench.books.faults.add(fault, this.#reader.account, at);
    return false;
  }
}
