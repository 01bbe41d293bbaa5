/**
 * One of several producers. The capacity comes first, then the claim: a compare-and-exchange of the cursor, which is the claimed
 * position; so a producer that waits holds nothing. Then the slots are filled, and one stamp publishes the claim (stamps.ts).
 *
 * Before its claim it writes down what it intends, so that a claim whose producer died can be found. Who lost a claim takes its
 * intent back before it does anything else but claim again.
 */
import { type Atoms, atomsOf } from './atoms.js';
import type { Barrier } from './barrier.js';
import { INTENDED, OUTDATED, outdateIntents, settleClaims } from './claims.js';
import { endedOutcome } from './closing.js';
import { Crowd } from './crowd.js';
import { evict, UNPUBLISHED } from './eviction.js';
import { seat, shared } from './layout.js';
import { Runs } from './runs.js';
import { CLOSED, EPOCH_POSITIONS, epochStart, positionInEpoch, wordOf } from './sequence.js';
import { renews, renewStamp, SKIPPED, type Stamps, stampRun, wasStamped } from './stamps.js';
import { type Awaited, BLOCKED, type Outcome, READY } from './waiting.js';

export class MultiProducer implements Awaited {
  readonly words: Int32Array;
  private readonly atoms: Atoms;
  readonly capacity: number;
  private readonly gate: Barrier;
  private readonly stamps: Stamps;
  private readonly runs: Runs;
  private readonly intentIndex: number;
  private readonly lengthIndex: number;
  /** The claims that it lost lately. */
  readonly crowd = new Crowd();
  /** The first sequence of the claim in hand; without one, of the next claim as far as known. */
  next = 0;
  /** Positions below it have a free slot: the gate when last looked at, plus the capacity. */
  limit = 0;
  /** How many free slots the current wait is for. */
  needed = 1;
  /** Events of lossy consumers that were dropped for newer ones. */
  evicted = 0;
  sleepIndex = 0;
  sleepValue = 0;
  /** For a close, beside those who come after a consumer and wait for it on. */
  readonly looksAgain = true;
  /** The cursor as last seen, and its position. */
  private word = 0;
  private end = 0;
  private epoch = -1;
  private epochEnd = 0;
  private intendedLength = 0;
  /** The deaths after which it found no claim of a dead producer left. */
  private deaths = -1;
  /** Nobody else claimed between this producer's last two claims: the next one goes without a look. */
  private alone = false;

  /** `gate` is every consumer; `seatWord` the first word of this producer's seat. */
  constructor(words: Int32Array, seatWord: number, gate: Barrier, stamps: Stamps) {
    this.words = words;
    this.atoms = atomsOf(words);
    this.capacity = stamps.capacity;
    this.gate = gate;
    this.stamps = stamps;
    this.runs = new Runs(words, stamps);
    this.intentIndex = seatWord + seat.position;
    this.lengthIndex = seatWord + seat.intent;
    this.intendedLength = Atomics.load(words, this.lengthIndex);
    // What the one before, who died, intended.
    this.withdraw();
    this.see(Atomics.load(words, shared.cursor));
    this.limit = this.end;
    this.next = this.end;
  }

  /** READY once `needed` slots are free; others may have taken them when it comes to claim. */
  look(): Outcome {
    this.see(this.atoms.load(shared.cursor));
    if (this.word & CLOSED) return endedOutcome(this.words);
    return this.hasRoom(this.needed) ? READY : BLOCKED;
  }

  /** READY once every consumer has passed `goal`, which was claimed before. */
  lookPast(goal: number): Outcome {
    this.see(this.atoms.load(shared.cursor));
    if (this.word & CLOSED) return endedOutcome(this.words);
    return this.hasRoom(goal + this.capacity - this.end) ? READY : BLOCKED;
  }

  /**
   * Claims the next `count` slots, from `next` on: READY. BLOCKED when they are not free, ENDED or ABORTED when the ring is closed:
   * then nothing is held. `lost`: a claim was tried and lost before.
   */
  claim(count: number, lost = false): Outcome {
    if (!this.alone) this.see(this.atoms.load(shared.cursor));
    for (let intended = lost; ; intended = true) {
      const outcome = this.mayClaim(count);
      if (outcome !== READY) {
        if (intended) this.withdraw();
        return outcome;
      }
      if (this.tryClaim(count, intended)) return READY;
    }
  }

  /** Claims the next slot, as `claim`, where nothing stands in the way; else false, and nothing is held. */
  claimNext(): boolean {
    if (!this.alone || this.end >= this.limit || this.word & CLOSED) return false;
    return this.tryClaim(1, false) || this.claim(1, true) === READY;
  }

  /** Whether the last look says that so many slots are free. */
  mayClaimNow(count: number): boolean {
    return this.end + count <= this.limit && !(this.word & CLOSED);
  }

