/**
 * The producing side of a ring with one producer: claiming is local arithmetic against a cached gate, publishing is
 * one compare-and-exchange of the cursor. After LMAX's SingleProducerSequencer, without its shared state.
 */
import { type Atoms, atomsOf } from './atoms.js';
import type { Barrier } from './barrier.js';
import { endedOutcome } from './closing.js';
import { notifyAll } from './doorbell.js';
import { evict } from './eviction.js';
import { shared } from './layout.js';
import { advance, CLOSED, EPOCH_POSITIONS, epochStart, positionInEpoch, wordOf } from './sequence.js';
import { type Awaited, BLOCKED, type Outcome, READY } from './waiting.js';

export class SingleProducer implements Awaited {
  readonly words: Int32Array;
  private readonly atoms: Atoms;
  readonly capacity: number;
  private readonly gate: Barrier;
  // Counts start as 0: a field that never held anything but numbers is kept without a number object when they outgrow 2^31.
  /** The next sequence to publish. */
  next = 0;
  /** Sequences below it have a free slot: the gate when last looked at, plus the capacity. */
  limit = 0;
  /** How many free slots the current wait is for. */
  needed = 1;
  /** Events of lossy consumers that were dropped for newer ones. */
  evicted = 0;
  sleepIndex = 0;
  sleepValue = 0;
  /** For a close, beside those who come after a consumer and wait for it on. */
  readonly looksAgain = true;
  private word = 0;
  private epochEnd = 0;

  /** `gate` is every consumer: its lowest position plus the capacity is what may be claimed. */
  constructor(words: Int32Array, capacity: number, gate: Barrier) {
    this.words = words;
    this.atoms = atomsOf(words);
    this.capacity = capacity;
    this.gate = gate;
    const epoch = Atomics.load(words, shared.epoch);
    this.next = positionInEpoch(Atomics.load(words, shared.cursor), epoch);
    this.limit = this.next;
    this.word = wordOf(this.next);
    this.epochEnd = epochStart(epoch) + EPOCH_POSITIONS;
    this.#crossEpochs();
    // The one before may have published and died before its notify: whoever slept through that is woken now.
    notifyAll(words, shared.cursor);
  }

  /** READY once `needed` slots are free. */
  look(): Outcome {
    const gate = this.gate;
    for (;;) {
      this.limit = this.next + gate.ahead(this.next) + this.capacity; // acquires: released
      if (this.limit - this.next >= this.needed) return READY;
      const evicted = evict(gate, this.next + this.needed - this.capacity, this.next, undefined);
      if (evicted >= 0) this.evicted += evicted;
      else if (!gate.renew()) break;
    }
    this.sleepIndex = gate.lowestIndex;
    this.sleepValue = gate.lowestValue;
    return Atomics.load(this.words, shared.cursor) & CLOSED ? endedOutcome(this.words) : BLOCKED;
  }

  /** READY once every consumer has passed `goal`, which was claimed before. */
  lookPast(goal: number): Outcome {
    this.needed = goal + this.capacity - this.next;
    return this.look();
  }

  /** READY when the next `count` slots are free; nothing is held. Looks at the gate only when the last look does not say so. */
  claim(count: number): Outcome {
    if (this.next + count <= this.limit) return READY;
    this.needed = count;
    return this.look();
  }

  /** What was looked at has been used up. */
  claimNext(): boolean {
    return false;
  }

  /** Gives up what was claimed: nothing is held, so there is nothing to do. */
  abandon(): void {}

  /** Takes back what was intended: nothing is. */
  withdraw(): void {}

  /**
   * Publishes the next `count` events, whose slots were filled before, and wakes who sleeps on the cursor. False, with nothing
   * published, when the ring has ended or the cursor is not where this producer left it.
   */
  publish(count: number): boolean {
    const next = this.next + count;
    const word = wordOf(next);
    if (!advance(this.atoms, shared.cursor, this.word, word)) return false; // releases: published
    this.word = word;
    this.next = next;
    if (next >= this.epochEnd) this.#crossEpochs();
    return true;
  }

  /** Moves the epoch on; also when a producer before this one died between its publish and its epoch. */
  #crossEpochs(): void {
    while (this.next >= this.epochEnd) {
      const epoch = this.epochEnd / EPOCH_POSITIONS;
      Atomics.compareExchange(this.words, shared.epoch, epoch - 1, epoch);
      this.epochEnd += EPOCH_POSITIONS;
    }
  }
}
