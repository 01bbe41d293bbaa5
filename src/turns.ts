/** Lets asynchronous calls on one seat take their turns, one at a time, in the order they came. */
import type { WaitLimits } from './limits.js';
import { platform } from './core/platform.js';
import { type Outcome, READY } from './core/waiting.js';

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * Runs `task` once all earlier ones are done, with READY; or as soon as its limits end its wait for them, with the outcome that
   * did. Runs it at once when nobody is before it.
   */
  take<T>(limits: WaitLimits, task: (outcome: Outcome) => Promise<T>): Promise<T> {
    const mine = this.#waiting === 0 ? task(READY) : this.#queue(limits, task);
    this.#waiting++;
    const done = (): void => void this.#waiting--;
    // Settled, not resolved: one that gave up while it waited must not let those behind it pass those before it.
    this.#last = Promise.allSettled([this.#last, mine]).then(done);
    return mine;
  }

  /** Resolves when nobody has or awaits a turn. */
  async idle(): Promise<void> {
    while (this.#waiting > 0) await this.#last;
  }

  async #queue<T>(limits: WaitLimits, task: (outcome: Outcome) => Promise<T>): Promise<T> {
    const before = this.#last.then((): Outcome => READY);
    const { promise, stop } = dueAt(limits);
    try {
      return await task(await Promise.race([before, promise]));
    } finally {
      stop();
    }
  }
}

/** Resolves to the outcome with which the limits end a wait, when they do. */
function dueAt(limits: WaitLimits): { promise: Promise<Outcome>; stop: () => void } {
  let stop = (): void => {};
  const promise = new Promise<Outcome>((resolve) => {
    const look = (): void => {
      const outcome = limits.due();
      if (outcome !== READY) resolve(outcome);
    };
    const stopTimer = platform.after(limits.remainingMs(), look);
    const forget = limits.onInterrupt(look);
    stop = () => {
      stopTimer();
      forget();
    };
    look();
  });
  return { promise, stop };
}