  /** Publishes the claim of `count` events. False when somebody else did: nothing of it counts then. */
  publish(count: number): boolean {
    return this.stamp(count, 0);
  }

  /** Gives up the claim of `count` events: its sequences are used up, and every consumer passes over them. */
  abandon(count: number): void {
    this.stamp(count, SKIPPED);
  }

  /** Takes back what was intended, once nothing is claimed. */
  withdraw(): void {
    this.alone = false;
    Atomics.store(this.words, this.intentIndex, 0);
    this.settle();
  }

  /**
   * After it intended what it did not win, and does so no longer: a producer that died may have won it, and only that intent was in the
   * way of telling.
   */
  private settle(): void {
    const deaths = this.atoms.load(shared.deaths);
    if (deaths === this.deaths) return;
    if (settleClaims(this.words, this.stamps)) this.deaths = deaths;
  }

  private stamp(count: number, flag: number): boolean {
    const { words, stamps, next } = this;
    const end = next + count;
    const word = wordOf(end) | flag;
    // No claim is longer than a lap: it is in one that renews with its first or its last position, or not at all.
    if (count > 1 && (renews(next, this.capacity) || renews(end - 1, this.capacity))) {
      if (wasStamped(words, stamps, next)) return false;
      for (let position = next + 1; position < end; position++)
        if (renews(position, this.capacity)) renewStamp(words, stamps, position);
    }
    return stampRun(this.atoms, stamps, next, word);
  }

  private mayClaim(count: number): Outcome {
    for (;;) {
      if (this.word & CLOSED) return endedOutcome(this.words);
      if (this.end + count <= this.limit || this.hasRoom(count)) return READY;
      const cursor = this.atoms.load(shared.cursor);
      if (cursor === this.word) return BLOCKED;
      this.see(cursor);
    }
  }

  private hasRoom(count: number): boolean {
    const { gate, end, runs } = this;
    for (;;) {
      this.limit = end + gate.ahead(end) + this.capacity; // acquires: released
      if (this.limit - end >= count) return true;
      const evicted = evict(gate, end + count - this.capacity, end, runs);
      if (evicted < 0 && gate.renew()) continue;
      if (evicted < 0) {
        this.sleepIndex = evicted === UNPUBLISHED ? runs.index : gate.lowestIndex;
        this.sleepValue = evicted === UNPUBLISHED ? runs.value : gate.lowestValue;
        return false;
      }
      this.evicted += evicted;
    }
  }

  /** Claims `count` slots from `end` on, which are free. False when others claimed meanwhile: the intent stands then. */
  private tryClaim(count: number, lost: boolean): boolean {
    const { atoms } = this;
    const first = this.end;
    const end = first + count;
    const word = wordOf(end);
    const outdated = this.intend(first, count);
    if (lost) this.settle();
    if (outdated) return this.lookAnew(atoms.load(shared.cursor));
    const before = atoms.compareExchange(shared.cursor, this.word, word);
    if (before !== this.word) return this.lookAnew(before);
    this.next = first;
    this.end = end;
    this.word = word;
    if (end >= this.epochEnd) this.crossEpochs();
    return true;
  }

  private lookAnew(cursor: number): false {
    this.see(cursor);
    this.alone = false;
    this.crowd.lose(this.end);
    return false;
  }

  /** The length first: whoever finds the position finds its length. True when the epoch has moved since the last intent. */
  private intend(first: number, count: number): boolean {
    if (count !== this.intendedLength) Atomics.store(this.words, this.lengthIndex, count);
    this.intendedLength = count;
    return (this.atoms.exchange(this.intentIndex, wordOf(first) | INTENDED) & OUTDATED) !== 0;
  }

  /**
   * Takes over the cursor that was read. Others may have moved it by any number while this producer was idle, once round the 30 bits
   * too: so by the epoch.
   */
  private see(word: number): void {
    const epoch = this.atoms.load(shared.epoch);
    if (word === this.word && epoch === this.epoch) {
      this.alone = true;
      return;
    }
    this.word = word;
    this.end = positionInEpoch(word, epoch);
    this.startEpoch(epoch);
  }

  private startEpoch(epoch: number): void {
    this.epoch = epoch;
    this.epochEnd = epochStart(epoch) + EPOCH_POSITIONS;
  }

  /** Moves the epoch on to the claimed position, and tells all producers; also over what one that died left undone. */
  private crossEpochs(): void {
    const wanted = Math.floor(this.end / EPOCH_POSITIONS);
    let epoch = Atomics.load(this.words, shared.epoch);
    // At once: one by one it would be two thousand million steps from the lowest word to here.
    while (epoch < wanted) {
      const before = Atomics.compareExchange(this.words, shared.epoch, epoch, wanted);
      epoch = before === epoch ? wanted : before;
    }
    outdateIntents(this.words, this.stamps);
    this.startEpoch(epoch);
  }
}
