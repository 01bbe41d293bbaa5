/** What goes to and fro in a round trip. */
import { event, type EventType, u32 } from 'slipring';

export const Ping: EventType<{ id: typeof u32 }> = event({ id: u32 });
