/** What every event carries: who published it, which number he gave it, and two fields that follow from both, so that a torn or stale slot shows. */
import { event, type EventType, f64, type Readable, u32, type Writable } from 'slipring';

export type MarkedFields = {
  /** Which producer's log it stands in. */
  log: typeof u32;
  number: typeof u32;
  check: typeof u32;
  product: typeof f64;
};

export const Marked: EventType<MarkedFields> = event({ log: u32, number: u32, check: u32, product: f64 });

const NUMBER_BITS = 22;
/** Numbers that one log can hold. */
export const MOST_NUMBERS = 2 ** NUMBER_BITS;
/** Logs of one ring. */
export const MOST_LOGS = 2 ** (31 - NUMBER_BITS) - 1;

/** Log and number as one word, never 0. */
export function markOf(log: number, number: number): number {
  return ((log + 1) << NUMBER_BITS) | number;
}

export const logOf = (mark: number): number => (mark >>> NUMBER_BITS) - 1;
export const numberOf = (mark: number): number => mark & (MOST_NUMBERS - 1);

const checkOf = (log: number, number: number): number => Math.imul(markOf(log, number), 0x9e3779b1) >>> 0;

export function fillMarked(event: Writable<MarkedFields>, log: number, number: number): void {
  event.log = log;
  event.number = number;
  event.check = checkOf(log, number);
  event.product = (log + 1) * (number + 0.5);
}

/** The mark that an event carries; 0 when its fields do not belong together. */
export function readMark({ log, number, check, product }: Readable<MarkedFields>): number {
  const whole = check === checkOf(log, number) && product === (log + 1) * (number + 0.5);
  return whole ? markOf(log, number) : 0;
}
