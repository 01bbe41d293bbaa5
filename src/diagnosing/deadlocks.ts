/**
 * Threads that wait for each other in a circle.
 *
 * A thread that is parked does nothing at all, for none of its seats. It is stuck when whoever could move the word that it sleeps on, on any of its rings
 * if it serves several, is stuck too. So: all parked threads, less those for whom somebody can do something, over and over. Each of the rest
 * waits for another of the rest, and following that leads into a circle.
 */
import { type SeatLook, threadOf } from './look.js';

/** A thread's wait, in one of its seats. */
export interface Waiting {
  readonly seat: SeatLook;
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
  const steps = new Map<string | undefined, Step>();
  for (const from of waits) {
    const thread = threadOf(from.seat);
    if (stuck.has(thread) && !steps.has(thread)) steps.set(thread, { from, to: from.movers[0] });
  }
  const circles: Step[][] = [];
  const passed = new Set<string | undefined>();
  for (const start of steps.keys()) {
    const path: (string | undefined)[] = [];
    let thread = start;
    while (!passed.has(thread)) {
      passed.add(thread);
      path.push(thread);
      thread = threadOf(steps.get(thread)!.to);
    }
    // A path that ran into one that was passed before ends in a circle that is known.
    const first = path.indexOf(thread);
    if (first >= 0) circles.push(path.slice(first).map((each) => steps.get(each)!));
  }
  return circles;
}

function stuckThreads(waits: readonly Waiting[]): Set<string | undefined> {
  const stuck = new Set(waits.map(({ seat }) => threadOf(seat)));
  const mayEnd = ({ movers, orOthers }: Waiting): boolean =>
    orOthers || movers.some((mover) => !stuck.has(threadOf(mover)));
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const wait of waits) if (mayEnd(wait)) stuck.delete(threadOf(wait.seat));
  }
  return stuck;
}
