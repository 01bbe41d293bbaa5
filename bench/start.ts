/**
 * The headline experiment: the same verified events from one worker to another, through the ring, through the textbook's
 * lock-based buffers, and through postMessage.
 *
 *      producer ──▶ ring | buffer | port ──▶ consumer       throughput: count, order and checksum are verified
 *      caller   ◀══▶ two rings | a port  ◀══▶ echo          round trip: every answer is verified
 */
import { parseArgs } from 'node:util';
import {
  lockContender,
  postMessageContender,
  postMessageRoundTrip,
  ringContender,
  roundTripContender,
} from './contenders.js';
import { type Contender, measure, type Result } from './harness.js';
import { endProgress, machine, progressLine, tableOf, timesBetter, writeJson } from './report.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(
    'npm start -- [--quick] [--json FILE]\n  --quick      a shorter measurement, under 20 seconds\n  --json FILE  write the results as JSON too',
  );
} else {
  await main(values.quick, values.json);
}

async function main(quick: boolean, json: string | undefined): Promise<void> {
  const scale = quick ? 1 : 2;
  const throughput: Contender[] = [
    ringContender('unicast', 1, 4_000_000 * scale),
    lockContender('lock-condition', 400_000 * scale),
    lockContender('lock-semaphore', 400_000 * scale),
    postMessageContender('unicast', 1, 100_000 * scale),
    ringContender('unicast-batch-100', 100, 10_000_000 * scale),
    ringContender('unicast-batch-1000', 1_000, 10_000_000 * scale),
    postMessageContender('unicast-batch-1000', 1_000, 200_000 * scale),
  ];
  const roundTrips: Contender[] = [
    roundTripContender('round-trip-spin', 'spin', 20_000 * scale),
    roundTripContender('round-trip-park', 'park', 10_000 * scale),
    postMessageRoundTrip('round-trip-park', 5_000 * scale),
  ];

  console.log(`slipring, on this machine: ${machine()}\n`);
  // A spinning thread takes a core: the two parts never run at the same time.
  const results = await measure(throughput, quick ? 5 : 9, progressLine);
  const trips = await measure(roundTrips, quick ? 5 : 9, progressLine);
  endProgress();

  // postMessage has no spinning form: its round trip stands under both.
  const posted = trips.find(({ system }) => system === 'post-message')!;
  results.push(trips[0], { ...posted, experiment: 'round-trip-spin' }, trips[1], posted);

  const find = (experiment: string, system: string): Result =>
    results.find((result) => result.experiment === experiment && result.system === system)!;
  const locks = [find('unicast', 'lock-condition'), find('unicast', 'lock-semaphore')];
  const betterLock = locks[0].median >= locks[1].median ? locks[0] : locks[1];

  console.log(
    tableOf(results, (result) =>
      result.unit === 'ns' ? find(result.experiment, 'post-message') : betterLock,
    ),
  );
  console.log(`\n${verdict()}`);
  if (json !== undefined) writeJson(json, results);

  function verdict(): string {
    const ratio = (a: Result, b: Result): string => `${timesBetter(a, b).toFixed(1)}×`;
    const one = find('unicast', 'slipring');
    return (
      `Here the ring carries ${ratio(one, betterLock)} what the better lock-based buffer does and ` +
      `${ratio(one, find('unicast', 'post-message'))} what postMessage does, one event at a time; ` +
      `${ratio(find('unicast-batch-100', 'slipring'), betterLock)} the buffer in claims of 100; and its round trip between sleeping ` +
      `threads is ${ratio(find('round-trip-park', 'slipring'), posted)} shorter than postMessage's. Every event was verified.`
    );
  }
}
