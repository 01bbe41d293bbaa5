/** How large the arenas of a ring are. */
import { ArgumentError } from '../errors.js';
import { describe, type EventType } from '../event.js';
import { LINE_BYTES } from '../core/layout.js';
import { unitsOf } from './arena.js';
import { isPayload, type PayloadType } from './columns.js';

const MOST = 2 ** 30;
/** Of all producers together: what a place in a slot can tell. */
const MOST_TOGETHER = 2 ** 34;
/** Unless told: for each slot and column. */
const USUAL_PAYLOAD = 64;
const USUAL_LEAST = 65_536;

/** Most bytes that one event's payloads take in an arena; Infinity where a column says no most. */
export function mostOfEvent(event: EventType): number {
  return payloadsOf(event).reduce((sum, { max }) => sum + (max === Infinity ? max : unitsOf(max)), 0);
}

/**
 * Bytes of each producer's arena; 0 for an event without columns of any length.
 * @throws ArgumentError `ERR_ARENA_BYTES`.
 */
export function arenaBytesOf(
  event: EventType,
  producers: number,
  { capacity, arenaBytes }: { readonly capacity: number; readonly arenaBytes?: number },
): number {
  if (!event.hasPayloads) {
    if (arenaBytes === undefined) return 0;
    refuse('arenaBytes is for events with columns of any length, and this one has none: leave it out.');
  }
  const most = whole(Math.min(MOST, MOST_TOGETHER / producers) - LINE_BYTES + 1);
  const declared = payloadsOf(event).map(({ max }) => (max === Infinity ? 0 : unitsOf(max)));
  // A claim's payloads have half of an arena.
  const least = whole(2 * declared.reduce((sum, bytes) => sum + bytes, 0));
  if (least > most)
    refuse(`These columns may take ${least / 2} bytes in one event: it can be ${most / 2} here at most.`);
  if (arenaBytes === undefined) return Math.max(least, Math.min(most, whole(usual(event, capacity))));
  if (!Number.isInteger(arenaBytes) || arenaBytes < LINE_BYTES || arenaBytes > most) {
    refuse(
      `arenaBytes is a whole number of bytes from ${LINE_BYTES} to ${most} here, not ${describe(arenaBytes)}.`,
    );
  }
  if (whole(arenaBytes) < least) {
    refuse(
      `An event's payloads have half of an arena, and these columns may take ${least / 2} bytes together: arenaBytes must be ${least} at least, not ${arenaBytes}.`,
    );
  }
  return whole(arenaBytes);
}

function usual(event: EventType, capacity: number): number {
  const bytes = payloadsOf(event).map(({ max }) => Math.min(max, USUAL_PAYLOAD));
  return Math.max(USUAL_LEAST, capacity * bytes.reduce((sum, each) => sum + unitsOf(each), 0));
}

function payloadsOf(event: EventType): PayloadType[] {
  return event.fields.map(({ type }) => type).filter(isPayload);
}

const whole = (bytes: number): number => Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;

function refuse(why: string): never {
  throw new ArgumentError('ERR_ARENA_BYTES', why);
}
