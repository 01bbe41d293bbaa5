/** Orders at a steady pace, each with the moment when it was due: who is late because the exchange was busy has waited, and it counts. */
import { now } from '../../../workers/bench-rounds.js';
import type { Job } from './events.js';
import type { Flow } from './flow.js';

export function pace({ orders, gapNs }: Job, flow: Flow, send: () => void): void {
  const started = now();
  for (let n = 0; n < orders; n++) {
    const due = started + n * gapNs;
    while (now() < due);
    flow.next();
    flow.at = due;
    send();
  }
  flow.at = 0;
}
