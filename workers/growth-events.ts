/** The events whose width or size is varied. */
import { bytes, type BytesColumn, event, type EventType, f64 } from 'slipring';

/** So many columns, c0, c1, and so on. */
export const wideEvent = (width: number): EventType<Record<string, typeof f64>> =>
  event(Object.fromEntries(Array.from({ length: width }, (_, k) => [`c${k}`, f64])));

/** One message of any length. */
export const Message: EventType<{ body: BytesColumn }> = event({ body: bytes() });
