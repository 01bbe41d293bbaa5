/** A thread of the kill harness that serves several rings. */
import { type Handler, serve, serveAsync } from 'slipring';
import type { MarkedFields } from '../test/crash/marks.js';
import type { Outcome, ServeRole } from '../test/crash/roles.js';
import { handle, NO_MISHAPS } from './crash-handle.js';
import { Ledger } from './crash-ledger.js';
import { codeOf, ENDED, type Place } from './crash-place.js';

export async function serveAll(role: ServeRole, place: Place): Promise<Outcome> {
  const consumers = role.readers.map((reader) => {
    const bench = place.bench(reader.ring);
    const consumer = place.seat(() => bench.ring.openConsumer(reader.name, { wait: role.wait }));
    return { reader, consumer, ledger: new Ledger(bench, reader, consumer) };
  });
  let leaving = false;
  const leave = (): void => {
    leaving = true;
    for (const { consumer } of consumers) consumer[Symbol.dispose]();
  };
  const servings = consumers.map(({ consumer, ledger }) => {
    const handler: Handler<MarkedFields> = (event, sequence) => {
      if (place.shallLeave) return leave();
      handle(NO_MISHAPS, role.dawdles, place, ledger, event, sequence);
    };
    return [consumer, handler, role.max > 0 ? { max: role.max } : {}] as const;
  });
  for (let ended = 0; !leaving && ended < consumers.length;) {
    try {
      if (role.manner === 'serve') serve(servings, { wait: role.wait });
      else await serveAsync(servings);
      break;
    } catch (error) {
      if (codeOf(error) === 'ERR_SEAT_LEFT' && leaving) break;
      // One ring was aborted: the others go on.
      if (!ENDED.has(codeOf(error))) throw error;
      ended++;
    }
  }
  for (const { consumer } of consumers) consumer[Symbol.dispose]();
  return { how: leaving ? 'left' : 'done' };
}
