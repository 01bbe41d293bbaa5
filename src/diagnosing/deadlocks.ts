/**
 * Threads that wait for each other in a circle.
 *
 * A thread that is parked does nothing at all, for none of its seats. It is stuck when whoever could move the word that it sleeps on, on any of its rings
 * if it serves several, is stuck too. So: all parked threads, less those for whom somebody can do something, over and over. Each of the rest
 * waits for another of the rest, and following that leads into a circle.
 */
import type { SeatLook } from './look.js';

/** A thread's wait, in one of its seats. */
export interface Waiting {
  readonly seat: SeatLook;
  readonly owner: number;
  /** Any of these ends it. */
  readonly movers: readonly SeatLook[];
  /** Whether somebody else may end it. */
  readonly orOthers: boolean;
}

/** From the seat of a thread to that of another, or of the same. */
export interface Step {
  readonly from: Waiting;
  readonly to: SeatLook;
}

/** The circles, each as its path: the thread that one step leads to is the one that takes the next. `waits`: of parked threads. */
export function circlesOf(waits: readonly Waiting[]): Step[][] {
  const stuck = stuckThreads(waits);
  const steps = new Map<number, Step>();
  for (const from of waits) {
    if (!stuck.has(from.owner) || steps.has(from.owner)) continue;
    steps.set(from.owner, { from, to: from.movers[0] });
  }
  const circles: Step[][] = [];
  const passed = new Set<number>();
  for (const start of steps.keys()) {
    const path: number[] = [];
    let thread = start;
    while (!passed.has(thread)) {
      passed.add(thread);
      path.push(thread);
      thread = steps.get(thread)!.to.owner!;
    }
    // A path that ran into one that was passed before ends in a circle that is known.
    const first = path.indexOf(thread);
    if (first >= 0) circles.push(path.slice(first).map((each) => steps.get(each)!));
  }
  return circles;
}

function stuckThreads(waits: readonly Waiting[]): Set<number> {
  const stuck = new Set(waits.map(({ owner }) => owner));
  const mayEnd = ({ movers, orOthers }: Waiting): boolean =>
    orOthers || movers.some(({ owner }) => owner === undefined || !stuck.has(owner));
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const wait of waits) if (mayEnd(wait)) stuck.delete(wait.owner);
  }
  return stuck;
}
