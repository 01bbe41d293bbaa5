/** Reads a file, and publishes each record as it stands there. */
import { source } from 'slipring/pipeline';
import { readRecords } from '../records.js';
import { fillRecord, type ReaderData, RecordEvent } from './events.js';

export default source(RecordEvent, (out, { data }) => {
  const { file, began } = data as ReaderData;
  new BigInt64Array(began)[0] = process.hrtime.bigint();
  readRecords(file, (bytes, from, end) => {
    out.publish(fillRecord, bytes, from, end);
  });
});
