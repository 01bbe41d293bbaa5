/** Counts flights by what it is told, and publishes the rows when there are no more. */
import { stage } from 'slipring/pipeline';
import { PLACES } from '../parse.js';
import { type By, Tally } from '../tally.js';
import { fillRow, FlightEvent, NO_KEY, RowEvent } from './events.js';

let by: By;
let tally: Tally;

export default stage(FlightEvent, RowEvent, {
  begin({ data }) {
    by = data as By;
    tally = new Tally(by === 'hour' ? 256 : PLACES, new Int32Array(1));
  },
  each({ place, hour, delay }) {
    tally.add(by === 'hour' ? hour : place, delay, hour);
  },
  end(out) {
    const { rows, broken } = tally.count();
    for (const row of rows) out.publish(fillRow, row);
    out.publish(fillRow, { key: NO_KEY, flights: broken, minutes: 0, late: 0, longest: 0 });
  },
});
