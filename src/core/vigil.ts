/**
 * Waiting for many rings at once: the same step as for one word, taken at all of them, and a sleep on their doorbell.
 *
 *     read the doorbell ─▶ look at all ─▶ set P at all ─▶ look again at all ─▶ sleep while the doorbell keeps what was read
 *
 * A fact that is stored before the second look is seen by it. One that is stored after finds P, and whoever clears that rings the doorbell
 * after, so that it no longer is what was read. Hence the doorbell is read before the second look.
 */
import { BELL } from './doorbell.js';
import { PARKED, unpark } from './sequence.js';
import { type Awaited, BLOCKED, type Limits, type Outcome, READY, SLEEP } from './waiting.js';

/** One of the rings, and where its parked bit was set. */
class Watched {
  readonly awaited: Awaited;
  private index = 0;
  private parked = 0;

  constructor(awaited: Awaited) {
    this.awaited = awaited;
  }

  /** Sets the bit on the word that the look named, or finds it set; false when that word has changed. */
  park(): boolean {
    const { words, sleepIndex, sleepValue } = this.awaited;
    this.index = sleepIndex;
    this.parked = sleepValue | PARKED;
    if (sleepValue === this.parked) return true;
    const before = Atomics.compareExchange(words, sleepIndex, sleepValue, this.parked);
    // Another consumer of this thread may wait for the same word.
    return before === sleepValue || before === this.parked;
  }

  /** Whether the second look says what the first one said. */
  stillBlocked(): boolean {
    const { awaited } = this;
    return (
      awaited.look() === BLOCKED && awaited.sleepIndex === this.index && awaited.sleepValue === this.parked
    );
  }

  unpark(): void {
    unpark(this.awaited.words, this.index, this.parked);
  }
}

/** Whatever several consumers wait for, whose rings share a doorbell. READY once any of their waits is over. */
export class Vigil implements Awaited {
  /** The doorbell's. */
  readonly words: Int32Array;
  readonly sleepIndex = BELL;
  sleepValue = 0;
  private watched: readonly Watched[];

  constructor(bell: Int32Array, awaited: readonly Awaited[]) {
    this.words = bell;
    this.watched = awaited.map((each) => new Watched(each));
  }

  look(): Outcome {
    for (const { awaited } of this.watched) if (awaited.look() !== BLOCKED) return READY;
    return BLOCKED;
  }

  /** Waits for this one no longer. */
  drop(gone: Awaited): void {
    this.watched = this.watched.filter(({ awaited }) => awaited !== gone);
  }

  /**
   * As `step` in waiting.ts. After SLEEP the server sleeps at once; only then may bits stay behind: each was looked past after it was set,
   * so it costs its ring one needless ring of the bell. To take them back would wake the others who serve these rings, each time.
   */
  step(limits: Limits): Outcome {
    const { watched } = this;
    for (;;) {
      const heard = Atomics.load(this.words, BELL);
      if (this.look() !== BLOCKED) return READY;
      // Before any bit is set, so that whoever leaves owes nobody anything.
      const due = limits.due();
      if (due !== READY) return due;

      let parked = 0;
      while (parked < watched.length && watched[parked].park()) parked++;
      const asleep = parked === watched.length && watched.every((each) => each.stillBlocked());
      const interrupted = limits.interrupted();
      if (asleep && interrupted === READY) {
        this.sleepValue = heard;
        return SLEEP;
      }
      // Not sleeping after all: no bit may stay behind for another, who was released already and would sleep on it.
      for (const each of watched.slice(0, parked)) each.unpark();
      if (interrupted !== READY) return interrupted;
    }
  }
}

/** The step of a vigil, for the drivers. */
export function stepAll(vigil: Vigil, limits: Limits): Outcome {
  return vigil.step(limits);
}
