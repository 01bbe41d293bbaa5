/** Whose turn it is among consumers that are served together. */
import { ArgumentError } from './errors.js';
import { doorbellIdOf } from './handle.js';
import type { WaitLimits } from './limits.js';
import type { Served } from './served.js';
import { bellOf } from './core/doorbell.js';
import type { SleepNote } from './core/sleep-note.js';
import { Vigil } from './core/vigil.js';
import { BLOCKED, ENDED, type Outcome, READY } from './core/waiting.js';

/** When each ring's consumer had its last turn, in turns of this thread: whoever waited longest comes first in the next call. */
const lastTurns = new WeakMap<object, number>();
let turns = 0;

export class Rota implements SleepNote {
  /** What all of them wait for. */
  readonly vigil: Vigil;
  readonly #all: readonly Served[];
  readonly #limits: WaitLimits;
  /** Those whose rings go on. */
  #serving: Served[];
  /** Place of the one that has its turn. */
  #at = -1;
  /** Turns in a row that found nothing. */
  #blocked = 0;

  /** @throws ArgumentError `ERR_DOORBELL`. */
  constructor(all: readonly Served[], limits: WaitLimits) {
    this.#all = all;
    this.#limits = limits;
    this.#serving = [...all].sort((a, b) => lastTurnOf(a) - lastTurnOf(b));
    this.vigil = new Vigil(commonBell(all), all);
  }

  /** Events handled in all. */
  get handled(): number {
    return this.#all.reduce((sum, { handled }) => sum + handled, 0);
  }

  /** True once after every one had a turn and found nothing: time to wait. */
  mayWait(): boolean {
    if (this.#serving.length === 0 || this.#blocked < this.#serving.length) return false;
    this.#blocked = 0;
    return true;
  }

  /** The next whose turn it is; undefined when none is left. */
  next(): Served | undefined {
    if (++this.#at >= this.#serving.length) this.#at = 0;
    const served = this.#serving[this.#at];
    if (served !== undefined) lastTurns.set(served.seat, ++turns);
    return served;
  }

  /** How that turn ended. */
  note(outcome: Outcome): void {
    this.#blocked = outcome === BLOCKED ? this.#blocked + 1 : 0;
    if (outcome !== ENDED) return;
    const [gone] = this.#serving.splice(this.#at, 1);
    this.#at--;
    this.vigil.drop(gone);
    gone.giveBack();
  }

  /** Throws unless this says to go on. */
  check(outcome: Outcome): void {
    if (outcome !== READY) this.#all[0].fail(outcome, this.#limits);
  }

  /** While it sleeps on the doorbell, each of them waits for a word of its own ring: that is what is written down. */
  asleep(_bell: number, _heard: number, how: number): void {
    for (const { note, sleepIndex, sleepValue } of this.#serving) note?.asleep(sleepIndex, sleepValue, how);
  }

  awake(): void {
    for (const { note } of this.#serving) note?.awake();
  }

  /** Gives all of them back. */
  end(): void {
    for (const served of this.#serving) served.giveBack();
  }
}

function lastTurnOf({ seat }: Served): number {
  return lastTurns.get(seat) ?? 0;
}

/** The doorbell that all of their rings were made with. */
function commonBell(all: readonly Served[]): Int32Array {
  const bell = bellOf(all[0].words);
  const id = doorbellIdOf(all[0].words);
  if (bell === undefined || all.some(({ words }) => doorbellIdOf(words) !== id)) {
    throw new ArgumentError(
      'ERR_DOORBELL',
      'Rings that are served together are made with one doorbell: createRing(event, { …, doorbell: createDoorbell() }).',
    );
  }
  return bell;
}
