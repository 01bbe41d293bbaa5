/** Recovering what a dead thread had in some rings, to the end. */
import { ArgumentError } from './errors.js';
import { describe } from './event.js';
import type { Recovery } from './recovering.js';
import { Ring } from './ring.js';
import { type Seat, whoListed } from './seat-list.js';
import { platform } from './core/platform.js';

/** A ring, or some of its seats. */
export interface Ward {
  readonly ring: Ring;
  /** These alone; undefined for all. */
  readonly seats: readonly Seat[] | undefined;
}

/**
 * The rings and seats that a supervisor is given.
 * @throws ArgumentError `ERR_SUPERVISE`.
 */
export function wardsOf(targets: readonly unknown[]): Ward[] {
  if (targets.length === 0) {
    throw new ArgumentError(
      'ERR_SUPERVISE',
      'Supervising takes the rings in which to recover seats: at least one.',
    );
  }
  const rings = targets.filter((target) => target instanceof Ring);
  const seats = new Map<Ring, Seat[]>();
  for (const target of targets) {
    if (target instanceof Ring) continue;
    const ring = whoListed(target) as Ring | undefined;
    if (ring === undefined) {
      throw new ArgumentError(
        'ERR_SUPERVISE',
        `Supervising takes rings, or seats that ring.seats() listed in this thread, not ${describe(target)}.`,
      );
    }
    seats.set(ring, [...(seats.get(ring) ?? []), target as Seat]);
  }
  return [
    ...rings.map((ring) => ({ ring, seats: undefined })),
    ...[...seats].map(([ring, seats]) => ({ ring, seats })),
  ];
}

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;

/** Recovers every seat of a thread; again after a pause where a recovery has to wait for a living producer. The first attempt is made at once. */
export async function recoverEverywhere(
  wards: readonly Ward[],
  threadNumber: number,
  report: (recovery: Recovery) => void,
): Promise<readonly Recovery[]> {
  const found: Recovery[] = [];
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    // All of them before anybody is told: what the report does must not keep a recovery back.
    const recoveries = wards.flatMap(({ ring, seats }) => ring.declareThreadDead(threadNumber, seats));
    const recovered = recoveries.filter(({ outcome }) => outcome === 'recovered');
    found.push(...recovered);
    recovered.forEach(report);
    if (recoveries.every(({ outcome }) => outcome !== 'later')) return found;
    await new Promise<void>((resolve) => void platform.after(pauseMs, resolve));
  }
}
