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
/** Its holder is dead. The owner is who recovers it; of a producer's seat, anybody may finish. */
export const DEAD = 2;

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

/** VACANT, TAKEN or DEAD. */
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
    const mine = heldBy(owner, seen, TAKEN);
    const before = Atomics.compareExchange(words, index, seen, mine); // acquires: seat left
    if (before === seen) return mine;
    seen = before;
  }
  return undefined;
}

/** As `takeSeat`, but only if nobody has had the seat since its state word was `seen`. */
export function takeSeatAsSeen(
  words: Int32Array,
  index: number,
  owner: number,
  seen: number,
): number | undefined {
  if (seatState(seen) !== VACANT) return undefined;
  const mine = heldBy(owner, seen, TAKEN);
  return Atomics.compareExchange(words, index, seen, mine) === seen ? mine : undefined; // acquires: seat left
}

/** Leaves a seat that `takeSeat` gave; false, and nothing happens, when it is somebody else's by now. */
export function leaveSeat(words: Int32Array, index: number, mine: number): boolean {
  return Atomics.compareExchange(words, index, mine, mine & ~STATE_MASK) === mine; // releases: seat left
}

/**
 * Takes a seat from a holder, or from one who recovered it, who is dead, for thread `owner` to recover: the word that `leaveSeat` needs. `seen`:
 * its state word while the dead had it. Undefined when it is somebody else's by now: then there is nothing to recover.
 */
export function takeFromDead(
  words: Int32Array,
  index: number,
  seen: number,
  owner: number,
): number | undefined {
  if (seatState(seen) === VACANT) return undefined;
  const mine = heldBy(owner, seen, DEAD);
  return Atomics.compareExchange(words, index, seen, mine) === seen ? mine : undefined; // acquires: dead
}

/** The word of whoever has the seat after the one whose word was `before`. */
function heldBy(owner: number, before: number, state: number): number {
  const generation = (before >>> GENERATION_SHIFT) + 1;
  return (generation << GENERATION_SHIFT) | ((owner & OWNER_MASK) << 4) | state;
}
