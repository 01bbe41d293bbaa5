/**
 * The ring's protocol for one producer and one consumer, by hand, with one decision at a time made otherwise. Each function returns the one that
 * a hot loop calls: a thread of the lab makes one of each, so the engine sees no alternatives there.
 *
 *      cursor    events published << 2, and whether somebody sleeps, by the decision `wakes`
 *      position  events done with << 2
 */
export interface LabProtocol {
  buffer: SharedArrayBuffer;
  /** Slots, a power of two. */
  capacity: number;
  /** Indexes of words: of the cursor, of the consumer's position, and of the flag for `flag-after-store`. */
  cursor: number;
  position: number;
  flag: number;
  /** How a publisher learns that somebody sleeps; `never`: nobody may. */
  wakes: 'waiter-bit' | 'flag-after-store' | 'notify-always' | 'never';
  /** What a consumer does between two looks: nothing, the adaptive gap, or so many turns of an empty loop after each find. */
  gap: 'none' | 'adaptive' | number;
  /** Whether a producer looks at the consumer's position when the one it knows says full, or for every claim. */
  gating: 'cached' | 'every-claim';
}

/** Words before the columns. */
export const CONTROL_WORDS = 256;

const PARKED = 1;
/** Empty looks before a consumer parks. */
const LOOKS = 2_000;
/** As in src/core/pace.ts. */
const PLENTY = 1_000;
const LONGEST_GAP = 65_536;

const ahead = (word: number, position: number): number => (((word >> 2) - position) << 2) >> 2;

export function wordsOf({ buffer }: LabProtocol): Int32Array {
  return new Int32Array(buffer, 0, CONTROL_WORDS);
}

/** Waits until the ring has room for all positions below `end`. */
export function roomIn(protocol: LabProtocol): (end: number) => void {
  const words = wordsOf(protocol);
  const { position, capacity, gating } = protocol;
  let limit = capacity;
  if (gating === 'cached')
    return (end) => {
      while (end > limit) limit = end + ahead(Atomics.load(words, position), end) + capacity;
    };
  return (end) => {
    do limit = end + ahead(Atomics.load(words, position), end) + capacity;
    while (end > limit);
  };
}

/** Publishes everything below `to`, and wakes the consumer if it sleeps. */
export function publisherOf(protocol: LabProtocol): (to: number) => void {
  const words = wordsOf(protocol);
  const { cursor, flag, wakes } = protocol;
  if (wakes === 'waiter-bit') {
    let word = 0;
    return (to) => {
      const moved = to << 2;
      if (Atomics.compareExchange(words, cursor, word, moved) !== word) {
        Atomics.store(words, cursor, moved);
        Atomics.notify(words, cursor);
      }
      word = moved;
    };
  }
  if (wakes === 'flag-after-store')
    return (to) => {
      Atomics.store(words, cursor, to << 2);
      if (Atomics.load(words, flag) !== 0) Atomics.notify(words, cursor);
    };
  if (wakes === 'notify-always')
    return (to) => {
      Atomics.store(words, cursor, to << 2);
      Atomics.notify(words, cursor);
    };
  return (to) => void Atomics.store(words, cursor, to << 2);
}

/** Waits until there is an event at `next`; returns how many there are from it on. */
export function lookerAt(protocol: LabProtocol): (next: number) => number {
  const words = wordsOf(protocol);
  const { cursor, gap: rest, wakes } = protocol;
  const park = parkerOn(protocol);
  let gap = 0;
  let turns = 0;
  return (next) => {
    for (let turn = 0; turn < turns; turn++);
    for (let looks = 1; ; looks++) {
      const word = Atomics.load(words, cursor);
      const found = ahead(word, next);
      if (found > 0) {
        if (rest === 'adaptive') {
          if (found < PLENTY) {
            turns = gap;
            gap = found * 1_024 >= gap ? Math.min(Math.max(2 * gap, 16), LONGEST_GAP) : gap >> 1;
          } else turns = 0;
        } else turns = rest === 'none' ? 0 : rest;
        return found;
      }
      gap = 0;
      if (looks % LOOKS === 0 && wakes !== 'never') park(word);
    }
  };
}

/** Sleeps until the cursor is another than `word`. */
function parkerOn(protocol: LabProtocol): (word: number) => void {
  const words = wordsOf(protocol);
  const { cursor, flag, wakes } = protocol;
  if (wakes === 'waiter-bit')
    return (word) => {
      const parked = word | PARKED;
      if (word === parked || Atomics.compareExchange(words, cursor, word, parked) === word)
        Atomics.wait(words, cursor, parked);
    };
  return (word) => {
    // Flag, then value: a publisher stores its value, then looks at the flag. (Who notifies always needs no flag.)
    Atomics.store(words, flag, 1);
    Atomics.wait(words, cursor, word);
    Atomics.store(words, flag, 0);
  };
}

/** Releases everything below `to`. */
export function releaserOf(protocol: LabProtocol): (to: number) => void {
  const words = wordsOf(protocol);
  const { position } = protocol;
  let word = 0;
  return (to) => {
    const moved = to << 2;
    if (Atomics.compareExchange(words, position, word, moved) !== word) throw new Error('the position moved');
    word = moved;
  };
}
