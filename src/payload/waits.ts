/** What a producer of payloads waits for, as its own facts: others may wait on the same seat meanwhile, on its event loop. */
import type { MultiProducer } from '../core/multi-producer.js';
import type { SingleProducer } from '../core/single-producer.js';
import type { Awaited, Outcome } from '../core/waiting.js';

type Core = SingleProducer | MultiProducer;

abstract class OfCore implements Awaited {
  readonly words: Int32Array;
  protected readonly core: Core;

  constructor(core: Core) {
    this.words = core.words;
    this.core = core;
  }

  get sleepIndex(): number {
    return this.core.sleepIndex;
  }

  get sleepValue(): number {
    return this.core.sleepValue;
  }

  abstract look(): Outcome;
}

/** Bytes: READY once every consumer has passed the event that holds them. They sleep where those sleep who wait for slots. */
export class PastGoal extends OfCore {
  goal = 0;

  look(): Outcome {
    return this.core.lookPast(this.goal);
  }
}

/** Slots: READY once so many are free. */
export class FreeSlots extends OfCore {
  needed = 1;

  look(): Outcome {
    this.core.needed = this.needed;
    return this.core.look();
  }
}
