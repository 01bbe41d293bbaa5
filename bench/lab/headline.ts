/** The same verified events from one worker to another: through the ring, through the textbook's lock-based buffers, through postMessage. */
import {
  lockContender,
  postMessageContender,
  postMessageRoundTrip,
  ringContender,
  roundTripContender,
} from '../contenders.js';
import { type Contender, measure, type Result } from '../harness.js';
import { timesBetter } from '../report.js';
import type { Effort, Experiment, Finding } from './experiment.js';

export const headline: Experiment = {
  name: 'headline',
  title: 'The ring beside two lock-based buffers and postMessage',
  drawing: `
producer ──▶ ring | buffer | port ──▶ consumer     events of three columns: count, order and checksum
caller   ◀══▶ two rings | a port  ◀══▶ echo        round trips: every answer is verified`,
  expected:
    'One event at a time the ring should carry about ten times what a lock-based buffer does and fifty times what postMessage ' +
    'does: it makes about one atomic operation an event, where a lock makes four and more, and a message is copied, queued and dispatched.',
  run,
};

async function run({ quick, progress }: Effort): Promise<Finding> {
  const scale = quick ? 1 : 2;
  const runs = quick ? 3 : 7;
  const throughput: Contender[] = [
    ringContender('unicast', 1, 3_000_000 * scale),
    lockContender('lock-condition', 300_000 * scale),
    lockContender('lock-semaphore', 300_000 * scale),
    postMessageContender('unicast', 1, 60_000 * scale),
    ringContender('unicast-batch-100', 100, 8_000_000 * scale),
    ringContender('unicast-batch-1000', 1_000, 8_000_000 * scale),
    postMessageContender('unicast-batch-1000', 1_000, 150_000 * scale),
  ];
  const roundTrips: Contender[] = [
    roundTripContender('round-trip-spin', 'spin', 20_000 * scale),
    roundTripContender('round-trip-park', 'park', 5_000 * scale),
    postMessageRoundTrip('round-trip-park', 3_000 * scale),
  ];
  // A spinning thread takes a core: the two parts never run at the same time.
  const results = await measure(throughput, runs, progress);
  const trips = await measure(roundTrips, runs, progress);
  // postMessage has no spinning form: its round trip stands under both.
  const posted = trips.find(({ system }) => system === 'post-message')!;
  results.push(trips[0], { ...posted, experiment: 'round-trip-spin' }, trips[1], posted);

  const find = (experiment: string, system: string): Result =>
    results.find((result) => result.experiment === experiment && result.system === system)!;
  const locks = [find('unicast', 'lock-condition'), find('unicast', 'lock-semaphore')];
  const lock = locks[0].median >= locks[1].median ? locks[0] : locks[1];
  const one = find('unicast', 'slipring');
  const ratio = (a: Result, b: Result): string => `${timesBetter(a, b).toFixed(1)}×`;
  return {
    results,
    seen:
      `Here the ring carries ${ratio(one, lock)} what the better lock-based buffer does and ` +
      `${ratio(one, find('unicast', 'post-message'))} what postMessage does, one event at a time; ` +
      `${ratio(find('unicast-batch-100', 'slipring'), lock)} the buffer in claims of 100; and its round trip between sleeping ` +
      `threads is ${ratio(find('round-trip-park', 'slipring'), posted)} shorter than postMessage's.`,
    means:
      'Two threads that hand over many small things spend their time on the handing over. The experiments below take the ring apart ' +
      'and show where that time goes.',
  };
}
