/** Faults that a thread found while it worked: the first few in full, all of them counted. */

/** What a thread can find, as its place in this list. */
export const SEEN_FAULTS = [
  'carried what nobody publishes',
  'changed while it was in hand',
  'came again after it was released',
  'came out of order',
  'was another event the time before',
  'came before the consumer that it comes after had handled it',
  'came a second time without being called redelivered',
  'has a sequence beyond everything that was tried',
  'came after a gap, and there is one producer only',
  'was published out of order',
] as const;

export type SeenFault = (typeof SEEN_FAULTS)[number];

const KEPT = 16;
const RECORD = 3;

export class FaultList {
  static readonly WORDS = 1 + KEPT * RECORD;
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }

  /** `whose`: the account's or the log's place. */
  add(fault: SeenFault, whose: number, sequence: number): void {
    const place = Atomics.add(this.words, 0, 1);
    if (place >= KEPT) return;
    const at = 1 + place * RECORD;
    Atomics.store(this.words, at + 1, whose);
    Atomics.store(this.words, at + 2, sequence);
    Atomics.store(this.words, at, 1 + SEEN_FAULTS.indexOf(fault));
  }

  get count(): number {
    return Atomics.load(this.words, 0);
  }

  /** In words, with the names of the accounts. */
  describe(accounts: readonly string[]): string[] {
    const texts: string[] = [];
    for (let place = 0; place < Math.min(this.count, KEPT); place++) {
      const [fault, whose, sequence] = this.words.subarray(1 + place * RECORD, 1 + (place + 1) * RECORD);
      if (fault > 0)
        texts.push(`${accounts[whose] ?? `log ${whose}`}: event ${sequence} ${SEEN_FAULTS[fault - 1]}`);
    }
    if (this.count > texts.length) texts.push(`${this.count - texts.length} more faults that threads saw`);
    return texts;
  }
}
