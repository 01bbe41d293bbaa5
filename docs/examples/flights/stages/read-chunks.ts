/** As read.ts, but many records in one event. */
import { source } from 'slipring/pipeline';
import { gatherChunks } from '../batches.js';
import { readRecords } from '../records.js';
import { ChunkEvent, type ReaderData } from './events.js';

export default source(ChunkEvent, (out, { data }) => {
  const { file, began } = data as ReaderData;
  new BigInt64Array(began)[0] = process.hrtime.bigint();
  const chunks = gatherChunks((chunk) => {
    out.publish((event, bytes) => (event.chunk = bytes), chunk);
  });
  readRecords(file, chunks.add);
  chunks.flush();
});
