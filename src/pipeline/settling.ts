/**
 * When a cycle is done: its stages wait for each other's end, so somebody else has to find that nothing goes round in it any more.
 *
 * A consumer moves on only after its handler has returned, and so after what that published: as long as an event is in hand, or
 * under way, some consumer is behind. Rings are looked at one after another, and an event may slip from one that is still to be looked at into one that
 * was looked at already. Hence two looks: positions and cursors never go back, so what is the same in both stood so at one moment in between.
 */
import type { RingSnapshot } from '../snapshot.js';

/** A ring that stages of the cycle read. */
export interface LoopRing {
  readonly ring: { snapshot(): RingSnapshot };
  /** Its readers in the cycle. */
  readonly readers: readonly string[];
  /** Whether it comes from outside: then it must have ended. */
  readonly outside: boolean;
}

/** Whether nothing is in the cycle, and nothing can come. Reads only. */
export function hasSettled(rings: readonly LoopRing[]): boolean {
  const before = look(rings);
  if (before === undefined) return false;
  const after = look(rings);
  return after !== undefined && after.every((position, i) => position === before[i]);
}

/** Where each ring is; undefined when somebody has something to do. */
function look(rings: readonly LoopRing[]): number[] | undefined {
  const positions: number[] = [];
  for (const { ring, readers, outside } of rings) {
    const { published, closed, consumers } = ring.snapshot();
    if (outside && !closed) return undefined;
    if (consumers.some(({ name, lag }) => lag > 0 && readers.includes(name))) return undefined;
    positions.push(published);
  }
  return positions;
}
