/** Where a thread of the kill harness works: its rings, their books, its desk, and its chances. */
import { openRing, type Ring, SlipringError } from 'slipring';
import { Books } from '../test/crash/books.js';
import { Dice } from '../test/crash/dice.js';
import { Marked, type MarkedFields } from '../test/crash/marks.js';
import { desk, type Orders, type Scene } from '../test/crash/roles.js';

/** How often a seat is asked for: about ten seconds long. */
const REQUESTS = 1_000;

/** A ring with its books. */
export interface Bench {
  readonly scene: Scene;
  readonly ring: Ring<MarkedFields>;
  readonly books: Books;
}

export class Place {
  readonly dice: Dice;
  readonly #orders: Orders;
  readonly #desk: Int32Array;
  readonly #at: number;
  readonly #nap = new Int32Array(new SharedArrayBuffer(4));
  #done = 0;

  constructor(orders: Orders) {
    this.#orders = orders;
    this.dice = new Dice(orders.seed);
    this.#desk = new Int32Array(orders.desk.words);
    this.#at = orders.desk.at;
    this.#done = Atomics.load(this.#desk, this.#at + desk.progress);
  }

  bench(number: number): Bench {
    const scene = this.#orders.scenes[number];
    return {
      scene,
      ring: openRing(scene.ring, Marked, { checks: this.dice.chance(0.5) }),
      books: new Books(scene.books, scene.booksOffset, scene.shape),
    };
  }

  benches(): Bench[] {
    return this.#orders.scenes.map((_, number) => this.bench(number));
  }

  /** Parks until there are more dead than these, or it shall leave. */
  untilDeath(known: number): { readonly deaths: number; readonly dead: number } {
    const words = this.#desk;
    while (Atomics.load(words, this.#at + desk.deaths) === known && !this.shallLeave)
      Atomics.wait(words, this.#at + desk.deaths, known);
    return {
      deaths: Atomics.load(words, this.#at + desk.deaths),
      dead: Atomics.load(words, this.#at + desk.dead),
    };
  }

  /**
   * Takes a seat; again and again while it is taken: somebody else may be recovering it still, beside the supervisor, and a living worker has
   * that of a dead one while it does the dead one's work.
   */
  seat<T>(open: () => T): T {
    for (let request = 1; ; request++) {
      try {
        return open();
      } catch (error) {
        if (codeOf(error) !== 'ERR_SEAT_TAKEN' || request === REQUESTS) throw error;
        this.pause(20);
      }
    }
  }

  /** Says that it goes on. */
  progress(): void {
    Atomics.store(this.#desk, this.#at + desk.progress, ++this.#done);
  }

  get shallLeave(): boolean {
    return Atomics.load(this.#desk, this.#at + desk.leave) !== 0;
  }

  /** Sleeps, between 0 and so many milliseconds. */
  pause(mostMs: number): void {
    if (mostMs > 0) Atomics.wait(this.#nap, 0, 0, this.dice.fraction() * mostMs);
  }

  /** Keeps the processor for a moment. */
  dawdle(): void {
    for (let left = this.dice.between(1, 2_000); left > 0; left--) Atomics.load(this.#nap, 0);
  }
}

/** The code of an error that the library gives for a reason that a role knows; undefined for one that it does not. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof SlipringError ? error.code : undefined;
}

export const ENDED: ReadonlySet<string | undefined> = new Set(['ERR_RING_CLOSED', 'ERR_RING_ABORTED']);
