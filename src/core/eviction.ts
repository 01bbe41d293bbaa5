/**
 * Dropping the oldest: a producer that finds the ring full moves a lossy consumer's claim word past what that one has not begun, by the
 * same compare-and-exchange by which the consumer takes. So each event is either taken or evicted, and what was taken is announced and
 * stays as it is.
 */
import type { Barrier } from './barrier.js';
import { notifyAll } from './doorbell.js';
import type { Runs } from './runs.js';
import { advance, CLOSED, FLAGS, PARKED, positionNear, wordOf } from './sequence.js';
import { runLength, SKIPPED, stampIndex } from './stamps.js';

/** Somebody holds the producer back who does not lose events, or has them in hand. */
export const HELD = -1;
/** The next event to evict is claimed by another producer who has not published it yet: `runs` says which stamp to sleep on. */
export const UNPUBLISHED = -2;

/**
 * Evicts events of the consumer that holds the producer back, up to position `needed`; of an observer an eighth of what there is, up to
 * `next`: it wants the newest, and should not be looked at for each event. Returns how many: 0 when it, or another producer, was faster; HELD,
 * UNPUBLISHED. Right after `gate.ahead`.
 */
export function evict(gate: Barrier, needed: number, next: number, runs: Runs | undefined): number {
  const { lowestIndex, lowestValue } = gate;
  if (!gate.lossy.includes(lowestIndex) || lowestValue & CLOSED) return HELD;
  const claimed = lowestValue & ~FLAGS;
  const from = positionNear(claimed, needed);
  const to = gate.observers.includes(lowestIndex) ? Math.max(needed, from + ((next - from) >> 3)) : needed;
  const end = runs === undefined ? to : passable(gate, from, to, runs);
  if (end === from) return UNPUBLISHED;
  return advance(gate.atoms, lowestIndex, claimed, wordOf(end)) ? end - from : 0;
}

/** How far from `from` towards `to` everything is published or given up; whoever goes on there finds a stamp. */
function passable(gate: Barrier, from: number, to: number, runs: Runs): number {
  const { words, lowestIndex, lowestValue } = gate;
  const { stamps } = runs;
  let end = from;
  let skipped = 0;
  while (end < to) {
    // Run by run, and no further: a look at all that is published would take as long as the ring is large.
    const length = runs.lengthAt(end);
    if (length === 0) return end;
    skipped = runs.value & SKIPPED;
    end += length;
  }
  if (end === to) return end;
  // In the middle of a run. The old stamp first, then whether it is still this lap's: a change after that makes the exchange fail.
  const index = stampIndex(stamps, to);
  const seen = Atomics.load(words, index);
  if ((Atomics.load(words, lowestIndex) & ~PARKED) !== (lowestValue & ~PARKED)) return to;
  if (runLength(seen, to, stamps.capacity) > 0) return to;
  const before = Atomics.compareExchange(words, index, seen, wordOf(end) | skipped);
  if (before === seen && seen & PARKED) notifyAll(words, index);
  return to;
}
