/** A benchmark's caller or echo: the caller sends a number, waits for its return, and reports the median of a round's trips. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openRing, type RingHandle, type WaitMode } from 'slipring';
import { now, onGo, ready } from './bench-rounds.js';
import { Ping } from './ping.js';

export type RoundTripData = { role: 'caller' | 'echo'; count: number } & (
  { there: RingHandle; back: RingHandle; wait: WaitMode } | { port: MessagePort }
);

const data = workerData as RoundTripData;
const trips = new Float64Array(data.count);

/** The caller's report: the median of its trips, in nanoseconds. */
function reportMedian(): void {
  parentPort!.postMessage({ at: now(), median: trips.sort()[data.count >> 1] });
}

if ('port' in data) {
  const { port, role, count } = data;
  if (role === 'echo') {
    port.on('message', (id: number) => port.postMessage(id));
    ready();
  } else {
    onGo(() => {
      let trip = 0;
      let sent = now();
      const arrived = (id: number): void => {
        const at = now();
        if (id !== trip) throw new Error(`sent ${trip}, got ${id} back`);
        trips[trip++] = at - sent;
        if (trip === count) {
          port.off('message', arrived);
          reportMedian();
          return;
        }
        sent = now();
        port.postMessage(trip);
      };
      port.on('message', arrived);
      port.postMessage(0);
    });
  }
} else {
  const { role, count, wait } = data;
  const there = openRing(data.there, Ping);
  const back = openRing(data.back, Ping);
  const fill = (ping: { id: number }, id: number): void => void (ping.id = id);
  if (role === 'echo') {
    const echo = back.openProducer({ wait });
    const calls = there.openConsumer('echo', { wait });
    ready();
    calls.run((ping) => void echo.publish(fill, ping.id));
  } else {
    const call = there.openProducer({ wait });
    const answers = back.openConsumer('caller', { wait });
    let id = -1;
    onGo(() => {
      for (let trip = 0; trip < count; trip++) {
        const sent = now();
        call.publish(fill, trip);
        const batch = answers.take()!;
        for (const ping of batch) ({ id } = ping);
        batch.release();
        trips[trip] = now() - sent;
        if (id !== trip) throw new Error(`sent ${trip}, got ${id} back`);
      }
      reportMedian();
    });
  }
}
