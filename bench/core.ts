/**
 * What the core costs: the public face against a loop written by hand, threads that have nothing to do, and garbage.
 *
 *      producer ──▶ ring ──▶ consumer
 */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { createRing, type RingHandle } from 'slipring';
import { consumerPositions, controlWords, readShape } from '../src/core/header.js';
import { planLayout, shared } from '../src/core/layout.js';
import { columnShapes } from '../src/options.js';
import type { HandMap } from '../workers/hand-written.js';
import { Trade } from '../workers/trade.js';
import { CAPACITY, ringContender } from './contenders.js';
import { type Contender, measure, type Result, resultOf, workerFile } from './harness.js';
import { endProgress, machine, progressLine, tableOf, writeJson } from './report.js';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    runs: { type: 'string', default: '9' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log('npm run bench:core -- [--runs N] [--json FILE]');
else await main(Number(values.runs), values.json);

async function main(runs: number, json: string | undefined): Promise<void> {
  console.log(`slipring, on this machine: ${machine()}\n`);
  const results = [
    ...(await idle()),
    ...(await measure(
      [ringContender('face-overhead', 1, 5_000_000), handWritten(5_000_000)],
      runs,
      progressLine,
    )),
    ...(await allocation(0)),
    ...(await allocation(2 ** 31)),
  ];
  endProgress();
  console.log(
    tableOf(results, ({ experiment }) =>
      results.find((other) => other.experiment === experiment && other.system === 'hand-written'),
    ),
  );
  if (json !== undefined) writeJson(json, results);
}

/** The same protocol as a bare loop. */
function handWritten(count: number): Contender {
  return {
    ...ringContender('face-overhead', 1, count),
    system: 'hand-written',
    prepare() {
      const ring = createRing(Trade, { capacity: CAPACITY, consumers: ['reader'] }).handle;
      const hand = handMap(ring);
      return { active: { ring, batch: 1, hand }, passive: { ring, batch: 1, hand } };
    },
  };
}

function handMap({ buffer }: RingHandle): HandMap {
  const words = controlWords(buffer);
  const { columnOffsets } = planLayout({ ...readShape(words), columns: columnShapes(Trade) });
  return {
    capacity: CAPACITY,
    cursor: shared.cursor,
    position: consumerPositions(words)[0],
    columns: columnOffsets as unknown as HandMap['columns'],
  };
}

/** Percent of a core that the whole process takes while one of its threads has nothing to do. */
async function idle(): Promise<Result[]> {
  const seconds = 10;
  const results: Result[] = [];
  for (const role of ['consumer', 'producer'] as const) {
    const system = role === 'consumer' ? 'parked-consumer' : 'blocked-producer';
    progressLine(`${seconds} seconds of ${system}`);
    const ring = createRing(Trade, { capacity: 1024, consumers: ['reader'] });
    const worker = new Worker(workerFile('bench-idle'), { workerData: { role, ring: ring.handle } });
    await once(worker, 'message');
    await wait(1_000); // the threads have started, and spun a little before they parked
    const before = process.cpuUsage();
    await wait(seconds * 1_000);
    const { user, system: kernel } = process.cpuUsage(before);
    results.push(resultOf('idle-cpu', system, 'percent', [((user + kernel) / (seconds * 1e6)) * 100]));
    await worker.terminate();
  }
  return results;
}

/** Bytes of garbage over a million events, from a sequence on; the young generation is large enough to hold any. */
async function allocation(firstSequence: number): Promise<Result[]> {
  const data = { warm: 3_000_000, count: 1_000_000 };
  setFlagsFromString('--min-semi-space-size=64');
  const ring = createRing(Trade, { capacity: CAPACITY, consumers: ['reader'], firstSequence });
  const threads = (['producer', 'consumer'] as const).map(async (role) => {
    const worker = new Worker(workerFile('bench-allocation'), {
      workerData: { ...data, role, ring: ring.handle },
      resourceLimits: { maxYoungGenerationSizeMb: 256 },
    });
    const [{ bytes, collections }] = (await once(worker, 'message')) as [
      { bytes: number; collections: number },
    ];
    const system = firstSequence === 0 ? role : `${role}-from-2^31`;
    return { ...resultOf('allocation', system, 'bytes', [bytes]), verified: collections === 0 };
  });
  progressLine(`garbage, from sequence ${firstSequence}`);
  return Promise.all(threads);
}
