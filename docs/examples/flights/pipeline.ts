/** The flights through `slipring/pipeline`. */
import { pipeline, type RunningPipeline, sink, StageError } from 'slipring/pipeline';
import { CHUNK_BYTES } from './batches.js';
import { CAPACITY, PARSERS, type Result } from './link.js';
import { FlightsError } from './records.js';
import type { Run } from './run.js';
import { ChunkEvent, FlightEvent, NO_KEY, type ReaderData, RecordEvent, RowEvent } from './stages/events.js';
import type { By, Row } from './tally.js';

type Names = 'reader' | 'parser' | By | 'writer';

export interface PipelineOptions {
  readonly file: string;
  /** Where the built files of this example are. */
  readonly folder: URL;
  readonly onProgress: (flights: number) => void;
}

/**
 * One event a record and a flight; with `chunks`, many records in one event, and flights in claims.
 * @throws FlightsError `ERR_FLIGHTS_STAGE`: a stage failed.
 */
export async function runPipeline(
  { file, folder, onProgress }: PipelineOptions,
  { chunks }: { readonly chunks: boolean },
): Promise<Run> {
  const found: Record<By, { rows: Row[]; broken: number }> = {
    place: { rows: [], broken: 0 },
    hour: { rows: [], broken: 0 },
  };
  let ended = 0n;
  const began = new SharedArrayBuffer(8);
  const stage = (name: string): URL => new URL(`stages/${name}.js`, folder);
  const writer = sink(RowEvent, {
    each({ key, flights, minutes, late, longest }, { from }) {
      const count = found[from as By];
      if (key === NO_KEY) count.broken = flights;
      else count.rows.push({ key, flights, minutes, late, longest });
    },
    end() {
      ended = process.hrtime.bigint();
    },
  });
  const data: ReaderData = { file, began };
  const reader = chunks
    ? { run: stage('read-chunks'), output: ChunkEvent, capacity: 64, arenaBytes: 64 * CHUNK_BYTES, data }
    : { run: stage('read'), output: RecordEvent, capacity: CAPACITY, arenaBytes: 128 * CAPACITY, data };
  const flights = pipeline({
    reader,
    parser: {
      run: stage(chunks ? 'parse-chunks' : 'parse'),
      from: 'reader',
      threads: PARSERS,
      output: FlightEvent,
      capacity: CAPACITY,
    },
    place: { run: stage('count'), from: 'parser', output: RowEvent, data: 'place' },
    hour: { run: stage('count'), from: 'parser', output: RowEvent, data: 'hour' },
    writer: { run: writer, from: ['place', 'hour'] },
  });
  try {
    await using run = await flights.start();
    void follow(run, onProgress);
    await run.drained();
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    const { stage, cause } = error;
    throw new FlightsError('ERR_FLIGHTS_STAGE', `The stage ${stage} failed: ${String(cause)}`, { cause });
  }
  const result: Result = found;
  return { result, ms: Number(ended - new BigInt64Array(began)[0]) / 1e6 };
}

async function follow(run: RunningPipeline<Names>, onProgress: (flights: number) => void): Promise<void> {
  for await (const { stages } of run.progress({ progressMs: 200 })) onProgress(stages.hour.events);
}
