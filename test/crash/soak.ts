/** Trial after trial, some at a time, with threads of them being killed, until it is enough. */
import { Crew } from './crew.js';
import { Dice } from './dice.js';
import { Memory, SAMPLE_MS } from './memory.js';
import { planTrial } from './plan.js';
import { Tally } from './tally.js';
import type { Topology } from './topologies.js';
import { Trial } from './trial.js';

export interface SoakOptions {
  readonly seed: number;
  /** Ends after so many kills, or so much time. */
  readonly kills: number;
  readonly limitMs: number;
  readonly only?: Topology | undefined;
  /** The trials to make again, in place of all from 0 on. */
  readonly trial?: number | undefined;
  /** Without: everything but the kills. */
  readonly killing: boolean;
  readonly stopsAtFault?: boolean;
  /** How long nothing may happen in a trial: half a minute unless given. */
  readonly stuckMs?: number;
}

/** How long nothing may happen in a trial that is not through: far longer than a busy machine holds up a thread. */
const STUCK_MS = 30_000;
/** Trials at a time. While one begins or ends, the other is in full swing. */
const LANES = 2;
/** Threads started ahead. */
const AHEAD = 4;
/** Most killed in one trial, so that it comes to its end. */
const MOST_KILLS = 80;
/** Waves: so many at once, now and then. */
const WAVE = 4;

export class Soak {
  readonly tally = new Tally();
  readonly memory = new Memory();
  readonly #options: SoakOptions;
  readonly #crew: Crew;
  readonly #dice: Dice;
  readonly #living = new Map<Trial, number>();
  readonly #startedMs = performance.now();
  #next = 0;
  #stopped = false;

  constructor(options: SoakOptions, worker: URL) {
    this.#options = options;
    this.#crew = new Crew(worker, AHEAD);
    this.#dice = new Dice(options.seed);
  }

  get ms(): number {
    return performance.now() - this.#startedMs;
  }

  /** Begins no more trials; those that are on come to their end. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when it was enough, or a fault was found. */
  async run(): Promise<void> {
    const looking = setInterval(() => this.memory.look(), SAMPLE_MS);
    const killer = this.#killAgainAndAgain();
    const lanes = this.#options.trial === undefined ? LANES : 1;
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    this.stop();
    await killer;
    clearInterval(looking);
    await this.#crew[Symbol.asyncDispose]();
  }

  get #enough(): boolean {
    const { kills, limitMs } = this.#options;
    if (this.#options.stopsAtFault && this.tally.faults.length > 0) return true;
    return this.#stopped || this.tally.kills >= kills || this.ms >= limitMs;
  }

  async #lane(): Promise<void> {
    let memory = new SharedArrayBuffer(0);
    const grow = (bytes: number): SharedArrayBuffer => {
      if (memory.byteLength < bytes) memory = new SharedArrayBuffer(bytes);
      return memory;
    };
    while (!this.#enough) {
      const { seed, trial: again, only, stuckMs = STUCK_MS } = this.#options;
      const trial = new Trial(planTrial(seed, again ?? this.#next++, only), this.#crew, grow, stuckMs);
      this.#living.set(trial, 0);
      const result = await trial.run();
      this.#living.delete(trial);
      this.tally.add(result);
    }
  }

  /** Kills as fast as there are threads to follow, at moments that nobody chose. */
  async #killAgainAndAgain(): Promise<void> {
    while (!(this.#stopped && this.#living.size === 0)) {
      await this.#moment();
      const lively = [...this.#living].filter(([trial, kills]) => trial.lively && kills < MOST_KILLS);
      if (lively.length === 0) continue;
      const [trial, kills] = this.#dice.pick(lively);
      if (this.#dice.chance(0.1)) trial.dismissOne();
      const wave = this.#dice.chance(0.1) ? WAVE : 1;
      if (!this.#options.killing || this.#crew.idle < wave) continue;
      for (let victim = 0; victim < wave && trial.killOne(); victim++)
        this.#living.set(trial, kills + victim + 1);
    }
  }

  #moment(): Promise<void> {
    return this.#dice.chance(0.2)
      ? new Promise((resolve) => setImmediate(resolve))
      : new Promise((resolve) => setTimeout(resolve, this.#dice.between(1, 6)));
  }
}
