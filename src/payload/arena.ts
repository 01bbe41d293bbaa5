/**
 * A producer's arena: a ring of bytes for what its events hold of any length. Only the accounts, which are the producer's own; the bytes
 * themselves are written by its packer.
 *
 *       freed                    claim                taken
 *     ────┬────────────────────────┬────────────────────┬───────────────────────────
 *         │ of published events    │ of the claim in    │ free, round to `freed`
 *         │                        │ hand               │
 *     ────┴────────────────────────┴────────────────────┴───────────────────────────
 *
 * Every payload lies in a row: one that does not fit before the arena's end starts at its beginning, and the rest of the lap is left
 * empty. So what one claim may take together is half of the arena: that fits once all others are freed, wherever the lap ends.
 *
 * What is published is freed strictly in order, as the gate passes: the producer remembers which sequence ends where, and looks at
 * positions that it looks at anyway.
 */

/** Payloads start at multiples of it, so that other typed arrays can be laid over them. */
const UNIT = 8;

/** The bytes that a payload of this length takes. */
export function unitsOf(length: number): number {
  return (length + (UNIT - 1)) & -UNIT;
}

/** Places are told in units: so 32 bits reach further. */
export const placeOf = (offset: number): number => offset / UNIT;
export const offsetOf = (place: number): number => place * UNIT;

export class Arena {
  readonly size: number;
  /** The next free byte. */
  at = 0;
  /** Bytes taken since the beginning, what was left empty included. */
  taken = 0;
  /** Of those, bytes that are free again. */
  private freed = 0;
  /** Where the claim in hand started. */
  private claimAt = 0;
  private claimTaken = 0;
  /** What is published and not freed, in order: the sequence that must be passed, and `taken` there. From `first` on, `count` of them. */
  private sequences: number[] = [0];
  private ends: number[] = [0];
  private first = 0;
  private count = 0;

  /** `size`: a multiple of 16. All of it is taken until `fullUntil` is passed: by whoever had the seat before, if anybody. */
  constructor(size: number, fullUntil: number) {
    this.size = size;
    this.freed = -size;
    this.remember(fullUntil);
  }

  /** Most bytes of one claim. */
  get most(): number {
    return this.size / 2;
  }

  /** Whether so many bytes in a row can be taken now. */
  fits(bytes: number): boolean {
    return this.taken + this.span(bytes) - this.freed <= this.size;
  }

  /** As `fits`, and without leaving the rest of the lap empty. */
  fitsHere(bytes: number): boolean {
    return this.at + bytes <= this.size && this.taken + bytes - this.freed <= this.size;
  }

  /** Bytes that can be taken in a row from here, without leaving the rest of the lap empty. */
  get freeInRow(): number {
    return Math.min(this.size - this.at, this.size - (this.taken - this.freed));
  }

  /** Takes so many bytes in a row, which fit; returns where they start. */
  take(bytes: number): number {
    this.align(bytes);
    const start = this.at;
    this.at = start + bytes;
    this.taken += bytes;
    return start;
  }

  /** Gives back the last bytes of what was taken last. */
  giveBack(bytes: number): void {
    this.at -= bytes;
    this.taken -= bytes;
  }

  /** Goes to where so many bytes fit in a row. */
  align(bytes: number): void {
    if (this.at + bytes <= this.size) return;
    this.taken += this.size - this.at;
    this.at = 0;
  }

  /**
   * The sequence that must be passed for so many bytes to fit; -1 when that would not be enough, because of the claim in hand. With none, it
   * is enough for up to half of the arena.
   */
  goalFor(bytes: number): number {
    const freed = this.taken + this.span(bytes) - this.size;
    const mask = this.sequences.length - 1;
    for (let i = 0; i < this.count; i++) {
      const entry = (this.first + i) & mask;
      if (this.ends[entry] >= freed) return this.sequences[entry];
    }
    return -1;
  }

  /** Frees what belongs to sequences below `passed`. */
  free(passed: number): void {
    const mask = this.sequences.length - 1;
    while (this.count > 0 && this.sequences[this.first] <= passed) {
      this.freed = this.ends[this.first];
      this.first = (this.first + 1) & mask;
      this.count--;
    }
  }

  /** Gives back what was taken since the arena stood so. */
  goBack(at: number, taken: number): void {
    this.at = at;
    this.taken = taken;
  }

  /** Gives back what the claim in hand took: nobody ever sees it. */
  rollBack(): void {
    this.goBack(this.claimAt, this.claimTaken);
  }

  /** The claim in hand keeps what it took until the gate has passed `end`. */
  commit(end: number): void {
    if (this.taken === this.claimTaken) return;
    this.claimAt = this.at;
    this.claimTaken = this.taken;
    this.remember(end);
  }

  /** What so many bytes in a row take, with what they leave empty. */
  private span(bytes: number): number {
    const left = this.size - this.at;
    return bytes <= left ? bytes : left + bytes;
  }

  private remember(sequence: number): void {
    if (this.count === this.sequences.length) this.grow();
    const i = (this.first + this.count) & (this.sequences.length - 1);
    this.sequences[i] = sequence;
    this.ends[i] = this.taken;
    this.count++;
  }

  /** Twice as many, from the first on. */
  private grow(): void {
    const turned = (list: readonly number[]): number[] => [
      ...list.slice(this.first),
      ...list.slice(0, this.first),
      ...list,
    ];
    this.sequences = turned(this.sequences);
    this.ends = turned(this.ends);
    this.first = 0;
  }
}
