/** Cycles among stages: those that could deadlock are refused, the others need help to end. */
import { CycleError } from './errors.js';

/** An arc, as far as cycles go. */
export interface Arc {
  readonly from: string;
  readonly to: string;
  /** Whether a full ring makes `from` wait for `to`. */
  readonly blocks: boolean;
}

/** @throws CycleError for a cycle of arcs that block. */
export function refuseDeadlocks(names: readonly string[], arcs: readonly Arc[]): void {
  const path = cycleAmong(
    names,
    arcs.filter(({ blocks }) => blocks),
  );
  if (path !== undefined) throw new CycleError(path);
}

function cycleAmong(names: readonly string[], arcs: readonly Arc[]): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    if (done.has(name)) return undefined;
    for (const { to } of arcs.filter(({ from }) => from === name)) {
      const cycle = visit(to, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of names) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** The stages of each cycle: those that can reach each other, and themselves. */
export function loopsAmong(names: readonly string[], arcs: readonly Arc[]): readonly (readonly string[])[] {
  const reach = new Map(names.map((name) => [name, reachableFrom(name, arcs)]));
  const onCycle = names.filter((name) => reach.get(name)!.has(name));
  const loops: string[][] = [];
  for (const name of onCycle) {
    const loop = loops.find(([other]) => reach.get(name)!.has(other) && reach.get(other)!.has(name));
    if (loop === undefined) loops.push([name]);
    else loop.push(name);
  }
  return loops;
}

function reachableFrom(start: string, arcs: readonly Arc[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    for (const { from, to } of arcs) {
      if (from !== name || reached.has(to)) continue;
      reached.add(to);
      visit(to);
    }
  };
  visit(start);
  return reached;
}
