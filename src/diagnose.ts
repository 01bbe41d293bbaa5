/** Saying, from any thread and at any moment, who waits for whom. */
import { circlesOf, type Step, type Waiting } from './diagnosing/deadlocks.js';
import {
  type Behind,
  type Deadlock,
  Diagnosis,
  type Failed,
  type SeatName,
  type Wait,
} from './diagnosing/diagnosis.js';
import { groundOf, lookAt, type RingLook, type SeatLook, seatsOf } from './diagnosing/look.js';
import { type Moved, moversOf } from './diagnosing/waits.js';
import { ArgumentError } from './errors.js';
import { describe } from './event.js';
import { mustBeRingHandle, type RingHandle } from './handle.js';
import { platform } from './core/platform.js';
import { AWHILE, ON_LOOP, type Sleep } from './core/sleep-note.js';

/** The sleep of a seat, and who can end it. */
interface Asleep extends Moved {
  readonly seat: SeatLook;
  readonly sleep: Sleep;
}

/**
 * Says who waits for whom on these rings, since when and on which word, who is behind, who failed and who is dead. Threads that wait for each other in a
 * circle, also across the rings, are named as a deadlock, with its path; no such alarm is false. Call each ring as the report shall.
 *
 * Looks twice, and reads only: nobody is slowed down, and a program in which everybody is stuck can be asked from any thread that is
 * not. Never parks; takes time for each seat, and none for events. Whoever waits without a seat (`drained`, `processed`) is not seen; who spins is
 * seen as `behind` at most. The whole: docs/diagnosing.md.
 * @throws ArgumentError `ERR_DIAGNOSE` for anything but rings by their names; HandleError as `openRing`.
 * @example console.log(String(diagnose({ orders, fills })));
 */
export function diagnose(rings: Readonly<Record<string, { readonly handle: RingHandle }>>): Diagnosis {
  return diagnoseAmong(rings, { mayCome: true });
}

/** The same; `mayCome`: whether somebody who is not there yet may take a seat that is free. */
export function diagnoseAmong(
  rings: Readonly<Record<string, { readonly handle: RingHandle }>>,
  { mayCome }: { readonly mayCome: boolean },
): Diagnosis {
  const grounds = entriesOf(rings).map(([name, { handle }]) => {
    mustBeRingHandle(handle);
    return groundOf(name, handle);
  });
  // What is found twice held in between: at one moment, all of it.
  const before = grounds.map(lookAt);
  const looks = grounds.map(lookAt);
  const now = platform.clock();
  const seats = looks.flatMap(seatsOf);
  const asleep = looks.flatMap(asleepIn).filter(({ seat }) => seat.sleep!.lasts);
  return new Diagnosis({
    deadlocks: deadlocksAmong(looks, before.flatMap(seatsOf), mayCome),
    dead: seats.filter(({ dead }) => dead).map(nameOf),
    failed: seats.flatMap(failedOf),
    waits: asleep.map((each) => waitOf(each, now)).sort((a, b) => b.sinceMs - a.sinceMs),
    behind: looks.flatMap(behindIn).sort((a, b) => b.lag - a.lag),
  });
}

function entriesOf<R>(rings: Readonly<Record<string, R>>): [name: string, ring: R][] {
  const entries = typeof rings === 'object' && rings !== null ? Object.entries(rings) : [];
  if (entries.length === 0 || entries.some(([, ring]) => typeof ring !== 'object' || ring === null)) {
    throw new ArgumentError(
      'ERR_DIAGNOSE',
      `diagnose() takes rings, each by the name that the report shall call it, like { orders, fills }, not ${describe(rings)}.`,
    );
  }
  return entries;
}

function asleepIn(ring: RingLook): Asleep[] {
  return seatsOf(ring).flatMap((seat) => {
    const { sleep } = seat;
    return sleep === undefined ? [] : [{ seat, sleep, ...moversOf(ring, sleep) }];
  });
}

/** Only of parked threads: whoever sleeps on an event loop may do anything else meanwhile. */
function deadlocksAmong(
  looks: readonly RingLook[],
  before: readonly SeatLook[],
  mayCome: boolean,
): Deadlock[] {
  const found = new Map(before.map((seat) => [keyOf(seat), seat]));
  const isSteady = (seat: SeatLook): boolean => isSame(found.get(keyOf(seat)), seat);
  const waits = looks
    .flatMap(asleepIn)
    .filter(({ sleep }) => !(sleep.how & ON_LOOP))
    .map(({ seat, sleep, by, orOthers }) => {
      const holds = sleep.lasts && isSteady(seat) && by.every(isSteady);
      const movers = mayCome ? by : by.filter(({ vacant }) => !vacant);
      // Whose last mover has left will hear of the end.
      const others = mayCome ? orOthers : movers.length === 0 || movers.some(({ dead }) => dead);
      return { seat, movers, orOthers: others || !holds } satisfies Waiting;
    });
  return circlesOf(waits).map((path) => ({
    path: path.map(stepOf),
    limited: path.some(({ from }) => (from.seat.sleep!.how & AWHILE) !== 0),
  }));
}

function keyOf({ ring, at }: SeatLook): string {
  return `${at} of ${ring}`;
}

/** Whether a seat stood the same at both looks. */
function isSame(a: SeatLook | undefined, b: SeatLook): boolean {
  if (a?.state !== b.state) return false;
  const [x, y] = [a.sleep, b.sleep];
  if (x === undefined || y === undefined) return x === y;
  return x.index === y.index && x.value === y.value && x.since === y.since && x.lasts === y.lasts;
}

function stepOf({ from, to }: Step): Deadlock['path'][number] {
  return { from: nameOf(from.seat), to: nameOf(to) };
}

function nameOf({ ring, name, role, owner }: SeatLook): SeatName {
  return { ring, seat: name, role, owner };
}

function failedOf(seat: SeatLook): Failed[] {
  return seat.failure === undefined ? [] : [{ ...nameOf(seat), ...seat.failure }];
}

function waitOf({ seat, sleep, word, by }: Asleep, now: number): Wait {
  return {
    ...nameOf(seat),
    waitsFor: by.map(nameOf),
    word,
    sinceMs: elapsedMs(sleep.since, now),
    parked: (sleep.how & ON_LOOP) === 0,
    limited: (sleep.how & AWHILE) !== 0,
  };
}

/** On a clock that comes round, and that two threads may read a little apart. */
function elapsedMs(since: number, now: number): number {
  const elapsed = (now - since) & (2 ** 31 - 1);
  return elapsed < 2 ** 31 - 1_000 ? elapsed : 0;
}

function behindIn(ring: RingLook): Behind[] {
  return ring.consumers
    .filter(({ lag }) => lag > 0)
    .map(({ name, seats, position, lag, heldBy }) => ({
      ring: ring.name,
      consumer: name,
      owners: [...new Set(seats.flatMap(({ owner }) => (owner === undefined ? [] : [owner])))],
      position,
      lag,
      full: lag >= ring.capacity,
      heldBy: heldBy === undefined ? undefined : consumerAt(ring, heldBy),
    }));
}

/** The name of the consumer, or the group, that has this word. */
function consumerAt(ring: RingLook, index: number): string | undefined {
  const within = ({ role, at }: SeatLook): boolean => role === 'worker' && index === at;
  return ring.consumers.find((each) => each.index === index || each.seats.some(within))?.name;
}
