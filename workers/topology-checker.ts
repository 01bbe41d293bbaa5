/** The check that each consumer of a topology makes. */
import type { Columns, Span } from 'slipring';
import { checksumOf, now, report } from './bench-rounds.js';
import type { TradeFields } from './trade.js';

/** Bits of an id that count; the producer stands above them. */
export const NUMBER_BITS = 29;

/** Checks the trades of all producers, round after round: order and contents of each producer's, count and checksum of all. */
export class TopologyChecker {
  readonly #share: number;
  readonly #count: number;
  readonly #ordered: boolean;
  /** By producer: the id of its next trade. */
  readonly #ids: Uint32Array;
  #left: number;
  #round = 0;
  #checksum = 0;

  /** Unordered: only count and sum, as behind workers that pass on what they have done when they have. */
  constructor(count: number, producers: number, ordered = true) {
    this.#ordered = ordered;
    this.#count = count;
    this.#share = count / producers;
    this.#ids = Uint32Array.from({ length: 2 ** (32 - NUMBER_BITS) }, (_, k) => (k << NUMBER_BITS) >>> 0);
    this.#left = count;
  }

  see(id: number, price: number, quantity: number): void {
    if (this.#ids[id >>> NUMBER_BITS]++ !== id && this.#ordered) this.#checksum = NaN;
    this.#checksum += price + quantity;
    if (--this.#left === 0) this.#endRound();
  }

  /** As many calls of `see`. */
  seeSpans({ id, price, quantity }: Columns<TradeFields>, spans: readonly Span[]): void {
    const ids = this.#ids;
    let sum = 0;
    for (const { from, to } of spans) {
      for (let slot = from; slot < to; slot++) {
        if (ids[id[slot] >>> NUMBER_BITS]++ !== id[slot]) sum = NaN;
        sum += price[slot] + quantity[slot];
      }
      this.#left -= to - from;
    }
    this.#checksum += sum;
    if (this.#left === 0) this.#endRound();
  }

  #endRound(): void {
    const at = now();
    const from = this.#round++ * this.#share;
    const right = checksumOf(from, this.#share) * (this.#count / this.#share);
    report(at, this.#checksum === right ? undefined : `checksum ${this.#checksum}, not ${right}`);
    this.#left = this.#count;
    this.#checksum = 0;
  }
}
