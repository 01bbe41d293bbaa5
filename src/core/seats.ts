/**
 * Taking and leaving a seat. State, owner and generation share one word, so that one compare-and-exchange takes a seat
 * and nobody who held it before can be mistaken for its holder.
 *
 *      31      26 25                    4 3      0
 *     ┌──────────┬───────────────────────┬────────┐
 *     │ generat. │ owner                 │ state  │
 *     └──────────┴───────────────────────┴────────┘
 *
 * The owner tells a thread from all others, so a generation need only tell apart the times that one thread had the seat.
 */

/** Nobody sits here. A consumer's position is kept all the same, and producers go by it. */
export const VACANT = 0;
export const TAKEN = 1;

const STATE_MASK = 0xf;
const OWNER_BITS = 22;
const OWNER_MASK = 2 ** OWNER_BITS - 1;
const GENERATION_SHIFT = 4 + OWNER_BITS;
/** Set in the number of an owner that the ring numbered itself. Without it, it is what the platform calls the thread. */
const NUMBERED_HERE = 2 ** (OWNER_BITS - 1);

/**
 * How seats call a thread: by the platform's number for it, or, where there is none, by `ownNumber`, which the ring counts. A main thread
 * is 0, and no other thread is, ever; other numbers come round after two million threads.
 */
export function ownerOf(threadId: number | undefined, ownNumber: number): number {
  if (threadId === 0) return 0;
  const number = 1 + ((((threadId ?? ownNumber) - 1) >>> 0) % (NUMBERED_HERE - 1));
  return threadId === undefined ? number | NUMBERED_HERE : number;
}

/** VACANT or TAKEN. */
export function seatState(word: number): number {
  return word & STATE_MASK;
}

/** The number of the thread that has the seat, or had it last. */
export function seatOwner(word: number): number {
  return (word >>> 4) & OWNER_MASK;
}

/** Takes the seat whose state word is at `index` for thread `owner`: the word that `leaveSeat` needs, or undefined when it is taken. */
export function takeSeat(words: Int32Array, index: number, owner: number): number | undefined {
  let seen = Atomics.load(words, index);
  while (seatState(seen) === VACANT) {
    const generation = (seen >>> GENERATION_SHIFT) + 1;
    const mine = (generation << GENERATION_SHIFT) | ((owner & OWNER_MASK) << 4) | TAKEN;
    const before = Atomics.compareExchange(words, index, seen, mine); // acquires: seat left
    if (before === seen) return mine;
    seen = before;
  }
  return undefined;
}

/** Leaves a seat that `takeSeat` gave; false, and nothing happens, when it is somebody else's by now. */
export function leaveSeat(words: Int32Array, index: number, mine: number): boolean {
  return Atomics.compareExchange(words, index, mine, mine & ~STATE_MASK) === mine; // releases: seat left
}
