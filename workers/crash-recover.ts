/** A thread of the kill harness that recovers the dead, beside the supervisor, and is killed at that itself. */
import type { Outcome } from '../test/crash/roles.js';
import type { Place } from './crash-place.js';

export function recover(place: Place): Outcome {
  const rings = place.benches().map(({ ring }) => ring);
  for (let known = 0; !place.shallLeave;) {
    const { deaths, dead } = place.untilDeath(known);
    // Nobody here knows how the others fared: each death that was missed meanwhile is the supervisor's alone.
    if (place.shallLeave) break;
    for (const ring of rings) ring.declareThreadDead(dead);
    known = deaths;
    place.progress();
  }
  return { how: 'left' };
}
