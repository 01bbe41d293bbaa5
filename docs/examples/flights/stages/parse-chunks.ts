/** As parse.ts, but takes many records in one event, and publishes flights in claims. */
import { stage } from 'slipring/pipeline';
import { gatherLots, splitChunk } from '../batches.js';
import { type Flight, parse } from '../parse.js';
import { ChunkEvent, FlightEvent } from './events.js';

const flight: Flight = { place: 0, hour: 0, delay: 0 };

export default stage(ChunkEvent, FlightEvent, ({ chunk }, out) => {
  const lots = gatherLots(({ places, hours, delays }, count) => {
    const claim = out.claim(count);
    const { place, hour, delay } = claim.columns;
    let n = 0;
    for (const { from, to } of claim.spans) {
      for (let slot = from; slot < to; slot++, n++) {
        place[slot] = places[n];
        hour[slot] = hours[n];
        delay[slot] = delays[n];
      }
    }
    claim.commit();
  });
  splitChunk(chunk, (bytes, from, end) => {
    parse(bytes, from, end, flight);
    lots.add(flight);
  });
  lots.flush();
});
