/** slipring with events of a number and a time, as LMAX's and C++'s have them where latencies are measured. */
import { openRing, type Readable, type RingHandle, type WaitMode, type Writable } from 'slipring';
import { TimedPing, type TimedPingFields } from '../ping.js';
import { type Link, noSend, type See } from './link.js';

export interface PingsLink {
  kind: 'pings';
  ring: RingHandle;
  wait: WaitMode;
}

function fill(ping: Writable<TimedPingFields>, id: number, due: number): void {
  ping.id = id;
  ping.due = due;
}

export function pingsLink({ ring: handle, wait }: PingsLink, end: 'send' | 'receive'): Link {
  const ring = openRing(handle, TimedPing);
  if (end === 'send') {
    const producer = ring.openProducer({ wait });
    return { send: (id, due) => void producer.publish(fill, id, due) };
  }
  const consumer = ring.openConsumer('reader', { wait });
  if (wait !== 'spin') {
    return {
      send: noSend,
      take(see) {
        const batch = consumer.take()!;
        for (const ping of batch) see(ping.id, ping.due, 0);
        batch.release();
      },
    };
  }
  // Who spins anyway asks again and again: the shortest way from an event to whoever handles it.
  let seeing: See = noSend;
  const hear = (ping: Readable<TimedPingFields>): void => seeing(ping.id, ping.due, 0);
  return {
    send: noSend,
    take(see) {
      seeing = see;
      while (consumer.poll(hear) === 0);
    },
  };
}
