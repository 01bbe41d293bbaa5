/** One stage in a thread of its own, over postMessage or over lock-based buffers. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Link, Role } from './link.js';
import { openLockLink } from './lock-link.js';
import { type Flight, parse, PLACES } from './parse.js';
import { openPostBatchLink, openPostLink } from './post-link.js';
import { readRecords } from './records.js';
import { Tally } from './tally.js';

export interface StageData {
  readonly role: Role;
  readonly transport: Transport;
  readonly file: string;
  readonly link: unknown;
  /** How many flights the aggregator by hour has seen, now and then. */
  readonly progress: SharedArrayBuffer;
}

/** What connects the stages, where it is not `slipring/pipeline`. */
export type Transport = 'post-message' | 'post-message-batches' | 'locks';

/** What a stage tells the main thread, besides what its link does. */
export type Told = { readonly told: 'ready' } | { readonly told: 'began'; readonly at: bigint };

const { role, transport, file, link: data, progress } = workerData as StageData;
const open: Record<Transport, (role: Role, data: never) => Link> = {
  'post-message': openPostLink,
  locks: openLockLink,
  'post-message-batches': openPostBatchLink,
};
const link = open[transport](role, data as never);
const tell = (told: Told): void => parentPort!.postMessage(told);

async function read(): Promise<void> {
  tell({ told: 'ready' });
  await new Promise((resolve) => parentPort!.once('message', resolve)); // until all stages are there
  tell({ told: 'began', at: process.hrtime.bigint() });
  readRecords(file, (bytes, from, end) => link.sendRecord(bytes, from, end));
  link.endRecords();
}

async function parseAll(): Promise<void> {
  const flight: Flight = { place: 0, hour: 0, delay: 0 };
  tell({ told: 'ready' });
  await link.receiveRecords((bytes, from, end) => {
    parse(bytes, from, end, flight);
    link.sendFlight(flight);
  });
  link.endFlights();
}

async function countBy(by: 'place' | 'hour'): Promise<void> {
  const seen = new Int32Array(by === 'hour' ? progress : new SharedArrayBuffer(4));
  const tally = new Tally(by === 'hour' ? 256 : PLACES, seen);
  tell({ told: 'ready' });
  await link.receiveFlights(
    by === 'hour'
      ? (_place, hour, delay) => tally.add(hour, delay, hour)
      : (place, hour, delay) => tally.add(place, delay, hour),
  );
  link.sendCount(tally.count());
}

if (role === 'reader') await read();
else if (role === 'parser') await parseAll();
else await countBy(role);
