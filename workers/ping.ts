/** What goes to and fro in a round trip. */
import { event, type EventType, f64, u32 } from 'slipring';

export const Ping: EventType<{ id: typeof u32 }> = event({ id: u32 });

export type TimedPingFields = { id: typeof u32; due: typeof f64 };

/** With the time at which it was to be sent, in nanoseconds. */
export const TimedPing: EventType<TimedPingFields> = event({ id: u32, due: f64 });
