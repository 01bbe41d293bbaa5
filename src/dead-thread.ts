/** Recovering what a dead thread had in some rings, to the end. */
import { ArgumentError } from './errors.js';
import { describe } from './event.js';
import type { PermitsHandle } from './permits-handle.js';
import type { Recovery } from './recovering.js';
import { Ring } from './ring.js';
import { type Seat, whoListed } from './seat-list.js';
import { platform } from './core/platform.js';

/** Permits, as far as a supervisor needs them. */
export interface RecoverablePermits {
  readonly handle: PermitsHandle;
  declareThreadDead(threadNumber: number): Recovery[];
}

/** Whether a supervisor was given permits, of whichever copy of the library. */
export function isPermits(target: unknown): target is RecoverablePermits {
  return (target as Partial<RecoverablePermits> | undefined)?.handle?.slipring === 'permits';
}

/** A ring, or some of its seats; or permits. */
export interface Ward {
  readonly ring: Ring | RecoverablePermits;
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
  const whole = targets.filter((target) => target instanceof Ring || isPermits(target));
  const seats = new Map<Ring, Seat[]>();
  for (const target of targets) {
    if (target instanceof Ring || isPermits(target)) continue;
    const ring = whoListed(target) as Ring | undefined;
    if (ring === undefined) {
      throw new ArgumentError(
        'ERR_SUPERVISE',
        `Supervising takes rings, permits, or seats that ring.seats() listed in this thread, not ${describe(target)}.`,
      );
    }
    seats.set(ring, [...(seats.get(ring) ?? []), target as Seat]);
  }
  return [
    ...whole.map((ring) => ({ ring, seats: undefined })),
    ...[...seats].map(([ring, seats]) => ({ ring, seats })),
  ];
}

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;

/** Recovers every seat of a thread, at once; where a living producer has to come first, the promise resolves after that one settled it. */
export async function recoverEverywhere(
  wards: readonly Ward[],
  threadNumber: number,
  report: (recovery: Recovery) => void,
): Promise<readonly Recovery[]> {
  // All of them before anybody is told: what the report does must not keep a recovery back.
  const first = wards.map(({ ring, seats }) => ({
    ring,
    recoveries: ring.declareThreadDead(threadNumber, seats),
  }));
  const found: Recovery[] = [];
  const finish = (recovery: Recovery): void => {
    if (recovery.outcome === 'gone') return;
    found.push(recovery);
    report(recovery);
  };
  for (const { recoveries } of first) recoveries.filter(({ outcome }) => outcome !== 'later').forEach(finish);
  for (const { ring, recoveries } of first) {
    for (const recovery of recoveries)
      if (recovery.outcome === 'later') finish(await untilSettled(ring as Ring, recovery));
  }
  return found;
}

/** Tries again and again what has to wait. It may also be settled by the one it waits for, who does not tell what was found. */
async function untilSettled(ring: Ring, recovery: Recovery): Promise<Recovery> {
  const { kind, number } = recovery.seat;
  let last = recovery;
  for (let pauseMs = FIRST_PAUSE_MS; last.outcome === 'later';) {
    await new Promise<void>((resolve) => void platform.after(pauseMs, resolve));
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    const now = ring.seats().find((seat) => seat.kind === kind && seat.number === number)!;
    const mine = now.state === 'dead' && now.owner === ring.threadNumber;
    last = mine ? ring.declareDead(now) : { ...recovery, outcome: 'recovered', found: 'settled' };
  }
  return { ...last, seat: recovery.seat };
}
