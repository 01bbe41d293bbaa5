/** Parses records, each in one of two threads. */
import { stage } from 'slipring/pipeline';
import { type Flight, parse } from '../parse.js';
import { fillFlight, FlightEvent, RecordEvent } from './events.js';

const flight: Flight = { place: 0, hour: 0, delay: 0 };

export default stage(RecordEvent, FlightEvent, ({ record }, out) => {
  parse(record, 0, record.length, flight);
  out.publish(fillFlight, flight);
});
