/** A thread of the kill harness that joins a ring, stays for some events, leaves, and joins again. */
import type { Consumer, Ring } from 'slipring';
import type { MarkedFields } from '../test/crash/marks.js';
import type { Outcome, VisitRole } from '../test/crash/roles.js';
import { handle, NO_MISHAPS } from './crash-handle.js';
import { Ledger } from './crash-ledger.js';
import { codeOf, ENDED, type Place } from './crash-place.js';

export function visit(role: VisitRole, place: Place): Outcome {
  const bench = place.bench(role.reader.ring);
  const { ring } = bench;
  while (!ring.closed && !place.shallLeave) {
    place.progress();
    const consumer = enter(ring, role);
    if (consumer === undefined) {
      place.pause(2);
      continue;
    }
    const ledger = new Ledger(bench, role.reader, consumer, 'visits');
    if (!ledger.enter(consumer.next)) {
      consumer.leave();
      break;
    }
    try {
      stay(role, place, consumer, ledger);
    } catch (error) {
      if (ENDED.has(codeOf(error))) {
        consumer.leave();
        break;
      }
      if (codeOf(error) !== 'ERR_CONSUMER_FAILED') throw error;
    }
    consumer.leave();
    place.pause(2);
  }
  return { how: place.shallLeave ? 'left' : 'done' };
}

/** Joins; or takes the place that one before it was killed in. Undefined when there is no place now. */
function enter(
  ring: Ring<MarkedFields>,
  { reader, afterNames, start, wait, whenDead }: VisitRole,
): Consumer<MarkedFields> | undefined {
  try {
    return ring.consumerNames.includes(reader.name)
      ? ring.openConsumer(reader.name, { wait })
      : ring.join(reader.name, { after: afterNames, start, wait, whenDead });
  } catch (error) {
    if (
      ['ERR_NO_SPARE_SEAT', 'ERR_CONSUMER_UNKNOWN', 'ERR_CONSUMER_DUPLICATE', 'ERR_SEAT_TAKEN'].includes(
        codeOf(error) ?? '',
      )
    )
      return undefined;
    throw error;
  }
}

function stay(role: VisitRole, place: Place, consumer: Consumer<MarkedFields>, ledger: Ledger): void {
  let left = place.dice.between(0, role.stay);
  while (left > 0 && !place.shallLeave) {
    // Bounded: it may have joined when nothing is published any more.
    const batch = takeSoon(consumer, role.max > 0 ? role.max : left);
    if (batch === undefined) return;
    let sequence = batch.first;
    for (const event of batch) {
      handle(NO_MISHAPS, role.dawdles, place, ledger, event, sequence++);
      ledger.stayed(sequence);
      left--;
    }
    batch.release();
  }
}

function takeSoon(consumer: Consumer<MarkedFields>, max: number): ReturnType<typeof consumer.take> {
  try {
    return consumer.take({ max, timeoutMs: 20 });
  } catch (error) {
    if (codeOf(error) === 'ERR_TIMED_OUT') return undefined;
    throw error;
  }
}
