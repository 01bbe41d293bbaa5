/** Who waits for whom: from the word that somebody sleeps on to the seats that can move it. */
import type { ConsumerLook, RingLook, SeatLook } from './look.js';
import { seat, shared } from '../core/layout.js';
import { INTENDED } from '../core/claims.js';
import { distance } from '../core/sequence.js';
import type { Sleep } from '../core/sleep-note.js';
import { runLength } from '../core/stamps.js';

/** What a word is, and who can move it. */
export interface Moved {
  /** In the words of the memory map. */
  readonly word: string;
  /** Any of these moves it. */
  readonly by: readonly SeatLook[];
  /** Also somebody who has no seat yet: one of the seats is free, or nobody needs one. */
  readonly orOthers: boolean;
}

/** Who can move the word that this sleep is on. */
export function moversOf(ring: RingLook, { index, value }: Sleep): Moved {
  if (index === shared.cursor) return moved('the cursor', ring.producers);
  if (index === shared.ending) return moved('the ending', []);
  const { stamps } = ring;
  if (stamps !== undefined && index >= stamps.first && index < stamps.first + stamps.capacity) {
    const slot = index - stamps.first;
    const claimants = claimantsOf(ring, slot, value);
    return moved(`the stamp of slot ${slot}`, claimants.length > 0 ? claimants : ring.producers);
  }
  for (const consumer of ring.consumers) {
    const found = moversWithin(ring, consumer, index);
    if (found !== undefined) return found;
  }
  return moved('the place of a consumer that has left', []);
}

function moversWithin(ring: RingLook, consumer: ConsumerLook, index: number): Moved | undefined {
  const { name, seats, lossy } = consumer;
  if (index === consumer.index) {
    if (seats[0].role === 'consumer') return moved(`the position of ${name}`, seats);
    return moved(`the claim word of ${name}`, lossy ? [...seats, ...ring.producers] : seats);
  }
  const worker = seats.find(({ at }) => at + seat.position === index);
  // What a worker left in hand, the others of its group take over.
  return worker && moved(`the announcement of ${worker.name}`, worker.vacant ? seats : [worker]);
}

/** The producers that have claimed this slot and not published it: those who wrote down that they would. */
function claimantsOf({ words, capacity, producers }: RingLook, slot: number, stamp: number): SeatLook[] {
  const cursor = Atomics.load(words, shared.cursor) >> 2;
  return producers.filter(({ at }) => {
    const intent = Atomics.load(words, at + seat.position);
    const position = intent >> 2;
    const claimed = distance(cursor, position);
    if (!(intent & INTENDED) || claimed <= 0 || claimed > capacity) return false;
    return (position & (capacity - 1)) === slot && runLength(stamp, position, capacity) === 0;
  });
}

function moved(word: string, by: readonly SeatLook[]): Moved {
  // Somebody may come to sit in a seat that is free, or take over one whose holder is dead.
  return { word, by, orOthers: by.length === 0 || by.some(({ vacant, dead }) => vacant || dead) };
}
