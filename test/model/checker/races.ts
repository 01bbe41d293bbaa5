/**
 * Happens-before by vector clocks, and the data races it shows.
 *
 * The edges are those of the ECMAScript memory model: agent order, and an atomic read that reads from an atomic write of
 * an equal range. Nothing else orders two agents; an atomic access is not a fence. The clock table of a location keeps
 * the last access of each sort by each thread, and an access races when one of them is not ordered before it.
 */

import type { Location, WaiterList } from './memory.js';
import { ATOMIC_READ, ATOMIC_WRITE, PLAIN_READ, PLAIN_WRITE, RELEASE } from './memory.js';

export interface Race {
  readonly kind: 'race' | 'mixed-size race';
  readonly location: Location;
  /** The earlier access. */
  readonly other: { readonly thread: number; readonly access: string; readonly location: Location };
  readonly access: string;
}

const ACCESS = ['plain read', 'plain write', 'atomic read', 'atomic write'];

/** For each sort of access, the sorts on the same range that it conflicts with. */
const CONFLICTS = [
  [PLAIN_WRITE, ATOMIC_WRITE],
  [PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE],
  [PLAIN_WRITE],
  [PLAIN_READ, PLAIN_WRITE],
];

/** The same where ranges overlap without being equal: there two atomic accesses race as well. */
const OVERLAPPING_CONFLICTS = [
  [PLAIN_WRITE, ATOMIC_WRITE],
  [PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE],
  [PLAIN_WRITE, ATOMIC_WRITE],
  [PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE],
];

export function join(into: Int32Array, from: Int32Array, offset = 0): void {
  for (let thread = 0; thread < into.length; thread++) {
    const clock = from[offset + thread];
    if (clock > into[thread]) into[thread] = clock;
  }
}

function find(clock: Int32Array, thread: number, location: Location, access: number): Race | undefined {
  const threads = clock.length;
  const table = location.enter();
  for (const row of CONFLICTS[access]) {
    for (let other = 0, at = row * threads; other < threads; other++, at++) {
      if (table[at] > clock[other] && other !== thread) {
        return {
          kind: 'race',
          location,
          access: ACCESS[access],
          other: { thread: other, access: ACCESS[row], location },
        };
      }
    }
  }
  if (location.overlaps.length !== 0) return findOverlapping(clock, thread, location, access);
  return undefined;
}

function findOverlapping(
  clock: Int32Array,
  thread: number,
  location: Location,
  access: number,
): Race | undefined {
  const threads = clock.length;
  for (const overlap of location.overlaps) {
    const table = overlap.enter();
    for (const row of OVERLAPPING_CONFLICTS[access]) {
      for (let other = 0; other < threads; other++) {
        if (other === thread || table[row * threads + other] <= clock[other]) continue;
        const atomics = access >= ATOMIC_READ && row >= ATOMIC_READ;
        return {
          kind: atomics ? 'mixed-size race' : 'race',
          location,
          access: ACCESS[access],
          other: { thread: other, access: ACCESS[row], location: overlap },
        };
      }
    }
  }
  return undefined;
}

export function plainRead(clock: Int32Array, thread: number, location: Location): Race | undefined {
  const race = find(clock, thread, location, PLAIN_READ);
  location.cells[PLAIN_READ * clock.length + thread] = clock[thread]!;
  return race;
}

/**
 * The release clock of the location stays: whoever may read the location now without a race is ordered after this write,
 * and so after the atomic write that it replaced.
 */
export function plainWrite(clock: Int32Array, thread: number, location: Location): Race | undefined {
  const race = find(clock, thread, location, PLAIN_WRITE);
  location.cells[PLAIN_WRITE * clock.length + thread] = clock[thread]!;
  return race;
}

/** A load, a compareExchange that failed, or the comparison in a wait. */
export function atomicRead(clock: Int32Array, thread: number, location: Location): Race | undefined {
  const table = location.enter();
  join(clock, table, RELEASE * clock.length);
  table[ATOMIC_READ * clock.length + thread] = clock[thread]!;
  return find(clock, thread, location, ATOMIC_READ);
}

/** A store; with `reads`, a read-modify-write. */
export function atomicWrite(
  clock: Int32Array,
  thread: number,
  location: Location,
  reads: 0 | 1,
): Race | undefined {
  const threads = clock.length;
  const table = location.enter();
  if (reads === 1) join(clock, table, RELEASE * threads);
  const race = find(clock, thread, location, ATOMIC_WRITE);
  table[ATOMIC_WRITE * threads + thread] = clock[thread]!;
  if (reads === 1) table[ATOMIC_READ * threads + thread] = clock[thread]!;
  for (let other = 0, at = RELEASE * threads; other < threads; other++, at++) table[at] = clock[other]!;
  // What the thread does from here on is not covered by the clock just released.
  clock[thread]++;
  return race;
}

/**
 * Entering the WaiterList critical section: everything done inside it before is ordered before. Only waits that sleep and notifies that
 * wake enter here. Others do so in the standard, but code that relies on it for its plain accesses is better told; and they commute.
 */
export function enterList(clock: Int32Array, list: WaiterList): void {
  join(clock, list.enter());
}

export function leaveList(clock: Int32Array, thread: number, list: WaiterList): void {
  list.cells.set(clock);
  clock[thread]++;
}
